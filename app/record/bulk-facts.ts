import { cardOf } from './parse-order-webhook.ts';
import { addressOf } from './person.ts';
import { gidNumber } from '../core/gid.ts';
import { parseMinor } from '../core/money.ts';
import type {
  BulkAgreement,
  BulkApplication,
  BulkCollection,
  BulkCustomer,
  BulkLevel,
  BulkLine,
  BulkLineItem,
  BulkLocation,
  BulkOrder,
  BulkProduct,
  BulkSale,
  BulkVariant,
} from './bulk-lines.ts';
import type {
  CollectionRead,
  DiscountUseFacts,
  FulfilmentFacts,
  OrderFacts,
  OrderLineFacts,
  RefundFacts,
  CustomerFacts,
  InventoryItemFacts,
  InventoryLevelFacts,
  LocationFacts,
  ProductFacts,
} from './facts.ts';
import { birthDay, discountValue, fulfilmentStatus, shipmentStatus } from './store-words.ts';

/** A root object of a bulk export with the children that followed it. */
export type BulkGroup = { root: BulkLine; children: BulkLine[] };

const isLineItem = (line: BulkLine): line is BulkLineItem => line.__typename === 'LineItem';
const isApplication = (line: BulkLine): line is BulkApplication => line.__typename.endsWith('Application');
const isAgreement = (line: BulkLine): line is BulkAgreement => line.__typename.endsWith('Agreement');
const isSale = (line: BulkLine): line is BulkSale => line.__typename.endsWith('Sale');
const isVariant = (line: BulkLine): line is BulkVariant => line.__typename === 'ProductVariant';
const isLevel = (line: BulkLine): line is BulkLevel => line.__typename === 'InventoryLevel';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const numberOf = (ref: { id: string } | null): bigint | null => (ref ? gidNumber(ref.id) : null);
const lower = (status: string | null): string | null => status?.toLowerCase() ?? null;

function lineFacts(line: BulkLineItem, position: number, order: BulkOrder): OrderLineFacts {
  const { currencyCode: currency } = order;
  return {
    id: gidNumber(line.id, 'LineItem'),
    position,
    productId: numberOf(line.product),
    variantId: numberOf(line.variant),
    title: line.title,
    variantTitle: line.variantTitle,
    sku: line.sku === '' ? null : line.sku,
    vendor: line.vendor,
    quantity: line.quantity,
    currentQuantity: line.currentQuantity,
    unitPrice: parseMinor(line.originalUnitPriceSet.shopMoney.amount, currency),
    presentmentUnitPrice: parseMinor(line.originalUnitPriceSet.presentmentMoney.amount, order.presentmentCurrencyCode),
    discount: sum(line.discountAllocations.map((part) => parseMinor(part.allocatedAmountSet.shopMoney.amount, currency))),
    tax: sum(line.taxLines.map((part) => parseMinor(part.priceSet.shopMoney.amount, currency))),
    giftCard: line.isGiftCard,
    requiresShipping: line.requiresShipping,
  };
}

const KINDS: Readonly<Record<BulkApplication['__typename'], DiscountUseFacts['kind']>> = {
  DiscountCodeApplication: 'code',
  AutomaticDiscountApplication: 'automatic',
  ManualDiscountApplication: 'manual',
  ScriptDiscountApplication: 'script',
};

function discountUses(order: BulkOrder, applications: readonly BulkApplication[], lines: readonly BulkLineItem[]): DiscountUseFacts[] {
  const given = new Map<number, bigint>();
  for (const part of lines.flatMap((line) => line.discountAllocations)) {
    const { index } = part.discountApplication;
    given.set(index, (given.get(index) ?? 0n) + parseMinor(part.allocatedAmountSet.shopMoney.amount, order.currencyCode));
  }
  return applications
    .toSorted((a, b) => a.index - b.index)
    .map((application) => ({
      position: application.index,
      code: application.code?.toUpperCase() ?? null,
      kind: KINDS[application.__typename],
      title: application.title,
      valueType: application.value.__typename === 'MoneyV2' ? 'fixed_amount' : 'percentage',
      value: discountValue(
        application.value.amount ?? application.value.percentage ?? null,
        application.value.__typename === 'MoneyV2' ? 'fixed_amount' : 'percentage',
        order.currencyCode,
      ),
      amount: given.get(application.index) ?? 0n,
    }));
}

/** What was taken back, from the sales agreements that belong to a refund. */
function refundFacts(order: BulkOrder, agreements: readonly BulkAgreement[], sales: readonly BulkSale[]): RefundFacts[] {
  const currency = order.currencyCode;
  const minor = (set: { shopMoney: { amount: string } }): bigint => parseMinor(set.shopMoney.amount, currency);
  const refundOfAgreement = new Map(agreements.flatMap((agreement) => (agreement.refund ? [[agreement.id, agreement] as const] : [])));
  return order.refunds.map((refund) => {
    const mine = sales.filter((sale) => refundOfAgreement.get(sale.__parentId)?.refund?.id === refund.id);
    const happenedAt = agreements.find((agreement) => agreement.refund?.id === refund.id)?.happenedAt;
    const goods = mine.filter((sale) => sale.lineItem !== null && sale.lineType === 'PRODUCT');
    return {
      id: gidNumber(refund.id, 'Refund'),
      createdAt: refund.processedAt ?? refund.createdAt ?? happenedAt ?? order.updatedAt,
      note: refund.note,
      amount: minor(refund.totalRefundedSet),
      adjustment: -sum(mine.filter((sale) => !goods.includes(sale)).map((sale) => minor(sale.totalAmount))),
      lines: goods.map((sale) => {
        // A return is a sale of less than nothing.
        const [total, tax] = [-minor(sale.totalAmount), -minor(sale.totalTaxAmount)];
        return {
          id: gidNumber(sale.id),
          lineId: sale.lineItem ? gidNumber(sale.lineItem.id) : 0n,
          quantity: -(sale.quantity ?? 0),
          restockType: null,
          locationId: null,
          subtotal: order.taxesIncluded ? total : total - tax,
          tax,
        };
      }),
    };
  });
}

function fulfilmentFacts(fulfilment: BulkOrder['fulfillments'][number]): FulfilmentFacts {
  return {
    id: gidNumber(fulfilment.id, 'Fulfillment'),
    status: fulfilment.status.toLowerCase(),
    shipmentStatus: shipmentStatus(fulfilment.displayStatus),
    locationId: numberOf(fulfilment.location),
    trackingCompany: fulfilment.trackingInfo[0]?.company ?? null,
    createdAt: fulfilment.createdAt,
    updatedAt: fulfilment.updatedAt,
  };
}

export function bulkOrderFacts(order: BulkOrder, children: readonly BulkLine[]): OrderFacts {
  const currency = order.currencyCode;
  const lines = children.filter(isLineItem);
  return {
    id: gidNumber(order.id, 'Order'),
    name: order.name,
    customerId: numberOf(order.customer),
    createdAt: order.createdAt,
    processedAt: order.processedAt,
    updatedAt: order.updatedAt,
    cancelledAt: order.cancelledAt,
    cancelReason: lower(order.cancelReason),
    closedAt: order.closedAt,
    test: order.test,
    edited: order.edited,
    channel: order.sourceName ?? 'unknown',
    financialStatus: lower(order.displayFinancialStatus),
    fulfilmentStatus: fulfilmentStatus(order.displayFulfillmentStatus),
    locationId: numberOf(order.retailLocation),
    tags: order.tags,
    currency,
    presentmentCurrency: order.presentmentCurrencyCode,
    taxesIncluded: order.taxesIncluded,
    presentmentTotal: parseMinor(order.totalPriceSet.presentmentMoney.amount, order.presentmentCurrencyCode),
    total: parseMinor(order.totalPriceSet.shopMoney.amount, currency),
    shipping: parseMinor(order.totalShippingPriceSet.shopMoney.amount, currency),
    tax: order.totalTaxSet ? parseMinor(order.totalTaxSet.shopMoney.amount, currency) : 0n,
    lines: lines.map((line, position) => lineFacts(line, position, order)),
    discountUses: discountUses(order, children.filter(isApplication), lines),
    transactions: order.transactions.map((entry) => ({
      id: gidNumber(entry.id, 'OrderTransaction'),
      parentId: numberOf(entry.parentTransaction),
      kind: entry.kind.toLowerCase(),
      status: entry.status.toLowerCase(),
      gateway: entry.gateway,
      amount: parseMinor(entry.amountSet.shopMoney.amount, entry.amountSet.shopMoney.currencyCode),
      currency: entry.amountSet.shopMoney.currencyCode,
      processedAt: entry.processedAt,
      card: cardOf(entry.paymentDetails?.company, entry.paymentDetails?.number),
    })),
    refunds: refundFacts(order, children.filter(isAgreement), children.filter(isSale)),
    fulfilments: order.fulfillments.map(fulfilmentFacts),
  };
}

export function bulkLocationFacts(location: BulkLocation): LocationFacts {
  return {
    id: gidNumber(location.id, 'Location'),
    name: location.name,
    country: location.address?.countryCode ?? null,
    city: location.address?.city ?? null,
    active: location.isActive,
    updatedAt: location.updatedAt,
  };
}

export function bulkProductFacts(
  product: BulkProduct,
  children: readonly BulkLine[],
  currency: string,
): { product: ProductFacts; items: InventoryItemFacts[] } {
  const id = gidNumber(product.id, 'Product');
  const variants = children.filter(isVariant);
  return {
    product: {
      id,
      title: product.title,
      handle: product.handle,
      vendor: product.vendor,
      productType: product.productType,
      status: product.status.toLowerCase(),
      tags: product.tags,
      imageUrl: product.featuredMedia?.preview?.image?.url ?? null,
      createdAt: product.createdAt,
      updatedAt: product.updatedAt,
      variants: variants.map((variant) => ({
        id: gidNumber(variant.id, 'ProductVariant'),
        productId: id,
        title: variant.title,
        sku: variant.sku === '' ? null : variant.sku,
        barcode: variant.barcode === '' ? null : variant.barcode,
        price: parseMinor(variant.price, currency),
        compareAtPrice: variant.compareAtPrice === null ? null : parseMinor(variant.compareAtPrice, currency),
        inventoryItemId: gidNumber(variant.inventoryItem.id, 'InventoryItem'),
        position: variant.position,
      })),
    },
    items: variants.map(({ inventoryItem: item }) => ({
      id: gidNumber(item.id, 'InventoryItem'),
      sku: item.sku,
      tracked: item.tracked,
      unitCost: item.unitCost ? parseMinor(item.unitCost.amount, item.unitCost.currencyCode) : null,
      unitCostCurrency: item.unitCost?.currencyCode ?? null,
      updatedAt: item.updatedAt,
    })),
  };
}

export function bulkCollectionFacts(collection: BulkCollection, children: readonly BulkLine[]): CollectionRead {
  return {
    id: gidNumber(collection.id, 'Collection'),
    title: collection.title,
    handle: collection.handle,
    updatedAt: collection.updatedAt,
    // What is no source of conditions is other collections, of which products come and go as silently.
    smart: collection.sources.some(({ inclusion }) => inclusion === null || inclusion.conditions.length > 0),
    productIds: children.flatMap((line) => (line.__typename === 'CollectionProduct' ? [gidNumber(line.id, 'Product')] : [])),
  };
}

export function bulkLevelFacts(item: { id: string }, children: readonly BulkLine[]): InventoryLevelFacts[] {
  return children.filter(isLevel).map((level) => ({
    inventoryItemId: gidNumber(item.id, 'InventoryItem'),
    locationId: gidNumber(level.location.id, 'Location'),
    available: level.quantities.find((quantity) => quantity.name === 'available')?.quantity ?? null,
    updatedAt: level.updatedAt,
  }));
}

const NO_CONTACT = { marketingState: null, marketingUpdatedAt: null };

function contacts(customer: BulkCustomer) {
  const email = customer.defaultEmailAddress ?? { emailAddress: null, ...NO_CONTACT };
  const phone = customer.defaultPhoneNumber ?? { phoneNumber: null, ...NO_CONTACT };
  return {
    email: email.emailAddress,
    phone: phone.phoneNumber,
    emailConsent: lower(email.marketingState),
    emailConsentAt: email.marketingUpdatedAt,
    smsConsent: lower(phone.marketingState),
    smsConsentAt: phone.marketingUpdatedAt,
  };
}

export function bulkCustomerFacts(customer: BulkCustomer): CustomerFacts {
  const { defaultAddress: address } = customer;
  return {
    id: gidNumber(customer.id, 'Customer'),
    ...contacts(customer),
    firstName: customer.firstName,
    lastName: customer.lastName,
    state: customer.state.toLowerCase(),
    locale: customer.locale,
    tags: customer.tags,
    country: address?.countryCodeV2 ?? null,
    province: address?.provinceCode ?? null,
    city: address?.city ?? null,
    address: addressOf([address?.address1, address?.address2], address?.zip),
    birthDay: birthDay(customer.birthDate?.value ?? null),
    createdAt: customer.createdAt,
    updatedAt: customer.updatedAt,
  };
}
