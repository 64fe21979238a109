import fs from 'node:fs';
import { z } from 'zod';
import { seeded, type Chance } from '../sandbox/random.ts';

/** A body as Shopify posts it; fields that are not made anew stay as the sample has them. */
const sampleOrder = z.looseObject({
  line_items: z.array(z.looseObject({})).min(1),
  customer: z.looseObject({}),
});
const sample = sampleOrder.parse(JSON.parse(fs.readFileSync('tests/fixtures/webhook-samples/orders-paid.2024-10.json', 'utf8')));

export const VARIANTS = 2_000;
export const CUSTOMERS = 3_000;
const HISTORY_MS = 365 * 86_400_000;
const END = Date.parse('2026-11-20T00:00:00Z');
const CHANNELS = ['web', 'web', 'web', 'web', 'pos', 'shopify_draft_order'];

/** From 0 to count - 1, the low numbers far more often: few goods and customers make most of the sales. */
export const skewed = (chance: Chance, count: number): number => Math.floor(count * chance.next() ** 3);

/** One to twelve, mostly one to three. */
export const lineCount = (chance: Chance): number => 1 + Math.floor(11 * chance.next() ** 3);

const moneySet = (minor: number) => {
  const money = { amount: (minor / 100).toFixed(2), currency_code: 'PLN' };
  return { shop_money: money, presentment_money: money };
};

function lineItem(id: number, chance: Chance): { item: object; minor: number } {
  const variant = skewed(chance, VARIANTS);
  const quantity = chance.whole(1, 4);
  const unit = 500 + ((variant * 37) % 9_500);
  const price = (unit / 100).toFixed(2);
  return {
    minor: unit * quantity,
    item: {
      ...sample.line_items[0],
      id,
      admin_graphql_api_id: `gid://shopify/LineItem/${id}`,
      product_id: 9_000_000_000_000 + Math.floor(variant / 2),
      variant_id: 9_100_000_000_000 + variant,
      sku: `SKU-${variant}`,
      title: `Thing ${Math.floor(variant / 2)}`,
      quantity,
      current_quantity: quantity,
      price,
      price_set: moneySet(unit),
    },
  };
}

/** The body of `orders/create` for the order of this number: 6 to 14 kB, the same for the same number. */
export function orderBody(number: number): string {
  const chance = seeded(number);
  const id = 5_000_000_000_000 + number;
  const lines = Array.from({ length: lineCount(chance) }, (_, at) => lineItem(6_000_000_000_000 + number * 100 + at, chance));
  const total = lines.reduce((sum, line) => sum + line.minor, 0);
  const customer = 7_000_000_000_000 + skewed(chance, CUSTOMERS);
  const at = new Date(END - Math.floor(chance.next() * HISTORY_MS)).toISOString();
  return JSON.stringify({
    ...sample,
    id,
    admin_graphql_api_id: `gid://shopify/Order/${id}`,
    name: `#${number}`,
    number,
    order_number: number,
    created_at: at,
    processed_at: at,
    updated_at: at,
    closed_at: null,
    source_name: chance.pick(CHANNELS),
    customer: { ...sample.customer, id: customer, admin_graphql_api_id: `gid://shopify/Customer/${customer}` },
    line_items: lines.map((line) => line.item),
    fulfillments: [],
    fulfillment_status: null,
    refunds: [],
    total_price: (total / 100).toFixed(2),
    total_price_set: moneySet(total),
    subtotal_price_set: moneySet(total),
    total_line_items_price_set: moneySet(total),
    total_tax: '0.00',
    total_tax_set: moneySet(0),
  });
}
