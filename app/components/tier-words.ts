import { useTranslation } from 'react-i18next';
import type { Basis, Window } from '../loyalty/tiers/tier-rules.ts';
import type { Perks } from '../loyalty/tier.ts';
import { useShop } from './shop-context.tsx';

/** How amounts, windows and perks of tiers are said. */
export function useTierWords() {
  const { t } = useTranslation();
  const shop = useShop();
  return {
    amount: (value: bigint, basis: Basis): string => (basis === 'spend' ? shop.money(value) : shop.number(value)),
    within: (window: Window): string =>
      window.kind === 'rolling' ? t('tiers.within.rolling', { count: window.months }) : t(`tiers.within.${window.kind}`),
    perks: ({ times, discountPercent, freeShipping, birthdayPoints, earlyTag }: Perks): string =>
      [
        ...(times === 100 ? [] : [t('tiers.perk.times', { times: shop.number(times / 100) })]),
        ...(discountPercent === 0 ? [] : [t('tiers.perk.discount', { percent: discountPercent })]),
        ...(freeShipping ? [t('tiers.perk.shipping')] : []),
        ...(birthdayPoints === 0 ? [] : [t('tiers.perk.birthday', { points: shop.number(birthdayPoints) })]),
        ...(earlyTag === null ? [] : [t('tiers.perk.early', { tag: earlyTag })]),
      ].join(', '),
  };
}
