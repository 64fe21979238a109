import { reachOf, varianceOf } from './always-valid.ts';
import { LEAST_BUYERS_AN_ARM, LEAST_CUSTOMERS, type MeasuredArm } from './effect.ts';
import { adjustedDifference, merged } from './lift.ts';

/** With fewer customers on either side a stratum's own variance, with what was before taken off, is too rough to be added. */
export const LEAST_STRATUM = 20;

/** Customers among whom chance alone decided who got an offer: those of one campaign, or a part of them told by what was before. */
export type Stratum = { readonly offered: MeasuredArm; readonly held: MeasuredArm };

/**
 * What is told of together.
 * `mixture`: of the total effect, in the square of the outcome's unit; must not hang on any outcome, nor on what joins later.
 */
export type Pool = { readonly strata: readonly Stratum[]; readonly mixture: number };

export type PooledEffect =
  /** Not enough data yet: `customers` and `buyers` are those of the smaller side. */
  | { readonly kind: 'short'; readonly customers: number; readonly buyers: number }
  | {
      readonly kind: 'told';
      /** A customer with an offer, in the unit of the outcome. */
      readonly effect: number;
      readonly low: number;
      readonly high: number;
      /** Whether the interval leaves 0 out. */
      readonly shown: boolean;
      /** Customers with an offer that it tells of; times the effect it is the total. */
      readonly offered: number;
    };

const NOBODY: MeasuredArm = { n: 0, buyers: 0, outcome: 0, before: 0, outcomeSquares: 0, beforeSquares: 0, products: 0 };

/** Several arms as one. */
export const mergedArms = (arms: readonly MeasuredArm[]): MeasuredArm =>
  arms.reduce((a, b) => {
    const { n, outcome, before, outcomeSquares, beforeSquares, products } = merged(a, b);
    return { n, outcome, before, outcomeSquares, beforeSquares, products, buyers: a.buyers + b.buyers };
  }, NOBODY);

/** Whether a stratum is large enough to be counted; goes by who was assigned, never by what they did. */
export const counts = ({ offered, held }: Stratum): boolean => Math.min(offered.n, held.n) >= LEAST_STRATUM;

type Sides = { readonly offered: number; readonly held: number; readonly buyers: number };

function sidesOf(strata: readonly Stratum[]): Sides {
  const sum = (of: (stratum: Stratum) => number): number => strata.reduce((total, stratum) => total + of(stratum), 0);
  return {
    offered: sum(({ offered }) => offered.n),
    held: sum(({ held }) => held.n),
    buyers: Math.min(
      sum(({ offered }) => offered.buyers),
      sum(({ held }) => held.buyers),
    ),
  };
}

/**
 * The effect over strata (stratified by Neyman 1934 and Cochran 1977, eq. 5.1 and 5.6, weighted by customers with an offer):
 * Σ nₛ·τₛ / Σ nₛ, each τₛ with what was before taken off. The interval is the mixture boundary on the total Σ nₛ·τₛ, whose
 * variance is Σ nₛ²·Vₛ; it holds at every look, strata that join included (decision 22). Strata too small to count are left out.
 */
export function pooledEffect({ strata, mixture }: Pool, alpha: number): PooledEffect {
  const counted = strata.filter(counts);
  const { offered, held, buyers } = sidesOf(counted.length === 0 ? strata : counted);
  const customers = Math.min(offered, held);
  if (counted.length === 0 || customers < LEAST_CUSTOMERS || buyers < LEAST_BUYERS_AN_ARM) return { kind: 'short', customers, buyers };
  const parts = counted.map((stratum) => ({ n: stratum.offered.n, difference: adjustedDifference(stratum.offered, stratum.held) }));
  const total = parts.reduce((sum, { n, difference }) => sum + n * difference.effect, 0);
  const reach = reachOf(
    parts.reduce((sum, { n, difference }) => sum + n * n * varianceOf(difference), 0),
    { alpha, mixture },
  );
  const [low, high] = [(total - reach) / offered, (total + reach) / offered];
  return { kind: 'told', offered, effect: total / offered, low, high, shown: low > 0 || high < 0 };
}

/** Each pool's effect, with intervals that hold together with a chance of 1 − alpha: whichever is picked afterwards. */
export function pooledEffects(pools: readonly Pool[], alpha: number): PooledEffect[] {
  const told = pools.filter(({ strata }) => {
    const { offered, held } = sidesOf(strata.filter(counts));
    return Math.min(offered, held) >= LEAST_CUSTOMERS;
  });
  return pools.map((pool) => pooledEffect(pool, alpha / Math.max(1, told.length)));
}
