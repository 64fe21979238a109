import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMinor } from '../../app/core/money.ts';
import { openTinyStore, receiveWebhooks, SECRET, type Received } from '../../tests/support/tiny-store.ts';
import { Actions } from './actions.ts';
import { Deliveries } from './deliveries.ts';
import { listAt, nodeAt, numberAt, text, type Node, type OrderGroup } from './node.ts';
import type { Store } from './store.ts';

let tiny: ReturnType<typeof openTinyStore>;
let store: Store;
let app: Awaited<ReturnType<typeof receiveWebhooks>>;
let deliveries: Deliveries;
let actions: Actions;

beforeEach(async () => {
  tiny = openTinyStore();
  ({ store } = tiny);
  app = await receiveWebhooks();
  deliveries = new Deliveries({ url: app.url, secret: () => SECRET, retryScaleMs: 1, apiVersion: '2026-07' });
  actions = new Actions(store, deliveries, () => new Date('2026-11-23T12:00:00Z'));
  store.put({ t: 'facts', v: { installed: true } });
});
afterEach(async () => {
  deliveries.close();
  await app.close();
  tiny.close();
});

const variantAt = (at: number): string => [...store.variants.keys()][at] ?? '';
const customerAt = (at: number): string => [...store.customers.keys()][at] ?? '';
const minor = (node: Node | undefined): bigint => parseMinor(text(nodeAt(node, 'shopMoney'), 'amount'), 'GBP');
const sent = async (): Promise<Received[]> => {
  await deliveries.idle();
  return app.received.splice(0);
};
type Body = { [field: string]: unknown };
const bodyOf = (received: readonly Received[], topic: string): Body =>
  JSON.parse(received.find((one) => one.topic === topic)?.body ?? 'null') as Body;

function buy(lines: { variantId: string; quantity: number }[], customerId = customerAt(0), discountCodes: string[] = []): OrderGroup {
  const result = actions.checkout({ lines, customer: { id: customerId }, discountCodes });
  if (result.kind === 'refused') throw new Error(result.errors[0]?.message);
  return result.group;
}
const stockOf = (variantId: string): number => store.available(text(nodeAt(store.variants.get(variantId), 'inventoryItem'), 'id'));

describe('a checkout', () => {
  it('makes a paid order, takes its goods from stock, and tells the app', async () => {
    const before = stockOf(variantAt(0));
    const { order, lines } = buy([
      { variantId: variantAt(0), quantity: 2 },
      { variantId: variantAt(1), quantity: 1 },
    ]);
    expect(order).toMatchObject({ displayFinancialStatus: 'PAID', displayFulfillmentStatus: 'UNFULFILLED', sourceName: 'web' });
    expect(minor(nodeAt(order, 'totalPriceSet'))).toBe(850n * 2n + 295n);
    expect(stockOf(variantAt(0))).toBe(before - 2);
    const received = await sent();
    expect(received.map((one) => one.topic).toSorted()).toEqual(
      [
        'inventory_levels/update',
        'inventory_levels/update',
        'order_transactions/create',
        'orders/create',
        'orders/paid',
        'orders/updated',
      ].toSorted(),
    );
    const body = bodyOf(received, 'orders/create');
    expect(body['admin_graphql_api_id']).toBe(order['id']);
    expect(body['total_price']).toBe('19.95');
    expect(body['line_items']).toHaveLength(lines.length);
    // The bare number in the text is the gid's own, digit by digit.
    expect(received.find((one) => one.topic === 'orders/create')?.body).toContain(`"id":${text(order, 'id').split('/').at(-1)},`);
  });

  it('counts a code, names it on the order, and says what each code gave', async () => {
    const at = '2026-01-01T00:00:00Z';
    for (const [code, percentage] of [
      ['TEN', 0.1],
      ['TWENTY', 0.2],
    ] as const) {
      const id = `gid://shopify/DiscountCodeNode/${code}`;
      store.put({
        t: 'discount',
        v: {
          id,
          title: code,
          active: true,
          startsAt: at,
          endsAt: null,
          value: { kind: 'percentage', percentage },
          minimumSubtotal: null,
          usageLimit: 1,
          oncePerCustomer: true,
          combinesWithOrder: true,
          createdAt: at,
          updatedAt: at,
        },
      });
      store.put({ t: 'code', v: { code, discountId: id, id: `gid://shopify/DiscountRedeemCode/${code}`, uses: 0, customers: [] } });
    }
    const { order, lines } = buy([{ variantId: variantAt(0), quantity: 10 }], customerAt(0), ['ten', 'twenty']);
    expect(order['discountCodes']).toEqual(['TEN', 'TWENTY']);
    expect(minor(nodeAt(order, 'totalDiscountsSet'))).toBe(850n + 1_530n);
    expect(lines[0] && listAt(lines[0], 'discountAllocations')).toHaveLength(2);
    expect(store.codes.get('TEN')).toMatchObject({ uses: 1, customers: [customerAt(0)] });
    const body = bodyOf(await sent(), 'orders/create');
    expect(body['discount_codes']).toEqual([
      { code: 'TEN', amount: '8.50', type: 'percentage' },
      { code: 'TWENTY', amount: '15.30', type: 'percentage' },
    ]);
    const again = actions.checkout({ lines: [{ variantId: variantAt(0), quantity: 1 }], customer: null, discountCodes: ['TEN'] });
    expect(again).toMatchObject({ kind: 'refused', errors: [{ code: 'DISCOUNT_LIMIT_REACHED' }] });
  });

  it('takes a guest, and makes a customer of a new address only once', async () => {
    const buyer = { email: 'New.Person@example.com', firstName: 'New', lastName: 'Person', acceptsMarketing: true };
    const cart = { lines: [{ variantId: variantAt(0), quantity: 1 }], discountCodes: [] };
    const [guest, first, second] = [null, buyer, { email: 'new.person@EXAMPLE.com' }].map((customer) =>
      actions.checkout({ ...cart, customer }),
    );
    expect(guest?.kind === 'placed' && guest.group.order['customer']).toBeNull();
    const ids = [first, second].map((placed) => placed?.kind === 'placed' && nodeAt(placed.group.order, 'customer')?.['id']);
    expect(ids[0]).toBe(ids[1]);
    expect((await sent()).filter((one) => one.topic === 'customers/create')).toHaveLength(1);
  });

  it.each([
    ['nothing in the cart', { lines: [], customer: null }, 'CART_EMPTY'],
    [
      'a variant that is not there',
      { lines: [{ variantId: 'gid://shopify/ProductVariant/1', quantity: 1 }], customer: null },
      'VARIANT_NOT_FOUND',
    ],
    ['half a piece', { lines: [{ variantId: 'FIRST', quantity: 0.5 }], customer: null }, 'QUANTITY_INVALID'],
    [
      'a customer who is not there',
      { lines: [{ variantId: 'FIRST', quantity: 1 }], customer: { id: 'gid://shopify/Customer/1' } },
      'CUSTOMER_NOT_FOUND',
    ],
  ])('is refused with %s, and changes nothing', async (_name, cart, code) => {
    const lines = cart.lines.map((line) => ({ ...line, variantId: line.variantId === 'FIRST' ? variantAt(0) : line.variantId }));
    expect(actions.checkout({ lines, customer: cart.customer, discountCodes: [] })).toMatchObject({ kind: 'refused', errors: [{ code }] });
    expect(store.changed.size).toBe(0);
    expect(await sent()).toEqual([]);
  });

  it('numbers its orders on from the history, also after a restart', () => {
    const line = [{ variantId: variantAt(0), quantity: 1 }];
    expect([buy(line), buy(line)].map(({ order }) => order['name'])).toEqual(['#1041', '#1042']);
    expect(tiny.again().nextOrderName()).toBe('#1043');
  });

  it('tells an app that is not installed nothing', async () => {
    store.put({ t: 'facts', v: { installed: false } });
    buy([{ variantId: variantAt(0), quantity: 1 }]);
    expect(await sent()).toEqual([]);
  });
});

describe('a refund', () => {
  it('gives back a line bit by bit, and the bits sum to what was paid', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        (quantity, wanted) => {
          const { order, lines } = buy([{ variantId: variantAt(2), quantity }]);
          const lineItemId = text(lines[0], 'id');
          let left = quantity;
          for (const asked of wanted) {
            const result = actions.refund({ orderId: text(order, 'id'), lines: [{ lineItemId, quantity: asked }], restock: false });
            expect(result.kind).toBe(asked <= left ? 'placed' : 'refused');
            if (asked <= left) left -= asked;
          }
          if (left > 0) actions.refund({ orderId: text(order, 'id'), lines: [{ lineItemId, quantity: left }], restock: false });
          const after = store.order(text(order, 'id'));
          const back = listAt(after?.order ?? {}, 'refunds').reduce((sum, refund) => sum + minor(nodeAt(refund, 'totalRefundedSet')), 0n);
          expect(back).toBe(minor(nodeAt(order, 'totalPriceSet')));
          expect(after?.order['displayFinancialStatus']).toBe('REFUNDED');
          expect(numberAt(after?.lines[0], 'currentQuantity')).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('puts back what is restocked and nothing else, and says so', async () => {
    const { order, lines } = buy([{ variantId: variantAt(3), quantity: 4 }]);
    const before = stockOf(variantAt(3));
    const part = (restock: boolean) =>
      actions.refund({ orderId: text(order, 'id'), lines: [{ lineItemId: text(lines[0], 'id'), quantity: 1 }], restock });
    await sent();
    part(false);
    expect(stockOf(variantAt(3))).toBe(before);
    expect(bodyOf(await sent(), 'refunds/create')['refund_line_items']).toMatchObject([{ restock_type: 'no_restock', quantity: 1 }]);
    part(true);
    expect(stockOf(variantAt(3))).toBe(before + 1);
    expect(bodyOf(await sent(), 'refunds/create')['refund_line_items']).toMatchObject([{ restock_type: 'return', quantity: 1 }]);
  });

  it('cannot name a line twice to take back more than there is', () => {
    const { order, lines } = buy([{ variantId: variantAt(0), quantity: 1 }]);
    const piece = { lineItemId: text(lines[0], 'id'), quantity: 1 };
    expect(actions.refund({ orderId: text(order, 'id'), lines: [piece, piece], restock: true })).toMatchObject({ kind: 'refused' });
  });

  it("tells the same money by webhook as the export does: tax apart, the other currency at the order's rate", async () => {
    const named = (name: string): OrderGroup => {
      const group = store.order(store.orderEntries().find((one) => one.name === name)?.id ?? '');
      if (!group) throw new Error(name);
      return group;
    };
    const all = (group: OrderGroup) => group.lines.map((line) => ({ lineItemId: text(line, 'id'), quantity: numberAt(line, 'quantity') }));
    for (const name of ['#T1038', '#T1026']) {
      const group = named(name);
      actions.refund({ orderId: text(group.order, 'id'), lines: all(group), restock: false });
      const body = bodyOf(await sent(), 'refunds/create');
      const back = (field: string, side: string): bigint =>
        listAt(body, 'refund_line_items').reduce(
          (sum, line) => sum + parseMinor(text(nodeAt(nodeAt(line, field), side), 'amount'), 'GBP'),
          0n,
        );
      expect(back('subtotal_set', 'shop_money')).toBe(minor(nodeAt(group.order, 'subtotalPriceSet')));
      expect(back('total_tax_set', 'shop_money')).toBe(minor(nodeAt(group.order, 'totalTaxSet')));
      const abroad = parseMinor(text(nodeAt(nodeAt(group.order, 'subtotalPriceSet'), 'presentmentMoney'), 'amount'), 'EUR');
      const difference = back('subtotal_set', 'presentment_money') - abroad;
      // Each line is rounded by itself.
      expect(difference >= -2n && difference <= 2n).toBe(true);
      expect(minor(nodeAt(listAt(named(name).order, 'refunds')[0], 'totalRefundedSet'))).toBe(minor(nodeAt(group.order, 'totalPriceSet')));
    }
  });

  it('works on an order of the history', () => {
    const entry = store.orderEntries().find((one) => one.name === '#T1001');
    const line = store.order(entry?.id ?? '')?.lines[0];
    const result = actions.refund({ orderId: entry?.id ?? '', lines: [{ lineItemId: text(line, 'id'), quantity: 1 }], restock: true });
    expect(result.kind).toBe('placed');
    expect(store.orderEntries()).toHaveLength(40);
  });
});

describe('an order that changes', () => {
  it('is cancelled whole: money back, goods back, once', async () => {
    const before = stockOf(variantAt(1));
    const { order } = buy([{ variantId: variantAt(1), quantity: 3 }]);
    await sent();
    expect(actions.cancel(text(order, 'id')).kind).toBe('placed');
    expect(stockOf(variantAt(1))).toBe(before);
    const received = await sent();
    expect(received.map((one) => one.topic)).toEqual(expect.arrayContaining(['orders/cancelled', 'refunds/create', 'orders/updated']));
    expect(bodyOf(received, 'orders/cancelled')).toMatchObject({ cancel_reason: 'customer', financial_status: 'refunded' });
    expect(actions.cancel(text(order, 'id'))).toMatchObject({ kind: 'refused', errors: [{ code: 'ALREADY_CANCELLED' }] });
    expect(actions.fulfil(text(order, 'id'))).toMatchObject({ kind: 'refused' });
  });

  it('gets lines by an edit, which come from stock and are owed', async () => {
    const { order } = buy([{ variantId: variantAt(0), quantity: 1 }]);
    const before = stockOf(variantAt(4));
    await sent();
    const result = actions.edit({ orderId: text(order, 'id'), add: [{ variantId: variantAt(4), quantity: 2 }], remove: [] });
    expect(result.kind === 'placed' && result.group.lines).toHaveLength(2);
    expect(stockOf(variantAt(4))).toBe(before - 2);
    const received = await sent();
    expect(received.map((one) => one.topic).toSorted()).toEqual(['inventory_levels/update', 'orders/edited', 'orders/updated']);
    expect(bodyOf(received, 'orders/updated')).toMatchObject({ financial_status: 'partially_paid', total_price: '28.80' });
  });

  it('is edited as a whole or not at all', async () => {
    const { order, lines } = buy([{ variantId: variantAt(0), quantity: 1 }]);
    await sent();
    const result = actions.edit({
      orderId: text(order, 'id'),
      add: [{ variantId: variantAt(1), quantity: 1 }],
      remove: [{ lineItemId: text(lines[0], 'id'), quantity: 2 }],
    });
    expect(result).toMatchObject({ kind: 'refused', errors: [{ code: 'EDIT_INVALID' }] });
    expect(store.order(text(order, 'id'))?.lines).toHaveLength(1);
    expect(await sent()).toEqual([]);
  });

  it('is sent once; an order that was sent is not cancelled', async () => {
    const { order } = buy([{ variantId: variantAt(0), quantity: 1 }]);
    await sent();
    expect(actions.fulfil(text(order, 'id')).kind).toBe('placed');
    expect((await sent()).map((one) => one.topic).toSorted()).toEqual(['fulfillments/create', 'orders/fulfilled', 'orders/updated']);
    expect(actions.fulfil(text(order, 'id'))).toMatchObject({ kind: 'refused' });
    expect(actions.cancel(text(order, 'id'))).toMatchObject({ kind: 'refused', errors: [{ code: 'ALREADY_FULFILLED' }] });
  });

  it('has a later version each time, though the clock stands still', () => {
    const { order, lines } = buy([{ variantId: variantAt(0), quantity: 2 }]);
    const versions = [text(order, 'updatedAt')];
    actions.refund({ orderId: text(order, 'id'), lines: [{ lineItemId: text(lines[0], 'id'), quantity: 1 }], restock: true });
    versions.push(text(store.order(text(order, 'id'))?.order, 'updatedAt'));
    actions.fulfil(text(order, 'id'));
    versions.push(text(store.order(text(order, 'id'))?.order, 'updatedAt'));
    expect(versions.toSorted()).toEqual(versions);
    expect(new Set(versions).size).toBe(3);
  });

  it('is the same after a restart', () => {
    const { order } = buy([{ variantId: variantAt(0), quantity: 2 }]);
    actions.cancel(text(order, 'id'));
    const held = store.order(text(order, 'id'));
    expect(tiny.again().order(text(order, 'id'))).toEqual(held);
  });
});
