import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addDays, parseDay } from '../core/calendar.ts';
import { bucketsOf } from './sales-buckets.ts';

const daysFrom = (values: readonly number[]) =>
  values.map((net, index) => ({ day: addDays(parseDay('2026-01-01'), index), net: BigInt(net), orders: net === 0 ? 0 : 1 }));
const sum = (rows: readonly { net: bigint }[]): bigint => rows.reduce((total, row) => total + row.net, 0n);

it('shows up to 120 days as they are', () => {
  const days = daysFrom(Array.from({ length: 120 }, (_, index) => index));
  expect(bucketsOf(days)).toEqual({ by: 'day', rows: days });
});

it('sums more days into weeks that end with the last day and lose nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 121, maxLength: 800 }), (values) => {
      const days = daysFrom(values);
      const { by, rows } = bucketsOf(days);
      expect([by, rows.length, rows[0]?.day, rows.at(-1)?.day]).toEqual([
        'week',
        Math.ceil(days.length / 7),
        days[0]?.day,
        days.at(-7)?.day,
      ]);
      expect(sum(rows)).toBe(sum(days));
    }),
  );
});
