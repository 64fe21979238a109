import { addDays, dayToDate, startOfDay, type Day } from '../../core/calendar.ts';
import type { ShopRef } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import type { Basis } from './tier-rules.ts';

const ORDERS = (counted: string): string => `SELECT customer_id, ${counted} AS value FROM orders
  WHERE shop_id = $1 AND ($2::timestamptz IS NULL OR day > $2::date) AND customer_id IS NOT NULL AND NOT test AND deleted_at IS NULL GROUP BY customer_id`;
const VALUES: Readonly<Record<Basis, string>> = {
  spend: ORDERS('sum(net)::bigint'),
  orders: ORDERS('(count(*) FILTER (WHERE net > 0))::bigint'),
  // 3 issued, 4 withdrawn; what a tier itself gives counts to none.
  points: `SELECT customer_id, sum(CASE WHEN from_account = 3 OR from_account = 4 THEN points ELSE -points END)::bigint AS value FROM points_entries
    WHERE shop_id = $1 AND ($2::timestamptz IS NULL OR at >= $2) AND (from_account IN (3, 4) OR to_account IN (3, 4))
      AND topic NOT LIKE 'birthday/%' AND topic !~ '^order/[0-9]+/tier' GROUP BY customer_id`,
};

/** How many customers reach how many of the thresholds (ascending) by what counts after a day; null: ever. */
export async function countByThreshold(
  tx: ShopTx,
  { id, timezone }: ShopRef,
  { basis, start, thresholds }: { basis: Basis; start: Day | null; thresholds: readonly bigint[] },
): Promise<Map<number, number>> {
  const from = start && (basis === 'points' ? startOfDay(addDays(start, 1), timezone) : dayToDate(start));
  const text = `SELECT (SELECT count(*) FROM unnest($3::bigint[]) AS t(least) WHERE t.least <= v.value)::int AS reached, count(*)::int AS customers
    FROM (${VALUES[basis]}) AS v GROUP BY 1`;
  const rows = await tx.sql.rows<{ reached: number; customers: number }>({ text }, [id, from, `{${thresholds.join(',')}}`]);
  return new Map(rows.map(({ reached, customers }) => [reached, customers]));
}
