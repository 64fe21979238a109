import { dayOf } from '../core/calendar.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { contributionOf, NOTHING, type ContributionInput } from './contribution.ts';
import type { Contribution, DiscountUseFacts, RefundFacts, ShopCalendar } from './facts.ts';
import { EMPTY, type HeldOrder, type OrderVersion } from './merge-order.ts';

/** Rows for jsonb_to_recordset: bigint and dates as texts, which PostgreSQL reads back exactly. */
export function toJsonRows(rows: readonly object[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** The shape that decides an order's contribution. */
export function contributionInput(held: HeldOrder): ContributionInput | null {
  return held.order ? { ...held.order, refunds: held.refunds, fulfilments: held.fulfilments } : null;
}

export function heldContribution(held: HeldOrder, calendar: ShopCalendar): Contribution {
  const input = contributionInput(held);
  return input ? contributionOf(input, calendar) : NOTHING;
}

const DISCOUNT_KINDS: ReadonlySet<string> = new Set(['code', 'automatic', 'manual', 'script']);
const isDiscountKind = (kind: string): kind is DiscountUseFacts['kind'] => DISCOUNT_KINDS.has(kind);

function groupBy<T extends { orderId: bigint }>(rows: readonly T[]): Map<bigint, T[]> {
  return Map.groupBy(rows, (row) => row.orderId);
}

/** Which of these orders the record knows anything of; the rest needs no reading and no deleting. */
async function knownIds(tx: ShopTx, shopId: number, ids: bigint[]): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT wanted.id FROM unnest(${ids}::bigint[]) AS wanted(id)
    WHERE EXISTS (SELECT 1 FROM orders o WHERE o.shop_id = ${shopId} AND o.id = wanted.id)
       OR EXISTS (SELECT 1 FROM refunds r WHERE r.shop_id = ${shopId} AND r.order_id = wanted.id)
       OR EXISTS (SELECT 1 FROM fulfilments f WHERE f.shop_id = ${shopId} AND f.order_id = wanted.id)
       OR EXISTS (SELECT 1 FROM order_transactions t WHERE t.shop_id = ${shopId} AND t.order_id = wanted.id)`;
  return rows.map((row) => row.id);
}

/** The orders as they are held, children included; an id that is unknown is not in the map. */
export async function loadHeldOrders(tx: ShopTx, shopId: number, ids: bigint[]): Promise<Map<bigint, HeldOrder>> {
  const known = ids.length > 0 ? await knownIds(tx, shopId, ids) : [];
  if (known.length === 0) return new Map();
  const orders = await tx.order.findMany({ where: { shopId, id: { in: known } } });
  const ofOrders = { where: { shopId, orderId: { in: known } } };
  const lines = groupBy(await tx.orderLine.findMany({ ...ofOrders, orderBy: { position: 'asc' } }));
  const uses = groupBy(await tx.discountUse.findMany({ ...ofOrders, orderBy: { position: 'asc' } }));
  const transactions = groupBy(await tx.orderTransaction.findMany({ ...ofOrders, orderBy: { id: 'asc' } }));
  const refundLines = groupBy(await tx.refundLine.findMany({ ...ofOrders, orderBy: { id: 'asc' } }));
  const refunds = groupBy(await tx.refund.findMany({ ...ofOrders, orderBy: { id: 'asc' } }));
  const fulfilments = groupBy(await tx.fulfilment.findMany({ ...ofOrders, orderBy: { id: 'asc' } }));

  const versions = new Map<bigint, OrderVersion>(
    orders.map((order) => [
      order.id,
      {
        ...order,
        lines: lines.get(order.id) ?? [],
        discountUses: (uses.get(order.id) ?? []).map((use) => ({ ...use, kind: isDiscountKind(use.kind) ? use.kind : 'manual' })),
      },
    ]),
  );
  return new Map(
    known.map((id) => [
      id,
      {
        order: versions.get(id) ?? null,
        refunds: (refunds.get(id) ?? []).map((refund): RefundFacts => ({
          ...refund,
          lines: (refundLines.get(id) ?? []).filter((line) => line.refundId === refund.id),
        })),
        transactions: transactions.get(id) ?? [],
        fulfilments: fulfilments.get(id) ?? [],
      },
    ]),
  );
}

type Written = { held: HeldOrder; contribution: Contribution };

function orderRow(shop: { id: number; calendar: ShopCalendar }, order: OrderVersion, contribution: Contribution): object {
  const { lines: _lines, discountUses: _uses, ...own } = order;
  const { gross, discounts, returned, cancelled, net, units } = contribution.totals;
  return {
    ...own,
    shopId: shop.id,
    day: dayOf(order.processedAt, shop.calendar.timezone),
    gross,
    discounts,
    returned,
    cancelled,
    net,
    units,
  };
}

async function deleteChildren(tx: ShopTx, shopId: number, ids: bigint[]): Promise<void> {
  const where = { shopId, orderId: { in: ids } };
  await tx.orderLine.deleteMany({ where });
  await tx.discountUse.deleteMany({ where });
  await tx.orderTransaction.deleteMany({ where });
  await tx.refundLine.deleteMany({ where });
  await tx.refund.deleteMany({ where });
  await tx.fulfilment.deleteMany({ where });
}

/** Writes orders whole: the row itself, and its children in place of those that stood there. */
export async function writeHeldOrders(
  tx: ShopTx,
  shop: { id: number; calendar: ShopCalendar },
  changes: { replaced: bigint[]; orders: ReadonlyMap<bigint, Written> },
): Promise<void> {
  const shopId = shop.id;
  if (changes.replaced.length > 0) await deleteChildren(tx, shopId, changes.replaced);
  const rows: Record<'orders' | 'lines' | 'uses' | 'transactions' | 'refunds' | 'refundLines' | 'fulfilments', object[]> = {
    orders: [],
    lines: [],
    uses: [],
    transactions: [],
    refunds: [],
    refundLines: [],
    fulfilments: [],
  };
  for (const [orderId, { held, contribution }] of changes.orders) {
    const key = { shopId, orderId };
    if (held.order) {
      rows.orders.push(orderRow(shop, held.order, contribution));
      for (const line of held.order.lines) rows.lines.push({ ...line, ...key });
      for (const use of held.order.discountUses) rows.uses.push({ ...use, ...key });
    }
    for (const transaction of held.transactions) rows.transactions.push({ ...transaction, ...key });
    for (const fulfilment of held.fulfilments) rows.fulfilments.push({ ...fulfilment, ...key });
    for (const { lines, ...refund } of held.refunds) {
      const sums = refundSums(lines, held.order?.taxesIncluded ?? false);
      rows.refunds.push({ ...refund, ...key, ...sums, day: dayOf(refund.createdAt, shop.calendar.timezone) });
      for (const line of lines) rows.refundLines.push({ ...line, ...key, refundId: refund.id });
    }
  }
  await upsertOrders(tx, rows.orders);
  await insertChildren(tx, rows);
}

function refundSums(lines: RefundFacts['lines'], taxesIncluded: boolean): { itemsReturned: bigint; taxReturned: bigint } {
  const tax = lines.reduce((sum, line) => sum + line.tax, 0n);
  const items = lines.reduce((sum, line) => sum + line.subtotal, 0n);
  return { itemsReturned: taxesIncluded ? items - tax : items, taxReturned: tax };
}

const ORDER_COLUMNS = `name, customer_id, created_at, processed_at, updated_at, triggered_at, day, cancelled_at, cancel_reason, closed_at, deleted_at,
  test, edited, channel, financial_status, fulfilment_status, location_id, tags, currency, presentment_currency, taxes_included,
  presentment_total, total, shipping, tax, gross, discounts, returned, cancelled, net, units`;
const ORDER_UPDATES = ORDER_COLUMNS.split(',')
  .map((column) => column.trim())
  .map((column) => `${column} = excluded.${column}`)
  .join(', ');

async function upsertOrders(tx: ShopTx, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.$executeRawUnsafe(
    `INSERT INTO orders (shop_id, id, ${ORDER_COLUMNS})
     SELECT "shopId", id, name, "customerId", "createdAt", "processedAt", "updatedAt", "triggeredAt", day, "cancelledAt", "cancelReason", "closedAt",
       "deletedAt", test, edited, channel, "financialStatus", "fulfilmentStatus", "locationId", tags, currency, "presentmentCurrency", "taxesIncluded",
       "presentmentTotal", total, shipping, tax, gross, discounts, returned, cancelled, net, units
     FROM jsonb_to_recordset($1::jsonb) AS r("shopId" int, id bigint, name text, "customerId" bigint, "createdAt" timestamptz, "processedAt" timestamptz,
       "updatedAt" timestamptz, "triggeredAt" timestamptz, day date, "cancelledAt" timestamptz, "cancelReason" text, "closedAt" timestamptz,
       "deletedAt" timestamptz, test boolean, edited boolean, channel text, "financialStatus" text, "fulfilmentStatus" text, "locationId" bigint,
       tags text[], currency text, "presentmentCurrency" text, "taxesIncluded" boolean, "presentmentTotal" bigint, total bigint, shipping bigint,
       tax bigint, gross bigint, discounts bigint, returned bigint, cancelled bigint, net bigint, units int)
     ON CONFLICT (shop_id, id) DO UPDATE SET ${ORDER_UPDATES}`,
    toJsonRows(rows),
  );
}

const CHILDREN = {
  lines: `INSERT INTO order_lines (shop_id, order_id, id, position, product_id, variant_id, title, variant_title, sku, vendor, quantity, current_quantity,
      unit_price, presentment_unit_price, discount, tax, gift_card, requires_shipping)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS r("shopId" int, "orderId" bigint, id bigint, position int, "productId" bigint, "variantId" bigint,
      title text, "variantTitle" text, sku text, vendor text, quantity int, "currentQuantity" int, "unitPrice" bigint, "presentmentUnitPrice" bigint,
      discount bigint, tax bigint, "giftCard" boolean, "requiresShipping" boolean)`,
  uses: `INSERT INTO discount_uses (shop_id, order_id, position, code, kind, title, value_type, value, amount)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS r("shopId" int, "orderId" bigint, position int, code text, kind text, title text, "valueType" text,
      value text, amount bigint)`,
  transactions: `INSERT INTO order_transactions (shop_id, order_id, id, parent_id, kind, status, gateway, amount, currency, processed_at)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS r("shopId" int, "orderId" bigint, id bigint, "parentId" bigint, kind text, status text, gateway text,
      amount bigint, currency text, "processedAt" timestamptz)`,
  refunds: `INSERT INTO refunds (shop_id, order_id, id, created_at, day, note, amount, items_returned, tax_returned, adjustment)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS r("shopId" int, "orderId" bigint, id bigint, "createdAt" timestamptz, day date, note text, amount bigint,
      "itemsReturned" bigint, "taxReturned" bigint, adjustment bigint)`,
  refundLines: `INSERT INTO refund_lines (shop_id, order_id, refund_id, id, line_id, quantity, restock_type, location_id, subtotal, tax)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS r("shopId" int, "orderId" bigint, "refundId" bigint, id bigint, "lineId" bigint, quantity int,
      "restockType" text, "locationId" bigint, subtotal bigint, tax bigint)`,
  fulfilments: `INSERT INTO fulfilments (shop_id, order_id, id, status, shipment_status, location_id, tracking_company, created_at, updated_at)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS r("shopId" int, "orderId" bigint, id bigint, status text, "shipmentStatus" text, "locationId" bigint,
      "trackingCompany" text, "createdAt" timestamptz, "updatedAt" timestamptz)`,
} as const;

const CHILD_KINDS = ['lines', 'uses', 'transactions', 'refunds', 'refundLines', 'fulfilments'] as const;

async function insertChildren(tx: ShopTx, rows: Readonly<Record<keyof typeof CHILDREN, object[]>>): Promise<void> {
  for (const kind of CHILD_KINDS) {
    if (rows[kind].length > 0) await tx.$executeRawUnsafe(CHILDREN[kind], toJsonRows(rows[kind]));
  }
}

/** Pages through the orders of a shop in id order, as they are held; for verify and rebuild. */
export async function* eachHeldOrder(
  read: <T>(work: (tx: ShopTx) => Promise<T>) => Promise<T>,
  shopId: number,
  batch = 500,
): AsyncGenerator<[bigint, HeldOrder][]> {
  let after = -1n;
  for (;;) {
    const page = await read(async (tx) => {
      const ids = await tx.order.findMany({
        where: { shopId, id: { gt: after } },
        select: { id: true },
        orderBy: { id: 'asc' },
        take: batch,
      });
      const held = await loadHeldOrders(
        tx,
        shopId,
        ids.map((row) => row.id),
      );
      return ids.map((row): [bigint, HeldOrder] => [row.id, held.get(row.id) ?? EMPTY]);
    });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    after = last[0];
  }
}
