import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, parseDay } from '../../core/calendar.ts';
import { NO_PERKS, type Tier } from '../tier.ts';
import { birthdayGifts, tierLine, type Life } from './gifts.ts';
import { PLAIN_RULES, type TierVersion } from './tier-rules.ts';
import type { Counted } from './timeline.ts';

const at = (text: string): Date => new Date(text.includes('T') ? text : `${text}T12:00:00Z`);
const tier = (id: number, threshold: bigint, birthdayPoints: number): Tier => ({
  id,
  name: `T${id}`,
  threshold,
  rank: id,
  perks: { ...NO_PERKS, birthdayPoints },
});
const version = (number: number, from: string, tiers: readonly Tier[]): TierVersion => ({
  version: number,
  from: at(from),
  rules: { ...PLAIN_RULES, basis: 'orders' },
  tiers,
});
const one = (day: string): Counted => ({ at: at(day), day: parseDay(day), amount: 1n, less: [] });
const life = (now: string, counted: readonly Counted[], birthDay: number | null): Life => ({
  countedBy: () => counted,
  grants: [],
  birthDay,
  timezone: 'Europe/London',
  now: at(now),
});
const SINCE = at('2025-01-01');
const topics = (of: Life, versions: readonly TierVersion[]) =>
  birthdayGifts(of, versions, SINCE).map(({ topic, at: when, points }) => [topic, when.toISOString(), points]);

describe('the tier of a moment', () => {
  const versions = [version(1, '2025-01-01', [tier(1, 1n, 0)]), version(2, '2026-06-01', [tier(1, 1n, 0), tier(2, 2n, 0)])];
  const tierAt = tierLine(life('2026-11-20', [one('2026-05-01'), one('2026-05-10')], null), versions);

  it('goes by the rules of that moment, and an order counts only for the next', () => {
    expect(tierAt(at('2026-05-20'))?.id).toBe(1);
    expect(tierAt(at('2026-06-20'))?.id).toBe(2);
    expect([tierAt(at('2026-05-01'), true), tierAt(at('2026-05-01'))?.id, tierAt(at('2024-01-01'))]).toEqual([null, 1, null]);
  });
});

describe('a gift on a birthday', () => {
  const versions = [version(1, '2025-01-01', [tier(1, 1n, 10), tier(2, 2n, 30)])];

  it('is that of the tier held on the day, each year once, with the next to come', () => {
    expect(topics(life('2026-11-20', [one('2025-11-01'), one('2026-03-01')], 315), versions)).toEqual([
      ['birthday/2026', '2026-03-15T00:00:00.000Z', 30],
      // The second order has left the window by then, and the first.
    ]);
    expect(topics(life('2026-11-20', [one('2025-11-01'), one('2026-10-01')], 315), versions)).toEqual([
      ['birthday/2026', '2026-03-15T00:00:00.000Z', 10],
      ['birthday/2027', '2027-03-15T00:00:00.000Z', 10],
    ]);
  });

  it('of 29 February comes on the 28th where there is no other, and nobody has one without a birthday', () => {
    expect(topics(life('2027-02-01', [one('2026-12-01')], 229), versions)).toEqual([['birthday/2027', '2027-02-28T00:00:00.000Z', 10]]);
    expect(topics(life('2027-02-01', [one('2026-12-01')], null), versions)).toEqual([]);
  });

  it('is the same whenever one looks, once its day has come', () => {
    const days = fc.array(
      fc.integer({ min: 0, max: 500 }).map((back) => addDays(parseDay('2026-05-01'), -back)),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 400 }), (bought, later) => {
        const counted = bought.map((day) => one(day));
        const past = (now: string) => topics(life(now, counted, 601), versions).filter(([, when]) => String(when) <= '2026-06-01T00:00');
        expect(past(addDays(parseDay('2026-06-02'), later))).toEqual(past('2026-06-02'));
      }),
    );
  });
});
