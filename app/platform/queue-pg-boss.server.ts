import { randomUUID } from 'node:crypto';
import { PgBoss, type JobResult } from 'pg-boss';
import { z } from 'zod';
import { TerminalError } from '../core/result.ts';
import type { Logger } from './logger.server.ts';
import {
  ANSWER_MS,
  CLOSING_MS,
  QueueUnavailableError,
  within,
  type BoundJob,
  type JobDefinition,
  type JobQueue,
  type QueueBoard,
  type QueueCounts,
} from './queue.server.ts';

const DAY = 24 * 3_600;

export type PgBossOptions = {
  url: string;
  log: Logger;
  poolSize?: number;
  /** A job whose worker has not been heard of for so long is taken up by another; at least 10. */
  stalledSeconds?: number;
  /** How often stalled jobs, counts and schedules are looked at. */
  lookSeconds?: number;
};

/** The engine for one machine: jobs in the same PostgreSQL as everything else. */
export async function openPgBossQueue(options: PgBossOptions): Promise<JobQueue> {
  const look = options.lookSeconds ?? 30;
  const boss = new PgBoss({
    connectionString: options.url,
    max: options.poolSize ?? 6,
    useListenNotify: true,
    superviseIntervalSeconds: look,
    monitorIntervalSeconds: look,
    cronMonitorIntervalSeconds: Math.min(look, 15),
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
      // The handler has its own timeout; a worker that died is noticed by its heartbeat, long before this.
      expireInSeconds: DAY - 1,
      heartbeatSeconds: options.stalledSeconds ?? 30,
      deleteAfterSeconds: DAY,
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

  const workOn = async (job: BoundJob, atOnce: number): Promise<void> => {
    await make(job.definition);
    // A slot takes one job at a time: with a batch, one long job would hold up all that were taken with it. A new job
    // wakes the slots by NOTIFY; looking by the clock is for jobs whose delay is over and for a notice that was lost.
    const looking = { batchSize: 1, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 3 };
    for (let slot = 0; slot < atOnce; slot += 1) {
      const id: string = await boss.work<object>(job.definition.name, { ...looking, perJobResults: true }, async (jobs) => {
        const results = await Promise.all(jobs.map((entry) => runOne(job, entry)));
        // Else the slot would rest until its next look, although more jobs may wait.
        boss.notifyWorker(id);
        return results;
      });
    }
  };

  const answered = <T>(work: Promise<T>): Promise<T> =>
    within(ANSWER_MS, work, () => new QueueUnavailableError('the jobs’ database does not answer'));

  return {
    enqueue: (definition, payload, extra) =>
      answered(
        (async () => {
          const data = asObject(definition.schema.parse(payload));
          await make(definition);
          await boss.send(definition.name, data, {
            singletonKey: extra?.key ?? randomUUID(),
            ...(extra?.urgent ? { priority: 1 } : {}),
            ...(extra?.delaySeconds ? { startAfter: extra.delaySeconds } : {}),
          });
        })(),
      ),
    async work(jobs, atOnce) {
      for (const job of jobs) await workOn(job, atOnce);
    },
    async schedule(definition, cron, payload) {
      await make(definition);
      await boss.schedule(definition.name, cron, asObject(payload), { tz: 'UTC', singletonKey: 'schedule' });
    },
    async counts(names) {
      const queues = await answered(boss.getQueues([...names]));
      const found = new Map(
        queues.map((queue): [string, QueueCounts] => [
          queue.name,
          { waiting: queue.queuedCount, active: queue.activeCount, failed: queue.failedCount },
        ]),
      );
      return Object.fromEntries(names.map((name) => [name, found.get(name) ?? { waiting: 0, active: 0, failed: 0 }]));
    },
    board: boardOf(boss, answered),
    close: () => boss.stop({ graceful: true, timeout: CLOSING_MS }),
  };
}

const lookRow = z.object({
  job: z.string(),
  waiting: z.int(),
  active: z.int(),
  failed: z.int(),
  oldestWaitingSeconds: z.number().nullable(),
});
const failureRow = z.object({ id: z.string(), job: z.string(), at: z.date(), reason: z.string().nullable(), tries: z.int() });

function boardOf(boss: PgBoss, answered: <T>(work: Promise<T>) => Promise<T>): QueueBoard {
  const query = async (text: string, values: unknown[]): Promise<unknown[]> => {
    const { rows }: { rows: unknown[] } = await answered(boss.getDb().executeSql(text, values));
    return rows;
  };
  return {
    engine: 'pg-boss',
    async look(names) {
      const rows = await query(
        `SELECT name AS job, count(*) FILTER (WHERE state IN ('created', 'retry'))::int AS waiting,
           count(*) FILTER (WHERE state = 'active')::int AS active, count(*) FILTER (WHERE state = 'failed')::int AS failed,
           extract(epoch FROM now() - min(start_after) FILTER (WHERE state IN ('created', 'retry') AND start_after <= now()))::float8
             AS "oldestWaitingSeconds"
         FROM pgboss.job WHERE name = ANY($1::text[]) GROUP BY name`,
        [[...names]],
      );
      const found = new Map(rows.map((row) => lookRow.parse(row)).map((row) => [row.job, row]));
      return names.map((job) => found.get(job) ?? { job, waiting: 0, active: 0, failed: 0, oldestWaitingSeconds: null });
    },
    async failures(names, limit) {
      const rows = await query(
        `SELECT id::text, name AS job, COALESCE(completed_on, created_on) AS at, output->>'problem' AS reason, retry_count + 1 AS tries
         FROM pgboss.job WHERE name = ANY($1::text[]) AND state = 'failed' ORDER BY at DESC LIMIT $2`,
        [[...names], limit],
      );
      return rows.map((row) => failureRow.parse(row)).map((row) => ({ ...row, reason: row.reason ?? 'its worker ended' }));
    },
    async retry(name, id) {
      if (!z.uuid().safeParse(id).success) return false;
      const [job] = await query("SELECT 1 FROM pgboss.job WHERE name = $1 AND id = $2::uuid AND state = 'failed'", [name, id]);
      if (!job) return false;
      await answered(boss.retry(name, id));
      return true;
    },
  };
}

function asObject(payload: unknown): object {
  if (typeof payload !== 'object' || payload === null) throw new TypeError('a job’s payload is an object');
  return payload;
}
