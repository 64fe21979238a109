import type { ShopTx } from '../platform/db.server.ts';
import { FROM, living } from './segment.store.server.ts';
import type { Mark } from './segment-mark.ts';
import type { Compiled } from './segment/compile.store.server.ts';

/** Whoever brings a shop's marks up to date, one after the other. */
export async function lockMarks(tx: ShopTx, shopId: number): Promise<boolean> {
  const [row] = await tx.sql.rows<{ mine: boolean }>({ text: 'SELECT pg_try_advisory_xact_lock(7335, $1::int) AS mine' }, [shopId]);
  return row?.mine ?? false;
}

export type MarkedSegment = { readonly id: number; readonly query: string; readonly mark: Mark };

export async function markedSegments(tx: ShopTx, shopId: number): Promise<MarkedSegment[]> {
  const text = `SELECT id, query, mark_as AS "as", mark_word AS word FROM segments WHERE shop_id = $1 AND mark_as IS NOT NULL ORDER BY id`;
  const rows = await tx.sql.rows<{ id: number; query: string; as: Mark['as']; word: string }>({ text }, [shopId]);
  return rows.map(({ id, query, as, word }) => ({ id, query, mark: { as, word } }));
}

/** @returns false where another segment marks with the same word. */
export async function setMark(tx: ShopTx, shopId: number, { id, mark }: { id: number; mark: Mark | null }): Promise<boolean> {
  const text = `UPDATE segments SET mark_as = $3, mark_word = $4, marked_at = NULL WHERE shop_id = $1 AND id = $2
    AND NOT EXISTS (SELECT 1 FROM segments other
      WHERE other.shop_id = $1 AND other.id <> $2 AND other.mark_as = $3 AND lower(other.mark_word) = lower($4))`;
  return (await tx.sql.run({ text }, [shopId, id, mark?.as ?? null, mark?.word ?? null])) === 1;
}

export async function noteMarked(tx: ShopTx, shopId: number, { id, now }: { id: number; now: Date }): Promise<void> {
  await tx.sql.run({ text: 'UPDATE segments SET marked_at = $3 WHERE shop_id = $1 AND id = $2' }, [shopId, id, now]);
}

/** A customer who gets a mark, or loses it. */
export type MarkChange = { readonly customerId: bigint; readonly as: Mark['as']; readonly word: string };

/** Marks the next customers of a segment who do not bear its mark yet, in the order of their ids. */
export async function addMarks(
  tx: ShopTx,
  { where, values }: Compiled,
  { segment, limit }: { segment: MarkedSegment; limit: number },
): Promise<MarkChange[]> {
  const at = values.length;
  const text = `INSERT INTO segment_marks (shop_id, segment_id, customer_id, mark_as, mark_word)
    SELECT $1, $${at + 1}::int, c.id, $${at + 2}::text, $${at + 3}::text ${FROM}
    WHERE ${living(where)} AND c.redacted_at IS NULL AND NOT EXISTS (SELECT 1 FROM segment_marks k WHERE k.shop_id = $1
      AND k.segment_id = $${at + 1}::int AND k.customer_id = c.id AND k.mark_as = $${at + 2}::text AND k.mark_word = $${at + 3}::text)
    ORDER BY c.id LIMIT $${at + 4}
    RETURNING customer_id AS "customerId", mark_as AS "as", mark_word AS word`;
  return tx.sql.rows<MarkChange>({ text }, [...values, segment.id, segment.mark.as, segment.mark.word, limit]);
}

/** Takes the mark from the next customers who are no longer in the segment, or bear a mark that it no longer gives. */
export async function dropMarks(
  tx: ShopTx,
  { where, values }: Compiled,
  { segment, limit }: { segment: MarkedSegment; limit: number },
): Promise<MarkChange[]> {
  const at = values.length;
  const text = `DELETE FROM segment_marks d USING (
      SELECT k.customer_id, k.mark_as, k.mark_word FROM segment_marks k
      WHERE k.shop_id = $1 AND k.segment_id = $${at + 1}::int AND (k.mark_as <> $${at + 2}::text OR k.mark_word <> $${at + 3}::text
        OR NOT EXISTS (SELECT 1 ${FROM} WHERE ${living(where)} AND c.id = k.customer_id))
      ORDER BY k.customer_id LIMIT $${at + 4}) AS gone
    WHERE d.shop_id = $1 AND d.segment_id = $${at + 1}::int AND d.customer_id = gone.customer_id
      AND d.mark_as = gone.mark_as AND d.mark_word = gone.mark_word
    RETURNING d.customer_id AS "customerId", d.mark_as AS "as", d.mark_word AS word`;
  return tx.sql.rows<MarkChange>({ text }, [...values, segment.id, segment.mark.as, segment.mark.word, limit]);
}

/** Takes the next marks of segments that give none any more, or are no more. */
export async function dropOrphans(tx: ShopTx, shopId: number, limit: number): Promise<MarkChange[]> {
  const text = `DELETE FROM segment_marks d USING (
      SELECT k.segment_id, k.customer_id, k.mark_as, k.mark_word FROM segment_marks k
      WHERE k.shop_id = $1 AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.shop_id = $1 AND s.id = k.segment_id AND s.mark_as IS NOT NULL)
      ORDER BY k.segment_id, k.customer_id LIMIT $2) AS gone
    WHERE d.shop_id = $1 AND d.segment_id = gone.segment_id AND d.customer_id = gone.customer_id
      AND d.mark_as = gone.mark_as AND d.mark_word = gone.mark_word
    RETURNING d.customer_id AS "customerId", d.mark_as AS "as", d.mark_word AS word`;
  return tx.sql.rows<MarkChange>({ text }, [shopId, limit]);
}

/** The words that stand in the metafield of each of these customers, in order; who bears none is in it with none. */
export async function wordsOfCustomers(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Map<bigint, string[]>> {
  const text = `SELECT customer_id AS "customerId", array_agg(DISTINCT mark_word) AS words FROM segment_marks
    WHERE shop_id = $1 AND customer_id = ANY($2::bigint[]) AND mark_as = 'metafield' GROUP BY customer_id`;
  const rows = await tx.sql.rows<{ customerId: bigint; words: string[] }>({ text }, [shopId, `{${customerIds.join(',')}}`]);
  const held = new Map(rows.map(({ customerId, words }) => [customerId, words.toSorted()]));
  return new Map(customerIds.map((id) => [id, held.get(id) ?? []]));
}

export async function countMarks(tx: ShopTx, shopId: number, segmentId: number): Promise<number> {
  const text = 'SELECT count(*)::int AS count FROM segment_marks WHERE shop_id = $1 AND segment_id = $2';
  return (await tx.sql.rows<{ count: number }>({ text }, [shopId, segmentId]))[0]?.count ?? 0;
}
