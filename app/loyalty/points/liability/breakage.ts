import { type Kind, type Month } from './cohorts.ts';

export type CohortCell = { readonly issued: Month; readonly used: Month; readonly kind: Kind; readonly points: bigint };

/** How many months a month is after another. */
export const monthsBetween = (from: Month, to: Month): number =>
  (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7));

export const nextMonth = (month: Month): Month => {
  const [year, of] = [Number(month.slice(0, 4)), Number(month.slice(5, 7))];
  return of === 12 ? `${year + 1}-01` : `${year}-${String(of + 1).padStart(2, '0')}`;
};

/** Hundredths of a per cent. */
export const WHOLE = 10_000;
/** So many months must lie between the first cohort and the last complete month, and so many cohorts have half of them. */
export const LEAST_MONTHS = 12;
export const LEAST_COHORTS = 6;

export type Estimate =
  | { readonly kind: 'none'; readonly months: number; readonly why: 'months' | 'cohorts' | 'unspent' }
  | {
      readonly kind: 'estimated';
      /** Of points that are issued and not taken back, the share that is ever spent, in hundredths of a per cent. */
      readonly redemption: number;
      readonly months: number;
      readonly cohorts: number;
      /** Share of all that is ever spent which is spent by the end of the n-th month after the issue; of 0 the first. */
      readonly developed: readonly number[];
    };

type Cohort = { readonly issued: number; readonly left: number; readonly age: number; readonly cumulative: readonly number[] };

function cohortsAt(cells: readonly CohortCell[], until: Month): Cohort[] {
  const known = cells.filter(({ issued, used }) => issued <= until && used <= until);
  return [...Map.groupBy(known, ({ issued }) => issued)].map(([month, of]) => {
    const age = monthsBetween(month, until);
    const sum = (kinds: readonly Kind[], upTo: number): number =>
      of.reduce(
        (all, { kind, used, points }) => all + (kinds.includes(kind) && monthsBetween(month, used) <= upTo ? Number(points) : 0),
        0,
      );
    const issued = sum(['issued'], age) - sum(['withdrawn'], age);
    const cumulative = Array.from({ length: age + 1 }, (_, at) => Math.max(0, sum(['spent'], at)));
    return { issued, left: Math.max(0, issued - sum(['spent', 'expired'], age)), age, cumulative };
  });
}

/** f(k) = Σ C(i, k+1) / Σ C(i, k) over cohorts that are old enough for both; 1 where nothing was spent by then. */
function factor(cohorts: readonly Cohort[], at: number): number {
  const both = cohorts.filter(({ age }) => age > at);
  const before = both.reduce((sum, { cumulative }) => sum + (cumulative[at] ?? 0), 0);
  const after = both.reduce((sum, { cumulative }) => sum + (cumulative[at + 1] ?? 0), 0);
  return before > 0 ? Math.max(1, after / before) : Number.POSITIVE_INFINITY;
}

/**
 * The share of points that is ever spent, from cohorts by month of issue as they were known at the end of a month.
 *
 * Development: chain-ladder, volume-weighted factors f(k) (Mack, "Distribution-free calculation of the standard error of chain
 * ladder reserve estimates", ASTIN Bulletin 23, 1993, eq. 3). Share developed by month k: q(k) = 1 / (tail · Π f(j), j ≥ k).
 * Tail, the cautious one: all that is left of the oldest cohort is spent. Rate: u = Σ C(i) / Σ P(i) q(age i), the Cape Cod rate
 * (Bühlmann and Straub 1983; the chain-ladder's own where cohorts are alike), for young cohorts have little to multiply.
 * `until`: the last complete month. Under a least of history there is none: then the whole counts as spent, breakage 0.
 */
export function redemptionOf(cells: readonly CohortCell[], until: Month): Estimate {
  const cohorts = cohortsAt(cells, until).filter(({ issued }) => issued > 0);
  const oldest = cohorts.reduce<Cohort | null>((first, each) => (first === null || each.age > first.age ? each : first), null);
  const months = oldest ? oldest.age + 1 : 0;
  if (!oldest || months < LEAST_MONTHS) return { kind: 'none', months, why: 'months' };
  if (cohorts.filter(({ age }) => age >= LEAST_MONTHS / 2).length < LEAST_COHORTS) return { kind: 'none', months, why: 'cohorts' };
  const spent = oldest.cumulative.at(-1) ?? 0;
  if (spent === 0) return { kind: 'none', months, why: 'unspent' };
  const developed: number[] = [];
  let toUltimate = (spent + oldest.left) / spent;
  for (let at = oldest.age; at >= 0; at -= 1) {
    if (at < oldest.age) toUltimate *= factor(cohorts, at);
    developed.unshift(1 / toUltimate);
  }
  const used = cohorts.reduce((sum, { cumulative }) => sum + (cumulative.at(-1) ?? 0), 0);
  const exposed = cohorts.reduce((sum, { issued, age }) => sum + issued * (developed[age] ?? 0), 0);
  const redemption = exposed > 0 ? Math.min(WHOLE, Math.ceil((used / exposed) * WHOLE - 1e-6)) : WHOLE;
  return { kind: 'estimated', redemption, months, cohorts: cohorts.length, developed };
}
