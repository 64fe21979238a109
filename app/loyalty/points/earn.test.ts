import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { earnedBy, type EarningLine, type EarningOrder } from './earn.ts';
import type { Programme } from './programme.ts';

const AT = new Date('2026-03-10T12:00:00Z');
const later = (days: number): Date => new Date(AT.getTime() + days * 86_400_000);

const PROGRAMME: Programme = {
  version: 1,
  from: new Date(0),
  earn: { points: 1, per: 100n },
  counts: { tax: false, shipping: false, beforeDiscounts: false },
  rounding: 'down',
  goods: [],
  bonusDays: [],
  events: [],
  firstOrder: 0,
  signUp: 0,
  mostAMonth: null,
  waiting: { after: 'order', days: 0 },
  expiry: { kind: 'never' },
  belowZero: true,
};
const line = (change: Partial<EarningLine> = {}): EarningLine => ({
  id: 1n,
  productId: 7n,
  productType: 'Tea',
  vendor: 'Leaf & Co',
  tags: ['green'],
  giftCard: false,
  quantity: 2,
  currentQuantity: 2,
  unitPrice: 1_050n,
  discount: 0n,
  tax: 0n,
  ...change,
});
const order = (change: Partial<EarningOrder> = {}): EarningOrder => ({
  id: 1n,
  at: AT,
  cancelledAt: null,
  taxesIncluded: false,
  shipping: 0n,
  lines: [line()],
  refunds: [],
  ...change,
});
const points = (of: EarningOrder, change: Partial<Programme> = {}): number => earnedBy(of, { ...PROGRAMME, ...change }).points;

describe('what an order earns', () => {
  it.each([
    ['down', 20],
    ['up', 21],
    ['nearest', 21],
  ] as const)('rounds the order as a whole, %s', (rounding, expected) => {
    // Two lines of 10.25: 20.50 together.
    const lines = [
      line({ quantity: 1, currentQuantity: 1, unitPrice: 1_025n }),
      line({ id: 2n, quantity: 1, currentQuantity: 1, unitPrice: 1_025n }),
    ];
    expect(points(order({ lines }), { rounding })).toBe(expected);
  });

  it('counts what the merchant says counts: tax, shipping, discounts', () => {
    const lines = [line({ quantity: 1, currentQuantity: 1, unitPrice: 10_000n, discount: 1_000n, tax: 1_800n })];
    const with_ = (change: Partial<Programme['counts']>, more: Partial<EarningOrder> = {}) =>
      points(order({ lines, shipping: 500n, ...more }), { counts: { ...PROGRAMME.counts, ...change } });
    expect(with_({})).toBe(90);
    expect(with_({ tax: true })).toBe(108);
    expect(with_({ shipping: true })).toBe(95);
    expect(with_({ beforeDiscounts: true })).toBe(100);
    // Prices that hold the tax: 90.00 with 18.00 of tax in it.
    expect(with_({}, { taxesIncluded: true })).toBe(72);
    expect(with_({ tax: true }, { taxesIncluded: true })).toBe(90);
  });

  it('goods earn more or nothing; of several rules the last wins; gift cards never earn', () => {
    const nothing = { products: [], types: [], vendors: [], tags: [] };
    const double = { match: { ...nothing, types: ['tea'] }, times: 200 };
    const none = { match: { ...nothing, tags: ['GREEN'] }, times: 0 };
    expect(points(order(), { goods: [double] })).toBe(42);
    expect(points(order(), { goods: [double, none] })).toBe(0);
    expect(points(order(), { goods: [none, double] })).toBe(42);
    expect(points(order(), { goods: [{ match: { ...nothing, products: ['8'] }, times: 0 }] })).toBe(21);
    expect(points(order({ lines: [line({ giftCard: true })] }))).toBe(0);
  });

  it('bonus days hold from their first moment up to their last', () => {
    const days = (from: number, to: number) => ({ bonusDays: [{ from: later(from), to: later(to), times: 300 }] });
    expect(points(order(), days(0, 1))).toBe(63);
    expect(points(order(), days(-1, 0))).toBe(21);
  });

  it('a refund takes back what the rest no longer earns, a cancellation the rest', () => {
    const refunds = [
      { id: 5n, at: later(1), lines: [{ lineId: 1n, quantity: 1 }], adjustment: 0n },
      { id: 6n, at: later(2), lines: [], adjustment: -500n },
    ];
    const earned = earnedBy(order({ refunds, lines: [line({ currentQuantity: 1 })], cancelledAt: later(3) }), PROGRAMME);
    // 21.00 and then 10.50: 21 and 10 points.
    expect(earned).toEqual({
      points: 21,
      takenBack: [
        { topic: 'refund/5', at: later(1), points: 11 },
        { topic: 'cancel', at: later(3), points: 10 },
      ],
    });
  });

  it('what an edit took out was never bought, what it added was', () => {
    expect(points(order({ lines: [line({ currentQuantity: 1 })] }))).toBe(10);
    expect(points(order({ lines: [line({ quantity: 3, currentQuantity: 3 })] }))).toBe(31);
  });
});

describe('for any order', () => {
  const lineArbitrary = fc
    .record({
      quantity: fc.integer({ min: 1, max: 5 }),
      price: fc.bigInt({ min: 0n, max: 100_000n }),
      off: fc.integer({ min: 0, max: 100 }),
    })
    .map(({ quantity, price, off }) => ({
      quantity,
      currentQuantity: quantity,
      unitPrice: price,
      discount: (price * BigInt(quantity) * BigInt(off)) / 100n,
    }));
  const orders = fc
    .array(lineArbitrary, { minLength: 1, maxLength: 4 })
    .map((lines) => lines.map((each, at) => line({ ...each, id: BigInt(at + 1) })));
  const programmes = fc.record({
    earn: fc.record({ points: fc.integer({ min: 1, max: 20 }), per: fc.bigInt({ min: 1n, max: 1_000n }) }),
    rounding: fc.constantFrom('down' as const, 'nearest' as const, 'up' as const),
    mostOff: fc.boolean(),
  });

  it('refunds and a cancellation together take back exactly what was earned, however they are split', () => {
    fc.assert(
      fc.property(
        orders,
        programmes,
        fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 5 })), { maxLength: 6 }),
        (lines, how, asked) => {
          const left = new Map(lines.map(({ id, quantity }) => [id, quantity]));
          const refunds = asked.flatMap(([place, wanted], at) => {
            const of = lines[place % lines.length];
            const quantity = Math.min(wanted, left.get(of?.id ?? 0n) ?? 0);
            if (!of || quantity === 0) return [];
            left.set(of.id, (left.get(of.id) ?? 0) - quantity);
            return [{ id: BigInt(at + 1), at: later(at), lines: [{ lineId: of.id, quantity }], adjustment: 0n }];
          });
          const kept = lines.map((each) => ({ ...each, currentQuantity: left.get(each.id) ?? 0 }));
          const programme = { ...PROGRAMME, ...how };
          const back = (of: EarningOrder) => earnedBy(of, programme).takenBack.reduce((sum, part) => sum + part.points, 0);
          const whole = earnedBy(order({ lines: kept, refunds }), programme);
          expect(whole.takenBack.every((part) => part.points > 0)).toBe(true);
          expect(back(order({ lines: kept, refunds }))).toBeLessThanOrEqual(whole.points);
          expect(back(order({ lines: kept, refunds, cancelledAt: later(9) }))).toBe(whole.points);
          // In one refund as in many.
          const once = refunds.length === 0 ? [] : [{ id: 1n, at: later(1), adjustment: 0n, lines: refunds.flatMap((each) => each.lines) }];
          expect(back(order({ lines: kept, refunds: once }))).toBe(back(order({ lines: kept, refunds })));
        },
      ),
    );
  });
});
