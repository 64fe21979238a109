import { z } from 'zod';

/** Where a customer's tier stands in Shopify: what app, extensions and Functions share. */
export const LOYALTY_METAFIELD = { namespace: '$app:storebook', key: 'loyalty', type: 'json' } as const;

/**
 * The tier as it stands in the customer's metafield. Amounts are minor units of `currency` as texts, since JSON's
 * numbers are floats.
 */
export const customerLoyalty = z.object({
  version: z.literal(1),
  tier: z.string().nullable(),
  /** Day since which the tier holds, YYYY-MM-DD. */
  since: z.string().nullable(),
  /** Net spend of the last 12 months. */
  spend: z.string(),
  currency: z.string(),
  next: z.object({ tier: z.string(), missing: z.string() }).nullable(),
  /** What the tier gives at the checkout: 0 to 100 % off, free shipping. The Function `tier-discount` reads it. */
  perks: z.object({ discountPercent: z.number().min(0).max(100), freeShipping: z.boolean() }).optional(),
});
export type CustomerLoyalty = z.infer<typeof customerLoyalty>;
