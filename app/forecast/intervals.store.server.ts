import type { Day } from '../core/calendar.ts';
import type { ShopTx } from '../platform/db.server.ts';

/** Shorter ones are one purchase in two orders, longer ones tell of no use. */
const LEAST_DAYS = 3;
const MOST_DAYS = 365;
/** With fewer pairs, or of fewer customers, a product is not one that is bought again. */
const LEAST_PAIRS = 20;
const LEAST_CUSTOMERS = 10;
/** Three purchases of the customer's own. */
const OWN_PAIRS = 2;
/** What was used up longer ago is kept for nobody, nor what lasts longer than a standing campaign may look ahead. */
const PAST_DAYS = 60;
const AHEAD_DAYS = 31;

/** One refresh of a shop's intervals at a time, to the end of the transaction. */
export async function intervalsLock(tx: ShopTx, shopId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7360, ${shopId}::int)`;
}

/** `$1` shop, `$2` variants, `$3` today. A purchase is an order that counts and of which a piece was kept. */
const REFRESH = `WITH bought AS MATERIALIZED (
    SELECT o.customer_id, l.variant_id, o.id AS order_id, o.day, o.day - lag(o.day) OVER w AS gap, lead(o.id) OVER w IS NULL AS is_last
    FROM order_lines l
    JOIN orders o ON o.shop_id = l.shop_id AND o.id = l.order_id AND o.customer_id IS NOT NULL
      AND NOT o.test AND o.deleted_at IS NULL AND o.cancelled_at IS NULL
    WHERE l.shop_id = $1 AND l.variant_id = ANY($2::bigint[]) AND l.current_quantity > 0
    WINDOW w AS (PARTITION BY l.variant_id, o.customer_id ORDER BY o.processed_at, o.id, l.id)),
  pairs AS MATERIALIZED (SELECT customer_id, variant_id, gap FROM bought WHERE gap BETWEEN ${LEAST_DAYS} AND ${MOST_DAYS}),
  intervals AS MATERIALIZED (
    SELECT variant_id, q[2] AS days, q[1] AS low, q[3] AS high, pairs, customers
    FROM (SELECT variant_id, (percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY gap))::int[] AS q,
        count(*)::int AS pairs, count(DISTINCT customer_id)::int AS customers FROM pairs GROUP BY variant_id) AS p
    WHERE pairs >= ${LEAST_PAIRS} AND customers >= ${LEAST_CUSTOMERS}),
  own AS (
    SELECT customer_id, variant_id, (percentile_cont(0.5) WITHIN GROUP (ORDER BY gap))::int AS days
    FROM pairs JOIN intervals USING (variant_id) GROUP BY customer_id, variant_id HAVING count(*) >= ${OWN_PAIRS}),
  supplies AS MATERIALIZED (
    SELECT b.customer_id, b.variant_id, b.order_id, b.day AS bought_on, COALESCE(own.days, i.days) AS days
    FROM bought b JOIN intervals i ON i.variant_id = b.variant_id
    JOIN customers c ON c.shop_id = $1 AND c.id = b.customer_id AND c.deleted_at IS NULL AND c.redacted_at IS NULL
    LEFT JOIN own ON own.customer_id = b.customer_id AND own.variant_id = b.variant_id
    WHERE b.is_last AND b.day + COALESCE(own.days, i.days) BETWEEN $3::date - ${PAST_DAYS} AND $3::date + ${AHEAD_DAYS}),
  gone AS (
    DELETE FROM variant_intervals h WHERE h.shop_id = $1 AND h.variant_id = ANY($2::bigint[])
      AND h.variant_id NOT IN (SELECT variant_id FROM intervals)),
  used_up AS (
    DELETE FROM customer_supplies h WHERE h.shop_id = $1 AND h.variant_id = ANY($2::bigint[])
      AND NOT EXISTS (SELECT 1 FROM supplies s WHERE s.customer_id = h.customer_id AND s.variant_id = h.variant_id)),
  told AS (
    INSERT INTO variant_intervals AS h (shop_id, variant_id, days, low, high, pairs, customers)
    SELECT $1, variant_id, days, low, high, pairs, customers FROM intervals ORDER BY variant_id
    ON CONFLICT (shop_id, variant_id) DO UPDATE SET days = excluded.days, low = excluded.low, high = excluded.high,
      pairs = excluded.pairs, customers = excluded.customers
    WHERE (h.days, h.low, h.high, h.pairs, h.customers)
      IS DISTINCT FROM (excluded.days, excluded.low, excluded.high, excluded.pairs, excluded.customers))
  INSERT INTO customer_supplies AS h (shop_id, customer_id, variant_id, order_id, bought_on, days)
  SELECT $1, customer_id, variant_id, order_id, bought_on, days FROM supplies ORDER BY customer_id, variant_id
  ON CONFLICT (shop_id, customer_id, variant_id) DO UPDATE SET order_id = excluded.order_id, bought_on = excluded.bought_on, days = excluded.days
  WHERE (h.order_id, h.bought_on, h.days) IS DISTINCT FROM (excluded.order_id, excluded.bought_on, excluded.days)`;

/** Tells the intervals of some variants from the shop's orders, and whose pieces are about to be used up; a row that is as it was is not written. */
export async function writeIntervals(tx: ShopTx, shopId: number, of: { variantIds: readonly bigint[]; today: Day }): Promise<void> {
  await tx.sql.run({ text: REFRESH }, [shopId, `{${of.variantIds.join(',')}}`, of.today]);
}

/** What is told of variants that the store has deleted. */
export async function dropIntervals(tx: ShopTx, shopId: number): Promise<void> {
  for (const table of ['variant_intervals', 'customer_supplies']) {
    const text = `DELETE FROM ${table} h WHERE h.shop_id = $1
      AND NOT EXISTS (SELECT 1 FROM variants v WHERE v.shop_id = $1 AND v.id = h.variant_id AND v.deleted_at IS NULL)`;
    await tx.sql.run({ text }, [shopId]);
  }
}

/** In days; half of the pairs of orders lie between `low` and `high`. */
export type BoughtAgain = { readonly days: number; readonly low: number; readonly high: number; readonly pairs: number };

/** After how long a variant is bought again; null where too little is known, or it is not. */
export async function readInterval(tx: ShopTx, shopId: number, variantId: bigint): Promise<BoughtAgain | null> {
  const select = { days: true, low: true, high: true, pairs: true } as const;
  return tx.variantInterval.findUnique({ where: { shopId_variantId: { shopId, variantId } }, select });
}
