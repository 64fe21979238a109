import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import type { AdminClient } from '../shopify/index.server.ts';
import { backfillJob, runBackfill } from './backfill.server.ts';
import { shopsWithBackfill } from './backfill.store.server.ts';
import { drainInbox, type TopicCatalogue } from './drain-inbox.server.ts';
import { shopsWithPending } from './inbox.store.server.ts';
import { drainInboxJob, reconcileJob, sweepInboxJob } from './job-definitions.ts';
import { reconcile } from './reconcile.server.ts';

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
  const withShop = async (id: number, work: (shop: ShopRef) => Promise<void>): Promise<void> => {
    const shop = await deps.shopById(id);
    // A shop that has uninstalled meanwhile has nothing left to do.
    if (shop) await work(shop);
  };
  return [
    bindJob(drainInboxJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        const drained = await drainInbox(platform, deps.catalogue, shop);
        if (drained.applied > 0) await deps.changed(shop);
        // Who is at it may have read the inbox before these events came: look once more when it is done.
        if (drained.busy) await platform.queue.enqueue(drainInboxJob, { shopId }, { key: String(shopId), delaySeconds: 1 });
      }),
    ),
    bindJob(sweepInboxJob, async () => {
      for (const shopId of await shopsWithPending(platform.db, platform.clock.now())) {
        await platform.queue.enqueue(drainInboxJob, { shopId }, { key: String(shopId) });
      }
      for (const shopId of await shopsWithBackfill(platform.db)) {
        await platform.queue.enqueue(backfillJob, { shopId }, { key: String(shopId) });
      }
    }),
    bindJob(backfillJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        const { kind } = await runBackfill(platform, deps, shop);
        if (kind === 'done') await deps.changed(shop);
      }),
    ),
    bindJob(reconcileJob, async ({ shopId }) => {
      const shops = shopId === undefined ? await deps.listShops() : [await deps.shopById(shopId)];
      for (const shop of shops) {
        if (!shop) continue;
        const report = await reconcile(platform, deps, shop);
        if (report.mended > 0) await deps.changed(shop);
      }
    }),
  ];
}
