import { addDays, type Day } from '../core/calendar.ts';

export type StockStatus = 'out' | 'late' | 'soon' | 'ok' | 'idle' | 'untracked';
export const STOCK_STATUSES: readonly StockStatus[] = ['out', 'late', 'soon', 'ok', 'idle', 'untracked'];

/** Fewer expected units than this in four weeks is no demand to reorder for. */
const IDLE_BELOW = 0.5;
/** "Soon": to be ordered within a week. */
const SOON_DAYS = 7;
/** Dates further away than two years are not given: no forecast holds that long. */
const HORIZON_DAYS = 730;

export type ReorderInput = {
  readonly today: Day;
  /** Expected units a day from today on, in whole weeks; repeated beyond its end. */
  readonly daily: readonly number[];
  readonly soldToday: number;
  /** Units that can be sold, all places together; null where stock is not tracked. */
  readonly available: number | null;
  readonly leadTimeDays: number;
};

export type Reorder = {
  readonly status: StockStatus;
  /** Days that the stock lasts, the last one in part; null: no demand, or stock not tracked. */
  readonly daysOfCover: number | null;
  /** The first day whose demand the stock does not meet in full. */
  readonly stockoutOn: Day | null;
  /** The last day to order so that goods arrive on the day of the stock-out: stockoutOn − lead time. */
  readonly reorderBy: Day | null;
};

/** Days until `available` units are used up by `daily`, repeated without end; the last day in part. */
export function coverDays(daily: readonly number[], available: number): number {
  const cycle = daily.reduce((total, units) => total + units, 0);
  if (cycle <= 0) return Number.POSITIVE_INFINITY;
  if (available <= 0) return 0;
  const cycles = Math.floor(available / cycle);
  let left = available - cycles * cycle;
  for (const [index, units] of daily.entries()) {
    if (left < units) return cycles * daily.length + index + left / units;
    left -= units;
  }
  return (cycles + 1) * daily.length;
}

/**
 * When a variant runs out and by when to order it, walking the expected demand down from what is there. Today's demand is
 * what is still expected of it. No safety stock: the dates are those of the expected demand.
 */
export function reorder(input: ReorderInput): Reorder {
  const { today, daily, available, leadTimeDays } = input;
  const nothing = { daysOfCover: null, stockoutOn: null, reorderBy: null };
  if (available === null) return { status: 'untracked', ...nothing };
  const expected = daily.reduce((total, units) => total + units, 0);
  if (expected < IDLE_BELOW) return { status: 'idle', ...nothing };
  if (available <= 0) return { status: 'out', daysOfCover: 0, stockoutOn: today, reorderBy: addDays(today, -leadTimeDays) };
  // What today has already sold is no longer in `available`; giving it back makes the walk begin at midnight.
  const daysOfCover = coverDays(daily, available + Math.min(input.soldToday, daily[0] ?? 0));
  const stockout = Math.floor(daysOfCover);
  if (stockout > HORIZON_DAYS) return { status: 'ok', daysOfCover: Math.min(daysOfCover, 9_999), stockoutOn: null, reorderBy: null };
  const spare = stockout - leadTimeDays;
  const status = spare < 0 ? 'late' : spare <= SOON_DAYS ? 'soon' : 'ok';
  return { status, daysOfCover, stockoutOn: addDays(today, stockout), reorderBy: addDays(today, spare) };
}
