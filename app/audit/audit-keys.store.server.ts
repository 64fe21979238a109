import type { ShopTx } from '../platform/db.server.ts';

/** What the log needs of a key, sealed under another. */
export type KeptKey = { readonly keyId: string; readonly sealed: string };

export async function keptKeys(tx: ShopTx, shopId: number): Promise<KeptKey[]> {
  return tx.auditKey.findMany({ where: { shopId }, select: { keyId: true, sealed: true } });
}

export async function writeKeptKey(tx: ShopTx, shopId: number, kept: KeptKey): Promise<void> {
  const { keyId, sealed } = kept;
  await tx.auditKey.upsert({ where: { shopId_keyId: { shopId, keyId } }, create: { shopId, keyId, sealed }, update: { sealed } });
}

export async function rowsByKey(tx: ShopTx, shopId: number): Promise<Record<string, number>> {
  const rows = await tx.auditEntry.groupBy({ by: ['keyId'], where: { shopId }, _count: true, orderBy: { keyId: 'asc' } });
  return Object.fromEntries(rows.map((row) => [row.keyId, row._count]));
}
