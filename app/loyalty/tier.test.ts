import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTier, pleasantAmount, proposedTiers, tierFor, tierProblems, type Tier } from './tier.ts';

const TIERS: Tier[] = [
  { id: 3, name: 'Gold', threshold: 100_000n },
  { id: 1, name: 'Bronze', threshold: 1n },
  { id: 2, name: 'Silver', threshold: 20_000n },
];
const spend = fc.bigInt({ min: -1_000n, max: 10_000_000n });

describe('tierFor', () => {
  it.each([
    [-5n, null],
    [0n, null],
    [1n, 'Bronze'],
    [19_999n, 'Bronze'],
    [20_000n, 'Silver'],
    [100_000n, 'Gold'],
  ])('%d is %s', (amount, name) => {
    expect(tierFor({ spend: amount, tiers: TIERS })?.name ?? null).toBe(name);
  });

  it('never falls when the spend grows', () => {
    fc.assert(
      fc.property(spend, spend, (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        const at = (amount: bigint) => tierFor({ spend: amount, tiers: TIERS })?.threshold ?? -1n;
        expect(at(less) <= at(more)).toBe(true);
      }),
    );
  });

  it('and what is missing leads to the next tier, exactly', () => {
    fc.assert(
      fc.property(spend, (amount) => {
        const next = nextTier({ spend: amount, tiers: TIERS });
        expect(next === null ? amount >= 100_000n : tierFor({ spend: amount + next.missing, tiers: TIERS })?.id === next.tier.id).toBe(
          true,
        );
        expect(next === null || tierFor({ spend: amount + next.missing - 1n, tiers: TIERS })?.id !== next.tier.id).toBe(true);
      }),
    );
  });
});

it('names what is wrong, field by field', () => {
  expect(
    tierProblems([
      { name: ' ', threshold: -1n },
      { name: 'Gold', threshold: 5n },
      { name: 'gold', threshold: 5n },
    ]),
  ).toEqual({
    'tiers.0.name': 'loyalty.error.name',
    'tiers.0.threshold': 'loyalty.error.threshold',
    'tiers.2.name': 'loyalty.error.nameTwice',
    'tiers.2.threshold': 'loyalty.error.thresholdTwice',
  });
  expect(tierProblems([])).toEqual({ tiers: 'loyalty.error.none' });
  expect(tierProblems(TIERS)).toEqual({});
});

describe('proposed thresholds', () => {
  it.each([
    [73_412n, 2, 50_000n],
    [180_000n, 2, 200_000n],
    [3n, 2, 100n],
    [30_000n, 0, 25_000n],
  ])('near %d (%i digits) is %d', (amount, digits, pleasant) => {
    expect(pleasantAmount(amount, digits)).toBe(pleasant);
  });

  it('are valid for any shop', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.constantFrom(0, 2, 3),
        (a, b, digits) => {
          expect(tierProblems(proposedTiers({ p80: a, p95: b }, digits))).toEqual({});
        },
      ),
    );
  });
});
