import { beliefOf, expected, type Belief } from './linear.ts';
import { doublyRobust, estimate, type Estimate, type Logged } from './off-policy.ts';

/** A line of a log: who got what, with which chance, what came of it, and what was known before. */
export type LogLine = {
  readonly arm: string;
  readonly propensity: number;
  readonly reward: number;
  readonly context: Readonly<Record<string, number>>;
};

/** What a policy would have earned: by weighting alone, and with a model of the rewards beside it. */
export type PolicyLine = {
  readonly policy: string;
  readonly n: number;
  readonly weighted: Estimate | null;
  readonly doublyRobust: Estimate | null;
};

/** A log of customers who got their arms by chance, in columns. */
export class PolicyTable {
  readonly #lines: LogLine[] = [];

  add(line: LogLine): void {
    this.#lines.push(line);
  }

  /** What each policy would have earned a customer: the one that was followed, an equal split, and each arm for all. */
  policies(): PolicyLine[] {
    const names = [...new Set(this.#lines.map(({ arm }) => arm))].toSorted();
    const log = this.#lines.map(({ arm, propensity, reward }): Logged => ({ arm: names.indexOf(arm), propensity, reward }));
    const model = this.#model(names);
    const arms = names.length;
    const of = (policy: string, wanted: (arm: number, at: number) => number): PolicyLine => ({
      policy,
      n: log.length,
      weighted: estimate(log, wanted),
      doublyRobust: doublyRobust(log, { wanted, model, arms }),
    });
    // Of the policy that was followed only the chance of the arm that was drawn is known: weights are 1.
    const followed = { ...of('logged', (_, at) => log[at]?.propensity ?? 0), doublyRobust: null };
    return [followed, of('equal', () => 1 / arms), ...names.map((name, arm) => of(`all:${name}`, (each) => (each === arm ? 1 : 0)))];
  }

  /** What is expected of each line in each arm, by a model that was learned from the other half of the lines. */
  #model(names: readonly string[]): (arm: number, at: number) => number {
    const keys = [...new Set(this.#lines.flatMap(({ context }) => Object.keys(context)))].toSorted();
    const contexts = this.#lines.map(({ context }) => [1, ...keys.map((key) => context[key] ?? 0)]);
    const halves = [0, 1].map((half) =>
      names.map((name): Belief => {
        const seen = this.#lines.flatMap(({ arm, reward }, at) =>
          arm === name && at % 2 !== half ? [{ context: contexts[at] ?? [], reward }] : [],
        );
        return beliefOf(seen, keys.length + 1);
      }),
    );
    return (arm, at) => expected(halves[at % 2]?.[arm]?.mean ?? [], contexts[at] ?? []);
  }
}
