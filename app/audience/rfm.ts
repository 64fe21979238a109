import { RFM_GROUPS } from './segment/attributes.ts';

export type RfmGroup = (typeof RFM_GROUPS)[number];
export const isRfmGroup = (text: string): text is RfmGroup => RFM_GROUPS.some((one) => one === text);

/** 1 to 5; 5 is the best fifth of the shop's own customers. */
export type Score = 1 | 2 | 3 | 4 | 5;
export const SCORES: readonly Score[] = [1, 2, 3, 4, 5];

/**
 * What a customer is scored by, over those with at least one order that counts (docs/glossary.md): the day of the last
 * such order in the shop's zone, how many there are, and their net sales in minor units.
 */
export type RfmValues = { readonly lastDay: string; readonly orders: number; readonly net: bigint };

/** The least value of the scores 2, 3, 4 and 5. */
export type Cuts<Value> = readonly [Value, Value, Value, Value];

/**
 * The score of a value: 1 and one more for each cut that it reaches. Equal values have equal scores, and where the cuts
 * are equal the scores between them are nobody's.
 */
export function scoreOf<Value extends number | bigint | string>(value: Value, cuts: Cuts<Value>): Score {
  const [second, third, fourth, fifth] = cuts;
  if (value >= fifth) return 5;
  if (value >= fourth) return 4;
  if (value >= third) return 3;
  return value >= second ? 2 : 1;
}

/**
 * Which group each pair of scores is, by recency (rows, 5 first) and by the mean of frequency and monetary (columns, 1
 * first, halves up).
 *
 * The eleven names, what each means in words, the scores by fifths of the shop's own customers, and grouping by R and
 * (F + M) / 2 are Shopify's ("RFM customer analysis" in its help centre, and the enum CustomerRfmGroup of its Admin API).
 * Where exactly one group ends and the next begins we have not found published: the borders below are ours, drawn so that
 * each group is what Shopify's words say ("very recent" is R 5, "recent" R 3 and 4, "without recent purchases" R 1 and 2,
 * but for the few and small orders of R 3, which are almost lost).
 */
export const RFM_GRID: Readonly<Record<Score, Readonly<Record<Score, RfmGroup>>>> = {
  5: { 1: 'NEW', 2: 'NEW', 3: 'ACTIVE', 4: 'CHAMPIONS', 5: 'CHAMPIONS' },
  4: { 1: 'PROMISING', 2: 'PROMISING', 3: 'ACTIVE', 4: 'LOYAL', 5: 'LOYAL' },
  3: { 1: 'ALMOST_LOST', 2: 'NEEDS_ATTENTION', 3: 'NEEDS_ATTENTION', 4: 'LOYAL', 5: 'LOYAL' },
  2: { 1: 'ALMOST_LOST', 2: 'ALMOST_LOST', 3: 'AT_RISK', 4: 'AT_RISK', 5: 'PREVIOUSLY_LOYAL' },
  1: { 1: 'DORMANT', 2: 'DORMANT', 3: 'AT_RISK', 4: 'AT_RISK', 5: 'PREVIOUSLY_LOYAL' },
};

/** Who has no order that counts is scored in nothing. */
export const NO_ORDERS: RfmGroup = 'PROSPECTS';

/** The pairs of F and M whose mean, halves up, is a score. */
const PAIRS = SCORES.flatMap((f) => SCORES.map((m) => ({ f, m, mean: Math.floor((f + m + 1) / 2) })));

/** The mean of frequency and monetary, halves up. */
export function meanOf(f: Score, m: Score): Score {
  return SCORES[Math.floor((f + m + 1) / 2) - 1] ?? 5;
}

export const groupOf = (r: Score, f: Score, m: Score): RfmGroup => RFM_GRID[r][meanOf(f, m)];

/** The segment of a cell of the grid. */
export function cellQuery(r: Score, mean: Score): string {
  const branches = SCORES.flatMap((f) => {
    const fitting = PAIRS.filter((pair) => pair.f === f && pair.mean === mean).map(({ m }) => m);
    const [least, most] = [fitting[0], fitting.at(-1)];
    if (least === undefined || most === undefined) return [];
    return [`(frequency = ${f} AND monetary ${least === most ? `= ${least}` : `BETWEEN ${least} AND ${most}`})`];
  });
  return `recency = ${r} AND ${branches.length === 1 ? (branches[0] ?? '') : `(${branches.join(' OR ')})`}`;
}

export const groupQuery = (group: RfmGroup): string => `rfm_group = '${group}'`;
