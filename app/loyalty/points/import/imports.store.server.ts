import { z } from 'zod';
import type { Db, ShopTx } from '../../../platform/db.server.ts';
import { FIELDS, LEFT, type Left } from './columns.ts';
import { REASONS, type Found, type Problem } from './row.ts';

const list = (ids: readonly bigint[]): string => `{${ids.join(',')}}`;
const problems = z.array(
  z.object({ line: z.int(), column: z.enum(FIELDS).nullable(), reason: z.enum(REASONS), of: z.int().exactOptional() }),
);

export type ImportStatus = 'checked' | 'booking' | 'booked' | 'undoing' | 'undone';
const statuses = z.enum(['checked', 'booking', 'booked', 'undoing', 'undone']);

/** What was found in a file, and how far its booking is. */
export type Import = {
  readonly id: number;
  readonly status: ImportStatus;
  readonly createdAt: Date;
  readonly at: Date | null;
  readonly bookedAt: Date | null;
  readonly undoneAt: Date | null;
  readonly rows: number;
  readonly matched: number;
  readonly unmatched: number;
  readonly wrong: number;
  readonly zero: number;
  readonly points: bigint;
  /** The first of them. */
  readonly problems: readonly Problem[];
  readonly ignored: readonly Left[];
  /** Customers whose points were booked, or booked back. */
  readonly done: number;
  /** Customers who had spent some when it was undone, and points that stay theirs. */
  readonly short: number;
  readonly kept: bigint;
  /** When the same file was booked before; null: never. */
  readonly twin: Date | null;
};

/** Nobody else checks, books or undoes imports of the shop meanwhile. */
export async function lockImports(tx: ShopTx, shopId: number): Promise<void> {
  await tx.sql.run({ text: 'SELECT pg_advisory_xact_lock(7390, $1::int)' }, [shopId]);
}

export type NewImport = Pick<Import, 'rows' | 'matched' | 'unmatched' | 'wrong' | 'zero' | 'points' | 'problems' | 'ignored'>;

/** Opens a draft in the place of the one that was never booked. @returns its number. */
export async function openDraft(
  tx: ShopTx,
  shopId: number,
  { fileHash, staffId, now }: { fileHash: Buffer; staffId: string | null; now: Date },
): Promise<number> {
  await dropDrafts(tx, shopId, now);
  const last = await tx.pointsImport.aggregate({ where: { shopId }, _max: { id: true } });
  const id = (last._max.id ?? 0) + 1;
  const nothing = { rows: 0, matched: 0, unmatched: 0, wrong: 0, zero: 0, points: 0n, problems: [], ignored: [] };
  const data = { ...nothing, shopId, id, fileHash: Uint8Array.from(fileHash), status: 'checked', createdAt: now, staffId };
  await tx.pointsImport.create({ data });
  return id;
}

export async function closeDraft(tx: ShopTx, shopId: number, { id, found }: { id: number; found: NewImport }): Promise<void> {
  const data = { ...found, problems: found.problems.map((problem) => ({ ...problem })), ignored: [...found.ignored] };
  await tx.pointsImport.update({ where: { shopId_id: { shopId, id } }, data });
}

/** Takes away drafts of up to a moment. */
export async function dropDrafts(tx: ShopTx, shopId: number, until: Date): Promise<void> {
  const where = { shopId, status: 'checked', createdAt: { lte: until } };
  const drafts = await tx.pointsImport.findMany({ where, select: { id: true } });
  if (drafts.length === 0) return;
  const ids = drafts.map(({ id }) => id);
  await tx.pointsImportRow.deleteMany({ where: { shopId, importId: { in: ids } } });
  await tx.pointsImport.deleteMany({ where: { shopId, id: { in: ids } } });
}

export type Opening = { readonly customerId: bigint; readonly line: number; readonly points: number };

export async function addRows(tx: ShopTx, shopId: number, { id, rows }: { id: number; rows: readonly Opening[] }): Promise<void> {
  const text = `INSERT INTO points_import_rows (shop_id, import_id, customer_id, line, points)
    SELECT $1, $2, r.* FROM unnest($3::bigint[], $4::int[], $5::int[]) AS r`;
  const values = [list(rows.map(({ customerId }) => customerId)), rows.map(({ line }) => line), rows.map(({ points }) => points)];
  await tx.sql.run({ name: 'points-import-rows', text }, [shopId, id, ...values]);
}

/** Of customers that live: those of some numbers, and by which of some hashes (as hex) others are found. */
export async function findCustomers(
  tx: ShopTx,
  shopId: number,
  { ids, hashes }: { ids: readonly bigint[]; hashes: readonly Buffer[] },
): Promise<{ ids: Found['ids']; byHash: ReadonlyMap<string, bigint[]> }> {
  const living = 'c.deleted_at IS NULL AND c.redacted_at IS NULL';
  const byId = await tx.sql.rows<{ id: bigint }>(
    {
      name: 'points-import-ids',
      text: `SELECT c.id FROM (SELECT DISTINCT unnest($2::bigint[]) AS id) AS w JOIN customers c ON c.shop_id = $1 AND c.id = w.id AND ${living}`,
    },
    [shopId, list(ids)],
  );
  const byHash = await tx.sql.rows<{ id: bigint; hash: string }>(
    {
      name: 'points-import-hashes',
      text: `SELECT c.id, encode(w.hash, 'hex') AS hash FROM (SELECT DISTINCT unnest($2::bytea[]) AS hash) AS w
        JOIN customers c ON c.shop_id = $1 AND c.email_hash = w.hash AND ${living}`,
    },
    [shopId, hashes],
  );
  const grouped = Map.groupBy(byHash, ({ hash }) => hash);
  return { ids: new Set(byId.map(({ id }) => id)), byHash: new Map([...grouped].map(([hash, of]) => [hash, of.map(({ id }) => id)])) };
}

/** Imports, the latest first; or the one of a number. */
export async function readImports(tx: ShopTx, shopId: number, { id, limit }: { id?: number; limit: number }): Promise<Import[]> {
  const rows = await tx.pointsImport.findMany({
    where: { shopId, ...(id === undefined ? {} : { id }) },
    orderBy: { id: 'desc' },
    take: limit,
  });
  const hashes = rows.map(({ fileHash }) => fileHash);
  const booked = await tx.pointsImport.findMany({
    where: { shopId, fileHash: { in: hashes }, status: { in: ['booking', 'booked', 'undoing'] } },
    orderBy: { id: 'asc' },
    select: { id: true, fileHash: true, at: true },
  });
  const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');
  return rows.map((row) => ({
    ...row,
    status: statuses.parse(row.status),
    problems: problems.parse(row.problems),
    ignored: LEFT.filter((kind) => row.ignored.includes(kind)),
    twin: booked.find((other) => other.id !== row.id && hex(other.fileHash) === hex(row.fileHash))?.at ?? null,
  }));
}

/** Sets a status, where another stands. @returns whether it stood. */
export async function turnImport(
  tx: ShopTx,
  shopId: number,
  { id, from, to, at }: { id: number; from: ImportStatus; to: ImportStatus; at?: Date },
): Promise<boolean> {
  const data = { status: to, through: -1n, done: 0, ...(at ? { at } : {}) };
  const { count } = await tx.pointsImport.updateMany({ where: { shopId, id, status: from }, data });
  return count === 1;
}

export async function dropDraft(tx: ShopTx, shopId: number, id: number): Promise<boolean> {
  const { count } = await tx.pointsImport.deleteMany({ where: { shopId, id, status: 'checked' } });
  if (count > 0) await tx.pointsImportRow.deleteMany({ where: { shopId, importId: id } });
  return count > 0;
}

export type Running = { readonly id: number; readonly status: 'booking' | 'undoing'; readonly through: bigint };

/** An import that is not through yet, held to the end of the transaction. */
export async function takeRunning(tx: ShopTx, shopId: number): Promise<Running | null> {
  const text = `SELECT id, status, through FROM points_imports WHERE shop_id = $1 AND status IN ('booking', 'undoing') ORDER BY id LIMIT 1 FOR UPDATE`;
  return (await tx.sql.rows<Running>({ text }, [shopId]))[0] ?? null;
}

/** Customers of an import behind a number, in the order of their ids. */
export async function customersOfImport(
  tx: ShopTx,
  shopId: number,
  { id, after, limit }: { id: number; after: bigint; limit: number },
): Promise<{ customerId: bigint; points: number }[]> {
  const text = `SELECT customer_id AS "customerId", points FROM points_import_rows WHERE shop_id = $1 AND import_id = $2 AND customer_id > $3 ORDER BY customer_id LIMIT $4`;
  return tx.sql.rows({ name: 'points-import-page', text }, [shopId, id, after, limit]);
}

/** Sets how many points the openings of customers are facts of. */
export async function setCounts(
  tx: ShopTx,
  shopId: number,
  { id, counts }: { id: number; counts: readonly { customerId: bigint; counts: number }[] },
): Promise<void> {
  const text = `UPDATE points_import_rows AS r SET counts = c.counts FROM unnest($3::bigint[], $4::int[]) AS c(customer_id, counts)
    WHERE r.shop_id = $1 AND r.import_id = $2 AND r.customer_id = c.customer_id`;
  const values = [list(counts.map(({ customerId }) => customerId)), counts.map((each) => each.counts)];
  await tx.sql.run({ name: 'points-import-counts', text }, [shopId, id, ...values]);
}

export type Progress = { readonly through: bigint; readonly done: number; readonly short: number; readonly kept: bigint };

/** Notes how far it is; `done`, `short` and `kept` are added to what stands. */
export async function noteProgress(tx: ShopTx, shopId: number, { id, ...progress }: Progress & { id: number }): Promise<void> {
  const { through, done, short, kept } = progress;
  const data = { through, done: { increment: done }, short: { increment: short }, kept: { increment: kept } };
  await tx.pointsImport.update({ where: { shopId_id: { shopId, id } }, data });
}

export async function endRun(tx: ShopTx, shopId: number, { id, status, now }: Running & { now: Date }): Promise<void> {
  const data = status === 'booking' ? { status: 'booked', bookedAt: now } : { status: 'undone', undoneAt: now };
  await tx.pointsImport.update({ where: { shopId_id: { shopId, id } }, data });
}

/** Customers of an import who have less available than it gave them, and how much less, if it were undone now. */
export async function shortOf(tx: ShopTx, shopId: number, id: number): Promise<{ customers: number; points: bigint; some: bigint[] }> {
  const text = `WITH short AS (SELECT r.customer_id, LEAST(r.counts, r.counts - COALESCE(b.available, 0)) AS missing FROM points_import_rows r
      LEFT JOIN points_balances b ON b.shop_id = r.shop_id AND b.customer_id = r.customer_id
      WHERE r.shop_id = $1 AND r.import_id = $2 AND r.counts > 0 AND COALESCE(b.available, 0) < r.counts)
    SELECT count(*)::int AS customers, COALESCE(sum(missing), 0)::bigint AS points,
      COALESCE((array_agg(customer_id ORDER BY missing DESC, customer_id))[1:10], '{}')::text[] AS some FROM short`;
  const [row] = await tx.sql.rows<{ customers: number; points: bigint; some: string[] }>({ text }, [shopId, id]);
  return { customers: row?.customers ?? 0, points: row?.points ?? 0n, some: (row?.some ?? []).map(BigInt) };
}

export async function shopsWithImports(db: Db): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_points_imports() AS id' });
  return rows.map(({ id }) => id);
}
