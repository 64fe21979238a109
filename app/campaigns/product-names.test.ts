import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offerSchema } from './offer.ts';
import { offerWords } from './offer-words.ts';
import { namedProducts, reducedProducts } from './product-names.ts';

const titles = new Map([
  ['1', 'Green tea'],
  ['2', 'Cup & saucer'],
  ['3', 'Pot'],
  ['4', 'Tray'],
]);
const offer = (value: object, ids: string[]) => offerSchema.parse({ value, minimum: '5000', items: { kind: 'products', ids } });

describe('the products of an offer', () => {
  it('are named, up to three and the customer’s own first, with how many more there are', () => {
    const one = offer({ kind: 'percent', percent: 20 }, ['1', '2', '3', '4', '5']);
    const named = namedProducts(reducedProducts(one), { own: '3', titles });
    expect(named).toEqual({ names: ['Pot', 'Green tea', 'Cup & saucer'], more: 2 });
    expect(offerWords(one, 'GBP', named)).toEqual({
      en: '20% off Pot, Green tea, Cup & saucer, and 2 more from £50.00',
      'zh-CN': '满 £50.00 Pot、Green tea、Cup & saucer和另外 2 种商品减 20%',
    });
    const two = offer({ kind: 'amount', amount: '500' }, ['1', '2']);
    expect(offerWords(two, 'GBP', namedProducts(['1', '2'], { own: null, titles })).en).toBe(
      '£5.00 off Green tea and Cup & saucer from £50.00',
    );
    expect(offerWords(two, 'GBP', namedProducts(['1'], { own: '9', titles })).en).toBe('£5.00 off Green tea from £50.00');
  });

  it('are not named where none is known, or the offer is of none', () => {
    expect(namedProducts(['8', '9'], { own: '9', titles })).toBeNull();
    expect(namedProducts([], { own: null, titles })).toBeNull();
    expect(reducedProducts(offer({ kind: 'gets', buys: 1, gets: 1, ids: ['4'], percent: 100 }, ['3']))).toEqual([]);
    expect(reducedProducts(offerSchema.parse({ value: { kind: 'percent', percent: 10 }, minimum: null }))).toEqual([]);
    expect(offerWords(offer({ kind: 'percent', percent: 20 }, ['1']), 'GBP', null).en).toBe('20% off from £50.00');
  });

  it('named and not named are all of them, each once', () => {
    const id = fc.integer({ min: 1, max: 8 }).map(String);
    fc.assert(
      fc.property(fc.array(id, { maxLength: 12 }), fc.option(id), (ids, own) => {
        const named = namedProducts(ids, { own, titles });
        if (!named) return;
        expect(named.names.length + named.more).toBe(new Set(ids).size);
        expect(new Set(named.names).size).toBe(named.names.length);
        if (own !== null && ids.includes(own) && titles.has(own)) expect(named.names[0]).toBe(titles.get(own));
      }),
    );
  });
});
