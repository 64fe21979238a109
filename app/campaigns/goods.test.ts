import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectionProblem, goodsOf, narrowTo, productsOf, withoutProducts, type Members } from './goods.ts';
import { classOf, MOST_PRODUCTS, offerSchema, type Offer } from './offer.ts';

const members: Members = new Map([
  ['1', ['7', '8']],
  ['2', ['8', '9']],
  ['3', []],
]);
const on = (items: unknown, value: unknown = { kind: 'percent', percent: 10 }): Offer => offerSchema.parse({ value, minimum: null, items });
const collections = (...ids: string[]) => on({ kind: 'collections', ids });
const GETS = { kind: 'gets', buys: 2, gets: 1, ids: ['5'], percent: 100 };

describe('an offer on collections', () => {
  it('is on the products that are in any of them, each once', () => {
    expect(goodsOf(collections('1', '2'), members)).toEqual(['7', '8', '9']);
    expect(productsOf(on({ kind: 'collections', ids: ['2'] }, GETS), members)).toEqual(['8', '9', '5']);
    expect(goodsOf(on({ kind: 'all' }), members)).toBeNull();
    expect(goodsOf(on({ kind: 'collections', ids: ['1'] }, { kind: 'shipping', upTo: null }), members)).toBeNull();
    expect(classOf(collections('1'))).toBe('product');
  });

  it('makes a campaign narrow, unless another offer is on everything', () => {
    expect(narrowTo([collections('1'), on({ kind: 'products', ids: ['4', '7'] })], members)).toEqual(['7', '8', '4']);
    expect(narrowTo([collections('1'), on({ kind: 'all' })], members)).toBeNull();
  });

  it('names collections that are known and hold something', () => {
    expect(collectionProblem([collections('1', '3')], members)).toBeNull();
    expect(collectionProblem([collections('1'), collections('3')], members)).toBe('offers.error.collectionEmpty');
    expect(collectionProblem([collections('1', '4')], members)).toBe('offers.error.collectionUnknown');
    expect(collectionProblem([on({ kind: 'all' })], new Map())).toBeNull();
  });
});

describe('offers without what runs out', () => {
  it('stay on their collection where nothing of it runs out, and are else on what is left of it', () => {
    const offers = [collections('1'), collections('2')];
    expect(withoutProducts(offers, new Set(['9', '4']), members)).toEqual({
      kind: 'left',
      offers: [collections('1'), on({ kind: 'products', ids: ['8'] })],
      narrowed: 1,
    });
    expect(withoutProducts(offers, new Set(), members)).toEqual({ kind: 'left', offers, narrowed: null });
    expect(withoutProducts([collections('1')], new Set(['7', '8']), members)).toEqual({ kind: 'empty' });
    const bought = on({ kind: 'collections', ids: ['1'] }, GETS);
    expect(withoutProducts([bought], new Set(['5']), members)).toEqual({ kind: 'empty' });
  });

  it('cannot be made where more is left of a collection than a discount names', () => {
    const many = new Map([['1', Array.from({ length: MOST_PRODUCTS + 2 }, (_, at) => String(at + 1))]]);
    expect(withoutProducts([collections('1')], new Set(['1']), many)).toEqual({ kind: 'too-many' });
    expect(withoutProducts([collections('1')], new Set(['1', '2']), many)).toMatchObject({ kind: 'left', narrowed: MOST_PRODUCTS });
  });

  it('never are on what runs out, nor on what they were not on', () => {
    const id = fc.integer({ min: 1, max: 12 }).map(String);
    const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 6 });
    const held = fc.dictionary(fc.constantFrom('1', '2', '3'), fc.uniqueArray(id, { maxLength: 8 }));
    const items = fc.oneof(
      ids.map((products) => ({ kind: 'products', ids: products })),
      fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }).map((of) => ({ kind: 'collections', ids: of })),
    );
    fc.assert(
      fc.property(fc.array(items, { minLength: 1, maxLength: 4 }), fc.uniqueArray(id), held, (all, gone, of) => {
        const [out, inside] = [new Set(gone), new Map(Object.entries(of))];
        const offers = all.map((one) => on(one));
        const without = withoutProducts(offers, out, inside);
        if (without.kind !== 'left') return;
        for (const [at, offer] of without.offers.entries()) {
          const before = new Set(goodsOf(offers[at] ?? offer, inside));
          const after = goodsOf(offer, inside) ?? [];
          expect(new Set(after)).toEqual(new Set([...before].filter((product) => !out.has(product))));
        }
      }),
    );
  });
});
