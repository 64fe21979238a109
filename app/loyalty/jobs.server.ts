import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { shopsWithDirty } from '../record/index.server.ts';
import { listShops, shopById, type AdminClient } from '../shopify/index.server.ts';
import {
  importPointsJob,
  lapseJob,
  nightlyPointsJob,
  pointsCohortsJob,
  pointsDueJob,
  reviewAllJob,
  reviewAllPointsJob,
  reviewJob,
  sweepPointsJob,
  sweepReviewsJob,
} from './job-definitions.ts';
import { shopsWithImports } from './points/import/imports.store.server.ts';
import { dropOldDrafts, runImports } from './points/import/run-import.server.ts';
import { estimateCohorts } from './points/liability/estimate.server.ts';
import { shopsWithPointsDue } from './points/points.store.server.ts';
import { reviewAllPoints, sweepPoints } from './points/review-points.server.ts';
import { rewardOutbox } from './points/rewards/reward-outbox.server.ts';
import { referralOutbox } from './referral/referral-outbox.server.ts';
import { judgeReferrals } from './referral/referral.server.ts';
import { reviewDirty, reviewPages } from './review-members.server.ts';
import { loyaltyMetafields } from './send-metafields.server.ts';
import { tierDiscountMessages } from './send-tier-discount.server.ts';

export const loyaltyOutbox = [loyaltyMetafields, tierDiscountMessages, ...rewardOutbox, ...referralOutbox];
export const loyaltyReactions = [{ job: reviewJob }];
export const loyaltySchedules = [
  { job: sweepReviewsJob, cron: '* * * * *' },
  // Every hour, since each shop's day ends at its own time.
  { job: lapseJob, cron: '7 * * * *' },
  // Every minute: a store's clock may be a moment ahead of ours, and what is due is found by an index.
  { job: pointsDueJob, cron: '* * * * *' },
  { job: nightlyPointsJob, cron: '53 3 * * *' },
];

export function loyaltyJobs({ platform }: { platform: Platform; client: AdminClient }): BoundJob[] {
  const withShop = async (id: number, work: (shop: ShopRef) => Promise<unknown>): Promise<void> => {
    const shop = await shopById(platform, id);
    if (shop) await work(shop);
  };
  return [
    bindJob(reviewJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        await reviewDirty(platform, shop);
        await judgeReferrals(platform, shop);
      }),
    ),
    bindJob(reviewAllJob, ({ shopId }) => withShop(shopId, (shop) => reviewPages(platform, shop, 'rules'))),
    bindJob(reviewAllPointsJob, ({ shopId }) => withShop(shopId, (shop) => reviewAllPoints(platform, shop))),
    bindJob(sweepPointsJob, ({ shopId }) => withShop(shopId, (shop) => sweepPoints(platform, shop))),
    bindJob(importPointsJob, ({ shopId }) => withShop(shopId, (shop) => runImports(platform, shop))),
    bindJob(pointsDueJob, async () => {
      for (const shopId of await shopsWithImports(platform.db))
        await platform.queue.enqueue(importPointsJob, { shopId }, { key: String(shopId) });
      for (const shopId of await shopsWithPointsDue(platform.db, platform.clock.now()))
        await platform.queue.enqueue(sweepPointsJob, { shopId }, { key: String(shopId) });
    }),
    bindJob(pointsCohortsJob, async ({ shopId }) => withShop(shopId, (shop) => estimateCohorts(platform, shop))),
    bindJob(nightlyPointsJob, async () => {
      for (const { id: shopId } of await listShops(platform))
        await platform.queue.enqueue(pointsCohortsJob, { shopId }, { key: String(shopId) });
    }),
    bindJob(lapseJob, async () => {
      for (const shop of await listShops(platform)) {
        await reviewPages(platform, shop, 'lapse');
        await judgeReferrals(platform, shop);
        await dropOldDrafts(platform, shop);
      }
    }),
    bindJob(sweepReviewsJob, async () => {
      for (const shopId of await shopsWithDirty(platform.db, 'loyalty')) {
        await platform.queue.enqueue(reviewJob, { shopId }, { key: String(shopId) });
      }
    }),
  ];
}
