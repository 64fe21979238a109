import { dayToDate, type Day } from '../core/calendar.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { readKeyset, type KeysetCursor, type KeysetSort } from '../platform/keyset.server.ts';

/** One refresh of a shop's forecasts at a time, to the end of the transaction. */
export async function forecastLock(tx: ShopTx, shopId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7325, ${shopId}::int)`;
}

export type VariantStock = {
  variantId: bigint;
  tracked: boolean;
  available: number | null;
  unitCost: bigint | null;
  leadTimeDays: number | null;
};

/** Stock over all places, unit cost in the shop's currency and own lead time of variants; only those that the record knows and that live. */
export async function readStock(tx: ShopTx, shopId: number, wanted: { variantIds: bigint[]; currency: string }): Promise<VariantStock[]> {
  return tx.$queryRaw<VariantStock[]>`
    SELECT v.id AS "variantId", COALESCE(i.tracked, false) AS tracked, CASE WHEN i.unit_cost_currency = ${wanted.currency} THEN i.unit_cost END AS "unitCost", s.lead_time_days AS "leadTimeDays",
      (SELECT sum(l.available)::int FROM inventory_levels l WHERE l.shop_id = v.shop_id AND l.inventory_item_id = v.inventory_item_id) AS available
    FROM variants v
    LEFT JOIN inventory_items i ON i.shop_id = v.shop_id AND i.id = v.inventory_item_id
    LEFT JOIN variant_supply s ON s.shop_id = v.shop_id AND s.variant_id = v.id
    WHERE v.shop_id = ${shopId} AND v.id = ANY(${wanted.variantIds}::bigint[]) AND v.deleted_at IS NULL`;
}

/** Units sold a day (over all places) from a day on. Cancelled and returned units were asked for, and count. */
export async function readSold(
  tx: ShopTx,
  shopId: number,
  range: { variantIds: bigint[]; from: Day },
): Promise<{ variantId: bigint; day: Date; units: number }[]> {
  return tx.$queryRaw<{ variantId: bigint; day: Date; units: number }[]>`
    SELECT variant_id AS "variantId", day, sum(units)::int AS units FROM day_variant_location_rollups
    WHERE shop_id = ${shopId} AND variant_id = ANY(${range.variantIds}::bigint[]) AND day >= ${dayToDate(range.from)}
    GROUP BY variant_id, day HAVING sum(units) > 0`;
}

/** What each place held at most and at last on each day with a reading, days in the shop's zone, in order. */
export async function readStockDays(
  tx: ShopTx,
  shopId: number,
  range: { variantIds: bigint[]; from: Day; timezone: string },
): Promise<{ variantId: bigint; day: Date; locationId: bigint; most: number | null; last: number | null }[]> {
  return tx.$queryRaw<{ variantId: bigint; day: Date; locationId: bigint; most: number | null; last: number | null }[]>`
    SELECT v.id AS "variantId", c.location_id AS "locationId", (c.at AT TIME ZONE ${range.timezone})::date AS day,
      max(c.available) AS most, (array_agg(c.available ORDER BY c.at DESC))[1] AS last
    FROM variants v JOIN inventory_changes c ON c.shop_id = v.shop_id AND c.inventory_item_id = v.inventory_item_id
    WHERE v.shop_id = ${shopId} AND v.id = ANY(${range.variantIds}::bigint[]) AND c.at >= ${dayToDate(range.from)}
    GROUP BY v.id, c.location_id, 3 ORDER BY v.id, 3`;
}

/** The whole shop's units by weekday, Monday first, and over how many days; tells which days it is closed. */
export async function readShopWeek(tx: ShopTx, shopId: number, range: { from: Day; to: Day }): Promise<{ units: number[]; days: number }> {
  const rows = await tx.$queryRaw<{ weekday: number; units: number }[]>`
    SELECT (extract(isodow FROM day) - 1)::int AS weekday, sum(units)::float8 AS units FROM day_channel_rollups
    WHERE shop_id = ${shopId} AND day >= ${dayToDate(range.from)} AND day < ${dayToDate(range.to)} GROUP BY 1`;
  const [span] = await tx.$queryRaw<{ days: number | null }[]>`
    SELECT (${dayToDate(range.to)}::date - min(day))::int AS days FROM day_channel_rollups
    WHERE shop_id = ${shopId} AND day >= ${dayToDate(range.from)} AND units > 0`;
  const units = Array.from({ length: 7 }, (_, at) => rows.find((row) => row.weekday === at)?.units ?? 0);
  return { units, days: span?.days ?? 0 };
}

export type ForecastRow = {
  variantId: bigint;
  model: string;
  computedAt: Date;
  fromDay: Date;
  daily: number[];
  next28: number;
  historyDays: number;
  outOfStockDays: number;
  sold28: number;
  available: number | null;
  onHandValue: bigint | null;
  daysOfCover: number | null;
  stockoutOn: Date | null;
  leadTimeDays: number;
  reorderBy: Date | null;
  status: string;
};

export async function writeForecasts(tx: ShopTx, shopId: number, rows: readonly ForecastRow[]): Promise<void> {
  if (rows.length === 0) return;
  const where = { shopId, variantId: { in: rows.map((row) => row.variantId) } };
  await tx.variantForecast.deleteMany({ where });
  await tx.variantForecast.createMany({ data: rows.map((row) => ({ shopId, ...row })) });
}

/** Forecasts of variants that are gone. */
export async function dropForecasts(tx: ShopTx, shopId: number, variantIds: bigint[]): Promise<void> {
  await tx.variantForecast.deleteMany({ where: { shopId, variantId: { in: variantIds } } });
}

export async function variantsAfter(tx: ShopTx, shopId: number, page: { after: bigint; limit: number }): Promise<bigint[]> {
  const rows = await tx.variant.findMany({
    where: { shopId, id: { gt: page.after }, deletedAt: null },
    orderBy: { id: 'asc' },
    take: page.limit,
    select: { id: true },
  });
  return rows.map((row) => row.id);
}

/** True while a forecast begins before a day: the shop's day has changed since. */
export async function hasForecastBefore(tx: ShopTx, shopId: number, day: Day): Promise<boolean> {
  const row = await tx.variantForecast.findFirst({ where: { shopId, fromDay: { lt: dayToDate(day) } }, select: { variantId: true } });
  return row !== null;
}

const SETTING = 'forecast';

/** The shop's lead time in days; 14 until the merchant says otherwise. */
export async function readLeadTime(tx: ShopTx, shopId: number): Promise<number> {
  const row = await tx.shopSetting.findUnique({ where: { shopId_key: { shopId, key: SETTING } } });
  const value = row?.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) && typeof value['leadTimeDays'] === 'number'
    ? value['leadTimeDays']
    : 14;
}

export async function writeLeadTime(tx: ShopTx, shopId: number, setting: { leadTimeDays: number; at: Date }): Promise<void> {
  const data = { value: { leadTimeDays: setting.leadTimeDays }, updatedAt: setting.at };
  await tx.shopSetting.upsert({ where: { shopId_key: { shopId, key: SETTING } }, create: { shopId, key: SETTING, ...data }, update: data });
}

export async function hasVariant(tx: ShopTx, shopId: number, id: bigint): Promise<boolean> {
  return (await tx.variant.count({ where: { shopId, id } })) > 0;
}

export async function writeVariantLeadTime(
  tx: ShopTx,
  shopId: number,
  setting: { variantId: bigint; leadTimeDays: number | null; at: Date },
): Promise<void> {
  const { variantId, leadTimeDays, at } = setting;
  if (leadTimeDays === null) {
    await tx.variantSupply.deleteMany({ where: { shopId, variantId } });
    return;
  }
  const data = { leadTimeDays, updatedAt: at };
  await tx.variantSupply.upsert({
    where: { shopId_variantId: { shopId, variantId } },
    create: { shopId, variantId, ...data },
    update: data,
  });
}

export type InventoryRow = {
  variantId: bigint;
  title: string;
  sku: string | null;
  vendor: string | null;
  available: number | null;
  sold28: number;
  next28: number;
  daysOfCover: number | null;
  reorderBy: Date | null;
  leadTimeDays: number;
  status: string;
};
export type InventorySort = 'reorder' | 'next28';
export type InventoryQuery = {
  search: string;
  status: string | null;
  sort: InventorySort;
  cursor: KeysetCursor;
  limit: number;
};

const SORT: Readonly<Record<InventorySort, KeysetSort>> = {
  reorder: {
    column: Prisma.sql`f.reorder_by`,
    type: 'date',
    id: Prisma.sql`f.variant_id`,
    first: 'least',
    nullable: true,
  },
  next28: {
    column: Prisma.sql`f.next28`,
    type: 'float8',
    id: Prisma.sql`f.variant_id`,
    first: 'greatest',
    nullable: false,
  },
};

/** A page of variants by keyset, the most urgent (or the best selling) first; those with no date come last. */
export async function inventoryRows(tx: ShopTx, shopId: number, query: InventoryQuery): Promise<InventoryRow[]> {
  const like = `${query.search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const search =
    query.search === ''
      ? Prisma.empty
      : // A variant's number or its product's title.
        Prisma.sql`AND f.variant_id IN (SELECT storebook_find('variants', ${like}, 5000))`;
  const status = query.status === null ? Prisma.empty : Prisma.sql`AND f.status = ${query.status}`;
  return readKeyset(
    { sort: SORT[query.sort], cursor: query.cursor, limit: query.limit },
    ({ where, order, limit }) => tx.$queryRaw<InventoryRow[]>`
      SELECT f.variant_id AS "variantId", concat_ws(' · ', p.title, NULLIF(v.title, 'Default Title')) AS title, v.sku, p.vendor, f.available, f.sold28, f.next28,
        f.days_of_cover AS "daysOfCover", f.reorder_by AS "reorderBy", f.lead_time_days AS "leadTimeDays", f.status
      FROM variant_forecasts f
      JOIN variants v ON v.shop_id = f.shop_id AND v.id = f.variant_id
      JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id
      WHERE f.shop_id = ${shopId} AND v.deleted_at IS NULL ${search} ${status} ${where}
      ORDER BY ${order} LIMIT ${limit}`,
  );
}

export async function variantDetails(tx: ShopTx, shopId: number, id: bigint) {
  const variant = await tx.variant.findUnique({ where: { shopId_id: { shopId, id } } });
  if (!variant) return null;
  return {
    variant,
    product: await tx.product.findUnique({ where: { shopId_id: { shopId, id: variant.productId } } }),
    forecast: await tx.variantForecast.findUnique({ where: { shopId_variantId: { shopId, variantId: id } } }),
    own: await tx.variantSupply.findUnique({ where: { shopId_variantId: { shopId, variantId: id } } }),
    levels: await tx.$queryRaw<{ name: string; available: number | null }[]>`
      SELECT COALESCE(NULLIF(l.name, ''), i.location_id::text) AS name, i.available FROM inventory_levels i
      LEFT JOIN locations l ON l.shop_id = i.shop_id AND l.id = i.location_id
      WHERE i.shop_id = ${shopId} AND i.inventory_item_id = ${variant.inventoryItemId} ORDER BY 1`,
  };
}

export async function statusCounts(tx: ShopTx, shopId: number): Promise<Record<string, number>> {
  const rows = await tx.variantForecast.groupBy({ by: ['status'], where: { shopId }, _count: true });
  return Object.fromEntries(rows.map((row) => [row.status, row._count]));
}

export type ProductDemand = { productId: bigint; title: string; fromDay: Date; daily: number[]; available: number | null };

/** The forecasts of products' variants, with the stock they were made with. */
export async function productDemand(tx: ShopTx, shopId: number, productIds: readonly bigint[]): Promise<ProductDemand[]> {
  return tx.$queryRaw<ProductDemand[]>`
    SELECT v.product_id AS "productId", p.title, f.from_day AS "fromDay", f.daily, f.available
    FROM variants v
    JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id
    JOIN variant_forecasts f ON f.shop_id = v.shop_id AND f.variant_id = v.id
    WHERE v.shop_id = ${shopId} AND v.product_id = ANY(${[...productIds]}::bigint[]) AND v.deleted_at IS NULL
    ORDER BY v.product_id, v.id`;
}

export type Overstock = {
  readonly productId: string;
  readonly title: string;
  readonly available: number;
  /** At cost, minor units; null where no cost is known. */
  readonly value: bigint | null;
  /** Days that the stock lasts at what is expected; null: nobody is expected to buy it. */
  readonly coverDays: number | null;
};

/** Fewer pieces than this in 28 days are nobody; what is expected of something unsold for a year is a number near 1e-300. */
const NOBODY_BUYS = 0.01;

/** Products whose stock, all variants together, lasts longer than so many days. */
export async function overstocked(tx: ShopTx, shopId: number, wanted: { coverDays: number; limit: number }): Promise<Overstock[]> {
  const text = `
    SELECT v.product_id::text AS "productId", p.title, sum(f.available)::int AS available, sum(f.on_hand_value)::bigint AS value,
      CASE WHEN sum(f.next28) >= ${NOBODY_BUYS} THEN (sum(f.available) * 28 / sum(f.next28))::float8 END AS "coverDays"
    FROM variant_forecasts f
    JOIN variants v ON v.shop_id = f.shop_id AND v.id = f.variant_id AND v.deleted_at IS NULL
    JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id AND p.deleted_at IS NULL AND p.status = 'active'
    WHERE f.shop_id = $1 AND f.available > 0
    GROUP BY v.product_id, p.title
    HAVING sum(f.available) * 28 > $2::float8 * sum(f.next28)
    ORDER BY sum(f.on_hand_value) DESC NULLS LAST, sum(f.available) DESC, v.product_id LIMIT $3`;
  return tx.sql.rows<Overstock>({ text }, [shopId, wanted.coverDays, wanted.limit]);
}
