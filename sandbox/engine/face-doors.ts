import type { FaceCustomer, FaceDoors, FaceList, FaceOrder, FaceOrderRow, FaceProduct, FaceQuery } from '../face/index.ts';
import { parseMinor, toDecimal } from '../../app/core/money.ts';
import { listAt, nodeAt, numberAt, tail, text, type Node, type OrderGroup } from './node.ts';
import type { Store } from './store.ts';

const shopAmount = (node: Node | undefined, field: string): string => text(nodeAt(nodeAt(node, field), 'shopMoney'), 'amount');
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
const page = <Row>(rows: readonly Row[], query: FaceQuery): Row[] => rows.slice(query.from, query.from + query.limit);
const has = (search: string, ...fields: (string | null)[]): boolean =>
  search === '' || fields.some((field) => field?.toLowerCase().includes(search.toLowerCase()));

function orderRow(group: OrderGroup, store: Store): FaceOrderRow {
  const { order } = group;
  const customer = store.customers.get(text(nodeAt(order, 'customer'), 'id'));
  return {
    number: tail(text(order, 'id')),
    name: text(order, 'name'),
    processedAt: text(order, 'processedAt'),
    customer: text(customer, 'displayName') || null,
    total: shopAmount(order, 'totalPriceSet'),
    financialStatus: text(order, 'displayFinancialStatus') || null,
    fulfilmentStatus: text(order, 'displayFulfillmentStatus') || null,
    items: group.lines.reduce((sum, line) => sum + numberAt(line, 'quantity'), 0),
    tags: texts(order['tags']),
  };
}

function fullOrder(group: OrderGroup, store: Store): FaceOrder {
  const { order } = group;
  return {
    ...orderRow(group, store),
    id: text(order, 'id'),
    cancelledAt: text(order, 'cancelledAt') || null,
    discount: shopAmount(order, 'totalDiscountsSet'),
    discountCodes: texts(order['discountCodes']),
    lines: group.lines.map((line) => ({
      id: text(line, 'id'),
      title: text(line, 'title'),
      sku: text(line, 'sku') || null,
      quantity: numberAt(line, 'quantity'),
      left: numberAt(line, 'currentQuantity'),
      price: shopAmount(line, 'originalUnitPriceSet'),
    })),
  };
}

function productRow(product: Node, store: Store): FaceProduct {
  return {
    id: text(product, 'id'),
    title: text(product, 'title'),
    vendor: text(product, 'vendor') || null,
    variants: (store.variantsOf.get(text(product, 'id')) ?? []).map((variant) => ({
      id: text(variant, 'id'),
      title: text(variant, 'title'),
      sku: text(variant, 'sku') || null,
      price: text(variant, 'price'),
      available: store.available(text(nodeAt(variant, 'inventoryItem'), 'id')),
      sellsWithoutStock: text(variant, 'inventoryPolicy') !== 'DENY',
    })),
  };
}

/** What the sandbox's own pages show, read from the stores' state. */
export function faceDoors(stores: ReadonlyMap<string, Store>, { appUrl, mails }: Pick<FaceDoors, 'appUrl' | 'mails'>): FaceDoors {
  const storeOf = (domain: string): Store => {
    const store = stores.get(domain);
    if (!store) throw new Error('the sandbox has no such shop');
    return store;
  };
  return {
    appUrl,
    mails,
    shops: () =>
      [...stores.values()].map((store) => ({
        domain: store.domain,
        title: text(store.shop, 'name'),
        currency: store.currency,
        timezone: text(store.shop, 'ianaTimezone'),
        madeUp: texts(nodeAt(store.shop, 'sandbox')?.['madeUp']),
        source: text(nodeAt(store.shop, 'sandbox'), 'source'),
      })),
    flows: () =>
      [...stores.values()]
        .flatMap((store) => store.flows.map(({ at, handle, payload }) => ({ shop: store.domain, at, handle, payload })))
        .toReversed(),
    orders(shop, query): FaceList<FaceOrderRow> {
      const store = storeOf(shop);
      const entries = store
        .orderEntries()
        .filter((entry) => has(query.search, entry.name))
        .toSorted((a, b) => Date.parse(b.processedAt) - Date.parse(a.processedAt));
      const groups = page(entries, query).flatMap((entry) => store.order(entry.id) ?? []);
      return { rows: groups.map((group) => orderRow(group, store)), total: entries.length };
    },
    order(shop, number): FaceOrder | undefined {
      const store = storeOf(shop);
      const group = store.order(`gid://shopify/Order/${number}`);
      return group && fullOrder(group, store);
    },
    products(shop, query): FaceList<FaceProduct> {
      const store = storeOf(shop);
      const found = [...store.products.values()].filter((product) =>
        has(query.search, text(product, 'title'), text(store.variantsOf.get(text(product, 'id'))?.[0], 'sku')),
      );
      const sold = query.onSale
        ? found.filter((product) => parseMinor(text(store.variantsOf.get(text(product, 'id'))?.[0], 'price') || '0', store.currency) > 0n)
        : found;
      return { rows: page(sold, query).map((product) => productRow(product, store)), total: sold.length };
    },
    collections(shop, query) {
      const store = storeOf(shop);
      const found = [...store.collections.values()].filter((one) => has(query.search, text(one, 'title')));
      const rows = page(found, query).map((one) => ({
        id: text(one, 'id'),
        title: text(one, 'title'),
        products: store.productsIn(text(one, 'id')).length,
      }));
      return { rows, total: found.length };
    },
    customers(shop, query): FaceList<FaceCustomer> {
      const store = storeOf(shop);
      const found = [...store.customers.values()].filter((customer) =>
        has(query.search, text(customer, 'displayName'), text(customer, 'email')),
      );
      const shown = new Set(page(found, query).map((customer) => text(customer, 'id')));
      const sums = new Map<string, { orders: number; spent: bigint }>();
      for (const entry of store.orderEntries()) {
        if (!entry.customerId || !shown.has(entry.customerId)) continue;
        const group = store.order(entry.id);
        if (!group) continue;
        const sum = sums.get(entry.customerId) ?? { orders: 0, spent: 0n };
        const back = listAt(group.order, 'refunds').reduce(
          (total, refund) => total + parseMinor(shopAmount(refund, 'totalRefundedSet') || '0', store.currency),
          0n,
        );
        sums.set(entry.customerId, {
          orders: sum.orders + 1,
          spent: sum.spent + parseMinor(shopAmount(group.order, 'totalPriceSet'), store.currency) - back,
        });
      }
      return {
        rows: page(found, query).map((customer) => {
          const sum = sums.get(text(customer, 'id')) ?? { orders: 0, spent: 0n };
          return {
            id: text(customer, 'id'),
            name: text(customer, 'displayName'),
            email: text(customer, 'email') || null,
            orders: sum.orders,
            spent: toDecimal(sum.spent, store.currency),
          };
        }),
        total: found.length,
      };
    },
  };
}
