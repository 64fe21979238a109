import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import { shopsWithDirty } from '../record/index.server.ts';
import { listShops, shopById } from '../shopify/index.server.ts';
import { nightlyJob, refreshAllJob, refreshJob, sweepForecastsJob } from './job-definitions.ts';
import { isBehind, refreshAll, refreshDirty } from './refresh-forecasts.server.ts';
import { refreshIntervals } from './refresh-intervals.server.ts';

export const forecastReactions = [{ job: refreshJob }];
export const forecastSchedules = [
  { job: sweepForecastsJob, cron: '* * * * *' },
  // Every hour, since each shop's day begins at its own time.
  { job: nightlyJob, cron: '20 * * * *' },
];

export function forecastJobs({ platform }: { platform: Platform }): BoundJob[] {
  const withShop = async (id: number, work: (shop: ShopRef) => Promise<unknown>): Promise<void> => {
    const shop = await shopById(platform, id);
    if (shop) await work(shop);
  };
  return [
    bindJob(refreshJob, ({ shopId }) => withShop(shopId, (shop) => refreshDirty(platform, shop))),
    bindJob(refreshAllJob, ({ shopId }) =>
      withShop(shopId, async (shop) => {
        await refreshAll(platform, shop);
        await refreshIntervals(platform, shop);
      }),
    ),
    bindJob(nightlyJob, async () => {
      for (const shop of await listShops(platform)) {
        if (await isBehind(platform, shop)) await platform.queue.enqueue(refreshAllJob, { shopId: shop.id }, { key: String(shop.id) });
      }
    }),
    bindJob(sweepForecastsJob, async () => {
      for (const shopId of await shopsWithDirty(platform.db, 'forecast')) {
        await platform.queue.enqueue(refreshJob, { shopId }, { key: String(shopId) });
      }
    }),
  ];
}
