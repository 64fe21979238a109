import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

const common = { retries: 3, retrySeconds: 30, timeoutSeconds: 1_800, lane: 'slow' } as const;

/** Counts a shop's saved segments anew. */
export const countSegmentsJob: JobDefinition<{ shopId: number }> = {
  name: 'audience.count-segments',
  schema: z.object({ shopId: z.int().positive() }),
  ...common,
};
/** Asks for that in every shop. */
export const countAllSegmentsJob: JobDefinition<Record<string, never>> = {
  name: 'audience.count-all-segments',
  schema: z.object({}).strict(),
  ...common,
};
/** Brings the marks of a shop's segments in the store up to date. */
export const markSegmentsJob: JobDefinition<{ shopId: number }> = {
  name: 'audience.mark-segments',
  schema: z.object({ shopId: z.int().positive() }),
  ...common,
};
