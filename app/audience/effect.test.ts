import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../sandbox/random.ts';
import { alwaysValid, mixtureFor, timesNeeded, varianceOf } from './always-valid.ts';
import { effectOf, type MeasuredArm } from './effect.ts';
import { adjustedDifference } from './lift.ts';

const ALPHA = 0.05;
const DAYS = 28;

describe('the boundary', () => {
  const difference = (effect: number, variance: number) => ({
    effect,
    samples: [
      { n: 101, squares: 101 * 100 * variance },
      { n: 101, squares: 0 },
    ] as const,
  });

  it('is the published one', () => {
    // V = ρ = 1, α = 0.05: √(2·ln(2/0.0025)) = 3.656…
    const { low, high } = alwaysValid(difference(10, 1), { alpha: ALPHA, mixture: 1 });
    expect([10 - low, high - 10].map((reach) => reach.toFixed(4))).toEqual(['3.6564', '3.6564']);
  });

  it('is tightest, to a few in a hundred, where its mixture says', () => {
    const reach = (mixture: number): number => alwaysValid(difference(0, 1), { alpha: ALPHA, mixture }).high;
    const best = Math.min(...Array.from({ length: 400 }, (_, at) => reach(0.005 * (at + 1))));
    expect(reach(mixtureFor(1, ALPHA))).toBeLessThan(1.03 * best);
  });

  it('says how many times as many customers would show the effect', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.double({ min: 0.1, max: 50, noNaN: true }), (effect, variance) => {
        const interval = alwaysValid(difference(effect, variance), { alpha: ALPHA, mixture: 1 });
        expect(timesNeeded(interval) <= 1).toBe(interval.low >= 0);
      }),
    );
  });
});

/** A campaign of customers who differ in how often and how much they buy: half the people bring most of the money. */
function campaign(seed: number, how: { customers: number; heldOut: number; rate: number; uplift: number }) {
  const drawn = seeded(seed);
  const uniform = (): number => drawn.next();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const people = Array.from({ length: how.customers }, () => {
    const person = {
      rate: -how.rate * Math.log(1 - uniform()),
      size: Math.exp(3.5 + 0.6 * normal()),
      held: uniform() < how.heldOut,
      before: 0,
      spent: 0,
    };
    for (let day = 0; day < DAYS; day += 1) if (uniform() < person.rate) person.before += person.size * Math.exp(0.8 * normal() - 0.32);
    return person;
  });
  const treated = people.filter((person) => !person.held);
  let trueEffect = 0;
  return {
    mixture: mixtureFor(spreadOf(people.map(({ before }) => before)) * (1 / treated.length + 1 / (people.length - treated.length)), ALPHA),
    /** Lives a day. */
    live() {
      for (const person of people) {
        const chance = person.rate * (person.held ? 1 : 1 + how.uplift);
        if (uniform() < chance) person.spent += person.size * Math.exp(0.8 * normal() - 0.32);
      }
      trueEffect += treated.reduce((sum, { rate, size }) => sum + rate * how.uplift * size, 0) / treated.length;
    },
    arms: () => [momentsOf(treated), momentsOf(people.filter((person) => person.held))] as const,
    trueEffect: () => trueEffect,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const spreadOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1);

function momentsOf(people: readonly { spent: number; before: number }[]): MeasuredArm {
  const [outcome, before] = [mean(people.map((one) => one.spent)), mean(people.map((one) => one.before))];
  const sum = (of: (one: { spent: number; before: number }) => number): number => people.reduce((total, one) => total + of(one), 0);
  return {
    n: people.length,
    buyers: people.filter((one) => one.spent > 0).length,
    outcome,
    before,
    outcomeSquares: sum(({ spent }) => (spent - outcome) ** 2),
    beforeSquares: sum((one) => (one.before - before) ** 2),
    products: sum((one) => (one.spent - outcome) * (one.before - before)),
  };
}

/** How many of so many campaigns claimed an effect, or missed the true one, at any daily look. */
function looked(campaigns: number, how: Parameters<typeof campaign>[1]) {
  const counts = { claimed: 0, missed: 0, naive: 0, atTheEnd: 0 };
  for (let seed = 1; seed <= campaigns; seed += 1) {
    const lived = campaign(seed, how);
    const found = { claimed: false, missed: false, naive: false, atTheEnd: false };
    for (let day = 0; day < DAYS; day += 1) {
      lived.live();
      const [arm, control] = lived.arms();
      const told = effectOf(arm, control, { alpha: ALPHA, mixture: lived.mixture });
      if (told.kind === 'short') continue;
      found.claimed ||= told.shown;
      found.missed ||= told.low > lived.trueEffect() || told.high < lived.trueEffect();
      const difference = adjustedDifference(arm, control);
      found.naive ||= Math.abs(difference.effect) > 1.96 * Math.sqrt(varianceOf(difference));
      found.atTheEnd = told.shown;
    }
    for (const name of ['claimed', 'missed', 'naive', 'atTheEnd'] as const) if (found[name]) counts[name] += 1;
  }
  return counts;
}

describe('200 campaigns that are looked at every day', () => {
  it('with no effect: fewer than 1 in 15 claim one, where an ordinary interval would in many', () => {
    const { claimed, missed, naive } = looked(200, { customers: 2_000, heldOut: 0.1, rate: 0.01, uplift: 0 });
    expect([claimed, missed].map((count) => count < 200 / 15)).toEqual([true, true]);
    // The simulation can tell: looked at daily, Student's interval claims far too often.
    expect(naive).toBeGreaterThan(40);
  });

  it('with few buyers and a small hold-out: nor do they', () => {
    expect(looked(200, { customers: 1_500, heldOut: 0.1, rate: 0.003, uplift: 0 }).claimed).toBeLessThan(200 / 15);
  });

  it('with an effect: their intervals hold the true one at every look, and most show it by the end', () => {
    const { missed, atTheEnd } = looked(60, { customers: 2_000, heldOut: 0.2, rate: 0.01, uplift: 1 });
    expect(missed).toBeLessThan(60 / 15);
    expect(atTheEnd).toBeGreaterThan(40);
  });
});

it('says that there is not enough data yet, and counts by the smaller arm', () => {
  const arm = (n: number, buyers: number): MeasuredArm => ({
    n,
    buyers,
    outcome: 1,
    before: 0,
    outcomeSquares: n,
    beforeSquares: 0,
    products: 0,
  });
  const how = { alpha: ALPHA, mixture: 1 };
  expect(effectOf(arm(900, 90), arm(99, 12), how)).toEqual({ kind: 'short', customers: 99, buyers: 12 });
  expect(effectOf(arm(900, 90), arm(100, 9), how)).toEqual({ kind: 'short', customers: 100, buyers: 9 });
  // No effect at all: no number of customers would show one.
  expect(effectOf(arm(900, 90), arm(100, 10), how)).toMatchObject({ kind: 'told', effect: 0, shown: false, customersNeeded: null });
});
