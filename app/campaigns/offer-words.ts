import { formatMoney } from '../core/money.ts';
import { createI18n, LANGUAGES, type Language } from '../i18n/i18n.ts';
import type { Offer } from './offer.ts';
import type { Named } from './product-names.ts';

type Money = { readonly currency: string; readonly named: Named | null };

/** An offer in the words of a language, as a customer reads them. */
function wordsIn(language: Language, { value, minimum, pieces }: Offer, { currency, named }: Money): string {
  const t = createI18n(language).t;
  const money = (minor: string): string => formatMoney(BigInt(minor), currency, language);
  const percentOf = (percent: number): string => new Intl.NumberFormat(language, { style: 'percent' }).format(percent / 100);
  const said = (): string => {
    switch (value.kind) {
      case 'percent':
        return t('campaigns.offerPercent', { percent: percentOf(value.percent) });
      case 'amount':
        return t('campaigns.offerAmount', { amount: money(value.amount) });
      case 'shipping':
        return value.upTo === null ? t('offers.saidShipping') : t('offers.saidShippingUpTo', { upTo: money(value.upTo) });
      case 'gets': {
        const { buys, gets, percent } = value;
        return t(percent === 100 ? 'offers.saidGetsFree' : 'offers.saidGets', { buys, gets, percent: percentOf(percent) });
      }
    }
  };
  const onProducts = (): string => {
    if (!named) return said();
    const more = named.more > 0 ? [t('offers.more', { number: new Intl.NumberFormat(language).format(named.more) })] : [];
    const products = new Intl.ListFormat(language, { type: 'conjunction' }).format([...named.names, ...more]);
    return t('offers.saidProducts', { offer: said(), products });
  };
  if (pieces !== null) return t('offers.saidPieces', { offer: onProducts(), count: pieces });
  return minimum === null ? onProducts() : t('campaigns.offerMinimum', { offer: onProducts(), minimum: money(minimum) });
}

/** An offer in words, by language. @param named what to say of its products; null: nothing. */
export const offerWords = (offer: Offer, currency: string, named: Named | null = null): Record<Language, string> => ({
  en: wordsIn('en', offer, { currency, named }),
  'zh-CN': wordsIn('zh-CN', offer, { currency, named }),
});

/** Languages that a mail can be written in. */
export const MAIL_LANGUAGES: readonly Language[] = LANGUAGES.map(({ code }) => code);
