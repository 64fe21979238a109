import { z } from 'zod';
import { flag, optional, optionalText, optionalTime, optionalWhole, text, time, whole } from '../core/payload.ts';

/** The lines of a bulk export (JSONL), as backfill.shopify.server.ts asks for them. Children carry `__parentId`. */
const ref = optional(z.object({ id: text }));
const amount = z.object({ amount: text });
const shopMoney = z.object({ shopMoney: amount });
const bothMoneys = z.object({ shopMoney: amount, presentmentMoney: amount });
const child = { __parentId: text };

const order = z.object({
  __typename: z.literal('Order'),
  id: text,
  name: text,
  createdAt: time,
  processedAt: time,
  updatedAt: time,
  cancelledAt: optionalTime,
  cancelReason: optionalText,
  closedAt: optionalTime,
  test: flag,
  edited: flag,
  sourceName: optionalText,
  displayFinancialStatus: optionalText,
  displayFulfillmentStatus: optionalText,
  tags: z.array(text),
  currencyCode: text,
  presentmentCurrencyCode: text,
  taxesIncluded: flag,
  customer: ref,
  retailLocation: ref,
  totalPriceSet: bothMoneys,
  totalTaxSet: optional(shopMoney),
  totalShippingPriceSet: shopMoney,
  discountCodes: z.array(text),
  transactions: z.array(
    z.object({
      id: text,
      kind: text,
      status: text,
      gateway: optionalText,
      processedAt: optionalTime,
      parentTransaction: ref,
      paymentDetails: optional(z.object({ company: optionalText, number: optionalText })),
      amountSet: z.object({ shopMoney: z.object({ amount: text, currencyCode: text }) }),
    }),
  ),
  refunds: z.array(
    z.object({ id: text, createdAt: optionalTime, processedAt: optionalTime, note: optionalText, totalRefundedSet: shopMoney }),
  ),
  fulfillments: z.array(
    z.object({
      id: text,
      status: text,
      displayStatus: optionalText,
      createdAt: time,
      updatedAt: time,
      location: ref,
      trackingInfo: z.array(z.object({ company: optionalText })),
    }),
  ),
});

const lineItem = z.object({
  __typename: z.literal('LineItem'),
  ...child,
  id: text,
  title: text,
  variantTitle: optionalText,
  sku: optionalText,
  vendor: optionalText,
  quantity: whole,
  currentQuantity: whole,
  isGiftCard: flag,
  requiresShipping: flag,
  product: ref,
  variant: ref,
  originalUnitPriceSet: bothMoneys,
  discountAllocations: z.array(z.object({ allocatedAmountSet: shopMoney, discountApplication: z.object({ index: whole }) })),
  taxLines: z.array(z.object({ priceSet: shopMoney })),
});

const application = z.object({
  __typename: z.enum(['DiscountCodeApplication', 'AutomaticDiscountApplication', 'ManualDiscountApplication', 'ScriptDiscountApplication']),
  ...child,
  index: whole,
  code: optionalText,
  title: optionalText,
  value: z.object({ __typename: text, amount: optionalText, percentage: optional(z.number()) }),
});

const agreement = z.object({
  __typename: z.enum(['OrderAgreement', 'OrderEditAgreement', 'RefundAgreement', 'ReturnAgreement']),
  ...child,
  id: text,
  happenedAt: time,
  refund: ref,
});

const SALES = [
  'ProductSale',
  'ShippingLineSale',
  'AdjustmentSale',
  'AdditionalFeeSale',
  'DutySale',
  'FeeSale',
  'GiftCardSale',
  'TipSale',
  'UnknownSale',
] as const;
const sale = z.object({
  __typename: z.enum(SALES),
  ...child,
  id: text,
  actionType: text,
  lineType: text,
  quantity: optionalWhole,
  totalAmount: shopMoney,
  totalTaxAmount: shopMoney,
  lineItem: ref,
});

const location = z.object({
  __typename: z.literal('Location'),
  id: text,
  name: text,
  isActive: flag,
  updatedAt: time,
  address: optional(z.object({ city: optionalText, countryCode: optionalText })),
});

const product = z.object({
  __typename: z.literal('Product'),
  id: text,
  title: text,
  handle: optionalText,
  vendor: optionalText,
  productType: optionalText,
  status: text,
  tags: z.array(text),
  createdAt: time,
  updatedAt: time,
  featuredMedia: optional(z.object({ preview: optional(z.object({ image: optional(z.object({ url: text })) })) })),
});

const variant = z.object({
  __typename: z.literal('ProductVariant'),
  ...child,
  id: text,
  title: text,
  sku: optionalText,
  barcode: optionalText,
  price: text,
  compareAtPrice: optionalText,
  position: whole,
  inventoryItem: z.object({
    id: text,
    sku: optionalText,
    tracked: flag,
    updatedAt: time,
    unitCost: optional(z.object({ amount: text, currencyCode: text })),
  }),
});

const collection = z.object({
  __typename: z.literal('Collection'),
  id: text,
  title: text,
  handle: optionalText,
  updatedAt: time,
  sources: z.array(z.object({ __typename: text, inclusion: optional(z.object({ conditions: z.array(z.unknown()) })) })),
});
/** A product below a collection: of a root product everything comes, of this its id. */
const collectionProduct = z.object({ __typename: z.literal('CollectionProduct'), ...child, id: text });

const inventoryItem = z.object({ __typename: z.literal('InventoryItem'), id: text });
const inventoryLevel = z.object({
  __typename: z.literal('InventoryLevel'),
  ...child,
  id: text,
  updatedAt: time,
  location: z.object({ id: text }),
  quantities: z.array(z.object({ name: text, quantity: whole })),
});

const contact = { marketingState: optionalText, marketingUpdatedAt: optionalTime };
const customer = z.object({
  __typename: z.literal('Customer'),
  id: text,
  firstName: optionalText,
  lastName: optionalText,
  state: text,
  locale: optionalText,
  tags: z.array(text),
  createdAt: time,
  updatedAt: time,
  defaultEmailAddress: optional(z.object({ emailAddress: text, ...contact })),
  defaultPhoneNumber: optional(z.object({ phoneNumber: text, ...contact })),
  defaultAddress: optional(
    z.object({
      address1: optionalText,
      address2: optionalText,
      zip: optionalText,
      city: optionalText,
      provinceCode: optionalText,
      countryCodeV2: optionalText,
    }),
  ),
  birthDate: optional(z.object({ value: text })),
});

const anyLine = z.discriminatedUnion('__typename', [
  order,
  lineItem,
  application,
  agreement,
  sale,
  location,
  product,
  variant,
  collection,
  collectionProduct,
  inventoryItem,
  inventoryLevel,
  customer,
]);
const isBelow = (line: unknown): line is object =>
  typeof line === 'object' && line !== null && '__parentId' in line && '__typename' in line && line.__typename === 'Product';
export const bulkLine = z.preprocess((line) => (isBelow(line) ? { ...line, __typename: 'CollectionProduct' } : line), anyLine);
export type BulkLine = z.output<typeof bulkLine>;
export type BulkOf<Type extends BulkLine['__typename']> = Extract<BulkLine, { __typename: Type }>;
export type BulkOrder = z.output<typeof order>;
export type BulkLineItem = z.output<typeof lineItem>;
export type BulkApplication = z.output<typeof application>;
export type BulkAgreement = z.output<typeof agreement>;
export type BulkSale = z.output<typeof sale>;
export type BulkProduct = z.output<typeof product>;
export type BulkVariant = z.output<typeof variant>;
export type BulkLevel = z.output<typeof inventoryLevel>;
export type BulkLocation = z.output<typeof location>;
export type BulkCollection = z.output<typeof collection>;
export type BulkCustomer = z.output<typeof customer>;

/** Is this line a new root object, with which the children of the one before have ended? */
export function isRoot(line: BulkLine): boolean {
  return !('__parentId' in line);
}
