import { z } from 'zod';
import { Prisma } from '../generated/prisma/client.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';
import type { Counts } from './requests.store.server.ts';

/** Tables whose rows belong to a shop by its id; from the database itself, so that no new table is forgotten. */
export async function tablesOfShops(tx: ShopTx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT c.table_name AS name FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = current_schema() AND c.column_name = 'shop_id' AND t.table_type = 'BASE TABLE' ORDER BY c.table_name`;
  return rows.map((row) => row.name);
}

/** Tables that know a shop by its domain. */
export async function tablesOfDomains(tx: ShopTx): Promise<string[]> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_name = 'shop_domain' ORDER BY table_name`;
  return rows.map((row) => row.name);
}

const named = (table: string): Prisma.Sql => Prisma.raw(`"${table.replaceAll('"', '""')}"`);

/** The shop's row, locked against an installation meanwhile; null when it is gone. */
export async function lockShop(
  tx: ShopTx,
  shopId: number,
): Promise<{ domain: string; installedAt: Date; uninstalledAt: Date | null } | null> {
  const [row] = await tx.$queryRaw<{ domain: string; installedAt: Date; uninstalledAt: Date | null }[]>`
    SELECT domain, installed_at AS "installedAt", uninstalled_at AS "uninstalledAt" FROM shops WHERE id = ${shopId} FOR UPDATE`;
  return row ?? null;
}

/** Takes the shop out of the list of shops, with all that is known by its domain: from here on nobody works for its id. */
export async function removeShop(tx: ShopTx, shopId: number, domain: string): Promise<Counts> {
  const counts: Record<string, number> = {};
  for (const table of await tablesOfDomains(tx)) {
    counts[table] = await tx.$executeRaw`DELETE FROM ${named(table)} WHERE shop_domain = ${domain}`;
  }
  counts['shops'] = await tx.$executeRaw`DELETE FROM shops WHERE id = ${shopId}`;
  return counts;
}

/** Tables from which the app itself may take nothing, with the function that does when the shop is erased. */
const KEPT: Readonly<Record<string, string>> = {
  audit_log: 'storebook_erase_audit',
  audit_heads: 'storebook_erase_audit',
  points_entries: 'storebook_erase_points',
  points_balances: 'storebook_erase_points',
  points_days: 'storebook_erase_points',
};

/** Deletes up to `limit` of the shop's rows of a table; the requests to erase the shop stay as the proof. @returns how many. */
export async function deleteRows(tx: ShopTx, shopId: number, from: { table: string; limit: number }): Promise<number> {
  const erase = KEPT[from.table];
  if (erase !== undefined) {
    const [row] = await tx.$queryRaw<{ count: number }[]>`SELECT ${Prisma.raw(erase)}(${from.table}, ${from.limit}::int) AS count`;
    return row?.count ?? 0;
  }
  const keep = from.table === 'privacy_requests' ? Prisma.sql`AND kind <> 'shop_redact'` : Prisma.empty;
  const table = named(from.table);
  return tx.$executeRaw`
    DELETE FROM ${table} WHERE shop_id = ${shopId} ${keep}
      AND ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE shop_id = ${shopId} ${keep} LIMIT ${from.limit}))`;
}

export type OpenErasure = { id: bigint; askedAt: Date; completedAt: Date | null };

/** Requests to erase the shop that are open, or were done after `since`. */
export async function erasuresOf(db: Db, shopId: number, since: Date): Promise<OpenErasure[]> {
  const rows = await db.forShop(shopId, (tx) =>
    tx.privacyRequest.findMany({
      where: { shopId, kind: 'shop_redact', OR: [{ completedAt: null }, { completedAt: { gt: since } }] },
      orderBy: { id: 'asc' },
      select: { id: true, receivedAt: true, completedAt: true },
    }),
  );
  return rows.map((row) => ({ id: row.id, askedAt: row.receivedAt, completedAt: row.completedAt }));
}

const proofSchema = z.object({ outcome: z.string(), shop: z.string().optional(), counts: z.record(z.string(), z.number()).default({}) });

/** Adds to the counts of an erasure's proof, in the transaction that deleted the rows. */
export async function addToProof(
  tx: ShopTx,
  shopId: number,
  add: { id: bigint; counts: Counts; outcome: string; shop?: string },
): Promise<Counts> {
  const [row] = await tx.$queryRaw<{ proof: unknown }[]>`
    SELECT proof FROM privacy_requests WHERE shop_id = ${shopId} AND id = ${add.id} FOR UPDATE`;
  const before = proofSchema.safeParse(row?.proof).data ?? { outcome: add.outcome, counts: {} };
  const counts: Record<string, number> = { ...before.counts };
  for (const [table, count] of Object.entries(add.counts)) if (count > 0) counts[table] = (counts[table] ?? 0) + count;
  const shop = add.shop ?? before.shop;
  const proof = { outcome: add.outcome, ...(shop === undefined ? {} : { shop }), counts };
  await tx.privacyRequest.update({ where: { shopId_id: { shopId, id: add.id } }, data: { proof } });
  return counts;
}

/** Notes that no row is left. @returns the counts of all that was deleted. */
export async function endErasure(tx: ShopTx, shopId: number, done: { id: bigint; at: Date }): Promise<Counts> {
  const counts = await addToProof(tx, shopId, { id: done.id, counts: {}, outcome: 'erased' });
  await tx.privacyRequest.updateMany({ where: { shopId, id: done.id, completedAt: null }, data: { completedAt: done.at } });
  return counts;
}
