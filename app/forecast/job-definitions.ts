import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

const forShop = z.object({ shopId: z.int().positive() });
const nothing = z.object({}).strict();
const common = { retries: 3, retrySeconds: 15, timeoutSeconds: 1_800 } as const;

/** Forecasts the variants whose sales or stock changed. */
export const refreshJob: JobDefinition<{ shopId: number }> = { name: 'forecast.refresh', schema: forShop, lane: 'slow', ...common };
/** Forecasts every variant of a shop, and tells after how long each is bought again. */
export const refreshAllJob: JobDefinition<{ shopId: number }> = { name: 'forecast.refresh-all', schema: forShop, lane: 'slow', ...common };
/** A new day: every shop is forecast anew. */
export const nightlyJob: JobDefinition<Record<string, never>> = { name: 'forecast.nightly', schema: nothing, lane: 'slow', ...common };
/** Finds shops with variants to forecast, whatever became of their jobs. */
export const sweepForecastsJob: JobDefinition<Record<string, never>> = { name: 'forecast.sweep', schema: nothing, lane: 'fast', ...common };
