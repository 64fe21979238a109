import { z } from 'zod';

/** The lines of a bulk export (JSONL), as backfill.shopify.server.ts asks for them. Children carry `__parentId`. */
const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
const optionalTime = time.nullish().transform((value) => value ?? null);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const ref = z
  .object({ id: z.string() })
  .nullish()
  .transform((value) => value ?? null);
const amount = z.object({ amount: z.string() });
const shopMoney = z.object({ shopMoney: amount });
const bothMoneys = z.object({ shopMoney: amount, presentmentMoney: amount });
const child = { __parentId: z.string() };

const order = z.object({
  __typename: z.literal('Order'),
  id: z.string(),
  name: z.string(),
  createdAt: time,
  processedAt: time,
  updatedAt: time,
  cancelledAt: optionalTime,
  cancelReason: text,
  closedAt: optionalTime,
  test: z.boolean(),
  edited: z.boolean(),
  sourceName: text,
  displayFinancialStatus: text,
  displayFulfillmentStatus: text,
  tags: z.array(z.string()),
  currencyCode: z.string(),
  presentmentCurrencyCode: z.string(),
  taxesIncluded: z.boolean(),
  customer: ref,
  retailLocation: ref,
  totalPriceSet: bothMoneys,
  totalTaxSet: shopMoney.nullish(),
  totalShippingPriceSet: shopMoney,
  discountCodes: z.array(z.string()),
  transactions: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      status: z.string(),
      gateway: text,
      processedAt: optionalTime,
      parentTransaction: ref,
      amountSet: z.object({ shopMoney: z.object({ amount: z.string(), currencyCode: z.string() }) }),
    }),
  ),
  refunds: z.array(
    z.object({ id: z.string(), createdAt: optionalTime, processedAt: optionalTime, note: text, totalRefundedSet: shopMoney }),
  ),
  fulfillments: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      displayStatus: text,
      createdAt: time,
      updatedAt: time,
      location: ref,
      trackingInfo: z.array(z.object({ company: text })),
    }),
  ),
});

const lineItem = z.object({
  __typename: z.literal('LineItem'),
  ...child,
  id: z.string(),
  title: z.string(),
  variantTitle: text,
  sku: text,
  vendor: text,
  quantity: z.int(),
  currentQuantity: z.int(),
  isGiftCard: z.boolean(),
  requiresShipping: z.boolean(),
  product: ref,
  variant: ref,
  originalUnitPriceSet: bothMoneys,
  discountAllocations: z.array(z.object({ allocatedAmountSet: shopMoney, discountApplication: z.object({ index: z.int() }) })),
  taxLines: z.array(z.object({ priceSet: shopMoney })),
});

const application = z.object({
  __typename: z.enum(['DiscountCodeApplication', 'AutomaticDiscountApplication', 'ManualDiscountApplication', 'ScriptDiscountApplication']),
  ...child,
  index: z.int(),
  code: text,
  title: text,
  value: z.object({ __typename: z.string(), amount: text, percentage: z.number().nullish() }),
});

const agreement = z.object({
  __typename: z.enum(['OrderAgreement', 'OrderEditAgreement', 'RefundAgreement', 'ReturnAgreement']),
  ...child,
  id: z.string(),
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
  id: z.string(),
  actionType: z.string(),
  lineType: z.string(),
  quantity: z.int().nullish(),
  totalAmount: shopMoney,
  totalTaxAmount: shopMoney,
  lineItem: ref,
});

const location = z.object({
  __typename: z.literal('Location'),
  id: z.string(),
  name: z.string(),
  isActive: z.boolean(),
  updatedAt: time,
  address: z.object({ city: text, countryCode: text }).nullish(),
});

const product = z.object({
  __typename: z.literal('Product'),
  id: z.string(),
  title: z.string(),
  handle: text,
  vendor: text,
  productType: text,
  status: z.string(),
  tags: z.array(z.string()),
  createdAt: time,
  updatedAt: time,
  featuredMedia: z.object({ preview: z.object({ image: z.object({ url: z.string() }).nullish() }).nullish() }).nullish(),
});

const variant = z.object({
  __typename: z.literal('ProductVariant'),
  ...child,
  id: z.string(),
  title: z.string(),
  sku: text,
  barcode: text,
  price: z.string(),
  compareAtPrice: text,
  position: z.int(),
  inventoryItem: z.object({
    id: z.string(),
    sku: text,
    tracked: z.boolean(),
    updatedAt: time,
    unitCost: z.object({ amount: z.string(), currencyCode: z.string() }).nullish(),
  }),
});

const inventoryItem = z.object({ __typename: z.literal('InventoryItem'), id: z.string() });
const inventoryLevel = z.object({
  __typename: z.literal('InventoryLevel'),
  ...child,
  id: z.string(),
  updatedAt: time,
  location: z.object({ id: z.string() }),
  quantities: z.array(z.object({ name: z.string(), quantity: z.int() })),
});

const contact = { marketingState: text, marketingUpdatedAt: optionalTime };
const customer = z.object({
  __typename: z.literal('Customer'),
  id: z.string(),
  firstName: text,
  lastName: text,
  state: z.string(),
  locale: text,
  tags: z.array(z.string()),
  createdAt: time,
  updatedAt: time,
  defaultEmailAddress: z.object({ emailAddress: z.string(), ...contact }).nullish(),
  defaultPhoneNumber: z.object({ phoneNumber: z.string(), ...contact }).nullish(),
  defaultAddress: z.object({ city: text, provinceCode: text, countryCodeV2: text }).nullish(),
});

export const bulkLine = z.discriminatedUnion('__typename', [
  order,
  lineItem,
  application,
  agreement,
  sale,
  location,
  product,
  variant,
  inventoryItem,
  inventoryLevel,
  customer,
]);
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
export type BulkCustomer = z.output<typeof customer>;

/** Is this line a new root object, with which the children of the one before have ended? */
export function isRoot(line: BulkLine): boolean {
  return !('__parentId' in line);
}
