import { parseMinor, toDecimal } from '../../app/core/money.ts';
import { listAt, nodeAt, NotImplementedError, numberAt, tail, text, type Node, type OrderGroup } from './node.ts';
import { onlyKnown, textsOf } from './input.ts';
import type { Code, Level } from './records.ts';
import { isIn, sourcesOf } from './own-collections.ts';
import { searchOf } from './search.ts';
import { metafieldKey, type Store } from './store.ts';

/** Where an order's children are found again from the order itself, and an agreement's sales from the agreement. */
const groups = new WeakMap<Node, OrderGroup>();

/** Hands out an order so that its connections can be read from it. */
export function orderNode(group: OrderGroup): Node {
  groups.set(group.order, group);
  for (const child of group.agreements) groups.set(child, group);
  for (const refund of listAt(group.order, 'refunds')) groups.set(refund, group);
  return group.order;
}
/** A refund by itself. */
export function refundNode(group: OrderGroup, id: string): Node | null {
  const held = listAt(group.order, 'refunds').find((refund) => refund['id'] === id);
  if (!held) return null;
  const node = { __typename: 'Refund', ...held };
  groups.set(node, group);
  return node;
}
const groupOfNode = (node: Node): OrderGroup => groups.get(node) ?? { order: node, lines: [], applications: [], agreements: [], sales: [] };

export type Args = Record<string, unknown>;
type Read = (node: Node, store: Store, args: Args) => unknown;

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

/** The first so many of a plain list. */
const firstOf =
  (field: string): Read =>
  (node, _store, args) =>
    listAt(node, field).slice(0, typeof args['first'] === 'number' ? args['first'] : undefined);

/** What stands behind a `{ id }`; what the store no longer holds is as far as it goes. */
const linked =
  (field: string, held: (store: Store) => ReadonlyMap<string, Node>): Read =>
  (node, store) => {
    const link = nodeAt(node, field);
    return link ? (held(store).get(text(link, 'id')) ?? link) : null;
  };

const metafield: Read = (owner, store, args) =>
  store.metafields.get(metafieldKey({ ownerId: owner['id'], namespace: args['namespace'], key: args['key'] })) ?? null;

/** The gid of an inventory level: the location's number, and the item's behind it. */
export const levelId = (level: Pick<Level, 'inventoryItemId' | 'locationId'>): string =>
  `gid://shopify/InventoryLevel/${tail(level.locationId)}?inventory_item_id=${tail(level.inventoryItemId)}`;

export function levelNode(level: Level, store: Store): Node {
  return {
    __typename: 'InventoryLevel',
    id: levelId(level),
    isActive: true,
    updatedAt: level.updatedAt,
    location: store.locations.get(level.locationId) ?? null,
    item: itemNode(level.inventoryItemId, store),
    quantities: [{ name: 'available', quantity: level.available, updatedAt: level.updatedAt }],
  };
}

export function itemNode(id: string, store: Store): Node | null {
  const variant = store.variantOfItem.get(id);
  return variant ? { __typename: 'InventoryItem', updatedAt: variant['updatedAt'], ...nodeAt(variant, 'inventoryItem') } : null;
}

const quantities: Read = (level, _store, args) => {
  const names = textsOf(args['names']);
  const unknown = names.find((name) => name !== 'available');
  if (unknown !== undefined) throw new NotImplementedError(`InventoryLevel.quantities of ${unknown}`);
  return names.length === 0 ? [] : listAt(level, 'quantities');
};

/** The number of a refunded line; not that of its sale, as in Shopify, where both are counted apart. */
export const refundLineId = (sale: Node): bigint => BigInt(tail(text(sale, 'id'))) + 1n;

/** What a negative sale gives back, as a positive amount, less `without`. */
export function givenBack(sale: Node, field: string, without?: string): Node | null {
  const money = nodeAt(sale, field);
  if (!money) return null;
  const side = (name: string): Node => {
    const currency = text(nodeAt(money, name), 'currencyCode');
    const minor = (set: Node | undefined): bigint => parseMinor(text(nodeAt(set, name), 'amount') || '0', currency);
    const less = without === undefined ? 0n : minor(nodeAt(sale, without));
    return { amount: toDecimal(less - minor(money), currency), currencyCode: currency };
  };
  return { shopMoney: side('shopMoney'), presentmentMoney: side('presentmentMoney') };
}

/** A refund's lines, as its sales tell them. */
function refundLines(refund: Node): Node[] {
  const group = groupOfNode(refund);
  const agreements = new Set(group.agreements.filter((one) => nodeAt(one, 'refund')?.['id'] === refund['id']).map((one) => one['id']));
  const lines = new Map(group.lines.map((line) => [line['id'], line]));
  return group.sales
    .filter((sale) => agreements.has(sale['__parentId']) && nodeAt(sale, 'lineItem'))
    .map((sale) => ({
      __typename: 'RefundLineItem',
      id: `gid://shopify/RefundLineItem/${refundLineId(sale)}`,
      lineItem: lines.get(nodeAt(sale, 'lineItem')?.['id']) ?? null,
      quantity: -numberAt(sale, 'quantity'),
      restockType: (text(refund, 'restockType') || 'return').toUpperCase(),
      location: null,
      // A sale's amount holds the tax; a refunded line's subtotal holds it only where prices do.
      subtotalSet: givenBack(sale, 'totalAmount', group.order['taxesIncluded'] === true ? undefined : 'totalTaxAmount'),
      totalTaxSet: givenBack(sale, 'totalTaxAmount'),
    }));
}

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
  'Collection.sources': sourcesOf,
  'Collection.productsCount': (collection, store) => ({
    __typename: 'Count',
    count: store.productsIn(text(collection, 'id')).length,
    precision: 'EXACT',
  }),
  'ProductVariant.inventoryItem': (variant, store) => itemNode(text(nodeAt(variant, 'inventoryItem'), 'id'), store),
  'ProductVariant.product': (variant, store) => store.products.get(text(variant, '__parentId')) ?? null,
  'InventoryItem.unitCost': orElse('unitCost', null),
  'Location.updatedAt': (location, store) => location['updatedAt'] ?? text(nodeAt(store.shop, 'sandbox'), 'historyFrom'),
  'InventoryLevel.quantities': quantities,
  'LineItem.product': linked('product', (store) => store.products),
  'LineItem.variant': linked('variant', (store) => store.variants),
  'Order.customer': linked('customer', (store) => store.customers),
  'Order.retailLocation': linked('retailLocation', (store) => store.locations),
  'Order.refunds': firstOf('refunds'),
  'Order.transactions': firstOf('transactions'),
  'Order.fulfillments': firstOf('fulfillments'),
  'Fulfillment.location': linked('location', (store) => store.locations),
  'Customer.metafield': metafield,
  'DiscountAutomaticNode.metafield': metafield,
  'Order.metafield': metafield,
  'Product.metafield': metafield,
  'ProductVariant.metafield': metafield,
  'Shop.metafield': metafield,
  'BulkOperation.errorCode': (operation) => {
    // Which field it was is worth more to a developer than Shopify's three codes.
    if (text(operation, 'missingField') !== '') throw new NotImplementedError(text(operation, 'missingField'));
    return operation['errorCode'] ?? null;
  },
  'Order.totalTaxSet': orElse('totalTaxSet', null),
  'Refund.order': (refund) => orderNode(groupOfNode(refund)),
  'Refund.processedAt': (refund) => refund['processedAt'] ?? refund['createdAt'],
  'RefundAgreement.refund': (agreement) => agreement['refund'] ?? null,
  'ProductSale.lineItem': orElse('lineItem', null),
  'ShopPlan.publicDisplayName': (plan) => plan['publicDisplayName'] ?? plan['displayName'],
  'OrderTransaction.parentTransaction': orElse('parentTransaction', null),
  'OrderTransaction.paymentDetails': orElse('paymentDetails', null),
  'MailingAddress.address1': orElse('address1', null),
  'MailingAddress.address2': orElse('address2', null),
  'MailingAddress.zip': orElse('zip', null),
};

const metafields: Connect = (owner, store, args) =>
  [...(store.metafieldsOf.get(text(owner, 'id'))?.values() ?? [])].filter(
    (held) => typeof args['namespace'] !== 'string' || held['namespace'] === args['namespace'],
  );

/** Shopify finds codes by any part of them, in capitals or not. */
function codesNamed(store: Store, discountId: string, query: unknown): Code[] {
  const held = store.codesOf.get(discountId);
  if (!held) return [];
  if (typeof query !== 'string' || query.trim() === '') return [...held.values()];
  const wanted = query.trim().toUpperCase();
  const exact = held.get(wanted);
  return exact ? [exact] : [...held].flatMap(([code, row]) => (code.includes(wanted) ? row : []));
}

const codesOfDiscount: Connect = (discount, store, args) =>
  codesNamed(store, text(discount, 'discountId'), args['query']).map((code) => ({
    __typename: 'DiscountRedeemCode',
    id: code.id,
    code: code.code,
    asyncUsageCount: code.uses,
  }));

/** Levels as a search asks for them. The sandbox's stock is never deactivated at a place, so includeInactive adds none. */
const levelsOf =
  (all: (node: Node, store: Store) => Level[]): Connect =>
  (node, store, args) => {
    onlyKnown(args, ['first', 'last', 'after', 'before', 'reverse', 'query', 'includeInactive'], 'inventoryLevels');
    return all(node, store)
      .map((level) => levelNode(level, store))
      .filter(searchOf(args['query']));
  };

type Connect = (node: Node, store: Store, args: Args) => Node[];
/** Lists that Shopify gives as connections, by "Type.field". */
export const CONNECTIONS: Readonly<Record<string, Connect>> = {
  'Order.lineItems': (order) => groupOfNode(order).lines,
  'Order.discountApplications': (order) => groupOfNode(order).applications,
  'Order.agreements': (order) => groupOfNode(order).agreements,
  'SalesAgreement.sales': (agreement) => groupOfNode(agreement).sales.filter((sale) => sale['__parentId'] === agreement['id']),
  'Refund.refundLineItems': refundLines,
  // The sandbox gives back goods only; what it holds of a refund is explained by its lines.
  'Refund.orderAdjustments': () => [],
  'Refund.transactions': (refund) =>
    listAt(groupOfNode(refund).order, 'transactions').filter((transaction) => nodeAt(transaction, 'refund')?.['id'] === refund['id']),
  'Collection.products': (collection, store) => store.productsIn(text(collection, 'id')),
  'Product.collections': (product, store) => [...store.collections.values()].filter((collection) => isIn(collection, product)),
  'DiscountCollections.collections': (items) => listAt(items, 'held'),
  'Product.variants': (product, store) => store.variantsOf.get(text(product, 'id')) ?? [],
  'InventoryItem.inventoryLevels': levelsOf((item, store) => store.levelsOf(text(item, 'id'))),
  'Location.inventoryLevels': levelsOf((location, store) =>
    [...store.levels.values()].filter((level) => level.locationId === location['id'] && store.variantOfItem.has(level.inventoryItemId)),
  ),
  'Customer.metafields': metafields,
  'Order.metafields': metafields,
  'Product.metafields': metafields,
  'ProductVariant.metafields': metafields,
  'Shop.metafields': metafields,
  'DiscountCodeBasic.codes': codesOfDiscount,
  'DiscountCodeFreeShipping.codes': codesOfDiscount,
  'DiscountCodeBxgy.codes': codesOfDiscount,
  'DiscountRedeemCodeBulkCreation.codes': (creation) => listAt(creation, 'creationCodes'),
};
for (const kind of ['OrderAgreement', 'RefundAgreement', 'OrderEditAgreement', 'ReturnAgreement']) {
  Object.assign(CONNECTIONS, { [`${kind}.sales`]: CONNECTIONS['SalesAgreement.sales'] });
}

/** A field's value. @throws NotImplementedError where the store holds no such thing. */
export function readField(node: Node, typeName: string, field: { name: string; store: Store; args?: Args }): unknown {
  const { name, store } = field;
  const key = `${typeName}.${name}`;
  const derived = DERIVED[key];
  const value = derived ? derived(node, store, field.args ?? {}) : node[name];
  if (value !== undefined) return value;
  if (name === 'legacyResourceId' && text(node, 'id') !== '') return tail(text(node, 'id'));
  throw new NotImplementedError(key);
}
