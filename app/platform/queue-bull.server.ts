import { randomUUID } from 'node:crypto';
import Bull, { type Queue } from 'bull';
import { Redis } from 'ioredis';
import { TerminalError } from '../core/result.ts';
import type { Logger } from './logger.server.ts';
import type { BoundJob, JobDefinition, JobQueue, QueueCounts } from './queue.server.ts';

const KEEP_SCHEDULES_MS = 30_000;

/** The engine for many machines: Bull on Redis. Redis may be emptied at any time; sweepers find what was lost. */
export async function openBullQueue(options: { url: string; log: Logger; prefix?: string; keepSchedulesMs?: number }): Promise<JobQueue> {
  // Bull wants unlimited retries on its own connections, so that a Redis that restarts is waited for.
  const connect = (): Redis => {
    const client = new Redis(options.url, { maxRetriesPerRequest: null, enableReadyCheck: false });
    client.on('error', (error: Error) => options.log.warn({ problem: error.name }, 'redis reports an error'));
    return client;
  };
  const [client, subscriber] = [connect(), connect()];
  const queues = new Map<string, Queue<unknown>>();
  // The schedules stand in Redis alone: they are put back while this process lives, or an emptied Redis would end them,
  // the sweepers among them.
  const schedules: (() => Promise<void>)[] = [];
  let putting = false;
  const putBack = async (): Promise<void> => {
    // While Redis is away a round waits for it; the next ones are left out.
    if (putting) return;
    putting = true;
    try {
      for (const put of schedules) await put();
    } catch (error) {
      options.log.warn({ problem: error instanceof Error ? error.name : 'unknown' }, 'the schedules could not be put back');
    } finally {
      putting = false;
    }
  };
  const keeper = setInterval(() => void putBack(), options.keepSchedulesMs ?? KEEP_SCHEDULES_MS);

  const queueOf = (definition: Pick<JobDefinition, 'name'>): Queue<unknown> => {
    const held = queues.get(definition.name);
    if (held) return held;
    const queue = new Bull<unknown>(definition.name, {
      prefix: options.prefix ?? 'storebook',
      createClient: (type) => (type === 'client' ? client : type === 'subscriber' ? subscriber : connect()),
      settings: { maxStalledCount: 3 },
    });
    queue.on('error', (error) => options.log.error({ job: definition.name, problem: error.name }, 'the job engine reports an error'));
    queues.set(definition.name, queue);
    return queue;
  };

  const jobOptions = (definition: JobDefinition): Bull.JobOptions => ({
    attempts: definition.retries + 1,
    backoff: { type: 'exponential', delay: definition.retrySeconds * 1_000 },
    timeout: definition.timeoutSeconds * 1_000,
    removeOnComplete: true,
    removeOnFail: { age: 24 * 3_600, count: 1_000 },
  });

  /**
   * Bull drops a job whose id exists, also while that one runs; but a key that runs may wait once more. So a key has
   * two ids, and the second serves while the first is at work.
   */
  const freeId = async (queue: Queue<unknown>, key: string): Promise<string> => {
    for (const id of [`${key}/1`, `${key}/2`]) {
      const job = await queue.getJob(id);
      const state = job ? await job.getState() : null;
      if (state === 'failed' || state === 'completed') await job?.remove();
      if (state !== 'active') return id;
    }
    return randomUUID();
  };

  return {
    async enqueue(definition, payload, extra) {
      const queue = queueOf(definition);
      const parsed = definition.schema.parse(payload);
      await queue.add(parsed, {
        ...jobOptions(definition),
        jobId: extra?.key === undefined ? randomUUID() : await freeId(queue, extra.key),
        ...(extra?.delaySeconds ? { delay: extra.delaySeconds * 1_000 } : {}),
      });
    },
    async work(jobs, concurrency) {
      for (const job of jobs) {
        const queue = queueOf(job.definition);
        // Resolves only when the queue closes; what it throws comes as an event of the queue.
        void queue.process(job.definition.lane === 'fast' ? concurrency : 1, (entry: Bull.Job<unknown>) => runOne(job, entry, options.log));
        await queue.isReady();
      }
    },
    async schedule(definition, cron, payload) {
      const queue = queueOf(definition);
      const parsed = definition.schema.parse(payload);
      const put = async (): Promise<void> => {
        for (const old of await queue.getRepeatableJobs()) if (old.cron !== cron) await queue.removeRepeatableByKey(old.key);
        await queue.add(parsed, { ...jobOptions(definition), jobId: definition.name, repeat: { cron, tz: 'UTC' } });
      };
      await put();
      schedules.push(put);
    },
    async counts(names) {
      const counts: Record<string, QueueCounts> = {};
      for (const name of names) {
        const { waiting, delayed, active, failed } = await queueOf({ name }).getJobCounts();
        counts[name] = { waiting: waiting + delayed, active, failed };
      }
      return counts;
    },
    async close() {
      clearInterval(keeper);
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await Promise.all([client.quit(), subscriber.quit()]);
    },
  };
}

async function runOne(job: BoundJob, entry: Bull.Job<unknown>, log: Logger): Promise<void> {
  try {
    await job.run(entry.data);
  } catch (error) {
    log.error({ job: job.definition.name, id: String(entry.id), problem: error instanceof Error ? error.name : 'unknown' }, 'a job failed');
    if (error instanceof TerminalError) await entry.discard();
    throw error;
  }
}
