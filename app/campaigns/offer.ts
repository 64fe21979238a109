import { z } from 'zod';
import { toDecimal } from '../core/money.ts';

const minor = z.string().regex(/^\d{1,15}$/);

/** What a code gives. Amounts are minor units of the shop's currency as texts; percent in hundredths of a percent. */
export const offer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('percent'), bps: z.int().min(1).max(10_000), minimum: minor.nullable() }),
  z.object({ kind: z.literal('amount'), amount: minor, minimum: minor.nullable() }),
]);
export type Offer = z.infer<typeof offer>;

/** The offer as Shopify's discountCodeBasicCreate takes it: percentages are 0 to 1. */
export function customerGets(value: Offer, currency: string) {
  return {
    items: { all: true },
    value:
      value.kind === 'percent'
        ? { percentage: value.bps / 10_000 }
        : { discountAmount: { amount: toDecimal(BigInt(value.amount), currency), appliesOnEachItem: false } },
  };
}

export function minimumRequirement(value: Offer, currency: string) {
  return value.minimum === null ? null : { subtotal: { greaterThanOrEqualToSubtotal: toDecimal(BigInt(value.minimum), currency) } };
}
