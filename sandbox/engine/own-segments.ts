import type { Node } from './node.ts';

/** The segments that Shopify gives a new store, and some that a merchant has written; a folder's segments.jsonl stands in their place. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['Customers who have purchased at least once', 'number_of_orders > 0'],
  ['Email subscribers', "email_subscription_status = 'SUBSCRIBED'"],
  ['Abandoned checkouts in the last 30 days', 'abandoned_checkout_date >= -30d'],
  ['Customers who have purchased more than once', 'number_of_orders > 1'],
  ["Customers who haven't purchased", 'number_of_orders = 0'],
  ['Big spenders of this half-year', 'amount_spent >= 1000 AND last_order_date >= -180d'],
  ['Germany and France', "customer_countries CONTAINS 'DE' OR customer_countries CONTAINS 'FR'"],
  ['Company buyers', 'companies IS NOT NULL'],
];

export const ownSegments = (createdAt: string): Node[] =>
  TEXTS.map(([name, query], at) => ({
    __typename: 'Segment',
    id: `gid://shopify/Segment/${5_100_000_000_000 + at * 37}`,
    name,
    query,
    creationDate: createdAt,
    lastEditDate: createdAt,
  }));
