import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTinyStore } from '../../tests/support/tiny-store.ts';
import { applyCodes } from './discount-rules.ts';
import type { Discount, Store } from './store.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const CUSTOMER = 'gid://shopify/Customer/1';
let tiny: ReturnType<typeof openTinyStore>;
let store: Store;
beforeEach(() => {
  tiny = openTinyStore();
  ({ store } = tiny);
});
afterEach(() => tiny.close());

function addDiscount(code: string, rules: Partial<Discount>, used: { uses?: number; customers?: readonly string[] } = {}): void {
  const id = `gid://shopify/DiscountCodeNode/${store.nextId()}`;
  const base: Discount = {
    id,
    title: code,
    active: true,
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: null,
    value: { kind: 'percentage', percentage: 0.1 },
    minimumSubtotal: null,
    usageLimit: null,
    oncePerCustomer: false,
    combinesWithOrder: false,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
  };
  store.put({ t: 'discount', v: { ...base, ...rules } });
  store.put({
    t: 'code',
    v: {
      code,
      discountId: id,
      id: `gid://shopify/DiscountRedeemCode/${store.nextId()}`,
      uses: used.uses ?? 0,
      customers: [...(used.customers ?? [])],
    },
  });
}

const apply = (codes: string[], lines = [{ price: 1_000n, quantity: 3 }]) =>
  applyCodes(store, codes, { lines, shipping: 0n, customerId: CUSTOMER, now: NOW });
const refusal = (codes: string[]): string | undefined => {
  const result = apply(codes);
  return result.kind === 'refused' ? result.errors[0]?.code : 'none';
};

describe('a code at the checkout', () => {
  it('takes off its part, in whatever case it is typed', () => {
    addDiscount('Ten', {});
    const result = apply([' tEn ']);
    expect(result.kind === 'applied' && result.applied[0]?.amount).toBe(300n);
  });

  it.each([
    ['unknown', 'DISCOUNT_NOT_FOUND', null, {}],
    ['switched off', 'DISCOUNT_DISABLED', { active: false }, {}],
    ['not started', 'DISCOUNT_NOT_STARTED', { startsAt: '2026-12-01T00:00:00Z' }, {}],
    ['over', 'DISCOUNT_EXPIRED', { endsAt: '2026-11-23T12:00:00Z' }, {}],
    ['used up', 'DISCOUNT_LIMIT_REACHED', { usageLimit: 2 }, { uses: 2 }],
    ['used by the customer before', 'DISCOUNT_ALREADY_USED', { oncePerCustomer: true }, { uses: 1, customers: [CUSTOMER] }],
    ['for more than the cart holds', 'DISCOUNT_MINIMUM_NOT_MET', { minimumSubtotal: '30.01' }, {}],
  ] as const)('is refused when it is %s', (_name, code, rules, used) => {
    if (rules) addDiscount('CODE', rules, used);
    expect(refusal(['CODE'])).toBe(code);
  });

  it('counts uses by code, not by discount', () => {
    addDiscount('ONE', { usageLimit: 1 }, { uses: 1 });
    const discount = store.codes.get('ONE')?.discountId ?? '';
    store.put({ t: 'code', v: { code: 'TWO', discountId: discount, id: 'gid://shopify/DiscountRedeemCode/2', uses: 0, customers: [] } });
    expect(refusal(['ONE'])).toBe('DISCOUNT_LIMIT_REACHED');
    expect(refusal(['TWO'])).toBe('none');
  });

  it('stands beside another only where both combine', () => {
    addDiscount('A', { combinesWithOrder: true });
    addDiscount('B', { combinesWithOrder: true });
    addDiscount('ALONE', {});
    expect(refusal(['A', 'ALONE'])).toBe('DISCOUNT_CANNOT_COMBINE');
    const both = apply(['A', 'B']);
    expect(both.kind === 'applied' && both.applied.map((use) => use.amount)).toEqual([300n, 270n]);
  });

  it('never takes more than the cart, and its parts sum to what it takes', () => {
    addDiscount('PERCENT', { value: { kind: 'percentage', percentage: 0.333 }, combinesWithOrder: true });
    addDiscount('AMOUNT', { value: { kind: 'amount', amount: '50.00' }, combinesWithOrder: true });
    const line = fc.record({ price: fc.bigInt({ min: 0n, max: 100_000n }), quantity: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
        const result = apply(['PERCENT', 'AMOUNT'], lines);
        if (result.kind === 'refused') throw new Error(result.errors[0]?.code);
        const off = lines.map(() => 0n);
        for (const use of result.applied) {
          expect(use.shares.reduce((sum, share) => sum + share, 0n)).toBe(use.amount);
          for (const [at, share] of use.shares.entries()) off[at] = (off[at] ?? 0n) + share;
        }
        for (const [at, { price, quantity }] of lines.entries()) {
          expect(off[at]).toBeGreaterThanOrEqual(0n);
          expect(off[at]).toBeLessThanOrEqual(price * BigInt(quantity));
        }
      }),
    );
  });

  it('on a collection take off from what is in it when somebody buys', () => {
    const kitchen = [...store.collections.values()].find(({ title }) => title === 'Kitchen');
    const [mug, red] = [...store.products.values()];
    addDiscount('KITCHEN', { collections: [String(kitchen?.['id'])], value: { kind: 'percentage', percentage: 0.5 } });
    const line = (product: typeof mug) => ({ price: 1_000n, quantity: 1, productId: String(product?.['id']) });
    const bought = (...lines: ReturnType<typeof line>[]) =>
      applyCodes(store, ['KITCHEN'], { lines, shipping: 0n, customerId: CUSTOMER, now: NOW });
    expect(bought(line(mug), line(red))).toMatchObject({ kind: 'applied', applied: [{ shares: [500n, 0n] }] });
    expect(bought(line(red))).toMatchObject({ errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }] });
    store.put({ t: 'product', v: { ...red, tags: ['Kitchen'] } });
    expect(bought(line(red))).toMatchObject({ kind: 'applied', applied: [{ shares: [500n] }] });
    store.put({ t: 'collection-gone', v: String(kitchen?.['id']) });
    expect(bought(line(mug))).toMatchObject({ errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }] });
  });

  it('on products take off from those alone, and ask their value for the minimum', () => {
    addDiscount('TEA', { products: ['gid://shopify/Product/1'], minimumSubtotal: '20.00', value: { kind: 'percentage', percentage: 0.5 } });
    const line = (id: string, quantity: number) => ({ price: 1_000n, quantity, productId: `gid://shopify/Product/${id}` });
    const bought = (...lines: ReturnType<typeof line>[]) =>
      applyCodes(store, ['TEA'], { lines, shipping: 0n, customerId: CUSTOMER, now: NOW });
    expect(bought(line('1', 2), line('2', 5))).toMatchObject({ kind: 'applied', applied: [{ amount: 1_000n, shares: [1_000n, 0n] }] });
    expect(bought(line('1', 1), line('2', 5))).toMatchObject({ errors: [{ code: 'DISCOUNT_MINIMUM_NOT_MET' }] });
    expect(bought(line('2', 5))).toMatchObject({ errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }] });
  });
  const product = (id: string): string => `gid://shopify/Product/${id}`;
  const cart = (...lines: [id: string, quantity: number, price: bigint][]) => ({
    lines: lines.map(([id, quantity, price]) => ({ price, quantity, productId: product(id) })),
    shipping: 495n,
    customerId: CUSTOMER,
    now: NOW,
  });

  it('make shipping free up to a rate', () => {
    addDiscount('FREE', { value: { kind: 'shipping', upTo: null } });
    addDiscount('CHEAP', { value: { kind: 'shipping', upTo: '4.94' } });
    const bought = cart(['1', 1, 1_000n]);
    expect(applyCodes(store, ['FREE'], bought)).toMatchObject({ applied: [{ amount: 495n, shippingOff: 495n, shares: [0n] }] });
    expect(applyCodes(store, ['CHEAP'], bought)).toMatchObject({ errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }] });
  });

  it('need so many pieces', () => {
    addDiscount('THREE', { minimumPieces: 3 });
    expect(applyCodes(store, ['THREE'], cart(['1', 2, 1_000n]))).toMatchObject({ errors: [{ code: 'DISCOUNT_MINIMUM_NOT_MET' }] });
    expect(applyCodes(store, ['THREE'], cart(['1', 2, 1_000n], ['2', 1, 500n]))).toMatchObject({ applied: [{ amount: 250n }] });
  });

  it('give the cheapest pieces to who buys enough others', () => {
    const value = { kind: 'gets', buys: 2, gets: 1, given: [product('2'), product('3')], percentage: 1 } as const;
    addDiscount('GETS', { products: [product('1'), product('2')], value: { ...value, given: [...value.given] } });
    const bought = (...lines: Parameters<typeof cart>) => applyCodes(store, ['GETS'], cart(...lines));
    expect(bought(['1', 2, 1_000n], ['2', 1, 700n], ['3', 1, 600n])).toMatchObject({ applied: [{ amount: 600n, shares: [0n, 0n, 600n] }] });
    // A piece that comes along was not bought as well.
    expect(bought(['1', 1, 1_000n], ['2', 1, 700n])).toMatchObject({ errors: [{ code: 'DISCOUNT_MINIMUM_NOT_MET' }] });
    expect(bought(['2', 3, 700n])).toMatchObject({ applied: [{ amount: 700n }] });
    expect(bought(['1', 5, 1_000n])).toMatchObject({ errors: [{ code: 'DISCOUNT_MINIMUM_NOT_MET' }] });
  });

  it('stand beside each other where both say so, by class', () => {
    const value = { kind: 'shipping', upTo: null } as const;
    addDiscount('POST', { value, combinesWithOrder: true });
    addDiscount('POST2', { value, combinesWithOrder: true });
    addDiscount('TEN', { combinesWithShipping: true });
    addDiscount('ALONE', {});
    const bought = cart(['1', 1, 1_000n]);
    expect(applyCodes(store, ['TEN', 'POST'], bought)).toMatchObject({ applied: [{ amount: 100n }, { amount: 495n }] });
    const apart = { errors: [{ code: 'DISCOUNT_CANNOT_COMBINE' }] };
    expect([applyCodes(store, ['ALONE', 'POST'], bought), applyCodes(store, ['POST', 'POST2'], bought)]).toMatchObject([apart, apart]);
  });
});
