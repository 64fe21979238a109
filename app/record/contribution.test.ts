import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineOf, orderLife, orderOf, refundOf } from '../../tests/support/order-facts.ts';
import { contributionOf, deltaOf, NOTHING, type ContributionInput } from './contribution.ts';
import type { OrderFacts } from './facts.ts';
import { EMPTY, mergeOrder, type HeldOrder, type OrderEvent } from './merge-order.ts';
import { heldContribution } from './order.store.server.ts';

const LONDON = { timezone: 'Europe/London', currency: 'GBP' };
const input = (order: OrderFacts): ContributionInput => ({ ...order, deletedAt: null });
const totals = (order: OrderFacts) => contributionOf(input(order), LONDON).totals;

describe('what an order adds', () => {
  it('is its lines’ price, less discounts, without tax and shipping', () => {
    expect(totals(orderOf())).toEqual({
      orders: 1,
      units: 2n,
      gross: 2_000n,
      discounts: 100n,
      returned: 0n,
      returnedUnits: 0n,
      refunds: 0,
      cancelled: 0n,
      net: 1_900n,
      shipping: 500n,
      tax: 200n,
    });
  });

  it('counts a return on the day of the refund', () => {
    const { days, products } = contributionOf(input(orderOf({ refunds: [refundOf()] })), LONDON);
    expect(days.map(({ day, net, returned, orders, refunds }) => ({ day, net, returned, orders, refunds }))).toEqual([
      { day: '2026-03-10', net: 1_900n, returned: 0n, orders: 1, refunds: 0 },
      { day: '2026-03-12', net: -950n, returned: 950n, orders: 0, refunds: 1 },
    ]);
    expect(products.map(({ day, orders, units, returnedUnits }) => ({ day, orders, units, returnedUnits }))).toEqual([
      { day: '2026-03-10', orders: 1, units: 2n, returnedUnits: 0n },
      { day: '2026-03-12', orders: 0, units: 0n, returnedUnits: 1n },
    ]);
  });

  it('takes back on the day of cancellation what no refund has taken back', () => {
    const order = orderOf({ refunds: [refundOf()], cancelledAt: new Date('2026-03-15T12:00:00Z') });
    expect(totals(order)).toMatchObject({ gross: 2_000n, returned: 950n, cancelled: 950n, net: 0n });
    expect(contributionOf(input(order), LONDON).variants.at(-1)).toMatchObject({ day: '2026-03-15', returnedUnits: 1n, net: -950n });
  });

  it('leaves tax out where prices include it', () => {
    const order = orderOf({ taxesIncluded: true, lines: [lineOf({ quantity: 1, unitPrice: 1_200n, tax: 200n, discount: 0n })] });
    expect(totals(order)).toMatchObject({ gross: 1_000n, net: 1_000n });
  });

  it('falls on the shop’s day, not on UTC’s', () => {
    const late = orderOf({ processedAt: new Date('2026-06-30T23:30:00Z') });
    expect(contributionOf(input(late), LONDON).days[0]?.day).toBe('2026-07-01');
  });

  it('books a custom line to the day alone', () => {
    const { days, variants, products } = contributionOf(input(orderOf({ lines: [lineOf({ productId: null, variantId: null })] })), LONDON);
    expect([days.length, variants, products]).toEqual([1, [], []]);
  });

  it('counts an order with two variants of one product as one order of it', () => {
    const order = orderOf({ lines: [lineOf(), lineOf({ id: 12n, variantId: 1001n })] });
    expect(contributionOf(input(order), LONDON).products).toMatchObject([{ orders: 1, units: 4n }]);
  });

  it('is booked where the order was sold, else where it was shipped from, else nowhere yet', () => {
    const at = (order: Partial<OrderFacts>) => contributionOf(input(orderOf(order)), LONDON).variants[0]?.locationId;
    const shipped = {
      id: 1n,
      status: 'success',
      shipmentStatus: null,
      locationId: 7n,
      trackingCompany: null,
      createdAt: new Date(0),
      updatedAt: new Date(0),
    };
    expect([at({}), at({ fulfilments: [shipped] }), at({ locationId: 9n, fulfilments: [shipped] })]).toEqual([0n, 7n, 9n]);
  });

  it.each([{ test: true }, { deletedAt: new Date(0) }])('is nothing for %o', (overrides) => {
    expect(contributionOf({ ...input(orderOf()), ...overrides }, LONDON)).toEqual(NOTHING);
  });

  it('adds up: net is gross less discounts, returns and cancellations, in the whole and in the parts', () => {
    fc.assert(
      fc.property(orderLife(7n), ({ versions }) => {
        for (const version of versions) {
          const { totals: sum, days, products } = contributionOf(input(version), LONDON);
          expect(sum.net).toBe(sum.gross - sum.discounts - sum.returned - sum.cancelled);
          expect(days.reduce((net, day) => net + day.net, 0n)).toBe(sum.net);
          if (version.lines.every((line) => line.productId !== null)) {
            expect(products.reduce((net, row) => net + row.net, 0n)).toBe(sum.net);
            expect(products.reduce((units, row) => units + row.units, 0n)).toBe(sum.units);
          }
          if (version.cancelledAt && !version.test) expect(sum.net).toBe(0n);
        }
      }),
    );
  });
});

describe('events in any order', () => {
  const eventsOf = ({ versions, refunds }: { versions: OrderFacts[]; refunds: OrderFacts['refunds'] }): OrderEvent[] => [
    ...versions.map((facts): OrderEvent => ({ kind: 'version', orderId: facts.id, facts, triggeredAt: facts.updatedAt })),
    ...refunds.map((refund): OrderEvent => ({ kind: 'refund', orderId: versions[0]?.id ?? 0n, refund })),
  ];
  const shuffledTwice = orderLife(7n).chain((life) => {
    const events = eventsOf(life);
    return fc.record({
      inOrder: fc.constant(events),
      shuffled: fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2, maxLength: events.length * 2 }),
    });
  });
  const fold = (events: OrderEvent[]): HeldOrder => events.reduce(mergeOrder, EMPTY);

  it('give the same order as in their own order', () => {
    fc.assert(
      fc.property(shuffledTwice, ({ inOrder, shuffled }) => {
        expect(fold(shuffled)).toEqual(fold(inOrder));
      }),
    );
  });

  it('give by differences what the last state gives at once', () => {
    fc.assert(
      fc.property(shuffledTwice, ({ shuffled }) => {
        let held = EMPTY;
        const steps = shuffled.map((event) => {
          const before = heldContribution(held, LONDON);
          held = mergeOrder(held, event);
          return { before, after: heldContribution(held, LONDON) };
        });
        expect(deltaOf(steps)).toEqual(deltaOf([{ before: NOTHING, after: heldContribution(held, LONDON) }]));
      }),
    );
  });

  it('stay deleted, whenever the deletion comes', () => {
    fc.assert(
      fc.property(shuffledTwice, fc.nat(), ({ shuffled }, position) => {
        const deletion: OrderEvent = { kind: 'deleted', orderId: 7n, at: new Date(0) };
        const at = position % (shuffled.length + 1);
        const held = fold([...shuffled.slice(0, at), deletion, ...shuffled.slice(at)]);
        expect(heldContribution(held, LONDON)).toEqual(NOTHING);
      }),
    );
  });

  it('bring nothing new when they come again', () => {
    const events = eventsOf({ versions: [orderOf({ refunds: [refundOf()] })], refunds: [refundOf()] });
    const held = fold(events);
    for (const event of events) expect(mergeOrder(held, event)).toBe(held);
  });
});
