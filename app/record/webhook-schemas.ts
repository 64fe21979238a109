import { z } from 'zod';

/**
 * What Storebook reads of Shopify's webhook bodies (REST shape). Unknown fields pass, absent ones are null, so that
 * older and newer API versions parse alike. Bodies come from parseLossless: a long id is a bigint.
 */
const toId = (value: bigint | number | string): bigint => BigInt(value);
export const id = z.union([z.bigint(), z.int(), z.number().refine(Number.isInteger), z.string().regex(/^\d+$/)]).transform(toId);
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);
const optionalId = optional(id);
const text = optional(z.string());
/** Decimal texts; some old payloads carry bare numbers. */
export const decimal = z.union([z.string(), z.number().transform(String)]);
const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
const optionalTime = optional(time);
const gid = optional(z.string());
const list = <T extends z.ZodType>(schema: T) => optional(z.array(schema)).transform((value) => value ?? []);
/** "a, b" (REST) or a list (events of newer topics). */
const tags = optional(z.union([z.string().transform((value) => value.split(',')), z.array(z.string())])).transform((value) =>
  (value ?? []).map((tag) => tag.trim()).filter((tag) => tag !== ''),
);

/** As `tags`, and null where the payload does not speak of them (customers, since version 2025-01). */
const tagsIfTold = optional(z.union([z.string().transform((value) => value.split(',')), z.array(z.string())])).transform(
  (value) => value?.map((tag) => tag.trim()).filter((tag) => tag !== '') ?? null,
);

const money = z.object({ amount: decimal, currency_code: optional(z.string()) });
const moneySet = z.object({ shop_money: money, presentment_money: optional(money) });
const optionalSet = optional(moneySet);

const taxLine = z.object({ price: optional(decimal), price_set: optionalSet });

const lineItem = z.object({
  id,
  admin_graphql_api_id: gid,
  product_id: optionalId,
  variant_id: optionalId,
  title: optional(z.string()),
  variant_title: text,
  sku: text,
  vendor: text,
  quantity: z.int(),
  current_quantity: optional(z.int()),
  price: decimal,
  price_set: optionalSet,
  gift_card: optional(z.boolean()),
  requires_shipping: optional(z.boolean()),
  total_discount: optional(decimal),
  tax_lines: list(taxLine),
  discount_allocations: list(z.object({ amount: decimal, amount_set: optionalSet, discount_application_index: optional(z.int()) })),
});

export const refund = z.object({
  id,
  admin_graphql_api_id: gid,
  order_id: optionalId,
  created_at: optionalTime,
  processed_at: optionalTime,
  note: text,
  refund_line_items: list(
    z.object({
      id,
      line_item_id: id,
      quantity: z.int(),
      restock_type: text,
      location_id: optionalId,
      subtotal: optional(decimal),
      subtotal_set: optionalSet,
      total_tax: optional(decimal),
      total_tax_set: optionalSet,
    }),
  ),
  transactions: list(z.lazy(() => transaction)),
  order_adjustments: list(z.object({ amount: decimal, amount_set: optionalSet })),
});
export type RefundPayload = z.output<typeof refund>;

export const transaction = z.object({
  id,
  admin_graphql_api_id: gid,
  order_id: optionalId,
  parent_id: optionalId,
  kind: z.string(),
  status: z.string(),
  gateway: text,
  amount: optional(decimal),
  currency: text,
  created_at: optionalTime,
  processed_at: optionalTime,
});
export type TransactionPayload = z.output<typeof transaction>;

export const fulfilment = z.object({
  id,
  admin_graphql_api_id: gid,
  order_id: optionalId,
  status: optional(z.string()),
  shipment_status: text,
  location_id: optionalId,
  tracking_company: text,
  created_at: optionalTime,
  updated_at: optionalTime,
});
export type FulfilmentPayload = z.output<typeof fulfilment>;

const consent = optional(z.object({ state: optional(z.string()), consent_updated_at: optionalTime }));

export const customer = z.object({
  id,
  admin_graphql_api_id: gid,
  email: text,
  phone: text,
  first_name: text,
  last_name: text,
  state: text,
  locale: text,
  tags: tagsIfTold,
  created_at: optionalTime,
  updated_at: optionalTime,
  accepts_marketing: optional(z.boolean()),
  accepts_marketing_updated_at: optionalTime,
  email_marketing_consent: consent,
  sms_marketing_consent: consent,
  default_address: optional(z.object({ country_code: text, province_code: text, city: text })),
});
export type CustomerPayload = z.output<typeof customer>;

export const order = z.object({
  id,
  admin_graphql_api_id: gid,
  name: optional(z.string()),
  customer: optional(z.object({ id, admin_graphql_api_id: gid })),
  created_at: optionalTime,
  processed_at: optionalTime,
  updated_at: optionalTime,
  cancelled_at: optionalTime,
  cancel_reason: text,
  closed_at: optionalTime,
  test: optional(z.boolean()),
  source_name: text,
  financial_status: text,
  fulfillment_status: text,
  location_id: optionalId,
  tags,
  currency: z.string().length(3),
  presentment_currency: text,
  taxes_included: optional(z.boolean()),
  total_price: decimal,
  total_price_set: optionalSet,
  total_tax: optional(decimal),
  total_tax_set: optionalSet,
  total_shipping_price_set: optionalSet,
  shipping_lines: list(z.object({ price: optional(decimal), price_set: optionalSet })),
  line_items: list(lineItem),
  discount_codes: list(z.object({ code: z.string(), amount: optional(decimal), type: text })),
  discount_applications: list(
    z.object({ type: z.string(), code: text, title: text, value_type: text, value: optional(decimal), target_type: text }),
  ),
  refunds: list(refund),
  fulfillments: list(fulfilment),
  transactions: list(transaction),
});
export type OrderPayload = z.output<typeof order>;

export const deletion = z.object({ id });

export const orderEdited = z.object({ order_edit: z.object({ order_id: id }) });

/** customer.tags_added, customer.tags_removed: newer topics, with gids and no snake case. */
export const customerTags = z.object({ customerId: z.string() });

export const emailConsent = z.object({
  customer_id: id,
  email_marketing_consent: z.object({ state: z.string(), consent_updated_at: optionalTime }),
});
export const smsConsent = z.object({
  customer_id: id,
  sms_marketing_consent: z.object({ state: z.string(), consent_updated_at: optionalTime }),
});

export const product = z.object({
  id,
  admin_graphql_api_id: gid,
  title: z.string(),
  handle: text,
  vendor: text,
  product_type: text,
  status: text,
  tags,
  image: optional(z.object({ src: text })),
  created_at: optionalTime,
  updated_at: optionalTime,
  variants: list(
    z.object({
      id,
      admin_graphql_api_id: gid,
      title: text,
      sku: text,
      barcode: text,
      price: decimal,
      compare_at_price: optional(decimal),
      inventory_item_id: optionalId,
      position: optional(z.int()),
    }),
  ),
});
export type ProductPayload = z.output<typeof product>;

export const inventoryItem = z.object({
  id,
  admin_graphql_api_id: gid,
  sku: text,
  tracked: optional(z.boolean()),
  cost: optional(decimal),
  updated_at: optionalTime,
});

export const inventoryLevel = z.object({
  inventory_item_id: id,
  location_id: id,
  /** A location that does not stock the item says so with null, or with a word in old samples. */
  available: optional(z.union([z.int(), z.string()])).transform((value) => (typeof value === 'number' ? value : null)),
  updated_at: optionalTime,
  admin_graphql_api_id: gid,
});

export const location = z.object({
  id,
  admin_graphql_api_id: gid,
  name: z.string(),
  country_code: text,
  city: text,
  active: optional(z.boolean()),
  updated_at: optionalTime,
});

export const checkout = z.object({
  id: optionalId,
  token: z.string(),
  customer: optional(z.object({ id, admin_graphql_api_id: gid })),
  created_at: optionalTime,
  updated_at: optionalTime,
  completed_at: optionalTime,
  currency: z.string(),
  total_price: optional(decimal),
  line_items: list(z.object({ variant_id: optionalId, quantity: z.int() })),
});

export const checkoutDeletion = z.object({ token: z.string() });
