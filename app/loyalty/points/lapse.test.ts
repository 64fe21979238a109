import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextLapse } from './lapse.ts';
import type { Lot } from './replay.ts';

const lot = (left: number, expiresAt: string | null): Lot => ({
  topic: `order/${left}`,
  left,
  since: new Date('2026-01-01T00:00:00Z'),
  expiresAt: expiresAt === null ? null : new Date(expiresAt),
});

it('is the first to lapse, with all of its day in the shop’s zone', () => {
  const lots = [
    lot(5, '2027-03-02T04:30:00Z'),
    lot(7, '2027-03-01T23:00:00Z'),
    lot(11, null),
    lot(13, '2027-03-01T08:00:00Z'),
    lot(17, '2027-03-02T05:30:00Z'),
  ];
  expect(nextLapse(lots, 'America/New_York')).toEqual({ at: new Date('2027-03-01T08:00:00Z'), points: 25 });
  expect(nextLapse(lots, 'UTC')).toEqual({ at: new Date('2027-03-01T08:00:00Z'), points: 20 });
  expect(nextLapse([lot(11, null)], 'UTC')).toBeNull();
  expect(nextLapse([], 'UTC')).toBeNull();
});

it('is the same in whatever order the lots come, and never more than is left', () => {
  const moment = fc.integer({ min: 0, max: 5_000 }).map((hours) => new Date(Date.UTC(2027, 0, 1) + hours * 3_600_000).toISOString());
  const lots = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 500 }), fc.option(moment)).map(([left, at]) => lot(left, at)),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(lots, fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York'), (all, zone) => {
      const lapse = nextLapse(all, zone);
      expect(nextLapse(all.toReversed(), zone)).toEqual(lapse);
      const ends = all.flatMap(({ expiresAt }) => expiresAt?.getTime() ?? []);
      expect(lapse?.at.getTime() ?? null).toBe(ends.length === 0 ? null : Math.min(...ends));
      if (lapse) expect(lapse.points).toBeLessThanOrEqual(all.reduce((sum, { left }) => sum + left, 0));
    }),
  );
});
