import type { AdminClient } from '../shopify/index.server.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import { deleteMarks, moveMarks, type Feed } from './dirty.store.server.ts';
import { refetchCollections } from './refetch-collections.server.ts';
import { lookAtCustomers, lookAtOrders, NOTHING_LOOKED, plus, type Looked, type Run } from './reconcile-kinds.server.ts';
import { withReconcileLock } from './reconcile.store.server.ts';

const A_TURN = 100;

export type Refetched = { orders: Looked; customers: Looked; collections: Looked };

/**
 * Asks for what an event named without saying how it stands (an edited order, a customer whose tags changed). The marks
 * are put aside while the store is asked, so that one that comes meanwhile stands on its own, and go when the answer
 * has landed: killed or refused in between, the same are asked for again. The caller holds the shop's lock.
 */
export async function refetchMarked(run: Run): Promise<Refetched> {
  return {
    orders: await refetch(run, 'refetch', (ids) => lookAtOrders(run, { ids })),
    customers: await refetch(run, 'refetch-customers', (ids) => lookAtCustomers(run, { ids })),
    collections: await refetchCollections(run),
  };
}

async function refetch(run: Run, feed: Feed, look: (ids: bigint[]) => Promise<Looked>): Promise<Looked> {
  const { platform, shop } = run;
  const aside = `${feed}-asked`;
  let total = NOTHING_LOOKED;
  for (;;) {
    const ids = await platform.db.forShop(shop.id, (tx) => moveMarks(tx, shop.id, { from: feed, to: aside, limit: A_TURN }));
    if (ids.length === 0) return total;
    total = plus(total, await look(ids));
    await platform.db.forShop(shop.id, (tx) => deleteMarks(tx, shop.id, { feed: aside, ids }));
  }
}

/** As above, between the runs of reconciliation: an edit or a new tag is known within a minute or two. */
export async function refetchNow(platform: Platform, client: AdminClient, shop: ShopRef): Promise<Refetched | 'busy'> {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return withReconcileLock(platform.db, shop.id, () => refetchMarked({ platform, client, shop, pause }));
}
