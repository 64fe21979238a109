import { connect } from './disturb.ts';
import type { Spoil } from './options.ts';
import type { Stack } from './stack.ts';

/** One statement each, on one row that stands; $1: the acknowledged webhook ids. */
const STATEMENTS: Readonly<Record<Spoil, string>> = {
  // An acknowledged delivery is gone from the inbox.
  lost: `DELETE FROM inbox_events
    WHERE (shop_id, id) = (SELECT shop_id, max(id) FROM inbox_events WHERE webhook_id = ANY($1) GROUP BY 1 LIMIT 1) RETURNING webhook_id AS row`,
  // A delivery is applied once more.
  twice: `UPDATE inbox_events SET applied_at = now() + interval '1 second'
    WHERE (shop_id, id) = (SELECT shop_id, max(id) FROM inbox_events WHERE status = 'applied' AND webhook_id = ANY($1) GROUP BY 1 LIMIT 1) RETURNING webhook_id AS row`,
  // An order is in an older state than the newest delivery says.
  order: `UPDATE orders SET updated_at = updated_at - interval '1 second'
    WHERE (shop_id, id) = (SELECT shop_id, max(id) FROM orders WHERE $1::text[] IS NOT NULL GROUP BY 1 LIMIT 1) RETURNING id AS row`,
  // A rollup has counted an order twice.
  rollup: `UPDATE customer_rollups SET orders = orders + 1
    WHERE (shop_id, customer_id) = (SELECT shop_id, max(customer_id) FROM customer_rollups WHERE orders > 0 AND $1::text[] IS NOT NULL GROUP BY 1 LIMIT 1) RETURNING customer_id AS row`,
};

/** Breaks one thing on purpose. @throws when there was nothing to break. */
export async function spoil(
  stack: Pick<Stack, 'databaseUrl'>,
  what: Spoil,
  acknowledged: ReadonlySet<string>,
): Promise<{ what: Spoil; row: string }> {
  const client = await connect(stack.databaseUrl);
  try {
    const { rows } = await client.query<{ row: string }>(STATEMENTS[what], [[...acknowledged]]);
    const [first] = rows;
    if (!first) throw new Error(`nothing to spoil (${what})`);
    return { what, row: String(first.row) };
  } finally {
    await client.end();
  }
}
