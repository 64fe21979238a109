import { addDays, dayNumber, weekday, type Day } from '../core/calendar.ts';

/** Units a day of one variant, oldest first. `null`: nothing could be sold that day, so it says nothing about demand. */
export type DemandSeries = { readonly from: Day; readonly values: readonly (number | null)[] };

/** Seven factors, Monday first, that average 1; 0 for a weekday on which the shop is closed. */
export type WeekProfile = readonly number[];

export const EVEN_WEEK: WeekProfile = [1, 1, 1, 1, 1, 1, 1];

/** What one place held on one day: the most at any moment of the day, and what stood at its end. `null`: not counted there. */
export type StockDay = { readonly locationId: bigint; readonly day: Day; readonly most: number | null; readonly last: number | null };

const isThere = (available: number | null): boolean => available === null || available > 0;

/**
 * Days between `from` and `to` (both included) on which no place had the variant at any moment.
 * A place without a reading yet, and on the day of its first, counts as stocked: what is not known must not be taken
 * for an empty shelf.
 * @param readings in order of days.
 */
export function daysOutOfStock(readings: readonly StockDay[], span: { from: Day; to: Day }): Set<number> {
  const out = new Set<number>();
  const first = readings[0];
  if (!first) return out;
  const [from, to] = [dayNumber(span.from), dayNumber(span.to)];
  const standing = new Map<bigint, number | null>();
  const firstSeen = new Map<bigint, number>();
  for (const reading of readings) if (!firstSeen.has(reading.locationId)) firstSeen.set(reading.locationId, dayNumber(reading.day));
  const known = Math.max(...firstSeen.values());
  let next = 0;
  for (let day = Math.min(dayNumber(first.day), from); day <= to; day += 1) {
    let stocked = [...standing.values()].some(isThere);
    for (let reading = readings[next]; reading && dayNumber(reading.day) <= day; reading = readings[(next += 1)]) {
      stocked ||= isThere(reading.most);
      standing.set(reading.locationId, reading.last);
    }
    if (!stocked && day >= from && day > known) out.add(day);
  }
  return out;
}

export type SeriesInput = {
  /** The first day after the history: normally today, which is not over. */
  readonly until: Day;
  readonly historyDays: number;
  /** Units by day number (days since 1970), gross of returns: a return does not undo that somebody wanted it. */
  readonly units: ReadonlyMap<number, number>;
  readonly stock: readonly StockDay[];
};

/** The first day with a sale in the window, as a day number; `end` when there is none. */
function firstSale(input: SeriesInput, end: number): number {
  let start = end;
  for (const [day, units] of input.units) if (units > 0 && day >= end - input.historyDays) start = Math.min(start, day);
  return start;
}

/** True when a variant sells at least half as often on days out of stock as on others: it is sold on back order. */
function sellsOnBackOrder(days: readonly { units: number; out: boolean }[]): boolean {
  const share = (out: boolean): number => {
    const such = days.filter((day) => day.out === out);
    return such.length === 0 ? 0 : such.filter((day) => day.units > 0).length / such.length;
  };
  return share(true) > 0 && share(true) >= share(false) / 2;
}

/**
 * The demand of one variant from its first sale in the window to the day before `until`.
 * Days out of stock are missing, not zero: nobody could buy. Where the variant sells about as often on such days as on
 * others it is evidently sold on back order, and no day is left out.
 * @returns the series, and how many of its days were left out.
 */
export function buildSeries(input: SeriesInput): { series: DemandSeries; outOfStockDays: number } {
  const end = dayNumber(input.until);
  const start = firstSale(input, end);
  const from = addDays(input.until, start - end);
  const out = daysOutOfStock(input.stock, { from, to: addDays(input.until, -1) });
  const days = Array.from({ length: Math.max(0, end - start) }, (_, index) => ({
    units: Math.max(0, input.units.get(start + index) ?? 0),
    out: out.has(start + index),
  }));
  const keepAll = sellsOnBackOrder(days);
  const values = days.map((day) => (day.out && !keepAll ? null : day.units));
  return { series: { from, values }, outOfStockDays: keepAll ? 0 : out.size };
}

/** Sums of units and counts of observed days by weekday, Monday first. */
export function weekdaySums(series: DemandSeries): { units: number[]; days: number[] } {
  const units = Array.from({ length: 7 }, () => 0);
  const days = Array.from({ length: 7 }, () => 0);
  const first = weekday(series.from);
  series.values.forEach((value, index) => {
    if (value === null) return;
    const at = (first + index) % 7;
    units[at] = (units[at] ?? 0) + value;
    days[at] = (days[at] ?? 0) + 1;
  });
  return { units, days };
}

/** Scales seven weights so that they average 1; an even week when there is nothing to scale. */
export function normalWeek(weights: readonly number[]): WeekProfile {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum > 0 ? weights.map((weight) => (weight * 7) / sum) : EVEN_WEEK;
}

/** Less than this share of an average day is not trade but a correction made on a day off. */
const CLOSED_BELOW = 0.005;
const WEEKS_TO_KNOW_A_CLOSED_DAY = 4;

/**
 * The week of the whole shop: what share of trade each weekday has, and which are closed.
 * @param units sum of units by weekday, Monday first, over `weeks` weeks. With under four weeks an even week is given.
 */
export function shopWeek(units: readonly number[], weeks: number): WeekProfile {
  if (weeks < WEEKS_TO_KNOW_A_CLOSED_DAY) return EVEN_WEEK;
  return normalWeek(normalWeek(units).map((factor) => (factor < CLOSED_BELOW ? 0 : factor)));
}

/** How many weeks of its own a variant needs to weigh as much as the shop in its week. */
const SHOP_WEIGHT = 8;

/**
 * A variant's week, drawn toward the shop's where its own days are few:
 * f_w = (units_w + k·m·g_w) / ((days_w + k)·m), with m its mean a day, g the shop's week and k = 8 weeks.
 */
export function variantWeek(series: DemandSeries, shop: WeekProfile): WeekProfile {
  const { units, days } = weekdaySums(series);
  const observed = days.reduce((total, count) => total + count, 0);
  const mean = observed === 0 ? 0 : units.reduce((total, sum) => total + sum, 0) / observed;
  if (mean === 0) return shop;
  return normalWeek(shop.map((factor, at) => ((units[at] ?? 0) + SHOP_WEIGHT * mean * factor) / (((days[at] ?? 0) + SHOP_WEIGHT) * mean)));
}
