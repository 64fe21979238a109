import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

const common = { retries: 3, retrySeconds: 30, timeoutSeconds: 1_800 } as const;

/** Sends a shop's mail that is due. */
export const sendMailJob: JobDefinition<{ shopId: number }> = {
  name: 'delivery.send',
  schema: z.object({ shopId: z.int().positive() }),
  lane: 'slow',
  ...common,
};
/** Finds shops with mail that is due, whatever became of their jobs. */
export const sweepMailJob: JobDefinition<Record<string, never>> = {
  name: 'delivery.sweep',
  schema: z.object({}).strict(),
  lane: 'fast',
  ...common,
};
