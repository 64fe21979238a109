import type { ShopTx } from '../../../platform/db.server.ts';

const list = (ids: readonly bigint[]): string => `{${ids.join(',')}}`;

/**
 * Up to so many customers who ordered or joined since a moment and were not erased, in an order by a hash of their numbers, so
 * that the first of them are as good a sample as all.
 */
export async function sampleBuyers(
  tx: ShopTx,
  shopId: number,
  { since, limit }: { since: Date; limit: number },
): Promise<{ members: number; customerIds: bigint[] }> {
  const text = `WITH wanted AS (
      SELECT o.customer_id AS id FROM orders o WHERE o.shop_id = $1 AND o.processed_at >= $2 AND o.customer_id IS NOT NULL AND NOT o.test AND o.deleted_at IS NULL
      UNION SELECT c.id FROM customers c WHERE c.shop_id = $1 AND c.created_at >= $2 AND c.deleted_at IS NULL),
    living AS (SELECT w.id FROM wanted w
      WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.shop_id = $1 AND c.id = w.id AND c.redacted_at IS NOT NULL))
    SELECT id, (SELECT count(*)::int FROM living) AS members FROM living ORDER BY hashint8(id), id LIMIT $3`;
  const rows = await tx.sql.rows<{ id: bigint; members: number }>({ text }, [shopId, since, limit]);
  return { members: rows[0]?.members ?? 0, customerIds: rows.map(({ id }) => id) };
}

/** Of some customers, those who had ordered before a moment. */
export async function orderedBefore(
  tx: ShopTx,
  shopId: number,
  { customerIds, before }: { customerIds: readonly bigint[]; before: Date },
): Promise<Set<bigint>> {
  const text = `SELECT wanted.id FROM unnest($2::bigint[]) AS wanted(id) WHERE EXISTS (SELECT 1 FROM orders o
    WHERE o.shop_id = $1 AND o.customer_id = wanted.id AND o.processed_at < $3 AND NOT o.test AND o.deleted_at IS NULL)`;
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'points-trial-earlier', text }, [shopId, list(customerIds), before]);
  return new Set(rows.map(({ id }) => id));
}
