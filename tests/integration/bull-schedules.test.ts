import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { JobDefinition } from '../../app/core/job.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import { openBullQueue } from '../../app/platform/queue-bull.server.ts';
import { bindJob, type JobQueue } from '../../app/platform/queue.server.ts';
import { startRedis } from '../support/redis.ts';

let redis: Awaited<ReturnType<typeof startRedis>>;
let queue: JobQueue;
beforeAll(async () => {
  redis = await startRedis();
  queue = await openBullQueue({ url: redis.url, log: createLogger({ level: 'silent', service: 'test' }), schedulesMs: 200 });
});
afterAll(async () => {
  await queue?.close();
  await redis?.stop();
});

it('keeps the schedules through an emptied Redis', async () => {
  let runs = 0;
  const job: JobDefinition<Record<string, never>> = {
    name: 'test.every-second',
    schema: z.object({}).strict(),
    retries: 0,
    retrySeconds: 1,
    timeoutSeconds: 60,
    lane: 'fast',
  };
  await queue.work([bindJob(job, async () => void (runs += 1))], 1);
  await queue.schedule(job, '* * * * * *', {});
  await expect.poll(() => runs, { timeout: 30_000 }).toBeGreaterThan(0);
  const client = new Redis(redis.url);
  // Whatever was under way when Redis was emptied may still end; then only the schedule brings more.
  await client.flushall();
  const atThatTime = runs;
  await expect.poll(() => runs, { timeout: 30_000 }).toBeGreaterThan(atThatTime + 2);
  // Put back many times, it still stands there once.
  expect(await client.zcard('storebook:test.every-second:repeat')).toBe(1);
  await client.quit();
});
