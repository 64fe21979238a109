import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../sandbox/random.ts';
import { demandFactor, learnUplift, type CampaignPieces } from './uplift.ts';

const campaign = (offered: [number, number], held: [number, number]): CampaignPieces => ({
  offered: { customers: offered[0], pieces: offered[1] },
  held: { customers: held[0], pieces: held[1] },
});

describe('the uplift of earlier campaigns', () => {
  it('is no change where nothing is known', () => {
    expect(learnUplift([])).toEqual({ ratio: 1, campaigns: 0 });
    expect(learnUplift([campaign([1_000, 500], [29, 1])])).toEqual({ ratio: 1, campaigns: 0 });
  });

  it('is the pieces of the offered beside those at the rate of the held-out, drawn toward no change', () => {
    // 900 customers would have bought 90 at the rate of 10 in 100; they bought 145: (145 + 20) / (90 + 20).
    expect(learnUplift([campaign([900, 145], [100, 10])])).toEqual({ ratio: 1.5, campaigns: 1 });
    expect(learnUplift([campaign([900, 90], [100, 10])]).ratio).toBe(1);
  });

  it('comes to the truth with many campaigns, and a hold-out without a sale is no infinite effect', () => {
    const random = seeded(11);
    const buys = (customers: number, rate: number): number => Array.from({ length: customers }).filter(() => random.next() < rate).length;
    const many = Array.from({ length: 60 }, () => campaign([900, buys(900, 0.13)], [100, buys(100, 0.1)]));
    expect(learnUplift(many).ratio).toBeGreaterThan(1.15);
    expect(learnUplift(many).ratio).toBeLessThan(1.45);
    expect(learnUplift([campaign([900, 9], [100, 0])]).ratio).toBeCloseTo(29 / 20, 10);
  });

  it('changes the shop’s demand by no more than the audience’s share of it', () => {
    expect(demandFactor({ ratio: 1.5 }, { share: 0.4, holdOut: 1_000 })).toBeCloseTo(1.18, 10);
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 10, noNaN: true }), share, fc.integer({ min: 0, max: 5_000 }), (ratio, part, holdOut) => {
        const factor = demandFactor({ ratio }, { share: part, holdOut });
        expect(factor).toBeGreaterThan(0);
        expect(Math.abs(factor - 1)).toBeLessThanOrEqual(part * Math.abs(ratio - 1) + 1e-12);
      }),
    );
  });
});
