import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

const forShop = z.object({ shopId: z.int().positive() });

/** Applies what the door has written for one shop. */
export const drainInboxJob: JobDefinition<{ shopId: number }> = {
  name: 'record.drain-inbox',
  schema: forShop,
  retries: 3,
  retrySeconds: 5,
  timeoutSeconds: 300,
  lane: 'fast',
};

/** Finds shops whose inbox waits, whatever became of their jobs. */
export const sweepInboxJob: JobDefinition<Record<string, never>> = {
  name: 'record.sweep-inbox',
  schema: z.object({}).strict(),
  retries: 0,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'fast',
};

/** Asks the store for what an event named without saying how it stands. */
export const refetchJob: JobDefinition<{ shopId: number }> = {
  name: 'record.refetch',
  schema: forShop,
  retries: 2,
  retrySeconds: 30,
  timeoutSeconds: 300,
  lane: 'slow',
};

/** Asks the store what changed, for one shop or for all. */
export const reconcileJob: JobDefinition<{ shopId?: number }> = {
  name: 'record.reconcile',
  schema: z.object({ shopId: z.int().positive().optional() }),
  retries: 2,
  retrySeconds: 60,
  timeoutSeconds: 1_800,
  lane: 'slow',
};

/** Moves a shop's days to the zone that the store has changed to. */
export const moveDaysJob: JobDefinition<{ shopId: number }> = {
  name: 'record.move-days',
  schema: forShop,
  retries: 3,
  retrySeconds: 60,
  timeoutSeconds: 3_600,
  lane: 'slow',
};
