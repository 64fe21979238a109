import { z } from 'zod';
import type { Tier } from '../tier.ts';
import { BASES, MOST_GRACE, MOST_MONTHS, type TierRules } from './tier-rules.ts';

const window = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rolling'), months: z.int().min(1).max(MOST_MONTHS) }),
  z.strictObject({ kind: z.literal('year') }),
  z.strictObject({ kind: z.literal('lifetime') }),
]);

export const tierRulesSchema = z.strictObject({
  basis: z.enum(BASES),
  window,
  graceDays: z.int().min(0).max(MOST_GRACE),
  fall: z.enum(['fit', 'step']),
  tags: z.boolean(),
  // Versions from before there was a trigger say nothing of it.
  flow: z.boolean().default(false),
});

/** A version as it is stored: the rules with the tiers as they were then; thresholds as digits. */
export const versionSchema = z.strictObject({
  rules: tierRulesSchema,
  tiers: z.array(
    z.strictObject({
      id: z.int(),
      name: z.string(),
      rank: z.int(),
      threshold: z.string().regex(/^\d+$/).transform(BigInt).nullable(),
      perks: z.strictObject({
        times: z.int(),
        freeShipping: z.boolean(),
        discountPercent: z.int(),
        earlyTag: z.string().nullable(),
        birthdayPoints: z.int(),
      }),
    }),
  ),
});

export function storedVersion(rules: TierRules, tiers: readonly Tier[]): z.input<typeof versionSchema> {
  return {
    rules: { ...rules, window: { ...rules.window } },
    tiers: tiers.map(({ threshold, perks, ...tier }) => ({
      ...tier,
      perks: { ...perks },
      threshold: threshold === null ? null : String(threshold),
    })),
  };
}
