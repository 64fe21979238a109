import { once } from 'node:events';
import fs from 'node:fs';
import { seeded, type Chance } from '../sandbox/random.ts';
import { skewed, VARIANTS } from './order-bodies.ts';

const FIRST_DAY = Date.parse('2025-11-20T00:00:00Z');
const HISTORY_MS = 365 * 86_400_000;
const LINES_AN_ORDER = 3;
const CHANNELS = ['web', 'web', 'web', 'web', 'pos', 'shopify_draft_order'];

const shopMoney = (minor: number) => ({ shopMoney: { amount: (minor / 100).toFixed(2), currencyCode: 'PLN' } });
const bothMoneys = (minor: number) => ({ ...shopMoney(minor), presentmentMoney: shopMoney(minor).shopMoney });

type Line = { id: string; product: string; variant: string; unit: number; quantity: number; number: number };

function lineOf(id: number, chance: Chance): Line {
  const number = skewed(chance, VARIANTS);
  return {
    id: `gid://shopify/LineItem/${id}`,
    product: `gid://shopify/Product/${9_000_000_000_000 + Math.floor(number / 2)}`,
    variant: `gid://shopify/ProductVariant/${9_100_000_000_000 + number}`,
    unit: 500 + ((number * 37) % 9_500),
    quantity: chance.whole(1, 4),
    number,
  };
}

const lineJson = (line: Line, order: string): object => ({
  __typename: 'LineItem',
  id: line.id,
  title: `Thing ${Math.floor(line.number / 2)}`,
  variantTitle: line.number % 2 === 0 ? null : 'Blue',
  sku: `SKU-${line.number}`,
  vendor: 'Bench',
  quantity: line.quantity,
  currentQuantity: line.quantity,
  isGiftCard: false,
  requiresShipping: true,
  product: { id: line.product },
  variant: { id: line.variant },
  originalUnitPriceSet: bothMoneys(line.unit),
  discountAllocations: [],
  taxLines: [],
  __parentId: order,
});

/** What came of the order: one in fifty has its first line returned. */
function aftermath(number: number, line: Line | undefined, at: string): { refunds: object[]; children: object[] } {
  if (number % 50 !== 0 || !line) return { refunds: [], children: [] };
  const order = `gid://shopify/Order/${5_000_000_000_000 + number}`;
  const refund = `gid://shopify/Refund/${8_000_000_000_000 + number}`;
  const agreement = `gid://shopify/SalesAgreement/${8_100_000_000_000 + number}`;
  return {
    refunds: [{ id: refund, createdAt: at, note: null, totalRefundedSet: shopMoney(line.unit) }],
    children: [
      { __typename: 'RefundAgreement', id: agreement, happenedAt: at, refund: { id: refund }, __parentId: order },
      {
        __typename: 'ProductSale',
        id: `gid://shopify/Sale/${8_200_000_000_000 + number}`,
        actionType: 'RETURN',
        lineType: 'PRODUCT',
        quantity: -1,
        lineItem: { id: line.id },
        totalAmount: shopMoney(-line.unit),
        totalTaxAmount: shopMoney(0),
        __parentId: agreement,
      },
    ],
  };
}

/** An order's lines of the export: itself, then its children. Orders come in the order of their time, as a store's do. */
function orderLines(number: number, orders: number): object[] {
  const chance = seeded(number);
  const id = `gid://shopify/Order/${5_000_000_000_000 + number}`;
  const lines = Array.from({ length: LINES_AN_ORDER }, (_, at) => lineOf(6_000_000_000_000 + number * 100 + at, chance));
  const total = lines.reduce((sum, line) => sum + line.unit * line.quantity, 0);
  const at = new Date(FIRST_DAY + ((number + chance.next()) / orders) * HISTORY_MS).toISOString();
  const { refunds, children } = aftermath(number, lines[0], at);
  const order = {
    __typename: 'Order',
    id,
    name: `#${number}`,
    createdAt: at,
    processedAt: at,
    updatedAt: at,
    cancelledAt: null,
    cancelReason: null,
    closedAt: null,
    test: false,
    edited: false,
    sourceName: chance.pick(CHANNELS),
    displayFinancialStatus: 'PAID',
    displayFulfillmentStatus: 'FULFILLED',
    tags: [],
    currencyCode: 'PLN',
    presentmentCurrencyCode: 'PLN',
    taxesIncluded: false,
    customer: { id: `gid://shopify/Customer/${7_000_000_000_000 + skewed(chance, Math.ceil(orders / 4))}` },
    retailLocation: null,
    totalPriceSet: bothMoneys(total),
    totalTaxSet: shopMoney(0),
    totalShippingPriceSet: shopMoney(0),
    discountCodes: [],
    transactions: [
      {
        id: `gid://shopify/OrderTransaction/${8_300_000_000_000 + number}`,
        kind: 'SALE',
        status: 'SUCCESS',
        gateway: 'shopify_payments',
        processedAt: at,
        parentTransaction: null,
        amountSet: shopMoney(total),
      },
    ],
    refunds,
    fulfillments: [
      {
        id: `gid://shopify/Fulfillment/${8_400_000_000_000 + number}`,
        status: 'SUCCESS',
        displayStatus: 'FULFILLED',
        createdAt: at,
        updatedAt: at,
        location: { id: 'gid://shopify/Location/9500000000000' },
        trackingInfo: [{ company: 'Post' }],
      },
    ],
  };
  return [order, ...lines.map((line) => lineJson(line, id)), ...children];
}

/** Writes an export of so many orders of three lines each. @returns how many lines the file has. */
export async function writeBulkFile(file: string, orders: number): Promise<number> {
  const out = fs.createWriteStream(file);
  let count = 0;
  for (let number = 0; number < orders; number += 1) {
    const lines = orderLines(number, orders);
    count += lines.length;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return count;
}
