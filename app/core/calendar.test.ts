import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, addMonths, dateToDay, dayOf, daysBetween, dayToDate, parseDay, startOfDay, weekday } from './calendar.ts';

const day = fc.integer({ min: -20_000, max: 40_000 }).map((number) => addDays(parseDay('1970-01-01'), number));

describe('days', () => {
  it('belong to the shop’s time zone', () => {
    const instant = new Date('2026-06-30T23:30:00Z');
    expect([dayOf(instant, 'UTC'), dayOf(instant, 'Europe/London'), dayOf(instant, 'America/Los_Angeles')]).toEqual([
      '2026-06-30',
      '2026-07-01',
      '2026-06-30',
    ]);
  });

  it('add and subtract', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -5_000, max: 5_000 }), (from, days) => {
        expect(daysBetween(from, addDays(from, days))).toBe(days);
      }),
    );
  });

  it('go through dates and back', () => {
    fc.assert(
      fc.property(day, (one) => {
        expect(dateToDay(dayToDate(one))).toBe(one);
      }),
    );
  });

  it('know their weekday: 2026-11-23 is a Monday', () => {
    expect([weekday(parseDay('2026-11-23')), weekday(parseDay('2026-11-29')), weekday(parseDay('1969-12-29'))]).toEqual([0, 6, 0]);
  });

  it.each(['2026-02-30', '2026-13-01', '26-01-01', '', 'tomorrow'])('refuse %j', (text) => {
    expect(() => parseDay(text)).toThrow(RangeError);
  });

  it('keep to the month’s end when months are added', () => {
    expect([addMonths(parseDay('2024-02-29'), -12), addMonths(parseDay('2026-08-31'), 1), addMonths(parseDay('2026-01-15'), -1)]).toEqual([
      '2023-02-28',
      '2026-09-30',
      '2025-12-15',
    ]);
  });
});

describe('startOfDay', () => {
  it('is the first instant of the day, through changes of the clock', () => {
    const zones = fc.constantFrom(
      'Europe/London',
      'America/New_York',
      'Asia/Kathmandu',
      'Pacific/Kiritimati',
      'Pacific/Pago_Pago',
      'America/Sao_Paulo',
    );
    fc.assert(
      fc.property(fc.integer({ min: 15_000, max: 21_000 }), zones, (number, zone) => {
        const one = addDays(parseDay('1970-01-01'), number);
        const start = startOfDay(one, zone);
        expect(dayOf(start, zone)).toBe(one);
        expect(dayOf(new Date(start.getTime() - 1), zone) < one).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
