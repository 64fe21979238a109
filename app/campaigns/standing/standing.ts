import type { MailTexts } from '../campaign.ts';
import type { Delivery } from '../delivery.ts';
import type { Offer } from '../offer.ts';
import type { Trigger } from './trigger.ts';

export const STANDING_STATUSES = ['active', 'paused', 'ended'] as const;
export type StandingStatus = (typeof STANDING_STATUSES)[number];

export type Standing = {
  readonly id: number;
  readonly name: string;
  readonly status: StandingStatus;
  readonly trigger: Trigger;
  /** Who may be meant besides, in the language of segments; null: everybody. */
  readonly segment: string | null;
  readonly offers: readonly Offer[];
  /** Hundredths of a percent. */
  readonly holdOut: number;
  /** Of several on one day the highest wins. */
  readonly priority: number;
  /** How long a code works, in days. */
  readonly validDays: number;
  /** How long nobody is meant again, in days; null: once for ever. */
  readonly againDays: number | null;
  readonly delivery: Delivery;
  /** The program chooses who gets which offer, or none. */
  readonly learns: boolean;
  readonly mixture: number;
  readonly orderSquare: number;
  readonly createdAt: Date;
};

/** What a merchant wants of a standing campaign; what is wrong with it is told by field. */
export type WantedStanding = {
  readonly name: string;
  readonly trigger: Trigger | null;
  readonly segment: string;
  readonly offers: readonly unknown[];
  readonly holdOut: number | null;
  readonly priority: number | null;
  readonly validDays: number | null;
  readonly againDays: number | null;
  /** The program chooses who gets which offer, or none. */
  readonly learns?: boolean;
  readonly mail: readonly MailTexts[] | null;
  /** Handed to Shopify Flow, where there is no mail. */
  readonly flow?: boolean;
};

/** The intervals are tightest at so many customers: the mixture has to be fixed before anybody is meant. */
export const PLANNED = 2_000;
export const MOST_PRIORITY = 100;
export const MOST_VALID_DAYS = 365;

/** What is wrong with the numbers, as message keys by field. */
export function numberProblems({
  priority,
  validDays,
  againDays,
  learns = false,
}: Pick<WantedStanding, 'priority' | 'validDays' | 'againDays' | 'learns'>): Record<string, string> {
  const isWhole = (value: number | null, least: number, most: number): boolean =>
    value !== null && Number.isInteger(value) && value >= least && value <= most;
  return {
    ...(isWhole(priority, 0, MOST_PRIORITY) ? {} : { priority: 'standing.error.priority' }),
    ...(isWhole(validDays, 1, MOST_VALID_DAYS) ? {} : { validDays: 'standing.error.validDays' }),
    ...(againDays === null || isWhole(againDays, 1, 3_650) ? {} : { againDays: 'standing.error.againDays' }),
    // What the program learns from are the days after an offer; if two offers shared days, an order would count twice.
    ...(learns && againDays !== null && againDays >= 1 && againDays < (validDays ?? 0) ? { againDays: 'standing.error.overlap' } : {}),
  };
}
