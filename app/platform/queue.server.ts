import type { z } from 'zod';

/**
 * The house's words for background work. A job carries ids, never truth: losing the queue's content loses
 * nothing, because sweepers find unfinished rows again.
 */
export type JobDefinition<Payload = unknown> = {
  /** "record.drain-inbox": room, dot, verb-noun. */
  readonly name: string;
  readonly schema: z.ZodType<Payload>;
  /** Tries after the first, with a growing pause between. */
  readonly retries: number;
  readonly retrySeconds: number;
  /** A handler that runs longer is given up and tried again. */
  readonly timeoutSeconds: number;
  /** `fast` for what a person or a webhook waits for, `slow` for backfills and sweeps. */
  readonly lane: 'fast' | 'slow';
};

/** A job with what it does; the catalogue (app/jobs) binds them all to one engine. */
export type BoundJob = {
  readonly definition: JobDefinition;
  /** The payload has been parsed again by the definition's schema. A TerminalError is not tried again. */
  readonly run: (payload: unknown) => Promise<void>;
};

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
  counts(names: readonly string[]): Promise<Record<string, QueueCounts>>;
  close(): Promise<void>;
};
