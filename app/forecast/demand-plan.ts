import { addDays, type Day } from '../core/calendar.ts';
import type { DemandSeries } from './demand-series.ts';

/** Something planned, such as a campaign, under which demand is `factor` times what it would be. Days are included; open where `to` is null. */
export type DemandPlan = { readonly from: Day; readonly to: Day | null; readonly factor: number };

/** By how much all plans of a day together change its demand; 1 on a day without any. */
export function factorOn(plans: readonly DemandPlan[], day: Day): number {
  return plans.reduce((product, { from, to, factor }) => (day >= from && (to === null || day <= to) ? product * factor : product), 1);
}

/** The demand that there would have been without the plans: what a model should learn from. */
export function withoutPlans(series: DemandSeries, plans: readonly DemandPlan[]): DemandSeries {
  if (plans.length === 0) return series;
  const { from, values } = series;
  return { from, values: values.map((value, at) => (value === null ? null : value / factorOn(plans, addDays(from, at)))) };
}

/** Expected units a day under the plans. @param from the day of the first. */
export function withPlans(daily: readonly number[], from: Day, plans: readonly DemandPlan[]): number[] {
  return daily.map((units, at) => units * factorOn(plans, addDays(from, at)));
}
