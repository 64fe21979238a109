import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../sandbox/random.ts';
import { mixtureFor } from '../../audience/always-valid.ts';
import { armAt } from '../arms.ts';
import { contextOf, CONTEXT_SIZE } from './context.ts';
import { beliefOf, expected, type Observed } from './linear.ts';
import { doublyRobust, estimate, weightedDifference, type Logged } from './off-policy.ts';
import { chooser, learn, type Learned } from './policy.ts';
import { crossedModel, greedy } from './crossed.ts';
import { reportOf } from './report.ts';
import { chances, drawModels } from './thompson.ts';

const FLOORS = { exploration: 0.1, holdOut: 0.1 };
type Random = ReturnType<typeof seeded>;
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

describe('a belief', () => {
  it('is that of ridge regression, and surer with more', () => {
    // One number: mean Σxy/(1+Σx²), variance 1/(1+Σx²).
    const { mean, factor } = beliefOf(
      [
        { context: [2], reward: 3 },
        { context: [1], reward: 1 },
      ],
      1,
    );
    expect(mean[0]).toBeCloseTo(7 / 6, 12);
    expect((factor[0]?.[0] ?? 0) ** 2).toBeCloseTo(1 / 6, 12);
  });

  it('comes to the truth', () => {
    const random = seeded(3);
    const observed = Array.from({ length: 5_000 }, (): Observed => {
      const context = [1, random.next(), random.next()];
      return { context, reward: 0.5 + 2 * (context[1] ?? 0) - (context[2] ?? 0) + normal(random) };
    });
    const { mean, factor } = beliefOf(observed, 3);
    for (const [at, truth] of [0.5, 2, -1].entries()) expect(Math.abs((mean[at] ?? 0) - truth)).toBeLessThan(0.15);
    expect(Math.max(...factor.flat().map(Math.abs))).toBeLessThan(0.1);
  });
});

describe('Thompson sampling', () => {
  it('gives chances that sum to one, none below its floor, the same for the same seed', () => {
    const number = fc.double({ min: -5, max: 5, noNaN: true });
    const log = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), number, number), { maxLength: 20 });
    fc.assert(
      fc.property(log, number, fc.integer(), (rows, x, seed) => {
        const arms = [0, 1, 2].map((arm) =>
          beliefOf(
            rows.filter(([of]) => of === arm).map(([, at, reward]) => ({ context: [1, at], reward })),
            2,
          ),
        );
        const models = drawModels(arms, seed);
        const given = chances(models, [1, x], FLOORS);
        expect(given.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
        expect(given[0]).toBeGreaterThanOrEqual(0.1 + 0.9 * (0.1 / 3) - 1e-12);
        for (const chance of given) expect(chance).toBeGreaterThanOrEqual(0.9 * (0.1 / 3) - 1e-12);
        expect(chances(drawModels(arms, seed), [1, x], FLOORS)).toEqual(given);
      }),
      { numRuns: 30 },
    );
  });

  it('knows nothing at first, and learns which arm is better for whom: more is earned than by an equal split', () => {
    const random = seeded(5);
    // The first offer works for who has x = 1, the second for who has x = 0; nothing does for nobody.
    const worth = (arm: number, x: number): number => (arm === 0 ? 0 : (arm === 1) === (x === 1) ? 1 : -0.3);
    const log: (Logged & { x: number; context: number[] })[] = [];
    let beliefs = [0, 1, 2].map(() => beliefOf([], 2));
    const first = chances(drawModels(beliefs, 1), [1, 1], FLOORS);
    for (const chance of first) expect(Math.abs(chance - 1 / 3)).toBeLessThan(0.12);
    for (let wave = 0; wave < 12; wave += 1) {
      const models = drawModels(beliefs, wave);
      for (let each = 0; each < 150; each += 1) {
        const x = random.next() < 0.5 ? 0 : 1;
        const given = chances(models, [1, x], FLOORS);
        let [left, arm] = [random.next(), 0];
        while (arm < 2 && left >= (given[arm] ?? 0)) {
          left -= given[arm] ?? 0;
          arm += 1;
        }
        log.push({ arm, propensity: given[arm] ?? 1, reward: worth(arm, x) + normal(random), x, context: [1, x] });
      }
      beliefs = [0, 1, 2].map((arm) =>
        beliefOf(
          log.filter((row) => row.arm === arm),
          2,
        ),
      );
    }
    const last = (x: number) => chances(drawModels(beliefs, 99), [1, x], FLOORS);
    expect([(last(1)[1] ?? 0) > 0.75, (last(0)[2] ?? 0) > 0.75]).toEqual([true, true]);
    const earned = log.reduce((sum, { arm, x }) => sum + worth(arm, x), 0) / log.length;
    // 90 % of an equal split over three arms: 0, 1 and −0.3.
    expect(earned).toBeGreaterThan(2 * 0.9 * (0.7 / 3));
    expect(expected(beliefs[1]?.mean ?? [], [1, 1])).toBeGreaterThan(0.7);
  });
});

describe('what another policy would have earned', () => {
  /** Customers whose arm was drawn by their x; the reward of the arms differs by x as well. */
  function drawn(seed: number, count: number, worth: (arm: number, x: number) => number): (Logged & { x: number })[] {
    const random = seeded(seed);
    return Array.from({ length: count }, () => {
      const x = random.next();
      const chance = 0.1 + 0.8 * x;
      const arm = random.next() < chance ? 1 : 0;
      return { arm, propensity: arm === 1 ? chance : 1 - chance, reward: worth(arm, x) + normal(random), x };
    });
  }
  const worth = (arm: number, x: number): number => (arm === 1 ? 1 + 2 * x : 0.5);

  it('is told without bias where the plain mean is wrong, and its interval holds as often as it says', () => {
    let [covered, robust] = [0, 0];
    for (let seed = 1; seed <= 300; seed += 1) {
      const log = drawn(seed, 800, worth);
      const all = estimate(log, (arm) => arm);
      if (!all) throw new Error('nothing told');
      if (all.low <= 2 && 2 <= all.high) covered += 1;
      const model = (arm: number, at: number): number => worth(arm, log[at]?.x ?? 0);
      const dr = doublyRobust(log, { wanted: (arm) => arm, model, arms: 2 });
      if (dr && dr.low <= 2 && 2 <= dr.high) robust += 1;
      if (seed === 1) {
        const mine = log.filter(({ arm }) => arm === 1);
        const plain = mine.reduce((sum, { reward }) => sum + reward, 0) / mine.length;
        expect(plain).toBeGreaterThan(2.2);
        expect(dr && dr.high - dr.low).toBeLessThan(all.high - all.low);
      }
    }
    // 285 expected, standard deviation 3.8.
    expect(covered).toBeGreaterThan(270);
    expect(robust).toBeGreaterThan(270);
  });

  it('is not told where too few tell of it', () => {
    expect(estimate(drawn(1, 40, worth), (arm) => arm)).toBeNull();
    expect(estimate(drawn(1, 800, worth), (arm) => (arm === 5 ? 1 : 0))).toBeNull();
    expect(weightedDifference([], 1)).toBeNull();
  });

  it('differs between arms by the truth', () => {
    const told = weightedDifference(drawn(4, 20_000, worth), 1);
    expect(told && Math.abs(told.effect - 1.5)).toBeLessThan(4 * Math.sqrt(told?.variance ?? 0));
  });
});

it('a context is of one size, bounded and finite whatever is known', () => {
  const some = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
  const known = fc.record({
    orders: fc.integer({ min: 0, max: 1_000_000 }),
    idleDays: some,
    size: some,
    alive: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    discountShare: some,
  });
  fc.assert(
    fc.property(known, (of) => {
      const context = contextOf(of);
      expect(context).toHaveLength(CONTEXT_SIZE);
      expect(context.every((value) => value >= 0 && value <= 3)).toBe(true);
    }),
  );
});

it('a model that tells of a line has not seen it, and the greedy policy gives one arm to each', () => {
  const line = fc.record({
    arm: fc.integer({ min: 0, max: 2 }),
    reward: fc.double({ min: -5, max: 5, noNaN: true }),
    x: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), fc.nat(), (lines, which) => {
      const log = lines.map(({ x, ...rest }) => ({ ...rest, context: [1, x] }));
      const at = which % log.length;
      const changed = log.map((each, place) => (place === at ? { ...each, reward: 1_000 } : each));
      const [model, other] = [crossedModel(log, 3), crossedModel(changed, 3)];
      for (const arm of [0, 1, 2]) expect(other(arm, at)).toBe(model(arm, at));
      const policy = greedy(model, 3);
      expect(policy(0, at) + policy(1, at) + policy(2, at)).toBe(1);
    }),
  );
});

describe('a campaign whose arms the program chooses', () => {
  /** Waves of customers under an adaptive policy. @returns how the reports at each wave's end look. */
  function waves(
    seed: number,
    worth: (arm: number) => number,
    { count, noise = normal }: { count: number; noise?: (random: ReturnType<typeof seeded>) => number },
  ): ReturnType<typeof reportOf>[] {
    const random = seeded(seed);
    const log: Learned[] = [];
    const reports: ReturnType<typeof reportOf>[] = [];
    const mixture = mixtureFor(2 / 150, 0.025);
    for (let wave = 1; wave <= count; wave += 1) {
      const choose = chooser(learn(log, { arms: 3, seed: wave }), 0.1);
      const chancesAt = [0, 3].map((orders) => ({
        context: contextOf({ ...NOBODY, orders }),
        given: choose(contextOf({ ...NOBODY, orders })),
      }));
      for (let each = 0; each < 120; each += 1) {
        const { context, given } = chancesAt[random.next() < 0.5 ? 0 : 1] ?? { context: [], given: [] };
        const arm = armAt(
          given.map((share, position) => ({ share, position })),
          random.next(),
        ).position;
        log.push({ arm, propensity: given[arm] ?? 1, context, reward: worth(arm) + noise(random) });
      }
      reports.push(reportOf(log, { offers: 2, mixture }));
    }
    return reports;
  }
  const NOBODY = { orders: 0, idleDays: null, size: null, alive: null, discountShare: null };

  // Most customers buy nothing, and a few buy much: in units of their spread, as margins are.
  const margins = (random: ReturnType<typeof seeded>): number => (random.next() < 0.1 ? Math.exp(normal(random)) / 0.83 : 0);

  it.each([
    ['normal', normal],
    ['mostly nothing', margins],
  ])('without an effect claims one at any of its looks in fewer than 1 in 15 (noise: %s)', (_name, noise) => {
    let claimed = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const wrong = waves(seed, () => 0, { count: 10, noise }).some(({ arms }) =>
        arms.some(({ told }) => told && (told.low > 0 || told.high < 0)),
      );
      if (wrong) claimed += 1;
    }
    expect(claimed).toBeLessThan(200 / 15);
  });

  it('tells the true effect in its range, and that the program earned more than an equal split', () => {
    const last = waves(7, (arm) => [0, 0.2, 1][arm] ?? 0, { count: 14 }).at(-1);
    const [a, b] = last?.arms ?? [];
    expect(a?.told && a.told.low < 0.2 && a.told.high > 0.2).toBe(true);
    expect(b?.told && b.told.low < 1 && b.told.high > 1 && b.told.low > 0).toBe(true);
    const earned = (name: string): number => last?.policies.find((policy) => policy.name === name)?.earned?.value ?? Number.NaN;
    expect(earned('program')).toBeGreaterThan(earned('equal'));
    expect(Math.abs(earned('equal') - 0.4)).toBeLessThan(0.2);
    // The second offer is the best for everybody: whoever gives each the best gives that.
    expect(Math.abs(earned('personal') - 1)).toBeLessThan(0.2);
  });
});
