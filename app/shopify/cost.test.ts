import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availableNow, backoff, waitFor } from './cost.ts';

const bucket = fc.record({
  available: fc.nat(2_000),
  maximum: fc.constant(2_000),
  restoreRate: fc.constantFrom(50, 100, 1_000),
  at: fc.nat(1_000),
});

describe('waiting for points', () => {
  it('is as long as needed, and not needed after it', () => {
    fc.assert(
      fc.property(bucket, fc.integer({ min: 1, max: 1_000 }), (held, cost) => {
        const wait = waitFor(held, cost, 1_000);
        // Points are floats; a millionth is no point.
        expect(availableNow(held, 1_000 + wait) + 1e-6).toBeGreaterThanOrEqual(cost);
        // A moment earlier it would not have been enough (where there was anything to wait for).
        expect(wait <= 20 || availableNow(held, 1_000 + wait - 20) < cost).toBe(true);
      }),
    );
  });

  it('does not wait for a shop that is not known yet, and lets Shopify refuse what is dearer than the bucket', () => {
    expect(waitFor(undefined, 500, 0)).toBe(0);
    expect(waitFor({ available: 2_000, maximum: 2_000, restoreRate: 100, at: 0 }, 5_000, 0)).toBe(0);
  });
});

it('backs off longer each time, up to eight seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(attempt, 1))).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  expect(backoff(3, 0)).toBe(500);
});
