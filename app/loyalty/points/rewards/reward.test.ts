import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOf, stateOf, stepsFor, worthOf, type Redemption, type Reward, type RewardTerms } from './reward.ts';

const TERMS: RewardTerms = {
  value: { kind: 'amount', amount: 500n },
  sliding: false,
  minimum: null,
  codeDays: 30,
  givesBack: { unused: true, cancelled: true },
  mostEach: null,
  combines: false,
};
const reward = (change: Partial<RewardTerms> = {}, points = 100): Reward => ({
  id: 1,
  title: '5 off',
  points,
  terms: { ...TERMS, ...change },
  active: true,
});
const at = (text: string): Date => new Date(text);
const redemption = (change: Partial<Redemption> = {}): Redemption => ({
  status: 'ready',
  endsAt: at('2026-07-01T00:00:00Z'),
  backAt: null,
  givesBack: TERMS.givesBack,
  ...change,
});

describe('a reward', () => {
  it('is for those with points enough, once at a time, or by steps', () => {
    expect(stepsFor(reward(), { available: 99n, had: 0 })).toBe(0);
    expect(stepsFor(reward(), { available: 350n, had: 0 })).toBe(1);
    expect(stepsFor(reward({ sliding: true }), { available: 350n, had: 0 })).toBe(3);
    expect(stepsFor(reward(), { available: -5n, had: 0 })).toBe(0);
  });

  it('is for nobody more often than it may be had, and not when it is put away', () => {
    expect(stepsFor(reward({ mostEach: 2 }), { available: 350n, had: 1 })).toBe(1);
    expect(stepsFor(reward({ mostEach: 2 }), { available: 350n, had: 2 })).toBe(0);
    expect(stepsFor({ ...reward(), active: false }, { available: 350n, had: 0 })).toBe(0);
  });

  it('never asks for more points than there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.bigInt(-1_000n, 1_000_000n), fc.boolean(), (points, available, sliding) => {
        const steps = stepsFor(reward({ sliding }, points), { available, had: 0 });
        expect(BigInt(steps * points) <= (available > 0n ? available : 0n)).toBe(true);
        expect(worthOf(reward({ sliding }, points).terms, steps, null)).toBe(500n * BigInt(steps));
      }),
    );
  });
});

describe('points of a redemption', () => {
  const use = { orderId: 1n, cancelledAt: null };

  it('come back an hour after its code lapsed unused, where the reward gives back', () => {
    expect(backOf(redemption(), null)).toEqual(at('2026-07-01T01:00:00Z'));
    expect(backOf(redemption({ endsAt: null }), null)).toBeNull();
    expect(backOf(redemption({ givesBack: { unused: false, cancelled: true } }), null)).toBeNull();
  });

  it('stay spent once an order used the code, whatever was decided before', () => {
    expect(backOf(redemption({ status: 'cancelled', backAt: at('2026-06-02T00:00:00Z') }), use)).toBeNull();
    expect(stateOf(redemption(), use, at('2026-08-01T00:00:00Z'))).toBe('used');
  });

  it('come back with the cancellation of that order, where the reward gives back', () => {
    const cancelled = { orderId: 1n, cancelledAt: at('2026-06-03T00:00:00Z') };
    expect(backOf(redemption(), cancelled)).toEqual(cancelled.cancelledAt);
    expect(stateOf(redemption(), cancelled, at('2026-06-04T00:00:00Z'))).toBe('returned');
    expect(backOf(redemption({ givesBack: { unused: true, cancelled: false } }), cancelled)).toBeNull();
  });

  it('come back at the moment at which it was refused or cancelled', () => {
    const backAt = at('2026-06-02T00:00:00Z');
    expect(backOf(redemption({ status: 'refused', backAt }), null)).toEqual(backAt);
    expect(backOf(redemption({ status: 'making' }), null)).toBeNull();
    expect(stateOf(redemption(), null, at('2026-07-01T00:00:00Z'))).toBe('lapsed');
    expect(stateOf(redemption(), null, at('2026-06-30T23:59:59Z'))).toBe('ready');
  });
});
