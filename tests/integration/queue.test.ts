import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JobDefinition } from '../../app/core/job.ts';
import { TerminalError } from '../../app/core/result.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import { openBullQueue } from '../../app/platform/queue-bull.server.ts';
import { openPgBossQueue } from '../../app/platform/queue-pg-boss.server.ts';
import { bindJob, type JobQueue } from '../../app/platform/queue.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { startRedis } from '../support/redis.ts';

const log = createLogger({ level: 'silent', service: 'test' });
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('what was waited for did not happen');
};
const definition = (name: string, extra: Partial<JobDefinition<{ n: number }>> = {}): JobDefinition<{ n: number }> => ({
  name: `test.${name}`,
  schema: z.object({ n: z.int() }),
  retries: 2,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'fast',
  ...extra,
});

let database: TestDatabase;
let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  [database, redis] = await Promise.all([testDatabase(), startRedis()]);
});
afterAll(async () => {
  await database.close();
  await redis.stop();
});

describe.each([
  ['pg-boss', () => openPgBossQueue({ url: database.url, log })],
  ['bull', () => openBullQueue({ url: redis.url, log })],
])('%s', (_engine, open) => {
  let queue: JobQueue;
  beforeAll(async () => {
    queue = await open();
  });
  afterAll(() => queue.close());

  it('runs each job once, with its payload', async () => {
    const job = definition('each-once');
    const seen: number[] = [];
    await queue.work([bindJob(job, async ({ n }) => void seen.push(n))], 3);
    await Promise.all(Array.from({ length: 20 }, (_, n) => queue.enqueue(job, { n })));
    await until(() => seen.length >= 20);
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('refuses a payload that does not fit, at the door', async () => {
    // @ts-expect-error a text is no number
    await expect(queue.enqueue(definition('strict'), { n: 'one' })).rejects.toThrow(z.ZodError);
  });

  it('tries again what failed, and not more often than it should', async () => {
    const job = definition('tries');
    const tries: number[] = [];
    await queue.work(
      [
        bindJob(job, async ({ n }) => {
          tries.push(n);
          throw new Error('fails each time');
        }),
      ],
      1,
    );
    await queue.enqueue(job, { n: 1 });
    await until(() => tries.length >= 3);
    // Long enough for a fourth try, if there were one.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(tries).toEqual([1, 1, 1]);
  });

  it('does not try again what is wrong for good', async () => {
    const [job, next] = [definition('terminal'), definition('after-terminal')];
    const tries: number[] = [];
    let later = false;
    await queue.work(
      [
        bindJob(job, async ({ n }) => {
          tries.push(n);
          throw new TerminalError('no use');
        }),
        bindJob(next, async () => {
          later = true;
        }),
      ],
      1,
    );
    await queue.enqueue(job, { n: 1 });
    await until(() => tries.length > 0);
    await queue.enqueue(next, { n: 1 }, { delaySeconds: 3 });
    await until(() => later);
    expect(tries).toEqual([1]);
  });

  it('lets one job of a key wait, also while another of it runs', async () => {
    const job = definition('keyed');
    for (let n = 0; n < 5; n += 1) await queue.enqueue(job, { n }, { key: 'shop-1' });
    await queue.enqueue(job, { n: 9 }, { key: 'shop-2' });
    const ran: number[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await queue.work(
      [
        bindJob(job, async ({ n }) => {
          ran.push(n);
          if (n === 0) await held;
        }),
      ],
      2,
    );
    await until(() => ran.includes(0) && ran.includes(9));
    await queue.enqueue(job, { n: 10 }, { key: 'shop-1' });
    release();
    await until(() => ran.includes(10));
    expect(ran.toSorted((a, b) => a - b)).toEqual([0, 9, 10]);
  });

  it('parses the payload again when it runs, since an older deploy may have queued it', async () => {
    const old: JobDefinition<{ n: number; extra?: string }> = {
      ...definition('changed'),
      schema: z.object({ n: z.int(), extra: z.string().optional() }),
    };
    const now = definition('changed', { schema: z.object({ n: z.int().min(5) }), retries: 0 });
    const seen: number[] = [];
    await queue.enqueue(old, { n: 1 });
    await queue.enqueue(old, { n: 7 });
    await queue.work([bindJob(now, async ({ n }) => void seen.push(n))], 1);
    await until(() => seen.length > 0);
    expect(seen).toEqual([7]);
  });
});
