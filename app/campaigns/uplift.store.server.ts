import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { audienceWhere } from './audience.store.server.ts';
import type { Audience } from './campaign.ts';
import type { Moment } from './rules/rule.store.server.ts';
import type { CampaignPieces } from './uplift.ts';

/** So many of the latest campaigns are learned from. */
const MOST_CAMPAIGNS = 30;

/**
 * What the customers of the latest campaigns with a hold-out bought while those ran, from their assignment on: of the
 * campaign's own products where it had some (of collections those that are in them now), else of everything. What had its arms chosen by the program is left out: their
 * customers came to the arms with unlike chances.
 */
export async function piecesOfCampaigns(tx: ShopTx, shopId: number, now: Date): Promise<CampaignPieces[]> {
  const text = `
    WITH latest AS (
      SELECT id, starts_at, LEAST(COALESCE(ends_at, $2), $2) AS until FROM campaigns
      WHERE shop_id = $1 AND mixture IS NOT NULL AND policy IS NULL AND NOT learns AND starts_at < $2 ORDER BY id DESC LIMIT ${MOST_CAMPAIGNS}),
    meant AS (
      SELECT a.campaign_id, bool_or(a.offer #>> '{items,kind}' <> 'all') AS narrow,
        array_agg(DISTINCT g.product) FILTER (WHERE g.product IS NOT NULL) AS products
      FROM campaign_arms a LEFT JOIN LATERAL (
        SELECT id::bigint AS product FROM jsonb_array_elements_text(a.offer #> '{items,ids}') AS id WHERE a.offer #>> '{items,kind}' = 'products'
        UNION ALL SELECT m.product_id FROM jsonb_array_elements_text(a.offer #> '{items,ids}') AS id
          JOIN collection_products m ON m.shop_id = $1 AND m.collection_id = id::bigint WHERE a.offer #>> '{items,kind}' = 'collections') AS g ON true
      WHERE a.shop_id = $1 AND a.offer IS NOT NULL GROUP BY a.campaign_id),
    members AS (
      SELECT campaign_id, arm > 0 AS offered, count(*)::int AS customers FROM campaign_assignments
      WHERE shop_id = $1 AND campaign_id IN (SELECT id FROM latest) GROUP BY 1, 2),
    bought AS (
      SELECT a.campaign_id, a.arm > 0 AS offered, sum(l.quantity)::int AS pieces
      FROM latest c
      JOIN meant m ON m.campaign_id = c.id
      JOIN campaign_assignments a ON a.shop_id = $1 AND a.campaign_id = c.id
      JOIN orders o ON o.shop_id = $1 AND o.customer_id = a.customer_id AND o.processed_at >= GREATEST(c.starts_at, a.at)
        AND o.processed_at < c.until AND NOT o.test AND o.deleted_at IS NULL
      JOIN order_lines l ON l.shop_id = $1 AND l.order_id = o.id AND NOT l.gift_card
        AND (NOT m.narrow OR l.product_id = ANY(m.products))
      GROUP BY 1, 2)
    SELECT m.campaign_id AS id, m.offered, m.customers, COALESCE(b.pieces, 0) AS pieces
    FROM members m LEFT JOIN bought b ON b.campaign_id = m.campaign_id AND b.offered = m.offered`;
  const rows = await tx.sql.rows<{ id: number; offered: boolean; customers: number; pieces: number }>({ text }, [shopId, now]);
  const nobody = { customers: 0, pieces: 0 };
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((of) => ({
    offered: of.find(({ offered }) => offered) ?? nobody,
    held: of.find(({ offered }) => !offered) ?? nobody,
  }));
}

/** Of the pieces that were sold since an instant, of some products or of all, the share that went to customers of an audience. */
export async function audienceShare(
  tx: ShopTx,
  audience: Audience,
  wanted: { moment: Moment; since: Date; productIds: readonly string[] | null },
): Promise<number> {
  const { moment, since, productIds } = wanted;
  const products = productIds === null ? Prisma.sql`true` : Prisma.sql`l.product_id = ANY(${`{${productIds.join(',')}}`}::bigint[])`;
  const { text, values } = Prisma.sql`
    WITH sold AS (
      SELECT o.customer_id, sum(l.quantity) AS pieces FROM orders o
      JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id AND NOT l.gift_card AND ${products}
      WHERE o.shop_id = ${moment.shopId} AND o.processed_at >= ${since} AND NOT o.test AND o.deleted_at IS NULL GROUP BY o.customer_id)
    SELECT (SELECT sum(s.pieces) FROM sold s WHERE s.customer_id IN (SELECT c.id ${audienceWhere(audience, moment)}))::float8
      / NULLIF((SELECT sum(pieces) FROM sold), 0)::float8 AS share`;
  const [row] = await tx.sql.rows<{ share: number | null }>({ text }, values);
  return row?.share ?? 0;
}
