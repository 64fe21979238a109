/** One line of the bench's output. */
export type Figure = { bench: string; figure: string; value: number; unit: string };

/** What one round of either side gave: the same names on both. */
export type Rounds<Result> = { ours: Result[]; limit: Result[] };

/**
 * Measures both sides in turn (ours, limit, ours, limit …), so that what the machine does meanwhile falls on both.
 * The first round starts with ours, the next with the limit, and so on: neither always runs on the other's leftovers.
 */
export async function inRounds<Result>(
  rounds: number,
  sides: { ours: () => Promise<Result>; limit: () => Promise<Result> },
): Promise<Rounds<Result>> {
  const results: Rounds<Result> = { ours: [], limit: [] };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['ours', 'limit'] as const) : (['limit', 'ours'] as const);
    for (const side of order) results[side].push(await sides[side]());
  }
  return results;
}

/** The value below which `share` (0 to 1) of the values lie, between two neighbours by straight line; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median of value / limit round by round: the two of one round stood next to each other in time. */
export function medianRatio(rounds: Rounds<number>): number {
  return median(rounds.ours.map((value, round) => value / (rounds.limit[round] ?? Number.NaN)));
}

/** Four digits are more than a shared machine can repeat. */
export const rounded = (value: number): number => Number(value.toPrecision(4));
