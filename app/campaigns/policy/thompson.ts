import type { Belief } from './linear.ts';

/** So many models are drawn: a chance is told to about a hundredth and a half. */
const DRAWS = 1_000;

/** A generator of numbers from 0 up to, and without, 1 that gives the same ones for the same seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Models drawn from what is believed of each arm; the same for the same seed. */
export function drawModels(arms: readonly Belief[], seed: number): number[][][] {
  const next = numbersFrom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Array.from({ length: DRAWS }, () =>
    arms.map(({ mean, factor }) => {
      const noise = mean.map(normal);
      return mean.map((value, row) => value + noise.reduce((sum, z, at) => (at <= row ? sum + (factor[row]?.[at] ?? 0) * z : sum), 0));
    }),
  );
}

/** How much is left to chance: of the arms alike, and of the first (none) for ever, so that what the program does can be proved. */
export type Floors = {
  /** Share of the customers who are spread over all arms alike. */
  readonly exploration: number;
  /** Share of the customers who are held out whatever the program thinks. */
  readonly holdOut: number;
};

/**
 * The chance of each arm for a context under Thompson sampling: how often it is the best of the drawn models, above the
 * floors. They sum to 1, and none is below its floor.
 */
export function chances(models: readonly (readonly (readonly number[])[])[], context: readonly number[], floors: Floors): number[] {
  const arms = models[0]?.length ?? 0;
  const wins = Array.from({ length: arms }, () => 0);
  for (const drawn of models) {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const [arm, model] of drawn.entries()) {
      let value = 0;
      for (let at = 0; at < model.length; at += 1) value += (model[at] ?? 0) * (context[at] ?? 0);
      if (value > most) [best, most] = [arm, value];
    }
    wins[best] = (wins[best] ?? 0) + 1;
  }
  const { exploration, holdOut } = floors;
  return wins.map((won, arm) => {
    const chosen = (1 - exploration) * (won / models.length) + exploration / arms;
    return (1 - holdOut) * chosen + (arm === 0 ? holdOut : 0);
  });
}
