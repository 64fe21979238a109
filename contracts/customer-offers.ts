import { z } from 'zod';

/** Where a customer's offers stand in Shopify, for the app's own extensions to show. Without an offer there is no metafield. */
export const OFFERS_METAFIELD = { namespace: '$app:storebook', key: 'offers', type: 'json' } as const;
/** So many are told at most. */
export const MOST_OFFERS = 5;

/** Amounts are minor units of `currency`, as texts; ids of products and collections are the numbers of their gids. */
const offer = z.strictObject({
  kind: z.enum(['percent', 'amount', 'shipping', 'gets']),
  currency: z.string(),
  /** Of `percent`; of `gets` how much is off the pieces that come along, 100 for nothing to pay. */
  percent: z.number().nullable(),
  /** Of `amount`; of `shipping` the dearest rate that it makes free, null for any. */
  amount: z.string().nullable(),
  /** Of `gets`: so many pieces of `products` bring so many of `given`. */
  buys: z.number().nullable(),
  gets: z.number().nullable(),
  given: z.array(z.string()).nullable(),
  /** Least subtotal, and least number of pieces. */
  minimum: z.string().nullable(),
  pieces: z.number().nullable(),
  /** What it takes off from, or what has to be bought; null and no `collections`: the whole order. */
  products: z.array(z.string()).nullable(),
  /** The same by collections, whatever is in them when somebody buys; absent where none are named. */
  collections: z.array(z.string()).optional(),
});

/** What works now for a customer, what ends first standing first. */
export const customerOffers = z
  .array(
    z.strictObject({
      code: z.string(),
      /** Its name, as the merchant wrote it. */
      campaign: z.string(),
      offer,
      /** In the customer's language. */
      title: z.string(),
      /** ISO; the first instant at which the code no longer works. Null: no end is known. */
      endsAt: z.string().nullable(),
    }),
  )
  .max(MOST_OFFERS);
export type CustomerOffers = z.infer<typeof customerOffers>;
