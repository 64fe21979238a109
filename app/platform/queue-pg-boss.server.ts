import { randomUUID } from 'node:crypto';
import { PgBoss, type JobResult } from 'pg-boss';
import { TerminalError } from '../core/result.ts';
import type { Logger } from './logger.server.ts';
import type { BoundJob, JobDefinition, JobQueue, QueueCounts } from './queue.server.ts';

/** The engine for one machine: jobs in the same PostgreSQL as everything else. */
export async function openPgBossQueue(options: { url: string; log: Logger; poolSize?: number }): Promise<JobQueue> {
  const boss = new PgBoss({
    connectionString: options.url,
    max: options.poolSize ?? 6,
    useListenNotify: true,
    application_name: 'storebook-jobs',
  });
  boss.on('error', (error) => options.log.error({ problem: error.name }, 'the job engine reports an error'));
  await boss.start();
  const made = new Set<string>();

  const make = async (definition: JobDefinition): Promise<void> => {
    if (made.has(definition.name)) return;
    const settings = {
      retryLimit: definition.retries,
      retryDelay: definition.retrySeconds,
      retryBackoff: true,
      expireInSeconds: definition.timeoutSeconds,
      deleteAfterSeconds: 24 * 3_600,
      notify: true,
    };
    // "short": of the same key, one waits at most, and any number may run.
    await boss.createQueue(definition.name, { policy: 'short', ...settings });
    await boss.updateQueue(definition.name, settings);
    made.add(definition.name);
  };

  const runOne = async (job: BoundJob, { id, data }: { id: string; data: object }): Promise<JobResult> => {
    try {
      await job.run(data);
      return { id, status: 'completed' };
    } catch (error) {
      const problem = error instanceof Error ? error.name : 'unknown';
      options.log.error({ job: job.definition.name, id, problem }, 'a job failed');
      // A dead letter is kept and counted as failed, and is not tried again.
      return { id, status: error instanceof TerminalError ? 'deadletter' : 'failed', output: { problem } };
    }
  };

  const workOn = async (job: BoundJob, concurrency: number): Promise<void> => {
    const { definition } = job;
    await make(definition);
    const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1, burstWhenBatchFull: true };
    await boss.work<object>(definition.name, { ...polling, batchSize: concurrency, perJobResults: true }, (jobs) =>
      Promise.all(jobs.map((entry) => runOne(job, entry))),
    );
  };

  return {
    async enqueue(definition, payload, extra) {
      await make(definition);
      await boss.send(definition.name, asObject(definition.schema.parse(payload)), {
        singletonKey: extra?.key ?? randomUUID(),
        ...(extra?.delaySeconds ? { startAfter: extra.delaySeconds } : {}),
      });
    },
    async work(jobs, concurrency) {
      for (const job of jobs) await workOn(job, job.definition.lane === 'fast' ? concurrency : 1);
    },
    async schedule(definition, cron, payload) {
      await make(definition);
      await boss.schedule(definition.name, cron, asObject(payload), { tz: 'UTC', singletonKey: 'schedule' });
    },
    async counts(names) {
      const queues = await boss.getQueues([...names]);
      const found = new Map(
        queues.map((queue): [string, QueueCounts] => [
          queue.name,
          { waiting: queue.queuedCount, active: queue.activeCount, failed: queue.failedCount },
        ]),
      );
      return Object.fromEntries(names.map((name) => [name, found.get(name) ?? { waiting: 0, active: 0, failed: 0 }]));
    },
    close: () => boss.stop({ graceful: true, timeout: 10_000 }),
  };
}

function asObject(payload: unknown): object {
  if (typeof payload !== 'object' || payload === null) throw new TypeError('a job’s payload is an object');
  return payload;
}
