import { z } from 'zod';
import {
  decimal,
  id,
  list,
  optional,
  optionalDecimal,
  optionalFlag,
  optionalId,
  optionalMoneySet,
  optionalText,
  optionalTime,
  optionalWhole,
  text,
  whole,
} from '../core/payload.ts';

/**
 * What Storebook reads of Shopify's webhook bodies (REST shape). Unknown fields pass, absent ones are null, so that
 * older and newer API versions parse alike. Bodies come from parseLossless: a long id is a bigint.
 */
const gid = optionalText;
/** "a, b" (REST) or a list (events of newer topics); null and absent are none. @returns undefined when it is neither. */
export function tagsOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null || value === '') return [];
  const parts: unknown[] | null = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : null;
  if (!parts?.every((part) => typeof part === 'string')) return undefined;
  return parts.map((tag) => tag.trim()).filter((tag) => tag !== '');
}
const tags = z.transform((value: unknown, context): string[] => {
  const told = tagsOf(value);
  if (!told) context.issues.push({ code: 'custom', message: 'expected tags', input: value });
  return told ?? [];
});

/** As `tags`, and null where the payload does not speak of them (customers, since version 2025-01). */
const tagsIfTold = optional(tags);

const taxLine = z.object({ price: optionalDecimal, price_set: optionalMoneySet });

const lineItem = z.object({
  id,
  admin_graphql_api_id: gid,
  product_id: optionalId,
  variant_id: optionalId,
  title: optionalText,
  variant_title: optionalText,
  sku: optionalText,
  vendor: optionalText,
  quantity: whole,
  current_quantity: optionalWhole,
  price: decimal,
  price_set: optionalMoneySet,
  gift_card: optionalFlag,
  requires_shipping: optionalFlag,
  tax_lines: list(taxLine),
  discount_allocations: list(z.object({ amount: decimal, amount_set: optionalMoneySet, discount_application_index: optionalWhole })),
});

export const transaction = z.object({
  id,
  admin_graphql_api_id: gid,
  order_id: optionalId,
  parent_id: optionalId,
  kind: text,
  status: text,
  gateway: optionalText,
  amount: optionalDecimal,
  currency: optionalText,
  created_at: optionalTime,
  processed_at: optionalTime,
  payment_details: optional(z.object({ credit_card_company: optionalText, credit_card_number: optionalText })),
});
export type TransactionPayload = z.output<typeof transaction>;

export const refund = z.object({
  id,
  admin_graphql_api_id: gid,
  order_id: optionalId,
  created_at: optionalTime,
  processed_at: optionalTime,
  note: optionalText,
  refund_line_items: list(
    z.object({
      id,
      line_item_id: id,
      quantity: whole,
      restock_type: optionalText,
      location_id: optionalId,
      subtotal: optionalDecimal,
      subtotal_set: optionalMoneySet,
      total_tax: optionalDecimal,
      total_tax_set: optionalMoneySet,
    }),
  ),
  transactions: list(transaction),
  order_adjustments: list(z.object({ amount: decimal, amount_set: optionalMoneySet })),
});
export type RefundPayload = z.output<typeof refund>;

export const fulfilment = z.object({
  id,
  admin_graphql_api_id: gid,
  order_id: optionalId,
  status: optionalText,
  shipment_status: optionalText,
  location_id: optionalId,
  tracking_company: optionalText,
  created_at: optionalTime,
  updated_at: optionalTime,
});
export type FulfilmentPayload = z.output<typeof fulfilment>;

const consent = optional(z.object({ state: optionalText, consent_updated_at: optionalTime }));

export const customer = z.object({
  id,
  admin_graphql_api_id: gid,
  email: optionalText,
  phone: optionalText,
  first_name: optionalText,
  last_name: optionalText,
  state: optionalText,
  locale: optionalText,
  tags: tagsIfTold,
  created_at: optionalTime,
  updated_at: optionalTime,
  accepts_marketing: optionalFlag,
  accepts_marketing_updated_at: optionalTime,
  email_marketing_consent: consent,
  sms_marketing_consent: consent,
  default_address: optional(
    z.object({
      country_code: optionalText,
      province_code: optionalText,
      city: optionalText,
      address1: optionalText,
      address2: optionalText,
      zip: optionalText,
    }),
  ),
});
export type CustomerPayload = z.output<typeof customer>;

export const order = z.object({
  id,
  admin_graphql_api_id: gid,
  name: optionalText,
  customer: optional(z.object({ id, admin_graphql_api_id: gid })),
  created_at: optionalTime,
  processed_at: optionalTime,
  updated_at: optionalTime,
  cancelled_at: optionalTime,
  cancel_reason: optionalText,
  closed_at: optionalTime,
  test: optionalFlag,
  source_name: optionalText,
  financial_status: optionalText,
  fulfillment_status: optionalText,
  location_id: optionalId,
  tags,
  currency: z.string().length(3),
  presentment_currency: optionalText,
  taxes_included: optionalFlag,
  total_price: decimal,
  total_price_set: optionalMoneySet,
  total_tax: optionalDecimal,
  total_tax_set: optionalMoneySet,
  total_shipping_price_set: optionalMoneySet,
  shipping_lines: list(z.object({ price: optionalDecimal, price_set: optionalMoneySet })),
  line_items: list(lineItem),
  discount_codes: list(z.object({ code: text, amount: optionalDecimal, type: optionalText })),
  discount_applications: list(
    z.object({
      type: text,
      code: optionalText,
      title: optionalText,
      value_type: optionalText,
      value: optionalDecimal,
    }),
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
  email_marketing_consent: z.object({ state: text, consent_updated_at: optionalTime }),
});
export const smsConsent = z.object({
  customer_id: id,
  sms_marketing_consent: z.object({ state: text, consent_updated_at: optionalTime }),
});

export const product = z.object({
  id,
  admin_graphql_api_id: gid,
  title: text,
  handle: optionalText,
  vendor: optionalText,
  product_type: optionalText,
  status: optionalText,
  tags,
  image: optional(z.object({ src: optionalText })),
  created_at: optionalTime,
  updated_at: optionalTime,
  variants: list(
    z.object({
      id,
      admin_graphql_api_id: gid,
      title: optionalText,
      sku: optionalText,
      barcode: optionalText,
      price: decimal,
      compare_at_price: optionalDecimal,
      inventory_item_id: optionalId,
      position: optionalWhole,
    }),
  ),
});
export type ProductPayload = z.output<typeof product>;

export const collection = z.object({ id, admin_graphql_api_id: gid, title: text, handle: optionalText, updated_at: optionalTime });

export const inventoryItem = z.object({
  id,
  admin_graphql_api_id: gid,
  sku: optionalText,
  tracked: optionalFlag,
  cost: optionalDecimal,
  updated_at: optionalTime,
});

export const inventoryLevel = z.object({
  inventory_item_id: id,
  location_id: id,
  /** A location that does not stock the item says so with null, or with a word in old samples. */
  available: z.transform((value: unknown) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : null)),
  updated_at: optionalTime,
  admin_graphql_api_id: gid,
});

export const location = z.object({
  id,
  admin_graphql_api_id: gid,
  name: text,
  country_code: optionalText,
  city: optionalText,
  active: optionalFlag,
  updated_at: optionalTime,
});

export const checkout = z.object({
  id: optionalId,
  token: text,
  customer: optional(z.object({ id, admin_graphql_api_id: gid })),
  created_at: optionalTime,
  updated_at: optionalTime,
  completed_at: optionalTime,
  currency: text,
  total_price: optionalDecimal,
  line_items: list(z.object({ variant_id: optionalId, quantity: whole })),
});

export const checkoutDeletion = z.object({ token: text });
