import type { Day } from '../../core/calendar.ts';
import type { Operator } from './attributes.ts';

/** A date of a query: a day, or so many days, weeks, months or years from today (`-90d`; 0 days is `today`). */
export type QueryDate = { readonly day: Day } | { readonly count: number; readonly unit: 'd' | 'w' | 'm' | 'y' };

/** Numbers are kept as they were written (`12.50`): money is no float. */
export type Value =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'date'; readonly date: QueryDate }
  | { readonly kind: 'flag'; readonly flag: boolean };

/** A parameter of an event; two values are the ends of a span, both included. */
export type Parameter = { readonly name: string; readonly values: readonly Value[]; readonly span: boolean };

export type Condition = {
  readonly kind: 'condition';
  readonly attribute: string;
  readonly parameters: readonly Parameter[];
  readonly operator: Operator;
  /** None for IS NULL, two for BETWEEN, any number for IN, one otherwise. */
  readonly values: readonly Value[];
};

export type Query =
  | Condition
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Query[] }
  | { readonly kind: 'not'; readonly part: Query };

const printedDate = (date: QueryDate): string => {
  if ('day' in date) return date.day;
  return date.count === 0 ? 'today' : `${date.count > 0 ? '+' : ''}${date.count}${date.unit}`;
};

function printedValue(value: Value): string {
  switch (value.kind) {
    case 'number':
      return value.text;
    case 'text':
      return `'${value.text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
    case 'date':
      return printedDate(value.date);
    case 'flag':
      return String(value.flag);
  }
}

const printedParameter = ({ name, values, span }: Parameter): string => {
  const [first = '', ...rest] = values.map(printedValue);
  if (span) return `${name}: BETWEEN ${first} AND ${rest.join('')}`;
  return `${name}: ${rest.length === 0 ? first : `(${[first, ...rest].join(', ')})`}`;
};

function printedCondition({ attribute, parameters, operator, values }: Condition): string {
  const asked = parameters.length === 0 ? attribute : `${attribute}(${parameters.map(printedParameter).join(', ')})`;
  const texts = values.map(printedValue);
  if (operator === 'BETWEEN' || operator === 'NOT BETWEEN') return `${asked} ${operator} ${texts.join(' AND ')}`;
  if (operator === 'IN' || operator === 'NOT IN') return `${asked} ${operator} (${texts.join(', ')})`;
  return [asked, operator, ...texts].join(' ');
}

/** The query as text, written one way; reading it gives the same query. */
export function printQuery(query: Query): string {
  switch (query.kind) {
    case 'condition':
      return printedCondition(query);
    case 'not':
      return `NOT ${query.part.kind === 'and' || query.part.kind === 'or' ? `(${printQuery(query.part)})` : printQuery(query.part)}`;
    case 'and':
    case 'or':
      return query.parts
        .map((part) => (part.kind === 'and' || part.kind === 'or' ? `(${printQuery(part)})` : printQuery(part)))
        .join(query.kind === 'and' ? ' AND ' : ' OR ');
  }
}
