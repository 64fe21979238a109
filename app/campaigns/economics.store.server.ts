import type { ShopTx } from '../platform/db.server.ts';
import type { Fees, OrderSums } from './economics.ts';
import type { Offer } from './offer.ts';

export type CampaignSettings = Fees & {
  /** No offer goes below this margin, hundredths of a percent of what is paid. */
  readonly marginFloor: number;
};
/** Until the merchant says more: no offer that loses money. */
const DEFAULTS: CampaignSettings = { marginFloor: 0, feeShare: 0, feeFixed: 0n };

export async function readSettings(tx: ShopTx, shopId: number): Promise<CampaignSettings> {
  const select = { marginFloor: true, feeShare: true, feeFixed: true };
  return (await tx.campaignSettings.findUnique({ where: { shopId }, select })) ?? DEFAULTS;
}

export async function writeSettings(tx: ShopTx, shopId: number, { at, ...settings }: CampaignSettings & { at: Date }): Promise<void> {
  const data = { ...settings, updatedAt: at };
  await tx.campaignSettings.upsert({ where: { shopId }, create: { shopId, ...data }, update: data });
}

/** How often anybody is made an offer, and when nobody is written to. */
export type Cadence = {
  /** Campaigns that anybody is in at most within `capDays`, over all of them; null: any number. */
  readonly mostOffers: number | null;
  readonly capDays: number;
  /** Hours of the customer's day; null: at any hour. */
  readonly quietFrom: number | null;
  readonly quietTo: number | null;
};
const ANY: Cadence = { mostOffers: null, capDays: 30, quietFrom: null, quietTo: null };

export async function readCadence(tx: ShopTx, shopId: number): Promise<Cadence> {
  const select = { mostOffers: true, capDays: true, quietFrom: true, quietTo: true };
  return (await tx.campaignSettings.findUnique({ where: { shopId }, select })) ?? ANY;
}

export async function writeCadence(tx: ShopTx, shopId: number, { at, ...cadence }: Cadence & { at: Date }): Promise<void> {
  const data = { ...cadence, updatedAt: at };
  await tx.campaignSettings.upsert({ where: { shopId }, create: { shopId, ...DEFAULTS, ...data }, update: data });
}

/** Whether offers stand in customers' metafields. Until the merchant says otherwise they do. */
export async function readOnSite(tx: ShopTx, shopId: number): Promise<boolean> {
  return (await tx.campaignSettings.findUnique({ where: { shopId }, select: { onSite: true } }))?.onSite ?? true;
}

export async function writeOnSite(tx: ShopTx, shopId: number, { onSite, at }: { onSite: boolean; at: Date }): Promise<void> {
  const data = { onSite, updatedAt: at };
  await tx.campaignSettings.upsert({ where: { shopId }, create: { shopId, ...DEFAULTS, ...data }, update: data });
}

/** So many orders, the latest of the year, tell what a redemption is like. */
const MOST_ORDERS = 5_000;

const ORDERS = `
  WITH latest AS (
    SELECT id, returned + cancelled AS back, gross - discounts AS sold, shipping FROM orders
    WHERE shop_id = $1 AND processed_at >= $2 AND NOT test AND deleted_at IS NULL AND gross > 0
    ORDER BY processed_at DESC, id DESC LIMIT ${MOST_ORDERS}),
  lines AS (
    SELECT l.order_id, l.quantity, l.unit_price * l.quantity AS value,
      ($3::bigint[] IS NULL OR l.product_id = ANY($3::bigint[])) AS meant,
      CASE WHEN i.unit_cost IS NOT NULL AND COALESCE(i.unit_cost_currency, $4) = $4 THEN i.unit_cost * l.quantity END AS cost
    FROM latest o
    JOIN order_lines l ON l.shop_id = $1 AND l.order_id = o.id AND NOT l.gift_card
    LEFT JOIN variants v ON v.shop_id = l.shop_id AND v.id = l.variant_id
    LEFT JOIN inventory_items i ON i.shop_id = v.shop_id AND i.id = v.inventory_item_id),
  of_order AS (
    SELECT order_id, sum(value) AS subtotal, COALESCE(sum(value) FILTER (WHERE meant), 0) AS meant,
      COALESCE(sum(quantity) FILTER (WHERE meant), 0) AS pieces,
      COALESCE(sum(value) FILTER (WHERE cost IS NOT NULL), 0) AS known_value, COALESCE(sum(cost), 0) AS known_cost
    FROM lines GROUP BY order_id)
  SELECT count(*)::int AS orders, COALESCE(sum(s.subtotal), 0)::bigint AS subtotal,
    COALESCE(sum(CASE WHEN $6::bigint IS NULL THEN round(s.meant * $5::int / 100.0) ELSE LEAST($6::bigint, s.meant) END), 0)::bigint AS discount,
    COALESCE(sum(CASE WHEN $9::bigint IS NULL OR o.shipping <= $9::bigint THEN o.shipping ELSE 0 END) FILTER (WHERE $8::boolean), 0)::bigint AS waived,
    COALESCE(sum(s.known_value), 0)::bigint AS "knownValue", COALESCE(sum(s.known_cost), 0)::bigint AS "knownCost",
    COALESCE(sum(o.back)::float8 / NULLIF(sum(o.sold), 0), 0) AS "returnShare"
  FROM of_order s JOIN latest o ON o.id = s.order_id
  WHERE s.meant > 0 AND s.meant >= COALESCE($7::bigint, 0) AND s.pieces >= COALESCE($10::int, 0)`;

/** What so many pieces of some products are worth and cost, on average over their variants. */
const GIVEN = `
  SELECT round(avg(v.price) * $3)::bigint AS value,
    round(avg(i.unit_cost) FILTER (WHERE COALESCE(i.unit_cost_currency, $4) = $4) * $3)::bigint AS cost
  FROM variants v LEFT JOIN inventory_items i ON i.shop_id = v.shop_id AND i.id = v.inventory_item_id
  WHERE v.shop_id = $1 AND v.product_id = ANY($2::bigint[]) AND v.deleted_at IS NULL AND v.price IS NOT NULL`;

/** The highest price of each product's variants, minor units; a product without one is not in it. */
export async function highestPrices(tx: ShopTx, shopId: number, productIds: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await tx.sql.rows<{ id: bigint; price: bigint }>(
    {
      text: `SELECT product_id AS id, max(price)::bigint AS price FROM variants
        WHERE shop_id = $1 AND product_id = ANY($2::bigint[]) AND deleted_at IS NULL AND price IS NOT NULL GROUP BY product_id`,
    },
    [shopId, `{${productIds.join(',')}}`],
  );
  return new Map(rows.map(({ id, price }) => [String(id), price]));
}

type Row = Omit<OrderSums, 'given'>;
const NOTHING: Row = { orders: 0, subtotal: 0n, discount: 0n, waived: 0n, knownValue: 0n, knownCost: 0n, returnShare: 0 };

/** The shop's latest orders of a year that the offer would have applied to, and what it would have taken off. */
export async function ordersMeeting(
  tx: ShopTx,
  shop: { id: number; currency: string },
  { offer, goods, since }: { offer: Offer; /** product ids; null: everything */ goods: readonly string[] | null; since: Date },
): Promise<OrderSums> {
  const { value, minimum, pieces } = offer;
  const products = goods && `{${goods.join(',')}}`;
  const off = value.kind === 'percent' ? [value.percent, null] : [null, value.kind === 'amount' ? value.amount : 0];
  const shipping = value.kind === 'shipping' ? [true, value.upTo] : [false, null];
  const least = value.kind === 'gets' ? value.buys : pieces;
  const [row] = await tx.sql.rows<Row>({ text: ORDERS }, [shop.id, since, products, shop.currency, ...off, minimum, ...shipping, least]);
  return { ...(row ?? NOTHING), given: value.kind === 'gets' ? await givenWith(tx, shop, value) : null };
}

type Gets = Extract<Offer['value'], { kind: 'gets' }>;

async function givenWith(tx: ShopTx, shop: { id: number; currency: string }, { ids, gets, percent }: Gets): Promise<OrderSums['given']> {
  const values = [shop.id, `{${ids.join(',')}}`, gets, shop.currency];
  const [row] = await tx.sql.rows<{ value: bigint | null; cost: bigint | null }>({ text: GIVEN }, values);
  const value = row?.value ?? 0n;
  return { value, discount: (value * BigInt(percent) + 50n) / 100n, cost: row?.cost ?? null };
}
