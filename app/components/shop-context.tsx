import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { formatMoney, toDecimal } from '../core/money.ts';
import type { Language } from '../i18n/i18n.ts';

export type ShopView = { domain: string; currency: string; timezone: string; language: Language };

const ShopContext = createContext<ShopView | null>(null);

export function ShopProvider({ value, children }: { value: ShopView; children: ReactNode }) {
  return <ShopContext.Provider value={value}>{children}</ShopContext.Provider>;
}

/** How the shop's money, days and times are written in the reader's language. */
export function useShop() {
  const shop = useContext(ShopContext);
  if (!shop) throw new Error('useShop outside the admin');
  return useMemo(() => {
    const { currency, timezone, language } = shop;
    const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: timezone });
    const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: timezone });
    const plainDay = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
    const number = new Intl.NumberFormat(language);
    const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
    const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
    const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
    return {
      ...shop,
      money: (minor: bigint) => formatMoney(minor, currency, language),
      decimal: (minor: bigint) => toDecimal(minor, currency),
      date: (at: Date) => date.format(at),
      time: (at: Date) => time.format(at),
      /** A calendar day ("2026-11-23" or midnight UTC), which no time zone moves. */
      day: (day: string | Date) => plainDay.format(typeof day === 'string' ? new Date(`${day}T00:00:00Z`) : day),
      number: (value: number | bigint) => number.format(value),
      /** A part of a whole, 0 to 1. */
      share: (value: number) => share.format(value),
      percent: (value: number) => percent.format(value),
      ago: (at: Date, now: Date) => {
        const seconds = Math.round((at.getTime() - now.getTime()) / 1_000);
        if (Math.abs(seconds) < 90) return ago.format(seconds, 'second');
        if (Math.abs(seconds) < 5_400) return ago.format(Math.round(seconds / 60), 'minute');
        if (Math.abs(seconds) < 129_600) return ago.format(Math.round(seconds / 3_600), 'hour');
        return ago.format(Math.round(seconds / 86_400), 'day');
      },
    };
  }, [shop]);
}
