import type { KeyedShop } from '../platform/context.server.ts';
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
  /** Applies a batch under the shop's projection lock; gives how many objects brought something new. */
  readonly apply: (tx: ShopTx, shop: KeyedShop, groups: BulkGroup[]) => Promise<number>;
};

/** How each kind of the record is asked for and lands; the first import and reconciliation share it. */
export const SOURCES: Readonly<Record<BackfillKind, Source>> = {
  locations: {
    query: BULK_LOCATIONS,
    batch: 250,
    apply: (tx, shop, groups) =>
      applyLocations(
        tx,
        shop.id,
        groups.flatMap(({ root }) => (root.__typename === 'Location' ? [bulkLocationFacts(root)] : [])),
      ),
  },
  products: {
    query: BULK_PRODUCTS,
    batch: 250,
    apply: async (tx, shop, groups) => {
      const parsed = groups.flatMap(({ root, children }) =>
        root.__typename === 'Product' ? [bulkProductFacts(root, children, shop.currency)] : [],
      );
      const products = await applyProducts(
        tx,
        shop.id,
        parsed.map((entry) => entry.product),
      );
      const items = await applyInventoryItems(
        tx,
        shop.id,
        parsed.flatMap((entry) => entry.items),
      );
      return products + items;
    },
  },
  inventory: {
    query: BULK_INVENTORY,
    batch: 500,
    apply: (tx, shop, groups) => {
      const levels = groups.flatMap(({ root, children }) => (root.__typename === 'InventoryItem' ? bulkLevelFacts(root, children) : []));
      return applyInventoryLevels(tx, shop.id, { levels, source: 'backfill' });
    },
  },
  customers: {
    query: BULK_CUSTOMERS,
    batch: 1_000,
    apply: (tx, shop, groups) =>
      applyReadCustomers(
        tx,
        { shopId: shop.id, keys: shop.keys },
        groups.flatMap(({ root }) => (root.__typename === 'Customer' ? [bulkCustomerFacts(root)] : [])),
      ),
  },
  orders: {
    query: BULK_ORDERS,
    batch: 1_000,
    apply: async (tx, shop, groups) => {
      const { applied } = await applyOrders(
        tx,
        shop,
        groups.flatMap(({ root, children }) => (root.__typename === 'Order' ? [bulkOrderFacts(root, children)] : [])),
      );
      return applied;
    },
  },
};
