import type { ShopTx } from '../platform/db.server.ts';
import type { ChainedRow } from './entry.ts';

export type StoredRow = ChainedRow & { readonly keyId: string; readonly hash: Uint8Array };
export type Head = { readonly seq: bigint; readonly hash: Uint8Array };

/** The end of the chain, locked: entries of one shop are written one after the other. */
export async function lockHead(tx: ShopTx, shopId: number): Promise<Head> {
  await tx.$executeRaw`INSERT INTO audit_heads (shop_id, seq, hash) VALUES (${shopId}, 0, '') ON CONFLICT (shop_id) DO NOTHING`;
  const [head] = await tx.$queryRaw<Head[]>`SELECT seq, hash FROM audit_heads WHERE shop_id = ${shopId} FOR UPDATE`;
  if (!head) throw new Error('the audit chain has no end');
  return head;
}

export async function appendRow(tx: ShopTx, row: StoredRow): Promise<void> {
  const { hash, ...rest } = row;
  const bytes = new Uint8Array(hash);
  await tx.auditEntry.create({ data: { ...rest, hash: bytes } });
  await tx.auditHead.update({ where: { shopId: row.shopId }, data: { seq: row.seq, hash: bytes } });
}

/** Whether the same person did the same since a moment. */
export async function wasWritten(
  tx: ShopTx,
  shopId: number,
  what: { action: string; subject: string | null; actorKind: string; actorId: string | null; since: Date },
): Promise<boolean> {
  const { since, ...same } = what;
  return (await tx.auditEntry.findFirst({ where: { shopId, ...same, at: { gte: since } }, select: { seq: true } })) !== null;
}

export async function readHead(tx: ShopTx, shopId: number): Promise<Head | null> {
  return tx.auditHead.findUnique({ where: { shopId }, select: { seq: true, hash: true } });
}

/** Rows after a number, oldest first. */
export async function rowsAfter(tx: ShopTx, shopId: number, page: { after: bigint; limit: number }): Promise<StoredRow[]> {
  return tx.auditEntry.findMany({ where: { shopId, seq: { gt: page.after } }, orderBy: { seq: 'asc' }, take: page.limit });
}

/** Rows before a number (null: the newest), newest first. */
export async function rowsBefore(
  tx: ShopTx,
  shopId: number,
  page: { before: bigint | null; actions: readonly string[] | null; limit: number },
): Promise<StoredRow[]> {
  const before = page.before === null ? {} : { seq: { lt: page.before } };
  const actions = page.actions === null ? {} : { action: { in: [...page.actions] } };
  return tx.auditEntry.findMany({ where: { shopId, ...before, ...actions }, orderBy: { seq: 'desc' }, take: page.limit });
}
