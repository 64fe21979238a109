import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { shopsWithDirty } from '../record/index.server.ts';
import { sendOutboxJob, shopById, type AdminClient } from '../shopify/index.server.ts';
import { countRedemptions } from './campaigns.server.ts';
import { shopsWithCreating } from './campaigns.store.server.ts';
import { continueCampaigns } from './create-codes.server.ts';
import { markOffers } from './hand-over/mark-offers.server.ts';
import { shopsWithOffers } from './hand-over/offer-marks.store.server.ts';
import { countJob, createJob, markOffersJob, revokeJob, standingJob, standingSweepJob, sweepCampaignsJob } from './job-definitions.ts';
import { shopsWithReplacements } from './misuse/replace.store.server.ts';
import { shopsWithRevoking } from './misuse/misuse.store.server.ts';
import { revokeAtStore } from './misuse/revoke.server.ts';
import { runStanding } from './standing/run-standing.server.ts';
import { shopsWithWaves } from './waves/waves.store.server.ts';
import { shopsWithStanding } from './standing/standing.store.server.ts';

export { campaignOutbox } from './hand-over/outbox.server.ts';
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
    bindJob(createJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        await continueCampaigns(platform, shop, { client });
        await platform.queue.enqueue(sendOutboxJob, { shopId }, { key: String(shopId) });
        await platform.queue.enqueue(markOffersJob, { shopId }, { key: String(shopId) });
      }),
    ),
    bindJob(countJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        if ((await countRedemptions(platform, shop)) > 0) await platform.queue.enqueue(markOffersJob, { shopId }, { key: String(shopId) });
      }),
    ),
    bindJob(markOffersJob, ({ shopId }) => withShop(shopId, (shop) => markOffers(platform, shop))),
    bindJob(revokeJob, ({ shopId }) => withShop(shopId, (shop) => revokeAtStore(platform, shop, { client }))),
    bindJob(standingJob, ({ shopId }) => withShop(shopId, (shop) => runStanding(platform, shop))),
    bindJob(standingSweepJob, async () => {
      for (const shopId of await shopsWithStanding(platform.db))
        await platform.queue.enqueue(standingJob, { shopId }, { key: String(shopId) });
    }),
    bindJob(sweepCampaignsJob, async () => {
      const begun = [
        ...(await shopsWithCreating(platform.db)),
        ...(await shopsWithWaves(platform.db, platform.clock.now())),
        ...(await shopsWithReplacements(platform.db)),
      ];
      for (const shopId of new Set(begun)) await platform.queue.enqueue(createJob, { shopId }, { key: String(shopId) });
      for (const shopId of await shopsWithRevoking(platform.db))
        await platform.queue.enqueue(revokeJob, { shopId }, { key: String(shopId) });
      for (const shopId of await shopsWithDirty(platform.db, 'campaigns'))
        await platform.queue.enqueue(countJob, { shopId }, { key: String(shopId) });
      const changed = [...(await shopsWithOffers(platform.db, platform.clock.now())), ...(await shopsWithDirty(platform.db, 'offers'))];
      for (const shopId of new Set(changed)) await platform.queue.enqueue(markOffersJob, { shopId }, { key: String(shopId) });
    }),
  ];
}
