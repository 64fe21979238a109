import { addDays, addMonths, type Day } from '../../core/calendar.ts';
import { currencyDigits } from '../../core/money.ts';
import type { Operator } from './attributes.ts';
import type { Parameter, QueryDate, Value } from './query.ts';

/** What a query is asked against: the shop's day and money. */
export type SegmentContext = { readonly today: Day; readonly currency: string };

/** Which day a date of a query is today. */
export function dayFor(date: QueryDate, today: Day): Day {
  if ('day' in date) return date.day;
  switch (date.unit) {
    case 'd':
      return addDays(today, date.count);
    case 'w':
      return addDays(today, date.count * 7);
    case 'm':
      return addMonths(today, date.count);
    case 'y':
      return addMonths(today, date.count * 12);
  }
}

const AMOUNTS: ReadonlySet<string> = new Set(['amount_spent', 'predicted_spend_12m', 'abandoned_checkout.amount']);

/**
 * A number as a decimal text in the unit of what it is compared with: amounts of money are written in the shop's currency
 * and kept in its minor units ("12.505" pounds are "1250.5").
 */
export function comparable(attribute: string, text: string, currency: string): string {
  if (!AMOUNTS.has(attribute)) return text;
  const digits = currencyDigits(currency);
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const rest = part.padEnd(digits, '0');
  const minor = `${whole}${rest.slice(0, digits)}`;
  return `${sign}${minor}${rest.length > digits ? `.${rest.slice(digits)}` : ''}`;
}

type Positive = Exclude<Operator, `NOT ${string}` | '!=' | 'IS NOT NULL'>;
const NEGATIVE: Readonly<Record<Exclude<Operator, Positive>, Positive>> = {
  '!=': '=',
  'NOT BETWEEN': 'BETWEEN',
  'NOT IN': 'IN',
  'NOT CONTAINS': 'CONTAINS',
  'IS NOT NULL': 'IS NULL',
};
const isNegative = (operator: Operator): operator is keyof typeof NEGATIVE => operator in NEGATIVE;

/** A negative operator's positive one: a segment with `!=` holds just those whom the one with `=` leaves out. */
export function positive(operator: Operator): { operator: Positive; negated: boolean } {
  return isNegative(operator) ? { operator: NEGATIVE[operator], negated: true } : { operator, negated: false };
}

export const textsOf = (values: readonly Value[]): string[] =>
  values.flatMap((value) => (value.kind === 'text' || value.kind === 'number' ? [value.text] : []));

/** The days of an event's parameter `date`: a span as it stands, a day in the past up to today, any other from it to it. */
export function daysOfParameter({ values, span }: Parameter, today: Day): { from: Day; to: Day } {
  const [first = today, last = first] = values.flatMap((value) => (value.kind === 'date' ? [dayFor(value.date, today)] : []));
  if (span) return { from: first, to: last };
  const isAgo = values.some((value) => value.kind === 'date' && 'count' in value.date && value.date.count < 0);
  return { from: first, to: isAgo ? today : first };
}
