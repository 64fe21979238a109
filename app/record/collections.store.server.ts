import type { ShopTx } from '../platform/db.server.ts';
import { markDirty } from './dirty.store.server.ts';
import type { CollectionFacts, CollectionRead } from './facts.ts';

const list = (ids: Iterable<bigint>): string => `{${[...ids].join(',')}}`;

type Row = { id: bigint };
const idsOf = (rows: readonly Row[]): bigint[] => rows.map((row) => row.id);

const NOTE = `
  INSERT INTO collections AS c (shop_id, id, title, handle, updated_at)
  SELECT $1, r.id, r.title, r.handle, r.updated_at
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[]) AS r(id, title, handle, updated_at)
  ON CONFLICT (shop_id, id) DO UPDATE SET title = excluded.title, handle = excluded.handle, updated_at = excluded.updated_at
  WHERE c.deleted_at IS NULL AND c.updated_at <= excluded.updated_at`;

/** Writes what a webhook tells of collections, and has them read: it tells nothing of their products. */
export async function noteCollections(tx: ShopTx, shopId: number, collections: readonly CollectionFacts[]): Promise<void> {
  const newest = new Map<bigint, CollectionFacts>();
  for (const one of collections) if ((newest.get(one.id)?.updatedAt ?? one.updatedAt) <= one.updatedAt) newest.set(one.id, one);
  const rows = [...newest.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const of = <Field extends keyof CollectionFacts>(field: Field): CollectionFacts[Field][] => rows.map((row) => row[field]);
  await tx.sql.run({ text: NOTE }, [shopId, list(of('id')), of('title'), of('handle'), of('updatedAt').map((at) => at.toISOString())]);
  await markDirty(tx, shopId, { feed: 'refetch-collections', ids: of('id') });
}

/** What was read later stays. A webhook that came while the export was under way may tell a later title. */
const READ = `
  INSERT INTO collections AS c (shop_id, id, title, handle, smart, updated_at, read_at)
  SELECT $1, r.id, r.title, r.handle, r.smart, r.updated_at, $7
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bool[], $6::timestamptz[]) AS r(id, title, handle, smart, updated_at)
  ON CONFLICT (shop_id, id) DO UPDATE SET smart = excluded.smart, read_at = excluded.read_at,
    title = CASE WHEN c.updated_at <= excluded.updated_at THEN excluded.title ELSE c.title END,
    handle = CASE WHEN c.updated_at <= excluded.updated_at THEN excluded.handle ELSE c.handle END,
    updated_at = GREATEST(c.updated_at, excluded.updated_at)
  WHERE c.deleted_at IS NULL AND (c.read_at IS NULL OR c.read_at <= excluded.read_at)
  RETURNING id`;

const OUT = `
  DELETE FROM collection_products m WHERE m.shop_id = $1 AND m.collection_id = ANY($2::bigint[])
    AND NOT EXISTS (SELECT 1 FROM unnest($3::bigint[], $4::bigint[]) AS r(c, p) WHERE r.c = m.collection_id AND r.p = m.product_id)
  RETURNING collection_id AS id`;

/** A deleted product never comes back, whatever an older export says. */
const IN = `
  INSERT INTO collection_products (shop_id, collection_id, product_id)
  SELECT $1, r.c, r.p FROM unnest($2::bigint[], $3::bigint[]) AS r(c, p)
  WHERE NOT EXISTS (SELECT 1 FROM products p WHERE p.shop_id = $1 AND p.id = r.p AND p.deleted_at IS NOT NULL)
  ON CONFLICT DO NOTHING RETURNING collection_id AS id`;

/**
 * Writes collections as they were read whole, with all their products, as of a moment of the store's clock.
 * @returns those whose products are others now.
 */
export async function applyCollections(
  tx: ShopTx,
  shopId: number,
  { collections, at }: { collections: readonly CollectionRead[]; at: Date },
): Promise<Set<bigint>> {
  const of = <Field extends keyof CollectionRead>(field: Field): CollectionRead[Field][] => collections.map((one) => one[field]);
  const rows = await tx.sql.rows<Row>({ text: READ }, [
    shopId,
    list(of('id')),
    of('title'),
    of('handle'),
    of('smart'),
    of('updatedAt').map((time) => time.toISOString()),
    at,
  ]);
  const written = new Set(idsOf(rows));
  const members = collections
    .filter(({ id }) => written.has(id))
    .flatMap(({ id, productIds }) => productIds.map((product): [bigint, bigint] => [id, product]));
  const pairs = [list(members.map(([id]) => id)), list(members.map(([, product]) => product))];
  const out = await tx.sql.rows<Row>({ text: OUT }, [shopId, list(written), ...pairs]);
  const into = await tx.sql.rows<Row>({ text: IN }, [shopId, ...pairs]);
  return new Set([...idsOf(out), ...idsOf(into)]);
}

/** Collections that were read after the products were know better themselves. */
const OUT_OF_PRODUCTS = `
  DELETE FROM collection_products m USING collections c
  WHERE m.shop_id = $1 AND m.product_id = ANY($2::bigint[]) AND c.shop_id = $1 AND c.id = m.collection_id AND c.read_at <= $5
    AND NOT EXISTS (SELECT 1 FROM unnest($3::bigint[], $4::bigint[]) AS r(p, c) WHERE r.p = m.product_id AND r.c = m.collection_id)
  RETURNING m.collection_id AS id`;
const INTO_COLLECTIONS = `
  INSERT INTO collection_products (shop_id, collection_id, product_id)
  SELECT $1, r.c, r.p FROM unnest($2::bigint[], $3::bigint[]) AS r(p, c)
  JOIN collections c ON c.shop_id = $1 AND c.id = r.c AND c.deleted_at IS NULL AND c.read_at <= $4
  WHERE NOT EXISTS (SELECT 1 FROM products p WHERE p.shop_id = $1 AND p.id = r.p AND p.deleted_at IS NOT NULL)
  ON CONFLICT DO NOTHING RETURNING collection_id AS id`;
const NOT_KNOWN = `SELECT DISTINCT r.id FROM unnest($2::bigint[]) AS r(id)
  WHERE NOT EXISTS (SELECT 1 FROM collections c WHERE c.shop_id = $1 AND c.id = r.id) ORDER BY r.id`;

/** In which collections some products were, as of a moment of the store's clock. @returns how many rows came and went. */
export async function applyMemberships(
  tx: ShopTx,
  shopId: number,
  { products, at }: { products: readonly { id: bigint; collectionIds: readonly bigint[] }[]; at: Date },
): Promise<number> {
  const members = products.flatMap(({ id, collectionIds }) => collectionIds.map((collection): [bigint, bigint] => [id, collection]));
  const [ofProducts, ofCollections] = [list(members.map(([id]) => id)), list(members.map(([, collection]) => collection))];
  const changed = list(products.map(({ id }) => id));
  const out = await tx.sql.rows<Row>({ text: OUT_OF_PRODUCTS }, [shopId, changed, ofProducts, ofCollections, at]);
  const into = await tx.sql.rows<Row>({ text: INTO_COLLECTIONS }, [shopId, ofProducts, ofCollections, at]);
  const unknown = await tx.sql.rows<Row>({ text: NOT_KNOWN }, [shopId, ofCollections]);
  if (unknown.length > 0) await markDirty(tx, shopId, { feed: 'refetch-collections', ids: idsOf(unknown) });
  return out.length + into.length;
}

const DELETED = `
  INSERT INTO collections AS c (shop_id, id, title, updated_at, deleted_at)
  SELECT $1, r.id, '', 'epoch', r.at FROM unnest($2::bigint[], $3::timestamptz[]) AS r(id, at)
  ON CONFLICT (shop_id, id) DO UPDATE SET deleted_at = excluded.deleted_at WHERE c.deleted_at IS NULL`;

/** One that is not known yet gets a tombstone, so that a late version does not revive it. */
export async function markCollectionsDeleted(tx: ShopTx, shopId: number, deletions: readonly { id: bigint; at: Date }[]): Promise<void> {
  const gone = new Map(deletions.map(({ id, at }) => [id, at.toISOString()]));
  await tx.sql.run({ text: DELETED }, [shopId, list(gone.keys()), [...gone.values()]]);
  await tx.sql.run({ text: 'DELETE FROM collection_products WHERE shop_id = $1 AND collection_id = ANY($2::bigint[])' }, [
    shopId,
    list(gone.keys()),
  ]);
}

/** A deleted product is in no collection. */
export async function leaveCollections(tx: ShopTx, shopId: number, productIds: readonly bigint[]): Promise<void> {
  await tx.sql.run({ text: 'DELETE FROM collection_products WHERE shop_id = $1 AND product_id = ANY($2::bigint[])' }, [
    shopId,
    list(productIds),
  ]);
}

const MAY_CHANGE = `SELECT EXISTS (SELECT 1 FROM collections WHERE shop_id = $1 AND deleted_at IS NULL AND smart IS NOT FALSE)
  OR NOT EXISTS (SELECT 1 FROM backfills WHERE shop_id = $1 AND kind = 'collections' AND status = 'done') AS may`;

/**
 * Has it asked in which collections changed products are now: of one that comes in or goes by a condition the store tells
 * nobody. Where all collections were picked by hand there is nothing to ask.
 */
export async function markForMemberships(tx: ShopTx, shopId: number, productIds: readonly bigint[]): Promise<void> {
  if (productIds.length === 0) return;
  const [row] = await tx.sql.rows<{ may: boolean }>({ text: MAY_CHANGE }, [shopId]);
  if (row?.may) await markDirty(tx, shopId, { feed: 'refetch-memberships', ids: productIds });
}

/** Living collections, and when the one that was read longest ago was read; null: one was not read yet. */
export async function collectionsHeld(tx: ShopTx, shopId: number): Promise<{ ids: bigint[]; oldestRead: Date | null }> {
  const rows = await tx.collection.findMany({ where: { shopId, deletedAt: null }, select: { id: true, readAt: true } });
  const times = rows.map(({ readAt }) => readAt?.getTime() ?? 0);
  const oldest = Math.min(...times);
  return { ids: idsOf(rows), oldestRead: Number.isFinite(oldest) && oldest > 0 ? new Date(oldest) : null };
}

export type HeldCollection = { readonly id: string; readonly title: string; readonly productIds: readonly string[] };

/** Living collections of these ids that were read, with the living products in each; ids as text. */
export async function collectionsById(tx: ShopTx, shopId: number, ids: readonly string[]): Promise<HeldCollection[]> {
  const rows = await tx.sql.rows<{ id: bigint; title: string; products: bigint[] }>(
    {
      text: `SELECT c.id, c.title, COALESCE(array_agg(p.id ORDER BY p.id) FILTER (WHERE p.id IS NOT NULL), '{}') AS products
        FROM collections c
        LEFT JOIN collection_products m ON m.shop_id = c.shop_id AND m.collection_id = c.id
        LEFT JOIN products p ON p.shop_id = m.shop_id AND p.id = m.product_id AND p.deleted_at IS NULL
        WHERE c.shop_id = $1 AND c.id = ANY($2::bigint[]) AND c.deleted_at IS NULL AND c.read_at IS NOT NULL
        GROUP BY c.id, c.title ORDER BY c.id`,
    },
    [shopId, `{${ids.join(',')}}`],
  );
  return rows.map(({ id, title, products }) => ({ id: String(id), title, productIds: products.map(String) }));
}
