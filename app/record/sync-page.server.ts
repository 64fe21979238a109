import type { ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { zonesOf } from '../shopify/index.server.ts';
import { backfillSteps } from './backfill.store.server.ts';
import {
  latestRuns,
  RECONCILE_KINDS,
  reconcileMarks,
  type MendWhat,
  type ReconcileKind,
  type ReconcileRun,
} from './reconcile.store.server.ts';

/** Topics whose loss reconciliation can notice, by the kind that notices it. */
const TOPICS: Readonly<Record<ReconcileKind, readonly string[]>> = {
  orders: [
    'orders/create',
    'orders/updated',
    'orders/paid',
    'orders/edited',
    'orders/cancelled',
    'orders/fulfilled',
    'orders/delete',
    'refunds/create',
    'fulfillments/create',
    'order_transactions/create',
  ],
  customers: [
    'customers/create',
    'customers/update',
    'customers/delete',
    'customer.tags_added',
    'customer.tags_removed',
    'customers_email_marketing_consent/update',
    'customers_marketing_consent/update',
  ],
  products: ['products/create', 'products/update', 'products/delete'],
  collections: ['collections/create', 'collections/update', 'collections/delete'],
  inventory: ['inventory_levels/update', 'inventory_levels/connect'],
  items: ['inventory_items/create', 'inventory_items/update'],
  locations: ['locations/create', 'locations/update', 'locations/delete'],
};
const WEEK_MS = 7 * 86_400_000;
/** A run that has said nothing for so long was killed; the next one closes it. */
const LOST_MS = 30 * 60_000;

export type TopicState = {
  topic: string;
  kind: ReconcileKind;
  /** null: none within the retention of deliveries. */
  lastAt: Date | null;
  /** Objects that reconciliation found and this topic should have brought, in all. */
  missed: bigint;
  lastMissedAt: Date | null;
  /** Something was missed within the last seven days. */
  unwell: boolean;
};
/** `to`: the page of the object in the admin, where it has one. `label`: null where the record has no name for it, or it is a person. */
export type MendedObject = {
  id: bigint;
  kind: string;
  entityId: bigint;
  what: MendWhat;
  at: Date;
  label: string | null;
  to: string | null;
};

/** How well the record is in step with the store: runs, kinds, topics and what was mended last. */
export async function syncPage(scope: ShopScope) {
  const { shop, clock, db } = scope;
  const now = clock.now();
  return db.forShop(shop.id, async (tx) => {
    const steps = await backfillSteps(tx, shop.id);
    const runs = await latestRuns(tx, shop.id, 10);
    const [latest] = runs;
    const isRunning = latest !== undefined && latest.finishedAt === null && now.getTime() - latest.startedAt.getTime() < LOST_MS;
    const marks = await reconcileMarks(tx, shop.id);
    const { timezone, nextTimezone } = await zonesOf(tx, shop.id);
    return {
      now,
      /** Kinds whose first import has ended, so that they are compared. */
      imported: steps.filter((step) => step.status === 'done').length === steps.length && steps.length > 0,
      running: isRunning ? progressOf(latest) : null,
      runs: runs.filter((run) => run.finishedAt !== null),
      kinds: RECONCILE_KINDS.toReversed().flatMap((kind) => marks.find((mark) => mark.kind === kind) ?? []),
      topics: await topicStates(tx, shop.id, now),
      mends: await mendedObjects(tx, shop.id),
      /** The zone that the days are in and the one that they are being moved to; null while they stay. */
      movingDays: nextTimezone === null ? null : { from: timezone, to: nextTimezone },
    };
  });
}

function progressOf(run: ReconcileRun): { kind: string | null; done: number; of: number; startedAt: Date } {
  return { kind: run.currentKind, done: run.kinds.length, of: RECONCILE_KINDS.length, startedAt: run.startedAt };
}

async function topicStates(tx: ShopTx, shopId: number, now: Date): Promise<TopicState[]> {
  const names = RECONCILE_KINDS.toReversed().flatMap((kind) => TOPICS[kind].map((topic) => ({ kind, topic })));
  const came = await tx.sql.rows<{ topic: string; at: Date | null }>(
    {
      text: `SELECT t.topic, (SELECT e.received_at FROM inbox_events e WHERE e.shop_id = $1 AND e.topic = t.topic
          ORDER BY e.received_at DESC LIMIT 1) AS at
        FROM unnest($2::text[]) AS t(topic)`,
    },
    [shopId, names.map(({ topic }) => topic)],
  );
  const last = new Map(came.map((row) => [row.topic, row.at]));
  const missed = new Map((await tx.missedTopic.findMany({ where: { shopId } })).map((row) => [row.topic, row]));
  return names.map(({ kind, topic }) => {
    const lastMissedAt = missed.get(topic)?.lastMissedAt ?? null;
    return {
      kind,
      topic,
      lastAt: last.get(topic) ?? null,
      missed: missed.get(topic)?.missed ?? 0n,
      lastMissedAt,
      unwell: lastMissedAt !== null && now.getTime() - lastMissedAt.getTime() < WEEK_MS,
    };
  });
}

type Named = ReadonlyMap<bigint, { label: string | null; to: string | null }>;

async function mendedObjects(tx: ShopTx, shopId: number): Promise<MendedObject[]> {
  const rows = await tx.reconcileMend.findMany({ where: { shopId }, orderBy: { id: 'desc' }, take: 20 });
  const idsOf = (kind: ReconcileKind): bigint[] => rows.filter((row) => row.kind === kind).map((row) => row.entityId);
  const names: Readonly<Record<ReconcileKind, Named>> = {
    orders: new Map(
      (await tx.order.findMany({ where: { shopId, id: { in: idsOf('orders') } }, select: { id: true, name: true } })).map((order) => [
        order.id,
        { label: order.name === '' ? null : order.name, to: `/app/orders/${order.id}` },
      ]),
    ),
    customers: new Map(idsOf('customers').map((id) => [id, { label: null, to: `/app/customers/${id}` }])),
    products: await variantNames(tx, shopId, { productIds: idsOf('products') }),
    collections: new Map(
      (await tx.collection.findMany({ where: { shopId, id: { in: idsOf('collections') } }, select: { id: true, title: true } })).map(
        (one) => [one.id, { label: one.title === '' ? null : one.title, to: null }],
      ),
    ),
    items: await variantNames(tx, shopId, { itemIds: idsOf('items') }),
    inventory: await variantNames(tx, shopId, { itemIds: idsOf('inventory') }),
    locations: new Map(
      (await tx.location.findMany({ where: { shopId, id: { in: idsOf('locations') } }, select: { id: true, name: true } })).map((place) => [
        place.id,
        { label: place.name === '' ? null : place.name, to: null },
      ]),
    ),
  };
  const kindOf = (kind: string): ReconcileKind | undefined => RECONCILE_KINDS.find((known) => known === kind);
  return rows.map(({ shopId: _shop, ...row }) => {
    const kind = kindOf(row.kind);
    const named = kind && names[kind].get(row.entityId);
    return { ...row, what: whatOf(row.what), label: named?.label ?? null, to: row.what === 'deleted' ? null : (named?.to ?? null) };
  });
}

const whatOf = (what: string): MendWhat => (what === 'missing' || what === 'deleted' ? what : 'stale');

async function variantNames(tx: ShopTx, shopId: number, of: { productIds: bigint[] } | { itemIds: bigint[] }): Promise<Named> {
  const isProduct = 'productIds' in of;
  const rows = await tx.sql.rows<{ key: bigint; variant: bigint; title: string; sku: string | null }>(
    {
      text: `SELECT DISTINCT ON (1) ${isProduct ? 'v.product_id' : 'v.inventory_item_id'} AS key, v.id AS variant, p.title, v.sku
        FROM variants v JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id
        WHERE v.shop_id = $1 AND ${isProduct ? 'v.product_id' : 'v.inventory_item_id'} = ANY($2::bigint[]) ORDER BY 1, v.position`,
    },
    [shopId, isProduct ? of.productIds : of.itemIds],
  );
  return new Map(
    rows.map((row) => [
      row.key,
      { label: isProduct || !row.sku ? row.title : `${row.title} (${row.sku})`, to: `/app/inventory/${row.variant}` },
    ]),
  );
}
