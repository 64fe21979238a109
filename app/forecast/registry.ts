import { mean28 } from './mean-28.ts';
import type { ForecastModel, ModelInput } from './model.ts';
import { weeklySmoothing } from './weekly-smoothing.ts';

/** The models in order of preference; the first whose history suffices is used. The last one always fits. */
export const MODELS: readonly ForecastModel[] = [weeklySmoothing, mean28];

export type DemandForecast = {
  readonly model: string;
  /** Expected units a day, the first for the day after the series. */ readonly daily: number[];
};

/**
 * Forecasts with the first model that fits. The day after the series is not over: what it sold so far tells only that
 * demand is at least that much, so it joins the history once it exceeds what was expected of the whole day.
 */
export function forecastDemand(input: ModelInput & { soldToday: number; models?: readonly ForecastModel[] }): DemandForecast {
  const model = (input.models ?? MODELS).find((candidate) => candidate.fits(input.series)) ?? mean28;
  const daily = model.forecast(input);
  if (input.soldToday <= (daily[0] ?? 0)) return { model: model.name, daily };
  const withToday = { from: input.series.from, values: [...input.series.values, input.soldToday] };
  // One day more is asked for, since the history now ends a day later; today keeps its first expectation.
  const later = model.forecast({ ...input, series: withToday });
  return { model: model.name, daily: [daily[0] ?? 0, ...later.slice(0, input.horizon - 1)] };
}
