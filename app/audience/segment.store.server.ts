import type { ShopTx } from '../platform/db.server.ts';
import type { Compiled } from './segment/compile.store.server.ts';

const FROM = `FROM customers c
  LEFT JOIN customer_rollups r ON r.shop_id = c.shop_id AND r.customer_id = c.id
  LEFT JOIN loyalty_members m ON m.shop_id = c.shop_id AND m.customer_id = c.id
  LEFT JOIN loyalty_tiers t ON t.shop_id = m.shop_id AND t.id = m.tier_id
  LEFT JOIN customer_rfm f ON f.shop_id = c.shop_id AND f.customer_id = c.id
  LEFT JOIN customer_values v ON v.shop_id = c.shop_id AND v.customer_id = c.id
  WHERE c.shop_id = $1 AND c.deleted_at IS NULL`;

/** How many customers a query holds for. */
export async function countMembers(tx: ShopTx, { where, values }: Compiled): Promise<number> {
  const [row] = await tx.sql.rows<{ count: number }>({ text: `SELECT count(*)::int AS count ${FROM} AND ${where}` }, values);
  return row?.count ?? 0;
}

/** The ids of a page of them, ascending, after an id. */
export async function memberIds(tx: ShopTx, { where, values }: Compiled, page: { after: bigint; limit: number }): Promise<bigint[]> {
  const place = values.length;
  const text = `SELECT c.id ${FROM} AND ${where} AND c.id > $${place + 1}::bigint ORDER BY c.id LIMIT $${place + 2}`;
  const rows = await tx.sql.rows<{ id: bigint }>({ text }, [...values, page.after, page.limit]);
  return rows.map(({ id }) => id);
}
