import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsOf, type Pair } from '../../identity/same-person.ts';
import { hasLeaked, tailOf, verdicts, type OtherUse } from './misuse.ts';

const use = (holder: number, buyer: number | null, campaignId = 1): OtherUse => ({
  campaignId,
  code: `C${holder}`,
  holder: BigInt(holder),
  buyer: buyer === null ? null : BigInt(buyer),
});
const nobody = (): boolean => false;

describe('what a use of another account’s code looks like', () => {
  it('a friend passes one on; who used three of others collected them', () => {
    expect(verdicts([use(1, 9), use(2, 8)], nobody)).toEqual(['passed-on', 'passed-on']);
    expect(verdicts([use(1, 9), use(2, 9), use(3, 9), use(4, 8)], nobody)).toEqual(['collected', 'collected', 'collected', 'passed-on']);
  });

  it('three uses of the same holder’s codes are no collection, and nobody named never is', () => {
    expect(verdicts([use(1, 9, 1), use(1, 9, 2), use(1, 9, 3)], nobody)).toEqual(['passed-on', 'passed-on', 'passed-on']);
    expect(verdicts([use(1, null), use(2, null), use(3, null)], nobody)).toEqual(['passed-on', 'passed-on', 'passed-on']);
  });

  it('another account of the holder is their own, and does not count among a collector’s', () => {
    const same = (one: bigint, other: bigint): boolean => one === 9n && other === 1n;
    expect(verdicts([use(1, 9), use(2, 9), use(3, 9)], same)).toEqual(['own-account', 'passed-on', 'passed-on']);
  });
});

describe('whether codes have got about', () => {
  it('tells the upper tail exactly', () => {
    expect(tailOf(10, 0, 0.1)).toBe(1);
    expect(tailOf(1, 1, 0.1)).toBeCloseTo(0.1, 12);
    // 1 − 0.9^10 − 10·0.1·0.9^9
    expect(tailOf(10, 2, 0.1)).toBeCloseTo(0.263_901_070_9, 9);
    expect(tailOf(20_000, 2_000, 0.1)).toBeCloseTo(0.5, 1);
  });

  it('says so of half of a dozen, and never of a few or of a tenth', () => {
    expect(hasLeaked({ uses: 12, byOthers: 6 })).toBe(true);
    expect(hasLeaked({ uses: 4, byOthers: 4 })).toBe(false);
    expect(hasLeaked({ uses: 200, byOthers: 20 })).toBe(false);
    expect(hasLeaked({ uses: 200, byOthers: 40 })).toBe(true);
  });

  it('says so the sooner the more there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(400), (uses, some) => {
        const byOthers = Math.min(some, uses);
        const [now, more] = [byOthers, Math.min(uses, byOthers + 1)].map((others) => hasLeaked({ uses, byOthers: others }));
        expect(!now || more).toBe(true);
      }),
    );
  });
});

describe('accounts that look like one person', () => {
  it('hang together over a third, the largest group first, with all that any two share', () => {
    const pairs: Pair[] = [
      { one: 7n, other: 8n, signals: ['card', 'name'] },
      { one: 1n, other: 2n, signals: ['mailbox', 'phone'] },
      { one: 2n, other: 3n, signals: ['phone', 'address'] },
    ];
    expect(groupsOf(pairs)).toEqual([
      { customerIds: [1n, 2n, 3n], signals: ['mailbox', 'phone', 'address'] },
      { customerIds: [7n, 8n], signals: ['name', 'card'] },
    ]);
  });

  it('each account is in exactly one group, and both of a pair in the same', () => {
    const pair = fc
      .tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 15 }))
      .filter(([one, other]) => one < other)
      .map(([one, other]): Pair => ({ one: BigInt(one), other: BigInt(other), signals: ['phone', 'name'] }));
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const groups = groupsOf(pairs);
        const all = groups.flatMap(({ customerIds }) => customerIds);
        expect(new Set(all).size).toBe(all.length);
        expect(new Set(all)).toEqual(new Set(pairs.flatMap(({ one, other }) => [one, other])));
        const groupOf = (id: bigint): number => groups.findIndex(({ customerIds }) => customerIds.includes(id));
        for (const { one, other } of pairs) expect(groupOf(one)).toBe(groupOf(other));
      }),
    );
  });
});
