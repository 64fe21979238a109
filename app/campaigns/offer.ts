import { z } from 'zod';

const minor = z.string().regex(/^\d{1,15}$/);
/** Shopify takes at most 100 products of a discount in one call; as many collections are enough. */
export const MOST_PRODUCTS = 100;
/** More pieces than this is a slip of the hand. */
export const MOST_QUANTITY = 1_000;

const quantity = z.int().min(1).max(MOST_QUANTITY);
const percent = z.int().min(1).max(100);
const ids = z
  .array(z.string().regex(/^\d{1,18}$/))
  .min(1)
  .max(MOST_PRODUCTS);

const valueSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('percent'), percent }),
  z.strictObject({ kind: z.literal('amount'), amount: minor }),
  /** Free shipping, for rates up to an amount (minor units) or for any. */
  z.strictObject({ kind: z.literal('shipping'), upTo: minor.nullable() }),
  /** Who buys so many pieces of some products gets so many of others at so much off, once an order; 100: for nothing. */
  z.strictObject({ kind: z.literal('gets'), buys: quantity, gets: quantity, ids, percent }),
]);

export const offerSchema = z.strictObject({
  value: valueSchema,
  /** Least subtotal of the order, minor units. */
  minimum: minor.nullable(),
  /** Least number of pieces; not beside a least subtotal. */
  pieces: quantity.nullable().default(null),
  /** What it takes off from: the whole order, some products, or collections of them; for `gets`, what has to be bought. */
  items: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('all') }),
      z.strictObject({ kind: z.literal('products'), ids }),
      /** Whatever is in them when somebody buys. */
      z.strictObject({ kind: z.literal('collections'), ids }),
    ])
    .default({ kind: 'all' }),
  /** Which kinds of other discounts the code may stand beside in one order. */
  combines: z
    .strictObject({ order: z.boolean(), product: z.boolean(), shipping: z.boolean() })
    .default({ order: false, product: false, shipping: false }),
});
export type Offer = z.infer<typeof offerSchema>;

/** What is wrong with an offer of the right shape, as a message key. */
export function offerProblem({ value, items, minimum, pieces }: Offer): string | null {
  if (value.kind === 'amount' && BigInt(value.amount) === 0n) return 'campaigns.error.amount';
  if (value.kind === 'gets' && items.kind === 'all') return 'offers.error.buys';
  if (value.kind === 'gets' && (minimum !== null || pieces !== null)) return 'offers.error.getsMinimum';
  return minimum !== null && pieces !== null ? 'offers.error.twoMinimums' : null;
}

/** Which of Shopify's classes of discounts it is one of. */
export function classOf({ value, items }: Offer): 'order' | 'product' | 'shipping' {
  if (value.kind === 'shipping') return 'shipping';
  return value.kind === 'gets' || items.kind !== 'all' ? 'product' : 'order';
}

/**
 * The most that one use can take off, minor units; null where nothing bounds it (a share of an order of any size).
 * @param dearest the highest price of each product that is given, by product id.
 */
export function mostOff({ value }: Offer, dearest: ReadonlyMap<string, bigint>): bigint | null {
  switch (value.kind) {
    case 'percent':
      return null;
    case 'amount':
      return BigInt(value.amount);
    case 'shipping':
      return value.upTo === null ? null : BigInt(value.upTo);
    case 'gets': {
      const prices = value.ids.flatMap((id) => dearest.get(id) ?? []);
      if (prices.length < value.ids.length) return null;
      const most = prices.reduce((a, b) => (a > b ? a : b), 0n);
      // Rounded up: a bound.
      return (most * BigInt(value.gets * value.percent) + 99n) / 100n;
    }
  }
}
