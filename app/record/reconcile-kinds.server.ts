import { toGid } from '../core/gid.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { AdminUnavailableError, failureText } from '../shopify/index.server.ts';
import { applyOrderEvents } from './apply-orders.server.ts';
import { BULK_CUSTOMERS, BULK_LOCATIONS, BULK_ORDERS, BULK_PRODUCTS } from './backfill.shopify.server.ts';
import { bulkCustomerFacts, bulkLocationFacts, bulkOrderFacts, bulkProductFacts, type BulkGroup } from './bulk-facts.ts';
import { batchesOf } from './bulk-stream.ts';
import { markForMemberships } from './collections.store.server.ts';
import {
  applyInventoryItems,
  applyInventoryLevels,
  applyLocations,
  applyProducts,
  markInventoryItemsDeleted,
} from './catalogue.store.server.ts';
import { applyReadCustomers } from './customers.store.server.ts';
import { exportOf, type ExportTools } from './export-file.server.ts';
import type { InventoryLevelFacts, OrderFacts } from './facts.ts';
import { projectionLock } from './inbox.store.server.ts';
import { itemOfLine, levelOfLine, refundDetails, withRefunds, type RefundDetail } from './reconcile-lines.ts';
import { BULK_ITEMS_CHANGED, BULK_LEVELS_CHANGED, REFUNDS_IN_FULL } from './reconcile.shopify.server.ts';
import {
  fullRefunds,
  heldLevels,
  heldTransactions,
  heldVersions,
  itemsOfGoneVariants,
  noteMends,
  type Mend,
  type MendWhat,
  type ReconcileKind,
} from './reconcile.store.server.ts';

export type Run = ExportTools & { platform: Platform; shop: ShopRef };
export type Looked = { checked: number; mended: number };
export const NOTHING_LOOKED: Looked = { checked: 0, mended: 0 };
export const plus = (a: Looked, b: Looked): Looked => ({ checked: a.checked + b.checked, mended: a.mended + b.mended });

/** A delivery that is not older than this may still be under way: nobody is blamed for what it would bring. */
const LATE_MS = 2 * 60_000;
/** Refunds that are asked for by one call: fifty lines of each cost about three hundred points, and a call may cost a thousand. */
const REFUNDS_A_CALL = 3;

/** A search filter on the first connection of that name in an export's query; what other arguments it has stay. */
export function filtered(query: string, connection: string, filter: string): string {
  const search = `query: ${JSON.stringify(filter)}`;
  return query.replace(
    new RegExp(`\\b${connection}(\\(([^)]*)\\))? \\{`),
    (...[, , args]: (string | undefined)[]) => `${connection}(${args ? `${args}, ` : ''}${search}) {`,
  );
}
export const since = (from: Date): string => `updated_at:>='${from.toISOString()}'`;

/** One object as the store has it, against the version that the record holds. */
export function judged(
  object: { kind: ReconcileKind; id: bigint; updatedAt: Date; held: Date | undefined; topics: [string, string] },
  now: Date,
): Mend[] {
  const { kind, id, updatedAt, held, topics } = object;
  const isMissing = held === undefined;
  if (!isMissing && held.getTime() >= updatedAt.getTime()) return [];
  const what: MendWhat = isMissing ? 'missing' : 'stale';
  return [{ kind, entityId: id, what, topic: isYoung(updatedAt, now) ? null : topics[isMissing ? 0 : 1] }];
}
export const isYoung = (at: Date, now: Date): boolean => at.getTime() > now.getTime() - LATE_MS;

/** Applies one batch and notes what it mended: both land, or neither. */
export async function land(run: Run, work: (tx: ShopTx) => Promise<Mend[]>): Promise<number> {
  const { platform, shop } = run;
  return platform.db.forShop(shop.id, async (tx) => {
    await projectionLock(tx, shop.id);
    const mends = await work(tx);
    await noteMends(tx, shop.id, { mends, at: platform.clock.now() });
    return mends.length;
  });
}

/** Each batch of whole root objects of an export. */
export async function* groupsOf(run: Run, query: string, size: number): AsyncGenerator<{ groups: BulkGroup[]; at: Date }> {
  const file = await exportOf(run, query);
  const options = { skip: 0n, total: file.total, size };
  for await (const { told } of batchesOf(file.lines, (group) => group, options)) yield { groups: told, at: file.at };
}

async function* factsOf<Facts>(run: Run, query: string, parse: (line: string) => Facts | null): AsyncGenerator<Facts[]> {
  const file = await exportOf(run, query);
  let batch: Facts[] = [];
  for await (const lines of file.lines) {
    batch.push(...lines.map(parse).filter((facts) => facts !== null));
    if (batch.length < 500) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Places: all of them, for they cannot be searched by their last change. Gives which ids the store has. */
export async function lookAtLocations(run: Run): Promise<Looked & { ids: bigint[] }> {
  const { platform, shop } = run;
  const total = { checked: 0, mended: 0, ids: [] as bigint[] };
  for await (const { groups } of groupsOf(run, BULK_LOCATIONS, 250)) {
    const facts = groups.flatMap(({ root }) => (root.__typename === 'Location' ? [bulkLocationFacts(root)] : []));
    const ids = facts.map((location) => location.id);
    total.checked += facts.length;
    total.ids.push(...ids);
    total.mended += await land(run, async (tx) => {
      const held = await heldVersions(tx, shop.id, { kind: 'locations', ids });
      await applyLocations(tx, shop.id, facts);
      return facts.flatMap(({ id, updatedAt }) =>
        judged(
          { kind: 'locations', id, updatedAt, held: held.get(id), topics: ['locations/create', 'locations/update'] },
          platform.clock.now(),
        ),
      );
    });
  }
  return total;
}

export async function lookAtItems(run: Run, from: Date): Promise<Looked> {
  const { platform, shop } = run;
  let total = NOTHING_LOOKED;
  for await (const items of factsOf(run, filtered(BULK_ITEMS_CHANGED, 'inventoryItems', since(from)), itemOfLine)) {
    const mended = await land(run, async (tx) => {
      const held = await heldVersions(tx, shop.id, { kind: 'items', ids: items.map((item) => item.id) });
      await applyInventoryItems(tx, shop.id, items);
      return items.flatMap(({ id, updatedAt }) =>
        judged(
          { kind: 'items', id, updatedAt, held: held.get(id), topics: ['inventory_items/create', 'inventory_items/update'] },
          platform.clock.now(),
        ),
      );
    });
    total = plus(total, { checked: items.length, mended });
  }
  return total;
}

export async function lookAtProducts(run: Run, from: Date): Promise<Looked> {
  const { platform, shop } = run;
  let total = NOTHING_LOOKED;
  for await (const { groups, at } of groupsOf(run, filtered(BULK_PRODUCTS, 'products', since(from)), 250)) {
    const parsed = groups.flatMap(({ root, children }) =>
      root.__typename === 'Product' ? [bulkProductFacts(root, children, shop.currency)] : [],
    );
    const products = parsed.map(({ product }) => product);
    const ids = products.map((product) => product.id);
    const mended = await land(run, async (tx) => {
      const held = await heldVersions(tx, shop.id, { kind: 'products', ids });
      await applyProducts(tx, shop.id, products);
      await applyInventoryItems(
        tx,
        shop.id,
        parsed.flatMap(({ items }) => items),
      );
      const gone = await itemsOfGoneVariants(tx, shop.id, ids);
      await markInventoryItemsDeleted(
        tx,
        shop.id,
        gone.map((id) => ({ id, at })),
      );
      const mends = products.flatMap(({ id, updatedAt }) =>
        judged(
          { kind: 'products', id, updatedAt, held: held.get(id), topics: ['products/create', 'products/update'] },
          platform.clock.now(),
        ),
      );
      await markForMemberships(
        tx,
        shop.id,
        mends.map(({ entityId }) => entityId),
      );
      return mends;
    });
    total = plus(total, { checked: products.length, mended });
  }
  return total;
}

/** Levels of stock. Only the present one can be asked for: what a lost event said in between is lost to the history. */
export async function lookAtLevels(run: Run, from: Date): Promise<Looked> {
  const { platform, shop } = run;
  let total = NOTHING_LOOKED;
  for await (const levels of factsOf(run, filtered(BULK_LEVELS_CHANGED, 'inventoryLevels', since(from)), levelOfLine)) {
    const mended = await land(run, async (tx) => {
      const held = await heldLevels(tx, shop.id, levels);
      // What the record has is no second sight of it: the history keeps the level as it came first.
      const newer = levels.filter((level) => isNewer(level, held));
      await applyInventoryLevels(tx, shop.id, { levels: newer, source: 'reconcile' });
      return newer.flatMap((level) =>
        judged(
          {
            kind: 'inventory',
            id: level.inventoryItemId,
            updatedAt: level.updatedAt,
            held: held.get(`${level.inventoryItemId}/${level.locationId}`),
            topics: ['inventory_levels/connect', 'inventory_levels/update'],
          },
          platform.clock.now(),
        ),
      );
    });
    total = plus(total, { checked: levels.length, mended });
  }
  return total;
}
const isNewer = (level: InventoryLevelFacts, held: ReadonlyMap<string, Date>): boolean =>
  (held.get(`${level.inventoryItemId}/${level.locationId}`)?.getTime() ?? 0) < level.updatedAt.getTime();

export const byIds = (ids: readonly bigint[]): string => ids.map((id) => `id:${id}`).join(' OR ');

export async function lookAtCustomers(run: Run, of: { from: Date } | { ids: bigint[] }): Promise<Looked> {
  const { platform, shop } = run;
  let total = NOTHING_LOOKED;
  const filter = 'from' in of ? since(of.from) : byIds(of.ids);
  for await (const { groups } of groupsOf(run, filtered(BULK_CUSTOMERS, 'customers', filter), 1_000)) {
    const facts = groups.flatMap(({ root }) => (root.__typename === 'Customer' ? [bulkCustomerFacts(root)] : []));
    const mended = await land(run, async (tx) => {
      const held = await heldVersions(tx, shop.id, { kind: 'customers', ids: facts.map((customer) => customer.id) });
      // Tags and consents that no webhook of the same version carries are taken too; nothing was missed there.
      await applyReadCustomers(tx, { shopId: shop.id, keys: platform.env.keys }, facts);
      return facts.flatMap(({ id, updatedAt }) =>
        judged(
          { kind: 'customers', id, updatedAt, held: held.get(id), topics: ['customers/create', 'customers/update'] },
          platform.clock.now(),
        ),
      );
    });
    total = plus(total, { checked: facts.length, mended });
  }
  return total;
}

export async function lookAtOrders(run: Run, of: { from: Date } | { ids: bigint[] }): Promise<Looked> {
  const { shop } = run;
  let total = NOTHING_LOOKED;
  const filter = 'from' in of ? since(of.from) : byIds(of.ids);
  for await (const { groups, at } of groupsOf(run, filtered(BULK_ORDERS, 'orders', filter), 500)) {
    const read = groups.flatMap(({ root, children }) => (root.__typename === 'Order' ? [bulkOrderFacts(root, children)] : []));
    const orders = await refundsInFull(run, read);
    const mended = await land(run, async (tx) => {
      const ids = orders.map((order) => order.id);
      const held = await heldVersions(tx, shop.id, { kind: 'orders', ids });
      const before = await heldTransactions(tx, shop.id, ids);
      await applyOrderEvents(
        tx,
        shop,
        orders.map((facts) => ({ kind: 'version', orderId: facts.id, facts, triggeredAt: at })),
      );
      return orders.flatMap((order) => judgedOrder(run, order, { held: held.get(order.id), transactions: before.get(order.id) ?? 0 }));
    });
    total = plus(total, { checked: orders.length, mended });
  }
  return total;
}

function judgedOrder({ platform }: Run, order: OrderFacts, before: { held: Date | undefined; transactions: number }): Mend[] {
  const now = platform.clock.now();
  const { id, updatedAt } = order;
  const mends = judged({ kind: 'orders', id, updatedAt, held: before.held, topics: ['orders/create', 'orders/updated'] }, now);
  // The order's own webhooks hold no transactions: they come by a topic of theirs.
  if (mends.length > 0 || order.transactions.length <= before.transactions) return mends;
  return [{ kind: 'orders', entityId: id, what: 'stale', topic: isYoung(updatedAt, now) ? null : 'order_transactions/create' }];
}

/** Asks for the refunds of which the record holds no more than the sales. */
async function refundsInFull(run: Run, orders: OrderFacts[]): Promise<OrderFacts[]> {
  const { platform, shop, client } = run;
  const refunded = orders.filter((order) => order.refunds.some((refund) => refund.lines.length > 0));
  if (refunded.length === 0) return orders;
  const full = await platform.db.forShop(shop.id, (tx) =>
    fullRefunds(
      tx,
      shop.id,
      refunded.map((order) => order.id),
    ),
  );
  const wanted = refunded.flatMap((order) =>
    order.refunds.filter((refund) => refund.lines.length > 0 && !full.has(refund.id)).map((refund) => toGid('Refund', refund.id)),
  );
  const details = new Map<bigint, RefundDetail>();
  for (let at = 0; at < wanted.length; at += REFUNDS_A_CALL) {
    const outcome = await client.run(shop, REFUNDS_IN_FULL, { ids: wanted.slice(at, at + REFUNDS_A_CALL) });
    if (outcome.kind !== 'ok') throw new AdminUnavailableError(failureText(outcome));
    for (const [id, detail] of refundDetails(outcome.data.nodes)) details.set(id, detail);
  }
  return orders.map((order) => withRefunds(order, details));
}
