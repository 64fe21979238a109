import { randomUUID } from 'node:crypto';
import Bull, { type Queue } from 'bull';
import { Redis } from 'ioredis';
import { TerminalError } from '../core/result.ts';
import { boardOf, countsOf } from './queue-bull-board.server.ts';
import type { Logger } from './logger.server.ts';
import {
  ANSWER_MS,
  CLOSING_MS,
  QueueUnavailableError,
  within,
  type BoundJob,
  type JobDefinition,
  type JobQueue,
  type QueueCounts,
} from './queue.server.ts';

export type BullOptions = {
  url: string;
  log: Logger;
  prefix?: string;
  /** A job whose worker has not renewed its lock for so long is taken up by another. */
  stalledMs?: number;
  /** How often schedules are looked after: an emptied Redis has them again after this. */
  schedulesMs?: number;
};

/** Lower goes first. Bull puts jobs without a priority into another order, so every job has one. */
const [URGENT, USUAL] = [1, 2];

/** The engine for many machines: Bull on Redis. Redis may be emptied at any time; sweepers find what was lost. */
export async function openBullQueue(options: BullOptions): Promise<JobQueue> {
  // Bull wants unlimited retries on its own connections, so that a Redis that restarts is waited for.
  const connections: Redis[] = [];
  const connect = (): Redis => {
    const client = new Redis(options.url, {
      maxRetriesPerRequest: null,
      enableReadyCheck: false,
      retryStrategy: (times) => Math.min(times * 100, 2_000),
    });
    client.on('error', (error: Error) => options.log.warn({ problem: error.name }, 'redis reports an error'));
    // Every queue listens on the shared ones.
    client.setMaxListeners(0);
    connections.push(client);
    return client;
  };
  const [client, subscriber] = [connect(), connect()];
  const queues = new Map<string, Queue<unknown>>();
  const stalledMs = options.stalledMs ?? 30_000;

  const queueOf = (definition: Pick<JobDefinition, 'name'>): Queue<unknown> => {
    const held = queues.get(definition.name);
    if (held) return held;
    const queue = new Bull<unknown>(definition.name, {
      prefix: options.prefix ?? 'storebook',
      createClient: (type) => (type === 'client' ? client : type === 'subscriber' ? subscriber : connect()),
      settings: { lockDuration: stalledMs, stalledInterval: stalledMs, maxStalledCount: 3 },
    });
    queue.on('error', (error) => options.log.error({ job: definition.name, problem: error.name }, 'the job engine reports an error'));
    queues.set(definition.name, queue);
    return queue;
  };

  const jobOptions = (definition: JobDefinition): Bull.JobOptions => ({
    attempts: definition.retries + 1,
    backoff: { type: 'exponential', delay: definition.retrySeconds * 1_000 },
    priority: USUAL,
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

  // Commands wait in the client while Redis is away; nobody should wait with them for longer than an answer takes.
  const answered = <T>(work: Promise<T>): Promise<T> => within(ANSWER_MS, work, () => new QueueUnavailableError('redis does not answer'));

  const schedules = new Map<string, () => Promise<void>>();
  const lookAfter = setInterval(() => {
    for (const [name, put] of schedules)
      answered(put()).catch((error: unknown) => options.log.warn({ job: name, problem: nameOf(error) }, 'a schedule could not be kept'));
  }, options.schedulesMs ?? 30_000);
  lookAfter.unref();

  return {
    async enqueue(definition, payload, extra) {
      const queue = queueOf(definition);
      const parsed = definition.schema.parse(payload);
      const add = async (): Promise<void> => {
        await queue.add(parsed, {
          ...jobOptions(definition),
          ...(extra?.urgent ? { priority: URGENT } : {}),
          jobId: extra?.key === undefined ? randomUUID() : await freeId(queue, extra.key),
          ...(extra?.delaySeconds ? { delay: extra.delaySeconds * 1_000 } : {}),
        });
      };
      await answered(add());
    },
    async work(jobs, atOnce) {
      for (const job of jobs) {
        const queue = queueOf(job.definition);
        // Resolves only when the queue closes; what it throws comes as an event of the queue.
        void queue.process(atOnce, (entry: Bull.Job<unknown>) => runOne(job, entry, options.log));
        await queue.isReady();
      }
    },
    async schedule(definition, cron, payload) {
      const queue = queueOf(definition);
      const data = definition.schema.parse(payload);
      // The job of the next tick has an id made of the schedule and the tick: whoever puts it again changes nothing.
      const put = async (): Promise<void> => {
        await queue.add(data, { ...jobOptions(definition), jobId: definition.name, repeat: { cron, tz: 'UTC' } });
      };
      for (const old of await queue.getRepeatableJobs()) if (old.cron !== cron) await queue.removeRepeatableByKey(old.key);
      await put();
      schedules.set(definition.name, put);
    },
    async counts(names) {
      const counts: Record<string, QueueCounts> = {};
      for (const name of names) counts[name] = await answered(countsOf(queueOf({ name })));
      return counts;
    },
    board: boardOf(queueOf, answered),
    async close() {
      clearInterval(lookAfter);
      const graceful = Promise.all([...queues.values()].map((queue) => queue.close())).then(() => true);
      // A job that runs on after this loses its lock and is taken up by another worker.
      await Promise.race([graceful, new Promise((resolve) => setTimeout(resolve, CLOSING_MS).unref())]);
      for (const connection of connections) connection.disconnect();
    },
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

async function runOne(job: BoundJob, entry: Bull.Job<unknown>, log: Logger): Promise<void> {
  try {
    await job.run(entry.data);
  } catch (error) {
    log.error({ job: job.definition.name, id: String(entry.id), problem: nameOf(error) }, 'a job failed');
    if (error instanceof TerminalError) await entry.discard();
    // Bull keeps message and stack in Redis; a message may quote what it was about.
    const kept = new Error(nameOf(error));
    kept.stack = kept.message;
    throw kept;
  }
}
