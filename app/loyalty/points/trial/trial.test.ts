import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, outcomeOf, type Tried } from './trial.ts';

const one = (customerId: number, before: number, after: number): Tried => ({
  customerId: BigInt(customerId),
  before: { issued: before, expired: 0, held: before },
  after: { issued: after, expired: 1, held: after - 1 },
});

describe('a trial', () => {
  it('tells who gains and who loses, by how much, and for whom most changes', () => {
    const found = compare([one(1, 10, 20), one(2, 10, 5), one(3, 10, 10), one(4, 0, 100)], 40);
    expect(found).toMatchObject({ sampled: 4, members: 40, gain: 2, lose: 1, same: 1 });
    expect([found.before, found.after]).toEqual([
      { issued: 30, expired: 0, held: 30 },
      { issued: 135, expired: 4, held: 131 },
    ]);
    expect(found.largest.map(({ customerId, before, after }) => [customerId, before, after])).toEqual([
      [4n, 0, 100],
      [1n, 10, 20],
      [2n, 10, 5],
    ]);
    expect([found.deciles[0], found.deciles[10]]).toEqual([-5, 100]);
    expect(compare([], 0)).toMatchObject({ sampled: 0, deciles: [], largest: [] });
  });

  it('counts what was given less what was taken back', () => {
    const at = new Date(0);
    const common = { topic: '', at, cause: '', programme: 1 };
    const transfers = [
      { ...common, from: 'issued', to: 'pending', points: 100 },
      { ...common, from: 'pending', to: 'available', points: 90 },
      { ...common, from: 'pending', to: 'withdrawn', points: 10 },
      { ...common, from: 'available', to: 'withdrawn', points: 20 },
      { ...common, from: 'forgiven', to: 'available', points: 5 },
      { ...common, from: 'available', to: 'expired', points: 30 },
    ] as const;
    expect(outcomeOf({ transfers, pending: 0, available: 45 })).toEqual({ issued: 75, expired: 30, held: 45 });
  });

  it('parts customers into those who gain, lose and neither, and its tenths rise', () => {
    const rows = fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000)), { maxLength: 50 });
    fc.assert(
      fc.property(rows, (pairs) => {
        const found = compare(
          pairs.map(([before, after], at) => one(at, before, after)),
          pairs.length,
        );
        expect(found.gain + found.lose + found.same).toBe(pairs.length);
        expect(found.deciles).toEqual(found.deciles.toSorted((a, b) => a - b));
        expect(found.largest.length).toBe(Math.min(10, found.gain + found.lose));
      }),
    );
  });
});
