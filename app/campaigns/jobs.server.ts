import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { shopsWithDirty } from '../record/index.server.ts';
import { shopById, type AdminClient } from '../shopify/index.server.ts';
import { countRedemptions } from './campaigns.server.ts';
import { shopsWithCreating } from './campaigns.store.server.ts';
import { continueCampaigns } from './create-codes.server.ts';
import { countJob, createJob, revokeJob, standingJob, standingSweepJob, sweepCampaignsJob } from './job-definitions.ts';
import { shopsWithRevoking } from './misuse/misuse.store.server.ts';
import { revokeAtStore } from './misuse/revoke.server.ts';
import { runStanding } from './standing/run-standing.server.ts';
import { shopsWithStanding } from './standing/standing.store.server.ts';

export const campaignReactions = [{ job: countJob }];
export const campaignSchedules = [
  { job: sweepCampaignsJob, cron: '* * * * *' },
  { job: standingSweepJob, cron: '7 * * * *' },
];

export function campaignJobs({ platform, client }: { platform: Platform; client: AdminClient }): BoundJob[] {
  const withShop = async (id: number, work: (shop: ShopRef) => Promise<unknown>): Promise<void> => {
    const shop = await shopById(platform, id);
    if (shop) await work(shop);
  };
  return [
    bindJob(createJob, ({ shopId }) => withShop(shopId, (shop) => continueCampaigns(platform, shop, { client }))),
    bindJob(countJob, ({ shopId }) => withShop(shopId, (shop) => countRedemptions(platform, shop))),
    bindJob(revokeJob, ({ shopId }) => withShop(shopId, (shop) => revokeAtStore(platform, shop, { client }))),
    bindJob(standingJob, ({ shopId }) => withShop(shopId, (shop) => runStanding(platform, shop))),
    bindJob(standingSweepJob, async () => {
      for (const shopId of await shopsWithStanding(platform.db))
        await platform.queue.enqueue(standingJob, { shopId }, { key: String(shopId) });
    }),
    bindJob(sweepCampaignsJob, async () => {
      for (const shopId of await shopsWithCreating(platform.db))
        await platform.queue.enqueue(createJob, { shopId }, { key: String(shopId) });
      for (const shopId of await shopsWithRevoking(platform.db))
        await platform.queue.enqueue(revokeJob, { shopId }, { key: String(shopId) });
      for (const shopId of await shopsWithDirty(platform.db, 'campaigns'))
        await platform.queue.enqueue(countJob, { shopId }, { key: String(shopId) });
    }),
  ];
}
