import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JobDefinition } from '../../app/core/job.ts';
import { TerminalError } from '../../app/core/result.ts';
import { bindJob, type JobQueue } from '../../app/platform/queue.server.ts';
import { bullEngine, pgBossEngine, testJob as definition, until, type TestEngine } from '../support/queue-engines.ts';

/** What both engines promise; what they stand (kills, restarts, schedules) is in queue-faults.test.ts. */
describe.each([
  ['pg-boss', pgBossEngine],
  ['bull', bullEngine],
])('%s', (_name, start) => {
  let engine: TestEngine;
  let queue: JobQueue;
  beforeAll(async () => {
    engine = await start();
    queue = await engine.open();
  });
  afterAll(() => engine.close());

  it('runs each job once, with its payload', async () => {
    const job = definition('each-once');
    const seen: number[] = [];
    await queue.work([bindJob(job, async ({ n }) => void seen.push(n))], 3);
    await Promise.all(Array.from({ length: 20 }, (_, n) => queue.enqueue(job, { n })));
    await until(() => seen.length >= 20);
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('shares the jobs between workers, each job to one', async () => {
    const job = definition('shared');
    const other = await engine.open();
    const [here, there]: number[][] = [[], []];
    const slowly = (seen: number[] = []) =>
      bindJob(job, async ({ n }) => {
        seen.push(n);
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
    await queue.work([slowly(here)], 1);
    await other.work([slowly(there)], 1);
    await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? queue : other).enqueue(job, { n })));
    await until(() => (here?.length ?? 0) + (there?.length ?? 0) >= 30);
    expect([...(here ?? []), ...(there ?? [])].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect([here?.length, there?.length]).not.toContain(0);
  });

  it('refuses a payload that does not fit, at the door', async () => {
    // @ts-expect-error a text is no number
    await expect(queue.enqueue(definition('strict'), { n: 'one' })).rejects.toThrow(z.ZodError);
  });

  it('tries again what failed after a growing pause, and not more often than it should', async () => {
    const job = definition('tries');
    const at: number[] = [];
    const fails = bindJob(job, async () => {
      at.push(Date.now());
      throw new Error('someone@example.com is not to be kept');
    });
    await queue.work([fails], 1);
    await queue.enqueue(job, { n: 1 });
    await until(async () => (await queue.board.look([job.name]))[0]?.failed === 1);
    expect(at).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = at;
    // Lower bounds only: a busy machine makes pauses longer, never shorter.
    expect(second - first).toBeGreaterThanOrEqual(900);
    expect(third - second).toBeGreaterThanOrEqual(1_900);
    const [failure] = await queue.board.failures([job.name], 10);
    expect(failure).toMatchObject({ job: job.name, reason: 'Error', tries: 3 });
  });

  it('does not try again what is wrong for good', async () => {
    const job = definition('terminal');
    let tries = 0;
    const refuses = bindJob(job, async () => {
      tries += 1;
      throw new TerminalError('no use');
    });
    await queue.work([refuses], 1);
    await queue.enqueue(job, { n: 1 });
    // Failed for good, so none waits to be tried again.
    await until(async () => (await queue.board.look([job.name]))[0]?.failed === 1);
    expect(await queue.board.look([job.name])).toMatchObject([{ waiting: 0, active: 0, failed: 1 }]);
    expect(tries).toBe(1);
  });

  it('gives up a handler that takes too long, and tries again', async () => {
    const job = definition('too-long', { timeoutSeconds: 1, retries: 1 });
    let tries = 0;
    const never = bindJob(job, async () => {
      tries += 1;
      await new Promise(() => undefined);
    });
    await queue.work([never], 1);
    await queue.enqueue(job, { n: 1 });
    await until(async () => (await queue.board.look([job.name]))[0]?.failed === 1);
    expect(tries).toBe(2);
    expect(await queue.board.failures([job.name], 1)).toMatchObject([{ reason: 'JobTimeoutError' }]);
  });

  it('holds back what is to come later', async () => {
    const job = definition('later');
    let ran = 0;
    await queue.work([bindJob(job, async () => void (ran = Date.now()))], 1);
    const asked = Date.now();
    await queue.enqueue(job, { n: 1 }, { delaySeconds: 2 });
    expect(await queue.board.look([job.name])).toMatchObject([{ waiting: 1, oldestWaitingSeconds: null }]);
    await until(() => ran > 0);
    expect(ran - asked).toBeGreaterThanOrEqual(1_900);
  });

  it('lets what is urgent go ahead, and the rest in turn', async () => {
    const job = definition('urgent');
    for (const n of [1, 2, 3]) await queue.enqueue(job, { n });
    for (const n of [10, 11]) await queue.enqueue(job, { n }, { urgent: true });
    const ran: number[] = [];
    await queue.work([bindJob(job, async ({ n }) => void ran.push(n))], 1);
    await until(() => ran.length === 5);
    expect(ran).toEqual([10, 11, 1, 2, 3]);
  });

  it('takes the next job of a kind while a long one runs', async () => {
    const job = definition('beside-a-long-one');
    const ran: number[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work = bindJob(job, async ({ n }) => {
      if (n === 0) await held;
      ran.push(n);
    });
    await Promise.all([0, 1, 2, 3].map((n) => queue.enqueue(job, { n })));
    await queue.work([work], 2);
    for (let n = 4; n < 10; n += 1) await queue.enqueue(job, { n });
    await until(() => ran.length === 9);
    release();
    await until(() => ran.length === 10);
    expect(ran.at(-1)).toBe(0);
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
    const work = bindJob(job, async ({ n }) => {
      ran.push(n);
      if (n === 0) await held;
    });
    await queue.work([work], 2);
    await until(() => ran.includes(0) && ran.includes(9));
    await queue.enqueue(job, { n: 10 }, { key: 'shop-1' });
    await queue.enqueue(job, { n: 11 }, { key: 'shop-1' });
    release();
    await until(() => ran.includes(10) || ran.includes(11));
    // The second of the two may have come when the first had already begun: it then ran too, never instead.
    await until(async () => (await queue.board.look([job.name]))[0]?.waiting === 0);
    expect(ran.filter((n) => n < 10).toSorted((a, b) => a - b)).toEqual([0, 9]);
    expect(ran).toContain(10);
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

  it('shows operators what waits, runs and failed, and puts a failed job back in line', async () => {
    const job = definition('board', { retries: 0 });
    const unused = definition('never-used');
    const empty = { waiting: 0, active: 0, failed: 0, oldestWaitingSeconds: null };
    expect(await queue.board.look([unused.name])).toEqual([{ job: unused.name, ...empty }]);
    for (const n of [1, 2, 3]) await queue.enqueue(job, { n });
    expect(await queue.board.look([job.name])).toMatchObject([{ waiting: 3, active: 0, failed: 0 }]);
    expect((await queue.board.look([job.name]))[0]?.oldestWaitingSeconds).toBeGreaterThanOrEqual(0);
    const works = { well: false };
    const ran: number[] = [];
    const handler = bindJob(job, async ({ n }) => {
      if (!works.well) throw new TypeError('not now');
      ran.push(n);
    });
    await queue.work([handler], 1);
    await until(async () => (await queue.board.look([job.name]))[0]?.failed === 3);
    const failures = await queue.board.failures([job.name, unused.name], 2);
    expect(failures.map(({ job: name, reason, tries }) => [name, reason, tries])).toEqual([
      [job.name, 'TypeError', 1],
      [job.name, 'TypeError', 1],
    ]);
    works.well = true;
    expect(await queue.board.retry(job.name, failures[0]?.id ?? '')).toBe(true);
    await until(() => ran.length === 1);
    await until(async () => (await queue.board.look([job.name]))[0]?.active === 0);
    expect(await queue.board.look([job.name])).toMatchObject([{ waiting: 0, failed: 2 }]);
    // What did not fail, what is no id and what is of another kind is left alone.
    expect(await queue.board.retry(job.name, failures[0]?.id ?? '')).toBe(false);
    expect(await queue.board.retry(job.name, "' OR 1=1 --")).toBe(false);
    expect(await queue.board.retry(unused.name, failures[1]?.id ?? '')).toBe(false);
  });
});
