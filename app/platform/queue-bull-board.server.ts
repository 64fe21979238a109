import type { Queue } from 'bull';
import type { JobDefinition, QueueBoard, QueueCounts } from './queue.server.ts';

type QueueOf = (definition: Pick<JobDefinition, 'name'>) => Queue<unknown>;

/** The job of a schedule's next tick lies in wait all the time; it is no work that waits. */
export async function countsOf(queue: Queue<unknown>): Promise<QueueCounts> {
  const [counts, schedules] = await Promise.all([queue.getJobCounts(), queue.getRepeatableCount()]);
  return { waiting: counts.waiting + Math.max(0, counts.delayed - schedules), active: counts.active, failed: counts.failed };
}

/** Bull's queues as operators see them. */
export function boardOf(queueOf: QueueOf, answered: <T>(work: Promise<T>) => Promise<T>): QueueBoard {
  const lookAt = async (job: string): Promise<Awaited<ReturnType<QueueBoard['look']>>[number]> => {
    const queue = queueOf({ name: job });
    const [counts, next] = await Promise.all([countsOf(queue), queue.getWaiting(0, 99)]);
    // A job may have been taken between the look at the line and the look at the job.
    const since = next.filter(Boolean).map((entry) => entry.timestamp + (entry.opts.delay ?? 0));
    return { job, ...counts, oldestWaitingSeconds: since.length > 0 ? Math.max(0, (Date.now() - Math.min(...since)) / 1_000) : null };
  };
  const failuresOf = async (name: string, limit: number): ReturnType<QueueBoard['failures']> => {
    const failed = await queueOf({ name }).getFailed(0, limit - 1);
    return failed.filter(Boolean).map((entry) => ({
      id: String(entry.id),
      job: name,
      at: new Date(entry.finishedOn ?? entry.timestamp),
      reason: entry.failedReason ?? 'unknown',
      tries: entry.attemptsMade,
    }));
  };
  return {
    engine: 'bull',
    look: (names) => answered(Promise.all(names.map(lookAt))),
    async failures(names, limit) {
      const all = await answered(Promise.all(names.map((name) => failuresOf(name, limit))));
      return all
        .flat()
        .toSorted((a, b) => b.at.getTime() - a.at.getTime())
        .slice(0, limit);
    },
    retry: (name, id) =>
      answered(
        (async () => {
          const job = await queueOf({ name }).getJob(id);
          if (!job || !(await job.isFailed())) return false;
          await job.retry();
          return true;
        })(),
      ),
  };
}
