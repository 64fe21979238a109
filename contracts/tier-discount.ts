import { z } from 'zod';

/** Where the automatic discount of tiers keeps what it leaves out; the Function `tier-discount` reads it. */
export const TIER_DISCOUNT_METAFIELD = { namespace: '$app:storebook', key: 'tier-discount', type: 'json' } as const;
/** The Function's handle, by which a discount names it. */
export const TIER_DISCOUNT_FUNCTION = 'tier-discount';
/** Shopify takes at most so many values of a list into an input query. */
export const MOST_EXCLUDED = 100;

const gid = (type: string) => z.string().regex(new RegExp(`^gid://shopify/${type}/[1-9]\\d{0,18}$`));

/** `tags` and `collections` are the variables of the Function's query: their names are its. */
export const tierDiscountConfig = z.strictObject({
  version: z.literal(1),
  tags: z.array(z.string().min(1).max(255)).max(MOST_EXCLUDED),
  collections: z.array(gid('Collection')).max(MOST_EXCLUDED),
  products: z.array(gid('Product')).max(MOST_EXCLUDED),
  /** By which codes are told to be their holder's (contracts/bound-code.ts), 64 hex digits; null: codes are for everybody. */
  codeKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});
export type TierDiscountConfig = z.infer<typeof tierDiscountConfig>;
