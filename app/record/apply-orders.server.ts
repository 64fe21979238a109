import { insertTogether } from '../platform/columns.server.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { customersToReview, deltaOf, NOTHING, type RollupDelta } from './contribution.ts';
import { INSERT_MARKS, marksOf, type Mark } from './dirty.store.server.ts';
import type { Contribution, OrderFacts } from './facts.ts';
import { EMPTY, mergeOrder, type HeldOrder, type OrderEvent } from './merge-order.ts';
import { orderRows, type OrderRows } from './order-rows.ts';
import { deleteChildren, heldContribution, INSERT_NEW_ORDERS, INSERT_ORDERS, knownOrders, loadHeldOrders } from './order.store.server.ts';
import { ADD_TO_ROLLUPS, refreshOrderDates } from './rollups.store.server.ts';

export type Applied = { applied: number; stale: number };

/** Order events with what they come to if the record knows nothing of their orders: worked out while the database was busy. */
export type PreparedOrders = {
  readonly events: readonly OrderEvent[];
  readonly asNew: (Applied & { readonly values: readonly Buffer[] }) | null;
};

/**
 * Prepares events whose orders are likely to be new. What it throws, applying them would throw as well.
 * @param options.unmarked leaves out the marks of customers and variants: for who marks them all at the end (markWhole).
 */
export function prepareNewOrders(shop: ShopRef, events: readonly OrderEvent[], options: { unmarked?: boolean } = {}): PreparedOrders {
  const { changes, stale } = changesOf(shop, events, new Map());
  const { marks, ...rows } = rowsOf(shop, changes);
  const kept = options.unmarked ? marks.filter(({ feed }) => feed === 'campaigns') : marks;
  return { events, asNew: { applied: changes.length, stale, values: WRITE_NEW.values({ ...rows, marks: kept }) } };
}

const A_MINUTE = 60_000;
/** Tells a first version from a later one by its times; a wrong guess costs some work and nothing else. */
const looksNew = (event: OrderEvent): boolean =>
  event.kind === 'version' && event.facts.updatedAt.getTime() - event.facts.createdAt.getTime() < A_MINUTE;

/** Prepares events as new orders' where they look like it; other events wait for what the record holds. */
export function prepareEvents(shop: ShopRef, events: readonly OrderEvent[]): PreparedOrders {
  return events.every(looksNew) ? prepareNewOrders(shop, events) : { events, asNew: null };
}

/** Applies order events to the record and the difference to the rollups; as applyPrepared. */
export function applyOrderEvents(tx: ShopTx, shop: ShopRef, events: readonly OrderEvent[]): Promise<Applied> {
  return applyPrepared(tx, shop, { events, asNew: null });
}

/**
 * Applies order events to the record and the difference to the rollups, in the caller's transaction.
 * The caller holds the shop's projection lock (see inbox.store), so nobody else changes these orders meanwhile.
 * @returns how many orders changed, and how many events brought nothing new.
 */
export async function applyPrepared(tx: ShopTx, shop: ShopRef, { events, asNew }: PreparedOrders): Promise<Applied> {
  const known = await knownOrders(tx, shop, [...new Set(events.map((event) => event.orderId))]);
  if (known.length === 0 && asNew) {
    await WRITE_NEW.run(tx.sql, shop.id, asNew.values);
    return { applied: asNew.applied, stale: asNew.stale };
  }
  const stored = await loadHeldOrders(tx, shop.id, known);
  const { changes, stale } = changesOf(shop, events, stored);
  if (changes.length === 0) return { applied: 0, stale };
  const replaced = changes.filter(({ old }) => old !== undefined).map(({ id }) => id);
  await deleteChildren(tx, shop.id, replaced);
  const write = replaced.length === 0 ? WRITE_NEW : WRITE;
  await write.run(tx.sql, shop.id, write.values(rowsOf(shop, changes)));
  await refreshOrderDates(tx, shop.id, customersToReview(changes));
  return { applied: changes.length, stale };
}

type OrderChange = {
  readonly id: bigint;
  readonly held: HeldOrder;
  readonly old: HeldOrder | undefined;
  readonly before: Contribution;
  readonly after: Contribution;
};

/** What the events make of the orders that are held. */
function changesOf(
  shop: ShopRef,
  events: readonly OrderEvent[],
  stored: ReadonlyMap<bigint, HeldOrder>,
): { changes: OrderChange[]; stale: number } {
  const after = new Map<bigint, HeldOrder>();
  let stale = 0;
  for (const event of events) {
    const before = after.get(event.orderId) ?? stored.get(event.orderId) ?? EMPTY;
    const merged = mergeOrder(before, event);
    if (merged === before) stale += 1;
    else after.set(event.orderId, merged);
  }
  const changes = [...after].map(([id, held]) => {
    const old = stored.get(id);
    return { id, held, old, before: old ? heldContribution(old, shop) : NOTHING, after: heldContribution(held, shop) };
  });
  return { changes, stale };
}

type Rows = OrderRows & RollupDelta & { marks: Mark[] };
const WRITE_NEW = insertTogether<Rows>('write-new-orders', { ...INSERT_NEW_ORDERS, ...ADD_TO_ROLLUPS, marks: INSERT_MARKS });
const WRITE = insertTogether<Rows>('write-orders', { ...INSERT_ORDERS, ...ADD_TO_ROLLUPS, marks: INSERT_MARKS });

/** Every row that the changes write: the orders, their differences for the rollups, and the marks for who reads them. */
function rowsOf(shop: ShopRef, changes: readonly OrderChange[]): Rows {
  const usingCodes = changes.filter(({ held, old }) => usesCode(held) || (old !== undefined && usesCode(old)));
  return {
    ...orderRows(changes, shop),
    ...deltaOf(changes),
    marks: marksOf(
      { feed: 'loyalty', ids: changes.flatMap(({ before, after }) => customersOf(before, after)) },
      { feed: 'forecast', ids: changes.flatMap(({ before, after }) => variantsOf(before, after)) },
      { feed: 'campaigns', ids: usingCodes.map((change) => change.id) },
    ),
  };
}

const customersOf = (...contributions: Contribution[]): bigint[] =>
  contributions.flatMap((contribution) => (contribution.customerId === null ? [] : [contribution.customerId]));
const variantsOf = (...contributions: Contribution[]): bigint[] =>
  contributions.flatMap((contribution) => contribution.variants.map((row) => row.variantId));
const usesCode = (held: HeldOrder): boolean => held.order?.discountUses.some((use) => use.code !== null) ?? false;

/** Whole orders from a bulk export or a query, as events: the same guard as for webhooks, so the newer one stays. */
export function versionsOf(orders: readonly OrderFacts[]): OrderEvent[] {
  return orders.map((facts) => ({ kind: 'version', orderId: facts.id, facts, triggeredAt: null }));
}

/** Whole orders, of which nothing was made ready; as applyPrepared. */
export function applyOrders(tx: ShopTx, shop: ShopRef, orders: readonly OrderFacts[]): Promise<Applied> {
  return applyOrderEvents(tx, shop, versionsOf(orders));
}
