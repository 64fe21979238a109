import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { LEAST_SIGNALS, MOST_HOLDERS, type Pair, type Signal } from './same-person.ts';

/** What each of the customers (`meant`, a column `id`) can be told by: kind, value, id. */
const signalsOf = (shopId: number): Prisma.Sql => Prisma.sql`
  SELECT s.kind, s.value, c.id FROM meant m
  JOIN customers c ON c.shop_id = ${shopId} AND c.id = m.id AND c.deleted_at IS NULL
  CROSS JOIN LATERAL (VALUES ('mailbox', c.mailbox_hash), ('phone', c.phone_hash), ('address', c.address_hash),
    ('name', c.first_name_path || decode('00', 'hex') || c.last_name_path)) AS s(kind, value)
  WHERE s.value IS NOT NULL
  UNION
  SELECT 'card', convert_to(t.card, 'UTF8'), m.id FROM meant m
  JOIN orders o ON o.shop_id = ${shopId} AND o.customer_id = m.id AND NOT o.test AND o.deleted_at IS NULL
  JOIN order_transactions t ON t.shop_id = ${shopId} AND t.order_id = o.id AND t.card IS NOT NULL
  UNION
  SELECT 'browser', convert_to(e.client_id, 'UTF8'), m.id FROM meant m
  JOIN checkouts k ON k.shop_id = ${shopId} AND k.customer_id = m.id
  JOIN pixel_events e ON e.shop_id = ${shopId} AND e.checkout_token = k.token`;

/** The pairs among some customers (SQL that gives their `id`) that share enough to be worth a look. */
export async function pairsAmong(tx: ShopTx, shopId: number, customers: Prisma.Sql): Promise<Pair[]> {
  const { text, values } = Prisma.sql`
    WITH meant AS MATERIALIZED (SELECT DISTINCT id FROM (${customers}) AS asked),
    signals AS MATERIALIZED (${signalsOf(shopId)}),
    shared AS MATERIALIZED (SELECT kind, value FROM signals GROUP BY kind, value HAVING count(*) BETWEEN 2 AND ${MOST_HOLDERS}),
    pairs AS (
      SELECT a.id AS one, b.id AS other, a.kind FROM shared s
      JOIN signals a ON a.kind = s.kind AND a.value = s.value
      JOIN signals b ON b.kind = s.kind AND b.value = s.value AND b.id > a.id)
    SELECT one, other, array_agg(DISTINCT kind ORDER BY kind) AS signals FROM pairs
    GROUP BY one, other HAVING count(DISTINCT kind) >= ${LEAST_SIGNALS} ORDER BY one, other`;
  return tx.sql.rows<{ one: bigint; other: bigint; signals: Signal[] }>({ text }, values);
}

/** Customers who share anything with one, that one included; no more of a signal than tells that too many share it. */
export function sharing(shopId: number, customerId: bigint): Prisma.Sql {
  const most = MOST_HOLDERS + 1;
  const by = (same: Prisma.Sql): Prisma.Sql => Prisma.sql`
    (SELECT c.id FROM customers me JOIN customers c ON c.shop_id = me.shop_id AND c.deleted_at IS NULL AND ${same}
      WHERE me.shop_id = ${shopId} AND me.id = ${customerId} LIMIT ${most})`;
  return Prisma.sql`
    SELECT ${customerId}::bigint AS id
    UNION ${by(Prisma.sql`c.mailbox_hash = me.mailbox_hash`)}
    UNION ${by(Prisma.sql`c.phone_hash = me.phone_hash`)}
    UNION ${by(Prisma.sql`c.address_hash = me.address_hash`)}
    UNION ${by(Prisma.sql`c.last_name_path = me.last_name_path AND c.first_name_path = me.first_name_path`)}
    UNION (SELECT DISTINCT o.customer_id FROM orders mine
      JOIN order_transactions paid ON paid.shop_id = mine.shop_id AND paid.order_id = mine.id AND paid.card IS NOT NULL
      JOIN order_transactions t ON t.shop_id = paid.shop_id AND t.card = paid.card
      JOIN orders o ON o.shop_id = t.shop_id AND o.id = t.order_id AND o.customer_id IS NOT NULL
      WHERE mine.shop_id = ${shopId} AND mine.customer_id = ${customerId} LIMIT ${most})
    UNION (SELECT DISTINCT k.customer_id FROM checkouts mine
      JOIN pixel_events own ON own.shop_id = mine.shop_id AND own.checkout_token = mine.token
      JOIN pixel_events e ON e.shop_id = own.shop_id AND e.client_id = own.client_id AND e.checkout_token IS NOT NULL
      JOIN checkouts k ON k.shop_id = e.shop_id AND k.token = e.checkout_token AND k.customer_id IS NOT NULL
      WHERE mine.shop_id = ${shopId} AND mine.customer_id = ${customerId} LIMIT ${most})`;
}
