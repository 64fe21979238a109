import { ALPHA, armLetter } from '../arms.ts';
import { crossedModel, greedy } from './crossed.ts';
import { doublyRobust, estimate, weightedDifference, type Estimate } from './off-policy.ts';
import type { Learned } from './policy.ts';

/** What a policy brings of a customer in the days of the campaign, minor units; null where too few tell of it. */
export type PolicyEarned = {
  readonly name: 'program' | 'personal' | 'equal' | 'none' | 'offer';
  readonly letter: string | null;
  readonly earned: Estimate | null;
};

/** An offer beside none, each customer counting by the inverse of their chance; the range holds at every look. */
export type LearnedArm = {
  readonly letter: string;
  readonly told: { readonly effect: number; readonly low: number; readonly high: number } | null;
};

export type PolicyReport = { readonly seen: number; readonly policies: readonly PolicyEarned[]; readonly arms: readonly LearnedArm[] };

/** ± √((V+ρ)·ln((V+ρ)/(ρ·α²))): the mixture boundary of decision 16, for an estimate of the variance V (decision 19). */
function reachOf(variance: number, { alpha, mixture }: { alpha: number; mixture: number }): number {
  const sum = variance + mixture;
  return Math.sqrt(sum * Math.log(sum / (mixture * alpha * alpha)));
}

/**
 * What the program earned beside what others would have, and what each offer does.
 * @param offers how many there are beside none.
 * @param mixture of the always-valid intervals, fixed before the first customer.
 */
export function reportOf(log: readonly Learned[], { offers, mixture }: { offers: number; mixture: number }): PolicyReport {
  const arms = offers + 1;
  const model = crossedModel(log, arms);
  const told = (wanted: (arm: number, at: number) => number): Estimate | null => doublyRobust(log, { wanted, model, arms });
  const only = (arm: number): Estimate | null => told((each) => (each === arm ? 1 : 0));
  const letters = Array.from({ length: offers }, (_, at) => at + 1);
  return {
    seen: log.length,
    policies: [
      // Of the program itself only the chance of the arm that was drawn is kept: it is told by the plain mean.
      { name: 'program', letter: null, earned: estimate(log, (_, at) => log[at]?.propensity ?? 0) },
      { name: 'personal', letter: null, earned: told(greedy(model, arms)) },
      { name: 'equal', letter: null, earned: told(() => 1 / arms) },
      { name: 'none', letter: null, earned: only(0) },
      ...letters.map((arm): PolicyEarned => ({ name: 'offer', letter: armLetter(arm), earned: only(arm) })),
    ],
    arms: letters.map((arm): LearnedArm => {
      const beside = weightedDifference(log, arm);
      const reach = beside && reachOf(beside.variance, { alpha: ALPHA / offers, mixture });
      return {
        letter: armLetter(arm),
        told: beside && reach !== null ? { effect: beside.effect, low: beside.effect - reach, high: beside.effect + reach } : null,
      };
    }),
  };
}
