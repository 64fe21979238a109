import { z } from 'zod';
import { dayToDate, type Day } from '../core/calendar.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { NO_ORDERS, RFM_GRID, SCORES } from './rfm.ts';

/** Whoever is scored: living customers with an order that counts. Somebody whose data were erased is in nobody's group. */
const SCORED = `SELECT r.customer_id, (r.last_order_at AT TIME ZONE $2)::date AS day, r.orders, r.net
  FROM customer_rollups r JOIN customers c ON c.shop_id = r.shop_id AND c.id = r.customer_id
  WHERE r.shop_id = $1 AND r.orders > 0 AND r.last_order_at IS NOT NULL AND c.deleted_at IS NULL AND c.redacted_at IS NULL`;

/** A little less than the fifth itself: 0.6 of 15 is no whole number to a float, and would give the tenth value. */
const fifths = (numbers: readonly number[]): string => `ARRAY[${numbers.map((number) => number / 5 - 1e-12).join(', ')}]`;
const CUT_NAMES = ['r2', 'r3', 'r4', 'r5', 'f2', 'f3', 'f4', 'f5', 'm2', 'm3', 'm4', 'm5'];

/**
 * The cuts of the day. Of orders and money the least value above each fifth of the customers; of days the least one that
 * the best fifths still hold: so customers who are all alike have the lowest F and M, and the highest R.
 */
const CUTS = `INSERT INTO rfm_cuts (shop_id, day, customers, ${CUT_NAMES.join(', ')})
  SELECT $1, $3, n, d[4], d[3], d[2], d[1], o[1] + 1, o[2] + 1, o[3] + 1, o[4] + 1, m[1] + 1, m[2] + 1, m[3] + 1, m[4] + 1
  FROM (SELECT count(*)::int AS n,
      percentile_disc(${fifths([1, 2, 3, 4])}) WITHIN GROUP (ORDER BY day DESC) AS d,
      percentile_disc(${fifths([1, 2, 3, 4])}) WITHIN GROUP (ORDER BY orders) AS o,
      percentile_disc(${fifths([1, 2, 3, 4])}) WITHIN GROUP (ORDER BY net) AS m
    FROM (${SCORED}) AS s) AS q WHERE n > 0
  ON CONFLICT (shop_id, day) DO UPDATE SET customers = excluded.customers, ${CUT_NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}`;

const score = (value: string, prefix: string): string =>
  `(1 + (${value} >= k.${prefix}2)::int + (${value} >= k.${prefix}3)::int + (${value} >= k.${prefix}4)::int + (${value} >= k.${prefix}5)::int)::smallint`;
/** The grid as one list, row by row; `meanOf` in SQL. */
const GRID = `(ARRAY[${SCORES.flatMap((r) => SCORES.map((mean) => `'${RFM_GRID[r][mean]}'`)).join(', ')}])[(r - 1) * 5 + (f + m + 1) / 2]`;

const SCORE = `INSERT INTO rfm_now (customer_id, r, f, m, grp, net)
  SELECT customer_id, r, f, m, ${GRID}, net
  FROM (SELECT s.customer_id, s.net, ${score('s.day', 'r')} AS r, ${score('s.orders', 'f')} AS f, ${score('s.net', 'm')} AS m
    FROM (${SCORED}) AS s CROSS JOIN (SELECT * FROM rfm_cuts WHERE shop_id = $1 AND day = $3) AS k) AS scored`;

/** Who is gone has moved nowhere. */
const DROP_GONE = `DELETE FROM customer_rfm f WHERE f.shop_id = $1 AND NOT EXISTS (
  SELECT 1 FROM customers c WHERE c.shop_id = $1 AND c.id = f.customer_id AND c.deleted_at IS NULL AND c.redacted_at IS NULL)`;

/** None on the first day: everybody would have come from nowhere. */
const MOVES = `INSERT INTO rfm_moves (shop_id, day, from_grp, to_grp, customers)
  SELECT $1, $2, COALESCE(o.grp, '${NO_ORDERS}'), COALESCE(n.grp, '${NO_ORDERS}'), count(*)
  FROM (SELECT customer_id, grp FROM customer_rfm WHERE shop_id = $1) AS o FULL JOIN rfm_now n ON n.customer_id = o.customer_id
  WHERE o.grp IS DISTINCT FROM n.grp AND EXISTS (SELECT 1 FROM rfm_cuts WHERE shop_id = $1 AND day <= $2 AND cells <> '[]')
  GROUP BY 3, 4
  ON CONFLICT (shop_id, day, from_grp, to_grp) DO UPDATE SET customers = rfm_moves.customers + excluded.customers`;

const DROP_OTHERS = `DELETE FROM customer_rfm f WHERE f.shop_id = $1 AND NOT EXISTS (SELECT 1 FROM rfm_now n WHERE n.customer_id = f.customer_id)`;

/** A row that is as it was is not written. */
const KEEP = `INSERT INTO customer_rfm (shop_id, customer_id, r, f, m, grp, since_day)
  SELECT $1, n.customer_id, n.r, n.f, n.m, n.grp, $2
  FROM rfm_now n LEFT JOIN customer_rfm o ON o.shop_id = $1 AND o.customer_id = n.customer_id
  WHERE o.customer_id IS NULL OR (o.r, o.f, o.m, o.grp) IS DISTINCT FROM (n.r, n.f, n.m, n.grp)
  ON CONFLICT (shop_id, customer_id) DO UPDATE SET r = excluded.r, f = excluded.f, m = excluded.m, grp = excluded.grp,
    since_day = CASE WHEN customer_rfm.grp = excluded.grp THEN customer_rfm.since_day ELSE excluded.since_day END`;

/** So that the page costs the same with a thousand customers and a million. */
const CELLS = `UPDATE rfm_cuts SET cells = (SELECT COALESCE(jsonb_agg(c), '[]') FROM (
    SELECT r, f, m, count(*)::int AS customers, sum(net)::text AS net FROM rfm_now GROUP BY r, f, m ORDER BY r, f, m) AS c)
  WHERE shop_id = $1 AND day = $2`;

/**
 * Scores every customer of a shop anew and notes who moved from which group to which; in one transaction, by statements
 * over all rows. Running it twice changes nothing.
 * @returns how many rows of customers changed.
 */
export async function refreshRfm(tx: ShopTx, shopId: number, as: { today: Day; timezone: string }): Promise<number> {
  const { today, timezone } = as;
  const run = (text: string, values: unknown[]): Promise<number> => tx.sql.run({ text }, values);
  const ofDay = [shopId, today];
  await run('SELECT pg_advisory_xact_lock(7332, $1::int)', [shopId]);
  await run(
    `CREATE TEMPORARY TABLE rfm_now (customer_id bigint, r smallint, f smallint, m smallint, grp text, net bigint) ON COMMIT DROP`,
    [],
  );
  // Cuts of a day with nobody to score would be yesterday's truth.
  if ((await run(CUTS, [shopId, timezone, today])) === 0) await run('DELETE FROM rfm_cuts WHERE shop_id = $1 AND day = $2', ofDay);
  await run(SCORE, [shopId, timezone, today]);
  await run('ANALYZE rfm_now', []);
  const gone = await run(DROP_GONE, [shopId]);
  await run(MOVES, ofDay);
  const others = await run(DROP_OTHERS, [shopId]);
  const kept = await run(KEEP, ofDay);
  await run(CELLS, ofDay);
  return gone + others + kept;
}

const cellsSchema = z.array(
  z.object({
    r: z.int().min(1).max(5),
    f: z.int().min(1).max(5),
    m: z.int().min(1).max(5),
    customers: z.int(),
    net: z.string().transform(BigInt),
  }),
);
export type ScoredCell = z.infer<typeof cellsSchema>[number];

/** The newest scoring of the shop; null before the first. */
export async function latestScoring(tx: ShopTx, shopId: number): Promise<{ day: Date; customers: number; cells: ScoredCell[] } | null> {
  const row = await tx.rfmCuts.findFirst({ where: { shopId }, orderBy: { day: 'desc' } });
  return row && { day: row.day, customers: row.customers, cells: cellsSchema.parse(row.cells) };
}

export type Move = { from: string; to: string; customers: number };

/** Moves between groups after a day, summed. */
export async function movesAfter(tx: ShopTx, shopId: number, day: Day): Promise<Move[]> {
  const rows = await tx.rfmMove.groupBy({
    by: ['fromGrp', 'toGrp'],
    where: { shopId, day: { gt: dayToDate(day) } },
    _sum: { customers: true },
  });
  return rows.map((row) => ({ from: row.fromGrp, to: row.toGrp, customers: row._sum.customers ?? 0 }));
}

/** Customers whom the store has not deleted. */
export async function livingCustomers(tx: ShopTx, shopId: number): Promise<number> {
  const row = await tx.customerCount.findUnique({ where: { shopId } });
  return row?.customers ?? 0;
}

export async function scoresOf(tx: ShopTx, shopId: number, customerId: bigint) {
  const row = await tx.customerRfm.findUnique({ where: { shopId_customerId: { shopId, customerId } } });
  return row && { r: row.r, f: row.f, m: row.m, group: row.grp, since: row.sinceDay };
}

/** Shops whose first import has ended and whose customers were never scored; for the sweeper. */
export async function shopsWithoutScores(db: { across: ShopTx['sql'] }): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_without_scores() AS id' });
  return rows.map((row) => row.id);
}
