import type { ShopTx } from '../platform/db.server.ts';
import type { BackfillKind } from './backfill.store.server.ts';

export type ReconcileMark = {
  kind: string;
  watermark: Date;
  ranAt: Date;
  checked: number;
  mended: number;
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
  mark: { kind: BackfillKind; watermark: Date; ranAt: Date; checked: number; mended: number; error: string | null },
): Promise<void> {
  const { kind, ...data } = mark;
  await tx.reconcileMark.upsert({
    where: { shopId_kind: { shopId, kind } },
    create: { shopId, kind, ...data, mendedTotal: BigInt(mark.mended) },
    update: { ...data, mendedTotal: { increment: mark.mended } },
  });
}
