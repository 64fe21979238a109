import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';

/**
 * What orders' codes come to. Revenue is the order's net, so it follows returns; a cancelled order costs no discount.
 * Goods cost is the unit cost of what the customer kept, and not known where one line's is not.
 */
function redemptionsOf(shopId: number, orders: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT o.shop_id, k.campaign_id, o.id AS order_id, min(k.code) AS code, o.customer_id, o.processed_at AS at, o.net AS revenue,
      (CASE WHEN o.cancelled_at IS NULL THEN sum(u.amount) ELSE 0 END)::bigint AS discount_cost,
      (SELECT CASE WHEN bool_and(i.unit_cost IS NOT NULL AND COALESCE(i.unit_cost_currency, o.currency) = o.currency)
          THEN sum(l.current_quantity * i.unit_cost)::bigint END
        FROM order_lines l
        LEFT JOIN variants v ON v.shop_id = l.shop_id AND v.id = l.variant_id
        LEFT JOIN inventory_items i ON i.shop_id = v.shop_id AND i.id = v.inventory_item_id
        WHERE l.shop_id = o.shop_id AND l.order_id = o.id AND l.current_quantity > 0) AS goods_cost
    FROM orders o
    JOIN discount_uses u ON u.shop_id = o.shop_id AND u.order_id = o.id
    JOIN campaign_codes k ON k.shop_id = u.shop_id AND k.code = u.code
    WHERE o.shop_id = ${shopId} AND NOT o.test AND o.deleted_at IS NULL AND ${orders}
    GROUP BY o.shop_id, o.id, k.campaign_id`;
}

/** To whom the codes belong that these orders used, or all orders. */
export async function ownersOfUsed(tx: ShopTx, shopId: number, orderIds: readonly bigint[] | null): Promise<bigint[]> {
  const text = `SELECT DISTINCT k.customer_id AS id FROM campaign_redemptions r
    JOIN campaign_codes k ON k.shop_id = r.shop_id AND k.code = r.code
    WHERE r.shop_id = $1 AND ($2::bigint[] IS NULL OR r.order_id = ANY($2::bigint[]))`;
  const rows = await tx.sql.rows<{ id: bigint }>({ text }, [shopId, orderIds && `{${orderIds.join(',')}}`]);
  return rows.map(({ id }) => id);
}

/** Brings the redemptions of these orders to how the orders stand. @returns how many of them used a campaign's code. */
export async function writeRedemptions(tx: ShopTx, shopId: number, orderIds: bigint[]): Promise<number> {
  if (orderIds.length === 0) return 0;
  await tx.campaignRedemption.deleteMany({ where: { shopId, orderId: { in: orderIds } } });
  return tx.$executeRaw`
    INSERT INTO campaign_redemptions (shop_id, campaign_id, order_id, code, customer_id, at, revenue, discount_cost, goods_cost)
    ${redemptionsOf(shopId, Prisma.sql`o.id = ANY(${orderIds}::bigint[])`)}`;
}

/** Derives all redemptions anew from the orders. @returns how many there are. */
export async function rewriteRedemptions(tx: ShopTx, shopId: number): Promise<number> {
  await tx.campaignRedemption.deleteMany({ where: { shopId } });
  return tx.$executeRaw`
    INSERT INTO campaign_redemptions (shop_id, campaign_id, order_id, code, customer_id, at, revenue, discount_cost, goods_cost)
    ${redemptionsOf(shopId, Prisma.sql`true`)}`;
}

export type CampaignFigures = {
  redemptions: number;
  revenue: bigint;
  discountCost: bigint;
  /** Of the orders whose goods' cost is known. */
  goodsCost: bigint;
  costUnknown: number;
};
export const NO_FIGURES: CampaignFigures = { redemptions: 0, revenue: 0n, discountCost: 0n, goodsCost: 0n, costUnknown: 0 };

export async function readFigures(tx: ShopTx, shopId: number, campaignIds: number[]): Promise<Map<number, CampaignFigures>> {
  const rows = await tx.$queryRaw<(CampaignFigures & { campaignId: number })[]>`
    SELECT campaign_id AS "campaignId", count(*)::int AS redemptions, sum(revenue)::bigint AS revenue, sum(discount_cost)::bigint AS "discountCost",
      COALESCE(sum(goods_cost), 0)::bigint AS "goodsCost", (count(*) FILTER (WHERE goods_cost IS NULL))::int AS "costUnknown"
    FROM campaign_redemptions WHERE shop_id = ${shopId} AND campaign_id = ANY(${campaignIds}::int[]) GROUP BY campaign_id`;
  return new Map(rows.map(({ campaignId, ...figures }) => [campaignId, figures]));
}

export type RedemptionDifference = { campaignId: number; orderId: bigint; live: bigint | null; rebuilt: bigint | null };

/** Redemptions whose revenue or discount is not what the orders say, but for those of orders that are still to be counted. */
export async function differingRedemptions(tx: ShopTx, shopId: number, limit: number): Promise<RedemptionDifference[]> {
  return tx.$queryRaw<RedemptionDifference[]>`
    WITH rebuilt AS (${redemptionsOf(shopId, Prisma.sql`true`)})
    SELECT COALESCE(l.campaign_id, b.campaign_id) AS "campaignId", COALESCE(l.order_id, b.order_id) AS "orderId", l.revenue AS live, b.revenue AS rebuilt
    FROM (SELECT * FROM campaign_redemptions WHERE shop_id = ${shopId}) AS l
    FULL JOIN rebuilt b ON b.campaign_id = l.campaign_id AND b.order_id = l.order_id
    WHERE (l.revenue, l.discount_cost, l.code) IS DISTINCT FROM (b.revenue, b.discount_cost, b.code)
      AND NOT EXISTS (SELECT 1 FROM dirty_entities d
        WHERE d.shop_id = ${shopId} AND d.feed = 'campaigns' AND d.entity_id = COALESCE(l.order_id, b.order_id))
    LIMIT ${limit}`;
}
