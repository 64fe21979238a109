import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTinyStore } from '../../tests/support/tiny-store.ts';
import { applyAutomatic } from './automatic-discounts.ts';
import type { AutomaticDiscount } from './records.ts';
import type { Store } from './store.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const DISCOUNT = 'gid://shopify/DiscountAutomaticNode/1';
let tiny: ReturnType<typeof openTinyStore>;
let store: Store;
let customerId: string;
let products: string[];

const put = (ownerId: string, key: string, value: unknown): void =>
  store.put({ t: 'metafield', v: { ownerId, namespace: '$app:storebook', key, type: 'json', value: JSON.stringify(value) } });
const perks = (discountPercent: number, freeShipping = false): void =>
  put(customerId, 'loyalty', { version: 1, tier: 'Gold', perks: { discountPercent, freeShipping } });
const configure = (config: object): void =>
  put(DISCOUNT, 'tier-discount', { version: 1, tags: [], collections: [], products: [], codeKey: null, ...config });
const turnOn = (change: Partial<AutomaticDiscount> = {}): void => {
  const discount: AutomaticDiscount = {
    id: DISCOUNT,
    title: 'Tiers',
    functionHandle: 'tier-discount',
    classes: ['ORDER', 'SHIPPING'],
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: null,
    combinesWith: { order: true, product: true, shipping: true },
    updatedAt: '2026-01-01T00:00:00Z',
  };
  store.put({ t: 'automatic', v: { ...discount, ...change } });
};
const apply = (lines: { price: bigint; quantity: number; productId: string }[], who: string | null = customerId, shipping = 0n) => {
  const result = applyAutomatic(store, { lines, shipping, customerId: who, applied: [], now: NOW });
  if (result.kind === 'refused') throw new Error(result.errors[0]?.message);
  return result.automatic;
};

beforeEach(() => {
  tiny = openTinyStore();
  ({ store } = tiny);
  customerId = [...store.customers.keys()][0] ?? '';
  products = [...store.products.keys()];
  turnOn();
  configure({});
});
afterEach(() => tiny.close());

const line = fc.record({ price: fc.bigInt({ min: 0n, max: 1_000_000n }), quantity: fc.integer({ min: 1, max: 50 }), at: fc.nat(2) });

describe('the tiers’ discount at the checkout', () => {
  it('loses and makes no money to rounding, and takes nothing off what is left out', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 10_000 }), (wanted, hundredths) => {
        perks(hundredths / 100);
        const [out = ''] = products;
        configure({ products: [out] });
        const lines = wanted.map(({ price, quantity, at }) => ({ price, quantity, productId: products[at] ?? '' }));
        const meant = lines.map(({ price, quantity, productId }) => (productId === out ? 0n : price * BigInt(quantity)));
        const whole = meant.reduce((sum, part) => sum + part, 0n);
        const uses = apply(lines);
        if (lines.every(({ productId }) => productId === out)) {
          expect(uses).toEqual([]);
          return;
        }
        const [use] = uses;
        const exact = whole * BigInt(hundredths);
        const distance = exact - (use?.amount ?? 0n) * 10_000n;
        expect(distance <= 5_000n && distance >= -5_000n).toBe(true);
        expect(use?.shares.reduce((sum, share) => sum + share, 0n)).toBe(use?.amount);
        for (const [at, share] of (use?.shares ?? []).entries()) {
          expect(share >= 0n && share <= (meant[at] ?? 0n)).toBe(true);
        }
      }),
    );
  });

  it('is for who is logged in, now, and in the classes that it has', () => {
    perks(10, true);
    const lines = [{ price: 1_000n, quantity: 2, productId: products[0] ?? '' }];
    expect(apply(lines, customerId, 500n)).toEqual([
      { title: 'Gold', percentage: 10, shares: [200n], shippingOff: 0n, amount: 200n },
      { title: 'Gold', percentage: 100, shares: [0n], shippingOff: 500n, amount: 500n },
    ]);
    expect(apply(lines, null, 500n)).toEqual([]);
    turnOn({ classes: ['SHIPPING'] });
    expect(apply(lines, customerId, 500n).map(({ amount }) => amount)).toEqual([500n]);
    turnOn({ endsAt: '2026-11-23T12:00:00Z' });
    expect(apply(lines, customerId, 500n)).toEqual([]);
  });

  it('leaves out by collection', () => {
    perks(10);
    const [id = '', other = ''] = products;
    const collection = { id: 'gid://shopify/Collection/7', productIds: [id], conditions: [] };
    store.put({ t: 'collection', v: { ...collection, __typename: 'Collection', title: 'Sale' } });
    configure({ collections: ['gid://shopify/Collection/7', 'gid://shopify/Collection/8'] });
    const lines = [id, other].map((productId) => ({ price: 1_000n, quantity: 1, productId }));
    expect(apply(lines)[0]?.shares).toEqual([0n, 100n]);
    configure({ collections: ['gid://shopify/Collection/8'] });
    expect(apply(lines)[0]?.shares).toEqual([100n, 100n]);
  });

  it('leaves out by tag', () => {
    perks(10);
    const [id = ''] = products;
    store.put({ t: 'product', v: { ...store.products.get(id), tags: ['sale'] } });
    configure({ tags: ['sale'] });
    const lines = products.slice(0, 2).map((productId) => ({ price: 1_000n, quantity: 1, productId }));
    expect(apply(lines)[0]?.shares).toEqual([0n, 100n]);
  });
});
