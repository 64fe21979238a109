import type { Platform } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { listShops, shopById } from '../shopify/index.server.ts';
import { isAudienceBehind, refreshAudience } from './refresh-audience.server.ts';
import { nightlyAudienceJob, refreshAudienceJob, sweepAudienceJob } from './refresh-jobs.ts';
import { shopsWithoutScores } from './rfm.store.server.ts';

export const audienceSchedules = [
  { job: sweepAudienceJob, cron: '* * * * *' },
  // Every hour, since each shop's day begins at its own time.
  { job: nightlyAudienceJob, cron: '35 * * * *' },
];

export function audienceJobs({ platform }: { platform: Platform }): BoundJob[] {
  const ask = (shopId: number): Promise<void> => platform.queue.enqueue(refreshAudienceJob, { shopId }, { key: String(shopId) });
  return [
    bindJob(refreshAudienceJob, async ({ shopId }) => {
      const shop = await shopById(platform, shopId);
      if (shop) await refreshAudience(platform, shop);
    }),
    bindJob(nightlyAudienceJob, async () => {
      for (const shop of await listShops(platform)) if (await isAudienceBehind(platform, shop)) await ask(shop.id);
    }),
    bindJob(sweepAudienceJob, async () => {
      for (const shopId of await shopsWithoutScores(platform.db)) await ask(shopId);
    }),
  ];
}
