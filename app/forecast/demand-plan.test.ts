import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, parseDay } from '../core/calendar.ts';
import { factorOn, withoutPlans, withPlans, type DemandPlan } from './demand-plan.ts';

const DAY = parseDay('2026-11-20');
const plan = (from: number, to: number | null, factor: number): DemandPlan => ({
  from: addDays(DAY, from),
  to: to === null ? null : addDays(DAY, to),
  factor,
});

describe('planned demand', () => {
  it('holds from its first to its last day, and several multiply', () => {
    const plans = [plan(0, 2, 1.5), plan(2, null, 2)];
    expect([-1, 0, 1, 2, 3, 100].map((at) => factorOn(plans, addDays(DAY, at)))).toEqual([1, 1.5, 1.5, 3, 2, 2]);
  });

  it('is taken out of history, and missing days stay missing', () => {
    const series = { from: DAY, values: [10, null, 15, 4] };
    expect(withoutPlans(series, [plan(1, 2, 1.5)]).values).toEqual([10, null, 10, 4]);
    expect(withoutPlans(series, [])).toBe(series);
  });

  it('put on and taken out again is nothing', () => {
    const day = fc.integer({ min: -10, max: 40 });
    const some = fc.array(fc.tuple(day, fc.option(day), fc.double({ min: 0.2, max: 5, noNaN: true })), { maxLength: 5 });
    const units = fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { maxLength: 30 });
    fc.assert(
      fc.property(some, units, (drawn, daily) => {
        const plans = drawn.map(([from, to, factor]) => plan(from, to, factor));
        const back = withoutPlans({ from: DAY, values: withPlans(daily, DAY, plans) }, plans).values;
        for (const [at, value] of back.entries()) expect(value ?? -1).toBeCloseTo(daily[at] ?? 0, 6);
      }),
    );
  });
});
