import { z } from 'zod';
import type { ShopTx } from '../platform/db.server.ts';
import { MARKS } from './segment-mark.ts';
import { nameKey, SOURCES, type SavedSegment, type SegmentSource } from './saved-segment.ts';

const SELECT = `SELECT id, name, query, version, source, created_at AS "createdAt", updated_at AS "updatedAt", counted,
  counted_at AS "countedAt", mark_as AS "markAs", mark_word AS "markWord", marked_at AS "markedAt" FROM segments WHERE shop_id = $1`;
const stored = z.object({ source: z.enum(SOURCES), markAs: z.enum(MARKS).nullable() });
type Row = Omit<SavedSegment, 'source' | 'mark'> & { source: string; markAs: string | null; markWord: string | null };

function segmentOf({ markWord, ...row }: Row): SavedSegment {
  const { markAs, ...words } = stored.parse(row);
  const { markAs: _as, ...rest } = row;
  return { ...rest, ...words, mark: markAs !== null && markWord !== null ? { as: markAs, word: markWord } : null };
}

/** Whoever makes or changes segments of a shop, one after the other, so that no limit is passed by two at once. */
export async function lockSegments(tx: ShopTx, shopId: number): Promise<void> {
  await tx.sql.rows({ text: 'SELECT pg_advisory_xact_lock(7331, $1::int)' }, [shopId]);
}

/** All of a shop, by name. */
export async function readSegments(tx: ShopTx, shopId: number): Promise<SavedSegment[]> {
  return (await tx.sql.rows<Row>({ text: `${SELECT} ORDER BY name_key, id` }, [shopId])).map(segmentOf);
}

export async function readSegmentRow(tx: ShopTx, shopId: number, id: number): Promise<SavedSegment | null> {
  const [row] = await tx.sql.rows<Row>({ text: `${SELECT} AND id = $2` }, [shopId, id]);
  return row ? segmentOf(row) : null;
}

export async function countSegments(tx: ShopTx, shopId: number, source: SegmentSource): Promise<number> {
  const text = 'SELECT count(*)::int AS count FROM segments WHERE shop_id = $1 AND source = $2';
  return (await tx.sql.rows<{ count: number }>({ text }, [shopId, source]))[0]?.count ?? 0;
}

/** @returns the id; null where another has the name. */
export async function insertSegment(
  tx: ShopTx,
  shopId: number,
  segment: Pick<SavedSegment, 'name' | 'query' | 'source'> & { gid: string | null; now: Date },
): Promise<number | null> {
  const text = `INSERT INTO segments (shop_id, name, query, source, shopify_gid, created_at, updated_at, name_key)
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT DO NOTHING RETURNING id`;
  const { name, query, source, gid, now } = segment;
  return (await tx.sql.rows<{ id: number }>({ text }, [shopId, name, query, source, gid, now, nameKey(name)]))[0]?.id ?? null;
}

/** @returns false where another has the name. The caller holds the lock and has looked at the version. */
export async function updateSegment(
  tx: ShopTx,
  shopId: number,
  segment: Pick<SavedSegment, 'id' | 'name' | 'query'> & { now: Date },
): Promise<boolean> {
  const { id, name, query, now } = segment;
  // A count belongs to the text that was counted.
  const text = `UPDATE segments SET name = $3, name_key = $6, query = $4, version = version + 1, updated_at = $5,
      counted = CASE WHEN query = $4 THEN counted END, counted_at = CASE WHEN query = $4 THEN counted_at END
    WHERE shop_id = $1 AND id = $2
      AND NOT EXISTS (SELECT 1 FROM segments other WHERE other.shop_id = $1 AND other.id <> $2 AND other.name_key = $6)`;
  return (await tx.sql.run({ text }, [shopId, id, name, query, now, nameKey(name)])) === 1;
}

/** @returns whether there was one such. */
export async function removeSegment(tx: ShopTx, shopId: number, id: number): Promise<boolean> {
  return (await tx.sql.run({ text: 'DELETE FROM segments WHERE shop_id = $1 AND id = $2' }, [shopId, id])) === 1;
}

/** Notes a count of a version; of an older one it says nothing any more. */
export async function noteCount(
  tx: ShopTx,
  shopId: number,
  note: { id: number; version: number; count: number; now: Date },
): Promise<void> {
  const text = 'UPDATE segments SET counted = $4, counted_at = $5 WHERE shop_id = $1 AND id = $2 AND version = $3';
  await tx.sql.run({ text }, [shopId, note.id, note.version, note.count, note.now]);
}

/** The store's own segments that are held, by their gids. */
export async function importedSegments(tx: ShopTx, shopId: number): Promise<Map<string, SavedSegment>> {
  const text = SELECT.replace('SELECT id', 'SELECT shopify_gid AS gid, id');
  const rows = await tx.sql.rows<Row & { gid: string }>({ text: `${text} AND shopify_gid IS NOT NULL` }, [shopId]);
  return new Map(rows.map(({ gid, ...row }) => [gid, segmentOf(row)]));
}

/** The store has them no longer: they stay as the shop's own. */
export async function disownSegments(tx: ShopTx, shopId: number, ids: readonly number[]): Promise<void> {
  const text = `UPDATE segments SET source = 'own', shopify_gid = NULL WHERE shop_id = $1 AND id = ANY($2::int[])`;
  await tx.sql.run({ text }, [shopId, ids]);
}
