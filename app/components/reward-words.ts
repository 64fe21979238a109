import type { TFunction } from 'i18next';
import type { RewardTerms } from '../loyalty/points/rewards/reward.ts';
import type { useShop } from './shop-context.tsx';

/** What a reward gives, in words. */
export function rewardWords({ value, sliding }: RewardTerms, { t, shop }: { t: TFunction; shop: ReturnType<typeof useShop> }): string {
  const worth = t(`rewards.worth.${value.kind}`, {
    amount: 'amount' in value ? shop.money(value.amount) : '',
    percent: value.kind === 'percent' ? shop.number(value.percent) : '',
  });
  return sliding ? t('rewards.perStep', { worth }) : worth;
}
