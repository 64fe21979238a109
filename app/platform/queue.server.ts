import type { JobDefinition } from '../core/job.ts';

export type { JobDefinition };

/** A job with what it does; the catalogue (app/jobs) binds them all to one engine. */
export type BoundJob = {
  readonly definition: JobDefinition;
  /** The payload has been parsed again by the definition's schema. A TerminalError is not tried again. */
  readonly run: (payload: unknown) => Promise<void>;
};

/** Ties a definition to what it does; the payload is parsed again when the job runs, since an older deploy may have queued it. */
export function bindJob<Payload>(definition: JobDefinition<Payload>, run: (payload: Payload) => Promise<void>): BoundJob {
  return { definition, run: (payload) => run(definition.schema.parse(payload)) };
}

export type EnqueueOptions = {
  /** While a job of the same name and key waits (not yet started), another is not added. */
  readonly key?: string;
  readonly delaySeconds?: number;
};

export type QueueCounts = { waiting: number; active: number; failed: number };

/** Two engines stand behind this: pg-boss on PostgreSQL, Bull on Redis. */
export type JobQueue = {
  enqueue<Payload>(definition: JobDefinition<Payload>, payload: Payload, options?: EnqueueOptions): Promise<void>;
  /** Starts workers for these jobs in this process. */
  work(jobs: readonly BoundJob[], concurrency: number): Promise<void>;
  /** Runs a job by cron (UTC), once however many workers there are. */
  schedule<Payload>(definition: JobDefinition<Payload>, cron: string, payload: Payload): Promise<void>;
  /** As of the engine's last look (pg-boss looks once a minute). */
  counts(names: readonly string[]): Promise<Record<string, QueueCounts>>;
  close(): Promise<void>;
};
