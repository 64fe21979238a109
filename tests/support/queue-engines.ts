import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { z } from 'zod';
import type { JobDefinition } from '../../app/core/job.ts';
import { freePort, startEmbeddedPostgres } from '../../app/platform/embedded-postgres.server.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import { openBullQueue } from '../../app/platform/queue-bull.server.ts';
import { openPgBossQueue } from '../../app/platform/queue-pg-boss.server.ts';
import type { JobQueue } from '../../app/platform/queue.server.ts';
import { startRedis } from './redis.ts';

const log = createLogger({ level: 'silent', service: 'test' });

/** One engine on servers of its own: what a test of both needs to know. Lock and look times are short. */
export type TestEngine = {
  readonly name: 'pg-boss' | 'bull';
  /** Another instance on the same server, as another process would be. */
  open(): Promise<JobQueue>;
  address(): string;
  /** Ends the server and starts it again at the same address; Redis comes back empty. */
  restart(): Promise<void>;
  /** While `work` runs, what is asked of the engine is not answered. */
  freeze(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
};

/** A PostgreSQL of its own, since it is ended and started again. */
export async function pgBossEngine(): Promise<TestEngine> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-test-jobs-'));
  // The server may run as another user; it must be able to reach its own folder.
  fs.chmodSync(root, 0o755);
  const server = { folder: path.join(root, 'data'), port: await freePort(), durable: false };
  let postgres = await startEmbeddedPostgres(server);
  const url = await postgres.database('jobs');
  const opened: JobQueue[] = [];
  return {
    name: 'pg-boss',
    address: () => url,
    async open() {
      const queue = await openPgBossQueue({ url, log, stalledSeconds: 10, lookSeconds: 1 });
      opened.push(queue);
      return queue;
    },
    async restart() {
      await postgres.stop();
      postgres = await startEmbeddedPostgres(server);
    },
    async freeze(work) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('BEGIN');
      await client.query('LOCK TABLE pgboss.job, pgboss.queue');
      try {
        await work();
      } finally {
        await client.end();
      }
    },
    async close() {
      await Promise.all(opened.map((queue) => queue.close()));
      await postgres.stop();
      fs.rmSync(root, { recursive: true, force: true });
    },
  };
}

export async function bullEngine(): Promise<TestEngine & { flush(): Promise<void> }> {
  const redis = await startRedis();
  const opened: JobQueue[] = [];
  return {
    name: 'bull',
    address: () => redis.url,
    async open() {
      const queue = await openBullQueue({ url: redis.url, log, stalledMs: 1_000, schedulesMs: 500 });
      opened.push(queue);
      return queue;
    },
    restart: () => redis.restart(),
    freeze: (work) => redis.freeze(work),
    async flush() {
      const client = new Redis(redis.url);
      await client.flushall();
      await client.quit();
    },
    async close() {
      await Promise.all(opened.map((queue) => queue.close()));
      await redis.stop();
    },
  };
}

export const testJob = (name: string, extra: Partial<JobDefinition<{ n: number }>> = {}): JobDefinition<{ n: number }> => ({
  name: `test.${name}`,
  schema: z.object({ n: z.int() }),
  retries: 2,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'fast',
  ...extra,
});

/** Waits for what must come in the end; how long it may take is no figure of any test. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_600; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('what was waited for did not happen');
}
