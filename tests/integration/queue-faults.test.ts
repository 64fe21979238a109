import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindJob, QueueUnavailableError, type JobQueue } from '../../app/platform/queue.server.ts';
import { bullEngine, pgBossEngine, testJob as definition, until, type TestEngine } from '../support/queue-engines.ts';

/** What both engines stand: workers killed, servers ended and emptied, several processes with one schedule. */
describe.each([
  ['pg-boss', pgBossEngine],
  ['bull', bullEngine],
])('%s', (name, start) => {
  let engine: TestEngine;
  let queue: JobQueue;
  beforeAll(async () => {
    engine = await start();
    queue = await engine.open();
  });
  afterAll(() => engine.close());

  // pg-boss looks at cron by the minute; Bull takes seconds. With either several instances keep the same schedule.
  const cron = name === 'bull' ? '*/2 * * * * *' : '* * * * *';
  const periodMs = name === 'bull' ? 2_000 : 60_000;

  it('runs a schedule once a tick, however many workers keep it', async () => {
    const job = definition('ticks');
    const others = [await engine.open(), await engine.open()];
    let ran = 0;
    const work = bindJob(job, async () => void (ran += 1));
    const tickOf = (): number => Math.floor(Date.now() / periodMs);
    const first = tickOf();
    for (const each of [queue, ...others]) {
      await each.work([work], 1);
      await each.schedule(job, cron, { n: 1 });
      await each.schedule(job, cron, { n: 1 });
    }
    const wanted = name === 'bull' ? 4 : 1;
    await until(() => ran >= wanted);
    // Time for a second job of the last tick, if there were one.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    // pg-boss also runs the tick that fell in the minute before it was asked.
    expect(ran).toBeLessThanOrEqual(tickOf() - first + (name === 'bull' ? 0 : 1));
  });

  it('gives the job of a worker that was killed to another', async () => {
    const job = definition('orphan', { timeoutSeconds: 600 });
    await queue.enqueue(job, { n: 7 });
    const child = spawn(process.execPath, ['--no-warnings', 'tests/support/queue-worker.ts', name, engine.address(), job.name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      expect(await queue.board.look([job.name])).toMatchObject([{ waiting: 0, active: 1 }]);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    const ran: number[] = [];
    await queue.work([bindJob(job, async ({ n }) => void ran.push(n))], 1);
    await until(() => ran.length > 0);
    await until(async () => (await queue.board.look([job.name]))[0]?.active === 0);
    expect(ran).toEqual([7]);
  });

  it('waits for what runs when it is closed, and starts nothing more', async () => {
    const job = definition('closing');
    const closing = await engine.open();
    const steps: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work = bindJob(job, async ({ n }) => {
      steps.push(`begins ${n}`);
      await held;
      steps.push(`ends ${n}`);
    });
    await closing.work([work], 1);
    await queue.enqueue(job, { n: 1 });
    await until(() => steps.length === 1);
    await queue.enqueue(job, { n: 2 });
    const closed = closing.close().then(() => void steps.push('closed'));
    setTimeout(release, 300);
    await closed;
    expect(steps).toEqual(['begins 1', 'ends 1', 'closed']);
    expect(await queue.board.look([job.name])).toMatchObject([{ waiting: 1, active: 0, failed: 0 }]);
  });

  it('goes on after its server was ended and started again', async () => {
    const job = definition('restarted');
    const ran: number[] = [];
    await queue.work([bindJob(job, async ({ n }) => void ran.push(n))], 1);
    await queue.enqueue(job, { n: 1 });
    await until(() => ran.includes(1));
    await engine.restart();
    const other = await engine.open();
    await until(() =>
      other.enqueue(job, { n: 2 }).then(
        () => true,
        () => false,
      ),
    );
    await until(() => ran.includes(2));
    await until(() =>
      queue.enqueue(job, { n: 3 }).then(
        () => true,
        () => false,
      ),
    );
    await until(() => ran.includes(3));
    // An enqueue that gave up waiting may still have landed, so one may have run twice.
    expect([...new Set(ran)]).toEqual([1, 2, 3]);
  });

  it('says so in time when its server does not answer', async () => {
    const gone = await start();
    const alone = await gone.open();
    const job = definition('unanswered');
    await alone.enqueue(job, { n: 1 });
    await gone.freeze(async () => {
      await expect(alone.enqueue(job, { n: 2 })).rejects.toThrow(QueueUnavailableError);
      await expect(alone.counts([job.name])).rejects.toThrow(QueueUnavailableError);
      await expect(alone.board.look([job.name])).rejects.toThrow(QueueUnavailableError);
    });
    await alone.enqueue(job, { n: 3 });
    await gone.close();
  });
});

it('Bull: an emptied Redis has its schedules again, and takes new jobs', async () => {
  const engine = await bullEngine();
  try {
    const queue = await engine.open();
    const [tick, job] = [definition('tick'), definition('after')];
    let ticks = 0;
    const ran: number[] = [];
    await queue.work([bindJob(tick, async () => void (ticks += 1)), bindJob(job, async ({ n }) => void ran.push(n))], 1);
    await queue.schedule(tick, '* * * * * *', { n: 1 });
    await until(() => ticks > 0);
    await queue.enqueue(job, { n: 1 }, { delaySeconds: 60 });
    await engine.flush();
    expect(await queue.board.look([job.name])).toMatchObject([{ waiting: 0 }]);
    const before = ticks;
    await until(() => ticks > before + 1);
    await queue.enqueue(job, { n: 2 });
    await until(() => ran.includes(2));
    // The same after a restart, which forgets the scripts and subscriptions too.
    await engine.restart();
    const then = ticks;
    await until(() => ticks > then + 1);
    expect(ran).toEqual([2]);
  } finally {
    await engine.close();
  }
});

it('Bull: a schedule whose time was changed runs by the new one alone', async () => {
  const engine = await bullEngine();
  try {
    const [old, now] = [await engine.open(), await engine.open()];
    const job = definition('moved');
    let ran = 0;
    await old.schedule(job, '* * * * * *', { n: 1 });
    await old.close();
    await now.schedule(job, '0 0 1 1 *', { n: 1 });
    await now.work([bindJob(job, async () => void (ran += 1))], 1);
    const other = definition('meanwhile');
    let later = false;
    await now.work([bindJob(other, async () => void (later = true))], 1);
    await now.enqueue(other, { n: 1 }, { delaySeconds: 3 });
    await until(() => later);
    expect(ran).toBe(0);
  } finally {
    await engine.close();
  }
});
