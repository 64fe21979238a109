import { describe, expect, it } from 'vitest';
import { seeded } from '../../sandbox/random.ts';
import { MOST_WEEKS, weeksToNextOrder } from './next-order.ts';

/** The published parameters of the CDNOW sample. */
const CDNOW = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

describe('the next order', () => {
  it('is due after the median of the time between orders', () => {
    for (const history of [
      { repeats: 1, last: 6 },
      { repeats: 4, last: 30 },
      { repeats: 20, last: 35 },
    ]) {
      const weeks = weeksToNextOrder(CDNOW, history) ?? Number.NaN;
      const from = CDNOW.alpha + history.last;
      expect((from / (from + weeks)) ** (CDNOW.r + history.repeats)).toBeCloseTo(0.5, 12);
    }
  });

  it('is what half of the customers of the model do, drawn one by one', () => {
    // With r + x a whole number, a gamma rate is a sum of exponentials.
    const model = { r: 1, alpha: 5, a: 1, b: 2 };
    const history = { repeats: 2, last: 9 };
    const chance = seeded(7);
    const exponential = (): number => -Math.log(1 - chance.next());
    const due = weeksToNextOrder(model, history) ?? Number.NaN;
    const draws = 40_000;
    let earlier = 0;
    for (let draw = 0; draw < draws; draw += 1) {
      const rate = (exponential() + exponential() + exponential()) / (model.alpha + history.last);
      if (exponential() / rate <= due) earlier += 1;
    }
    expect(Math.abs(earlier / draws - 0.5)).toBeLessThan(0.01);
  });

  it('comes sooner the more often somebody has bought, and is none beyond two years', () => {
    const due = [1, 2, 5, 20].map((repeats) => weeksToNextOrder(CDNOW, { repeats, last: 20 }) ?? Number.NaN);
    expect(due).toEqual(due.toSorted((one, other) => other - one));
    expect(weeksToNextOrder(CDNOW, { repeats: 0, last: 0 })).toBeLessThan(MOST_WEEKS);
    expect(weeksToNextOrder({ ...CDNOW, alpha: 10 }, { repeats: 0, last: 0 })).toBeNull();
    // So rarely that the number itself has no bound.
    expect(weeksToNextOrder({ ...CDNOW, r: 1e-9 }, { repeats: 0, last: 0 })).toBeNull();
  });
});
