import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codesWithin, inclusionFor } from './budget.ts';
import { productsOf } from './goods.ts';
import { classOf, mostOff, offerSchema, type Offer } from './offer.ts';

const offer = (value: Offer['value'], more: Partial<Offer> = {}): Offer => offerSchema.parse({ value, minimum: null, ...more });
const gets = (percent: number): Offer['value'] => ({ kind: 'gets', buys: 2, gets: 3, ids: ['8', '9'], percent });
const products: Offer['items'] = { kind: 'products', ids: ['7'] };

describe('the most that one use takes off', () => {
  const prices = new Map([
    ['8', 250n],
    ['9', 333n],
  ]);
  it.each<[string, Offer['value'], bigint | null]>([
    ['a share of an order has no most', { kind: 'percent', percent: 10 }, null],
    ['an amount is its own', { kind: 'amount', amount: '1000' }, 1_000n],
    ['shipping without a limit has none', { kind: 'shipping', upTo: null }, null],
    ['shipping up to a rate', { kind: 'shipping', upTo: '495' }, 495n],
    ['pieces at their dearest', gets(100), 999n],
    ['a share of pieces, rounded up', gets(50), 500n],
  ])('%s', (_, value, most) => {
    expect(mostOff(offer(value, { items: products }), prices)).toBe(most);
  });
  it('is not known while a price is not', () => {
    expect(mostOff(offer(gets(100), { items: products }), new Map([['8', 250n]]))).toBeNull();
  });
});

describe('a budget', () => {
  it('bears as many codes as it could pay if each were used at its dearest', () => {
    expect(codesWithin({ kind: 'uses', most: 7 }, [null])).toBe(7);
    expect(codesWithin({ kind: 'money', most: '9999' }, [500n, 1_000n])).toBe(9);
    expect(codesWithin({ kind: 'money', most: '999' }, [1_000n])).toBe(0);
  });
  it('of money is none for an offer without a bound', () => {
    expect(codesWithin({ kind: 'money', most: '9999' }, [500n, null])).toBeNull();
    expect(codesWithin({ kind: 'money', most: '9999' }, [])).toBeNull();
  });
  it('is never passed, whichever codes are used', () => {
    const costs = fc.array(fc.bigInt(1n, 100_000n), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(costs, fc.bigInt(1n, 10_000_000n), (dearest, most) => {
        const codes = codesWithin({ kind: 'money', most: String(most) }, dearest) ?? -1;
        const worst = dearest.reduce((a, b) => (a > b ? a : b), 0n);
        expect(BigInt(codes) * worst).toBeLessThanOrEqual(most);
        expect(BigInt(codes + 1) * worst).toBeGreaterThan(most);
      }),
    );
  });
  it('lets in just so many of those with an offer', () => {
    const chances = fc.uniqueArray(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(chances, fc.integer({ min: 0, max: 70 }), (drawn, most) => {
        const bound = inclusionFor(Float64Array.from(drawn), most);
        expect(drawn.filter((chance) => chance < bound)).toHaveLength(Math.min(most, drawn.length));
      }),
    );
  });
});

it('names an offer’s class and its products as Shopify does', () => {
  const of = (one: Offer) => [classOf(one), productsOf(one, new Map())];
  expect(of(offer({ kind: 'percent', percent: 5 }))).toEqual(['order', []]);
  expect(of(offer({ kind: 'percent', percent: 5 }, { items: products }))).toEqual(['product', ['7']]);
  expect(of(offer(gets(100), { items: products }))).toEqual(['product', ['7', '8', '9']]);
  expect(of(offer({ kind: 'shipping', upTo: null }))).toEqual(['shipping', []]);
});
