import { backfillSteps } from './backfill.store.server.ts';
import { deleteMarks, moveMarks, type Feed } from './dirty.store.server.ts';
import { lookAtCollections, lookAtMemberships } from './reconcile-collections.server.ts';
import { NOTHING_LOOKED, plus, type Looked, type Run } from './reconcile-kinds.server.ts';

/** Ids in one search of the store. */
const A_SEARCH = 100;
/** Of more products than this at once, all collections are read whole: that is one export, and these would be many. */
const MOST_PRODUCTS = 1_000;

/**
 * Reads collections that a webhook named, and in which collections changed products are now. Not before the first import has
 * read them: what changed meanwhile is asked for then, and nothing older lands after it.
 */
export async function refetchCollections(run: Run): Promise<Looked> {
  const { platform, shop } = run;
  const steps = await platform.db.forShop(shop.id, (tx) => backfillSteps(tx, shop.id));
  if (!steps.some(({ kind, status }) => kind === 'collections' && status === 'done')) return NOTHING_LOOKED;
  const collections = await take(run, { feed: 'refetch-collections', most: A_SEARCH }, (ids) => lookAtCollections(run, { ids }));
  const products = await take(run, { feed: 'refetch-memberships', most: MOST_PRODUCTS + 1 }, (ids) =>
    ids.length > MOST_PRODUCTS ? lookAtCollections(run, 'all') : lookAtEach(run, ids),
  );
  return plus(collections, products);
}

async function lookAtEach(run: Run, ids: readonly bigint[]): Promise<Looked> {
  let total = NOTHING_LOOKED;
  for (let from = 0; from < ids.length; from += A_SEARCH)
    total = plus(total, await lookAtMemberships(run, ids.slice(from, from + A_SEARCH)));
  return total;
}

/** As refetchMarked: marks stand aside while the store is asked, and go when its answer has landed. */
async function take(run: Run, of: { feed: Feed; most: number }, look: (ids: bigint[]) => Promise<Looked>): Promise<Looked> {
  const { platform, shop } = run;
  const aside = `${of.feed}-asked`;
  let total = NOTHING_LOOKED;
  for (;;) {
    const ids = await platform.db.forShop(shop.id, (tx) => moveMarks(tx, shop.id, { from: of.feed, to: aside, limit: of.most }));
    if (ids.length === 0) return total;
    total = plus(total, await look(ids));
    await platform.db.forShop(shop.id, (tx) => deleteMarks(tx, shop.id, { feed: aside, ids }));
  }
}
