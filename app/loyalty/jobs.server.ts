import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { shopsWithDirty } from '../record/index.server.ts';
import { shopById, type AdminClient } from '../shopify/index.server.ts';
import {
  lapseJob,
  lapseShopJob,
  pointsDueJob,
  reviewAllJob,
  reviewAllPointsJob,
  reviewJob,
  sweepPointsJob,
  sweepReviewsJob,
} from './job-definitions.ts';
import { shopsWithPointsDue } from './points/points.store.server.ts';
import { reviewAllPoints, sweepPoints } from './points/review-points.server.ts';
import { reviewDirty, reviewPages } from './review-members.server.ts';
import { loyaltyMetafields } from './send-metafields.server.ts';
import { tierFlows } from './tiers/send-flow.server.ts';
import { loyaltyTags } from './tiers/send-tags.server.ts';
import { shopsWithTiersDue } from './tiers/tiers.store.server.ts';

export const loyaltyOutbox = [loyaltyMetafields, loyaltyTags, tierFlows];
export const loyaltyReactions = [{ job: reviewJob }];
export const loyaltySchedules = [
  { job: sweepReviewsJob, cron: '* * * * *' },
  { job: lapseJob, cron: '* * * * *' },
  // Every minute: a store's clock may be a moment ahead of ours, and what is due is found by an index.
  { job: pointsDueJob, cron: '* * * * *' },
];

export function loyaltyJobs({ platform }: { platform: Platform; client: AdminClient }): BoundJob[] {
  const withShop = async (id: number, work: (shop: ShopRef) => Promise<unknown>): Promise<void> => {
    const shop = await shopById(platform, id);
    if (shop) await work(shop);
  };
  return [
    bindJob(reviewJob, ({ shopId }) => withShop(shopId, (shop) => reviewDirty(platform, shop))),
    bindJob(reviewAllJob, ({ shopId }) => withShop(shopId, (shop) => reviewPages(platform, shop, 'rules'))),
    bindJob(reviewAllPointsJob, ({ shopId }) => withShop(shopId, (shop) => reviewAllPoints(platform, shop))),
    bindJob(sweepPointsJob, ({ shopId }) => withShop(shopId, (shop) => sweepPoints(platform, shop))),
    bindJob(pointsDueJob, async () => {
      for (const shopId of await shopsWithPointsDue(platform.db, platform.clock.now()))
        await platform.queue.enqueue(sweepPointsJob, { shopId }, { key: String(shopId) });
    }),
    bindJob(lapseShopJob, ({ shopId }) => withShop(shopId, (shop) => reviewPages(platform, shop, 'lapse'))),
    bindJob(lapseJob, async () => {
      for (const shopId of await shopsWithTiersDue(platform.db, platform.clock.now()))
        await platform.queue.enqueue(lapseShopJob, { shopId }, { key: String(shopId) });
    }),
    bindJob(sweepReviewsJob, async () => {
      for (const shopId of await shopsWithDirty(platform.db, 'loyalty')) {
        await platform.queue.enqueue(reviewJob, { shopId }, { key: String(shopId) });
      }
    }),
  ];
}
