import { crossedModel, greedy } from './crossed.ts';
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

  /** What each policy would have earned a customer: the one that was followed, an equal split, the best by a model, each arm for all. */
  policies(): PolicyLine[] {
    const names = [...new Set(this.#lines.map(({ arm }) => arm))].toSorted();
    const log = this.#lines.map(({ arm, propensity, reward }): Logged => ({ arm: names.indexOf(arm), propensity, reward }));
    const arms = names.length;
    const keys = [...new Set(this.#lines.flatMap(({ context }) => Object.keys(context)))].toSorted();
    const contexts = this.#lines.map(({ context }) => [1, ...keys.map((key) => context[key] ?? 0)]);
    const model = crossedModel(
      log.map(({ arm, reward }, at) => ({ arm, reward, context: contexts[at] ?? [] })),
      arms,
    );
    const of = (policy: string, wanted: (arm: number, at: number) => number): PolicyLine => ({
      policy,
      n: log.length,
      weighted: estimate(log, wanted),
      doublyRobust: doublyRobust(log, { wanted, model, arms }),
    });
    // Of the policy that was followed only the chance of the arm that was drawn is known: weights are 1.
    const followed = { ...of('logged', (_, at) => log[at]?.propensity ?? 0), doublyRobust: null };
    const personal = of('personal', greedy(model, arms));
    return [
      followed,
      of('equal', () => 1 / arms),
      personal,
      ...names.map((name, arm) => of(`all:${name}`, (each) => (each === arm ? 1 : 0))),
    ];
  }
}
