import { insertInto, insertTogether, type Column } from '../platform/columns.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { OrderRow, OrderRows, RefundRow } from './order-rows.ts';
import { DERIVED_COLUMNS } from './order.store.server.ts';
import type { Difference } from './rollups.store.server.ts';

// What stands in the rows of orders and refunds and was worked out (their day and their sums): derived anew into
// temporary tables, to be compared or put in place.

type Derived = Pick<OrderRows, 'orders' | 'refunds'>;
const NAMES = ['orders', 'refunds'] as const;

const named = (name: keyof Derived): { keys: string[]; values: string[] } => {
  const names = (columns: readonly Column<never>[]): string[] => columns.map((one) => one.name);
  return { keys: names(DERIVED_COLUMNS[name].keys), values: names(DERIVED_COLUMNS[name].values) };
};

const ADD = insertTogether<Derived>('derived-aside', {
  orders: insertInto<OrderRow>('aside_orders', [...DERIVED_COLUMNS.orders.keys, ...DERIVED_COLUMNS.orders.values]),
  refunds: insertInto<RefundRow>('aside_refunds', [...DERIVED_COLUMNS.refunds.keys, ...DERIVED_COLUMNS.refunds.values]),
});

/** They go with the transaction. */
export async function createDerivedAside(tx: ShopTx): Promise<void> {
  for (const name of NAMES) {
    const { keys, values } = named(name);
    await tx.$executeRawUnsafe(
      `CREATE TEMPORARY TABLE aside_${name} ON COMMIT DROP AS SELECT shop_id, ${[...keys, ...values].join(', ')} FROM ${name} WITH NO DATA`,
    );
  }
}

export async function addDerivedAside(tx: ShopTx, shopId: number, rows: Derived): Promise<void> {
  await ADD.run(tx.sql, shopId, ADD.values(rows));
}

const joined = (name: keyof Derived): string =>
  `l.shop_id = $1 AND a.shop_id = $1 AND ${named(name)
    .keys.map((key) => `l.${key} = a.${key}`)
    .join(' AND ')}`;
const differs = (name: keyof Derived): string => {
  const row = (alias: string): string =>
    named(name)
      .values.map((column) => `${alias}.${column}`)
      .join(', ');
  return `(${row('l')}) IS DISTINCT FROM (${row('a')})`;
};

/** Rows whose day or sums are not what the order says; at most `limit` a table. Every order that is held is aside too. */
export async function differingDerived(tx: ShopTx, shopId: number, limit: number): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const name of NAMES) {
    const { keys, values } = named(name);
    const json = (alias: string, columns: readonly string[]): string =>
      `jsonb_build_object(${columns.map((column) => `'${column}', ${alias}.${column}::text`).join(', ')})`;
    const rows = await tx.$queryRawUnsafe<Omit<Difference, 'table'>[]>(
      `SELECT ${json('l', keys)} AS key, ${json('l', values)} AS live, ${json('a', values)} AS rebuilt
       FROM ${name} AS l JOIN aside_${name} AS a ON ${joined(name)} WHERE ${differs(name)} LIMIT $2`,
      shopId,
      limit,
    );
    found.push(...rows.map((row) => ({ table: name, ...row })));
  }
  return found;
}

/** Puts what is aside in place where it differs. */
export async function replaceDerived(tx: ShopTx, shopId: number): Promise<void> {
  for (const name of NAMES) {
    const set = named(name)
      .values.map((column) => `${column} = a.${column}`)
      .join(', ');
    await tx.$executeRawUnsafe(`UPDATE ${name} AS l SET ${set} FROM aside_${name} AS a WHERE ${joined(name)} AND ${differs(name)}`, shopId);
  }
}
