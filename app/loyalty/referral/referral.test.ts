import { describe, expect, it } from 'vitest';
import { lostAt, termsOf, typedReferral } from './referral.ts';

const SHOP = { currency: 'EUR' };
const at = new Date('2026-06-01T00:00:00Z');
const later = new Date('2026-06-05T00:00:00Z');

describe('what is promised for a friend', () => {
  it('is proposed, read, and shown again as it was typed', () => {
    const form = { ...typedReferral(null, SHOP), minimum: '20.00' };
    const { terms, problems } = termsOf(form, SHOP);
    expect(problems).toEqual({});
    expect(terms).toEqual({ friend: { kind: 'percent', percent: 10 }, referrerPoints: 200, friendPoints: 0, days: 30, minimum: 2_000n });
    expect(typedReferral({ active: true, terms }, SHOP)).toEqual(form);
  });

  it('is refused by field', () => {
    const form = { ...typedReferral(null, SHOP), kind: 'amount', amount: '0', referrerPoints: 'x', days: '999', minimum: '-1' };
    expect(Object.keys(termsOf(form, SHOP).problems).toSorted()).toEqual(['amount', 'days', 'minimum', 'referrerPoints']);
    expect(termsOf({ ...form, kind: 'percent', percent: '101' }, SHOP).problems).toHaveProperty('percent');
  });
});

describe('points for a friend’s order', () => {
  it('are lost with its cancellation, or with the refund that left too little of it', () => {
    const order = { at, cancelledAt: null, net: 5_000n, refundedAt: null };
    expect(lostAt(order, 2_000n)).toBeNull();
    expect(lostAt({ ...order, cancelledAt: later }, 2_000n)).toEqual(later);
    expect(lostAt({ ...order, net: 1_999n, refundedAt: later }, 2_000n)).toEqual(later);
    expect(lostAt({ ...order, net: 2_000n, refundedAt: later }, 2_000n)).toBeNull();
    expect(lostAt({ ...order, net: 0n }, 0n)).toEqual(at);
  });
});
