import { z } from 'zod';
import { gidNumber } from '../core/gid.ts';
import { bulkCollectionFacts } from './bulk-facts.ts';
import { applyCollections, applyMemberships, collectionsHeld, markCollectionsDeleted } from './collections.store.server.ts';
import { BULK_COLLECTIONS, BULK_MEMBERSHIPS } from './collections.shopify.server.ts';
import { exportOf } from './export-file.server.ts';
import type { CollectionRead } from './facts.ts';
import { deletionsOf, mark, notThere } from './reconcile-deleted.server.ts';
import { byIds, filtered, groupsOf, judged, land, plus, since, type Looked, type Run } from './reconcile-kinds.server.ts';
import { heldVersions, type Mend } from './reconcile.store.server.ts';

/** Collections in a batch; each may hold thousands of products. */
export const COLLECTIONS_A_BATCH = 20;
/** What no webhook and no changed product tells of is read again after so long. */
const WHOLE_AFTER_MS = 20 * 3_600_000;

type Asked = { from: Date } | { ids: readonly bigint[] } | 'all';

function queryFor(asked: Asked): string {
  if (asked === 'all') return BULK_COLLECTIONS;
  return filtered(BULK_COLLECTIONS, 'collections', 'from' in asked ? since(asked.from) : byIds(asked.ids));
}

/** Reads collections with all their products. Of those asked for by id a webhook has told: nothing was missed. */
export async function lookAtCollections(run: Run, asked: Asked): Promise<Looked & { ids: bigint[] }> {
  const { shop, platform } = run;
  const total = { checked: 0, mended: 0, ids: [] as bigint[] };
  const isTold = asked !== 'all' && 'ids' in asked;
  for await (const { groups, at } of groupsOf(run, queryFor(asked), COLLECTIONS_A_BATCH)) {
    const collections = groups.flatMap(({ root, children }) =>
      root.__typename === 'Collection' ? [bulkCollectionFacts(root, children)] : [],
    );
    const ids = collections.map(({ id }) => id);
    total.checked += ids.length;
    total.ids.push(...ids);
    total.mended += await land(run, async (tx) => {
      const held = await heldVersions(tx, shop.id, { kind: 'collections', ids });
      const others = await applyCollections(tx, shop.id, { collections, at });
      if (isTold) return [];
      return collections.flatMap((one) =>
        judgedCollection(one, { held: held.get(one.id), isOther: others.has(one.id), now: platform.clock.now() }),
      );
    });
  }
  return total;
}

function judgedCollection(
  { id, updatedAt }: CollectionRead,
  { held, isOther, now }: { held: Date | undefined; isOther: boolean; now: Date },
): Mend[] {
  const mends = judged({ kind: 'collections', id, updatedAt, held, topics: ['collections/create', 'collections/update'] }, now);
  if (mends.length > 0 || !isOther) return mends;
  // Of what comes and goes by a condition no topic tells.
  return [{ kind: 'collections', entityId: id, what: 'stale', topic: null }];
}

const membershipLine = z.union([
  z.object({ __typename: z.literal('Collection'), id: z.string(), __parentId: z.string() }),
  z.object({ __typename: z.literal('Product'), id: z.string() }),
]);

/** Reads in which collections some products are. */
export async function lookAtMemberships(run: Run, ids: readonly bigint[]): Promise<Looked> {
  const { platform, shop } = run;
  const file = await exportOf(run, filtered(BULK_MEMBERSHIPS, 'products', byIds(ids)));
  const found = new Map<bigint, bigint[]>();
  for await (const lines of file.lines) {
    for (const text of lines) {
      const line = membershipLine.parse(JSON.parse(text));
      if (line.__typename === 'Product') found.set(gidNumber(line.id, 'Product'), []);
      else found.get(gidNumber(line.__parentId, 'Product'))?.push(gidNumber(line.id, 'Collection'));
    }
  }
  const products = [...found].map(([id, collectionIds]) => ({ id, collectionIds }));
  await platform.db.forShop(shop.id, (tx) => applyMemberships(tx, shop.id, { products, at: file.at }));
  return { checked: products.length, mended: 0 };
}

/** What changed since, and once a day everything: which are gone is then seen by what is no longer listed. */
export async function reconcileCollections(run: Run, from: Date): Promise<Looked> {
  const { platform, shop } = run;
  const held = await platform.db.forShop(shop.id, (tx) => collectionsHeld(tx, shop.id));
  const isWholeDue = held.oldestRead === null || platform.clock.now().getTime() - held.oldestRead.getTime() > WHOLE_AFTER_MS;
  if (!isWholeDue) {
    const { ids: _ids, ...looked } = await lookAtCollections(run, { from });
    return plus(looked, await findDeletedCollections(run, from));
  }
  const { ids, ...looked } = await lookAtCollections(run, 'all');
  const listed = new Set(ids);
  const gone = await notThere(
    run,
    'Collection',
    held.ids.filter((id) => !listed.has(id)),
  );
  const at = platform.clock.now();
  return plus(looked, {
    checked: 0,
    mended: await forget(
      run,
      gone.map((id) => ({ id, at })),
    ),
  });
}

const forget = (run: Run, gone: readonly { id: bigint; at: Date }[]): Promise<number> =>
  mark(run, { kind: 'collections', topic: 'collections/delete', ids: gone.map(({ id }) => id) }, (tx) =>
    markCollectionsDeleted(tx, run.shop.id, gone),
  );

/** The store keeps an event of each deletion of a collection, as of products. */
async function findDeletedCollections(run: Run, from: Date): Promise<Looked> {
  const { platform, shop } = run;
  let total: Looked = { checked: 0, mended: 0 };
  for await (const events of deletionsOf(run, 'COLLECTION', from)) {
    const living = new Set((await platform.db.forShop(shop.id, (tx) => collectionsHeld(tx, shop.id))).ids);
    const gone = events.filter(({ id }) => living.has(id));
    total = plus(total, { checked: events.length, mended: await forget(run, gone) });
  }
  return total;
}
