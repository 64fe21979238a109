import fs from 'node:fs';
import { z } from 'zod';
import type { Chance } from '../../sandbox/random.ts';

/** Bodies as Shopify posts them: the sample's fields, those that matter made anew. */
const sample = z
  .looseObject({ line_items: z.array(z.looseObject({})).min(1), customer: z.looseObject({}) })
  .parse(JSON.parse(fs.readFileSync('tests/fixtures/webhook-samples/orders-paid.2024-10.json', 'utf8')));

export type Line = { id: number; product: number; variant: number; quantity: number; unit: number };
export type RefundOf = { id: number; line: Line; at: string };
export type OrderState = {
  id: number;
  name: string;
  customer: number;
  createdAt: string;
  updatedAt: string;
  cancelledAt: string | null;
  financialStatus: string;
  channel: string;
  code: string | null;
  lines: readonly Line[];
  refunds: readonly RefundOf[];
};

const text = (minor: number): string => (minor / 100).toFixed(2);
const moneySet = (minor: number) => {
  const money = { amount: text(minor), currency_code: 'GBP' };
  return { shop_money: money, presentment_money: money };
};

/** Ten per cent of a line, where the order has a code. Minor units. */
const discountOf = (line: Line, code: string | null): number => (code === null ? 0 : Math.floor((line.unit * line.quantity) / 10));

/** What the customer was charged, in minor units. */
export const totalOf = (order: Pick<OrderState, 'lines' | 'code'>): number =>
  order.lines.reduce((sum, line) => sum + line.unit * line.quantity - discountOf(line, order.code), 0);

export function linesOf(chance: Chance, options: { order: number; variants: number }): Line[] {
  return Array.from({ length: chance.whole(1, 4) }, (_, at) => {
    const variant = Math.floor(options.variants * chance.next() ** 2);
    return {
      id: options.order * 10 + at,
      product: 9_000_000_000_000 + Math.floor(variant / 2),
      variant: 9_100_000_000_000 + variant,
      quantity: chance.whole(1, 4),
      unit: 500 + ((variant * 37) % 9_500),
    };
  });
}

/** A refund of one piece of a line, without its discount. */
export const refundMinor = (refund: RefundOf): number => refund.line.unit;

export function refundBody(order: number, refund: RefundOf): object {
  return {
    id: refund.id,
    admin_graphql_api_id: `gid://shopify/Refund/${refund.id}`,
    order_id: order,
    created_at: refund.at,
    processed_at: refund.at,
    note: null,
    order_adjustments: [],
    transactions: [
      { id: refund.id + 1, order_id: order, kind: 'refund', status: 'success', amount: text(refundMinor(refund)), currency: 'GBP' },
    ],
    refund_line_items: [
      {
        id: refund.id + 2,
        line_item_id: refund.line.id,
        quantity: 1,
        restock_type: 'no_restock',
        location_id: null,
        subtotal: text(refundMinor(refund)),
        subtotal_set: moneySet(refundMinor(refund)),
        total_tax: '0.00',
        total_tax_set: moneySet(0),
      },
    ],
  };
}

export function orderBody(order: OrderState): object {
  const total = totalOf(order);
  const saved = order.lines.reduce((sum, line) => sum + discountOf(line, order.code), 0);
  return {
    ...sample,
    id: order.id,
    admin_graphql_api_id: `gid://shopify/Order/${order.id}`,
    name: order.name,
    currency: 'GBP',
    presentment_currency: 'GBP',
    created_at: order.createdAt,
    processed_at: order.createdAt,
    updated_at: order.updatedAt,
    cancelled_at: order.cancelledAt,
    cancel_reason: order.cancelledAt === null ? null : 'customer',
    closed_at: null,
    source_name: order.channel,
    financial_status: order.financialStatus,
    customer: { ...sample.customer, id: order.customer, admin_graphql_api_id: `gid://shopify/Customer/${order.customer}` },
    discount_codes: order.code === null ? [] : [{ code: order.code, amount: text(saved), type: 'percentage' }],
    discount_applications:
      order.code === null
        ? []
        : [{ type: 'discount_code', code: order.code, value_type: 'percentage', value: '10.0', target_type: 'line_item' }],
    line_items: order.lines.map((line) => ({
      ...sample.line_items[0],
      id: line.id,
      admin_graphql_api_id: `gid://shopify/LineItem/${line.id}`,
      product_id: line.product,
      variant_id: line.variant,
      sku: `SKU-${line.variant}`,
      quantity: line.quantity,
      current_quantity: order.cancelledAt === null ? line.quantity : 0,
      price: text(line.unit),
      price_set: moneySet(line.unit),
      tax_lines: [],
      discount_allocations:
        order.code === null
          ? []
          : [
              {
                amount: text(discountOf(line, order.code)),
                amount_set: moneySet(discountOf(line, order.code)),
                discount_application_index: 0,
              },
            ],
    })),
    fulfillments: [],
    fulfillment_status: null,
    shipping_lines: [],
    total_shipping_price_set: moneySet(0),
    refunds: order.refunds.map((refund) => refundBody(order.id, refund)),
    total_price: text(total),
    total_price_set: moneySet(total),
    total_tax: '0.00',
    total_tax_set: moneySet(0),
  };
}
