/** The Admin API's leaky bucket, as the answers' `extensions.cost.throttleStatus` tells it. Points and points a second. */
export type Bucket = { available: number; maximum: number; restoreRate: number; /** When this was so, ms. */ at: number };

/** Points that stand in the bucket now. */
export function availableNow(bucket: Bucket, now: number): number {
  return Math.min(bucket.maximum, bucket.available + (Math.max(0, now - bucket.at) / 1_000) * bucket.restoreRate);
}

/**
 * Milliseconds to wait until a call of `cost` points fits. A call dearer than the bucket is sent when it is full:
 * Shopify refuses it with its own words.
 */
export function waitFor(bucket: Bucket | undefined, cost: number, now: number): number {
  if (!bucket || bucket.restoreRate <= 0) return 0;
  const missing = Math.min(cost, bucket.maximum) - availableNow(bucket, now);
  return missing <= 0 ? 0 : Math.ceil((missing / bucket.restoreRate) * 1_000);
}

/** Milliseconds before try `attempt` (1, 2, …) of a request that failed: 0.25 s doubled each time, up to 8 s, times 0.5 to 1 by `chance` (0 to 1). */
export function backoff(attempt: number, chance: number): number {
  return Math.round(Math.min(8_000, 250 * 2 ** (attempt - 1)) * (0.5 + chance / 2));
}
