import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { backfillJob, runBackfill } from './backfill.server.ts';
import { shopsWithBackfill } from './backfill.store.server.ts';
import type { TopicCatalogue } from './drain-inbox.server.ts';
import { drainTurns } from './drain-turn.server.ts';
import { shopsWithPending } from './inbox.store.server.ts';
import { shopsWithDirty } from './dirty.store.server.ts';
import { drainInboxJob, moveDaysJob, reconcileJob, refetchJob, sweepInboxJob } from './job-definitions.ts';
import { reconcile } from './reconcile.server.ts';
import { refetchNow } from './refetch.server.ts';
import { AdminUnavailableError, shopsWithNextTimezone, type AdminClient } from '../shopify/index.server.ts';
import { moveDays } from './verify-record.server.ts';

export { drainInboxJob, reconcileJob, sweepInboxJob } from './job-definitions.ts';
export { backfillJob } from './backfill.server.ts';

export type RecordJobDeps = {
  platform: Platform;
  client: AdminClient;
  catalogue: TopicCatalogue;
  shopById: (id: number) => Promise<ShopRef | null>;
  listShops: () => Promise<ShopRef[]>;
  /** Tells the rooms that the record of a shop changed; what they must look at stands in dirty_entities. */
  changed: (shop: ShopRef) => Promise<void>;
};

/** Every process of the record that runs in the background. */
export function recordJobs(deps: RecordJobDeps): BoundJob[] {
  const { platform } = deps;
  const drainTurn = drainTurns(platform, deps.catalogue);
  const withShop = async (id: number, work: (shop: ShopRef) => Promise<void>): Promise<void> => {
    const shop = await deps.shopById(id);
    // A shop that has uninstalled meanwhile has nothing left to do.
    if (shop) await work(shop);
  };
  return [
    bindJob(drainInboxJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        const { applied, more } = await drainTurn(shop);
        // Behind those who came meanwhile.
        if (more) await platform.queue.enqueue(drainInboxJob, { shopId }, { key: String(shopId) });
        if (applied > 0) await deps.changed(shop);
      }),
    ),
    bindJob(sweepInboxJob, async () => {
      for (const shopId of await shopsWithPending(platform.db, platform.clock.now())) {
        await platform.queue.enqueue(drainInboxJob, { shopId }, { key: String(shopId) });
      }
      for (const shopId of await shopsWithBackfill(platform.db)) {
        await platform.queue.enqueue(backfillJob, { shopId }, { key: String(shopId) });
      }
      const named = new Set<number>();
      for (const feed of ['refetch', 'refetch-customers', 'refetch-collections', 'refetch-memberships'] as const)
        for (const shopId of await shopsWithDirty(platform.db, feed)) named.add(shopId);
      for (const shopId of named) await platform.queue.enqueue(refetchJob, { shopId }, { key: String(shopId) });
      for (const shopId of await shopsWithNextTimezone(platform.db)) {
        await platform.queue.enqueue(moveDaysJob, { shopId }, { key: String(shopId) });
      }
    }),
    bindJob(moveDaysJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        if (await moveDays(platform, shop)) await deps.changed(shop);
      }),
    ),
    bindJob(backfillJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        const { kind } = await runBackfill(platform, deps, shop);
        if (kind === 'done') await deps.changed(shop);
      }),
    ),
    bindJob(refetchJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        if ((await refetchNow(platform, deps.client, shop)) !== 'busy') await deps.changed(shop);
      }),
    ),
    bindJob(reconcileJob, async ({ shopId }) => {
      // One job a shop: a store that does not answer holds back no other.
      if (shopId === undefined) {
        for (const { id } of await deps.listShops()) await platform.queue.enqueue(reconcileJob, { shopId: id }, { key: String(id) });
        return;
      }
      await withShop(shopId, async (shop) => {
        const report = await reconcile(platform, deps, shop);
        if (report.kind === 'busy') return;
        if (report.mended > 0) await deps.changed(shop);
        const failed = report.kinds.filter((kind) => kind.error !== null).map((kind) => kind.kind);
        if (failed.length > 0) throw new AdminUnavailableError(`not reconciled: ${failed.join(', ')}`);
      });
    }),
  ];
}
