import type { ShopTx } from '../../platform/db.server.ts';
import { numberOf, type Trigger } from './trigger.ts';

/** Somebody a trigger means now, and by which occasion. */
export type Due = { readonly customerId: bigint; readonly occasion: string };

/** `$1` shop, `$2` now, `$3` since when the campaign stands, `$4` the trigger's number (0 where it has none). */
const BOUGHT_SINCE = (since: string): string => `EXISTS (SELECT 1 FROM orders o WHERE o.shop_id = $1 AND o.customer_id = c.customer_id
  AND o.processed_at >= ${since} AND NOT o.test AND o.deleted_at IS NULL AND o.cancelled_at IS NULL)`;

/** A client of the shop's pixel is a customer where it once went to that customer's checkout. */
const VIEWS = `SELECT k.customer_id, e.variant_id, max(e.at) AS at
  FROM pixel_events e
  JOIN pixel_events own ON own.shop_id = e.shop_id AND own.client_id = e.client_id AND own.checkout_token IS NOT NULL
  JOIN checkouts k ON k.shop_id = own.shop_id AND k.token = own.checkout_token AND k.customer_id IS NOT NULL
  WHERE e.shop_id = $1 AND e.name = 'product_viewed' AND e.variant_id <> 0`;

/** The day in the shop's zone. */
const TODAY = `($2::timestamptz AT TIME ZONE (SELECT timezone FROM shops WHERE id = $1))::date`;

/** A variant `v` that can be bought: it is there, and in stock or not tracked. */
const ON_SALE = `v.deleted_at IS NULL AND (
  NOT COALESCE((SELECT i.tracked FROM inventory_items i WHERE i.shop_id = v.shop_id AND i.id = v.inventory_item_id), false)
  OR (SELECT sum(l.available) FROM inventory_levels l WHERE l.shop_id = v.shop_id AND l.inventory_item_id = v.inventory_item_id) > 0)`;

/** That customer `c` has ordered variant `v` after a moment. */
const BOUGHT_VARIANT = (
  after: string,
): string => `EXISTS (SELECT 1 FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
  WHERE o.shop_id = $1 AND o.customer_id = c.customer_id AND l.variant_id = v.id AND o.processed_at > ${after}
    AND NOT o.test AND o.deleted_at IS NULL AND o.cancelled_at IS NULL)`;

const QUERIES: Readonly<Record<Trigger['kind'], string>> = {
  welcome: `SELECT c.id AS customer_id, 'welcome' AS occasion FROM customers c
    WHERE c.shop_id = $1 AND c.created_at >= $3 AND c.created_at <= $2 AND $4 = 0
      AND NOT EXISTS (SELECT 1 FROM customer_rollups r WHERE r.shop_id = $1 AND r.customer_id = c.id AND r.orders > 0)`,
  'first-purchase': `SELECT r.customer_id, 'first-purchase' AS occasion FROM customer_rollups r
    WHERE r.shop_id = $1 AND r.orders = 1 AND r.last_order_at >= $3 AND r.last_order_at <= $2 AND r.first_order_at = r.last_order_at AND $4 = 0`,
  // The order that was the last when the model was asked: a later one makes another occasion.
  'win-back': `SELECT v.customer_id, 'after/' || extract(epoch FROM r.last_order_at)::bigint AS occasion FROM customer_values v
    JOIN customer_rollups r ON r.shop_id = v.shop_id AND r.customer_id = v.customer_id
    WHERE v.shop_id = $1 AND v.next_order_on + $4::int <= $2::date AND v.next_order_on + $4::int > $3::date - 365 AND r.last_order_at < v.next_order_on`,
  'abandoned-checkout': `SELECT c.customer_id, 'checkout/' || c.token AS occasion FROM checkouts c
    WHERE c.shop_id = $1 AND c.customer_id IS NOT NULL AND c.completed_at IS NULL AND c.created_at >= $3
      AND c.updated_at <= $2::timestamptz - $4::int * interval '1 hour' AND c.updated_at > $2::timestamptz - interval '14 days'
      AND NOT ${BOUGHT_SINCE('c.created_at')}`,
  viewed: `SELECT c.customer_id, 'viewed/' || c.variant_id || '/' || c.at::date AS occasion
    FROM (${VIEWS} AND e.at >= GREATEST($3, $2::timestamptz - interval '60 days') GROUP BY 1, 2) AS c
    WHERE c.at <= $2::timestamptz - $4::int * interval '1 day'
      AND NOT EXISTS (SELECT 1 FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
        WHERE o.shop_id = $1 AND o.customer_id = c.customer_id AND l.variant_id = c.variant_id AND NOT o.test AND o.deleted_at IS NULL)`,
  'back-in-stock': `WITH back AS (
      SELECT v.id AS variant_id, max(n.at) AS at FROM inventory_changes n
      JOIN variants v ON v.shop_id = n.shop_id AND v.inventory_item_id = n.inventory_item_id AND v.deleted_at IS NULL
      JOIN LATERAL (SELECT b.available FROM inventory_changes b WHERE b.shop_id = n.shop_id AND b.inventory_item_id = n.inventory_item_id
        AND b.location_id = n.location_id AND b.at < n.at ORDER BY b.at DESC LIMIT 1) AS before ON before.available <= 0
      WHERE n.shop_id = $1 AND n.at >= GREATEST($3, $2::timestamptz - interval '7 days') AND n.at <= $2 AND n.available > 0 AND $4 = 0
        AND (SELECT sum(i.available) FROM inventory_levels i WHERE i.shop_id = v.shop_id AND i.inventory_item_id = v.inventory_item_id) > 0
      GROUP BY v.id),
    wanted AS (
      ${VIEWS} AND e.variant_id IN (SELECT variant_id FROM back) AND e.at >= $2::timestamptz - interval '60 days' GROUP BY 1, 2
      UNION
      SELECT k.customer_id, (line ->> 'variantId')::bigint, k.updated_at FROM checkouts k, jsonb_array_elements(k.lines) AS line
      WHERE k.shop_id = $1 AND k.customer_id IS NOT NULL AND k.completed_at IS NULL AND k.updated_at >= $2::timestamptz - interval '60 days'
        AND (line ->> 'variantId')::bigint IN (SELECT variant_id FROM back))
    SELECT c.customer_id, min('back/' || c.variant_id || '/' || extract(epoch FROM b.at)::bigint) AS occasion
    FROM wanted c JOIN back b ON b.variant_id = c.variant_id AND c.at < b.at
    WHERE NOT EXISTS (SELECT 1 FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
      WHERE o.shop_id = $1 AND o.customer_id = c.customer_id AND l.variant_id = c.variant_id AND o.processed_at >= c.at
        AND NOT o.test AND o.deleted_at IS NULL)
    GROUP BY c.customer_id`,
  'tier-reached': `SELECT c.customer_id, 'tier/' || c.id AS occasion FROM tier_changes c
    JOIN loyalty_tiers t ON t.shop_id = c.shop_id AND t.name = c.to_tier
    LEFT JOIN loyalty_tiers f ON f.shop_id = c.shop_id AND f.name = c.from_tier
    WHERE c.shop_id = $1 AND c.at >= $3 AND c.at <= $2 AND c.reason ->> 'kind' <> 'backfill' AND t.threshold > COALESCE(f.threshold, -1) AND $4 = 0`,
  // Whoever is told long before has only just bought it: never more than half of the interval before its end.
  replenishment: `SELECT c.customer_id, 'replenish/' || c.variant_id || '/' || c.order_id AS occasion FROM customer_supplies c
    JOIN variants v ON v.shop_id = c.shop_id AND v.id = c.variant_id AND ${ON_SALE}
    JOIN orders last ON last.shop_id = c.shop_id AND last.id = c.order_id AND last.deleted_at IS NULL AND last.cancelled_at IS NULL
    WHERE c.shop_id = $1 AND $3::timestamptz <= $2
      AND c.bought_on + c.days - LEAST($4::int, c.days / 2) BETWEEN ${TODAY} - 60 AND ${TODAY}
      AND NOT ${BOUGHT_VARIANT('last.processed_at')}`,
  // The latest fall; what is compared is the price that stands now with the one at the last look before that fall.
  'price-drop': `WITH fallen AS (
      SELECT v.id, v.price, f.at FROM variants v JOIN (
        SELECT p.variant_id, max(p.at) AS at FROM variant_prices p
        JOIN LATERAL (SELECT b.price FROM variant_prices b WHERE b.shop_id = p.shop_id AND b.variant_id = p.variant_id AND b.at < p.at
          ORDER BY b.at DESC LIMIT 1) AS before ON before.price > p.price
        WHERE p.shop_id = $1 AND p.at >= GREATEST($3, $2::timestamptz - interval '7 days') AND p.at <= $2 GROUP BY p.variant_id) AS f
      ON f.variant_id = v.id WHERE v.shop_id = $1 AND ${ON_SALE}),
    wanted AS (
      ${VIEWS} AND e.at >= $2::timestamptz - interval '60 days' AND e.at < (SELECT f.at FROM fallen f WHERE f.id = e.variant_id) GROUP BY 1, 2
      UNION
      SELECT k.customer_id, f.id, k.updated_at FROM checkouts k, jsonb_array_elements(k.lines) AS line
      JOIN fallen f ON f.id = (line ->> 'variantId')::bigint
      WHERE k.shop_id = $1 AND k.customer_id IS NOT NULL AND k.completed_at IS NULL AND k.updated_at >= $2::timestamptz - interval '60 days'
        AND k.updated_at < f.at)
    SELECT c.customer_id, 'price/' || v.id || '/' || extract(epoch FROM v.at)::bigint AS occasion
    FROM wanted c JOIN fallen v ON v.id = c.variant_id
    WHERE v.price * 100 <= (100 - $4::int) * (SELECT p.price FROM variant_prices p WHERE p.shop_id = $1 AND p.variant_id = v.id AND p.at <= c.at
        ORDER BY p.at DESC LIMIT 1)
      AND NOT ${BOUGHT_VARIANT('c.at')}`,
  // One product a customer and month, by chance that is the same all month: all that lies has its customers.
  overstock: `WITH lying AS MATERIALIZED (
      SELECT id, NULLIF(product_type, '') AS type, occasion, hashtextextended(occasion, 0) AS seed
      FROM (SELECT *, 'clearance/' || id || '/' || to_char(${TODAY}, 'YYYY-MM') AS occasion FROM products WHERE shop_id = $1 AND id = ANY($7::bigint[])) AS p),
    alike AS (SELECT id, product_type FROM products WHERE shop_id = $1 AND (id IN (SELECT id FROM lying) OR product_type IN (SELECT type FROM lying))),
    bought AS (
      SELECT o.customer_id, array_agg(DISTINCT a.id) AS products, array_agg(DISTINCT a.product_type) AS types,
        COALESCE(array_agg(DISTINCT a.id) FILTER (WHERE o.processed_at > $2::timestamptz - interval '30 days'), '{}') AS lately
      FROM orders o JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id JOIN alike a ON a.id = l.product_id
      WHERE o.shop_id = $1 AND o.customer_id IS NOT NULL AND o.processed_at > $2::timestamptz - interval '365 days' AND o.processed_at <= $2
        AND NOT o.test AND o.deleted_at IS NULL AND o.cancelled_at IS NULL
      GROUP BY o.customer_id)
    SELECT b.customer_id, k.occasion FROM bought b CROSS JOIN LATERAL (
      SELECT l.occasion FROM lying l WHERE (l.type = ANY(b.types) OR l.id = ANY(b.products)) AND l.id <> ALL(b.lately)
      ORDER BY hashint8extended(b.customer_id, l.seed) LIMIT 1) AS k
    WHERE $3::timestamptz <= $2 AND $4 = 0`,
  // By the days ahead, each with its year; 29 February is on the 28th where there is none.
  birthday: `WITH ahead AS (SELECT ${TODAY} + n AS day FROM generate_series(0, $4::int) AS n),
    soon AS (
      SELECT extract(month FROM day)::int * 100 + extract(day FROM day)::int AS birth_day, extract(year FROM day)::int AS year FROM ahead
      UNION SELECT 229, extract(year FROM day)::int FROM ahead WHERE to_char(day, 'MMDD') = '0228' AND to_char(day + 1, 'MMDD') = '0301')
    SELECT c.id AS customer_id, 'birthday/' || s.year AS occasion FROM customers c JOIN soon s ON s.birth_day = c.birth_day
    WHERE c.shop_id = $1 AND $3::timestamptz <= $2`,
  // What lapses on one day is one occasion; where it moves by the customer's activity, it is another.
  'points-expiring': `SELECT m.customer_id, 'lapse/' || (m.lapse_at AT TIME ZONE (SELECT timezone FROM shops WHERE id = $1))::date AS occasion
    FROM points_members m
    WHERE m.shop_id = $1 AND m.lapse_at > $2 AND m.lapse_at <= $2::timestamptz + $4::int * interval '1 day' AND $3::timestamptz <= $2`,
  // As other tools told it; one that gave no stars has none.
  review: `SELECT e.customer_id, 'review/' || e.id AS occasion FROM customer_events e
    WHERE e.shop_id = $1 AND e.kind = 'review' AND e.rating >= $4::int AND e.at >= GREATEST($3, $2::timestamptz - interval '7 days') AND e.at <= $2`,
};

type Asked = {
  readonly shopId: number;
  readonly now: Date;
  readonly trigger: Trigger;
  /** Since when the campaign stands: nothing from before sets it off. */
  readonly since: Date;
  readonly standingId: number;
  /** So many days nobody is meant again; null: never again. */
  readonly againDays: number | null;
  /** What lies too long now; empty for occasions that do not ask. */
  readonly lying: readonly string[];
};

/**
 * Everybody whom a trigger means now and who was not made an offer by it for that occasion, or lately; in the order of their
 * numbers, each by the first of their occasions.
 */
export async function dueCustomers(tx: ShopTx, { shopId, now, since, trigger, standingId, againDays, lying }: Asked): Promise<Due[]> {
  const text = `SELECT due.customer_id AS "customerId", min(due.occasion) AS occasion FROM (${QUERIES[trigger.kind]}) AS due
    JOIN customers here ON here.shop_id = $1 AND here.id = due.customer_id AND here.deleted_at IS NULL AND here.redacted_at IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM standing_occasions s WHERE s.shop_id = $1 AND s.standing_id = $5 AND s.customer_id = due.customer_id
      AND s.outcome = 'offered' AND (s.occasion = due.occasion OR $6::int IS NULL OR s.at > $2::timestamptz - $6::int * interval '1 day'))
    GROUP BY due.customer_id ORDER BY due.customer_id`;
  // A value that a statement does not name has no type, and is refused.
  const more = trigger.kind === 'overstock' ? [`{${lying.join(',')}}`] : [];
  return tx.sql.rows<Due>({ text }, [shopId, now, since, numberOf(trigger), standingId, againDays, ...more]);
}
