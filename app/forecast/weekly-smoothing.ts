import { weekday } from '../core/calendar.ts';
import { variantWeek, type DemandSeries, type WeekProfile } from './demand-series.ts';
import { dayAfter, observedDays, spread, type ForecastModel } from './model.ts';

const MIN_DAYS = 56;
/** Observed days that make the first level and are not scored. */
const WARM_UP = 28;
const CONSTANTS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5] as const;

type Observation = { units: number; factor: number };

function observations(series: DemandSeries, week: WeekProfile): Observation[] {
  const first = weekday(series.from);
  return series.values.flatMap((units, index) => (units === null ? [] : [{ units, factor: week[(first + index) % 7] ?? 1 }]));
}

/**
 * Simple exponential smoothing of demand with its week taken out (Hyndman & Athanasopoulos, Forecasting: Principles and
 * Practice, 3rd ed., section 8.1): a day's expectation is f·l, its error e = y − f·l, and the level moves by
 * l ← l + α·e, which for an even week (f = 1) is their equation (8.2). The step in the level is thus weighed by how much
 * of the week the day holds, so that a lone sale on a weak weekday does not count as a boom; no step overshoots
 * (α·f is held at most 1), so the level never turns negative.
 * @returns the last level in units on an average day, and the sum of squared one-step errors after the warm-up.
 */
export function smooth(days: readonly Observation[], alpha: number): { level: number; squaredError: number } {
  let [units, exposure] = [0, 0];
  for (const day of days.slice(0, WARM_UP)) {
    units += day.units;
    exposure += day.factor;
  }
  let level = exposure > 0 ? units / exposure : 0;
  let squaredError = 0;
  for (const day of days.slice(WARM_UP)) {
    const error = day.units - day.factor * level;
    squaredError += error * error;
    level += (day.factor > 1 ? Math.min(alpha, 1 / day.factor) : alpha) * error;
  }
  return { level, squaredError };
}

/** The baseline: smoothing with the constant that had the least squared one-step error; the steadier one on a tie. */
export const weeklySmoothing: ForecastModel = {
  name: 'weekly-smoothing',
  fits: (series) => observedDays(series) >= MIN_DAYS,
  forecast({ series, shopWeek, horizon }) {
    const week = variantWeek(series, shopWeek);
    const days = observations(series, week);
    let best = smooth(days, CONSTANTS[0]);
    for (const alpha of CONSTANTS.slice(1)) {
      const tried = smooth(days, alpha);
      // A gain in the last digits of a float is no gain.
      if (tried.squaredError < best.squaredError * (1 - 1e-9)) best = tried;
    }
    return spread({ level: best.level, from: dayAfter(series), horizon, week });
  },
};
