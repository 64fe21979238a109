import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedMargin, type OrderSums } from './economics.ts';

const sums = (change: Partial<OrderSums> = {}): OrderSums => ({
  orders: 100,
  subtotal: 500_000n,
  discount: 50_000n,
  knownValue: 400_000n,
  knownCost: 160_000n,
  returnShare: 0,
  waived: 0n,
  given: null,
  ...change,
});
const NO_FEES = { feeShare: 0, feeFixed: 0n };

describe('the expected margin of a redemption', () => {
  it('is what is paid less goods, returns and fees', () => {
    // 50.00 of goods, 5.00 off, goods cost 40 % of their price: 45 − 20 = 25.
    expect(expectedMargin(sums(), NO_FEES)).toEqual({ paid: 4_500n, discount: 500n, margin: 2_500n, share: 5_556, orders: 100 });
    // A tenth comes back, and fees are 2 % and 0.30: 0.9 × 25 − 0.90 − 0.30 = 21.30.
    expect(expectedMargin(sums({ returnShare: 0.1 }), { feeShare: 200, feeFixed: 30n })?.margin).toBe(2_130n);
  });

  it('loses the postage that is waived, returned or not', () => {
    const margin = expectedMargin(sums({ discount: 0n, waived: 49_500n, returnShare: 0.1 }), NO_FEES);
    // 50.00 of goods that cost 20.00, a tenth back, 4.95 of postage.
    expect(margin).toMatchObject({ paid: 5_000n, discount: 495n, margin: 2_205n });
  });

  it('counts what comes along: its cost, and what is paid for it', () => {
    const given = { value: 1_000n, discount: 1_000n, cost: 300n };
    expect(expectedMargin(sums({ discount: 0n, given }), NO_FEES)).toMatchObject({ paid: 5_000n, discount: 1_000n, margin: 2_700n });
    // Half price, and a cost that is not known counts with the share of the others.
    const half = { value: 1_000n, discount: 500n, cost: null };
    expect(expectedMargin(sums({ discount: 0n, given: half }), NO_FEES)).toMatchObject({ paid: 5_500n, margin: 3_100n });
  });

  it('falls below nothing where the offer gives more than is earned', () => {
    expect(expectedMargin(sums({ discount: 400_000n }), NO_FEES)).toMatchObject({ margin: -1_000n, share: -10_000 });
    expect(expectedMargin(sums({ discount: 500_000n }), NO_FEES)).toMatchObject({ paid: 0n, margin: -2_000n, share: 0 });
  });

  it('is not told without orders, or without any cost', () => {
    expect([expectedMargin(sums({ orders: 0 }), NO_FEES), expectedMargin(sums({ knownValue: 0n }), NO_FEES)]).toEqual([null, null]);
  });

  it('never grows with the discount, the cost or the fees', () => {
    const amount = fc.bigInt(0n, 400_000n);
    fc.assert(
      fc.property(amount, amount, fc.integer({ min: 0, max: 1_000 }), (discount, knownCost, feeShare) => {
        const margin = expectedMargin(sums({ discount, knownCost }), { feeShare, feeFixed: 20n })?.margin ?? 0n;
        const worse = expectedMargin(sums({ discount: discount + 10_000n, knownCost: knownCost + 10_000n }), { feeShare, feeFixed: 40n });
        expect((worse?.margin ?? 0n) < margin).toBe(true);
      }),
    );
  });
});
