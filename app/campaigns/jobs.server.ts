import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { shopsWithDirty, takeDirty } from '../record/index.server.ts';
import { shopById, type AdminClient } from '../shopify/index.server.ts';
import { recount, unfinished } from './campaigns.store.server.ts';
import { buildCampaign, createJob } from './create-campaign.server.ts';

const BATCH = 500;

/** Counts orders that used codes and changed. */
const countJob: JobDefinition<{ shopId: number }> = {
  name: 'campaigns.count',
  schema: z.object({ shopId: z.int().positive() }),
  retries: 3,
  retrySeconds: 10,
  timeoutSeconds: 600,
  lane: 'fast',
};
/** Goes on with campaigns that are not finished, and counts what waits, whatever became of their jobs. */
const sweepJob: JobDefinition<Record<string, never>> = {
  name: 'campaigns.sweep',
  schema: z.object({}).strict(),
  retries: 0,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'fast',
};

export const campaignReactions = [{ job: countJob }];
export const campaignSchedules = [{ job: sweepJob, cron: '* * * * *' }];

/** Counts the redemptions of orders that the record marked. @returns how many orders were looked at. */
export async function countRedemptions(platform: Platform, shop: ShopRef): Promise<number> {
  let count = 0;
  for (;;) {
    const taken = await platform.db.forShop(shop.id, async (tx) => {
      const orderIds = await takeDirty(tx, shop.id, { feed: 'campaigns', limit: BATCH });
      if (orderIds.length > 0) await recount(tx, shop.id, orderIds);
      return orderIds.length;
    });
    count += taken;
    if (taken < BATCH) return count;
  }
}

export function campaignJobs({ platform, client }: { platform: Platform; client: AdminClient }): BoundJob[] {
  return [
    bindJob(createJob, async ({ shopId, campaignId }) => {
      const shop = await shopById(platform, shopId);
      if (shop) await buildCampaign(platform, { client }, { shop, campaignId });
    }),
    bindJob(countJob, async ({ shopId }) => {
      const shop = await shopById(platform, shopId);
      if (shop) await countRedemptions(platform, shop);
    }),
    bindJob(sweepJob, async () => {
      for (const { shopId, id } of await unfinished(platform.db.prisma)) {
        await platform.queue.enqueue(createJob, { shopId, campaignId: id }, { key: `${shopId}/${id}` });
      }
      for (const shopId of await shopsWithDirty(platform.db.prisma, 'campaigns')) {
        await platform.queue.enqueue(countJob, { shopId }, { key: String(shopId) });
      }
    }),
  ];
}
