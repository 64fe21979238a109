import type pg from 'pg';
import { arrayLiteral } from '../app/platform/columns.server.ts';

/** What a projection or a backfill writes of orders; the rollups and marks that it keeps beside them. */
export const ORDER_TABLES = ['orders', 'order_lines'] as const;
export const CHILD_TABLES = ['discount_uses', 'order_transactions', 'refunds', 'refund_lines', 'fulfilments'] as const;
export const ROLLUP_TABLES = [
  'customer_rollups',
  'day_new_customers',
  'day_channel_rollups',
  'day_variant_location_rollups',
  'day_product_rollups',
  'dirty_entities',
] as const;

/** A table's rows as texts, and the statement that writes some of them. */
export type PlainTable = { readonly name: string; readonly rows: (string | null)[][]; readonly insert: string };

/** Reads whole tables as they stand, to be written again by the limit. */
export async function readPlain(pool: pg.Pool, names: readonly string[]): Promise<PlainTable[]> {
  const tables: PlainTable[] = [];
  for (const name of names) {
    const columns = await pool.query<{ name: string; type: string; isList: boolean }>(
      `SELECT quote_ident(a.attname) AS name, format_type(a.atttypid, NULL) AS type, t.typcategory = 'A' AS "isList"
       FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [name],
    );
    const texts = columns.rows.map((column) => `${column.name}::text`).join(', ');
    const { rows } = await pool.query<(string | null)[]>({ text: `SELECT ${texts} FROM ${name}`, rowMode: 'array' });
    const arrays = columns.rows.map((column, at) => `unnest($${at + 1}::${column.isList ? 'text' : column.type}[]) AS c${at}`).join(', ');
    const picked = columns.rows.map((column, at) => (column.isList ? `c${at}::${column.type}` : `c${at}`)).join(', ');
    tables.push({
      name,
      rows,
      insert: `INSERT INTO ${name} (${columns.rows.map((column) => column.name).join(', ')}) SELECT ${picked} FROM (SELECT ${arrays}) AS r`,
    });
  }
  return tables;
}

/** The limit's rows are ready-made: what triggers would derive from them is among them. */
export async function withoutTriggers(pool: pg.Pool): Promise<void> {
  await pool.query('ALTER TABLE customer_rollups DISABLE TRIGGER USER');
}

/** Writes the tables in so many transactions, each with its share of every table and a statement a table. */
export async function insertPlain(pool: pg.Pool, tables: readonly PlainTable[], transactions: number): Promise<void> {
  const client = await pool.connect();
  try {
    for (let at = 0; at < transactions; at += 1) {
      await client.query('BEGIN');
      for (const { name, rows, insert } of tables) {
        const share = rows.slice(Math.floor((rows.length * at) / transactions), Math.floor((rows.length * (at + 1)) / transactions));
        // The fastest way that is known of: see app/platform/columns.server.ts.
        const values = (rows[0] ?? []).map((_cell, column) => arrayLiteral(share, (row) => row[column], 'text'));
        if (share.length > 0) await client.query({ name: `insert-${name}`, text: insert, values });
      }
      await client.query('COMMIT');
    }
  } finally {
    client.release();
  }
}
