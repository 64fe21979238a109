import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

const nothing = z.object({}).strict();
const common = { retries: 3, retrySeconds: 60, timeoutSeconds: 1_800 } as const;

/** Scores a shop's customers and tells what each is expected to do. */
export const refreshAudienceJob: JobDefinition<{ shopId: number }> = {
  name: 'audience.refresh',
  schema: z.object({ shopId: z.int().positive() }),
  lane: 'slow',
  ...common,
};
/** Every shop whose day has ended. */
export const nightlyAudienceJob: JobDefinition<Record<string, never>> = {
  name: 'audience.nightly',
  schema: nothing,
  lane: 'slow',
  ...common,
};
/** Shops whose first import has just ended. */
export const sweepAudienceJob: JobDefinition<Record<string, never>> = { name: 'audience.sweep', schema: nothing, lane: 'fast', ...common };
