import { nextVersion, seconds } from './clock.ts';
import { nodeAt, tail, text, type Node } from './node.ts';
import type { OrderMaker } from './order-maker.ts';
import { refuse, type Done, type Refused } from './outcome.ts';
import * as rest from './rest.ts';
import type { Store } from './store.ts';

type Topic = { topic: string; body: rest.Rest };
type Tools = { store: Store; maker: OrderMaker; send: (topics: Topic[]) => void; now: () => Date };

const DONE: Done = { kind: 'done' };

/** What a merchant does to goods, places and customers; each change makes a later version and sends Shopify's topics. */
export class MerchantChanges {
  readonly #store: Store;
  readonly #maker: OrderMaker;
  readonly #send: Tools['send'];
  readonly #now: () => Date;

  constructor(tools: Tools) {
    this.#store = tools.store;
    this.#maker = tools.maker;
    this.#send = tools.send;
    this.#now = tools.now;
  }

  #later(node: Node, changes: Node): Node {
    return { ...node, ...changes, id: node['id'], updatedAt: nextVersion(text(node, 'updatedAt'), this.#now()) };
  }

  updateCustomer(input: { id: string; changes: Node }): Done | Refused {
    const customer = this.#store.customers.get(input.id);
    if (!customer) return refuse('CUSTOMER_NOT_FOUND', 'There is no such customer.');
    const after = this.#later(customer, input.changes);
    this.#store.put({ t: 'customer', v: after });
    this.#send([
      { topic: 'customers/update', body: rest.customerBody(after) },
      ...rest.tagTopics(customer, after, text(after, 'updatedAt')),
      ...rest.consentTopics(customer, after),
    ]);
    return DONE;
  }

  /** As in Shopify, a customer who has ordered stays. */
  deleteCustomer(id: string): Done | Refused {
    if (!this.#store.customers.has(id)) return refuse('CUSTOMER_NOT_FOUND', 'There is no such customer.');
    if (this.#store.orderEntries().some((entry) => entry.customerId === id))
      return refuse('CUSTOMER_HAS_ORDERS', 'A customer who has orders cannot be deleted.');
    this.#store.put({ t: 'customer-gone', v: id });
    this.#send([{ topic: 'customers/delete', body: { id: BigInt(tail(id)) } }]);
    return DONE;
  }

  /** A customer whom the merchant writes down, without an order. */
  createCustomer(input: { email: string; firstName?: string; lastName?: string }): string {
    const customer = this.#maker.newCustomer(input);
    this.#store.put({ t: 'customer', v: customer });
    this.#send([{ topic: 'customers/create', body: rest.customerBody(customer) }]);
    return text(customer, 'id');
  }

  updateProduct(input: { id: string; changes: Node }): Done | Refused {
    const product = this.#store.products.get(input.id);
    if (!product) return refuse('PRODUCT_NOT_FOUND', 'There is no such product.');
    this.#putProduct(this.#later(product, input.changes), 'products/update');
    return DONE;
  }

  #putProduct(product: Node, topic: 'products/create' | 'products/update'): void {
    this.#store.put({ t: 'product', v: product });
    this.#send([{ topic, body: rest.productBody(product, this.#store) }]);
  }

  /** A product with one variant, which is stocked nowhere yet. */
  createProduct(input: { title: string; sku: string; price: string; cost: string | null }): string {
    const at = seconds(this.#now());
    const id = this.#maker.gid('Product');
    const product: Node = {
      __typename: 'Product',
      id,
      title: input.title,
      handle: input.title.toLowerCase().replaceAll(' ', '-'),
      vendor: null,
      productType: null,
      status: 'ACTIVE',
      tags: [],
      createdAt: at,
      updatedAt: at,
    };
    this.#addVariant(product, input);
    this.#putProduct(product, 'products/create');
    return id;
  }

  addVariant(productId: string, input: { title: string; sku: string; price: string; cost: string | null }): Done | Refused {
    const product = this.#store.products.get(productId);
    if (!product) return refuse('PRODUCT_NOT_FOUND', 'There is no such product.');
    const after = this.#later(product, {});
    this.#addVariant(after, input);
    this.#putProduct(after, 'products/update');
    return DONE;
  }

  #addVariant(product: Node, input: { title: string; sku: string; price: string; cost: string | null }): void {
    const at = text(product, 'updatedAt');
    const unitCost = input.cost === null ? null : { amount: input.cost, currencyCode: this.#store.currency };
    const item: Node = {
      id: this.#maker.gid('InventoryItem'),
      sku: input.sku,
      tracked: true,
      requiresShipping: true,
      unitCost,
      updatedAt: at,
    };
    const siblings = this.#store.variantsOf.get(text(product, 'id')) ?? [];
    const variant: Node = {
      __typename: 'ProductVariant',
      __parentId: product['id'],
      id: this.#maker.gid('ProductVariant'),
      title: siblings.length === 0 ? 'Default Title' : input.title,
      sku: input.sku,
      barcode: null,
      price: input.price,
      compareAtPrice: null,
      position: siblings.length + 1,
      createdAt: at,
      updatedAt: at,
      inventoryItem: item,
    };
    this.#store.put({ t: 'variant', v: variant });
    this.#send([{ topic: 'inventory_items/create', body: rest.itemBody(item) }]);
  }

  /** A price or a name: the product is then a later version too. */
  updateVariant(input: { id: string; changes: Node }): Done | Refused {
    const variant = this.#store.variants.get(input.id);
    const product = this.#store.products.get(text(variant, '__parentId'));
    if (!variant || !product) return refuse('VARIANT_NOT_FOUND', 'There is no such variant.');
    const { inventoryItem: _item, ...changes } = input.changes;
    // The item's own time does not move with its variant's.
    const item = { updatedAt: variant['updatedAt'], ...nodeAt(variant, 'inventoryItem') };
    this.#store.put({ t: 'variant', v: { ...this.#later(variant, changes), inventoryItem: item } });
    this.#putProduct(this.#later(product, {}), 'products/update');
    return DONE;
  }

  deleteVariant(id: string): Done | Refused {
    const variant = this.#store.variants.get(id);
    const product = this.#store.products.get(text(variant, '__parentId'));
    if (!variant || !product) return refuse('VARIANT_NOT_FOUND', 'There is no such variant.');
    if ((this.#store.variantsOf.get(text(product, 'id')) ?? []).length < 2)
      return refuse('LAST_VARIANT', 'A product keeps one variant at least.');
    this.#store.put({ t: 'variant-gone', v: id });
    this.#putProduct(this.#later(product, {}), 'products/update');
    this.#send([{ topic: 'inventory_items/delete', body: { id: BigInt(tail(text(nodeAt(variant, 'inventoryItem'), 'id'))) } }]);
    return DONE;
  }

  /** A cost, a SKU, or whether stock is counted: of the inventory item, the product's version stays. */
  updateItem(input: { id: string; changes: Node }): Done | Refused {
    const variant = this.#store.variantOfItem.get(input.id);
    if (!variant) return refuse('ITEM_NOT_FOUND', 'There is no such inventory item.');
    const held = nodeAt(variant, 'inventoryItem') ?? {};
    const item = this.#later({ updatedAt: variant['updatedAt'], ...held }, input.changes);
    this.#store.put({ t: 'variant', v: { ...variant, inventoryItem: item } });
    this.#send([{ topic: 'inventory_items/update', body: rest.itemBody(item) }]);
    return DONE;
  }

  deleteProduct(id: string): Done | Refused {
    if (!this.#store.products.has(id)) return refuse('PRODUCT_NOT_FOUND', 'There is no such product.');
    const items = (this.#store.variantsOf.get(id) ?? []).map((variant) => text(nodeAt(variant, 'inventoryItem'), 'id'));
    const event = { number: this.#store.nextId(), subjectId: id, subjectType: 'PRODUCT', occurredAt: seconds(this.#now()) } as const;
    this.#store.put({ t: 'product-gone', v: id });
    this.#store.put({ t: 'deletion', v: event });
    this.#send([
      { topic: 'products/delete', body: { id: BigInt(tail(id)) } },
      ...items.map((item) => ({ topic: 'inventory_items/delete', body: { id: BigInt(tail(item)) } })),
    ]);
    return DONE;
  }

  createLocation(input: { name: string; city: string; countryCode: string }): string {
    const id = this.#maker.gid('Location');
    const { name, city, countryCode } = input;
    const location = { __typename: 'Location', id, name, isActive: true, address: { city, countryCode }, updatedAt: seconds(this.#now()) };
    this.#store.put({ t: 'location', v: location });
    this.#send([{ topic: 'locations/create', body: rest.locationBody(location) }]);
    return id;
  }

  updateLocation(input: { id: string; changes: Node }): Done | Refused {
    const location = this.#store.locations.get(input.id);
    if (!location) return refuse('LOCATION_NOT_FOUND', 'There is no such place.');
    const after = this.#later(location, input.changes);
    const isSwitched = after['isActive'] !== location['isActive'];
    const topic = isSwitched ? (after['isActive'] === false ? 'locations/deactivate' : 'locations/activate') : 'locations/update';
    this.#store.put({ t: 'location', v: after });
    this.#send([{ topic, body: rest.locationBody(after) }]);
    return DONE;
  }

  /** As in Shopify, a place that holds stock stays. */
  deleteLocation(id: string): Done | Refused {
    if (!this.#store.locations.has(id)) return refuse('LOCATION_NOT_FOUND', 'There is no such place.');
    if ([...this.#store.levels.values()].some((level) => level.locationId === id))
      return refuse('LOCATION_HAS_STOCK', 'A place that stocks goods cannot be deleted.');
    this.#store.put({ t: 'location-gone', v: id });
    this.#send([{ topic: 'locations/delete', body: { id: BigInt(tail(id)) } }]);
    return DONE;
  }
}
