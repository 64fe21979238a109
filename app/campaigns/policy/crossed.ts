import { beliefOf, expected, type Belief, type Observed } from './linear.ts';

export type Seen = Observed & { readonly arm: number };

/**
 * What a linear model expects of each line of a log in each arm, learned from the other half of the lines: no line is told
 * by a model that has seen it.
 * @param arms how many there are; lines name them by their place.
 */
export function crossedModel(log: readonly Seen[], arms: number): (arm: number, at: number) => number {
  const size = log[0]?.context.length ?? 0;
  const halves = [0, 1].map((half) =>
    Array.from({ length: arms }, (_, arm): Belief => {
      const others = log.filter((line, at) => line.arm === arm && at % 2 !== half);
      return beliefOf(others, size);
    }),
  );
  return (arm, at) => expected(halves[at % 2]?.[arm]?.mean ?? [], log[at]?.context ?? []);
}

/** The policy that gives each line the arm of which the model expects most, the first of equals. */
export function greedy(model: (arm: number, at: number) => number, arms: number): (arm: number, at: number) => number {
  return (arm, at) => {
    let best = 0;
    for (let each = 1; each < arms; each += 1) if (model(each, at) > model(best, at)) best = each;
    return arm === best ? 1 : 0;
  };
}
