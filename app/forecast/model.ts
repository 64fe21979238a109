import { addDays, weekday, type Day } from '../core/calendar.ts';
import type { DemandSeries, WeekProfile } from './demand-series.ts';

export type ModelInput = {
  readonly series: DemandSeries;
  readonly shopWeek: WeekProfile;
  /** Days to forecast, beginning on the day after the series' last. */
  readonly horizon: number;
};

/** A way to forecast. To add one: write a file beside this one and put it into `registry.ts`. */
export type ForecastModel = {
  /** Stored with each forecast and named to the merchant (app/i18n `inventory.models`). */
  readonly name: string;
  /** True when the history is enough for it. */
  fits(series: DemandSeries): boolean;
  /** Expected units a day, `horizon` of them, none negative. */
  forecast(input: ModelInput): number[];
};

/** Days on which demand could be seen. */
export function observedDays(series: DemandSeries): number {
  return series.values.reduce<number>((count, value) => (value === null ? count : count + 1), 0);
}

export function dayAfter(series: DemandSeries): Day {
  return addDays(series.from, series.values.length);
}

/** A level (units on an average day) spread over the coming days by the week. */
export function spread(input: { level: number; from: Day; horizon: number; week: WeekProfile }): number[] {
  const first = weekday(input.from);
  return Array.from({ length: input.horizon }, (_, index) => input.level * (input.week[(first + index) % 7] ?? 1));
}
