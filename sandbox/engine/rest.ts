import { parseMinor, toDecimal } from '../../app/core/money.ts';
import { givenBack, refundLineId } from './fields.ts';
import { listAt, nodeAt, numberAt, tail, text, type Node, type OrderGroup } from './node.ts';
import type { Level, Store } from './store.ts';

/** Bodies of webhooks: Shopify's REST shape, built from the store's state. Ids are written as bare numbers. */
export type Rest = { [field: string]: unknown };

/** Large ids must not pass through a float; they are written into the JSON as they stand. */
export function toBody(value: Rest): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? JSON.rawJSON(inner.toString()) : inner));
}

const idOf = (gid: string): bigint | null => (gid === '' ? null : BigInt(tail(gid)));
const set = (money: Node | undefined): Rest | null =>
  money
    ? {
        shop_money: { amount: text(nodeAt(money, 'shopMoney'), 'amount'), currency_code: text(nodeAt(money, 'shopMoney'), 'currencyCode') },
        presentment_money: {
          amount: text(nodeAt(money, 'presentmentMoney'), 'amount'),
          currency_code: text(nodeAt(money, 'presentmentMoney'), 'currencyCode'),
        },
      }
    : null;
const amount = (node: Node, field: string): string => text(nodeAt(nodeAt(node, field), 'shopMoney'), 'amount');
const lower = (node: Node, field: string): string | null => text(node, field).toLowerCase() || null;

function consentBody(customer: Node, field: string): Rest | null {
  const held = nodeAt(customer, field);
  if (!held) return null;
  return {
    state: text(held, 'marketingState').toLowerCase(),
    opt_in_level: lower(held, 'marketingOptInLevel'),
    consent_updated_at: held['consentUpdatedAt'] ?? null,
  };
}

const tagList = (node: Node): string => (Array.isArray(node['tags']) ? node['tags'] : []).join(', ');

function addressBody(customer: Node): Rest | null {
  const address = nodeAt(customer, 'defaultAddress');
  return address
    ? {
        ...orNull(address, { address1: 'address1', address2: 'address2', zip: 'zip', city: 'city' }),
        country_code: address['countryCodeV2'] ?? null,
        province_code: address['provinceCode'] ?? null,
      }
    : null;
}

/** Fields that a history may not tell, with what Shopify gives then. */
const orNull = (node: Node, fields: Readonly<Record<string, string>>): Rest =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, node[field] ?? null]));

/** Since version 2025-01 without tags and consents, which have topics of their own. */
export function customerBody(customer: Node): Rest {
  return {
    id: idOf(text(customer, 'id')),
    admin_graphql_api_id: customer['id'],
    ...orNull(customer, { email: 'email', phone: 'phone', first_name: 'firstName', last_name: 'lastName', note: 'note', locale: 'locale' }),
    state: lower(customer, 'state'),
    verified_email: customer['verifiedEmail'] ?? true,
    tax_exempt: customer['taxExempt'] ?? false,
    created_at: customer['createdAt'],
    updated_at: customer['updatedAt'],
    default_address: addressBody(customer),
  };
}

const tagsOf = (node: Node): string[] => (Array.isArray(node['tags']) ? node['tags'].map(String) : []);

/** The topics of tags that came or went. */
export function tagTopics(before: Node, after: Node, occurredAt: string): { topic: string; body: Rest }[] {
  const [old, now] = [tagsOf(before), tagsOf(after)];
  const parts = [
    { topic: 'customer.tags_added', tags: now.filter((tag) => !old.includes(tag)) },
    { topic: 'customer.tags_removed', tags: old.filter((tag) => !now.includes(tag)) },
  ];
  return parts.flatMap(({ topic, tags }) => (tags.length === 0 ? [] : [{ topic, body: { customerId: after['id'], tags, occurredAt } }]));
}

/** The topics of consents that changed. */
export function consentTopics(before: Node, after: Node): { topic: string; body: Rest }[] {
  const changed = (field: string): boolean =>
    JSON.stringify(before[field]) !== JSON.stringify(after[field]) && nodeAt(after, field) !== undefined;
  const customer_id = idOf(text(after, 'id'));
  const topics: { topic: string; body: Rest }[] = [];
  if (changed('emailMarketingConsent')) {
    const body = { customer_id, email_address: after['email'], email_marketing_consent: consentBody(after, 'emailMarketingConsent') };
    topics.push({ topic: 'customers_email_marketing_consent/update', body });
  }
  if (changed('smsMarketingConsent')) {
    const body = { customer_id, phone: after['phone'] ?? null, sms_marketing_consent: consentBody(after, 'smsMarketingConsent') };
    topics.push({ topic: 'customers_marketing_consent/update', body });
  }
  return topics;
}

export function lineBody(line: Node): Rest {
  return {
    id: idOf(text(line, 'id')),
    admin_graphql_api_id: line['id'],
    title: line['title'],
    name: line['title'],
    variant_title: line['variantTitle'] ?? null,
    sku: line['sku'] ?? null,
    vendor: line['vendor'] ?? null,
    quantity: line['quantity'],
    current_quantity: line['currentQuantity'],
    fulfillable_quantity: line['currentQuantity'],
    product_id: idOf(text(nodeAt(line, 'product'), 'id')),
    variant_id: idOf(text(nodeAt(line, 'variant'), 'id')),
    product_exists: nodeAt(line, 'product') !== undefined,
    gift_card: line['isGiftCard'] ?? false,
    requires_shipping: line['requiresShipping'] ?? true,
    taxable: false,
    price: amount(line, 'originalUnitPriceSet'),
    price_set: set(nodeAt(line, 'originalUnitPriceSet')),
    total_discount: '0.00',
    tax_lines: listAt(line, 'taxLines').map((tax) => ({
      title: tax['title'] ?? null,
      rate: tax['rate'] ?? null,
      price: amount(tax, 'priceSet'),
      price_set: set(nodeAt(tax, 'priceSet')),
    })),
    discount_allocations: listAt(line, 'discountAllocations').map((part) => ({
      amount: amount(part, 'allocatedAmountSet'),
      amount_set: set(nodeAt(part, 'allocatedAmountSet')),
      discount_application_index: numberAt(nodeAt(part, 'discountApplication'), 'index'),
    })),
  };
}

export function transactionBody(transaction: Node, orderId: string): Rest {
  const money = nodeAt(nodeAt(transaction, 'amountSet'), 'shopMoney');
  const card = nodeAt(transaction, 'paymentDetails');
  return {
    id: idOf(text(transaction, 'id')),
    admin_graphql_api_id: transaction['id'],
    order_id: idOf(orderId),
    parent_id: idOf(text(nodeAt(transaction, 'parentTransaction'), 'id')),
    kind: lower(transaction, 'kind'),
    status: lower(transaction, 'status'),
    gateway: transaction['gateway'] ?? null,
    amount: text(money, 'amount'),
    currency: text(money, 'currencyCode'),
    created_at: transaction['createdAt'] ?? transaction['processedAt'],
    processed_at: transaction['processedAt'],
    ...(card ? { payment_details: { credit_card_company: card['company'] ?? null, credit_card_number: card['number'] ?? null } } : {}),
  };
}

/** How far a parcel is, where REST has a word for it. */
const SHIPMENT: ReadonlySet<string> = new Set([
  'attempted_delivery',
  'confirmed',
  'delivered',
  'failure',
  'in_transit',
  'label_printed',
  'label_purchased',
  'out_for_delivery',
  'ready_for_pickup',
]);
const shipmentStatus = (fulfilment: Node): string | null => {
  const status = text(fulfilment, 'displayStatus').toLowerCase();
  return SHIPMENT.has(status) ? status : null;
};

export function fulfilmentBody(fulfilment: Node, orderId: string): Rest {
  return {
    id: idOf(text(fulfilment, 'id')),
    admin_graphql_api_id: fulfilment['id'],
    order_id: idOf(orderId),
    status: lower(fulfilment, 'status'),
    shipment_status: shipmentStatus(fulfilment),
    location_id: idOf(text(nodeAt(fulfilment, 'location'), 'id')),
    tracking_company: text(listAt(fulfilment, 'trackingInfo')[0], 'company') || null,
    created_at: fulfilment['createdAt'],
    updated_at: fulfilment['updatedAt'],
  };
}

export function refundBody(group: OrderGroup, refund: Node): Rest {
  const { order } = group;
  const agreements = group.agreements
    .filter((agreement) => nodeAt(agreement, 'refund')?.['id'] === refund['id'])
    .map((agreement) => agreement['id']);
  const sales = group.sales.filter((sale) => agreements.includes(sale['__parentId']) && nodeAt(sale, 'lineItem'));
  const isTaxed = order['taxesIncluded'] !== true;
  return {
    id: idOf(text(refund, 'id')),
    admin_graphql_api_id: refund['id'],
    order_id: idOf(text(order, 'id')),
    created_at: refund['createdAt'],
    processed_at: refund['createdAt'],
    note: refund['note'] ?? null,
    restock: text(refund, 'restockType') !== 'no_restock',
    refund_line_items: sales.map((sale) => ({
      id: refundLineId(sale),
      line_item_id: idOf(text(nodeAt(sale, 'lineItem'), 'id')),
      quantity: -numberAt(sale, 'quantity'),
      restock_type: text(refund, 'restockType') || 'return',
      location_id: null,
      // A sale's amount holds the tax; a refunded line's subtotal holds it only where prices do.
      subtotal_set: set(givenBack(sale, 'totalAmount', isTaxed ? 'totalTaxAmount' : undefined) ?? undefined),
      total_tax_set: set(givenBack(sale, 'totalTaxAmount') ?? undefined),
    })),
    transactions: listAt(order, 'transactions')
      .filter((transaction) => nodeAt(transaction, 'refund')?.['id'] === refund['id'])
      .map((transaction) => transactionBody(transaction, text(order, 'id'))),
    order_adjustments: [],
  };
}

const REST_FULFILMENT: Readonly<Record<string, string | null>> = {
  UNFULFILLED: null,
  FULFILLED: 'fulfilled',
  PARTIALLY_FULFILLED: 'partial',
  RESTOCKED: 'restocked',
};

const APPLICATION_TYPES: Readonly<Record<string, string>> = {
  DiscountCodeApplication: 'discount_code',
  AutomaticDiscountApplication: 'automatic',
  ManualDiscountApplication: 'manual',
  ScriptDiscountApplication: 'script',
};
const valueType = (application: Node): string =>
  text(nodeAt(application, 'value'), '__typename') === 'PricingPercentageValue' ? 'percentage' : 'fixed_amount';

/** What one discount of an order gave, over all its lines and its shipping. */
function givenBy(group: OrderGroup, index: number): string {
  const currency = text(group.order, 'currencyCode');
  const parts = group.lines
    .flatMap((line) => listAt(line, 'discountAllocations'))
    .filter((part) => numberAt(nodeAt(part, 'discountApplication'), 'index') === index);
  const application = group.applications[index];
  const offShipping = application?.['shippingOff'] ? parseMinor(amount(application, 'shippingOff'), currency) : 0n;
  return toDecimal(
    parts.reduce((sum, part) => sum + parseMinor(amount(part, 'allocatedAmountSet'), currency), offShipping),
    currency,
  );
}

export function orderBody(group: OrderGroup, store: Store): Rest {
  const { order } = group;
  const id = text(order, 'id');
  const customer = store.customers.get(text(nodeAt(order, 'customer'), 'id'));
  return {
    id: idOf(id),
    admin_graphql_api_id: id,
    name: order['name'],
    email: order['email'] ?? null,
    created_at: order['createdAt'],
    processed_at: order['processedAt'],
    updated_at: order['updatedAt'],
    cancelled_at: order['cancelledAt'] ?? null,
    cancel_reason: lower(order, 'cancelReason'),
    closed_at: order['closedAt'] ?? null,
    test: order['test'] ?? false,
    source_name: order['sourceName'],
    financial_status: lower(order, 'displayFinancialStatus'),
    fulfillment_status: REST_FULFILMENT[text(order, 'displayFulfillmentStatus')] ?? null,
    location_id: idOf(text(nodeAt(order, 'retailLocation'), 'id')),
    tags: tagList(order),
    currency: order['currencyCode'],
    presentment_currency: order['presentmentCurrencyCode'],
    taxes_included: order['taxesIncluded'] ?? false,
    total_price: amount(order, 'totalPriceSet'),
    total_price_set: set(nodeAt(order, 'totalPriceSet')),
    subtotal_price: amount(order, 'subtotalPriceSet'),
    total_tax: amount(order, 'totalTaxSet'),
    total_tax_set: set(nodeAt(order, 'totalTaxSet')),
    total_discounts: amount(order, 'totalDiscountsSet'),
    total_shipping_price_set: set(nodeAt(order, 'totalShippingPriceSet')),
    shipping_lines: [],
    customer: customer ? customerBody(customer) : null,
    line_items: group.lines.map(lineBody),
    discount_codes: group.applications.flatMap((application, index) =>
      text(application, 'code') === '' ? [] : [{ code: application['code'], amount: givenBy(group, index), type: valueType(application) }],
    ),
    discount_applications: group.applications.map((application) => {
      const value = nodeAt(application, 'value');
      const isPercentage = text(value, '__typename') === 'PricingPercentageValue';
      return {
        type: APPLICATION_TYPES[text(application, '__typename')] ?? 'manual',
        ...(text(application, 'code') === '' ? { title: application['title'] ?? null } : { code: application['code'] }),
        target_type: text(application, 'targetType').toLowerCase() || 'line_item',
        target_selection: 'all',
        allocation_method: 'across',
        value_type: isPercentage ? 'percentage' : 'fixed_amount',
        // REST writes a percentage with one digit at least behind the point.
        value: isPercentage ? String(value?.['percentage']).replace(/^\d+$/, '$&.0') : text(value, 'amount'),
      };
    }),
    refunds: listAt(order, 'refunds').map((refund) => refundBody(group, refund)),
    fulfillments: listAt(order, 'fulfillments').map((fulfilment) => fulfilmentBody(fulfilment, id)),
  };
}

export function productBody(product: Node, store: Store): Rest {
  return {
    id: idOf(text(product, 'id')),
    admin_graphql_api_id: product['id'],
    title: product['title'],
    handle: product['handle'],
    vendor: product['vendor'],
    product_type: product['productType'],
    status: lower(product, 'status'),
    tags: tagList(product),
    created_at: product['createdAt'],
    updated_at: product['updatedAt'],
    image: null,
    variants: (store.variantsOf.get(text(product, 'id')) ?? []).map((variant) => ({
      id: idOf(text(variant, 'id')),
      admin_graphql_api_id: variant['id'],
      product_id: idOf(text(product, 'id')),
      title: variant['title'],
      sku: variant['sku'],
      barcode: variant['barcode'] ?? null,
      price: variant['price'],
      compare_at_price: variant['compareAtPrice'] ?? null,
      position: variant['position'],
      inventory_item_id: idOf(text(nodeAt(variant, 'inventoryItem'), 'id')),
      created_at: variant['createdAt'],
      updated_at: variant['updatedAt'],
    })),
  };
}

/** A collection's body tells nothing of its products, as in Shopify. */
export function collectionBody(collection: Node): Rest {
  return {
    id: idOf(text(collection, 'id')),
    handle: collection['handle'],
    title: collection['title'],
    updated_at: collection['updatedAt'],
    body_html: null,
    published_at: collection['updatedAt'],
    sort_order: null,
    template_suffix: null,
    published_scope: 'web',
    admin_graphql_api_id: collection['id'],
  };
}

export function itemBody(item: Node): Rest {
  return {
    id: idOf(text(item, 'id')),
    admin_graphql_api_id: item['id'],
    sku: item['sku'] ?? null,
    tracked: item['tracked'] ?? true,
    requires_shipping: item['requiresShipping'] ?? true,
    cost: text(nodeAt(item, 'unitCost'), 'amount') || null,
    updated_at: item['updatedAt'],
  };
}

export function locationBody(location: Node): Rest {
  const address = nodeAt(location, 'address');
  return {
    id: idOf(text(location, 'id')),
    admin_graphql_api_id: location['id'],
    name: location['name'],
    city: text(address, 'city') || null,
    country_code: text(address, 'countryCode') || null,
    active: location['isActive'] ?? true,
    updated_at: location['updatedAt'],
  };
}

export function levelBody(level: Level): Rest {
  return {
    inventory_item_id: idOf(level.inventoryItemId),
    location_id: idOf(level.locationId),
    available: level.available,
    updated_at: level.updatedAt,
    admin_graphql_api_id: `gid://shopify/InventoryLevel/${tail(level.locationId)}?inventory_item_id=${tail(level.inventoryItemId)}`,
  };
}
