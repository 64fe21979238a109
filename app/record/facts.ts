import type { Day } from '../core/calendar.ts';

/**
 * An order in the record's own words, whichever way it came (webhook, bulk export, reconciliation query).
 * Amounts are minor units of `currency`, the shop's own money, unless they say otherwise.
 * This is the one input of the projection and, with what it derives, of every rollup.
 */
export type OrderFacts = {
  id: bigint;
  name: string;
  customerId: bigint | null;
  createdAt: Date;
  processedAt: Date;
  /** The version: the newest wins. */
  updatedAt: Date;
  cancelledAt: Date | null;
  cancelReason: string | null;
  closedAt: Date | null;
  test: boolean;
  edited: boolean;
  /** Shopify's source name: "web", "pos", "shopify_draft_order", an app's id; "unknown" where the store says nothing. */
  channel: string;
  financialStatus: string | null;
  fulfilmentStatus: string | null;
  locationId: bigint | null;
  tags: string[];
  currency: string;
  presentmentCurrency: string;
  taxesIncluded: boolean;
  presentmentTotal: bigint;
  total: bigint;
  shipping: bigint;
  tax: bigint;
  lines: OrderLineFacts[];
  discountUses: DiscountUseFacts[];
  transactions: TransactionFacts[];
  refunds: RefundFacts[];
  fulfilments: FulfilmentFacts[];
};

export type OrderLineFacts = {
  id: bigint;
  position: number;
  productId: bigint | null;
  variantId: bigint | null;
  title: string;
  variantTitle: string | null;
  sku: string | null;
  vendor: string | null;
  quantity: number;
  currentQuantity: number;
  unitPrice: bigint;
  presentmentUnitPrice: bigint;
  /** All discounts that fall on the line, its share of order-wide ones included. */
  discount: bigint;
  tax: bigint;
  giftCard: boolean;
  requiresShipping: boolean;
};

export type DiscountUseFacts = {
  position: number;
  /** Upper case; null for automatic and manual discounts. */
  code: string | null;
  kind: 'code' | 'automatic' | 'manual' | 'script';
  title: string | null;
  valueType: string | null;
  value: string | null;
  amount: bigint;
};

export type TransactionFacts = {
  id: bigint;
  parentId: bigint | null;
  kind: string;
  status: string;
  gateway: string | null;
  amount: bigint;
  currency: string;
  processedAt: Date | null;
  /** Company and last digits of the card, as the store masks it ("visa 1234"). */
  card: string | null;
};

export type RefundFacts = {
  id: bigint;
  createdAt: Date;
  note: string | null;
  amount: bigint;
  /** What no line explains: refunded shipping, discrepancies. */
  adjustment: bigint;
  lines: RefundLineFacts[];
};

export type RefundLineFacts = {
  id: bigint;
  lineId: bigint;
  quantity: number;
  restockType: string | null;
  locationId: bigint | null;
  /** After discounts; with tax only where the order's prices include tax. */
  subtotal: bigint;
  tax: bigint;
};

export type FulfilmentFacts = {
  id: bigint;
  status: string;
  shipmentStatus: string | null;
  locationId: bigint | null;
  trackingCompany: string | null;
  createdAt: Date;
  updatedAt: Date;
};

/** How an instant becomes a day, and in which money the shop counts. */
export type ShopCalendar = { timezone: string; currency: string };

/** What one order adds to every rollup; the difference of two contributions is what an update applies. */
export type Contribution = {
  customerId: bigint | null;
  /** When it was ordered, for the customer's first and last order; null where it counts nowhere. */
  orderedAt: Date | null;
  totals: OrderTotals;
  days: DayAmounts[];
  variants: VariantDayAmounts[];
  products: ProductDayAmounts[];
};

/** Order-wide sums. net = gross - discounts - returned - cancelled, all without tax and shipping. */
export type OrderTotals = {
  orders: number;
  units: bigint;
  gross: bigint;
  discounts: bigint;
  returned: bigint;
  returnedUnits: bigint;
  refunds: number;
  cancelled: bigint;
  net: bigint;
  shipping: bigint;
  tax: bigint;
};

export type DayAmounts = { day: Day; channel: string } & OrderTotals;
export type GoodsAmounts = { units: bigint; returnedUnits: bigint; gross: bigint; discounts: bigint; returned: bigint; net: bigint };
export type VariantDayAmounts = { variantId: bigint; day: Day; locationId: bigint } & GoodsAmounts;
export type ProductDayAmounts = { productId: bigint; day: Day; orders: number } & GoodsAmounts;

/** A customer in the record's own words. `updatedAt` is the version; the newest wins. */
export type CustomerFacts = {
  id: bigint;
  email: string | null;
  phone: string | null;
  firstName: string | null;
  lastName: string | null;
  state: string | null;
  locale: string | null;
  /** null: this way of reading does not speak of them (webhooks since version 2025-01); what is held stays. */
  tags: string[] | null;
  country: string | null;
  province: string | null;
  city: string | null;
  /** Street and postcode. */
  address: string | null;
  emailConsent: string | null;
  emailConsentAt: Date | null;
  smsConsent: string | null;
  smsConsentAt: Date | null;
  /** MMDD. Webhooks do not speak of it; what is held stays. */
  birthDay?: number | null;
  createdAt: Date | null;
  updatedAt: Date;
};

/** A consent that came by its own webhook; `at` is its own version. */
export type ConsentFacts = { customerId: bigint; channel: 'email' | 'sms'; state: string; at: Date };

export type VariantFacts = {
  id: bigint;
  productId: bigint;
  title: string;
  sku: string | null;
  barcode: string | null;
  price: bigint;
  compareAtPrice: bigint | null;
  inventoryItemId: bigint | null;
  position: number;
};

/** A product with all its variants; a variant that is not in the newest version is gone. */
export type ProductFacts = {
  id: bigint;
  title: string;
  handle: string | null;
  vendor: string | null;
  productType: string | null;
  status: string;
  tags: string[];
  imageUrl: string | null;
  createdAt: Date | null;
  updatedAt: Date;
  triggeredAt?: Date | null;
  variants: VariantFacts[];
};

/** What a webhook tells of a collection. */
export type CollectionFacts = { id: bigint; title: string; handle: string | null; updatedAt: Date };
/** A collection with all its products; `smart`: products come into it by conditions. */
export type CollectionRead = CollectionFacts & { smart: boolean; productIds: bigint[] };

export type InventoryItemFacts = {
  id: bigint;
  sku: string | null;
  tracked: boolean | null;
  /** Minor units of `unitCostCurrency`; null: not known. */
  unitCost: bigint | null;
  unitCostCurrency: string | null;
  updatedAt: Date;
};

/** `available` null: the item is not stocked there (any more). */
export type InventoryLevelFacts = { inventoryItemId: bigint; locationId: bigint; available: number | null; updatedAt: Date };

export type LocationFacts = {
  id: bigint;
  name: string;
  country: string | null;
  city: string | null;
  active: boolean;
  updatedAt: Date;
};

export type CheckoutFacts = {
  token: string;
  id: bigint | null;
  customerId: bigint | null;
  createdAt: Date;
  updatedAt: Date;
  completedAt: Date | null;
  currency: string;
  total: bigint;
  units: number;
  lines: { variantId: string | null; quantity: number }[];
};
