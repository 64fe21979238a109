import fc from 'fast-check';
import type { CustomerFacts, OrderFacts, OrderLineFacts, RefundFacts } from '../../app/record/facts.ts';
import type { OrderEvent } from '../../app/record/merge-order.ts';

const T0 = Date.UTC(2026, 0, 1);

/** A plain customer to start from. */
export function customerOf(overrides: Partial<CustomerFacts> = {}): CustomerFacts {
  return {
    id: 1n,
    email: 'ada@example.com',
    phone: null,
    firstName: 'Ada',
    lastName: 'Reid',
    state: 'enabled',
    locale: 'en',
    tags: [],
    country: 'GB',
    province: null,
    city: null,
    address: null,
    emailConsent: null,
    emailConsentAt: null,
    smsConsent: null,
    smsConsentAt: null,
    createdAt: null,
    updatedAt: new Date('2026-03-10T12:00:00Z'),
    ...overrides,
  };
}

/** A plain order to start from; override what the test is about. */
export function orderOf(overrides: Partial<OrderFacts> = {}): OrderFacts {
  const at = new Date('2026-03-10T12:00:00Z');
  return {
    id: 1n,
    name: '#1001',
    customerId: 50n,
    createdAt: at,
    processedAt: at,
    updatedAt: at,
    cancelledAt: null,
    cancelReason: null,
    closedAt: null,
    test: false,
    edited: false,
    channel: 'web',
    financialStatus: 'paid',
    fulfilmentStatus: null,
    locationId: null,
    tags: [],
    currency: 'GBP',
    presentmentCurrency: 'GBP',
    taxesIncluded: false,
    presentmentTotal: 0n,
    total: 0n,
    shipping: 500n,
    tax: 200n,
    lines: [lineOf()],
    discountUses: [],
    transactions: [],
    refunds: [],
    fulfilments: [],
    ...overrides,
  };
}

export function lineOf(overrides: Partial<OrderLineFacts> = {}): OrderLineFacts {
  return {
    id: 11n,
    position: 0,
    productId: 100n,
    variantId: 1000n,
    title: 'Tea',
    variantTitle: null,
    sku: null,
    vendor: null,
    quantity: 2,
    currentQuantity: 2,
    unitPrice: 1_000n,
    presentmentUnitPrice: 1_000n,
    discount: 100n,
    tax: 0n,
    giftCard: false,
    requiresShipping: true,
    ...overrides,
  };
}

export function refundOf(overrides: Partial<RefundFacts> = {}): RefundFacts {
  return {
    id: 900n,
    createdAt: new Date('2026-03-12T12:00:00Z'),
    note: null,
    amount: 950n,
    adjustment: 0n,
    lines: [{ id: 901n, lineId: 11n, quantity: 1, restockType: 'return', locationId: null, subtotal: 950n, tax: 0n }],
    ...overrides,
  };
}

const money = fc.bigInt({ min: 0n, max: 1_000_000n });
const minutes = (max: number) => fc.integer({ min: 0, max }).map((minute) => new Date(T0 + minute * 60_000));

const line = fc.record({
  product: fc.constantFrom(100n, 101n, null),
  variant: fc.constantFrom(1000n, 1001n, 1002n, null),
  quantity: fc.integer({ min: 1, max: 9 }),
  price: money,
  tax: fc.bigInt({ min: 0n, max: 50n }),
});

/**
 * The life of one order as Shopify would tell it: versions of growing `updatedAt`, each holding all refunds made up to
 * it, and the refunds by themselves.
 */
export const orderLife = (id: bigint): fc.Arbitrary<{ versions: OrderFacts[]; refunds: RefundFacts[] }> =>
  fc
    .record({
      lines: fc.array(line, { minLength: 1, maxLength: 4 }),
      customerId: fc.constantFrom(50n, 51n, null),
      processedAt: minutes(60 * 24 * 40),
      taxesIncluded: fc.boolean(),
      channel: fc.constantFrom('web', 'pos'),
      refundShares: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 2 }),
      cancelled: fc.boolean(),
      test: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
      versions: fc.integer({ min: 1, max: 4 }),
      discount: fc.integer({ min: 0, max: 90 }),
    })
    .map((life) => {
      const lines = life.lines.map((entry, index) =>
        lineOf({
          id: id * 100n + BigInt(index),
          position: index,
          productId: entry.product,
          variantId: entry.product === null ? null : entry.variant,
          quantity: entry.quantity,
          currentQuantity: entry.quantity,
          unitPrice: entry.price,
          tax: entry.tax,
          discount: (entry.price * BigInt(entry.quantity) * BigInt(life.discount)) / 100n,
        }),
      );
      const step = (count: number): Date => new Date(life.processedAt.getTime() + count * 36 * 3_600_000);
      const refunds = life.refundShares.map((share, index) =>
        refundOf({
          id: id * 100n + 50n + BigInt(index),
          createdAt: step(index + 1),
          lines: lines.slice(0, 1).map((first) => ({
            id: id * 100n + 60n + BigInt(index),
            lineId: first.id,
            quantity: 1,
            restockType: 'return',
            locationId: null,
            subtotal: (first.unitPrice * BigInt(share)) / 100n,
            tax: 0n,
          })),
        }),
      );
      const count = life.versions + refunds.length;
      const versions = Array.from({ length: count }, (_, index) => {
        const updatedAt = step(index);
        const isLast = index === count - 1;
        return orderOf({
          id,
          name: `#${id}`,
          customerId: life.customerId,
          processedAt: life.processedAt,
          createdAt: life.processedAt,
          updatedAt,
          cancelledAt: life.cancelled && isLast ? updatedAt : null,
          taxesIncluded: life.taxesIncluded,
          channel: life.channel,
          test: life.test,
          lines,
          refunds: refunds.filter((refund) => refund.createdAt.getTime() <= updatedAt.getTime()),
        });
      });
      return { versions, refunds };
    });

/** An order's life as what the projection takes. */
export const eventsOf = ({ versions, refunds }: { versions: OrderFacts[]; refunds: OrderFacts['refunds'] }): OrderEvent[] => [
  ...versions.map((facts): OrderEvent => ({ kind: 'version', orderId: facts.id, facts, triggeredAt: facts.updatedAt })),
  ...refunds.map((refund): OrderEvent => ({ kind: 'refund', orderId: versions[0]?.id ?? 0n, refund })),
];
