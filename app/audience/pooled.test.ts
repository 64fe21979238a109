import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../sandbox/random.ts';
import { mixtureFor, varianceOf } from './always-valid.ts';
import { effectOf, type MeasuredArm } from './effect.ts';
import { adjustedDifference } from './lift.ts';
import { counts, mergedArms, pooledEffect, pooledEffects, type Stratum } from './pooled.ts';

const ALPHA = 0.05;
type Person = { readonly spent: number; readonly before: number };

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const spreadOf = (values: readonly number[]): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
};

function momentsOf(people: readonly Person[]): MeasuredArm {
  const [outcome, before] = [mean(people.map(({ spent }) => spent)), mean(people.map((one) => one.before))];
  const sum = (of: (one: Person) => number): number => people.reduce((total, one) => total + of(one), 0);
  return {
    n: people.length,
    buyers: people.filter(({ spent }) => spent > 0).length,
    outcome,
    before,
    outcomeSquares: sum(({ spent }) => (spent - outcome) ** 2),
    beforeSquares: sum((one) => (one.before - before) ** 2),
    products: sum((one) => (one.spent - outcome) * (one.before - before)),
  };
}

const stratumOf = (offered: readonly Person[], held: readonly Person[]): Stratum => ({
  offered: momentsOf(offered),
  held: momentsOf(held),
});

/** Customers of whom one in two or so buys, by a seed. */
function crowd(seed: number, count: number, lift = 0): Person[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const before = random.next() < 0.5 ? Math.floor(10_000 * random.next()) : 0;
    return { before, spent: random.next() < 0.5 ? Math.floor(before * random.next() + 3_000 * random.next() + lift) : 0 };
  });
}

const size = fc.integer({ min: 100, max: 400 });
const seed = fc.integer({ min: 1, max: 1_000_000 });

describe('pooled', () => {
  it('one campaign is its own effect, with its own range', () => {
    fc.assert(
      fc.property(seed, size, size, fc.double({ min: 0.1, max: 10_000, noNaN: true }), (of, offered, held, mixture) => {
        const stratum = stratumOf(crowd(of, offered, 500), crowd(of + 1, held));
        const own = effectOf(stratum.offered, stratum.held, { alpha: ALPHA, mixture });
        const pooled = pooledEffect({ strata: [stratum], mixture: offered ** 2 * mixture }, ALPHA);
        if (own.kind !== 'told' || pooled.kind !== 'told') throw new Error('too few');
        expect([pooled.shown, pooled.offered]).toEqual([own.shown, offered]);
        for (const part of ['effect', 'low', 'high'] as const) expect(pooled[part]).toBeCloseTo(own[part], 6);
      }),
      { numRuns: 50 },
    );
  });

  it('several campaigns are the sum of their totals, with the variance of that sum, in any order', () => {
    const strata = [
      stratumOf(crowd(1, 300, 900), crowd(2, 100)),
      stratumOf(crowd(3, 150), crowd(4, 150)),
      stratumOf(crowd(5, 40), crowd(6, 20)),
    ];
    const differences = strata.map(({ offered, held }) => adjustedDifference(offered, held));
    const total = 300 * (differences[0]?.effect ?? 0) + 150 * (differences[1]?.effect ?? 0) + 40 * (differences[2]?.effect ?? 0);
    const [a = 0, b = 0, c = 0] = differences.map(varianceOf);
    const sum = 300 ** 2 * a + 150 ** 2 * b + 40 ** 2 * c + 7;
    const reach = Math.sqrt(sum * Math.log(sum / (7 * ALPHA ** 2)));
    for (const order of [strata, strata.toReversed()]) {
      const pooled = pooledEffect({ strata: order, mixture: 7 }, ALPHA);
      if (pooled.kind !== 'told') throw new Error('too few');
      expect(pooled.effect).toBeCloseTo(total / 490, 6);
      expect(pooled.high - pooled.effect).toBeCloseTo(reach / 490, 6);
      expect(pooled.effect - pooled.low).toBeCloseTo(reach / 490, 6);
    }
  });

  it('arms that are merged are their customers together', () => {
    fc.assert(
      fc.property(seed, size, size, (of, one, other) => {
        const [a, b] = [crowd(of, one), crowd(of + 1, other, 400)];
        const [found, wanted] = [mergedArms([momentsOf(a), momentsOf(b)]), momentsOf([...a, ...b])];
        expect([found.n, found.buyers]).toEqual([wanted.n, wanted.buyers]);
        for (const part of ['outcome', 'before', 'outcomeSquares', 'beforeSquares', 'products'] as const)
          expect(found[part] / wanted[part]).toBeCloseTo(1, 9);
      }),
      { numRuns: 30 },
    );
    expect(mergedArms([])).toMatchObject({ n: 0, buyers: 0 });
  });

  it('a campaign whose customers are split by chance tells the same on average', () => {
    const [offered, held] = [crowd(7, 600, 700), crowd(8, 300)];
    const whole = adjustedDifference(momentsOf(offered), momentsOf(held));
    const random = seeded(9);
    const told = Array.from({ length: 400 }, () => {
      const [toOffered, toHeld] = [offered.map(() => random.next() < 0.4), held.map(() => random.next() < 0.4)];
      const part = (first: boolean): Stratum =>
        stratumOf(
          offered.filter((_, at) => toOffered[at] === first),
          held.filter((_, at) => toHeld[at] === first),
        );
      const pooled = pooledEffect({ strata: [part(true), part(false)], mixture: 1 }, ALPHA);
      if (pooled.kind !== 'told') throw new Error('too few');
      return pooled.effect;
    });
    // The mean of the splits lies as near as chance lets it.
    expect(Math.abs(mean(told) - whole.effect)).toBeLessThan(4 * Math.sqrt(spreadOf(told) / told.length));
    expect(Math.sqrt(spreadOf(told))).toBeLessThan(Math.sqrt(varianceOf(whole)) / 2);
  });

  it('says that there is not enough data yet, and leaves out what is too small to have a variance', () => {
    const small = stratumOf(crowd(1, 300), crowd(2, 19));
    expect(counts(small)).toBe(false);
    expect(pooledEffect({ strata: [small], mixture: 1 }, ALPHA)).toMatchObject({ kind: 'short', customers: 19 });
    // Many that are too small do not make one that is large enough.
    expect(pooledEffect({ strata: Array.from({ length: 9 }, () => small), mixture: 1 }, ALPHA)).toMatchObject({ kind: 'short' });
    const part = stratumOf(crowd(3, 60), crowd(4, 60));
    expect(pooledEffect({ strata: [part], mixture: 1 }, ALPHA)).toMatchObject({ kind: 'short', customers: 60 });
    expect(pooledEffect({ strata: [part, part, small], mixture: 1 }, ALPHA)).toMatchObject({ kind: 'told', offered: 120 });
    const unsold = stratumOf(
      crowd(5, 200),
      crowd(6, 200).map(({ before }, at) => ({ before, spent: at < 9 ? 100 : 0 })),
    );
    expect(pooledEffect({ strata: [unsold], mixture: 1 }, ALPHA)).toEqual({ kind: 'short', customers: 200, buyers: 9 });
  });

  it('ranges of a table hold together: each is wider by how many there are that can tell anything', () => {
    const pool = { strata: [stratumOf(crowd(1, 200), crowd(2, 200))], mixture: 1e6 };
    const tiny = { strata: [stratumOf(crowd(3, 30), crowd(4, 30))], mixture: 1e6 };
    expect(pooledEffects([pool, tiny], ALPHA)).toEqual([pooledEffect(pool, ALPHA), pooledEffect(tiny, ALPHA)]);
    expect(pooledEffects([pool, pool, tiny], ALPHA)[1]).toEqual(pooledEffect(pool, ALPHA / 2));
  });
});

const LOOKS = 10;
const LASTS = 6;

/**
 * A shop whose 1,200 customers are in four campaigns that begin one after the other and overlap: in each somebody else is held
 * out, by chance. It is looked at after each of ten weeks.
 */
function lived(of: number, lift: number) {
  const random = seeded(of);
  const uniform = (): number => random.next();
  const people = Array.from({ length: 1_200 }, () => ({ rate: -0.06 * Math.log(1 - uniform()), size: 20 + 80 * uniform() }));
  const campaigns = [0, 2, 4, 6].map((start) => ({
    start,
    held: people.map(() => uniform() < 0.25),
    before: people.map(() => 0),
    spent: people.map(() => 0),
    effect: 0,
    mixture: 0,
  }));
  const isOn = ({ start }: (typeof campaigns)[number], week: number): boolean => week >= start && week < start + LASTS;
  const offeredOf = (campaign: (typeof campaigns)[number]): number => campaign.held.filter((held) => !held).length;
  const live = (week: number): void => {
    const on = campaigns.filter((campaign) => isOn(campaign, week));
    for (const [at, { rate, size }] of people.entries()) {
      const offers = on.filter(({ held }) => held[at] === false).length;
      const spent = uniform() < Math.min(1, rate * (1 + lift * offers)) ? size * (0.5 + uniform()) : 0;
      for (const campaign of campaigns) {
        if (week < campaign.start && week >= campaign.start - LASTS) campaign.before[at] = (campaign.before[at] ?? 0) + spent;
        if (isOn(campaign, week)) campaign.spent[at] = (campaign.spent[at] ?? 0) + spent;
      }
    }
    for (const campaign of on) {
      const gained = people.reduce((sum, { rate, size }, at) => sum + (campaign.held[at] ? 0 : rate * lift * size), 0);
      campaign.effect += gained / offeredOf(campaign);
    }
  };
  const stratumAt = ({ held, spent, before }: (typeof campaigns)[number]): Stratum => {
    const all = people.map((_, at) => ({ spent: spent[at] ?? 0, before: before[at] ?? 0, held: held[at] ?? false }));
    return stratumOf(
      all.filter((one) => !one.held),
      all.filter((one) => one.held),
    );
  };
  for (let week = -LASTS; week < 0; week += 1) live(week);
  return {
    /** Lives a week. @returns the campaigns that have begun, with their strata and true totals. */
    look(week: number) {
      for (const campaign of campaigns.filter(({ start }) => start === week)) {
        const { n } = stratumAt(campaign).offered;
        campaign.mixture = n ** 2 * mixtureFor(spreadOf(campaign.before) * (1 / n + 1 / (people.length - n)), ALPHA);
      }
      live(week);
      return campaigns
        .filter(({ start }) => start <= week)
        .map((campaign) => ({ mixture: campaign.mixture, stratum: stratumAt(campaign), total: campaign.effect * offeredOf(campaign) }));
    },
  };
}

/** How many of so many shops claimed an effect, or missed the true one, in any row at any look. */
function shops(count: number, lift: number) {
  const found = { all: 0, offers: 0, missed: 0, naive: 0, shownAtTheEnd: 0 };
  for (let of = 1; of <= count; of += 1) {
    const shop = lived(of, lift);
    const told = { all: false, offers: false, missed: false, naive: false, shownAtTheEnd: false };
    for (let week = 0; week < LOOKS; week += 1) {
      const begun = shop.look(week);
      const poolOf = (members: typeof begun) => ({
        strata: members.map(({ stratum }) => stratum),
        mixture: members[0]?.mixture ?? 1,
        truth: members.reduce((sum, { total }) => sum + total, 0) / members.reduce((sum, { stratum }) => sum + stratum.offered.n, 0),
      });
      // One table with a row for all, one with a row for each of two offers, which the campaigns made in turn.
      const whole = [poolOf(begun)];
      const byOffer = [0, 1].map((offer) => begun.filter((_, at) => at % 2 === offer)).filter((members) => members.length > 0);
      const rows = byOffer.map(poolOf);
      const [all, offers] = [pooledEffects(whole, ALPHA), pooledEffects(rows, ALPHA)];
      told.all ||= all.some((row) => row.kind === 'told' && row.shown);
      told.offers ||= offers.some((row) => row.kind === 'told' && row.shown);
      told.missed ||= offers.some((row, at) => {
        const truth = rows[at]?.truth ?? Number.NaN;
        return row.kind === 'told' && (row.low > truth || row.high < truth);
      });
      told.naive ||= [...whole, ...rows].some(({ strata }) => {
        const parts = strata.map((stratum) => ({ n: stratum.offered.n, of: adjustedDifference(stratum.offered, stratum.held) }));
        const total = parts.reduce((sum, { n, of: { effect } }) => sum + n * effect, 0);
        return Math.abs(total) > 1.96 * Math.sqrt(parts.reduce((sum, { n, of: part }) => sum + n * n * varianceOf(part), 0));
      });
      told.shownAtTheEnd = all.some((row) => row.kind === 'told' && row.shown);
    }
    for (const name of ['all', 'offers', 'missed', 'naive', 'shownAtTheEnd'] as const) if (told[name]) found[name] += 1;
  }
  return found;
}

describe('200 shops that are looked at ten times while campaigns join', () => {
  it('without an effect: fewer than 1 in 15 claim one, where an ordinary interval would in many', () => {
    const { all, offers, missed, naive } = shops(200, 0);
    expect([all, offers, missed].map((count) => count < 200 / 15)).toEqual([true, true, true]);
    // The simulation can tell.
    expect(naive).toBeGreaterThan(40);
  });

  it('with an effect: the ranges hold the true one at every look, and most show it at the end', () => {
    const { missed, shownAtTheEnd } = shops(60, 0.6);
    expect(missed).toBeLessThan(60 / 15);
    expect(shownAtTheEnd).toBeGreaterThan(40);
  });
});
