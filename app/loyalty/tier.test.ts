import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTier, NO_PERKS, pleasantAmount, proposedTiers, ranked, tierProblems, tierTag, type Tier } from './tier.ts';

const TIERS: Tier[] = [
  { id: 1, name: 'Bronze', threshold: 1n, rank: 0, perks: NO_PERKS },
  { id: 2, name: 'Silver', threshold: 20_000n, rank: 1, perks: NO_PERKS },
  { id: 4, name: 'Friends', threshold: null, rank: 2, perks: NO_PERKS },
  { id: 3, name: 'Gold', threshold: 100_000n, rank: 3, perks: NO_PERKS },
];
const [, silver = null, friends = null, gold = null] = TIERS;

describe('the next tier', () => {
  it.each([
    [0n, null, 'Bronze', 1n],
    [5_000n, null, 'Silver', 15_000n],
    // In a tier that is kept by grace, or was given: what lies above it.
    [5_000n, silver, 'Gold', 95_000n],
    [5_000n, friends, 'Gold', 95_000n],
  ])('from %d, holding %o', (value, held, name, missing) => {
    expect(nextTier({ value, held, tiers: TIERS })).toMatchObject({ tier: { name }, missing });
  });

  it('is none at the top', () => {
    expect(nextTier({ value: 100_000n, held: gold, tiers: TIERS })).toBeNull();
    expect(nextTier({ value: 5n, held: gold, tiers: TIERS })).toBeNull();
  });
});

it('ranks follow the thresholds, and tiers that staff give stay where they were written', () => {
  const drafts = [
    { name: 'Gold', threshold: 50n },
    { name: 'Friends', threshold: null },
    { name: 'Silver', threshold: 10n },
  ];
  expect(ranked(drafts).map(({ name }) => name)).toEqual(['Silver', 'Friends', 'Gold']);
});

it.each([
  ['Gold', 'storebook-tier-gold'],
  [' Très cher, ami! ', 'storebook-tier-très-cher-ami'],
  ['黄金 会员', 'storebook-tier-黄金-会员'],
])('%s is tagged %s', (name, tag) => {
  expect(tierTag(name)).toBe(tag);
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
  const perks = { ...NO_PERKS, times: 1_001, discountPercent: 101, earlyTag: 'a,b', birthdayPoints: -1 };
  expect(tierProblems([{ name: 'Gold', threshold: null, perks }])).toEqual({
    'tiers.0.times': 'tiers.error.times',
    'tiers.0.discountPercent': 'tiers.error.percent',
    'tiers.0.earlyTag': 'tiers.error.tag',
    'tiers.0.birthdayPoints': 'tiers.error.points',
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
