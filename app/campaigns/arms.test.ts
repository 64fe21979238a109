import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { armAt, armsOf, WHOLE } from './arms.ts';
import { armChooser } from './assign.server.ts';
import { offerSchema, type Offer } from './offer.ts';

const offer = (percent: number): Offer => offerSchema.parse({ value: { kind: 'percent', percent }, minimum: null });
const offers = (count: number): Offer[] => Array.from({ length: count }, (_, at) => offer(at + 1));

describe('arms', () => {
  it('share all customers, the offers alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 5_000 }), (count, holdOut) => {
        const arms = armsOf(offers(count), holdOut);
        const shares = arms.slice(1).map((arm) => arm.share);
        expect(arms[0]).toEqual({ position: 0, share: holdOut, offer: null });
        expect(holdOut + shares.reduce((sum, share) => sum + share, 0)).toBe(WHOLE);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are met by chances in their order', () => {
    const arms = armsOf(offers(2), 1_000);
    expect([0, 0.0999, 0.1, 0.5499, 0.55, 0.9999].map((chance) => armAt(arms, chance).position)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(() => armAt(arms, 1)).toThrow(RangeError);
    expect(armAt(armsOf(offers(1), 0), 0).position).toBe(1);
  });
});

describe('who is in which arm', () => {
  const arms = armsOf(offers(2), 2_000);

  it('is the same for the same key, and another for another', () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    const ids = Array.from({ length: 400 }, (_, at) => BigInt(at) + 7_000_000_000_001n);
    const drawn = (seed: Uint8Array): number[] => ids.map((id) => armChooser(seed, arms)(id).position);
    expect(drawn(one)).toEqual(drawn(one));
    expect(drawn(one)).not.toEqual(drawn(two));
  });

  it('comes to the shares, whatever the ids look like', () => {
    // Of 100,000 customers a share of p lies within 5 standard deviations; the key is fixed, so is the outcome.
    for (const [seed, step] of [
      [new Uint8Array(32).fill(7), 1n],
      [new Uint8Array(32).fill(8), 4_096n],
    ] as const) {
      const choose = armChooser(seed, arms);
      const counts = [0, 0, 0];
      for (let at = 0n; at < 100_000n; at += 1n) {
        const { position } = choose(at * step);
        counts[position] = (counts[position] ?? 0) + 1;
      }
      for (const [position, count] of counts.entries()) {
        const share = (arms[position]?.share ?? 0) / WHOLE;
        expect(Math.abs(count - 100_000 * share)).toBeLessThan(5 * Math.sqrt(100_000 * share * (1 - share)));
      }
    }
  });
});
