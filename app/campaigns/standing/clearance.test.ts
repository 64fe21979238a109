import { describe, expect, it } from 'vitest';
import { offerSchema } from '../offer.ts';
import { clearanceOffers } from './clearance.ts';

const offer = (value: object, more: object = {}) => offerSchema.parse({ value, minimum: null, ...more });
const OCCASIONS = ['clearance/7/2026-11', 'clearance/12/2026-11', 'clearance/7/2026-11'];

describe('a clearance', () => {
  it('narrows what is on everything to the products of its occasions', () => {
    const offers = [offer({ kind: 'percent', percent: 20 }, { minimum: '5000' }), offer({ kind: 'amount', amount: '500' })];
    const items = { kind: 'products', ids: ['12', '7'] };
    expect(clearanceOffers(offers, OCCASIONS)).toEqual(offers.map((one) => ({ ...one, items })));
  });

  it.each([
    ['on some products', offer({ kind: 'percent', percent: 20 }, { items: { kind: 'products', ids: ['3'] } })],
    ['of free shipping', offer({ kind: 'shipping', upTo: null })],
    [
      'that comes with others',
      offer({ kind: 'gets', buys: 1, gets: 1, ids: ['4'], percent: 100 }, { items: { kind: 'products', ids: ['3'] } }),
    ],
  ])('leaves an offer %s as it is', (_, one) => {
    expect(clearanceOffers([one], OCCASIONS)).toEqual([one]);
  });

  it('leaves offers as they are where no occasion names a product', () => {
    const one = offer({ kind: 'percent', percent: 20 });
    expect(clearanceOffers([one], ['welcome'])).toEqual([one]);
  });
});
