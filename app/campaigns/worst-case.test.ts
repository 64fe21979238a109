import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offerSchema, type Offer } from './offer.ts';
import { worstCase } from './worst-case.ts';

const ALONE = { order: false, product: false, shipping: false };
const WITH_ALL = { order: true, product: true, shipping: true };
const percent = (value: number, combines = ALONE): Offer =>
  offerSchema.parse({ value: { kind: 'percent', percent: value }, minimum: null, combines });
const amount = (value: number, combines = ALONE): Offer =>
  offerSchema.parse({ value: { kind: 'amount', amount: String(value) }, minimum: null, combines });

describe('the worst case of a cart', () => {
  it('is the dearest alone where nothing stands beside another', () => {
    expect(worstCase([], 10_000n)).toBe(0n);
    expect(worstCase([percent(10), amount(1_500), percent(12)], 10_000n)).toBe(1_500n);
    expect(worstCase([percent(10), amount(50_000)], 10_000n)).toBe(10_000n);
  });

  it('adds those that may stand together, percentages first', () => {
    expect(worstCase([amount(1_000, WITH_ALL), percent(10, WITH_ALL)], 10_000n)).toBe(2_000n);
    expect(worstCase([amount(1_000, WITH_ALL), percent(10, ALONE)], 10_000n)).toBe(1_000n);
  });

  it('is never less than any of them, nor more than the cart', () => {
    const combines = fc.record({ order: fc.boolean(), product: fc.boolean(), shipping: fc.boolean() });
    const offer = fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 100 }), combines).map(([value, with_]) => percent(value, with_)),
      fc.tuple(fc.integer({ min: 1, max: 50_000 }), combines).map(([value, with_]) => amount(value, with_)),
    );
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 7 }), fc.bigInt(0n, 100_000n), (offers, cart) => {
        const worst = worstCase(offers, cart);
        expect(worst).toBeLessThanOrEqual(cart);
        for (const one of offers) expect(worst).toBeGreaterThanOrEqual(worstCase([one], cart));
      }),
    );
  });
});
