import type { Platform } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { listShopIds, shopById } from '../shopify/index.server.ts';
import { countAllSegments } from './saved-segments.server.ts';
import { markSegments } from './mark-segments.server.ts';
import { countAllSegmentsJob, countSegmentsJob, markSegmentsJob } from './segment-jobs.ts';

export const segmentSchedules = [{ job: countAllSegmentsJob, cron: '41 3 * * *' }];

export function segmentJobs({ platform }: { platform: Platform }): BoundJob[] {
  return [
    bindJob(countSegmentsJob, async ({ shopId }) => {
      const shop = await shopById(platform, shopId);
      if (shop) await countAllSegments({ ...platform, shop });
    }),
    bindJob(markSegmentsJob, async ({ shopId }) => {
      const shop = await shopById(platform, shopId);
      if (shop) await markSegments(platform, shop);
    }),
    bindJob(countAllSegmentsJob, async () => {
      for (const shopId of await listShopIds(platform)) {
        await platform.queue.enqueue(countSegmentsJob, { shopId }, { key: String(shopId) });
        await platform.queue.enqueue(markSegmentsJob, { shopId }, { key: String(shopId) });
      }
    }),
  ];
}
