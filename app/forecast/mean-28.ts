import { weekday } from '../core/calendar.ts';
import { dayAfter, spread, type ForecastModel } from './model.ts';

const WINDOW = 28;
/** A first sale today does not say that one is sold every day: less than a week of history is spread over a week. */
const LEAST_DAYS = 7;

/**
 * Mean of the last 28 days that could be observed, spread over the shop's week: the mean method (Hyndman & Athanasopoulos,
 * Forecasting: Principles and Practice, 3rd ed., section 5.2) on a window. For histories too short to smooth.
 */
export const mean28: ForecastModel = {
  name: 'mean-28',
  fits: () => true,
  forecast({ series, shopWeek, horizon }) {
    const first = weekday(series.from);
    let [units, exposure, days] = [0, 0, 0];
    for (let index = series.values.length - 1; index >= 0 && days < WINDOW; index -= 1) {
      const value = series.values[index] ?? null;
      if (value === null) continue;
      units += value;
      exposure += shopWeek[(first + index) % 7] ?? 1;
      days += 1;
    }
    const level = units / Math.max(exposure, LEAST_DAYS);
    return spread({ level, from: dayAfter(series), horizon, week: shopWeek });
  },
};
