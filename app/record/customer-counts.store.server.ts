import { dayToDate, type Day } from '../core/calendar.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { Difference } from './rollups.store.server.ts';

// Two counts that triggers keep beside customers and customer_rollups (migration 20261124150000_customer_counts): no
// statement of the program writes them but the rebuild.

/** Customers whose first order lies on one of these days of the shop, both ends included: as many rows as days. */
export async function newCustomerCount(tx: ShopTx, shopId: number, days: { from: Day; to: Day }): Promise<number> {
  const [row] = await tx.$queryRaw<{ customers: number }[]>`
    SELECT COALESCE(sum(customers), 0)::int AS customers FROM day_new_customers
    WHERE shop_id = ${shopId} AND day BETWEEN ${dayToDate(days.from)} AND ${dayToDate(days.to)}`;
  return row?.customers ?? 0;
}

/** Customers that the store has not deleted. */
export async function customerCount(tx: ShopTx, shopId: number): Promise<number> {
  const row = await tx.customerCount.findUnique({ where: { shopId }, select: { customers: true } });
  return row?.customers ?? 0;
}

/** Customers by the day of their first order, as a table of rollups says. */
const byDay = (table: string, shop: ShopRef): Prisma.Sql => Prisma.sql`
  SELECT (first_order_at AT TIME ZONE ${shop.timezone})::date AS day, count(*)::int AS customers FROM ${Prisma.raw(table)}
  WHERE shop_id = ${shop.id} AND first_order_at IS NOT NULL GROUP BY 1`;

const living = (shop: ShopRef): Prisma.Sql => Prisma.sql`
  SELECT count(*)::int AS customers FROM customers WHERE shop_id = ${shop.id} AND deleted_at IS NULL`;

/**
 * Which rows of the two counts are not what the customers and these rollups (a table like customer_rollups) say; at most
 * `limit` of them. A row that is not there counts as 0.
 */
export async function differingCounts(
  tx: ShopTx,
  shop: ShopRef,
  options: { customerRollups: string; limit: number },
): Promise<Difference[]> {
  const count = (column: string): Prisma.Sql => {
    const name = Prisma.raw(column);
    return Prisma.sql`CASE WHEN ${name} IS NOT NULL THEN jsonb_build_object('customers', ${name}::text) END`;
  };
  return tx.$queryRaw<Difference[]>`
    SELECT 'day_new_customers' AS "table", jsonb_build_object('day', COALESCE(l.day, a.day)::text) AS key,
      ${count('l.customers')} AS live, ${count('a.customers')} AS rebuilt
    FROM (SELECT day, customers FROM day_new_customers WHERE shop_id = ${shop.id}) AS l
    FULL JOIN (${byDay(options.customerRollups, shop)}) AS a ON a.day = l.day
    WHERE COALESCE(l.customers, 0) <> COALESCE(a.customers, 0)
    UNION ALL
    SELECT 'customer_counts', '{}', ${count('l.customers')}, ${count('a.customers')}
    FROM (${living(shop)}) AS a LEFT JOIN customer_counts AS l ON l.shop_id = ${shop.id}
    WHERE COALESCE(l.customers, 0) <> a.customers
    LIMIT ${options.limit}`;
}

/** Puts both counts in place anew, from the customers and the live rollups as they stand. */
export async function countAnew(tx: ShopTx, shop: ShopRef): Promise<void> {
  await tx.$executeRaw`DELETE FROM day_new_customers WHERE shop_id = ${shop.id}`;
  await tx.$executeRaw`
    INSERT INTO day_new_customers (shop_id, day, customers)
    SELECT ${shop.id}::int, d.day, d.customers FROM (${byDay('customer_rollups', shop)}) AS d ORDER BY d.day`;
  await tx.$executeRaw`DELETE FROM customer_counts WHERE shop_id = ${shop.id}`;
  await tx.$executeRaw`INSERT INTO customer_counts (shop_id, customers) SELECT ${shop.id}::int, c.customers FROM (${living(shop)}) AS c`;
}
