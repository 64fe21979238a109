import { parseMinor, toDecimal } from '../core/money.ts';

/**
 * Words that Shopify writes one way in webhooks (REST) and another in GraphQL, brought to one form, so that the record
 * does not tell by which way a fact came. The record keeps REST's words.
 */

/** How far a parcel is. GraphQL's display status knows more than that ("marked_as_fulfilled"); REST has no word for those. */
const SHIPMENT: ReadonlySet<string> = new Set([
  'attempted_delivery',
  'confirmed',
  'delivered',
  'failure',
  'in_transit',
  'label_printed',
  'label_purchased',
  'out_for_delivery',
  'ready_for_pickup',
]);
export function shipmentStatus(word: string | null): string | null {
  const status = word?.toLowerCase() ?? '';
  return SHIPMENT.has(status) ? status : null;
}

/** How much of an order was sent, by GraphQL's display status; REST is silent where nothing was ("on_hold", "scheduled"). */
const FULFILMENT: Readonly<Record<string, string>> = { partially_fulfilled: 'partial', fulfilled: 'fulfilled', restocked: 'restocked' };
export function fulfilmentStatus(display: string | null): string | null {
  return FULFILMENT[display?.toLowerCase() ?? ''] ?? null;
}

/**
 * A discount's value: "10.0" (REST) and 10 (GraphQL) are both "10"; an amount has its currency's digits.
 * A text that is no number stays as it came.
 */
export function discountValue(value: string | number | null, type: string | null, currency: string): string | null {
  if (value === null || value === '') return null;
  if (!/^-?\d+(\.\d+)?$/.test(String(value))) return String(value);
  return type === 'fixed_amount' ? toDecimal(parseMinor(String(value), currency), currency) : String(Number(value));
}

/** Month and day (MMDD) of a date ("1990-02-28"), whose year is nobody's business; null where it is no date. */
export function birthDay(date: string | null): number | null {
  const [, month, day] = (/^\d{4}-(\d\d)-(\d\d)$/.exec(date ?? '') ?? []).map(Number);
  if (month === undefined || day === undefined) return null;
  // A year that has every day.
  const at = new Date(Date.UTC(2000, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? month * 100 + day : null;
}
