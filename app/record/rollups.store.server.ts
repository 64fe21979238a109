import type { ShopTx } from '../platform/db.server.ts';
import type { RollupDelta } from './contribution.ts';
import { toJsonRows } from './order.store.server.ts';

type Rollup = { table: string; keys: string; keyNames: string; types: string; amounts: readonly string[] };

const camel = (column: string): string => column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const INTEGERS = new Set(['orders', 'refunds']);

const ROLLUPS = {
  customers: {
    table: 'customer_rollups',
    keys: 'customer_id',
    keyNames: '"customerId"',
    types: '"customerId" bigint',
    amounts: ['orders', 'units', 'gross', 'discounts', 'returned', 'cancelled', 'net', 'refunds'],
  },
  days: {
    table: 'day_channel_rollups',
    keys: 'day, channel',
    keyNames: 'day, channel',
    types: 'day date, channel text',
    amounts: ['orders', 'units', 'gross', 'discounts', 'returned', 'returned_units', 'refunds', 'cancelled', 'net', 'shipping', 'tax'],
  },
  variants: {
    table: 'day_variant_location_rollups',
    keys: 'variant_id, day, location_id',
    keyNames: '"variantId", day, "locationId"',
    types: '"variantId" bigint, day date, "locationId" bigint',
    amounts: ['units', 'returned_units', 'gross', 'discounts', 'returned', 'net'],
  },
  products: {
    table: 'day_product_rollups',
    keys: 'product_id, day',
    keyNames: '"productId", day',
    types: '"productId" bigint, day date',
    amounts: ['orders', 'units', 'returned_units', 'gross', 'discounts', 'returned', 'net'],
  },
} as const satisfies Record<keyof RollupDelta, Rollup>;

/** One statement that adds signed differences to the rows of a rollup, making those that are not there. */
function addSql({ table, keys, keyNames, types, amounts }: Rollup): string {
  const columns = amounts.join(', ');
  const fields = amounts.map((name) => `"${camel(name)}"`).join(', ');
  const fieldTypes = amounts.map((name) => `"${camel(name)}" ${INTEGERS.has(name) ? 'int' : 'bigint'}`).join(', ');
  const updates = amounts.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', ');
  return `INSERT INTO ${table} (shop_id, ${keys}, ${columns})
    SELECT $1::int, ${keyNames}, ${fields} FROM jsonb_to_recordset($2::jsonb) AS r(${types}, ${fieldTypes})
    ON CONFLICT (shop_id, ${keys}) DO UPDATE SET ${updates}`;
}

const NAMES = ['customers', 'days', 'variants', 'products'] as const;

/** Adds a difference to the live rollups, in the transaction that changes the orders. */
export async function addToRollups(tx: ShopTx, shopId: number, delta: RollupDelta): Promise<void> {
  for (const name of NAMES) {
    const rows: readonly object[] = delta[name];
    if (rows.length > 0) await tx.$executeRawUnsafe(addSql(ROLLUPS[name]), shopId, toJsonRows(rows));
  }
}

/** First and last order of customers: no sums, so they are read from the orders again (an index range a customer). */
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

/** Which rows of the live rollups differ from these recomputed ones; both directions, at most `limit` a table. */
export async function differingRollups(
  tx: ShopTx,
  shopId: number,
  options: { aside: Readonly<Record<keyof RollupDelta, string>>; limit: number },
): Promise<{ table: string; key: unknown; live: unknown; rebuilt: unknown }[]> {
  const found: { table: string; key: unknown; live: unknown; rebuilt: unknown }[] = [];
  for (const name of NAMES) {
    const rollup = ROLLUPS[name];
    const aside = options.aside[name];
    const keys = rollup.keys.split(', ');
    const json = (alias: string, columns: readonly string[]): string =>
      `jsonb_build_object(${columns.map((column) => `'${column}', ${alias}.${column}::text`).join(', ')})`;
    const dates = name === 'customers' ? ['first_order_at', 'last_order_at'] : [];
    const isZero = rollup.amounts.map((column) => `COALESCE(l.${column}, 0) = 0`).join(' AND ');
    const rows = await tx.$queryRawUnsafe<{ key: unknown; live: unknown; rebuilt: unknown }[]>(
      `SELECT COALESCE(${json('l', keys)}, '{}') AS key,
         CASE WHEN l.shop_id IS NULL THEN NULL ELSE ${json('l', [...rollup.amounts, ...dates])} END AS live,
         CASE WHEN a.shop_id IS NULL THEN NULL ELSE ${json('a', [...keys, ...rollup.amounts, ...dates])} END AS rebuilt
       FROM (SELECT * FROM ${rollup.table} WHERE shop_id = $1) AS l
       FULL JOIN (SELECT * FROM ${aside} WHERE shop_id = $1) AS a ON ${keys.map((key) => `l.${key} = a.${key}`).join(' AND ')}
       WHERE (a.shop_id IS NULL AND NOT (${isZero}))
          OR (a.shop_id IS NOT NULL AND (l.shop_id IS NULL OR (${[...rollup.amounts, ...dates]
            .map((column) => `l.${column} IS DISTINCT FROM a.${column}`)
            .join(' OR ')})))
       LIMIT $2`,
      shopId,
      options.limit,
    );
    found.push(...rows.map((row) => ({ table: rollup.table, ...row })));
  }
  return found;
}

/** Temporary tables like the rollups, for a rebuild aside; they go with the transaction. */
export async function createAsideTables(tx: ShopTx): Promise<Record<keyof RollupDelta, string>> {
  const names = { customers: '', days: '', variants: '', products: '' };
  for (const name of NAMES) {
    const rollup = ROLLUPS[name];
    const aside = `aside_${rollup.table}`;
    await tx.$executeRawUnsafe(
      `CREATE TEMPORARY TABLE ${aside} (LIKE ${rollup.table} INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP`,
    );
    names[name] = aside;
  }
  return names;
}

/** As addToRollups, into the tables aside. */
export async function addAside(tx: ShopTx, shopId: number, delta: RollupDelta): Promise<void> {
  for (const name of NAMES) {
    const rollup = ROLLUPS[name];
    const rows: readonly object[] = delta[name];
    if (rows.length > 0) await tx.$executeRawUnsafe(addSql({ ...rollup, table: `aside_${rollup.table}` }), shopId, toJsonRows(rows));
  }
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
  for (const rollup of Object.values(ROLLUPS)) {
    await tx.$executeRawUnsafe(`DELETE FROM ${rollup.table} WHERE shop_id = $1`, shopId);
    await tx.$executeRawUnsafe(`INSERT INTO ${rollup.table} SELECT * FROM aside_${rollup.table} WHERE shop_id = $1`, shopId);
  }
}
