import { plain, quickly } from '../core/payload.ts';
import { bulkLine, type BulkLine, type BulkLineItem, type BulkOrder } from './bulk-lines.ts';

/**
 * Reads a line of an export as `bulkLine` does: orders and their lines, of which a history is made, field by field, and
 * all else by the schema. read-bulk-line.test.ts holds the two together.
 */
const ref = plain.optional((value) => ({ id: plain.text(plain.object(value)['id']) }));
const amount = (value: unknown): { amount: string } => ({ amount: plain.text(plain.object(value)['amount']) });
const shopMoney = (value: unknown) => ({ shopMoney: amount(plain.object(value)['shopMoney']) });
const bothMoneys = (value: unknown) => {
  const of = plain.object(value);
  return { shopMoney: amount(of['shopMoney']), presentmentMoney: amount(of['presentmentMoney']) };
};
const moneyOfCurrency = (value: unknown) => {
  const of = plain.object(plain.object(value)['shopMoney']);
  return { shopMoney: { amount: plain.text(of['amount']), currencyCode: plain.text(of['currencyCode']) } };
};
const optionalShopMoney = plain.optional(shopMoney);
const texts = plain.array(plain.text);

const paymentDetails = plain.optional((value) => {
  const { company, number } = plain.object(value);
  return { company: plain.optionalText(company), number: plain.optionalText(number) };
});

const transactions = plain.array((value): BulkOrder['transactions'][number] => {
  const of = plain.object(value);
  return {
    id: plain.text(of['id']),
    kind: plain.text(of['kind']),
    status: plain.text(of['status']),
    gateway: plain.optionalText(of['gateway']),
    processedAt: plain.optionalTime(of['processedAt']),
    parentTransaction: ref(of['parentTransaction']),
    paymentDetails: paymentDetails(of['paymentDetails']),
    amountSet: moneyOfCurrency(of['amountSet']),
  };
});

const refunds = plain.array((value): BulkOrder['refunds'][number] => {
  const of = plain.object(value);
  return {
    id: plain.text(of['id']),
    createdAt: plain.optionalTime(of['createdAt']),
    processedAt: plain.optionalTime(of['processedAt']),
    note: plain.optionalText(of['note']),
    totalRefundedSet: shopMoney(of['totalRefundedSet']),
  };
});

const tracking = plain.array((value) => ({ company: plain.optionalText(plain.object(value)['company']) }));
const fulfillments = plain.array((value): BulkOrder['fulfillments'][number] => {
  const of = plain.object(value);
  return {
    id: plain.text(of['id']),
    status: plain.text(of['status']),
    displayStatus: plain.optionalText(of['displayStatus']),
    createdAt: plain.time(of['createdAt']),
    updatedAt: plain.time(of['updatedAt']),
    location: ref(of['location']),
    trackingInfo: tracking(of['trackingInfo']),
  };
});

function readOrder(of: Readonly<Record<string, unknown>>): BulkOrder {
  return {
    __typename: 'Order',
    id: plain.text(of['id']),
    name: plain.text(of['name']),
    createdAt: plain.time(of['createdAt']),
    processedAt: plain.time(of['processedAt']),
    updatedAt: plain.time(of['updatedAt']),
    cancelledAt: plain.optionalTime(of['cancelledAt']),
    cancelReason: plain.optionalText(of['cancelReason']),
    closedAt: plain.optionalTime(of['closedAt']),
    test: plain.flag(of['test']),
    edited: plain.flag(of['edited']),
    sourceName: plain.optionalText(of['sourceName']),
    displayFinancialStatus: plain.optionalText(of['displayFinancialStatus']),
    displayFulfillmentStatus: plain.optionalText(of['displayFulfillmentStatus']),
    tags: texts(of['tags']),
    currencyCode: plain.text(of['currencyCode']),
    presentmentCurrencyCode: plain.text(of['presentmentCurrencyCode']),
    taxesIncluded: plain.flag(of['taxesIncluded']),
    customer: ref(of['customer']),
    retailLocation: ref(of['retailLocation']),
    totalPriceSet: bothMoneys(of['totalPriceSet']),
    totalTaxSet: optionalShopMoney(of['totalTaxSet']),
    totalShippingPriceSet: shopMoney(of['totalShippingPriceSet']),
    discountCodes: texts(of['discountCodes']),
    transactions: transactions(of['transactions']),
    refunds: refunds(of['refunds']),
    fulfillments: fulfillments(of['fulfillments']),
  };
}

const allocations = plain.array((value): BulkLineItem['discountAllocations'][number] => {
  const of = plain.object(value);
  return {
    allocatedAmountSet: shopMoney(of['allocatedAmountSet']),
    discountApplication: { index: plain.whole(plain.object(of['discountApplication'])['index']) },
  };
});
const taxLines = plain.array((value) => ({ priceSet: shopMoney(plain.object(value)['priceSet']) }));

function readLineItem(of: Readonly<Record<string, unknown>>): BulkLineItem {
  return {
    __typename: 'LineItem',
    __parentId: plain.text(of['__parentId']),
    id: plain.text(of['id']),
    title: plain.text(of['title']),
    variantTitle: plain.optionalText(of['variantTitle']),
    sku: plain.optionalText(of['sku']),
    vendor: plain.optionalText(of['vendor']),
    quantity: plain.whole(of['quantity']),
    currentQuantity: plain.whole(of['currentQuantity']),
    isGiftCard: plain.flag(of['isGiftCard']),
    requiresShipping: plain.flag(of['requiresShipping']),
    product: ref(of['product']),
    variant: ref(of['variant']),
    originalUnitPriceSet: bothMoneys(of['originalUnitPriceSet']),
    discountAllocations: allocations(of['discountAllocations']),
    taxLines: taxLines(of['taxLines']),
  };
}

/** @throws what tells `quickly` to ask the schema. */
function readLine(value: unknown): BulkLine {
  const of = plain.object(value);
  if (of['__typename'] === 'LineItem') return readLineItem(of);
  return of['__typename'] === 'Order' ? readOrder(of) : plain.refuse();
}

/** A line of an export. */
export const quickBulkLine = quickly(readLine, bulkLine);
