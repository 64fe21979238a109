import { columnsOf, insertInto } from '../platform/columns.server.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';

/**
 * Who reads what the record changed: loyalty reads customers, campaigns orders, forecast variants; `offers` holds customers
 * whose codes or language changed; `refetch` holds orders
 * and `refetch-customers` customers that an event named without saying how they stand, to be asked for at the store; so do
 * `refetch-collections` collections and `refetch-memberships` products whose collections may be others now.
 */
export type Feed =
  | 'loyalty'
  | 'campaigns'
  | 'forecast'
  | 'offers'
  | 'refetch'
  | 'refetch-customers'
  | 'refetch-collections'
  | 'refetch-memberships';

export type Mark = { readonly feed: Feed; readonly entityId: bigint };
export type MarksOf = { readonly feed: Feed; readonly ids: Iterable<bigint> };

/** Each once, and in the order of the key, so that two who mark the same never wait for each other in a circle. */
export function marksOf(...marks: readonly MarksOf[]): Mark[] {
  return Map.groupBy(marks, (of) => of.feed)
    .entries()
    .toArray()
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([feed, of]) =>
      [...new Set(of.flatMap(({ ids }) => [...ids]))]
        .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
        .map((entityId) => ({ feed, entityId })),
    );
}

/**
 * A mark that stands is written again: were it left alone, a reader could take it, see the entity as it was before this
 * transaction lands, and nothing would remain to tell of the change.
 */
export const INSERT_MARKS = insertInto(
  'dirty_entities',
  columnsOf<Mark>({ feed: 'text', entityId: 'bigint' }),
  'ON CONFLICT (shop_id, feed, entity_id) DO UPDATE SET feed = excluded.feed',
);

/** Marks entities for their readers, in the transaction that changed them. */
export async function markDirty(tx: ShopTx, shopId: number, ...marks: readonly MarksOf[]): Promise<void> {
  await INSERT_MARKS.run(tx.sql, shopId, marksOf(...marks));
}

const MARK_WHOLE = {
  text: `INSERT INTO dirty_entities (shop_id, feed, entity_id)
    SELECT $1::int, 'forecast', variant_id FROM (
      SELECT DISTINCT variant_id FROM day_variant_location_rollups WHERE shop_id = $1 ORDER BY variant_id) AS sold
    UNION ALL SELECT $1::int, 'loyalty', customer_id FROM (
      SELECT customer_id FROM customer_rollups WHERE shop_id = $1 ORDER BY customer_id) AS bought
    ON CONFLICT (shop_id, feed, entity_id) DO UPDATE SET feed = excluded.feed`,
};

/** Marks every customer who has ordered and every variant that was sold. */
export async function markWhole(tx: ShopTx, shopId: number): Promise<void> {
  await tx.sql.run(MARK_WHOLE, [shopId]);
}

/**
 * Takes up to `limit` marks away and gives their ids. In the reader's own transaction: if that fails, the marks stand
 * again. A mark made meanwhile by the projection waits on the row and then stays for the next turn; one that a
 * projection under way has made again is passed over until that has landed.
 */
export async function takeDirty(tx: ShopTx, shopId: number, take: { feed: Feed; limit: number }): Promise<bigint[]> {
  // Materialised: as a subquery a plan may run it once for each row of the table, and each time it skips what it has locked.
  const rows = await tx.$queryRaw<{ entity_id: bigint }[]>`
    WITH due AS MATERIALIZED (
      SELECT entity_id FROM dirty_entities
      WHERE shop_id = ${shopId} AND feed = ${take.feed} ORDER BY entity_id LIMIT ${take.limit} FOR UPDATE SKIP LOCKED)
    DELETE FROM dirty_entities AS d USING due
    WHERE d.shop_id = ${shopId} AND d.feed = ${take.feed} AND d.entity_id = due.entity_id
    RETURNING d.entity_id`;
  return rows.map((row) => row.entity_id);
}

/**
 * Moves up to `limit` marks to another feed, and gives all that stand there: those of a turn that was cut short too.
 * For one reader at a time.
 */
export async function moveMarks(tx: ShopTx, shopId: number, move: { from: Feed; to: string; limit: number }): Promise<bigint[]> {
  const ids = await takeDirty(tx, shopId, { feed: move.from, limit: move.limit });
  await tx.$executeRaw`
    INSERT INTO dirty_entities (shop_id, feed, entity_id) SELECT ${shopId}, ${move.to}, id FROM unnest(${ids}::bigint[]) AS r(id)
    ON CONFLICT DO NOTHING`;
  const rows = await tx.dirtyEntity.findMany({ where: { shopId, feed: move.to }, select: { entityId: true } });
  return rows.map((row) => row.entityId);
}

export async function deleteMarks(tx: ShopTx, shopId: number, of: { feed: string; ids: bigint[] }): Promise<void> {
  await tx.dirtyEntity.deleteMany({ where: { shopId, feed: of.feed, entityId: { in: of.ids } } });
}

/** Shops that have marks for a feed; for the sweepers. */
export async function shopsWithDirty(db: Db, feed: Feed): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_dirty($1) AS id' }, [feed]);
  return rows.map((row) => row.id);
}
