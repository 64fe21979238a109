import { fixedClock } from '../../app/platform/clock.server.ts';
import type { Platform, ShopRef, ShopScope } from '../../app/platform/context.server.ts';
import { parseEnv, type Env } from '../../app/platform/env.server.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import type { JobDefinition, JobQueue } from '../../app/platform/queue.server.ts';
import type { TestDatabase } from './database.ts';

export type EnqueuedJob = { name: string; payload: unknown; key?: string; delaySeconds?: number; urgent?: boolean };

/** A queue that only remembers, for tests of what enqueues; the engines have a suite of their own. */
export function recordingQueue(): JobQueue & { readonly jobs: EnqueuedJob[] } {
  const jobs: EnqueuedJob[] = [];
  return {
    jobs,
    async enqueue<Payload>(definition: JobDefinition<Payload>, payload: Payload, options = {}) {
      const parsed = definition.schema.parse(payload);
      jobs.push({ name: definition.name, payload: parsed, ...options });
    },
    work: async () => undefined,
    schedule: async () => undefined,
    counts: async (names) =>
      Object.fromEntries(names.map((name) => [name, { waiting: jobs.filter((job) => job.name === name).length, active: 0, failed: 0 }])),
    board: { engine: 'pg-boss', look: async () => [], failures: async () => [], retry: async () => false },
    close: async () => undefined,
  };
}

export type TestPlatform = Omit<Platform, 'queue' | 'clock' | 'db'> & {
  readonly db: TestDatabase['db'];
  readonly queue: ReturnType<typeof recordingQueue>;
  readonly clock: ReturnType<typeof fixedClock>;
};

export function testPlatform(database: TestDatabase, options: { env?: Record<string, string>; now?: Date } = {}): TestPlatform {
  const env: Env = parseEnv({ NODE_ENV: 'test', DATABASE_URL: database.url, ...options.env });
  return {
    env,
    db: database.db,
    queue: recordingQueue(),
    clock: fixedClock(options.now ?? new Date('2026-11-20T12:00:00Z')),
    log: createLogger({ level: 'silent', service: 'test' }),
  };
}

export type TestScope = ShopScope & Pick<TestPlatform, 'db'>;

/** Puts a shop into the record and gives its scope. */
export async function testShop<P extends Platform & Pick<TestPlatform, 'db'>>(
  platform: P,
  shop: Partial<Omit<ShopRef, 'id'>> = {},
): Promise<P & ShopScope> {
  const row = await platform.db.prisma.shop.create({
    data: {
      domain: shop.domain ?? 'tiny-store.myshopify.com',
      name: 'Tiny store',
      currency: shop.currency ?? 'GBP',
      timezone: shop.timezone ?? 'Europe/London',
      installedAt: platform.clock.now(),
    },
  });
  return { ...platform, shop: { id: row.id, domain: row.domain, currency: row.currency, timezone: row.timezone } };
}
