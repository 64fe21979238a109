import type { CartDeliveryOptionsDiscountsGenerateRunResult, TierDeliveryQuery } from '../generated/api';
import { perksOf } from './perks.ts';

/** Free shipping of the tier, for each group of what is sent together. */
export function cartDeliveryOptionsDiscountsGenerateRun(input: TierDeliveryQuery): CartDeliveryOptionsDiscountsGenerateRunResult {
  const perks = perksOf(input.cart.buyerIdentity?.customer?.loyalty?.jsonValue);
  const targets = input.cart.deliveryGroups.map(({ id }) => ({ deliveryGroup: { id } }));
  if (!perks?.freeShipping || targets.length === 0 || !input.discount.discountClasses.includes('SHIPPING')) return { operations: [] };
  return {
    operations: [
      {
        deliveryDiscountsAdd: {
          selectionStrategy: 'ALL',
          candidates: [{ targets, value: { percentage: { value: '100' } }, message: perks.tier }],
        },
      },
    ],
  };
}
