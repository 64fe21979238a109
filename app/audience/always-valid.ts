import type { Difference } from './lift.ts';

/** An effect with an interval that holds at every look at once. */
export type AlwaysValid = { readonly effect: number; readonly low: number; readonly high: number };

/** The variance of a difference of two means (Neyman's, which is never too small on average). NaN under two customers an arm. */
export function varianceOf({ samples }: Difference): number {
  return samples.reduce((sum, { n, squares }) => sum + squares / (n - 1) / n, 0);
}

/**
 * The interval by the two-sided normal mixture boundary (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of
 * Statistics 49(2), eq. 14): effect ± √((V+ρ)·ln((V+ρ)/(ρ·α²))). Looked at as often as one likes, it misses the true effect
 * at any look with a chance of at most α, when V grows as the effect is told of more and more of the same customers' spend.
 * `mixture` is ρ, in the square of the outcome's unit, chosen before the first look ({@link mixtureFor}).
 */
export function alwaysValid(difference: Difference, how: { readonly alpha: number; readonly mixture: number }): AlwaysValid {
  const { effect } = difference;
  const reach = reachOf(varianceOf(difference), how);
  return { effect, low: effect - reach, high: effect + reach };
}

/** Half the width of that interval, for an estimate of a variance; all in one unit. */
export function reachOf(variance: number, { alpha, mixture }: { readonly alpha: number; readonly mixture: number }): number {
  const sum = variance + mixture;
  return Math.sqrt(sum * Math.log(sum / (mixture * alpha * alpha)));
}

/**
 * The ρ whose interval is tightest (to a few in a hundred) where the variance is `variance`: ρ = V/(x + ln(1+x)),
 * x = 2·ln(1/α) (Howard and others 2021, sec. 3.5). Any ρ > 0 holds; it only decides at which variance most is seen.
 */
export function mixtureFor(variance: number, alpha: number): number {
  const x = -2 * Math.log(alpha);
  return variance / (x + Math.log1p(x));
}

/**
 * How many times as many customers would show an effect of this size, were it the true one: an interval of n times the
 * customers is √n times tighter. 1 or less: it is shown already. Infinity where there is no effect at all.
 */
export function timesNeeded({ effect, low }: AlwaysValid): number {
  return ((effect - low) / Math.abs(effect)) ** 2;
}
