import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

/** Does what a shop's privacy requests ask for; `watch` also looks at deliveries that came after a redaction. */
export const privacyJob: JobDefinition<{ shopId: number; watch?: boolean }> = {
  name: 'privacy.redact',
  schema: z.object({ shopId: z.int().positive(), watch: z.boolean().optional() }),
  retries: 5,
  retrySeconds: 30,
  timeoutSeconds: 3_600,
  lane: 'slow',
};

/** Finds shops with something to redact, whatever became of their jobs. */
export const sweepPrivacyJob: JobDefinition<Record<string, never>> = {
  name: 'privacy.sweep',
  schema: z.object({}).strict(),
  retries: 0,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'fast',
};

/** Lets go what one shop keeps no longer. */
export const retentionJob: JobDefinition<{ shopId: number }> = {
  name: 'privacy.retention',
  schema: z.object({ shopId: z.int().positive() }),
  retries: 3,
  retrySeconds: 300,
  timeoutSeconds: 3_600,
  lane: 'slow',
};

/** Each night: every shop's periods are kept. */
export const sweepRetentionJob: JobDefinition<Record<string, never>> = {
  name: 'privacy.sweep-retention',
  schema: z.object({}).strict(),
  retries: 0,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'slow',
};
