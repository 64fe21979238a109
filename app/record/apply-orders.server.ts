import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { customersToReview, deltaOf, NOTHING } from './contribution.ts';
import { markDirty } from './dirty.store.server.ts';
import type { Contribution, OrderFacts } from './facts.ts';
import { EMPTY, mergeOrder, type HeldOrder, type OrderEvent } from './merge-order.ts';
import { orderRows } from './order-rows.ts';
import { heldContribution, loadHeldOrders, writeOrderRows } from './order.store.server.ts';
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
    return { id, held, old, before: old ? heldContribution(old, shop) : NOTHING, after: heldContribution(held, shop) };
  });
  await writeOrderRows(tx, shop.id, { rows: orderRows(changes, shop), replaced: [...stored.keys()].filter((id) => after.has(id)) });
  await addToRollups(tx, shop.id, deltaOf(changes));
  await refreshOrderDates(tx, shop.id, customersToReview(changes));
  const usingCodes = changes.filter(({ held, old }) => usesCode(held) || (old !== undefined && usesCode(old)));
  await markDirty(
    tx,
    shop.id,
    { feed: 'loyalty', ids: changes.flatMap(({ before, after: now }) => customersOf(before, now)) },
    { feed: 'forecast', ids: changes.flatMap(({ before, after: now }) => variantsOf(before, now)) },
    { feed: 'campaigns', ids: usingCodes.map((change) => change.id) },
  );
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
