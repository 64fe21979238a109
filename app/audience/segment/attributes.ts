/**
 * What a segment can ask of a customer. Names and meanings are those of Shopify's own segment queries where it has them;
 * the others are Storebook's.
 */
export type AttributeType = 'number' | 'date' | 'text' | 'list' | 'event';

/** A parameter of an event: `products_purchased(tag: 'tea', date: -30d)`. */
export type ParameterType = 'text' | 'id' | 'number' | 'date';

export type Attribute = {
  readonly type: AttributeType;
  /** The words that a text can be; any where there are none. */
  readonly words?: readonly string[];
  /** Only events take parameters. */
  readonly parameters?: Readonly<Record<string, ParameterType>>;
};

/** Shopify's eleven groups. */
export const RFM_GROUPS = [
  'CHAMPIONS',
  'LOYAL',
  'ACTIVE',
  'NEW',
  'PROMISING',
  'NEEDS_ATTENTION',
  'ALMOST_LOST',
  'AT_RISK',
  'PREVIOUSLY_LOYAL',
  'DORMANT',
  'PROSPECTS',
] as const;

const SUBSCRIPTION: readonly string[] = ['SUBSCRIBED', 'NOT_SUBSCRIBED', 'UNSUBSCRIBED', 'PENDING', 'REDACTED', 'INVALID'];

/** `collection` by its title; what is in a collection now counts, whenever it was bought. */
const PRODUCTS = { id: 'id', tag: 'text', vendor: 'text', collection: 'text', collection_id: 'id', date: 'date' } as const;

/**
 * Of last night: `rfm_group`, `recency`, `frequency` and `monetary` (scores from 1 to 5, 5 the best fifth of the shop's
 * customers; none without orders, see rfm.ts), and of the model of repeat buying (none where the shop has too little
 * history) `probability_alive` (0 to 1), `predicted_spend_12m` (money, the next 52 weeks) and `expected_next_order` (the
 * day by which a customer who still buys would have bought again, see next-order.ts; a day in the past: is late).
 *
 * Events of Storebook's own: `viewed_product` (by a browser that once went to the customer's checkout),
 * `abandoned_checkout` (not finished; `amount`: of at least so much, or within a span) and `campaign` (was in one; `arm`:
 * A to D, or HELD_OUT; a standing campaign's runs each have its name).
 */
const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  number_of_orders: { type: 'number' },
  amount_spent: { type: 'number' },
  last_order_date: { type: 'date' },
  first_order_date: { type: 'date' },
  customer_added_date: { type: 'date' },
  customer_tags: { type: 'list' },
  customer_countries: { type: 'list' },
  customer_regions: { type: 'list' },
  customer_cities: { type: 'list' },
  customer_language: { type: 'text' },
  customer_account_status: { type: 'text', words: ['ENABLED', 'DISABLED', 'INVITED', 'DECLINED'] },
  email_subscription_status: { type: 'text', words: SUBSCRIPTION },
  sms_subscription_status: { type: 'text', words: SUBSCRIPTION },
  rfm_group: { type: 'text', words: RFM_GROUPS },
  recency: { type: 'number' },
  frequency: { type: 'number' },
  monetary: { type: 'number' },
  loyalty_tier: { type: 'text' },
  points_balance: { type: 'number' },
  predicted_spend_12m: { type: 'number' },
  probability_alive: { type: 'number' },
  expected_next_order: { type: 'date' },
  discount_share: { type: 'number' },
  return_rate: { type: 'number' },
  channel: { type: 'list' },
  products_purchased: { type: 'event', parameters: PRODUCTS },
  viewed_product: { type: 'event', parameters: PRODUCTS },
  abandoned_checkout: { type: 'event', parameters: { date: 'date', amount: 'number' } },
  campaign: { type: 'event', parameters: { id: 'id', name: 'text', arm: 'text', date: 'date' } },
};

export const ATTRIBUTE_NAMES: readonly string[] = Object.keys(ATTRIBUTES);

export const attributeOf = (name: string): Attribute | undefined => (Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined);

/** What can be asked of a type. */
export const OPERATORS: Readonly<Record<AttributeType, readonly Operator[]>> = {
  number: ['=', '!=', '>', '>=', '<', '<=', 'BETWEEN', 'NOT BETWEEN', 'IS NULL', 'IS NOT NULL'],
  date: ['=', '!=', '>', '>=', '<', '<=', 'BETWEEN', 'NOT BETWEEN', 'IS NULL', 'IS NOT NULL'],
  text: ['=', '!=', 'IN', 'NOT IN', 'STARTS WITH', 'IS NULL', 'IS NOT NULL'],
  list: ['CONTAINS', 'NOT CONTAINS', 'IS NULL', 'IS NOT NULL'],
  event: ['=', '!='],
};
export type Operator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'BETWEEN'
  | 'NOT BETWEEN'
  | 'IN'
  | 'NOT IN'
  | 'CONTAINS'
  | 'NOT CONTAINS'
  | 'STARTS WITH'
  | 'IS NULL'
  | 'IS NOT NULL';
