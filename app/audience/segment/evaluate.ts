import type { Day } from '../../core/calendar.ts';
import type { Condition, Query } from './query.ts';
import { comparable, dayFor, daysOfParameter, positive, textsOf, type SegmentContext } from './terms.ts';

type Fraction = { readonly over: bigint; readonly under: bigint };

/** All that a query can ask of one customer, in memory. */
export type Profile = {
  /** Counts, minor units and shares (as a fraction of whole numbers, so that nothing is rounded). */
  readonly numbers: Readonly<Record<string, Fraction | null>>;
  readonly dates: Readonly<Record<string, Day | null>>;
  readonly texts: Readonly<Record<string, string | null>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** What happened to the customer, by event. */
  readonly events: Readonly<Record<string, readonly HappenedEvent[]>>;
};

/** An event with its day, what its parameters are compared with (any of several), and an amount in minor units. */
export type HappenedEvent = {
  readonly day: Day;
  readonly words: Readonly<Record<string, readonly string[]>>;
  readonly amount?: Fraction;
};

/**
 * Whether a customer is in a segment, word for word as the language says it and as slowly as can be: what the compiled SQL
 * is held to. Texts compare without regard to case.
 */
export function matches(query: Query, profile: Profile, context: SegmentContext): boolean {
  switch (query.kind) {
    case 'and':
      return query.parts.every((part) => matches(part, profile, context));
    case 'or':
      return query.parts.some((part) => matches(part, profile, context));
    case 'not':
      return !matches(query.part, profile, context);
    case 'condition': {
      const { operator, negated } = positive(query.operator);
      return holds({ ...query, operator }, profile, context) !== negated;
    }
  }
}

function holds(condition: Condition, profile: Profile, context: SegmentContext): boolean {
  const { attribute, values, operator } = condition;
  if (attribute in profile.numbers) return numberHolds(condition, profile.numbers[attribute] ?? null, context);
  if (attribute in profile.dates) return dateHolds(condition, profile.dates[attribute] ?? null, context);
  if (attribute in profile.texts) return textHolds(operator, profile.texts[attribute] ?? null, textsOf(values));
  if (attribute in profile.lists) {
    const list = (profile.lists[attribute] ?? []).map(folded);
    return operator === 'IS NULL' ? list.length === 0 : list.includes(folded(textsOf(values)[0] ?? ''));
  }
  if (!(attribute in profile.events)) throw new Error(`nothing is known of ${attribute}`);
  return values.some((value) => value.kind === 'flag' && value.flag === happened(condition, profile, context));
}

function numberHolds({ attribute, operator, values }: Condition, value: Fraction | null, { currency }: SegmentContext): boolean {
  if (operator === 'IS NULL') return value === null;
  const wanted = textsOf(values).map((text) => comparable(attribute, text, currency));
  return (
    value !== null &&
    compared(
      operator,
      wanted.map((text) => numberOrder(value, text)),
    )
  );
}

function dateHolds({ operator, values }: Condition, value: Day | null, { today }: SegmentContext): boolean {
  if (operator === 'IS NULL') return value === null;
  const days = values.flatMap((one) => (one.kind === 'date' ? [dayFor(one.date, today)] : []));
  return (
    value !== null &&
    compared(
      operator,
      days.map((day) => (value < day ? -1 : value > day ? 1 : 0)),
    )
  );
}

const folded = (text: string): string => text.toLowerCase();

/** How a fraction stands to a decimal text: -1, 0 or 1. */
function numberOrder({ over, under }: Fraction, text: string): number {
  const [whole = '', part = ''] = text.split('.');
  const wanted = BigInt(`${whole}${part}`) * under;
  const held = over * 10n ** BigInt(part.length);
  return held < wanted ? -1 : held > wanted ? 1 : 0;
}

/** `orders`: how the value stands to each of the operator's values. */
function compared(operator: Condition['operator'], orders: readonly number[]): boolean {
  const [first = 0, second = 0] = orders;
  switch (operator) {
    case '>':
      return first > 0;
    case '>=':
      return first >= 0;
    case '<':
      return first < 0;
    case '<=':
      return first <= 0;
    case 'BETWEEN':
      return first >= 0 && second <= 0;
    default:
      return first === 0;
  }
}

function textHolds(operator: Condition['operator'], value: string | null, wanted: readonly string[]): boolean {
  if (operator === 'IS NULL') return value === null;
  if (value === null) return false;
  const one = folded(value);
  return operator === 'STARTS WITH' ? one.startsWith(folded(wanted[0] ?? '')) : wanted.map(folded).includes(one);
}

function happened({ attribute, parameters }: Condition, { events }: Profile, context: SegmentContext): boolean {
  return (events[attribute] ?? []).some((event) =>
    parameters.every((parameter) => {
      if (parameter.name === 'date') {
        const { from, to } = daysOfParameter(parameter, context.today);
        return event.day >= from && event.day <= to;
      }
      const wanted = textsOf(parameter.values);
      if (parameter.name !== 'amount') return wanted.some((word) => event.words[parameter.name]?.map(folded).includes(folded(word)));
      const orders = wanted.map((text) =>
        event.amount ? numberOrder(event.amount, comparable(`${attribute}.amount`, text, context.currency)) : -1,
      );
      return parameter.span ? compared('BETWEEN', orders) : orders.some((order) => order >= 0);
    }),
  );
}
