import type { z } from 'zod';

/**
 * A kind of background work. A job carries ids, never truth: losing the queue's content loses nothing, because
 * sweepers find unfinished rows again.
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
