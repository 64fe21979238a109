import { z } from 'zod';

/** What a campaign may cost at most: so many uses, or so much taken off (minor units). */
export const budgetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uses'), most: z.int().min(1).max(10_000_000) }),
  z.strictObject({ kind: z.literal('money'), most: z.string().regex(/^[1-9]\d{0,14}$/) }),
]);
export type Budget = z.infer<typeof budgetSchema>;

/**
 * How many codes a budget bears if every one of them is used at its dearest. Each code works once, so with no more codes
 * than this the budget is kept whatever happens at how many checkouts at once: nothing has to be counted and stopped in time.
 * @param dearest what one use of each offer takes off at most, minor units; null where nothing bounds it.
 * @returns null where the budget is of money and an offer has no bound.
 */
export function codesWithin(budget: Budget, dearest: readonly (bigint | null)[]): number | null {
  if (budget.kind === 'uses') return budget.most;
  if (dearest.some((most) => most === null)) return null;
  const most = dearest.reduce<bigint>((a, b) => (b !== null && b > a ? b : a), 0n);
  return most === 0n ? null : Number(BigInt(budget.most) / most);
}

/**
 * The chance below which a customer gets in, so that just `most` of those with an offer do; 1 where all do.
 * @param chances of those who would have an offer, from 0 up to, and without, 1; all different.
 */
export function inclusionFor(chances: Float64Array, most: number): number {
  if (chances.length <= most) return 1;
  return chances.toSorted()[most] ?? 1;
}
