import type { Db, ShopTx } from '../platform/db.server.ts';

/** What is imported, in this order: what an order refers to comes before it. */
export const KINDS = ['locations', 'products', 'collections', 'inventory', 'customers', 'orders'] as const;
export type BackfillKind = (typeof KINDS)[number];
export type BackfillStatus = 'waiting' | 'exporting' | 'loading' | 'done' | 'failed';

export type BackfillStep = {
  kind: BackfillKind;
  status: BackfillStatus;
  bulkOperationId: string | null;
  /** Lines of the export; null until the store has made it. */
  total: bigint | null;
  /** Lines that are in the record. */
  lines: bigint;
  startedAt: Date | null;
  finishedAt: Date | null;
  error: string | null;
};

const isKind = (kind: string): kind is BackfillKind => KINDS.some((known) => known === kind);
const STATUSES = ['waiting', 'exporting', 'loading', 'done', 'failed'] as const;
const statusOf = (status: string): BackfillStatus => STATUSES.find((known) => known === status) ?? 'failed';

/** Lines up the import of everything; a step that has ended or is under way stays unless `anew`. */
export async function lineUpBackfill(db: Db, shopId: number, anew: boolean): Promise<void> {
  await db.forShop(shopId, async (tx) => {
    if (anew) await tx.backfill.deleteMany({ where: { shopId } });
    await tx.backfill.createMany({
      data: KINDS.map((kind, position) => ({ shopId, kind, position, status: 'waiting' })),
      skipDuplicates: true,
    });
  });
}

export async function backfillSteps(tx: ShopTx, shopId: number): Promise<BackfillStep[]> {
  const rows = await tx.backfill.findMany({ where: { shopId }, orderBy: { position: 'asc' } });
  return rows.flatMap((row) => (isKind(row.kind) ? [{ ...row, kind: row.kind, status: statusOf(row.status) }] : []));
}

export async function saveStep(
  tx: ShopTx,
  shopId: number,
  step: { kind: BackfillKind } & Partial<Omit<BackfillStep, 'kind'>>,
): Promise<void> {
  const { kind, ...data } = step;
  await tx.backfill.update({ where: { shopId_kind: { shopId, kind } }, data });
}

/** Shops whose import has not ended; for the sweeper. */
export async function shopsWithBackfill(db: Db): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_backfill() AS id' });
  return rows.map((row) => row.id);
}

/**
 * Runs `work` while no other process imports this shop; the lock lives with a connection, so a killed process frees it.
 * @returns false when another process is at it.
 */
export async function withBackfillLock(db: Db, shopId: number, work: () => Promise<void>): Promise<boolean> {
  return db.withConnection(async (sql) => {
    const [row] = await sql.rows<{ locked: boolean }>({ text: 'SELECT pg_try_advisory_lock(7323, $1) AS locked' }, [shopId]);
    if (!row?.locked) return false;
    try {
      await work();
    } finally {
      await sql.run({ text: 'SELECT pg_advisory_unlock(7323, $1)' }, [shopId]);
    }
    return true;
  });
}
