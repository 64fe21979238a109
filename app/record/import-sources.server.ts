import type { KeyedShop, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { applyPrepared, prepareNewOrders, versionsOf } from './apply-orders.server.ts';
import { backfillSteps, type BackfillKind } from './backfill.store.server.ts';
import { BULK_CUSTOMERS, BULK_INVENTORY, BULK_LOCATIONS, BULK_ORDERS, BULK_PRODUCTS } from './backfill.shopify.server.ts';
import {
  bulkCollectionFacts,
  bulkCustomerFacts,
  bulkLevelFacts,
  bulkLocationFacts,
  bulkOrderFacts,
  bulkProductFacts,
  type BulkGroup,
} from './bulk-facts.ts';
import { applyInventoryItems, applyInventoryLevels, applyLocations, applyProducts } from './catalogue.store.server.ts';
import { applyCollections } from './collections.store.server.ts';
import { BULK_COLLECTIONS } from './collections.shopify.server.ts';
import { markWhole } from './dirty.store.server.ts';
import { applyReadCustomers } from './customers.store.server.ts';
import { COLLECTIONS_A_BATCH } from './reconcile-collections.server.ts';

export type Source = {
  readonly query: string;
  /** Root objects in a batch. */
  readonly batch: number;
  /** Makes of an object what its batch holds of it; null: an object of another kind. */
  readonly read: (group: BulkGroup, shop: ShopRef) => unknown;
  /** Makes of a batch what `apply` takes: as `read`, outside of the transaction, while the database writes the batch before. */
  readonly gather: (told: readonly unknown[], shop: ShopRef) => unknown;
  /** Applies a batch under the shop's projection lock; gives how many objects brought something new. */
  readonly apply: (tx: ShopTx, shop: KeyedShop, batch: unknown) => Promise<number>;
  /** What is left for the end: in the transaction that notes that all of it has landed. */
  readonly finish?: (tx: ShopTx, shop: ShopRef) => Promise<void>;
};

type Steps<Told, Batch> = {
  query: string;
  batch: number;
  read: (group: BulkGroup, shop: ShopRef) => Told | null;
  gather: (told: readonly Told[], shop: ShopRef) => Batch;
  apply: (tx: ShopTx, shop: KeyedShop, batch: Batch) => Promise<number>;
  finish?: (tx: ShopTx, shop: ShopRef) => Promise<void>;
};

/** Forgets the types between the steps, so that sources of all kinds fit one table. */
function gathering<Told, Batch>(of: Steps<Told, Batch>): Source {
  return {
    ...of,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is told is what this very source read
    gather: (told, shop) => of.gather(told.filter((one) => one !== null) as Told[], shop),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- and what is applied, what it gathered
    apply: (tx, shop, batch) => of.apply(tx, shop, batch as Batch),
  };
}

/** A source whose objects are applied as they were read. */
const source = <Told>(of: Omit<Steps<Told, readonly Told[]>, 'gather'>): Source => gathering({ ...of, gather: (told) => told });

const CLOCKS_DIFFER_MS = 5 * 60_000;

/** How each kind of the record is asked for and lands in the first import. */
export const SOURCES: Readonly<Record<BackfillKind, Source>> = {
  locations: source({
    query: BULK_LOCATIONS,
    batch: 250,
    read: ({ root }) => (root.__typename === 'Location' ? bulkLocationFacts(root) : null),
    apply: (tx, shop, locations) => applyLocations(tx, shop.id, locations),
  }),
  products: source({
    query: BULK_PRODUCTS,
    batch: 250,
    read: ({ root, children }, shop) => (root.__typename === 'Product' ? bulkProductFacts(root, children, shop.currency) : null),
    apply: async (tx, shop, told) => {
      const products = await applyProducts(
        tx,
        shop.id,
        told.map((entry) => entry.product),
      );
      const items = await applyInventoryItems(
        tx,
        shop.id,
        told.flatMap((entry) => entry.items),
      );
      return products + items;
    },
  }),
  collections: source({
    query: BULK_COLLECTIONS,
    batch: COLLECTIONS_A_BATCH,
    read: ({ root, children }) => (root.__typename === 'Collection' ? bulkCollectionFacts(root, children) : null),
    apply: async (tx, shop, collections) => {
      const step = (await backfillSteps(tx, shop.id)).find(({ kind }) => kind === 'collections');
      // The step's time is of our clock, every other reading's of the store's: it must not pass for a later one.
      const at = new Date((step?.startedAt?.getTime() ?? 0) - CLOCKS_DIFFER_MS);
      return (await applyCollections(tx, shop.id, { collections, at })).size;
    },
  }),
  inventory: source({
    query: BULK_INVENTORY,
    batch: 500,
    read: ({ root, children }) => (root.__typename === 'InventoryItem' ? bulkLevelFacts(root, children) : null),
    apply: (tx, shop, levels) => applyInventoryLevels(tx, shop.id, { levels: levels.flat(), source: 'backfill' }),
  }),
  customers: source({
    query: BULK_CUSTOMERS,
    batch: 1_000,
    read: ({ root }) => (root.__typename === 'Customer' ? bulkCustomerFacts(root) : null),
    apply: (tx, shop, customers) => applyReadCustomers(tx, { shopId: shop.id, keys: shop.keys }, customers),
  }),
  orders: gathering({
    query: BULK_ORDERS,
    // Large enough that a statement's own cost is little beside its rows', small enough for the memory of the slow lane.
    batch: 400,
    read: ({ root, children }) => (root.__typename === 'Order' ? bulkOrderFacts(root, children) : null),
    // Nobody is to look at customers and variants before the history is in, and then at all of them.
    gather: (orders, shop) => prepareNewOrders(shop, versionsOf(orders), { unmarked: true }),
    apply: async (tx, shop, prepared) => (await applyPrepared(tx, shop, prepared)).applied,
    finish: (tx, shop) => markWhole(tx, shop.id),
  }),
};
