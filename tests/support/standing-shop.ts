import { createStanding, runStanding } from '../../app/campaigns/index.server.ts';
import type { WantedStanding } from '../../app/campaigns/standing/standing.ts';
import type { Trigger } from '../../app/campaigns/standing/trigger.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import type { TestPlatform } from './platform.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A shop for standing campaigns, filled row by row; `from` is the moment from which `later` counts. */
export function standingShop(scope: TestPlatform & ShopScope, from: Date) {
  const { prisma } = scope.db;
  const mine = { shopId: scope.shop.id };
  const later = (ms: number): Date => new Date(from.getTime() + ms);
  let orders = 0;
  return {
    later,
    async stand(trigger: Trigger, change: Partial<WantedStanding> = {}): Promise<number> {
      const made = await createStanding(scope, {
        name: 'Stands',
        trigger,
        segment: '',
        offers: [{ value: { kind: 'percent', percent: 10 }, minimum: null }],
        holdOut: 0,
        priority: 50,
        validDays: 7,
        againDays: null,
        mail: null,
        agreed: true,
        ...change,
      });
      if (made.kind !== 'ok') throw new Error(JSON.stringify(made));
      return made.value;
    },
    /** Runs at a moment. @returns the occasions taken now, by customer, in their order. */
    async runAt(at: Date): Promise<[number, string][]> {
      scope.clock.set(at);
      await runStanding(scope, scope.shop);
      const rows = await prisma.standingOccasion.findMany({
        where: { ...mine, outcome: 'offered', at },
        orderBy: { customerId: 'asc' },
      });
      return rows.map(({ customerId, occasion }) => [Number(customerId), occasion]);
    },
    customer: (id: number, change: object = {}) =>
      prisma.customer.create({
        data: { ...mine, id: BigInt(id), tags: [], updatedAt: from, createdAt: later(-400 * DAY), ...change },
      }),
    /** An order of one piece of a variant (of product 1). @returns its number. */
    async order(
      customerId: number,
      at: Date,
      of: { variantId: number; productId?: number; order?: object; line?: object },
    ): Promise<number> {
      const id = BigInt((orders += 1));
      const money = { total: 0n, shipping: 0n, tax: 0n, gross: 0n, discounts: 0n, returned: 0n, cancelled: 0n, net: 0n };
      const currencies = { currency: 'GBP', presentmentCurrency: 'GBP', presentmentTotal: 0n };
      const times = { createdAt: at, processedAt: at, updatedAt: at, day: at };
      await prisma.order.create({
        data: {
          ...mine,
          id,
          name: `#${id}`,
          customerId: BigInt(customerId),
          channel: 'web',
          units: 1,
          ...times,
          ...money,
          ...currencies,
          ...of.order,
        },
      });
      await prisma.orderLine.create({
        data: {
          ...mine,
          orderId: id,
          id,
          position: 1,
          productId: BigInt(of.productId ?? 1),
          variantId: BigInt(of.variantId),
          title: 'Tea',
          quantity: 1,
          currentQuantity: 1,
          unitPrice: 0n,
          presentmentUnitPrice: 0n,
          discount: 0n,
          tax: 0n,
          ...of.line,
        },
      });
      return orders;
    },
    /** A variant of product 1 with so many pieces; null: not tracked. */
    async variant(id: number, available: number | null, change: { productId?: bigint; deletedAt?: Date } = {}): Promise<void> {
      const item = BigInt(id * 10);
      await prisma.variant.create({
        data: {
          ...mine,
          id: BigInt(id),
          productId: 1n,
          title: 'Tea',
          price: 1_000n,
          inventoryItemId: item,
          position: 1,
          updatedAt: from,
          ...change,
        },
      });
      await prisma.inventoryItem.create({ data: { ...mine, id: item, tracked: available !== null, updatedAt: from } });
      await prisma.inventoryLevel.create({
        data: { ...mine, inventoryItemId: item, locationId: 1n, available: available ?? 0, updatedAt: from },
      });
    },
    /** A checkout that was left, with one piece of a variant. */
    checkout: (token: string, customerId: number, of: { at: Date; variantId: number }) =>
      prisma.checkout.create({
        data: {
          ...mine,
          token,
          customerId: BigInt(customerId),
          createdAt: of.at,
          updatedAt: of.at,
          currency: 'GBP',
          total: 1_000n,
          units: 1,
          lines: [{ variantId: String(of.variantId), quantity: 1 }],
        },
      }),
    /** What a browser did: went to a checkout, or looked at a variant. */
    view: (client: string, of: { at: Date; variantId: number; checkoutToken?: string }) =>
      prisma.pixelEvent.create({
        data: {
          ...mine,
          eventId: `${client}-${of.variantId}-${of.at.getTime()}`,
          variantId: BigInt(of.variantId),
          name: of.checkoutToken ? 'checkout_started' : 'product_viewed',
          clientId: client,
          checkoutToken: of.checkoutToken ?? null,
          at: of.at,
        },
      }),
  };
}
