import type { ShopScope } from '../platform/context.server.ts';
import { listFailed, requeueFailed, type FailedEvent } from './inbox.store.server.ts';
import { drainInboxJob, reconcileJob } from './job-definitions.ts';
import { reconcileMarks, type ReconcileMark } from './reconcile.store.server.ts';

/** Deliveries that could not be applied, newest first, with the reason; at most 100. */
export async function listFailedEvents(scope: ShopScope): Promise<FailedEvent[]> {
  return scope.db.forShop(scope.shop.id, (tx) => listFailed(tx, scope.shop.id, 100));
}

/**
 * Puts failed deliveries back in line after a fix: one by its id, or all of the shop.
 * @returns how many will be tried again.
 */
export async function replayFailedEvents(scope: ShopScope, which: { id: bigint } | 'all'): Promise<number> {
  const count = await scope.db.forShop(scope.shop.id, (tx) => requeueFailed(tx, scope.shop.id, which === 'all' ? null : which.id));
  if (count > 0) await scope.queue.enqueue(drainInboxJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return count;
}

/** How far reconciliation has come, a row a kind; empty before its first run. */
export async function syncState(scope: ShopScope): Promise<ReconcileMark[]> {
  return scope.db.forShop(scope.shop.id, (tx) => reconcileMarks(tx, scope.shop.id));
}

/** Has the store asked now for what its events may have missed. */
export async function askForReconciliation(scope: ShopScope): Promise<void> {
  await scope.queue.enqueue(reconcileJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
}
