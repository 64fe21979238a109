import type { ShopScope } from '../../app/platform/context.server.ts';
import { refreshScores } from '../../app/audience/index.server.ts';
import { refreshAll } from '../../app/forecast/index.server.ts';
import { reviewDirty, saveTiers } from '../../app/loyalty/index.server.ts';
import { enqueueOutbox } from '../../app/shopify/index.server.ts';
import type { TestPlatform } from './platform.ts';
import type { privacyBench } from './privacy.ts';

export const ADA = 9_007_199_254_740_993n;
export const BOB = 51n;
/** All that tells who Ada is, wherever it may stand. */
export const TRACES = ['ada.l@example.com', '+442079460958', 'Adalia', 'Lovelock', 'Crimson Row', '203.0.113.77', 'visa 4242'];
export const T = (hour: number): string => `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`;

export const ada = {
  id: ADA,
  admin_graphql_api_id: `gid://shopify/Customer/${ADA}`,
  email: 'Ada.L@example.com',
  phone: '+442079460958',
  first_name: 'Adalia',
  last_name: 'Lovelock',
  tags: 'Adalia, vip',
  updated_at: T(1),
  created_at: '2025-01-01T00:00:00Z',
  email_marketing_consent: { state: 'subscribed', consent_updated_at: T(1) },
  default_address: { country_code: 'GB', province_code: 'ENG', city: 'London', address1: '5 Crimson Row', zip: 'N1 9GU' },
};
const bob = { id: BOB, email: 'bob@example.com', first_name: 'Bob', last_name: 'Builder', updated_at: T(1) };

const order = (id: number, owner: object | null, extra: object = {}) => ({
  id,
  name: `#${id}`,
  customer: owner,
  created_at: T(2),
  updated_at: T(2),
  currency: 'GBP',
  total_price: '100.00',
  line_items: [{ id: id * 10, product_id: 7, variant_id: 70, title: 'Tea', quantity: 2, price: '50.00' }],
  ...extra,
});
export const ofAda = (id: number, extra: object = {}) =>
  order(id, ada, {
    email: ada.email,
    browser_ip: '203.0.113.77',
    note: 'Call Adalia',
    tags: 'gift for Lovelock',
    shipping_address: { name: 'Adalia Lovelock', address1: '5 Crimson Row', phone: ada.phone },
    discount_applications: [{ type: 'manual', title: 'For Adalia', value_type: 'percentage', value: '0' }],
    ...extra,
  });
export const refund = {
  id: 900,
  created_at: T(3),
  note: 'Lovelock sent it back',
  refund_line_items: [{ id: 901, line_item_id: 10010, quantity: 1, subtotal: '50.00', total_tax: '0.00' }],
};
/** A shop in which Ada has left traces wherever there is a place for them, and Bob some of his own. */
export async function fillWithAda(bench: Awaited<ReturnType<typeof privacyBench>>, scope: TestPlatform & ShopScope): Promise<void> {
  const send = (topic: string, body: object) => bench.send(scope.shop.domain, topic, body);
  await saveTiers(scope, [{ name: 'Gold', threshold: 10_000n }]);
  await send('products/create', { id: 7, title: 'Tea', updated_at: T(1), variants: [{ id: 70, price: '50.00', inventory_item_id: 700 }] });
  await send('customers/create', ada);
  await send('customers/create', bob);
  await send('orders/create', ofAda(1001));
  await send('orders/updated', ofAda(1001, { updated_at: T(3), refunds: [refund] }));
  await send('orders/create', ofAda(1002));
  await send('orders/create', order(1003, bob, { email: bob.email }));
  // A guest's order that only the request tells to be Ada's.
  await send('orders/create', ofAda(1004, { customer: null }));
  await send('order_transactions/create', {
    id: 78,
    order_id: 1002,
    kind: 'sale',
    status: 'success',
    amount: '100.00',
    processed_at: T(2),
    payment_details: { credit_card_company: 'Visa', credit_card_number: '•••• •••• •••• 4242' },
  });
  await send('fulfillments/create', { id: 77, order_id: 1002, email: ada.email, destination: { last_name: 'Lovelock' }, created_at: T(3) });
  await send('checkouts/create', { token: 'c1', customer: ada, email: ada.email, currency: 'GBP', total_price: '9.00', updated_at: T(2) });
  // A delivery that does not fit its schema, parked with the reason.
  await send('orders/create', { ...ofAda(1005), line_items: 'none' });
  await bench.drain(scope);
  await reviewDirty(scope, scope.shop);
  await refreshAll(scope, scope.shop);
  await refreshScores(scope, scope.shop);
  await scope.db.prisma.pointsImportRow.create({ data: { shopId: scope.shop.id, importId: 9, customerId: ADA, line: 2, points: 5 } });
  await scope.db.prisma.customerValue.createMany({
    data: [ADA, BOB].map((customerId) => ({
      shopId: scope.shop.id,
      customerId,
      untilDay: new Date('2026-11-19'),
      alive: 0.5,
      orders52w: 1.5,
      spend52w: 12_345n,
      nextOrderOn: new Date('2027-01-02'),
    })),
  });
  await scope.db.prisma.customer.updateMany({ where: { shopId: scope.shop.id }, data: { birthDay: 229 } });
  await scope.db.prisma.customerSupply.createMany({
    data: [ADA, BOB].map((customerId) => ({
      shopId: scope.shop.id,
      customerId,
      variantId: 70n,
      orderId: 1002n,
      boughtOn: new Date('2026-11-20'),
      days: 34,
    })),
  });
  await scope.db.forShop(scope.shop.id, (tx) =>
    enqueueOutbox(tx, scope.shop.id, [{ kind: 'k', entity: `customer/${ADA}`, idempotencyKey: 'x', payload: { name: 'Adalia Lovelock' } }]),
  );
}
