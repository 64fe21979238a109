import { z } from 'zod';
import type { Db, ShopTx } from '../platform/db.server.ts';

/** What is compared, in this order: what an order refers to comes before it. */
export const RECONCILE_KINDS = ['locations', 'items', 'products', 'collections', 'inventory', 'customers', 'orders'] as const;
export type ReconcileKind = (typeof RECONCILE_KINDS)[number];

export type ReconcileMark = {
  kind: string;
  /** Up to here the store was asked; by our clock. */
  watermark: Date;
  ranAt: Date;
  checked: number;
  mended: number;
  checkedTotal: bigint;
  mendedTotal: bigint;
  error: string | null;
};

export async function reconcileMarks(tx: ShopTx, shopId: number): Promise<ReconcileMark[]> {
  return tx.reconcileMark.findMany({ where: { shopId }, orderBy: { kind: 'asc' } });
}

/** Keeps how far the store was asked and what came of it. On an error the watermark stays. */
export async function saveMark(
  tx: ShopTx,
  shopId: number,
  mark: { kind: ReconcileKind; watermark: Date; ranAt: Date; checked: number; mended: number; error: string | null },
): Promise<void> {
  const { kind, ...data } = mark;
  const totals = { checkedTotal: BigInt(mark.checked), mendedTotal: BigInt(mark.mended) };
  await tx.reconcileMark.upsert({
    where: { shopId_kind: { shopId, kind } },
    create: { shopId, kind, ...data, ...totals },
    update: { ...data, checkedTotal: { increment: totals.checkedTotal }, mendedTotal: { increment: totals.mendedTotal } },
  });
}

const runKinds = z.array(z.object({ kind: z.string(), checked: z.number(), mended: z.number(), error: z.string().nullable() }));
export type RunKind = z.infer<typeof runKinds>[number];
export type ReconcileRun = { id: bigint; startedAt: Date; finishedAt: Date | null; currentKind: string | null; kinds: RunKind[] };

const MOST_RUNS = 50;
const MOST_MENDS = 100;

/** Opens a run; one that a killed process left open is closed as it is. The caller holds the shop's run lock. */
export async function openRun(tx: ShopTx, shopId: number, at: Date): Promise<bigint> {
  await tx.reconcileRun.updateMany({ where: { shopId, finishedAt: null }, data: { finishedAt: at, currentKind: null } });
  const { id } = await tx.reconcileRun.create({ data: { shopId, startedAt: at } });
  await tx.$executeRaw`
    DELETE FROM reconcile_runs WHERE shop_id = ${shopId} AND id <=
      (SELECT id FROM reconcile_runs WHERE shop_id = ${shopId} ORDER BY id DESC OFFSET ${MOST_RUNS} LIMIT 1)`;
  return id;
}

export async function saveRun(
  tx: ShopTx,
  shopId: number,
  run: { id: bigint; currentKind: string | null; kinds: RunKind[]; finishedAt?: Date },
): Promise<void> {
  const { id, ...data } = run;
  await tx.reconcileRun.update({ where: { shopId_id: { shopId, id } }, data });
}

/** The latest runs, newest first. */
export async function latestRuns(tx: ShopTx, shopId: number, limit: number): Promise<ReconcileRun[]> {
  const rows = await tx.reconcileRun.findMany({ where: { shopId }, orderBy: { id: 'desc' }, take: limit });
  return rows.map((row) => ({ ...row, kinds: runKinds.catch([]).parse(row.kinds) }));
}

export type MendWhat = 'missing' | 'stale' | 'deleted';
/** One object that the record did not have as the store has it. `topic`: what should have told of it, where one can say. */
export type Mend = { kind: ReconcileKind; entityId: bigint; what: MendWhat; topic: string | null };

/** Notes what was mended, in the transaction that mended it. */
export async function noteMends(tx: ShopTx, shopId: number, noted: { mends: readonly Mend[]; at: Date }): Promise<void> {
  const { mends, at } = noted;
  if (mends.length === 0) return;
  const kept = mends.slice(-MOST_MENDS);
  await tx.reconcileMend.createMany({ data: kept.map(({ topic: _topic, ...mend }) => ({ shopId, at, ...mend })) });
  await tx.$executeRaw`
    DELETE FROM reconcile_mends WHERE shop_id = ${shopId} AND id <=
      (SELECT id FROM reconcile_mends WHERE shop_id = ${shopId} ORDER BY id DESC OFFSET ${MOST_MENDS} LIMIT 1)`;
  const topics = Map.groupBy(
    mends.flatMap((mend) => (mend.topic === null ? [] : [mend.topic])),
    (topic) => topic,
  );
  for (const [topic, { length }] of [...topics].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    await tx.$executeRaw`
      INSERT INTO missed_topics AS m (shop_id, topic, missed, last_missed_at) VALUES (${shopId}, ${topic}, ${length}, ${at})
      ON CONFLICT (shop_id, topic) DO UPDATE SET missed = m.missed + excluded.missed, last_missed_at = excluded.last_missed_at`;
  }
}

/** Tables whose rows are versions of one object of the store; the names stand here and come from nobody. */
const VERSIONED = {
  orders: 'orders',
  customers: 'customers',
  products: 'products',
  collections: 'collections',
  items: 'inventory_items',
  locations: 'locations',
} as const;

/** The versions that the record holds of these objects. */
export async function heldVersions(
  tx: ShopTx,
  shopId: number,
  of: { kind: keyof typeof VERSIONED; ids: bigint[] },
): Promise<Map<bigint, Date>> {
  const rows = await tx.sql.rows<{ id: bigint; updated_at: Date }>(
    { text: `SELECT id, updated_at FROM ${VERSIONED[of.kind]} WHERE shop_id = $1 AND id = ANY($2::bigint[])` },
    [shopId, of.ids],
  );
  return new Map(rows.map((row) => [row.id, row.updated_at]));
}

export type LevelKey = { inventoryItemId: bigint; locationId: bigint };
const keyOf = (level: LevelKey): string => `${level.inventoryItemId}/${level.locationId}`;
export async function heldLevels(tx: ShopTx, shopId: number, keys: readonly LevelKey[]): Promise<Map<string, Date>> {
  const rows = await tx.sql.rows<{ item: bigint; location: bigint; updated_at: Date }>(
    {
      text: `SELECT inventory_item_id AS item, location_id AS location, updated_at FROM inventory_levels
        WHERE shop_id = $1 AND (inventory_item_id, location_id) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))`,
    },
    [shopId, keys.map((key) => key.inventoryItemId), keys.map((key) => key.locationId)],
  );
  return new Map(rows.map((row) => [keyOf({ inventoryItemId: row.item, locationId: row.location }), row.updated_at]));
}

/** How many transactions the record holds of each order. */
export async function heldTransactions(tx: ShopTx, shopId: number, orderIds: bigint[]): Promise<Map<bigint, number>> {
  const rows = await tx.sql.rows<{ id: bigint; count: number }>(
    {
      text: `SELECT order_id AS id, count(*)::int AS count FROM order_transactions WHERE shop_id = $1 AND order_id = ANY($2::bigint[]) GROUP BY order_id`,
    },
    [shopId, orderIds],
  );
  return new Map(rows.map((row) => [row.id, row.count]));
}

/** Refunds of these orders that the record holds in full, lines with their way of restocking. */
export async function fullRefunds(tx: ShopTx, shopId: number, orderIds: bigint[]): Promise<Set<bigint>> {
  const rows = await tx.sql.rows<{ id: bigint }>(
    {
      text: `SELECT DISTINCT refund_id AS id FROM refund_lines WHERE shop_id = $1 AND order_id = ANY($2::bigint[]) AND restock_type IS NOT NULL`,
    },
    [shopId, orderIds],
  );
  return new Set(rows.map((row) => row.id));
}

/** Runs `work` while nobody else reconciles this shop; the lock lives with a connection, so a killed process frees it. */
export async function withReconcileLock<T>(db: Db, shopId: number, work: () => Promise<T>): Promise<T | 'busy'> {
  return db.withConnection(async (sql) => {
    const [row] = await sql.rows<{ locked: boolean }>({ text: 'SELECT pg_try_advisory_lock(7334, $1) AS locked' }, [shopId]);
    if (!row?.locked) return 'busy';
    try {
      return await work();
    } finally {
      await sql.rows({ text: 'SELECT pg_advisory_unlock(7334, $1)' }, [shopId]);
    }
  });
}

export type RangeOf = 'orders' | 'customers';
/** Living objects with ids in a range, both ends included, created since `since`. */
type Range = { of: RangeOf; from: bigint; to: bigint; since: Date | null };
const LIVING = {
  orders: `FROM orders WHERE shop_id = $1 AND id BETWEEN $2 AND $3 AND deleted_at IS NULL AND updated_at > 'epoch'
    AND ($4::timestamptz IS NULL OR created_at >= $4::timestamptz)`,
  customers: `FROM customers WHERE shop_id = $1 AND id BETWEEN $2 AND $3 AND deleted_at IS NULL AND updated_at > 'epoch'
    AND ($4::timestamptz IS NULL OR created_at >= $4::timestamptz)`,
} as const;
const rangeValues = (shopId: number, { from, to, since }: Range): unknown[] => [shopId, String(from), String(to), since];

export async function countHeld(tx: ShopTx, shopId: number, range: Range): Promise<number> {
  const [row] = await tx.sql.rows<{ count: number }>(
    { text: `SELECT count(*)::int AS count ${LIVING[range.of]}` },
    rangeValues(shopId, range),
  );
  return row?.count ?? 0;
}

export async function idsHeld(tx: ShopTx, shopId: number, range: Range & { limit: number; offset?: number }): Promise<bigint[]> {
  const rows = await tx.sql.rows<{ id: bigint }>({ text: `SELECT id ${LIVING[range.of]} ORDER BY id OFFSET $5 LIMIT $6` }, [
    ...rangeValues(shopId, range),
    range.offset ?? 0,
    range.limit,
  ]);
  return rows.map((row) => row.id);
}

export async function rangeHeld(
  tx: ShopTx,
  shopId: number,
  of: { of: RangeOf; since: Date | null },
): Promise<{ from: bigint; to: bigint } | null> {
  const whole = { ...of, from: 0n, to: 9_223_372_036_854_775_807n };
  const [row] = await tx.sql.rows<{ from: bigint | null; to: bigint | null }>(
    { text: `SELECT min(id) AS from, max(id) AS to ${LIVING[of.of]}` },
    rangeValues(shopId, whole),
  );
  return row && row.from !== null && row.to !== null ? { from: row.from, to: row.to } : null;
}

/** An inventory item belongs to one variant and goes with it. */
export async function itemsOfGoneVariants(tx: ShopTx, shopId: number, productIds: bigint[]): Promise<bigint[]> {
  const rows = await tx.sql.rows<{ id: bigint }>(
    {
      text: `SELECT i.id FROM variants v JOIN inventory_items i ON i.shop_id = v.shop_id AND i.id = v.inventory_item_id
        WHERE v.shop_id = $1 AND v.product_id = ANY($2::bigint[]) AND v.deleted_at IS NOT NULL AND i.deleted_at IS NULL`,
    },
    [shopId, productIds],
  );
  return rows.map((row) => row.id);
}

/** Places that the record takes for living. */
export async function livingLocations(tx: ShopTx, shopId: number): Promise<bigint[]> {
  const rows = await tx.location.findMany({ where: { shopId, deletedAt: null }, select: { id: true } });
  return rows.map((row) => row.id);
}

export async function livingProducts(tx: ShopTx, shopId: number, ids: bigint[]): Promise<Set<bigint>> {
  const rows = await tx.product.findMany({ where: { shopId, id: { in: ids }, deletedAt: null }, select: { id: true } });
  return new Set(rows.map((row) => row.id));
}
