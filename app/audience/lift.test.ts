import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../sandbox/random.ts';
import { LiftTable, type Outcome } from './lift.ts';

const tableOf = (rows: readonly Outcome[]): LiftTable => {
  const table = new LiftTable();
  for (const row of rows) table.add(row);
  return table;
};
const arm = (name: string, outcomes: readonly number[]): Outcome[] => outcomes.map((outcome) => ({ arm: name, outcome, before: null }));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

/** Uniform numbers that can be repeated, and normal ones (Box and Muller). */
function chances(seed: number) {
  const drawn = seeded(seed);
  const uniform = (): number => drawn.next();
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

describe('lift', () => {
  it('is Welch’s, as published for unequal spreads', () => {
    // The first of the examples that Wikipedia gives for the test, t = -2.46, 25 degrees of freedom, p = 0.021.
    const a = [27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4];
    const b = [27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4];
    const [control, treated] = tableOf([...arm('offer', b), ...arm('control', a)]).lifts() ?? [];
    expect(control).toEqual({ arm: 'control', n: 15, effect: 0, low: 0, high: 0, p: 1, adjusted: null });
    expect(treated).toMatchObject({ arm: 'offer', n: 15, adjusted: null });
    expect(treated?.effect).toBeCloseTo(mean(b) - mean(a), 12);
    expect(treated?.p).toBeCloseTo(0.021, 3);
    expect((treated?.low ?? 0) > 0).toBe(true);
  });

  it('adjusts by what was before as the plain formulas do', () => {
    const row = fc.record({
      arm: fc.constantFrom('control', 'offer'),
      outcome: fc.integer({ min: -50, max: 50 }),
      before: fc.option(fc.integer({ min: -50, max: 50 }), { freq: 4 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 8, maxLength: 60 }), (rows) => {
        const of = (name: string) => rows.filter((one) => one.arm === name);
        const known = rows.flatMap(({ before }) => (before === null ? [] : [before]));
        fc.pre(of('control').length >= 2 && of('offer').length >= 2 && known.length > 0);
        const average = mean(known);
        const beforeOf = (one: Outcome): number => one.before ?? average;
        const deviations = ['control', 'offer'].flatMap((name) => {
          const [y, x] = [mean(of(name).map((one) => one.outcome)), mean(of(name).map(beforeOf))];
          return of(name).map((one) => ({ y: one.outcome - y, x: beforeOf(one) - x }));
        });
        const spread = sum(deviations.map(({ x }) => x * x));
        const theta = spread > 1e-9 ? sum(deviations.map(({ x, y }) => x * y)) / spread : 0;
        const adjusted = rows.map((one) => ({ ...one, outcome: one.outcome - theta * (beforeOf(one) - average), before: null }));
        const wanted = tableOf(adjusted).lifts()?.[1];
        const told = tableOf(rows).lifts()?.[1]?.adjusted;
        expect(told?.effect).toBeCloseTo(wanted?.effect ?? Number.NaN, 7);
        expect(told?.low).toBeCloseTo(wanted?.low ?? Number.NaN, 6);
        expect(told?.p).toBeCloseTo(wanted?.p ?? Number.NaN, 6);
      }),
    );
  });

  it('covers the true effect nineteen times in twenty, and the adjusted interval is the narrower one', () => {
    const chance = chances(11);
    let [covered, coveredAdjusted, narrower] = [0, 0, 0];
    const runs = 400;
    for (let run = 0; run < runs; run += 1) {
      const rows = Array.from({ length: 200 }, (_, at): Outcome => {
        const before = chance.normal() * 10;
        const treated = at % 4 > 0;
        return {
          arm: treated ? 'offer' : 'control',
          before,
          outcome: 0.8 * before + 6 * chance.normal() * (treated ? 2 : 1) + (treated ? 3 : 0),
        };
      });
      const told = tableOf(rows).lifts()?.[1];
      if (!told?.adjusted) throw new Error('no lift');
      if (told.low <= 3 && told.high >= 3) covered += 1;
      if (told.adjusted.low <= 3 && told.adjusted.high >= 3) coveredAdjusted += 1;
      if (told.adjusted.high - told.adjusted.low < told.high - told.low) narrower += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.92);
    expect(coveredAdjusted / runs).toBeGreaterThan(0.92);
    expect([covered, coveredAdjusted].every((count) => count < runs)).toBe(true);
    expect(narrower / runs).toBeGreaterThan(0.95);
  });

  it('says nothing without a control, no interval for one customer, and certainty where nobody differs', () => {
    expect(tableOf(arm('offer', [1, 2])).lifts()).toBeNull();
    expect(tableOf([...arm('control', [1, 2]), ...arm('offer', [5])]).lifts()?.[1]).toMatchObject({ n: 1, effect: 3.5, low: Number.NaN });
    expect(tableOf([...arm('control', [2, 2]), ...arm('offer', [5, 5])]).lifts()?.[1]).toMatchObject({ effect: 3, low: 3, high: 3, p: 0 });
    expect(tableOf([...arm('control', [2, 2]), ...arm('offer', [2, 2])]).lifts()?.[1]).toMatchObject({ effect: 0, p: 1 });
  });

  it('is the same in any order and on any level: nothing cancels out in sums of large numbers', () => {
    const values = [1, 4, 9, 16];
    const of = (shift: number) =>
      tableOf([
        ...arm(
          'control',
          values.map((one) => one + shift),
        ),
        ...arm(
          'offer',
          values.map((one) => one + shift + 1),
        ),
      ]).lifts()?.[1];
    expect(of(1e9)?.effect).toBeCloseTo(1, 6);
    expect((of(1e9)?.high ?? 0) - (of(1e9)?.low ?? 0)).toBeCloseTo((of(0)?.high ?? 0) - (of(0)?.low ?? 0), 5);
  });
});
