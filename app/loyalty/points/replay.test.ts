import { describe, expect, it } from 'vitest';
import { difference, type Booked } from './difference.ts';
import { monthsLater, replay, type Fact, type Grant, type Spend, type Transfer } from './replay.ts';

const day = (count: number): Date => new Date(Date.UTC(2026, 0, 1 + count));
const grant = (topic: string, change: Partial<Grant> = {}): Grant => ({
  kind: 'grant',
  topic,
  at: day(0),
  availableAt: day(0),
  points: 100,
  takenBack: [],
  expiry: { kind: 'never' },
  belowZero: true,
  cause: 'order',
  programme: 1,
  ...change,
});
const spend = (topic: string, change: Partial<Spend> = {}): Spend => ({
  kind: 'spend',
  topic,
  at: day(10),
  points: 60,
  to: 'spent',
  back: null,
  expiry: { kind: 'never' },
  cause: 'redeem',
  programme: 1,
  ...change,
});
/** Balances and what was booked, short. */
const told = (facts: Fact[], now: Date) => {
  const { available, pending, lots, dueAt, transfers } = replay(facts, now);
  return {
    available,
    pending,
    lots: lots.map(({ topic, left }) => `${topic} ${left}`),
    due: dueAt,
    moves: transfers.map(({ topic, from, to, points }: Transfer) => `${topic}: ${from} ${points} ${to}`),
  };
};

describe('points of a customer', () => {
  it('wait, become available, and say when', () => {
    const facts = [grant('order/1', { availableAt: day(14) })];
    expect(told(facts, day(13))).toMatchObject({ pending: 100, available: 0, due: day(14), moves: ['order/1: issued 100 pending'] });
    expect(told(facts, day(14))).toMatchObject({ pending: 0, available: 100, due: null });
    expect(told([grant('order/1', { availableAt: null })], day(400))).toMatchObject({ pending: 100, due: null });
  });

  it('taken back while they wait never become available', () => {
    const facts = [grant('order/1', { availableAt: day(14), takenBack: [{ topic: 'refund/9', at: day(3), points: 40 }] })];
    expect(told(facts, day(20))).toMatchObject({
      available: 60,
      moves: ['order/1: issued 100 pending', 'order/1/refund/9: pending 40 withdrawn', 'order/1/available: pending 60 available'],
    });
  });

  it('are spent from the oldest lot, and taken back from the order’s own first', () => {
    const facts = [grant('order/1'), grant('order/2', { at: day(1), availableAt: day(1) }), spend('redeem/1')];
    expect(told(facts, day(20)).lots).toEqual(['order/1 40', 'order/2 100']);
    const back = [
      grant('order/1'),
      grant('order/2', { at: day(1), availableAt: day(1), takenBack: [{ topic: 'cancel', at: day(12), points: 100 }] }),
      spend('redeem/1'),
    ];
    expect(told(back, day(20)).lots).toEqual(['order/1 40']);
  });

  it('spent and then taken back are owed, where that is allowed, and the next points pay it', () => {
    const bought = (belowZero: boolean) => [
      grant('order/1', { belowZero, takenBack: [{ topic: 'refund/9', at: day(11), points: 100 }] }),
      spend('redeem/1'),
      grant('order/2', { at: day(20), availableAt: day(20) }),
    ];
    expect(told(bought(true), day(15)).available).toBe(-60);
    expect(told(bought(true), day(20))).toMatchObject({ available: 40, lots: ['order/2 40'] });
    expect(told(bought(false), day(15)).available).toBe(0);
    expect(told(bought(false), day(20))).toMatchObject({ available: 100 });
    expect(told(bought(false), day(20)).moves).toContain('order/1/refund/9/forgiven: forgiven 60 available');
  });

  it('lapse by age, each lot by itself, only what is left of it', () => {
    const expiry = { kind: 'age', months: 12 } as const;
    const facts = [grant('order/1', { expiry }), grant('order/2', { at: day(31), availableAt: day(31), expiry }), spend('redeem/1')];
    expect(told(facts, day(364))).toMatchObject({ available: 140, due: day(365) });
    expect(told(facts, day(365))).toMatchObject({ available: 100, due: day(396) });
    expect(told(facts, day(365)).moves).toContain('expire/order/1: available 40 expired');
  });

  it('lapse together so long after the last activity', () => {
    const expiry = { kind: 'activity', months: 6 } as const;
    const facts = [
      grant('order/1', { expiry }),
      grant('order/2', { at: day(31), availableAt: day(31), expiry }),
      spend('redeem/1', { at: day(150) }),
    ];
    expect(told(facts, day(200))).toMatchObject({ available: 140, due: monthsLater(day(150), 6) });
    expect(told(facts, monthsLater(day(150), 6))).toMatchObject({ available: 0, due: null });
    // Without the redemption they would have lapsed before.
    expect(told(facts.slice(0, 2), monthsLater(day(31), 6))).toMatchObject({ available: 0 });
  });

  it('come back with a life of their own when a reward was not used', () => {
    const expiry = { kind: 'age', months: 1 } as const;
    const facts = [grant('order/1', { expiry }), spend('redeem/1', { points: 100, back: day(60), expiry })];
    expect(told(facts, day(61))).toMatchObject({ available: 100, lots: ['redeem/1/back 100'], due: monthsLater(day(60), 1) });
  });
});

it.each([
  ['2026-01-31T00:00:00Z', 1, '2026-02-28T00:00:00.000Z'],
  ['2024-01-31T10:30:00Z', 1, '2024-02-29T10:30:00.000Z'],
  ['2026-11-30T00:00:00Z', 3, '2027-02-28T00:00:00.000Z'],
  ['2026-03-15T23:59:59Z', 12, '2027-03-15T23:59:59.000Z'],
])('%s and %d months is %s', (at, months, expected) => {
  expect(monthsLater(new Date(at), months).toISOString()).toBe(expected);
});

describe('the difference', () => {
  const now = day(50);
  const moved = (topic: string, points: number, change: Partial<Transfer> = {}): Transfer => ({
    topic,
    from: 'issued',
    to: 'pending',
    points,
    at: day(0),
    cause: 'order',
    programme: 1,
    ...change,
  });
  const booked = (topic: string, points: number, seq: number, change: Partial<Booked> = {}): Booked => ({
    topic,
    from: 'issued',
    to: 'pending',
    points,
    seq,
    ...change,
  });

  it('is all at first, and nothing the second time', () => {
    expect(difference([moved('order/1', 100)], [], now)).toEqual([{ ...moved('order/1', 100), seq: 1 }]);
    expect(difference([moved('order/1', 100)], [booked('order/1', 100, 1)], now)).toEqual([]);
  });

  it('goes in either direction, numbered on, as a correction', () => {
    expect(difference([moved('order/1', 70)], [booked('order/1', 100, 1)], now)).toEqual([
      { ...moved('order/1', 30, { from: 'pending', to: 'issued', cause: 'correction' }), seq: 2 },
    ]);
    const corrected = [booked('order/1', 100, 1), booked('order/1', 30, 2, { from: 'pending', to: 'issued' })];
    expect(difference([moved('order/1', 70)], corrected, now)).toEqual([]);
    expect(difference([moved('order/1', 90)], corrected, now)).toEqual([{ ...moved('order/1', 20, { cause: 'correction' }), seq: 3 }]);
  });

  it('books back what should not stand any more', () => {
    expect(difference([], [booked('expire/order/1', 40, 1, { from: 'available', to: 'expired' })], now)).toEqual([
      { topic: 'expire/order/1', from: 'expired', to: 'available', points: 40, seq: 2, at: now, cause: 'correction', programme: null },
    ]);
  });
});
