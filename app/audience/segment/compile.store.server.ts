import { addDays, startOfDay, type Day } from '../../core/calendar.ts';
import { NO_ORDERS } from '../rfm.ts';
import { gidless } from './ids.ts';
import type { Condition, Parameter, Query } from './query.ts';
import { comparable, dayFor, daysOfParameter, positive, textsOf, type SegmentContext } from './terms.ts';

/** A condition on the customer `c` with its rollup `r`, tier `t`, scores `f` and expected value `v`; `values` are its parameters from `$1` on, the shop first. */
export type Compiled = { readonly where: string; readonly values: readonly unknown[] };

/** As `r` is left out where there is none, its columns are given the value that stands for nothing. */
const NUMBERS: Readonly<Record<string, string>> = {
  number_of_orders: 'COALESCE(r.orders, 0)',
  amount_spent: 'COALESCE(r.net, 0)',
  discount_share: 'r.discounts::numeric / NULLIF(r.gross, 0)',
  return_rate: 'r.returned::numeric / NULLIF(r.gross - r.discounts, 0)',
  recency: 'f.r',
  frequency: 'f.f',
  monetary: 'f.m',
  predicted_spend_12m: 'v.spend_52w',
  probability_alive: 'v.alive::numeric',
  points_balance: '(SELECT b.available FROM points_balances b WHERE b.shop_id = c.shop_id AND b.customer_id = c.id)',
};
const DAYS: Readonly<Record<string, string>> = { expected_next_order: 'v.next_order_on' };
const INSTANTS: Readonly<Record<string, string>> = {
  last_order_date: 'r.last_order_at',
  first_order_date: 'r.first_order_at',
  customer_added_date: 'c.created_at',
};
const TEXTS: Readonly<Record<string, string>> = {
  customer_language: 'c.locale',
  customer_account_status: 'c.state',
  email_subscription_status: 'c.email_consent',
  sms_subscription_status: 'c.sms_consent',
  loyalty_tier: 't.name',
  // Who has ordered since the last night only has no group yet.
  rfm_group: `COALESCE(f.grp, CASE WHEN COALESCE(r.orders, 0) = 0 THEN '${NO_ORDERS}' END)`,
};
const BOUGHT = 'o.shop_id = c.shop_id AND o.customer_id = c.id AND NOT o.test AND o.deleted_at IS NULL';
/** Lists by what gives their entries as the column `entry`. */
const LISTS: Readonly<Record<string, string>> = {
  customer_tags: 'SELECT tag AS entry FROM unnest(c.tags) AS tag',
  customer_countries: 'SELECT c.country AS entry WHERE c.country IS NOT NULL',
  customer_regions: 'SELECT c.province AS entry WHERE c.province IS NOT NULL',
  customer_cities: 'SELECT c.city AS entry WHERE c.city IS NOT NULL',
  channel: `SELECT o.channel AS entry FROM orders o WHERE ${BOUGHT}`,
};

/** `some-…`: rows of which one has to be so, as a SELECT that ends with what is compared. */
type Column = { readonly kind: 'id' | 'text' | 'list' | 'date' | 'amount' | 'some-id' | 'some-text'; readonly sql: string };
/** An event: the rows of it that are about the customer `c`, as a SELECT that goes on with AND, and what its parameters compare with. */
type EventRows = { readonly rows: string; readonly columns: Readonly<Record<string, Column>> };

const OF_PRODUCT = (id: string, at: string): Readonly<Record<string, Column>> => ({
  id: { kind: 'id', sql: id },
  vendor: { kind: 'text', sql: 'p.vendor' },
  tag: { kind: 'list', sql: 'p.tags' },
  collection: {
    kind: 'some-text',
    sql: `SELECT 1 FROM collection_products m JOIN collections n ON n.shop_id = m.shop_id AND n.id = m.collection_id
      WHERE m.shop_id = c.shop_id AND m.product_id = ${id} AND lower(n.title)`,
  },
  collection_id: {
    kind: 'some-id',
    sql: `SELECT 1 FROM collection_products m WHERE m.shop_id = c.shop_id AND m.product_id = ${id} AND m.collection_id`,
  },
  date: { kind: 'date', sql: at },
});

const EVENTS: Readonly<Record<string, EventRows>> = {
  products_purchased: {
    rows: `SELECT 1 FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
      LEFT JOIN products p ON p.shop_id = l.shop_id AND p.id = l.product_id
      WHERE ${BOUGHT} AND o.cancelled_at IS NULL AND l.product_id IS NOT NULL`,
    columns: OF_PRODUCT('l.product_id', 'o.processed_at'),
  },
  // A browser is a customer's where it once went to that customer's checkout.
  viewed_product: {
    rows: `SELECT 1 FROM checkouts k
      JOIN pixel_events own ON own.shop_id = k.shop_id AND own.checkout_token = k.token
      JOIN pixel_events e ON e.shop_id = own.shop_id AND e.client_id = own.client_id AND e.name = 'product_viewed' AND e.variant_id <> 0
      JOIN variants w ON w.shop_id = e.shop_id AND w.id = e.variant_id
      LEFT JOIN products p ON p.shop_id = w.shop_id AND p.id = w.product_id
      WHERE k.shop_id = c.shop_id AND k.customer_id = c.id`,
    columns: OF_PRODUCT('w.product_id', 'e.at'),
  },
  abandoned_checkout: {
    rows: `SELECT 1 FROM checkouts k JOIN shops s ON s.id = k.shop_id AND s.currency = k.currency
      WHERE k.shop_id = c.shop_id AND k.customer_id = c.id AND k.completed_at IS NULL`,
    columns: { date: { kind: 'date', sql: 'k.updated_at' }, amount: { kind: 'amount', sql: 'k.total' } },
  },
  campaign: {
    rows: `SELECT 1 FROM campaign_assignments a JOIN campaigns g ON g.shop_id = a.shop_id AND g.id = a.campaign_id
      WHERE a.shop_id = c.shop_id AND a.customer_id = c.id`,
    columns: {
      id: { kind: 'id', sql: 'g.id' },
      name: { kind: 'text', sql: 'g.name' },
      arm: { kind: 'text', sql: "CASE WHEN a.arm = 0 THEN 'held_out' ELSE chr(96 + a.arm) END" },
      date: { kind: 'date', sql: 'a.at' },
    },
  },
};

/**
 * A query as one condition in SQL; every value is a parameter. Two-valued throughout: what is not known is not so.
 */
export function compileQuery(query: Query, context: SegmentContext & { shopId: number; timezone: string }): Compiled {
  const values: unknown[] = [context.shopId];
  const where = new Compiler(context, values).query(query);
  return { where, values };
}

class Compiler {
  private readonly context: SegmentContext & { timezone: string };
  private readonly values: unknown[];
  constructor(context: SegmentContext & { timezone: string }, values: unknown[]) {
    this.context = context;
    this.values = values;
  }

  /** `bare`: stands under no NOT, where null and false are the same; a bare condition can be looked up in an index. */
  query(query: Query, bare = true): string {
    switch (query.kind) {
      case 'and':
      case 'or':
        return `(${query.parts.map((part) => this.query(part, bare)).join(query.kind === 'and' ? ' AND ' : ' OR ')})`;
      case 'not':
        return `NOT ${this.query(query.part, false)}`;
      case 'condition': {
        const { operator, negated } = positive(query.operator);
        const condition = this.condition({ ...query, operator });
        if (bare && !negated) return `(${condition})`;
        return `${negated ? 'NOT ' : ''}COALESCE(${condition}, false)`;
      }
    }
  }

  /** Gives a value to the statement. @returns the place where it stands. */
  private bind(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  private condition(condition: Condition): string {
    const { attribute } = condition;
    const [number, text, list] = [NUMBERS[attribute], TEXTS[attribute], LISTS[attribute]];
    const [instant, day] = [INSTANTS[attribute], DAYS[attribute]];
    if (number) return this.number(number, condition);
    if (instant) return this.date(instant, condition);
    if (day) return this.day(day, condition);
    if (text) return this.text(text, condition);
    if (list) return this.list(list, condition);
    const event = EVENTS[attribute];
    if (!event) throw new Error(`nothing is kept of ${attribute}`);
    const parts = condition.parameters.map((parameter) => this.part(event, attribute, parameter));
    const happened = `EXISTS (${[event.rows, ...parts].join(' AND ')})`;
    return condition.values.some((value) => value.kind === 'flag' && value.flag) ? happened : `NOT ${happened}`;
  }

  private number(expression: string, { attribute, operator, values }: Condition): string {
    if (operator === 'IS NULL') return `(${expression}) IS NULL`;
    const [first = '', second = ''] = textsOf(values).map((text) =>
      this.bind(comparable(attribute, text, this.context.currency), 'numeric'),
    );
    return operator === 'BETWEEN' ? `(${expression}) BETWEEN ${first} AND ${second}` : `(${expression}) ${operator} ${first}`;
  }

  private day(column: string, { operator, values }: Condition): string {
    if (operator === 'IS NULL') return `${column} IS NULL`;
    const [first = '', second = ''] = values.flatMap((value) =>
      value.kind === 'date' ? [this.bind(dayFor(value.date, this.context.today), 'date')] : [],
    );
    return operator === 'BETWEEN' ? `${column} BETWEEN ${first} AND ${second}` : `${column} ${operator} ${first}`;
  }

  /** The parser has written the words as they are kept. */
  private group(groups: readonly string[]): string {
    const held = `f.grp = ANY(${this.bind(groups, 'text[]')})`;
    return groups.includes(NO_ORDERS) ? `(${held} OR (f.grp IS NULL AND COALESCE(r.orders, 0) = 0))` : held;
  }

  /** Days become instants here, so that an index on the instants serves. */
  private date(column: string, { operator, values }: Condition): string {
    if (operator === 'IS NULL') return `${column} IS NULL`;
    const [first = this.context.today, last = first] = values.flatMap((value) =>
      value.kind === 'date' ? [dayFor(value.date, this.context.today)] : [],
    );
    switch (operator) {
      case '>':
        return `${column} >= ${this.instant(addDays(first, 1))}`;
      case '>=':
        return `${column} >= ${this.instant(first)}`;
      case '<':
        return `${column} < ${this.instant(first)}`;
      case '<=':
        return `${column} < ${this.instant(addDays(first, 1))}`;
      default:
        return `(${column} >= ${this.instant(first)} AND ${column} < ${this.instant(addDays(last, 1))})`;
    }
  }

  private instant(day: Day): string {
    return this.bind(startOfDay(day, this.context.timezone), 'timestamptz');
  }

  private text(column: string, { attribute, operator, values }: Condition): string {
    if (operator === 'IS NULL') return `${column} IS NULL`;
    if (attribute === 'rfm_group' && operator !== 'STARTS WITH') return this.group(textsOf(values));
    const wanted = textsOf(values).map((text) => text.toLowerCase());
    if (operator === 'STARTS WITH') return `starts_with(lower(${column}), ${this.bind(wanted[0] ?? '', 'text')})`;
    return `lower(${column}) = ANY(${this.bind(wanted, 'text[]')})`;
  }

  private list(entries: string, { operator, values }: Condition): string {
    if (operator === 'IS NULL') return `NOT EXISTS (${entries})`;
    const wanted = this.bind((textsOf(values)[0] ?? '').toLowerCase(), 'text');
    return `EXISTS (SELECT 1 FROM (${entries}) AS e WHERE lower(e.entry) = ${wanted})`;
  }

  /** What a parameter asks of an event's row. */
  private part(event: EventRows, attribute: string, parameter: Parameter): string {
    const texts = textsOf(parameter.values).map((text) => text.toLowerCase());
    const column = event.columns[parameter.name];
    if (!column) throw new Error(`nothing is kept of ${parameter.name}`);
    switch (column.kind) {
      case 'id':
        return `${column.sql} = ANY(${this.bind(gidless(texts), 'bigint[]')})`;
      case 'text':
        return `lower(${column.sql}) = ANY(${this.bind(texts, 'text[]')})`;
      case 'some-id':
        return `EXISTS (${column.sql} = ANY(${this.bind(gidless(texts), 'bigint[]')}))`;
      case 'some-text':
        return `EXISTS (${column.sql} = ANY(${this.bind(texts, 'text[]')}))`;
      case 'list':
        return `EXISTS (SELECT 1 FROM unnest(${column.sql}) AS entry WHERE lower(entry) = ANY(${this.bind(texts, 'text[]')}))`;
      case 'date': {
        const { from, to } = daysOfParameter(parameter, this.context.today);
        return `${column.sql} >= ${this.instant(from)} AND ${column.sql} < ${this.instant(addDays(to, 1))}`;
      }
      case 'amount': {
        const amounts = texts.map((text) => this.bind(comparable(`${attribute}.amount`, text, this.context.currency), 'numeric'));
        if (parameter.span) return `${column.sql} BETWEEN ${amounts.join(' AND ')}`;
        return `(${amounts.map((amount) => `${column.sql} >= ${amount}`).join(' OR ')})`;
      }
    }
  }
}
