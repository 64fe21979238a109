import type { KeyedShop, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { applyOrders } from './apply-orders.server.ts';
import type { BackfillKind } from './backfill.store.server.ts';
import { BULK_CUSTOMERS, BULK_INVENTORY, BULK_LOCATIONS, BULK_ORDERS, BULK_PRODUCTS } from './backfill.shopify.server.ts';
import { bulkCustomerFacts, bulkLevelFacts, bulkLocationFacts, bulkOrderFacts, bulkProductFacts, type BulkGroup } from './bulk-facts.ts';
import { applyInventoryItems, applyInventoryLevels, applyLocations, applyProducts } from './catalogue.store.server.ts';
import { applyReadCustomers } from './customers.store.server.ts';

export type Source = {
  readonly query: string;
  /** Root objects in a batch. */
  readonly batch: number;
  /** Makes of a batch what `apply` takes: outside of the transaction, while the database writes the batch before. */
  readonly read: (groups: BulkGroup[], shop: ShopRef) => unknown;
  /** Applies a batch under the shop's projection lock; gives how many objects brought something new. */
  readonly apply: (tx: ShopTx, shop: KeyedShop, told: unknown) => Promise<number>;
};

/** Forgets the type between the two steps, so that sources of all kinds fit one table. */
function source<Told>(of: {
  query: string;
  batch: number;
  read: (groups: BulkGroup[], shop: ShopRef) => Told;
  apply: (tx: ShopTx, shop: KeyedShop, told: Told) => Promise<number>;
}): Source {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is told is what this very source read
  return { ...of, apply: (tx, shop, told) => of.apply(tx, shop, told as Told) };
}

/** How each kind of the record is asked for and lands in the first import. */
export const SOURCES: Readonly<Record<BackfillKind, Source>> = {
  locations: source({
    query: BULK_LOCATIONS,
    batch: 250,
    read: (groups) => groups.flatMap(({ root }) => (root.__typename === 'Location' ? [bulkLocationFacts(root)] : [])),
    apply: (tx, shop, locations) => applyLocations(tx, shop.id, locations),
  }),
  products: source({
    query: BULK_PRODUCTS,
    batch: 250,
    read: (groups, shop) =>
      groups.flatMap(({ root, children }) => (root.__typename === 'Product' ? [bulkProductFacts(root, children, shop.currency)] : [])),
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
  inventory: source({
    query: BULK_INVENTORY,
    batch: 500,
    read: (groups) => groups.flatMap(({ root, children }) => (root.__typename === 'InventoryItem' ? bulkLevelFacts(root, children) : [])),
    apply: (tx, shop, levels) => applyInventoryLevels(tx, shop.id, { levels, source: 'backfill' }),
  }),
  customers: source({
    query: BULK_CUSTOMERS,
    batch: 1_000,
    read: (groups) => groups.flatMap(({ root }) => (root.__typename === 'Customer' ? [bulkCustomerFacts(root)] : [])),
    apply: (tx, shop, customers) => applyReadCustomers(tx, { shopId: shop.id, keys: shop.keys }, customers),
  }),
  orders: source({
    query: BULK_ORDERS,
    // Small enough that what a batch holds is gone before the collector of young objects has copied it often.
    batch: 200,
    read: (groups) => groups.flatMap(({ root, children }) => (root.__typename === 'Order' ? [bulkOrderFacts(root, children)] : [])),
    apply: async (tx, shop, orders) => (await applyOrders(tx, shop, orders)).applied,
  }),
};
