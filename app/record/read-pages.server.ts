import { addDays, dateToDay, dayOf, daysBetween, startOfDay, type Day } from '../core/calendar.ts';
import type { Cursor } from '../core/cursor.ts';
import { divideRounded } from '../core/money.ts';
import type { ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { backfillSteps, type BackfillStep } from './backfill.store.server.ts';
import { customerCount, newCustomerCount } from './customer-counts.store.server.ts';
import { personKeys } from './person.server.ts';
import {
  channelNames,
  customerDetails,
  customerRefunds,
  customerRows,
  customersOf,
  figuresBetween,
  firstDay,
  netByDay,
  orderDetails,
  orderRows,
  readFreshness,
  type CustomerQuery,
  type CustomerRow,
  type Figures,
  type Freshness,
  type OrderFilter,
  type OrderQuery,
  type OrderRow,
} from './record-read.store.server.ts';

/** So many days up to today, everything, or two days of the shop, both included. */
export type Period = '7' | '28' | '90' | '365' | 'all' | { readonly from: Day; readonly to: Day };

export type PeriodFigures = Figures & { average: bigint; newCustomers: number };

export type HomePage = {
  from: Day;
  to: Day;
  figures: PeriodFigures;
  /** The same number of days before; null where the record does not reach back that far, or not yet. */
  before: PeriodFigures | null;
  days: { day: Day; net: bigint; orders: number }[];
  customers: number;
  freshness: Freshness;
  backfill: BackfillStep[];
};

type Days = { from: Day; to: Day };

async function periodFigures(tx: ShopTx, { shop }: ShopScope, days: Days): Promise<PeriodFigures> {
  const figures = await figuresBetween(tx, shop.id, days);
  return {
    ...figures,
    average: figures.orders === 0 ? 0n : divideRounded(figures.gross - figures.discounts, BigInt(figures.orders)),
    newCustomers: await newCustomerCount(tx, shop.id, days),
  };
}

/** The days that a period means today. */
async function daysOf({ shop, clock }: ShopScope, period: Period, first: Day | null): Promise<Days> {
  if (typeof period === 'object') return period.from <= period.to ? period : { from: period.to, to: period.from };
  const to = dayOf(clock.now(), shop.timezone);
  if (period !== 'all') return { from: addDays(to, 1 - Number(period)), to };
  return { from: first ?? to, to };
}

/** Key figures, sales by day, and how fresh and complete the record is; from rollups only. */
export async function homePage(scope: ShopScope, period: Period): Promise<HomePage> {
  const shopId = scope.shop.id;
  return scope.db.forShop(shopId, async (tx) => {
    const earliest = await firstDay(tx, shopId);
    const first = earliest && dateToDay(earliest);
    const backfill = await backfillSteps(tx, shopId);
    const isComplete = backfill.every((step) => step.status === 'done');
    const { from, to } = await daysOf(scope, period, first);
    const length = daysBetween(from, to) + 1;
    const before = { from: addDays(from, -length), to: addDays(from, -1) };
    const rows = new Map((await netByDay(tx, shopId, { from, to })).map((row) => [dateToDay(row.day), row]));
    return {
      from,
      to,
      figures: await periodFigures(tx, scope, { from, to }),
      before: isComplete && first !== null && first <= before.from ? await periodFigures(tx, scope, before) : null,
      days: Array.from({ length }, (_, index) => {
        const day = addDays(from, index);
        const row = rows.get(day);
        return { day, net: row?.net ?? 0n, orders: row?.orders ?? 0 };
      }),
      customers: await customerCount(tx, shopId),
      freshness: await readFreshness(tx, shopId),
      backfill,
    };
  });
}

/** Sums between two days of the shop, both included. */
export async function salesFigures(scope: ShopScope, days: { from: Day; to: Day }): Promise<Figures> {
  return scope.db.forShop(scope.shop.id, (tx) => figuresBetween(tx, scope.shop.id, days));
}

export type Page<Row> = { rows: Row[]; before: Cursor | null; after: Cursor | null };

/** Cuts the row too many that tells whether there is more, and names the page's ends. */
function pageOf<Row>(
  rows: Row[],
  query: { limit: number; cursor: { way: 'after' | 'before' } | null },
  cursorOf: (row: Row) => Cursor,
): Page<Row> {
  const more = rows.length > query.limit;
  const up = query.cursor?.way === 'before';
  const shown = more ? (up ? rows.slice(1) : rows.slice(0, query.limit)) : rows;
  const [first, last] = [shown[0], shown.at(-1)];
  const hasBefore = up ? more : query.cursor !== null;
  const hasAfter = up ? true : more;
  return { rows: shown, before: first && hasBefore ? cursorOf(first) : null, after: last && hasAfter ? cursorOf(last) : null };
}

export async function listCustomers(scope: ShopScope, query: CustomerQuery): Promise<Page<CustomerRow>> {
  const rows = await scope.db.forShop(scope.shop.id, (tx) => customerRows(tx, personKeys(scope), { ...query, limit: query.limit + 1 }));
  const value = (row: CustomerRow): string | null =>
    query.sort === 'net' ? String(row.net) : query.sort === 'orders' ? String(row.orders) : (row.lastOrderAt?.toISOString() ?? null);
  return pageOf(rows, query, (row) => ({ value: value(row), id: String(row.id) }));
}

/** Customers of these ids whom the store has not deleted, ascending by id. */
export async function customersByIds(scope: ShopScope, ids: readonly bigint[]): Promise<CustomerRow[]> {
  return scope.db.forShop(scope.shop.id, (tx) => customersOf(tx, personKeys(scope), ids));
}

export async function listOrders(scope: ShopScope, query: OrderQuery): Promise<Page<OrderRow>> {
  const rows = await scope.db.forShop(scope.shop.id, (tx) => orderRows(tx, personKeys(scope), { ...query, limit: query.limit + 1 }));
  return pageOf(rows, query, (row) => ({ value: row.processedAt.toISOString(), id: String(row.id) }));
}

/** What a reader chose to see of the orders; days of the shop, both included. */
export type OrderChoice = { status: string | null; channel: string | null; from: Day | null; to: Day | null };

/** The filter that a choice means in the shop's time zone. */
export function orderFilter({ shop }: ShopScope, choice: OrderChoice): OrderFilter {
  const { status, channel, from, to } = choice;
  return {
    status,
    channel,
    since: from && startOfDay(from, shop.timezone),
    until: to && startOfDay(addDays(to, 1), shop.timezone),
  };
}

export async function listChannels(scope: ShopScope): Promise<string[]> {
  return scope.db.forShop(scope.shop.id, (tx) => channelNames(tx, scope.shop.id));
}

export type TimelineEntry = { kind: 'order' | 'refund'; at: Date; orderId: bigint; orderName: string; amount: bigint };

/** A customer with what happened, newest first (at most 50 orders and 50 returns); null when the record has none such. */
export async function customerPage(scope: ShopScope, id: bigint) {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const found = await customerDetails(tx, personKeys(scope), id);
    if (!found) return null;
    const orders = await orderRows(tx, personKeys(scope), { search: '', customerId: id, cursor: null, limit: 50 });
    const refunds = await customerRefunds(tx, scope.shop.id, { customerId: id, limit: 50 });
    const timeline: TimelineEntry[] = [
      ...orders.map((order): TimelineEntry => ({
        kind: 'order',
        at: order.processedAt,
        orderId: order.id,
        orderName: order.name,
        amount: order.total,
      })),
      ...refunds.map((refund): TimelineEntry => ({
        kind: 'refund',
        at: refund.createdAt,
        orderId: refund.orderId,
        orderName: refund.orderName,
        amount: refund.itemsReturned,
      })),
    ];
    return { ...found, timeline: timeline.toSorted((a, b) => b.at.getTime() - a.at.getTime()) };
  });
}

/** An order with its lines, discounts and returns; null when the record has none such. */
export async function orderPage(scope: ShopScope, id: bigint) {
  return scope.db.forShop(scope.shop.id, (tx) => orderDetails(tx, personKeys(scope), id));
}

const EXPORT_BATCH = 1_000;

/** Every customer of a list, page by page: memory holds one page, whatever the shop's size. */
export async function* allCustomers(
  scope: ShopScope,
  query: Pick<CustomerQuery, 'search' | 'tierId' | 'sort'>,
): AsyncGenerator<CustomerRow> {
  let cursor: CustomerQuery['cursor'] = null;
  for (;;) {
    const page: Page<CustomerRow> = await listCustomers(scope, { ...query, cursor, limit: EXPORT_BATCH });
    yield* page.rows;
    if (!page.after) return;
    cursor = { at: page.after, way: 'after' };
  }
}

export async function* allOrders(scope: ShopScope, query: Pick<OrderQuery, 'search' | 'customerId' | 'filter'>): AsyncGenerator<OrderRow> {
  let cursor: OrderQuery['cursor'] = null;
  for (;;) {
    const page: Page<OrderRow> = await listOrders(scope, { ...query, cursor, limit: EXPORT_BATCH });
    yield* page.rows;
    if (!page.after) return;
    cursor = { at: page.after, way: 'after' };
  }
}
