import { addDays, addMonths, parseDay, type Day } from '../../core/calendar.ts';
import type { Tier } from '../tier.ts';

/** What is counted: net spend in minor units, points earned before what a tier adds, or orders of which something is kept. */
export const BASES = ['spend', 'points', 'orders'] as const;
export type Basis = (typeof BASES)[number];

/** How long it counts: so many months back to the same date, since the first of January, or for ever; days of the shop. */
export type Window = { readonly kind: 'rolling'; readonly months: number } | { readonly kind: 'year' } | { readonly kind: 'lifetime' };

export type TierRules = {
  readonly basis: Basis;
  readonly window: Window;
  /** Whole days for which a tier is kept after its threshold is no longer met. */
  readonly graceDays: number;
  /** When the grace has passed: to the tier that fits, or one tier at a time, each with the grace of its own. */
  readonly fall: 'fit' | 'step';
  /** Whether the store's customers are tagged with their tier. */
  readonly tags: boolean;
  /** Whether changes of customers' tiers set off the trigger for Shopify Flow. */
  readonly flow: boolean;
};

/** What holds where a merchant never said anything. */
export const PLAIN_RULES: TierRules = {
  basis: 'spend',
  window: { kind: 'rolling', months: 12 },
  graceDays: 0,
  fall: 'fit',
  tags: false,
  flow: false,
};

/** Rules with their tiers, from a moment on. Tiers in the order of their ranks. */
export type TierVersion = {
  readonly version: number;
  readonly from: Date;
  readonly rules: TierRules;
  readonly tiers: readonly Tier[];
};

export const MOST_MONTHS = 60;
export const MOST_GRACE = 730;

/** What is wrong with rules, by field. */
export function ruleProblems({ window, graceDays, fall }: TierRules): Record<string, string> {
  const isWhole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;
  return {
    ...(window.kind === 'rolling' && !isWhole(window.months, 1, MOST_MONTHS) ? { months: 'tiers.error.months' } : {}),
    ...(isWhole(graceDays, 0, MOST_GRACE) ? {} : { graceDays: 'tiers.error.grace' }),
    ...(fall === 'step' && graceDays === 0 ? { graceDays: 'tiers.error.step' } : {}),
  };
}

/** The first day on which what happened on a day counts no more; null: it counts for ever. */
export function leavesOn(day: Day, window: Window): Day | null {
  if (window.kind === 'lifetime') return null;
  if (window.kind === 'year') return parseDay(`${Number(day.slice(0, 4)) + 1}-01-01`.padStart(10, '0'));
  // It counts on days whose date so many months before is earlier: at the end of a longer month that is a day more.
  let first = addMonths(day, window.months);
  while (addMonths(first, -window.months) < day) first = addDays(first, 1);
  return first;
}

/** The last day before the window of a day: what happened after it counts. Null: everything does. */
export function windowStart(today: Day, window: Window): Day | null {
  if (window.kind === 'lifetime') return null;
  return window.kind === 'year' ? addDays(parseDay(`${today.slice(0, 4)}-01-01`), -1) : addMonths(today, -window.months);
}

/** The day from which facts may still decide the tier of a day, given any number of tiers up to ten. */
export function horizonOf(today: Day, { window, graceDays, fall }: TierRules): Day | null {
  return windowStart(addDays(today, -(graceDays + 1) * (fall === 'step' ? 11 : 1)), window);
}
