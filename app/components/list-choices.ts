import { parseDay, type Day } from '../core/calendar.ts';

/** Shopify's financial statuses, as webhooks write them. */
export const PAYMENTS = ['paid', 'pending', 'partially_paid', 'authorized', 'partially_refunded', 'refunded', 'voided', 'expired'] as const;
export type Payment = (typeof PAYMENTS)[number];

export const paymentOf = (text: string | null): Payment | null => PAYMENTS.find((status) => status === text) ?? null;

/** A day from an address; null where it is none. */
export function dayOrNull(text: string | null): Day | null {
  try {
    return text ? parseDay(text) : null;
  } catch {
    // A day that somebody typed wrong filters nothing.
    return null;
  }
}

/** Within so many days points may be looked for that lapse. */
export const LAPSE_DAYS = [30, 60, 90] as const;

/** What an address asks to see of points that lapse. */
export const lapseDaysOf = (params: URLSearchParams): number => LAPSE_DAYS.find((days) => String(days) === params.get('days')) ?? 30;

/** What an address asks to see of the orders. */
export function orderChoice(params: URLSearchParams): { status: Payment | null; channel: string | null; from: Day | null; to: Day | null } {
  return {
    status: paymentOf(params.get('status')),
    channel: params.get('channel')?.slice(0, 100) ?? null,
    from: dayOrNull(params.get('from')),
    to: dayOrNull(params.get('to')),
  };
}
