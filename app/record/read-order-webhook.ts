import { plain, quickly } from '../core/payload.ts';
import {
  order,
  tagsOf,
  type FulfilmentPayload,
  type OrderPayload,
  type RefundPayload,
  type TransactionPayload,
} from './webhook-schemas.ts';

/** Reads an order's body as `order` of webhook-schemas.ts does, field by field; read-order-webhook.test.ts holds the two together. */
type Line = NonNullable<OrderPayload['line_items']>[number];

const tags = plain.fitting(tagsOf);
const currency = plain.fitting((value) => (typeof value === 'string' && value.length === 3 ? value : undefined));

const taxLines = plain.list((value) => {
  const { price, price_set } = plain.object(value);
  return { price: plain.optionalDecimal(price), price_set: plain.optionalMoneySet(price_set) };
});

const allocations = plain.list((value) => {
  const { amount, amount_set, discount_application_index: index } = plain.object(value);
  return {
    amount: plain.decimal(amount),
    amount_set: plain.optionalMoneySet(amount_set),
    discount_application_index: plain.optionalWhole(index),
  };
});

const lines = plain.list((value): Line => {
  const of = plain.object(value);
  return {
    id: plain.id(of['id']),
    admin_graphql_api_id: plain.optionalText(of['admin_graphql_api_id']),
    product_id: plain.optionalId(of['product_id']),
    variant_id: plain.optionalId(of['variant_id']),
    title: plain.optionalText(of['title']),
    variant_title: plain.optionalText(of['variant_title']),
    sku: plain.optionalText(of['sku']),
    vendor: plain.optionalText(of['vendor']),
    quantity: plain.whole(of['quantity']),
    current_quantity: plain.optionalWhole(of['current_quantity']),
    price: plain.decimal(of['price']),
    price_set: plain.optionalMoneySet(of['price_set']),
    gift_card: plain.optionalFlag(of['gift_card']),
    requires_shipping: plain.optionalFlag(of['requires_shipping']),
    tax_lines: taxLines(of['tax_lines']),
    discount_allocations: allocations(of['discount_allocations']),
  };
});

const paymentDetails = plain.optional((value) => {
  const { credit_card_company, credit_card_number } = plain.object(value);
  return {
    credit_card_company: plain.optionalText(credit_card_company),
    credit_card_number: plain.optionalText(credit_card_number),
  };
});

const transactions = plain.list((value): TransactionPayload => {
  const of = plain.object(value);
  return {
    id: plain.id(of['id']),
    admin_graphql_api_id: plain.optionalText(of['admin_graphql_api_id']),
    order_id: plain.optionalId(of['order_id']),
    parent_id: plain.optionalId(of['parent_id']),
    kind: plain.text(of['kind']),
    status: plain.text(of['status']),
    gateway: plain.optionalText(of['gateway']),
    amount: plain.optionalDecimal(of['amount']),
    currency: plain.optionalText(of['currency']),
    created_at: plain.optionalTime(of['created_at']),
    processed_at: plain.optionalTime(of['processed_at']),
    payment_details: paymentDetails(of['payment_details']),
  };
});

const refundLines = plain.list((value) => {
  const of = plain.object(value);
  return {
    id: plain.id(of['id']),
    line_item_id: plain.id(of['line_item_id']),
    quantity: plain.whole(of['quantity']),
    restock_type: plain.optionalText(of['restock_type']),
    location_id: plain.optionalId(of['location_id']),
    subtotal: plain.optionalDecimal(of['subtotal']),
    subtotal_set: plain.optionalMoneySet(of['subtotal_set']),
    total_tax: plain.optionalDecimal(of['total_tax']),
    total_tax_set: plain.optionalMoneySet(of['total_tax_set']),
  };
});

const adjustments = plain.list((value) => {
  const { amount, amount_set } = plain.object(value);
  return { amount: plain.decimal(amount), amount_set: plain.optionalMoneySet(amount_set) };
});

const refunds = plain.list((value): RefundPayload => {
  const of = plain.object(value);
  return {
    id: plain.id(of['id']),
    admin_graphql_api_id: plain.optionalText(of['admin_graphql_api_id']),
    order_id: plain.optionalId(of['order_id']),
    created_at: plain.optionalTime(of['created_at']),
    processed_at: plain.optionalTime(of['processed_at']),
    note: plain.optionalText(of['note']),
    refund_line_items: refundLines(of['refund_line_items']),
    transactions: transactions(of['transactions']),
    order_adjustments: adjustments(of['order_adjustments']),
  };
});

const fulfilments = plain.list((value): FulfilmentPayload => {
  const of = plain.object(value);
  return {
    id: plain.id(of['id']),
    admin_graphql_api_id: plain.optionalText(of['admin_graphql_api_id']),
    order_id: plain.optionalId(of['order_id']),
    status: plain.optionalText(of['status']),
    shipment_status: plain.optionalText(of['shipment_status']),
    location_id: plain.optionalId(of['location_id']),
    tracking_company: plain.optionalText(of['tracking_company']),
    created_at: plain.optionalTime(of['created_at']),
    updated_at: plain.optionalTime(of['updated_at']),
  };
});

const shippingLines = plain.list((value) => {
  const { price, price_set } = plain.object(value);
  return { price: plain.optionalDecimal(price), price_set: plain.optionalMoneySet(price_set) };
});

const discountCodes = plain.list((value) => {
  const { code, amount, type } = plain.object(value);
  return { code: plain.text(code), amount: plain.optionalDecimal(amount), type: plain.optionalText(type) };
});

const discountApplications = plain.list((value) => {
  const of = plain.object(value);
  return {
    type: plain.text(of['type']),
    code: plain.optionalText(of['code']),
    title: plain.optionalText(of['title']),
    value_type: plain.optionalText(of['value_type']),
    value: plain.optionalDecimal(of['value']),
  };
});

const customerOf = plain.optional((value) => {
  const { id, admin_graphql_api_id } = plain.object(value);
  return { id: plain.id(id), admin_graphql_api_id: plain.optionalText(admin_graphql_api_id) };
});

/** @throws what tells `quickly` to ask the schema. */
function readOrder(value: unknown): OrderPayload {
  const of = plain.object(value);
  return {
    id: plain.id(of['id']),
    admin_graphql_api_id: plain.optionalText(of['admin_graphql_api_id']),
    name: plain.optionalText(of['name']),
    customer: customerOf(of['customer']),
    created_at: plain.optionalTime(of['created_at']),
    processed_at: plain.optionalTime(of['processed_at']),
    updated_at: plain.optionalTime(of['updated_at']),
    cancelled_at: plain.optionalTime(of['cancelled_at']),
    cancel_reason: plain.optionalText(of['cancel_reason']),
    closed_at: plain.optionalTime(of['closed_at']),
    test: plain.optionalFlag(of['test']),
    source_name: plain.optionalText(of['source_name']),
    financial_status: plain.optionalText(of['financial_status']),
    fulfillment_status: plain.optionalText(of['fulfillment_status']),
    location_id: plain.optionalId(of['location_id']),
    tags: tags(of['tags']),
    currency: currency(of['currency']),
    presentment_currency: plain.optionalText(of['presentment_currency']),
    taxes_included: plain.optionalFlag(of['taxes_included']),
    total_price: plain.decimal(of['total_price']),
    total_price_set: plain.optionalMoneySet(of['total_price_set']),
    total_tax: plain.optionalDecimal(of['total_tax']),
    total_tax_set: plain.optionalMoneySet(of['total_tax_set']),
    total_shipping_price_set: plain.optionalMoneySet(of['total_shipping_price_set']),
    shipping_lines: shippingLines(of['shipping_lines']),
    line_items: lines(of['line_items']),
    discount_codes: discountCodes(of['discount_codes']),
    discount_applications: discountApplications(of['discount_applications']),
    refunds: refunds(of['refunds']),
    fulfillments: fulfilments(of['fulfillments']),
    transactions: transactions(of['transactions']),
  };
}

/** The body of an order's webhook. */
export const quickOrder = quickly(readOrder, order);
