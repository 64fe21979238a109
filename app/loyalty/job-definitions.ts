import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';

const forShop = z.object({ shopId: z.int().positive() });
const nothing = z.object({}).strict();
const common = { retries: 3, retrySeconds: 10, timeoutSeconds: 1_800 } as const;

/** Reviews the customers whose orders changed. */
export const reviewJob: JobDefinition<{ shopId: number }> = { name: 'loyalty.review', schema: forShop, lane: 'fast', ...common };
/** Reviews everybody, after the tiers themselves changed. */
export const reviewAllJob: JobDefinition<{ shopId: number }> = { name: 'loyalty.review-all', schema: forShop, lane: 'slow', ...common };
/** Books the points of everybody, after the programme changed. */
export const reviewAllPointsJob: JobDefinition<{ shopId: number }> = {
  name: 'loyalty.points-all',
  schema: forShop,
  lane: 'slow',
  ...common,
};
/** Books what time alone changed of a shop's points. */
export const sweepPointsJob: JobDefinition<{ shopId: number }> = { name: 'loyalty.points-sweep', schema: forShop, lane: 'slow', ...common };
/** Asks for that in every shop where something is due. */
export const pointsDueJob: JobDefinition<Record<string, never>> = { name: 'loyalty.points-due', schema: nothing, lane: 'slow', ...common };
/** Books what imports of balances are to, or books it back. */
export const importPointsJob: JobDefinition<{ shopId: number }> = {
  name: 'loyalty.points-import',
  schema: forShop,
  lane: 'slow',
  ...common,
};
/** Looks at what became of points, by month of issue. */
export const pointsCohortsJob: JobDefinition<{ shopId: number }> = {
  name: 'loyalty.points-cohorts',
  schema: forShop,
  lane: 'slow',
  ...common,
};
/** Asks for that in every shop. */
export const nightlyPointsJob: JobDefinition<Record<string, never>> = {
  name: 'loyalty.points-nightly',
  schema: nothing,
  lane: 'slow',
  ...common,
};
/** Reviews those whose spend falls out of the window today, in every shop. */
export const lapseJob: JobDefinition<Record<string, never>> = { name: 'loyalty.lapse', schema: nothing, lane: 'slow', ...common };
/** Finds shops with customers to review, whatever became of their jobs. */
export const sweepReviewsJob: JobDefinition<Record<string, never>> = { name: 'loyalty.sweep', schema: nothing, lane: 'fast', ...common };
