import { columnsOf, insertInto, insertTogether, type Column, type Insert } from '../platform/columns.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { CustomerDelta, RollupDelta } from './contribution.ts';
import type { DayAmounts, ProductDayAmounts, VariantDayAmounts } from './facts.ts';

const CUSTOMERS = columnsOf<CustomerDelta>({
  orders: 'int',
  units: 'bigint',
  gross: 'bigint',
  discounts: 'bigint',
  returned: 'bigint',
  cancelled: 'bigint',
  net: 'bigint',
  refunds: 'int',
});
const DAYS = columnsOf<DayAmounts>({
  orders: 'int',
  units: 'bigint',
  gross: 'bigint',
  discounts: 'bigint',
  returned: 'bigint',
  returnedUnits: 'bigint',
  refunds: 'int',
  cancelled: 'bigint',
  net: 'bigint',
  shipping: 'bigint',
  tax: 'bigint',
});
const goods = {
  units: 'bigint',
  returnedUnits: 'bigint',
  gross: 'bigint',
  discounts: 'bigint',
  returned: 'bigint',
  net: 'bigint',
} as const;
const VARIANTS = columnsOf<VariantDayAmounts>(goods);
const PRODUCTS = columnsOf<ProductDayAmounts>({ orders: 'int', ...goods });

type Rollup<Row> = { table: string; keys: readonly Column<Row>[]; amounts: readonly Column<Row>[]; dates: readonly Column<Row>[] };

/** The first and last order of a customer; the one part of a rollup that is no sum. */
const DATES: readonly Column<CustomerDelta>[] = [
  { key: 'firstAt', name: 'first_order_at', type: 'timestamptz' },
  { key: 'lastAt', name: 'last_order_at', type: 'timestamptz' },
];

const ROLLUPS = {
  customers: { table: 'customer_rollups', keys: columnsOf<CustomerDelta>({ customerId: 'bigint' }), amounts: CUSTOMERS, dates: DATES },
  days: { table: 'day_channel_rollups', keys: columnsOf<DayAmounts>({ day: 'date', channel: 'text' }), amounts: DAYS, dates: [] },
  variants: {
    table: 'day_variant_location_rollups',
    keys: columnsOf<VariantDayAmounts>({ variantId: 'bigint', day: 'date', locationId: 'bigint' }),
    amounts: VARIANTS,
    dates: [],
  },
  products: {
    table: 'day_product_rollups',
    keys: columnsOf<ProductDayAmounts>({ productId: 'bigint', day: 'date' }),
    amounts: PRODUCTS,
    dates: [],
  },
} satisfies { [Name in keyof RollupDelta]: Rollup<RollupDelta[Name][number]> };

/** Adds signed differences to the rows of a rollup, making those that are not there. */
function adder<Row>(rollup: Rollup<Row>, table = rollup.table): Insert<Row> {
  const sums = rollup.amounts.map(({ name }) => `${name} = ${table}.${name} + excluded.${name}`);
  // An order that went or moved is looked at by refreshOrderDates; here dates only spread. LEAST and GREATEST pass over nulls.
  const dates = rollup.dates.map(
    ({ key, name }) => `${name} = ${key === 'firstAt' ? 'LEAST' : 'GREATEST'}(${table}.${name}, excluded.${name})`,
  );
  const keys = rollup.keys.map(({ name }) => name).join(', ');
  const conflict = `ON CONFLICT (shop_id, ${keys}) DO UPDATE SET ${[...sums, ...dates].join(', ')}`;
  return insertInto(table, [...rollup.keys, ...rollup.amounts, ...rollup.dates], conflict);
}

const adders = (prefix: string) => ({
  customers: adder(ROLLUPS.customers, `${prefix}customer_rollups`),
  days: adder(ROLLUPS.days, `${prefix}day_channel_rollups`),
  variants: adder(ROLLUPS.variants, `${prefix}day_variant_location_rollups`),
  products: adder(ROLLUPS.products, `${prefix}day_product_rollups`),
});
/** Add a difference to the live rollups, in the transaction that changes the orders. */
export const ADD_TO_ROLLUPS = adders('');
const ADD_ASIDE = insertTogether<RollupDelta>('rollups-aside', adders('aside_'));

const NAMES = ['customers', 'days', 'variants', 'products'] as const;

/**
 * First and last order of customers of whom an order went or moved: read from the orders again (an index range a
 * customer). All others are kept by ADD_TO_ROLLUPS.
 */
export async function refreshOrderDates(tx: ShopTx, shopId: number, customerIds: bigint[]): Promise<void> {
  if (customerIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE customer_rollups AS r
    SET first_order_at = d.first_order_at, last_order_at = d.last_order_at
    FROM (
      SELECT wanted.id, min(o.processed_at) AS first_order_at, max(o.processed_at) AS last_order_at
      FROM unnest(${customerIds}::bigint[]) AS wanted(id)
      LEFT JOIN orders o ON o.shop_id = ${shopId} AND o.customer_id = wanted.id AND NOT o.test AND o.deleted_at IS NULL
      GROUP BY wanted.id
    ) AS d
    WHERE r.shop_id = ${shopId} AND r.customer_id = d.id
      AND (r.first_order_at IS DISTINCT FROM d.first_order_at OR r.last_order_at IS DISTINCT FROM d.last_order_at)`;
}

/** The names of a rollup's columns. */
function namesOf(name: keyof RollupDelta): { table: string; keys: string[]; amounts: string[]; dates: string[] } {
  const { table, keys, amounts, dates } = ROLLUPS[name];
  const names = (columns: readonly { name: string }[]): string[] => columns.map((one) => one.name);
  return { table, keys: names(keys), amounts: names(amounts), dates: names(dates) };
}

/** A row that is not what the orders (or, for the count of customers, the customers) say; `live` or `rebuilt` null: it stands on one side only. */
export type Difference = { table: string; key: unknown; live: unknown; rebuilt: unknown };

/** Which rows of the live rollups differ from these recomputed ones; both directions, at most `limit` a table. */
export async function differingRollups(
  tx: ShopTx,
  shopId: number,
  options: { aside: Readonly<Record<keyof RollupDelta, string>>; limit: number },
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const name of NAMES) {
    const { table, ...columns } = namesOf(name);
    const aside = options.aside[name];
    const { keys, amounts, dates } = columns;
    const json = (alias: string, names: readonly string[]): string =>
      `jsonb_build_object(${names.map((column) => `'${column}', ${alias}.${column}::text`).join(', ')})`;
    const isZero = amounts.map((column) => `COALESCE(l.${column}, 0) = 0`).join(' AND ');
    const rows = await tx.$queryRawUnsafe<Omit<Difference, 'table'>[]>(
      `SELECT CASE WHEN l.shop_id IS NULL THEN ${json('a', keys)} ELSE ${json('l', keys)} END AS key,
         CASE WHEN l.shop_id IS NULL THEN NULL ELSE ${json('l', [...amounts, ...dates])} END AS live,
         CASE WHEN a.shop_id IS NULL THEN NULL ELSE ${json('a', [...amounts, ...dates])} END AS rebuilt
       FROM (SELECT * FROM ${table} WHERE shop_id = $1) AS l
       FULL JOIN (SELECT * FROM ${aside} WHERE shop_id = $1) AS a ON ${keys.map((key) => `l.${key} = a.${key}`).join(' AND ')}
       WHERE (a.shop_id IS NULL AND NOT (${isZero}))
          OR (a.shop_id IS NOT NULL AND (l.shop_id IS NULL OR (${[...amounts, ...dates]
            .map((column) => `l.${column} IS DISTINCT FROM a.${column}`)
            .join(' OR ')})))
       LIMIT $2`,
      shopId,
      options.limit,
    );
    found.push(...rows.map((row) => ({ table, ...row })));
  }
  return found;
}

/** Temporary tables like the rollups, for a rebuild aside; they go with the transaction. */
export async function createAsideTables(tx: ShopTx): Promise<Record<keyof RollupDelta, string>> {
  const names = { customers: '', days: '', variants: '', products: '' };
  for (const name of NAMES) {
    const { table } = ROLLUPS[name];
    const aside = `aside_${table}`;
    await tx.$executeRawUnsafe(`CREATE TEMPORARY TABLE ${aside} (LIKE ${table} INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP`);
    names[name] = aside;
  }
  return names;
}

/** As ADD_TO_ROLLUPS, into the tables aside. */
export async function addAside(tx: ShopTx, shopId: number, delta: RollupDelta): Promise<void> {
  await ADD_ASIDE.run(tx.sql, shopId, ADD_ASIDE.values(delta));
}

/** First and last order of every customer aside, by one pass over the orders. */
export async function fillOrderDatesAside(tx: ShopTx, shopId: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE aside_customer_rollups AS r SET first_order_at = d.first_at, last_order_at = d.last_at
    FROM (SELECT customer_id, min(processed_at) AS first_at, max(processed_at) AS last_at FROM orders
      WHERE shop_id = ${shopId} AND customer_id IS NOT NULL AND NOT test AND deleted_at IS NULL GROUP BY customer_id) AS d
    WHERE r.shop_id = ${shopId} AND r.customer_id = d.customer_id`;
}

/** Puts the tables aside in place of the live rows of the shop. */
export async function replaceRollups(tx: ShopTx, shopId: number): Promise<void> {
  for (const { table } of Object.values(ROLLUPS)) {
    await tx.$executeRawUnsafe(`DELETE FROM ${table} WHERE shop_id = $1`, shopId);
    await tx.$executeRawUnsafe(`INSERT INTO ${table} SELECT * FROM aside_${table} WHERE shop_id = $1`, shopId);
  }
}
