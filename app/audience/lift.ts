import { incompleteBeta } from './special.ts';

/** One customer of an experiment; `before`: the same measure before it began, null where there is none. */
export type Outcome = { readonly arm: string; readonly outcome: number; readonly before: number | null };

/** A difference of means to the control's, its 95 % interval, and the chance of one so far from 0 if there were none. */
export type Effect = { readonly effect: number; readonly low: number; readonly high: number; readonly p: number };
export type ArmLift = { readonly arm: string; readonly n: number } & Effect & { readonly adjusted: Effect | null };

export const CONTROL = 'control';

/** An arm in six numbers: means, sums of squared deviations and of their products. */
export type ArmMoments = {
  readonly n: number;
  readonly outcome: number;
  readonly before: number;
  readonly outcomeSquares: number;
  readonly beforeSquares: number;
  readonly products: number;
};

/** Made of customers one at a time; Welford's updates, so that nothing cancels out. */
class Moments implements ArmMoments {
  n = 0;
  outcome = 0;
  before = 0;
  outcomeSquares = 0;
  beforeSquares = 0;
  products = 0;

  add(outcome: number, before: number): void {
    this.n += 1;
    const toOutcome = outcome - this.outcome;
    const toBefore = before - this.before;
    this.outcome += toOutcome / this.n;
    this.before += toBefore / this.n;
    this.outcomeSquares += toOutcome * (outcome - this.outcome);
    this.beforeSquares += toBefore * (before - this.before);
    this.products += toOutcome * (before - this.before);
  }
}

/** Two groups as one (Chan, Golub and LeVeque 1979). */
export function merged(a: ArmMoments, b: ArmMoments): Moments {
  const both = new Moments();
  both.n = a.n + b.n;
  if (both.n === 0) return both;
  const [share, weight] = [b.n / both.n, (a.n * b.n) / both.n];
  const [outcome, before] = [b.outcome - a.outcome, b.before - a.before];
  both.outcome = a.outcome + outcome * share;
  both.before = a.before + before * share;
  both.outcomeSquares = a.outcomeSquares + b.outcomeSquares + outcome * outcome * weight;
  both.beforeSquares = a.beforeSquares + b.beforeSquares + before * before * weight;
  both.products = a.products + b.products + outcome * before * weight;
  return both;
}

/** An arm: those of whom something is known from before, and the others. */
type Arm = { readonly known: Moments; readonly new: Moments };

/** An experiment's outcomes, a customer at a time; the memory is that of the arms. */
export class LiftTable {
  private readonly arms = new Map<string, Arm>();

  add({ arm, outcome, before }: Outcome): void {
    let held = this.arms.get(arm);
    if (!held) this.arms.set(arm, (held = { known: new Moments(), new: new Moments() }));
    if (before === null) held.new.add(outcome, 0);
    else held.known.add(outcome, before);
  }

  /**
   * Each arm beside the control, the control first. `adjusted` is null where nothing is known from before of anybody.
   * @returns null where there is no control.
   */
  lifts(): ArmLift[] | null {
    const held = this.arms.get(CONTROL);
    if (!held) return null;
    const known = [...this.arms.values()].map((arm) => arm.known).reduce(merged);
    // Of whom nothing is known counts as average before: nothing is taken off such an outcome.
    const whole = (arm: Arm): Moments => merged(arm.known, constantBefore(arm.new, known.before));
    const control = whole(held);
    const others = [...this.arms].filter(([name]) => name !== CONTROL);
    const adjust = (arm: Moments): Effect | null => (known.n === 0 ? null : adjusted(arm, control));
    return [
      { arm: CONTROL, n: control.n, ...NONE, adjusted: known.n === 0 ? null : NONE },
      ...others.map(([arm, of]) => {
        const moments = whole(of);
        return { arm, n: moments.n, ...plain(moments, control), adjusted: adjust(moments) };
      }),
    ];
  }
}

function constantBefore(of: Moments, before: number): Moments {
  const same = merged(of, new Moments());
  same.before = before;
  return same;
}

/** The control beside itself. */
const NONE: Effect = { effect: 0, low: 0, high: 0, p: 1 };

const plain = (arm: ArmMoments, control: ArmMoments): Effect => welch(plainDifference(arm, control));

const adjusted = (arm: ArmMoments, control: ArmMoments): Effect => welch(adjustedDifference(arm, control));

/** A difference of two means, and of each the size and the squared deviations. */
export type Difference = { readonly effect: number; readonly samples: readonly [Sample, Sample] };
type Sample = { readonly n: number; readonly squares: number };

export function plainDifference(arm: ArmMoments, control: ArmMoments): Difference {
  const sample = ({ n, outcomeSquares }: ArmMoments): Sample => ({ n, squares: outcomeSquares });
  return { effect: arm.outcome - control.outcome, samples: [sample(arm), sample(control)] };
}

/**
 * CUPED (Deng, Xu, Kohavi and Walker 2013): what the measure from before explains is taken off the outcome. One
 * coefficient for both arms, from the deviations within each, so that the effect itself does not bend it.
 */
export function adjustedDifference(arm: ArmMoments, control: ArmMoments): Difference {
  const spread = arm.beforeSquares + control.beforeSquares;
  const theta = spread > 0 ? (arm.products + control.products) / spread : 0;
  const rest = (of: ArmMoments): number => Math.max(0, of.outcomeSquares - 2 * theta * of.products + theta * theta * of.beforeSquares);
  const effect = arm.outcome - control.outcome - theta * (arm.before - control.before);
  return {
    effect,
    samples: [
      { n: arm.n, squares: rest(arm) },
      { n: control.n, squares: rest(control) },
    ],
  };
}

/** Welch's interval for a difference of two means whose spreads differ. NaN where an arm has fewer than two customers. */
function welch({ effect, samples }: Difference): Effect {
  const [a, b] = samples.map(({ n, squares }) => squares / (n - 1) / n);
  if (a === undefined || b === undefined || samples.some(({ n }) => n < 2))
    return { effect, low: Number.NaN, high: Number.NaN, p: Number.NaN };
  const variance = a + b;
  if (variance === 0) return { effect, low: effect, high: effect, p: effect === 0 ? 1 : 0 };
  const freedom = variance ** 2 / (a ** 2 / (samples[0].n - 1) + b ** 2 / (samples[1].n - 1));
  const error = Math.sqrt(variance);
  const reach = studentQuantile(freedom) * error;
  return { effect, low: effect - reach, high: effect + reach, p: studentTails(effect / error, freedom) };
}

/** The chance of a value of Student's t at least so far from 0, on either side. */
export function studentTails(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** Beyond which value of t, on either side, `tails` of the chance lies; by halving, to 1e-12. */
export function studentQuantile(freedom: number, tails = 0.05): number {
  let high = 2;
  while (studentTails(high, freedom) > tails) high *= 2;
  let low = 0;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentTails(middle, freedom) > tails) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
