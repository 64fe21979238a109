import type { BgNbd, History } from './bg-nbd.ts';

/** Later than this after the last order it is no date to plan by. */
export const MOST_WEEKS = 104;

/**
 * When the next order of a customer is due, in weeks after the last one: the median of the time between the two, as seen
 * at the last order and of a customer who still buys. Who has not ordered by then is later than half of those who would.
 *
 * In the BG/NBD model (Fader, Hardie and Lee 2005) the rate of one who still buys, after x repeat purchases of which the
 * last was at t_x, is gamma(r + x, alpha + t_x); orders come as in a Poisson process (their assumptions i and ii), so the
 * time to the next is Pareto of the second kind: P(longer than t) = ((alpha + t_x) / (alpha + t_x + t))^(r + x). Its
 * median is (alpha + t_x)(2^(1 / (r + x)) - 1).
 * @returns null beyond two years.
 */
export function weeksToNextOrder({ r, alpha }: BgNbd, { repeats, last }: Pick<History, 'repeats' | 'last'>): number | null {
  const weeks = (alpha + last) * (2 ** (1 / (r + repeats)) - 1);
  return weeks <= MOST_WEEKS ? weeks : null;
}
