import type { Platform } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { drainInbox, sealPlainCustomers, type TopicCatalogue } from '../record/index.server.ts';
import { listShopIds } from '../shopify/index.server.ts';
import { privacyJob, retentionJob, sweepPrivacyJob, sweepRetentionJob } from './job-definitions.ts';
import { keepRetention } from './keep-retention.server.ts';
import { redactCustomers, watchForgotten } from './redact-customers.server.ts';
import { redactShop } from './redact-shop.server.ts';
import { anyShopById, shopsWithPrivacyWork } from './requests.store.server.ts';

// No reaction to each drain: 30 days are allowed, so a look each minute is soon enough and costs the hot path nothing.
export const privacySchedules = [
  { job: sweepPrivacyJob, cron: '* * * * *' },
  { job: sweepRetentionJob, cron: '17 3 * * *' },
];

export function privacyJobs({ platform, topics }: { platform: Platform; topics: TopicCatalogue }): BoundJob[] {
  return [
    bindJob(privacyJob, async ({ shopId, watch }) => {
      const shop = await anyShopById(platform.db, shopId);
      if (shop) {
        // The record's own jobs leave a shop alone that has uninstalled; its privacy requests come after that.
        if (shop.uninstalledAt) await drainInbox(platform, topics, shop);
        await redactCustomers(platform, topics, shop);
        if (watch) await watchForgotten(platform, topics, shop);
      }
      await redactShop(platform, shopId);
      // Rows of before persons were sealed, or that somebody wrote by hand.
      await sealPlainCustomers(platform, shopId);
    }),
    bindJob(retentionJob, async ({ shopId }) => {
      const shop = await anyShopById(platform.db, shopId);
      if (!shop) return;
      const pruned = await keepRetention(platform, shop);
      platform.log.info({ shop: shopId, ...pruned }, 'retention kept');
    }),
    bindJob(sweepRetentionJob, async () => {
      for (const id of await listShopIds(platform)) await platform.queue.enqueue(retentionJob, { shopId: id }, { key: String(id) });
    }),
    bindJob(sweepPrivacyJob, async () => {
      for (const work of await shopsWithPrivacyWork(platform.db, platform.clock.now())) {
        await platform.queue.enqueue(privacyJob, work, { key: `${work.shopId}/${work.watch ? 'watch' : 'redact'}` });
      }
    }),
  ];
}
