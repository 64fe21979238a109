import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

const forShop = z.object({ shopId: z.int().positive() });
const nothing = z.object({}).strict();
const common = { retries: 3, retrySeconds: 10, timeoutSeconds: 1_800 } as const;

/** Goes on with a shop's campaigns that are being created. */
export const createJob: JobDefinition<{ shopId: number }> = { name: 'campaigns.create', schema: forShop, lane: 'fast', ...common };
/** Counts orders that used a campaign's code. */
export const countJob: JobDefinition<{ shopId: number }> = { name: 'campaigns.count', schema: forShop, lane: 'fast', ...common };
/** Takes codes back at the store. */
export const revokeJob: JobDefinition<{ shopId: number }> = { name: 'campaigns.revoke', schema: forShop, lane: 'fast', ...common };
/** Finds unfinished campaigns, codes to be taken back and uncounted orders, whatever became of their jobs. */
export const sweepCampaignsJob: JobDefinition<Record<string, never>> = {
  name: 'campaigns.sweep',
  schema: nothing,
  lane: 'fast',
  ...common,
};
/** Looks whom a shop's standing campaigns mean now. */
export const standingJob: JobDefinition<{ shopId: number }> = { name: 'campaigns.standing', schema: forShop, lane: 'slow', ...common };
/** Asks for that in every shop that has some. */
export const standingSweepJob: JobDefinition<Record<string, never>> = {
  name: 'campaigns.standing-sweep',
  schema: nothing,
  lane: 'slow',
  ...common,
};
/** Brings the metafields of a shop's customers' offers up to date. */
export const markOffersJob: JobDefinition<{ shopId: number }> = { name: 'campaigns.mark-offers', schema: forShop, lane: 'slow', ...common };
