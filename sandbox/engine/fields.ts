import { nodeAt, NotImplementedError, text, type Node, type OrderGroup } from './node.ts';
import type { Store } from './store.ts';

/** Where an order's children are found again from the order itself, and an agreement's sales from the agreement. */
const groups = new WeakMap<Node, OrderGroup>();

/** Hands out an order so that its connections can be read from it. */
export function orderNode(group: OrderGroup): Node {
  groups.set(group.order, group);
  for (const child of [...group.agreements, ...group.lines]) groups.set(child, group);
  return group.order;
}
const groupOfNode = (node: Node): OrderGroup => groups.get(node) ?? { order: node, lines: [], applications: [], agreements: [], sales: [] };

type Read = (node: Node, store: Store) => unknown;

const emailAddress: Read = (customer) => {
  const email = text(customer, 'email');
  const consent = nodeAt(customer, 'emailMarketingConsent');
  return email === ''
    ? null
    : {
        emailAddress: email,
        marketingState: consent?.['marketingState'] ?? 'NOT_SUBSCRIBED',
        marketingUpdatedAt: consent?.['consentUpdatedAt'] ?? null,
      };
};
const phoneNumber: Read = (customer) => {
  const phone = text(customer, 'phone');
  const consent = nodeAt(customer, 'smsMarketingConsent');
  return phone === ''
    ? null
    : {
        phoneNumber: phone,
        marketingState: consent?.['marketingState'] ?? 'NOT_SUBSCRIBED',
        marketingUpdatedAt: consent?.['consentUpdatedAt'] ?? null,
      };
};
/** What the source of a history does not tell, Shopify gives as null or empty. */
const orElse =
  (field: string, fallback: unknown): Read =>
  (node) =>
    node[field] === undefined ? fallback : node[field];

/** Fields that are not stored as they stand, by "Type.field". */
export const DERIVED: Readonly<Record<string, Read>> = {
  'Customer.defaultEmailAddress': emailAddress,
  'Customer.defaultPhoneNumber': phoneNumber,
  'Customer.defaultAddress': orElse('defaultAddress', null),
  'MailingAddress.city': orElse('city', null),
  'MailingAddress.provinceCode': orElse('provinceCode', null),
  'Fulfillment.displayStatus': orElse('displayStatus', 'FULFILLED'),
  'Fulfillment.trackingInfo': orElse('trackingInfo', []),
  'FulfillmentTrackingInfo.company': orElse('company', null),
  'LineItem.taxLines': orElse('taxLines', []),
  'LineItem.discountAllocations': orElse('discountAllocations', []),
  'Product.featuredMedia': orElse('featuredMedia', null),
  'ProductVariant.inventoryItem': (variant) => ({
    __typename: 'InventoryItem',
    updatedAt: variant['updatedAt'],
    ...nodeAt(variant, 'inventoryItem'),
  }),
  'ProductVariant.product': (variant, store) => store.products.get(text(variant, '__parentId')) ?? null,
  'InventoryItem.unitCost': orElse('unitCost', null),
  'Location.updatedAt': (location, store) => location['updatedAt'] ?? text(nodeAt(store.shop, 'sandbox'), 'historyFrom'),
  'Order.totalTaxSet': orElse('totalTaxSet', null),
  'RefundAgreement.refund': (agreement) => agreement['refund'] ?? null,
  'ProductSale.lineItem': orElse('lineItem', null),
  'ShopPlan.publicDisplayName': (plan) => plan['publicDisplayName'] ?? plan['displayName'],
  'OrderTransaction.parentTransaction': orElse('parentTransaction', null),
};

/** Lists that Shopify gives as connections, by "Type.field". */
export const CONNECTIONS: Readonly<Record<string, (node: Node, store: Store) => Node[]>> = {
  'Order.lineItems': (order) => groupOfNode(order).lines,
  'Order.discountApplications': (order) => groupOfNode(order).applications,
  'Order.agreements': (order) => groupOfNode(order).agreements,
  'SalesAgreement.sales': (agreement) => groupOfNode(agreement).sales.filter((sale) => sale['__parentId'] === agreement['id']),
  'Product.variants': (product, store) => store.variantsOf.get(text(product, 'id')) ?? [],
  'InventoryItem.inventoryLevels': (item, store) =>
    store.levelsOf(text(item, 'id')).map((level) => ({
      __typename: 'InventoryLevel',
      id: `gid://shopify/InventoryLevel/${/\d+$/.exec(level.locationId)?.[0]}?inventory_item_id=${/\d+$/.exec(level.inventoryItemId)?.[0]}`,
      updatedAt: level.updatedAt,
      location: { __typename: 'Location', id: level.locationId },
      quantities: [{ name: 'available', quantity: level.available }],
    })),
};
for (const kind of ['OrderAgreement', 'RefundAgreement', 'OrderEditAgreement', 'ReturnAgreement']) {
  Object.assign(CONNECTIONS, { [`${kind}.sales`]: CONNECTIONS['SalesAgreement.sales'] });
}

/** A field's value. @throws NotImplementedError where the store holds no such thing. */
export function readField(node: Node, typeName: string, field: { name: string; store: Store }): unknown {
  const { name, store } = field;
  const key = `${typeName}.${name}`;
  const derived = DERIVED[key];
  const value = derived ? derived(node, store) : node[name];
  if (value === undefined) throw new NotImplementedError(key);
  return value;
}
