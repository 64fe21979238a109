import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstLoud, zoneOfCustomer } from './quiet.ts';

const NIGHT = { from: 21, to: 9 };
const loud = (at: string, zone: string, quiet: Parameters<typeof firstLoud>[2] = NIGHT): string =>
  firstLoud(new Date(at), zone, quiet).toISOString();

describe('quiet hours', () => {
  it.each([
    ['day', '2026-11-20T12:00:00Z', 'Europe/London', '2026-11-20T12:00:00.000Z'],
    ['evening', '2026-11-20T21:00:00Z', 'Europe/London', '2026-11-21T09:00:00.000Z'],
    ['night, to the minute', '2026-11-20T02:34:56Z', 'Europe/London', '2026-11-20T09:00:00.000Z'],
    ['night elsewhere', '2026-11-20T12:00:00Z', 'Asia/Tokyo', '2026-11-21T00:00:00.000Z'],
    ['a zone of half an hour', '2026-11-20T18:00:00Z', 'Asia/Kolkata', '2026-11-21T03:30:00.000Z'],
    ['clocks go back', '2026-10-24T23:00:00Z', 'Europe/London', '2026-10-25T09:00:00.000Z'],
    ['clocks go forward', '2026-03-28T23:00:00Z', 'Europe/London', '2026-03-29T08:00:00.000Z'],
  ])('%s', (_, at, zone, expected) => {
    expect(loud(at, zone)).toBe(expected);
  });

  it('none, or of no length, let everything out at once', () => {
    const at = '2026-11-20T02:00:00.000Z';
    expect([loud(at, 'UTC', null), loud(at, 'UTC', { from: 3, to: 3 })]).toEqual([at, at]);
  });

  it('end within a day, never before, and never in the quiet', () => {
    const hour = fc.integer({ min: 0, max: 23 });
    const zone = fc.constantFrom('Europe/London', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Chatham', 'America/Sao_Paulo', 'UTC');
    const at = fc.date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2028-01-01T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(at, zone, fc.tuple(hour, hour), (start, where, [from, to]) => {
        fc.pre(from !== to);
        const first = firstLoud(start, where, { from, to });
        const local = Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: where }).format(first));
        const quiet = from <= to ? local >= from && local < to : local >= from || local < to;
        expect([quiet, first >= start, first.getTime() - start.getTime() <= 25 * 3_600_000]).toEqual([false, true, true]);
      }),
    );
  });
});

it('a customer lives in their country’s zone, or in the shop’s where that is one of it', () => {
  expect(zoneOfCustomer('JP', 'Europe/London')).toBe('Asia/Tokyo');
  expect(zoneOfCustomer('GB', 'Europe/London')).toBe('Europe/London');
  expect(zoneOfCustomer('US', 'America/Denver')).toBe('America/Denver');
  expect(zoneOfCustomer('US', 'Europe/London')).toMatch(/^America\//);
  expect([zoneOfCustomer(null, 'Europe/London'), zoneOfCustomer('??', 'Europe/London')]).toEqual(['Europe/London', 'Europe/London']);
});
