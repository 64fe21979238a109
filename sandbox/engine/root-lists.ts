import { automaticNode } from './automatic-fields.ts';
import { itemNode, levelNode, orderNode, refundNode } from './fields.ts';
import { listAt, NotImplementedError, text, type Node, type OrderGroup } from './node.ts';
import type { OrderSummary, Store } from './store.ts';

type Asking = { store: Store; scopes: readonly string[]; now: () => Date };

const SIXTY_DAYS_MS = 60 * 86_400_000;

/** Without `read_all_orders` a token sees the orders of the last 60 days. */
export function seesOrder(asking: Asking, order: { createdAt: string }): boolean {
  return asking.scopes.includes('read_all_orders') || Date.parse(order.createdAt) >= asking.now().getTime() - SIXTY_DAYS_MS;
}

/** Every order that the token may see, in short: enough to search and sort by. */
export function orderSummaries(asking: Asking): OrderSummary[] {
  const all = asking.store.orderEntries();
  return asking.scopes.includes('read_all_orders') ? all : all.filter((entry) => seesOrder(asking, entry));
}

/** An order in full; null when it is not there or not to be seen. */
export function wholeOrder(asking: Asking, id: string): Node | null {
  const group = asking.store.order(id);
  return group && seesOrder(asking, { createdAt: text(group.order, 'createdAt') }) ? orderNode(group) : null;
}

const LISTS: Readonly<Record<string, (store: Store) => Iterable<Node>>> = {
  customers: (store) => store.customers.values(),
  products: (store) => store.products.values(),
  productVariants: (store) => store.variants.values(),
  locations: (store) => store.locations.values(),
  segments: (store) => store.segments.values(),
  collections: (store) => store.collections.values(),
  inventoryItems: (store) => [...store.variantOfItem.keys()].map((id) => itemNode(id, store)).filter((item) => item !== null),
};

/** The objects of a root list other than orders. @throws NotImplementedError */
export function listOf(store: Store, name: string): Iterable<Node> {
  const list = LISTS[name];
  if (!list) throw new NotImplementedError(`QueryRoot.${name}`);
  return list(store);
}

/** Which order a refund is of; the history is read through once, at the first question. */
const ordersOfRefunds = new WeakMap<Store, Map<string, string>>();
function refundOf(asking: Asking, id: string): Node | null {
  const { store } = asking;
  const holds = (group: OrderGroup): boolean => listAt(group.order, 'refunds').some((refund) => refund['id'] === id);
  let orderId = [...store.changed].find(([, group]) => holds(group))?.[0];
  if (orderId === undefined) {
    const known = ordersOfRefunds.get(store) ?? new Map<string, string>();
    if (!ordersOfRefunds.has(store)) {
      ordersOfRefunds.set(store, known);
      for (const entry of store.history.entries.keys()) {
        for (const refund of listAt(store.history.read(entry)?.order ?? {}, 'refunds')) known.set(text(refund, 'id'), entry);
      }
    }
    orderId = known.get(id);
  }
  const group = orderId === undefined ? undefined : store.order(orderId);
  return group && wholeOrder(asking, orderId ?? '') ? refundNode(group, id) : null;
}

const NODES: Readonly<Record<string, (asking: Asking, id: string) => Node | null | undefined>> = {
  Order: wholeOrder,
  Refund: refundOf,
  Customer: ({ store }, id) => store.customers.get(id),
  Product: ({ store }, id) => store.products.get(id),
  Collection: ({ store }, id) => store.collections.get(id),
  ProductVariant: ({ store }, id) => store.variants.get(id),
  Location: ({ store }, id) => store.locations.get(id),
  InventoryItem: ({ store }, id) => itemNode(id, store),
  InventoryLevel: ({ store }, id) => {
    const [, location, item] = /^gid:\/\/shopify\/InventoryLevel\/(\d+)\?inventory_item_id=(\d+)$/.exec(id) ?? [];
    const level = store.levels.get(`gid://shopify/InventoryItem/${item}/gid://shopify/Location/${location}`);
    return level && levelNode(level, store);
  },
  DiscountAutomaticNode: ({ store }, id) => {
    const discount = store.automatic.get(id);
    return discount && automaticNode(discount);
  },
  Shop: ({ store }, id) => (store.shop['id'] === id ? store.shop : null),
};

/** Any object by its gid; null where there is none. @throws NotImplementedError for a type that the sandbox does not hold. */
export function nodeById(asking: Asking, id: string): Node | null {
  const type = /^gid:\/\/shopify\/([A-Za-z]+)\//.exec(id)?.[1] ?? '';
  const read = NODES[type];
  if (!read) throw new NotImplementedError(`QueryRoot.node of ${type || id}`);
  return read(asking, id) ?? null;
}
