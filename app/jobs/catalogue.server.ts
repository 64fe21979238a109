import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import { bindJob, type BoundJob } from '../platform/queue.server.ts';
import type { TopicCatalogue } from '../record/index.server.ts';
import { reconcileJob, recordJobs, sweepInboxJob } from '../record/jobs.server.ts';
import {
  listShops,
  sendOutbox,
  sendOutboxJob,
  shopById,
  shopsWithDueOutbox,
  type AdminClient,
  type OutboxHandler,
} from '../shopify/index.server.ts';

const nothing = z.object({}).strict();

/** Finds messages that wait, whatever became of their jobs. */
const sweepOutboxJob: JobDefinition<Record<string, never>> = {
  name: 'shopify.sweep-outbox',
  schema: nothing,
  retries: 0,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'fast',
};

export type RoomReaction = { readonly job: JobDefinition<{ shopId: number }> };

export type CatalogueDeps = {
  platform: Platform;
  client: AdminClient;
  topics: TopicCatalogue;
  outboxHandlers: readonly OutboxHandler[];
  /** Jobs that look at a shop after its record changed. */
  reactions: readonly RoomReaction[];
  roomJobs: readonly BoundJob[];
};

/** All jobs of the program, bound to what they do. */
export function jobCatalogue(deps: CatalogueDeps): BoundJob[] {
  const { platform, client } = deps;
  const shopOf = (id: number): Promise<ShopRef | null> => shopById(platform, id);
  return [
    ...recordJobs({
      platform,
      client,
      catalogue: deps.topics,
      shopById: shopOf,
      listShops: () => listShops(platform),
      changed: async (shop) => {
        for (const { job } of deps.reactions) await platform.queue.enqueue(job, { shopId: shop.id }, { key: String(shop.id) });
      },
    }),
    bindJob(sendOutboxJob, async ({ shopId }) => {
      const shop = await shopOf(shopId);
      if (shop) await sendOutbox(platform, { client, handlers: deps.outboxHandlers }, shop);
    }),
    bindJob(sweepOutboxJob, async () => {
      for (const shopId of await shopsWithDueOutbox(platform.db, platform.clock.now())) {
        await platform.queue.enqueue(sendOutboxJob, { shopId }, { key: String(shopId) });
      }
    }),
    ...deps.roomJobs,
  ];
}

export type Schedule = { job: JobDefinition<Record<string, never>>; cron: string };

/** What runs by the clock (UTC), once however many workers there are. */
export async function scheduleAll(platform: Platform, rooms: readonly Schedule[]): Promise<void> {
  const { queue } = platform;
  await queue.schedule(sweepInboxJob, '* * * * *', {});
  await queue.schedule(sweepOutboxJob, '* * * * *', {});
  await queue.schedule(reconcileJob, '*/15 * * * *', {});
  for (const { job, cron } of rooms) await queue.schedule(job, cron, {});
}
