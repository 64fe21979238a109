import { gidNumber, toGid } from '../core/gid.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { AdminUnavailableError, failureText, type AdminOutcome } from '../shopify/index.server.ts';
import { applyOrderEvents } from './apply-orders.server.ts';
import { markInventoryItemsDeleted, markLocationsDeleted, markProductsDeleted } from './catalogue.store.server.ts';
import { markCustomersDeleted } from './customers.store.server.ts';
import { projectionLock } from './inbox.store.server.ts';
import { lookAtCustomers, lookAtOrders, NOTHING_LOOKED, plus, type Looked, type Run } from './reconcile-kinds.server.ts';
import { COUNT_CUSTOMERS, COUNT_ORDERS, CUSTOMER_IDS, DELETED_OBJECTS, ORDER_IDS, STILL_THERE } from './reconcile.shopify.server.ts';
import {
  countHeld,
  idsHeld,
  itemsOfGoneVariants,
  livingLocations,
  livingProducts,
  noteMends,
  rangeHeld,
  type Mend,
  type RangeOf,
  type ReconcileKind,
} from './reconcile.store.server.ts';

/** The store tells of what is there, not of what is gone: this finds what was deleted and nobody told. */

const LEAF = 100;
const DAY_MS = 86_400_000;

function dataOf<Data>(outcome: AdminOutcome<Data>): Data {
  if (outcome.kind !== 'ok') throw new AdminUnavailableError(failureText(outcome));
  return outcome.data;
}

export async function mark(
  run: Run,
  gone: { kind: ReconcileKind; topic: string; ids: bigint[] },
  work: (tx: ShopTx) => Promise<unknown>,
): Promise<number> {
  const { platform, shop } = run;
  if (gone.ids.length === 0) return 0;
  await platform.db.forShop(shop.id, async (tx) => {
    await projectionLock(tx, shop.id);
    await work(tx);
    const mends = gone.ids.map((entityId): Mend => ({ kind: gone.kind, entityId, what: 'deleted', topic: gone.topic }));
    await noteMends(tx, shop.id, { mends, at: platform.clock.now() });
  });
  return gone.ids.length;
}

/** Of products and collections the store keeps an event of each deletion, with its time. Gives them by pages. */
export async function* deletionsOf(
  { client, shop }: Run,
  subject: 'PRODUCT' | 'COLLECTION',
  from: Date,
): AsyncGenerator<{ id: bigint; at: Date }[]> {
  let after: string | null = null;
  do {
    const query = `occurred_at:>='${from.toISOString()}'`;
    const page: { nodes: { subjectId: string; occurredAt: unknown }[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null } } =
      dataOf(await client.run(shop, DELETED_OBJECTS, { query, after, subjects: [subject] })).deletionEvents;
    yield page.nodes.map((node) => ({ id: gidNumber(node.subjectId), at: new Date(String(node.occurredAt)) }));
    after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
  } while (after !== null);
}

export async function findDeletedProducts(run: Run, from: Date): Promise<Looked> {
  const { shop, platform } = run;
  let total = NOTHING_LOOKED;
  for await (const events of deletionsOf(run, 'PRODUCT', from)) {
    const ids = events.map((event) => event.id);
    const living = await platform.db.forShop(shop.id, (tx) => livingProducts(tx, shop.id, ids));
    const gone = events.filter((event) => living.has(event.id));
    const mended = await mark(run, { kind: 'products', topic: 'products/delete', ids: gone.map((event) => event.id) }, (tx) =>
      markProductsDeleted(tx, shop.id, gone),
    );
    if (events.length > 0) await markItems(run, events);
    total = plus(total, { checked: events.length, mended });
  }
  return total;
}

async function markItems(run: Run, products: readonly { id: bigint; at: Date }[]): Promise<void> {
  const { platform, shop } = run;
  await platform.db.forShop(shop.id, async (tx) => {
    await projectionLock(tx, shop.id);
    for (const { id, at } of products) {
      const items = await itemsOfGoneVariants(tx, shop.id, [id]);
      await markInventoryItemsDeleted(
        tx,
        shop.id,
        items.map((item) => ({ id: item, at })),
      );
    }
  });
}

/** Places that the store no longer lists and, asked by their ids, no longer has. */
export async function findDeletedLocations(run: Run, listed: readonly bigint[]): Promise<number> {
  const { platform, shop } = run;
  const held = await platform.db.forShop(shop.id, (tx) => livingLocations(tx, shop.id));
  const seen = new Set(listed);
  const ids = await notThere(
    run,
    'Location',
    held.filter((id) => !seen.has(id)),
  );
  const at = platform.clock.now();
  return mark(run, { kind: 'locations', topic: 'locations/delete', ids }, (tx) =>
    markLocationsDeleted(
      tx,
      shop.id,
      ids.map((id) => ({ id, at })),
    ),
  );
}

/** Those of these ids that the store has not. */
export async function notThere(run: Run, type: string, ids: bigint[]): Promise<bigint[]> {
  const gone: bigint[] = [];
  for (let at = 0; at < ids.length; at += LEAF) {
    const part = ids.slice(at, at + LEAF);
    const { nodes } = dataOf(await run.client.run(run.shop, STILL_THERE, { ids: part.map((id) => toGid(type, id)) }));
    gone.push(...part.filter((...[, index]) => nodes[index] === null));
  }
  return gone;
}

/**
 * Orders and customers: of their deletion no trace is left. The store's count is compared with the record's; where
 * they differ, halves of the range are, down to a hundred ids, which are compared one by one. When nothing is amiss
 * this costs one call; a deletion costs about twice the logarithm of the number of objects.
 */
export async function findDeleted(run: Run, of: RangeOf): Promise<Looked> {
  const { platform, shop } = run;
  // Where only 60 days can be read, what is older is not gone but out of sight; a day less, for the edge moves.
  const since = of === 'orders' && shop.historyLimited ? new Date(platform.clock.now().getTime() - 59 * DAY_MS) : null;
  const range = await platform.db.forShop(shop.id, (tx) => rangeHeld(tx, shop.id, { of, since }));
  if (!range) return NOTHING_LOOKED;
  const found = { gone: [] as bigint[], missing: [] as bigint[] };
  await compare(run, { of, since, ...range }, found);
  const { gone, missing } = found;
  const at = platform.clock.now();
  const mended =
    of === 'orders'
      ? await mark(run, { kind: of, topic: 'orders/delete', ids: gone }, (tx) =>
          applyOrderEvents(
            tx,
            shop,
            gone.map((orderId) => ({ kind: 'deleted', orderId, at })),
          ),
        )
      : await mark(run, { kind: of, topic: 'customers/delete', ids: gone }, (tx) =>
          markCustomersDeleted(
            tx,
            shop.id,
            gone.map((id) => ({ id, at })),
          ),
        );
  let total: Looked = { checked: gone.length, mended };
  for (let from = 0; from < missing.length; from += LEAF) {
    const ids = missing.slice(from, from + LEAF);
    total = plus(total, of === 'orders' ? await lookAtOrders(run, { ids }) : await lookAtCustomers(run, { ids }));
  }
  return total;
}

type Range = { of: RangeOf; from: bigint; to: bigint; since: Date | null };

const searchOf = ({ from, to, since }: Range): string =>
  `id:>=${from} AND id:<=${to}${since ? ` AND created_at:>='${since.toISOString()}'` : ''}`;

async function compare(run: Run, range: Range, found: { gone: bigint[]; missing: bigint[] }): Promise<void> {
  const { platform, shop } = run;
  const read = <T>(work: (tx: ShopTx) => Promise<T>): Promise<T> => platform.db.forShop(shop.id, work);
  const held = await read((tx) => countHeld(tx, shop.id, range));
  const theirs = await countThere(run, range);
  if (held === theirs) return;
  if (held <= LEAF && theirs <= 250) return compareIds(run, range, found);
  const [middle] = await read((tx) => idsHeld(tx, shop.id, { ...range, offset: Math.floor((held - 1) / 2), limit: 1 }));
  // The record holds nothing to halve the range by: what the store has there comes with the next import.
  if (middle === undefined || range.from === range.to) return;
  const cut = middle === range.to ? middle - 1n : middle;
  await compare(run, { ...range, to: cut }, found);
  await compare(run, { ...range, from: cut + 1n }, found);
}

async function countThere({ client, shop }: Run, range: Range): Promise<number> {
  const query = searchOf(range);
  const count =
    range.of === 'orders'
      ? dataOf(await client.run(shop, COUNT_ORDERS, { query })).ordersCount
      : dataOf(await client.run(shop, COUNT_CUSTOMERS, { query })).customersCount;
  if (count?.precision !== 'EXACT') throw new AdminUnavailableError('the store gave no exact count');
  return count.count;
}

async function compareIds(run: Run, range: Range, found: { gone: bigint[]; missing: bigint[] }): Promise<void> {
  const { platform, client, shop } = run;
  const query = searchOf(range);
  const nodes =
    range.of === 'orders'
      ? dataOf(await client.run(shop, ORDER_IDS, { query })).orders.nodes
      : dataOf(await client.run(shop, CUSTOMER_IDS, { query })).customers.nodes;
  const theirs = new Set(nodes.map((node) => gidNumber(node.id)));
  const ours = await platform.db.forShop(shop.id, (tx) => idsHeld(tx, shop.id, { ...range, limit: LEAF }));
  // A search may lag behind; the object itself does not.
  found.gone.push(
    ...(await notThere(
      run,
      range.of === 'orders' ? 'Order' : 'Customer',
      ours.filter((id) => !theirs.has(id)),
    )),
  );
  const known = new Set(ours);
  found.missing.push(...[...theirs].filter((id) => !known.has(id)));
}
