import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tierBonus } from './tier-bonus.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const part = (points: number) => ({ topic: `refund/${points}`, at: AT, points });

it.each([
  [100, 150, 50],
  [101, 150, 50],
  [3, 133, 0],
  [100, 100, 0],
  [100, 50, 0],
])('%i points at %i hundredths earn %i more', (points, times, more) => {
  expect(tierBonus({ points, takenBack: [] }, times)).toEqual({ points: more, takenBack: [] });
});

it('goes with what is taken back, to the point, however it is split', () => {
  const split = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 6 });
  fc.assert(
    fc.property(split, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 100, max: 1_000 }), (parts, rest, times) => {
      const points = parts.reduce((sum, each) => sum + each, rest);
      const bonus = tierBonus({ points, takenBack: parts.map(part) }, times);
      const left = bonus.takenBack.reduce((sum, each) => sum - each.points, bonus.points);
      expect(left).toBe(Math.floor((rest * (times - 100)) / 100));
      expect(bonus.takenBack.every((each) => each.points > 0)).toBe(true);
    }),
  );
});
