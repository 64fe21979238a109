import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { deltaOf } from './contribution.ts';
import { markDirty } from './dirty.store.server.ts';
import type { Contribution, OrderFacts } from './facts.ts';
import { EMPTY, mergeOrder, type HeldOrder, type OrderEvent } from './merge-order.ts';
import { heldContribution, loadHeldOrders, writeHeldOrders } from './order.store.server.ts';
import { addToRollups, refreshOrderDates } from './rollups.store.server.ts';

export type Applied = { applied: number; stale: number };

/**
 * Applies order events to the record and the difference to the rollups, in the caller's transaction.
 * The caller holds the shop's projection lock (see inbox.store), so nobody else changes these orders meanwhile.
 * @returns how many orders changed, and how many events brought nothing new.
 */
export async function applyOrderEvents(tx: ShopTx, shop: ShopRef, events: readonly OrderEvent[]): Promise<Applied> {
  const ids = [...new Set(events.map((event) => event.orderId))];
  const stored = await loadHeldOrders(tx, shop.id, ids);
  const after = new Map<bigint, HeldOrder>();
  let stale = 0;
  for (const event of events) {
    const before = after.get(event.orderId) ?? stored.get(event.orderId) ?? EMPTY;
    const merged = mergeOrder(before, event);
    if (merged === before) stale += 1;
    else after.set(event.orderId, merged);
  }
  if (after.size === 0) return { applied: 0, stale };

  const changes = [...after].map(([id, held]) => {
    const old = stored.get(id);
    return { id, held, before: heldContribution(old ?? EMPTY, shop), after: heldContribution(held, shop), old };
  });
  await writeHeldOrders(
    tx,
    { id: shop.id, calendar: shop },
    {
      replaced: changes.filter((change) => change.old !== undefined).map((change) => change.id),
      orders: new Map(changes.map((change) => [change.id, { held: change.held, contribution: change.after }])),
    },
  );
  await addToRollups(tx, shop.id, deltaOf(changes));
  const customers = new Set(changes.flatMap((change) => customersOf(change.before, change.after)));
  await refreshOrderDates(tx, shop.id, [...customers]);
  await markDirty(tx, shop.id, { feed: 'loyalty', ids: customers });
  await markDirty(tx, shop.id, { feed: 'forecast', ids: changes.flatMap((change) => variantsOf(change.before, change.after)) });
  const withCodes = changes.filter((change) => usesCode(change.held) || (change.old && usesCode(change.old)));
  await markDirty(tx, shop.id, { feed: 'campaigns', ids: withCodes.map((change) => change.id) });
  return { applied: after.size, stale };
}

const customersOf = (...contributions: Contribution[]): bigint[] =>
  contributions.flatMap((contribution) => (contribution.customerId === null ? [] : [contribution.customerId]));
const variantsOf = (...contributions: Contribution[]): bigint[] =>
  contributions.flatMap((contribution) => contribution.variants.map((row) => row.variantId));
const usesCode = (held: HeldOrder): boolean => held.order?.discountUses.some((use) => use.code !== null) ?? false;

/** Whole orders from a bulk export or a query; the same guard as for webhooks, so the newer one stays. */
export async function applyOrders(tx: ShopTx, shop: ShopRef, orders: readonly OrderFacts[]): Promise<Applied> {
  return applyOrderEvents(
    tx,
    shop,
    orders.map((facts) => ({ kind: 'version', orderId: facts.id, facts, triggeredAt: null })),
  );
}
