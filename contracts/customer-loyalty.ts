import { z } from 'zod';

/** Where a customer's tier stands in Shopify: what app, extensions and Functions share. */
export const LOYALTY_METAFIELD = { namespace: '$app:storebook', key: 'loyalty', type: 'json' } as const;

/**
 * The tier as it stands in the customer's metafield. Amounts are minor units of `currency` as texts, since JSON's
 * numbers are floats. What may be missing was not written by older versions of the app.
 */
export const customerLoyalty = z.object({
  version: z.literal(1),
  tier: z.string().nullable(),
  /** Day since which the tier holds, YYYY-MM-DD. */
  since: z.string().nullable(),
  /** Net spend in the window of the tiers (the last 12 months unless the shop says otherwise). */
  spend: z.string(),
  currency: z.string(),
  /** `missing`: of what `basis` says. */
  next: z.object({ tier: z.string(), missing: z.string() }).nullable(),
  /** What the tiers count; spend where it is missing. */
  basis: z.enum(['spend', 'points', 'orders']).optional(),
  /** What is counted of the customer. */
  value: z.string().optional(),
  /** What the tier gives. The Function `tier-discount` reads the discount and free shipping; the rest may be missing. */
  perks: z
    .object({
      /** A standing discount, 0 to 100 percent. */
      discountPercent: z.number().min(0).max(100),
      freeShipping: z.boolean(),
      /** Hundredths by which orders earn points. */
      pointsTimes: z.number().optional(),
      earlyAccess: z.boolean().optional(),
    })
    .optional(),
});
export type CustomerLoyalty = z.infer<typeof customerLoyalty>;
