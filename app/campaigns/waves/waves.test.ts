import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../sandbox/random.ts';
import { mixtureFor } from '../../audience/always-valid.ts';
import { effectOf, type MeasuredArm } from '../../audience/effect.ts';
import { armAt } from '../arms.ts';
import { runChance, waveChance } from '../assign.server.ts';
import { contextOf } from '../policy/context.ts';
import { chooser, evenChances, learn, type Learned } from '../policy/policy.ts';
import { reportOf, type PolicyReport } from '../policy/report.ts';
import { expectedLeft, waveAt, waveProblems, waveRoom } from './waves.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-11-20T12:00:00Z');
type Random = ReturnType<typeof seeded>;
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

describe('the waves of a campaign', () => {
  it('take each chance once and are alike in size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (count, chance) => {
        const wave = waveAt(chance, count);
        expect(wave >= 0 && wave < count && wave / count <= chance && chance < (wave + 1) / count + 1e-12).toBe(true);
      }),
    );
    const sizes = Array.from({ length: 4 }, () => 0);
    for (let id = 1n; id <= 8_000n; id += 1n) {
      const wave = waveAt(waveChance(new Uint8Array(32).fill(3), id), 4);
      sizes[wave] = (sizes[wave] ?? 0) + 1;
    }
    for (const size of sizes) expect(Math.abs(size - 2_000)).toBeLessThan(160);
  });

  it('are refused where their numbers are none, the last would be cut short, or nothing could be learned', () => {
    const end = new Date(NOW.getTime() + 14 * DAY);
    const told = (waves: number | null, waveDays: number | null, learns = false) =>
      waveProblems({ waves, waveDays, learns }, { first: NOW, endsAt: end });
    expect([told(2, 7), told(null, null), told(10, 1, true)]).toEqual([{}, {}, {}]);
    expect(told(1, 0)).toEqual({ waves: 'waves.error.count', waveDays: 'waves.error.days' });
    expect(told(11, 61)).toEqual({ waves: 'waves.error.count', waveDays: 'waves.error.days' });
    expect(told(2.5, null)).toEqual({ waves: 'waves.error.count', waveDays: 'waves.error.days' });
    expect(told(3, 5)).toEqual({ endsAt: 'waves.error.tooLate' });
    expect(told(null, null, true)).toEqual({ waves: 'waves.error.learns' });
    expect(waveProblems({ waves: 10, waveDays: 60, learns: false }, { first: NOW, endsAt: null })).toEqual({});
  });
});

describe('the budget of a wave', () => {
  it('shares what is left among the waves that come, and never exceeds it', () => {
    expect(waveRoom({ codesLeft: null, expected: null, wavesLeft: 3 })).toBeNull();
    expect(waveRoom({ codesLeft: 100, expected: null, wavesLeft: 3 })).toBe(34);
    expect(waveRoom({ codesLeft: 100, expected: { left: 500, costOfCode: 10 }, wavesLeft: 2 })).toBe(25);
    expect(waveRoom({ codesLeft: null, expected: { left: 9, costOfCode: 10 }, wavesLeft: 1 })).toBe(0);
    const room = fc.record({
      codesLeft: fc.option(fc.nat(10_000)),
      expected: fc.option(fc.record({ left: fc.integer({ min: -500, max: 100_000 }), costOfCode: fc.integer({ min: 1, max: 500 }) })),
      wavesLeft: fc.integer({ min: 1, max: 10 }),
    });
    fc.assert(
      fc.property(room, (of) => {
        const { codesLeft, expected } = of;
        const told = waveRoom(of);
        expect(told === null).toBe(codesLeft === null && expected === null);
        if (told === null) return;
        expect(told).toBeGreaterThanOrEqual(0);
        if (codesLeft !== null) expect(told).toBeLessThanOrEqual(codesLeft);
        if (expected) expect(told * expected.costOfCode).toBeLessThanOrEqual(Math.max(0, expected.left));
      }),
    );
  });

  it('costs a code what codes did so far, with one more that is used; what is out is expected to cost half as much each period', () => {
    const full = 1_000n;
    expect(expectedLeft(50_000n, { sent: [], full, days: 7, now: NOW })).toEqual({ costOfCode: 1_000, left: 50_000 });
    const wave = { codes: 99, used: 10, spent: 9_000n, at: NOW };
    expect(expectedLeft(50_000n, { sent: [wave], full, days: 7, now: NOW })).toEqual({ costOfCode: 100, left: 41_000 - 8_900 });
    const later = expectedLeft(50_000n, { sent: [wave], full, days: 7, now: new Date(NOW.getTime() + 14 * DAY) });
    expect(later).toEqual({ costOfCode: 100, left: 41_000 - 8_900 / 4 });
  });
});

const KNOWN = { orders: 0, idleDays: null, size: null, alive: null, discountShare: null };
const CONTEXTS = [0, 5].map((orders) => contextOf({ ...KNOWN, orders }));
const HOLD_OUT = 0.2;

type Campaign = {
  readonly seed: number;
  readonly customers: number;
  readonly waves: number;
  /** What an arm is worth to a customer of a kind (0 or 1). */
  readonly worth: (arm: number, kind: number) => number;
  readonly noise?: (random: Random) => number;
};
type Played = {
  readonly reward: number;
  readonly equal: number;
  /** Of each wave, the share of each arm among those who were not held out. */
  readonly shares: number[][];
  readonly reports: PolicyReport[];
  readonly programs: ReturnType<typeof effectOf>[];
};

function measured(rewards: readonly number[]): MeasuredArm {
  const outcome = rewards.reduce((sum, each) => sum + each, 0) / Math.max(1, rewards.length);
  const outcomeSquares = rewards.reduce((sum, each) => sum + (each - outcome) ** 2, 0);
  return { n: rewards.length, buyers: rewards.length, outcome, outcomeSquares, before: 0, beforeSquares: 0, products: 0 };
}

/** A campaign with two offers that the program chooses, drawn as the program draws it. */
function play({ seed, customers, waves, worth, noise = normal }: Campaign): Played {
  const random = seeded(seed);
  const key = Uint8Array.from({ length: 32 }, () => Math.floor(random.next() * 256));
  const log: (Learned & { held: boolean })[] = [];
  const played = { reward: 0, equal: 0, shares: [] as number[][], reports: [] as PolicyReport[], programs: [] as Played['programs'] };
  const mixture = mixtureFor(2 / ((0.8 * customers) / 3), 0.025);
  for (let wave = 0; wave < waves; wave += 1) {
    const choose = wave === 0 ? () => evenChances(3, HOLD_OUT) : chooser(learn(log, { arms: 3, seed: wave }), HOLD_OUT);
    const told = CONTEXTS.map((context) => ({ context, given: choose(context) }));
    const counts = [0, 0, 0];
    for (let id = 1n; id <= BigInt(customers); id += 1n) {
      if (waveAt(waveChance(key, id), waves) !== wave) continue;
      const kind = Number(id % 2n);
      const { context, given } = told[kind] ?? { context: [], given: [] };
      const chance = runChance(key, wave, id);
      const drawn = given.map((share, position) => ({ share, position }));
      const arm = armAt(drawn, chance).position;
      const held = chance < HOLD_OUT;
      const luck = noise(random);
      const reward = worth(arm, kind) + luck;
      log.push({ arm, propensity: given[arm] ?? 1, context, reward, held });
      if (held) continue;
      counts[arm] = (counts[arm] ?? 0) + 1;
      played.reward += reward;
      played.equal += [0, 1, 2].reduce((sum, each) => sum + worth(each, kind) / 3, luck);
    }
    const all = counts.reduce((sum, each) => sum + each, 0);
    played.shares.push(counts.map((count) => count / all));
    played.reports.push(reportOf(log, { offers: 2, mixture }));
    const of = (held: boolean): MeasuredArm => measured(log.filter((line) => line.held === held).map(({ reward }) => reward));
    played.programs.push(effectOf(of(false), of(true), { alpha: 0.05, mixture }));
  }
  return played;
}

describe('a campaign in waves whose offers the program chooses', () => {
  it('with an offer that is truly better gives it to more in each wave, and earns more than an equal split', () => {
    const campaigns = Array.from({ length: 60 }, (_, at) =>
      play({ seed: at + 1, customers: 900, waves: 4, worth: (arm) => [0, 0.1, 0.5][arm] ?? 0 }),
    );
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const shares = [0, 1, 2, 3].map((wave) => mean(campaigns.map((each) => each.shares[wave]?.[2] ?? 0)));
    expect(Math.abs((shares[0] ?? 0) - 1 / 3)).toBeLessThan(0.02);
    expect(shares[1]).toBeGreaterThan(0.6);
    expect(shares[3]).toBeGreaterThan(0.75);
    expect(shares.toSorted((a, b) => a - b)).toEqual(shares);
    // Not only on average: hardly any campaign would have done better with an equal split.
    const better = campaigns.filter(({ reward, equal }) => reward > equal).length;
    expect(better).toBeGreaterThan(57);
    expect(mean(campaigns.map(({ reward, equal }) => reward - equal))).toBeGreaterThan(100);
  });

  it('gives each kind of customer what is best for it', () => {
    const { shares } = play({ seed: 3, customers: 6_000, waves: 4, worth: (arm, kind) => (arm === 1 + kind ? 0.8 : 0) });
    // Each offer is right for half of them, and none for nobody.
    expect(shares[3]?.[0]).toBeLessThan(0.15);
    expect(Math.min(shares[3]?.[1] ?? 0, shares[3]?.[2] ?? 0)).toBeGreaterThan(0.38);
  });

  // Most customers buy nothing, and a few buy much, as margins are.
  const margins = (random: Random): number => (random.next() < 0.1 ? Math.exp(normal(random)) / 0.83 : 0);
  it.each([
    ['normal', normal],
    ['mostly nothing', margins],
  ])(
    'without any effect claims one, of an offer or of the program, at any look in fewer than 1 in 15 (noise: %s)',
    (_name, noise) => {
      let claimed = 0;
      for (let seed = 1; seed <= 200; seed += 1) {
        const { reports, programs } = play({ seed, customers: 800, waves: 3, worth: () => 0, noise });
        const ofOffers = reports.some(({ arms }) => arms.some(({ told }) => told && (told.low > 0 || told.high < 0)));
        const ofProgram = programs.some((told) => told.kind === 'told' && told.shown);
        if (ofOffers || ofProgram) claimed += 1;
      }
      expect(claimed).toBeLessThan(200 / 15);
    },
    120_000,
  );

  it('tells of the program what it did: the range holds the truth', () => {
    const { programs, reports } = play({ seed: 5, customers: 12_000, waves: 5, worth: (arm) => [0, 0.1, 0.5][arm] ?? 0 });
    const told = programs.at(-1);
    expect(told?.kind === 'told' && told.low > 0.1 && told.low < 0.45 && told.high > 0.4 && told.high < 0.7).toBe(true);
    const earned = (name: string): number => reports.at(-1)?.policies.find((each) => each.name === name)?.earned?.value ?? Number.NaN;
    expect(earned('program')).toBeGreaterThan(earned('equal'));
  });
});
