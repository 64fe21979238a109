import type { ShopTx } from '../../platform/db.server.ts';
import type { Fees } from '../economics.ts';
import { contextOf } from './context.ts';
import type { Learned } from './policy.ts';

/** So many of the latest customers are learned from. */
const MOST_LEARNED = 50_000;

/** What is known of customers now, as contexts; in no order. */
export async function contextsOf(
  tx: ShopTx,
  shopId: number,
  wanted: { customerIds: readonly bigint[]; now: Date; orderSize: number },
): Promise<Map<bigint, number[]>> {
  const text = `SELECT c.id, COALESCE(r.orders, 0) AS orders, extract(epoch FROM $3::timestamptz - r.last_order_at)::float8 / 86400 AS "idleDays",
      CASE WHEN r.orders > 0 THEN GREATEST(r.net, 0)::float8 / r.orders / $4::float8 END AS size, v.alive,
      CASE WHEN r.gross > 0 THEN r.discounts::float8 / r.gross END AS "discountShare"
    FROM customers c
    LEFT JOIN customer_rollups r ON r.shop_id = c.shop_id AND r.customer_id = c.id
    LEFT JOIN customer_values v ON v.shop_id = c.shop_id AND v.customer_id = c.id
    WHERE c.shop_id = $1 AND c.id = ANY($2::bigint[])`;
  type Row = Parameters<typeof contextOf>[0] & { readonly id: bigint };
  const rows = await tx.sql.rows<Row>({ text }, [shopId, `{${wanted.customerIds.join(',')}}`, wanted.now, wanted.orderSize]);
  return new Map(rows.map(({ id, ...known }) => [id, contextOf(known)]));
}

/** The runs of a standing campaign, or the waves of a campaign. */
export type LearnedFrom = { readonly standingId: number } | { readonly campaignId: number };

/**
 * The customers of a standing campaign's runs, or of a campaign's waves, whose days are over, with the margin that each brought
 * in them, minor units; each assignment by itself, from the campaign's start on. `costs`: the share that stands for what is not known of costs.
 */
export async function learnedRows(
  tx: ShopTx,
  shop: { id: number; currency: string },
  wanted: { from: LearnedFrom; days: number; now: Date; fees: Fees; costs: number | null },
): Promise<Learned[]> {
  const { from, days, now, fees, costs } = wanted;
  const [column, id] = 'standingId' in from ? ['standing_id', from.standingId] : ['id', from.campaignId];
  const text = `WITH assigned AS MATERIALIZED (
      SELECT a.campaign_id, a.customer_id, a.arm, a.propensity, a.context, GREATEST(c.starts_at, a.at) AS since,
        GREATEST(c.starts_at, a.at) + $3::int * interval '1 day' AS until
      FROM campaigns c JOIN campaign_assignments a ON a.shop_id = c.shop_id AND a.campaign_id = c.id
      WHERE c.shop_id = $1 AND c.${column} = $2 AND cardinality(a.context) > 0 AND GREATEST(c.starts_at, a.at) <= $4::timestamptz - $3::int * interval '1 day'
      ORDER BY a.at DESC, a.customer_id LIMIT ${MOST_LEARNED}),
    bought AS MATERIALIZED (
      SELECT a.campaign_id, a.customer_id, o.id, o.net, o.cancelled_at IS NULL AS stands FROM assigned a
      JOIN orders o ON o.shop_id = $1 AND o.customer_id = a.customer_id AND o.processed_at >= a.since AND o.processed_at < a.until
        AND NOT o.test AND o.deleted_at IS NULL),
    margins AS (
      SELECT campaign_id, customer_id, sum(part) AS margin FROM (
        SELECT campaign_id, customer_id, net - net * $5::float8 - CASE WHEN stands THEN $6::float8 ELSE 0 END AS part FROM bought
        UNION ALL
        SELECT b.campaign_id, b.customer_id,
          -CASE WHEN i.unit_cost IS NOT NULL AND COALESCE(i.unit_cost_currency, $8) = $8 THEN l.current_quantity * i.unit_cost
            ELSE l.current_quantity * l.unit_price * COALESCE($7::float8, 0) END
        FROM bought b
        JOIN order_lines l ON l.shop_id = $1 AND l.order_id = b.id AND l.current_quantity > 0
        LEFT JOIN variants v ON v.shop_id = $1 AND v.id = l.variant_id
        LEFT JOIN inventory_items i ON i.shop_id = $1 AND i.id = v.inventory_item_id) AS parts
      GROUP BY 1, 2)
    SELECT a.arm, a.propensity, a.context, COALESCE(m.margin, 0)::float8 AS reward
    FROM assigned a LEFT JOIN margins m ON m.campaign_id = a.campaign_id AND m.customer_id = a.customer_id`;
  const values = [shop.id, id, days, now, fees.feeShare / 10_000, Number(fees.feeFixed), costs, shop.currency];
  return tx.sql.rows<Learned>({ text }, values);
}
