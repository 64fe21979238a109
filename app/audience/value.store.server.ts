import { dayToDate, type Day } from '../core/calendar.ts';
import { insertInto, type Column } from '../platform/columns.server.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';
import type { Prisma } from '../generated/prisma/client.ts';

/** Runs `work` while no other process refreshes this shop; a killed process frees the lock. @returns null when another is at it. */
export async function withRefreshLock<T>(db: Db, shopId: number, work: () => Promise<T>): Promise<T | null> {
  return db.withConnection(async (sql) => {
    const [row] = await sql.rows<{ locked: boolean }>({ text: 'SELECT pg_try_advisory_lock(7333, $1) AS locked' }, [shopId]);
    if (!row?.locked) return null;
    try {
      return await work();
    } finally {
      await sql.run({ text: 'SELECT pg_advisory_unlock(7333, $1)' }, [shopId]);
    }
  });
}

/** One customer's purchases up to a day; days as numbers since 1970-01-01, money in minor units. */
export type PurchaseRow = { id: bigint; first: number; last: number; repeats: number; spent: number };

const PAGE_END = {
  name: 'value-page-end',
  text: `SELECT max(customer_id) AS last FROM (
    SELECT customer_id FROM customer_rollups WHERE shop_id = $1 AND customer_id > $2::bigint ORDER BY customer_id LIMIT $3) AS page`,
};
/** One transaction a customer a day, as in purchase-log.ts; what the first day brought says nothing of the repeats. */
const PURCHASES = {
  name: 'value-purchases',
  text: `SELECT customer_id AS id, min(day) - date '1970-01-01' AS first, max(day) - date '1970-01-01' AS last, (count(*) - 1)::int AS repeats,
      (sum(net) - (array_agg(net ORDER BY day))[1])::float8 AS spent
    FROM (SELECT o.customer_id, o.day, sum(o.net) AS net FROM orders o
      JOIN customers c ON c.shop_id = o.shop_id AND c.id = o.customer_id AND c.deleted_at IS NULL AND c.redacted_at IS NULL
      WHERE o.shop_id = $1 AND o.customer_id > $2::bigint AND o.customer_id <= $3::bigint AND o.day <= $4 AND NOT o.test AND o.deleted_at IS NULL
      GROUP BY o.customer_id, o.day) AS d
    GROUP BY customer_id ORDER BY customer_id`,
};

/** The purchases of a page of customers by id. @returns null after the last page. */
export async function purchasesPage(
  tx: ShopTx,
  shopId: number,
  page: { after: bigint; limit: number; until: Day },
): Promise<{ rows: PurchaseRow[]; last: bigint } | null> {
  const [end] = await tx.sql.rows<{ last: bigint | null }>(PAGE_END, [shopId, page.after, page.limit]);
  if (!end || end.last === null) return null;
  return { rows: await tx.sql.rows<PurchaseRow>(PURCHASES, [shopId, page.after, end.last, page.until]), last: end.last };
}

export type ValueRow = {
  customerId: bigint;
  untilDay: Date;
  alive: number;
  orders52w: number;
  spend52w: bigint | null;
  nextOrderOn: Date | null;
};
const COLUMNS: readonly Column<ValueRow>[] = [
  { key: 'customerId', name: 'customer_id', type: 'bigint' },
  { key: 'untilDay', name: 'until_day', type: 'date' },
  { key: 'alive', name: 'alive', type: 'float8' },
  { key: 'orders52w', name: 'orders_52w', type: 'float8' },
  { key: 'spend52w', name: 'spend_52w', type: 'bigint' },
  { key: 'nextOrderOn', name: 'next_order_on', type: 'date' },
];
const UPSERT = insertInto(
  'customer_values',
  COLUMNS,
  `ON CONFLICT (shop_id, customer_id) DO UPDATE SET ${COLUMNS.slice(1)
    .map(({ name }) => `${name} = excluded.${name}`)
    .join(', ')}`,
);

/** Writes values; those whom the store has deleted or who were redacted since they were read are taken out by `endValues`. */
export async function writeValues(tx: ShopTx, shopId: number, rows: readonly ValueRow[]): Promise<void> {
  await UPSERT.run(tx.sql, shopId, rows);
}

export type ModelRow = {
  fittedAt: Date;
  untilDay: Day;
  state: 'fitted' | 'short' | 'shapeless';
  parameters: Prisma.InputJsonObject | null;
  logLikelihood: number | null;
  buyers: number;
  days: number;
  spend52w: bigint | null;
};

/** Notes the model that the values are of, and takes away every value that is of another day or of somebody gone. */
export async function endValues(tx: ShopTx, shopId: number, { untilDay, parameters, ...model }: ModelRow): Promise<void> {
  const text = `DELETE FROM customer_values v WHERE v.shop_id = $1 AND ($3 OR v.until_day <> $2 OR EXISTS (
    SELECT 1 FROM customers c WHERE c.shop_id = $1 AND c.id = v.customer_id AND (c.deleted_at IS NOT NULL OR c.redacted_at IS NOT NULL)))`;
  await tx.sql.run({ text }, [shopId, untilDay, model.state !== 'fitted']);
  await tx.valueModel.deleteMany({ where: { shopId } });
  await tx.valueModel.create({ data: { shopId, untilDay: dayToDate(untilDay), ...model, ...(parameters ? { parameters } : {}) } });
}

const STATES = ['fitted', 'short', 'shapeless'] as const;

/** The shop's model as fitted last; null before the first time. */
export async function readModel(tx: ShopTx, shopId: number) {
  const row = await tx.valueModel.findUnique({ where: { shopId } });
  if (!row) return null;
  const { untilDay, buyers, days, spend52w, fittedAt, logLikelihood } = row;
  return { untilDay, buyers, days, spend52w, fittedAt, logLikelihood, state: STATES.find((one) => one === row.state) ?? 'shapeless' };
}

export async function valueOf(tx: ShopTx, shopId: number, customerId: bigint) {
  return tx.customerValue.findUnique({ where: { shopId_customerId: { shopId, customerId } }, omit: { shopId: true } });
}
