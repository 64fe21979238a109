import { z } from 'zod';
import { gidNumber } from '../core/gid.ts';
import { parseMinor } from '../core/money.ts';
import type { InventoryItemFacts, InventoryLevelFacts, OrderFacts, RefundFacts } from './facts.ts';

/** What reconciliation reads beside the exports of the first import (see reconcile.shopify.server.ts for the queries). */
const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

const item = z.object({
  id: z.string(),
  sku: z.string().nullish(),
  tracked: z.boolean(),
  updatedAt: time,
  unitCost: z.object({ amount: z.string(), currencyCode: z.string() }).nullish(),
});

/** A line of BULK_ITEMS_CHANGED. */
export function itemOfLine(line: string): InventoryItemFacts {
  const { id, sku, tracked, updatedAt, unitCost } = item.parse(JSON.parse(line));
  return {
    id: gidNumber(id, 'InventoryItem'),
    sku: sku ?? null,
    tracked,
    unitCost: unitCost ? parseMinor(unitCost.amount, unitCost.currencyCode) : null,
    unitCostCurrency: unitCost?.currencyCode ?? null,
    updatedAt,
  };
}

const level = z.object({
  __parentId: z.string(),
  isActive: z.boolean(),
  updatedAt: time,
  item: z.object({ id: z.string() }),
  quantities: z.array(z.object({ name: z.string(), quantity: z.int() })),
});
const levelLine = z.union([level, z.object({ __typename: z.literal('Location') })]);

/** A line of BULK_LEVELS_CHANGED; null for the place itself. A level that is no longer active has nothing available. */
export function levelOfLine(line: string): InventoryLevelFacts | null {
  const parsed = levelLine.parse(JSON.parse(line));
  if (!('item' in parsed)) return null;
  const available = parsed.quantities.find((quantity) => quantity.name === 'available')?.quantity ?? null;
  return {
    inventoryItemId: gidNumber(parsed.item.id, 'InventoryItem'),
    locationId: gidNumber(parsed.__parentId, 'Location'),
    available: parsed.isActive ? available : null,
    updatedAt: parsed.updatedAt,
  };
}

const shopMoney = z.object({ shopMoney: z.object({ amount: z.string() }) });
const refundInFull = z.object({
  id: z.string(),
  order: z.object({ currencyCode: z.string() }),
  orderAdjustments: z.object({ nodes: z.array(z.object({ amountSet: shopMoney })) }),
  refundLineItems: z.object({
    nodes: z.array(
      z.object({
        id: z.string().nullish(),
        quantity: z.int(),
        restockType: z.string(),
        lineItem: z.object({ id: z.string() }),
        location: z.object({ id: z.string() }).nullish(),
        subtotalSet: shopMoney,
        totalTaxSet: shopMoney,
      }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean() }),
  }),
});

export type RefundDetail = Pick<RefundFacts, 'adjustment' | 'lines'>;

/** Refunds in full, by their ids; one with more lines than a page is left out, and stays as its sales tell it. */
export function refundDetails(nodes: readonly unknown[]): Map<bigint, RefundDetail> {
  const refunds = nodes.flatMap((node) => (node === null ? [] : [refundInFull.parse(node)]));
  return new Map(
    refunds.flatMap(({ id, order, orderAdjustments, refundLineItems: { nodes: lines, pageInfo } }): [bigint, RefundDetail][] => {
      const minor = (set: z.infer<typeof shopMoney>): bigint => parseMinor(set.shopMoney.amount, order.currencyCode);
      if (pageInfo.hasNextPage || lines.some((line) => !line.id)) return [];
      const detail: RefundDetail = {
        // Shopify writes what is given back as a negative adjustment of the order.
        adjustment: -orderAdjustments.nodes.reduce((sum, adjustment) => sum + minor(adjustment.amountSet), 0n),
        lines: lines.map((line) => ({
          id: gidNumber(line.id ?? ''),
          lineId: gidNumber(line.lineItem.id, 'LineItem'),
          quantity: line.quantity,
          restockType: line.restockType.toLowerCase(),
          locationId: line.location ? gidNumber(line.location.id, 'Location') : null,
          subtotal: minor(line.subtotalSet),
          tax: minor(line.totalTaxSet),
        })),
      };
      return [[gidNumber(id, 'Refund'), detail]];
    }),
  );
}

/** An order with its refunds as they are in full, where that is known. */
export function withRefunds(order: OrderFacts, details: ReadonlyMap<bigint, RefundDetail>): OrderFacts {
  return { ...order, refunds: order.refunds.map((refund) => ({ ...refund, ...details.get(refund.id) })) };
}
