import { audienceJobs, audienceOutbox, audienceSchedules, segmentJobs, segmentSchedules } from '../audience/jobs.server.ts';
import { campaignJobs, campaignOutbox, campaignReactions, campaignSchedules } from '../campaigns/jobs.server.ts';
import { deliveryJobs, deliveryOutbox, deliverySchedules } from '../delivery/jobs.server.ts';
import { loyaltyJobs, loyaltyOutbox, loyaltyReactions, loyaltySchedules } from '../loyalty/jobs.server.ts';
import { forecastJobs, forecastReactions, forecastSchedules } from '../forecast/jobs.server.ts';
import { jobCatalogue, scheduleAll } from '../jobs/catalogue.server.ts';
import { webhookCatalogue } from '../jobs/webhook-catalogue.server.ts';
import { privacyJobs, privacySchedules } from '../privacy/jobs.server.ts';
import { systemClock } from '../platform/clock.server.ts';
import type { Platform, ShopScope } from '../platform/context.server.ts';
import { openDb } from '../platform/db.server.ts';
import type { Env } from '../platform/env.server.ts';
import { createLogger } from '../platform/logger.server.ts';
import { createMetrics, type Metrics } from '../platform/metrics.server.ts';
import { openQueue } from '../platform/open-queue.server.ts';
import type { BoundJob } from '../platform/queue.server.ts';
import type { TopicCatalogue } from '../record/index.server.ts';
import { createAdminClient, shopByDomain, type AdminClient } from '../shopify/index.server.ts';

/** What one process is made of; composed once, passed on from here. */
export type Services = {
  readonly platform: Platform;
  readonly admin: AdminClient;
  readonly topics: TopicCatalogue;
  readonly metrics: Metrics;
  readonly jobs: readonly BoundJob[];
  /** The scope in which use cases work for a shop; null when the shop is not installed. */
  scopeOf(domain: string): Promise<(ShopScope & { readonly admin: AdminClient }) | null>;
  /** Starts the schedules; by the worker. */
  schedule(): Promise<void>;
  close(): Promise<void>;
};

export async function createServices(env: Env, service: string): Promise<Services> {
  const log = createLogger({ level: env.LOG_LEVEL, service });
  const db = openDb({ url: env.DATABASE_URL, poolSize: env.DATABASE_POOL, applicationName: `storebook-${service}` });
  const queue = await openQueue(env, log);
  const platform: Platform = { env, db, queue, clock: systemClock, log };
  const admin = createAdminClient(platform);
  const topics = webhookCatalogue();
  const rooms = { platform, client: admin };
  const jobs = jobCatalogue({
    platform,
    client: admin,
    topics,
    outboxHandlers: [...loyaltyOutbox, ...audienceOutbox, ...deliveryOutbox, ...campaignOutbox],
    reactions: [...loyaltyReactions, ...campaignReactions, ...forecastReactions],
    roomJobs: [
      ...loyaltyJobs(rooms),
      ...campaignJobs(rooms),
      ...forecastJobs(rooms),
      ...segmentJobs(rooms),
      ...audienceJobs(rooms),
      ...deliveryJobs(rooms),
      ...privacyJobs({ platform, topics }),
    ],
  });
  return {
    platform,
    admin,
    topics,
    metrics: createMetrics(),
    jobs,
    async scopeOf(domain) {
      const shop = await shopByDomain(platform, domain);
      return shop ? { ...platform, shop, admin } : null;
    },
    schedule: () =>
      scheduleAll(platform, [
        ...loyaltySchedules,
        ...campaignSchedules,
        ...forecastSchedules,
        ...segmentSchedules,
        ...audienceSchedules,
        ...deliverySchedules,
        ...privacySchedules,
      ]),
    async close() {
      await queue.close();
      await db.close();
    },
  };
}
