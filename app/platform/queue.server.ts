import type { JobDefinition } from '../core/job.ts';

export type { JobDefinition };

/** A job with what it does; the catalogue (app/jobs) binds them all to one engine. */
export type BoundJob = {
  readonly definition: JobDefinition;
  /** The payload has been parsed again by the definition's schema. A TerminalError is not tried again. */
  readonly run: (payload: unknown) => Promise<void>;
};

/** The handler took longer than its definition allows. */
export class JobTimeoutError extends Error {
  override readonly name = 'JobTimeoutError';
}

/** The engine did not answer in time; what was asked may still happen. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
}

/** Ties a definition to what it does; the payload is parsed again when the job runs, since an older deploy may have queued it. */
export function bindJob<Payload>(definition: JobDefinition<Payload>, run: (payload: Payload) => Promise<void>): BoundJob {
  const late = (): Error => new JobTimeoutError(`${definition.name} took longer than ${definition.timeoutSeconds} s`);
  return { definition, run: (payload) => within(definition.timeoutSeconds * 1_000, run(definition.schema.parse(payload)), late) };
}

/** What `work` gives, or `late()` thrown when that takes longer than `ms`; the work itself cannot be stopped and goes on. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

export type EnqueueOptions = {
  /** While a job of the same name and key waits (not yet started), another is not added. */
  readonly key?: string;
  readonly delaySeconds?: number;
  /** Goes ahead of all jobs of its name that wait and are not urgent. */
  readonly urgent?: boolean;
};

/** `waiting` holds those to be tried again and those that are delayed. */
export type QueueCounts = { waiting: number; active: number; failed: number };

/** A job that failed for good, without its payload. */
export type FailedJob = { readonly id: string; readonly job: string; readonly at: Date; readonly reason: string; readonly tries: number };

/** What operators see of a kind of job, counted now. */
export type QueueLook = QueueCounts & {
  readonly job: string;
  /** Of the jobs that could start now. */
  readonly oldestWaitingSeconds: number | null;
};

/** The engine as operators see it; kinds that nobody has used yet are empty. */
export type QueueBoard = {
  readonly engine: 'pg-boss' | 'bull';
  look(names: readonly string[]): Promise<QueueLook[]>;
  /** Newest first. */
  failures(names: readonly string[], limit: number): Promise<FailedJob[]>;
  /** Puts a failed job back in line. @returns false when there is no such failed job. */
  retry(name: string, id: string): Promise<boolean>;
};

/** Two engines stand behind this: pg-boss on PostgreSQL, Bull on Redis. tests/integration/queue.test.ts holds both to it. */
export type JobQueue = {
  /** @throws QueueUnavailableError when the engine does not answer within some seconds. */
  enqueue<Payload>(definition: JobDefinition<Payload>, payload: Payload, options?: EnqueueOptions): Promise<void>;
  /** Starts workers for these jobs in this process: of each kind so many at once. */
  work(jobs: readonly BoundJob[], atOnce: number): Promise<void>;
  /** Runs a job by cron (UTC), once however many workers there are; comes back by itself when the engine was emptied. */
  schedule<Payload>(definition: JobDefinition<Payload>, cron: string, payload: Payload): Promise<void>;
  /** As of the engine's last look (pg-boss looks once a minute). */
  counts(names: readonly string[]): Promise<Record<string, QueueCounts>>;
  readonly board: QueueBoard;
  /** Takes no more jobs and waits some seconds for those that run; what still runs then is taken up by another worker. */
  close(): Promise<void>;
};

/** How long close() waits for jobs that run. */
export const CLOSING_MS = 10_000;
/** How long a caller waits for the engine. */
export const ANSWER_MS = 10_000;
