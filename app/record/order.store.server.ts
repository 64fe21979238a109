import { columnsOf, idList, insertInto, selectList, type Column } from '../platform/columns.server.ts';
import type { ShopTx, Sql } from '../platform/db.server.ts';
import { contributionOf, NOTHING, type ContributionInput } from './contribution.ts';
import type { Contribution, DiscountUseFacts, RefundFacts, ShopCalendar } from './facts.ts';
import { EMPTY, type HeldOrder, type OrderVersion } from './merge-order.ts';
import type { FulfilmentRow, LineRow, OrderRow, RefundLineRow, RefundRow, TransactionRow, UseRow } from './order-rows.ts';

/** Rows for jsonb_to_recordset: bigint and dates as texts, which PostgreSQL reads back exactly. */
export function toJsonRows(rows: readonly object[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** The shape that decides an order's contribution. */
export function contributionInput(held: HeldOrder): ContributionInput | null {
  if (!held.order) return null;
  const { customerId, processedAt, cancelledAt, deletedAt, test, channel, locationId, taxesIncluded, shipping, tax, lines } = held.order;
  const { refunds, fulfilments } = held;
  return {
    customerId,
    processedAt,
    cancelledAt,
    deletedAt,
    test,
    channel,
    locationId,
    taxesIncluded,
    shipping,
    tax,
    lines,
    refunds,
    fulfilments,
  };
}

export function heldContribution(held: HeldOrder, calendar: ShopCalendar): Contribution {
  const input = contributionInput(held);
  return input ? contributionOf(input, calendar) : NOTHING;
}

// The columns of each table, once for writing and for reading back.
const VERSION = columnsOf<OrderRow>({
  id: 'bigint',
  name: 'text',
  customerId: 'bigint',
  createdAt: 'timestamptz',
  processedAt: 'timestamptz',
  updatedAt: 'timestamptz',
  triggeredAt: 'timestamptz',
  cancelledAt: 'timestamptz',
  cancelReason: 'text',
  closedAt: 'timestamptz',
  deletedAt: 'timestamptz',
  test: 'boolean',
  edited: 'boolean',
  channel: 'text',
  financialStatus: 'text',
  fulfilmentStatus: 'text',
  locationId: 'bigint',
  tags: 'text[]',
  currency: 'text',
  presentmentCurrency: 'text',
  taxesIncluded: 'boolean',
  presentmentTotal: 'bigint',
  total: 'bigint',
  shipping: 'bigint',
  tax: 'bigint',
});
const DERIVED = columnsOf<OrderRow>({
  day: 'date',
  gross: 'bigint',
  discounts: 'bigint',
  returned: 'bigint',
  cancelled: 'bigint',
  net: 'bigint',
  units: 'int',
});
const LINES = columnsOf<LineRow>({
  orderId: 'bigint',
  id: 'bigint',
  position: 'int',
  productId: 'bigint',
  variantId: 'bigint',
  title: 'text',
  variantTitle: 'text',
  sku: 'text',
  vendor: 'text',
  quantity: 'int',
  currentQuantity: 'int',
  unitPrice: 'bigint',
  presentmentUnitPrice: 'bigint',
  discount: 'bigint',
  tax: 'bigint',
  giftCard: 'boolean',
  requiresShipping: 'boolean',
});
const USES = columnsOf<UseRow>({
  orderId: 'bigint',
  position: 'int',
  code: 'text',
  kind: 'text',
  title: 'text',
  valueType: 'text',
  value: 'text',
  amount: 'bigint',
});
const TRANSACTIONS = columnsOf<TransactionRow>({
  orderId: 'bigint',
  id: 'bigint',
  parentId: 'bigint',
  kind: 'text',
  status: 'text',
  gateway: 'text',
  amount: 'bigint',
  currency: 'text',
  processedAt: 'timestamptz',
  card: 'text',
});
const REFUND = columnsOf<RefundRow>({
  orderId: 'bigint',
  id: 'bigint',
  createdAt: 'timestamptz',
  note: 'text',
  amount: 'bigint',
  adjustment: 'bigint',
});
const REFUND_DERIVED = columnsOf<RefundRow>({ day: 'date', itemsReturned: 'bigint', taxReturned: 'bigint' });
const REFUND_LINES = columnsOf<RefundLineRow>({
  orderId: 'bigint',
  refundId: 'bigint',
  id: 'bigint',
  lineId: 'bigint',
  quantity: 'int',
  restockType: 'text',
  locationId: 'bigint',
  subtotal: 'bigint',
  tax: 'bigint',
});
const FULFILMENTS = columnsOf<FulfilmentRow>({
  orderId: 'bigint',
  id: 'bigint',
  status: 'text',
  shipmentStatus: 'text',
  locationId: 'bigint',
  trackingCompany: 'text',
  createdAt: 'timestamptz',
  updatedAt: 'timestamptz',
});

const updates = [...VERSION, ...DERIVED].filter(({ key }) => key !== 'id').map(({ name }) => `${name} = excluded.${name}`);

const CHILDREN = {
  lines: insertInto('order_lines', LINES),
  uses: insertInto('discount_uses', USES),
  transactions: insertInto('order_transactions', TRANSACTIONS),
  refunds: insertInto('refunds', [...REFUND, ...REFUND_DERIVED]),
  refundLines: insertInto('refund_lines', REFUND_LINES),
  fulfilments: insertInto('fulfilments', FULFILMENTS),
};
/** Write orders of which nothing is held, and all that hangs on them. */
export const INSERT_NEW_ORDERS = { orders: insertInto('orders', [...VERSION, ...DERIVED]), ...CHILDREN };
/** Write orders in place of what was held; the children that stood there are to be gone (`deleteChildren`). */
export const INSERT_ORDERS = {
  orders: insertInto('orders', [...VERSION, ...DERIVED], `ON CONFLICT (shop_id, id) DO UPDATE SET ${updates.join(', ')}`),
  ...CHILDREN,
};

const CHILD_TABLES = ['order_lines', 'discount_uses', 'order_transactions', 'refunds', 'refund_lines', 'fulfilments'];
const DELETE_CHILDREN = {
  name: 'delete-children',
  text: `WITH ${CHILD_TABLES.map((table, at) => `d${at} AS (DELETE FROM ${table} WHERE shop_id = $1 AND order_id = ANY($2::bigint[]))`).join(', ')} SELECT 1`,
};

/** Takes away all that hangs on these orders. */
export async function deleteChildren(tx: ShopTx, shopId: number, ids: readonly bigint[]): Promise<void> {
  if (ids.length > 0) await tx.sql.run(DELETE_CHILDREN, [shopId, idList(ids)]);
}

const knownIn = (table: string, key: string): string => `SELECT w.id FROM wanted w JOIN ${table} t ON t.shop_id = $1 AND t.${key} = w.id`;
const KNOWN = {
  name: 'known-orders',
  text: `WITH wanted AS MATERIALIZED (SELECT unnest($2::bigint[]) AS id)
    ${knownIn('orders', 'id')} UNION ${knownIn('refunds', 'order_id')} UNION ${knownIn('fulfilments', 'order_id')}
    UNION ${knownIn('order_transactions', 'order_id')}
    UNION ALL SELECT NULL FROM shops WHERE id = $1 AND timezone <> $3`,
};

/**
 * The record's days have been moved to another time zone since the shop was read: what was worked out for it goes to
 * wrong days. Nothing is wrong with the orders; who reads the shop anew and tries again will succeed.
 */
export class DaysMovedError extends Error {
  override readonly name = 'DaysMovedError';
}

/**
 * Which of these orders the record knows anything of; the rest needs no reading and no deleting. Asked by every writer
 * of orders under the shop's projection lock, and so the place where it is seen that the days are still the same.
 * @throws DaysMovedError
 */
export async function knownOrders(tx: ShopTx, shop: { id: number; timezone: string }, ids: readonly bigint[]): Promise<bigint[]> {
  if (ids.length === 0) return [];
  const rows = await tx.sql.rows<{ id: bigint | null }>(KNOWN, [shop.id, idList(ids), shop.timezone]);
  return rows.map(({ id }) => {
    if (id === null) throw new DaysMovedError('the shop’s days have been moved to another time zone');
    return id;
  });
}

/** Reads the children of some orders back, by order. */
function reader<Row extends { orderId: bigint }>(table: string, columns: readonly Column<Row>[], order: string) {
  const statement = {
    name: `of-orders-${table}`,
    text: `SELECT ${selectList(columns)} FROM ${table} WHERE shop_id = $1 AND order_id = ANY($2::bigint[]) ORDER BY ${order}`,
  };
  return async (sql: Sql, shopId: number, ids: string): Promise<Map<bigint, Row[]>> =>
    Map.groupBy(await sql.rows<Row>(statement, [shopId, ids]), (row) => row.orderId);
}

const READ = {
  lines: reader('order_lines', LINES, 'position'),
  uses: reader('discount_uses', USES, 'position'),
  transactions: reader('order_transactions', TRANSACTIONS, 'id'),
  refunds: reader('refunds', REFUND, 'id'),
  refundLines: reader('refund_lines', REFUND_LINES, 'id'),
  fulfilments: reader('fulfilments', FULFILMENTS, 'id'),
};
const READ_ORDERS = {
  name: 'held-orders',
  text: `SELECT ${selectList(VERSION)} FROM orders WHERE shop_id = $1 AND id = ANY($2::bigint[])`,
};

const DISCOUNT_KINDS: ReadonlySet<string> = new Set(['code', 'automatic', 'manual', 'script']);
const isDiscountKind = (kind: string): kind is DiscountUseFacts['kind'] => DISCOUNT_KINDS.has(kind);

/** Orders of which something is held, as they are held, children included. */
export async function loadHeldOrders(tx: ShopTx, shopId: number, known: readonly bigint[]): Promise<Map<bigint, HeldOrder>> {
  const { sql } = tx;
  if (known.length === 0) return new Map();
  const list = idList(known);
  const orders = await sql.rows<Omit<OrderVersion, 'lines' | 'discountUses'>>(READ_ORDERS, [shopId, list]);
  const lines = await READ.lines(sql, shopId, list);
  const uses = await READ.uses(sql, shopId, list);
  const transactions = await READ.transactions(sql, shopId, list);
  const refunds = await READ.refunds(sql, shopId, list);
  const refundLines = await READ.refundLines(sql, shopId, list);
  const fulfilments = await READ.fulfilments(sql, shopId, list);

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

/** What is worked out of an order and not told by the store: the columns of its own row and of its refunds' rows. */
export const DERIVED_COLUMNS = {
  orders: { keys: columnsOf<OrderRow>({ id: 'bigint' }), values: DERIVED },
  refunds: { keys: columnsOf<RefundRow>({ orderId: 'bigint', id: 'bigint' }), values: REFUND_DERIVED },
};

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
