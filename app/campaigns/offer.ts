import { z } from 'zod';

const minor = z.string().regex(/^\d{1,15}$/);
/** Shopify takes at most 100 products of a discount in one call. */
export const MOST_PRODUCTS = 100;

export const offerSchema = z.strictObject({
  value: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('percent'), percent: z.int().min(1).max(100) }),
    z.strictObject({ kind: z.literal('amount'), amount: minor }),
  ]),
  /** Least subtotal of the order, minor units. */
  minimum: minor.nullable(),
  /** What it takes off from: the whole order, or some products. */
  items: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('all') }),
      z.strictObject({
        kind: z.literal('products'),
        ids: z
          .array(z.string().regex(/^\d{1,18}$/))
          .min(1)
          .max(MOST_PRODUCTS),
      }),
    ])
    .default({ kind: 'all' }),
});
export type Offer = z.infer<typeof offerSchema>;

/** What is wrong with an offer of the right shape, as a message key. */
export const offerProblem = ({ value }: Offer): string | null =>
  value.kind === 'amount' && BigInt(value.amount) === 0n ? 'campaigns.error.amount' : null;
