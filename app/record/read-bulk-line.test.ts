import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf, spoiled } from '../../tests/support/spoiled.ts';
import { bulkLine } from './bulk-lines.ts';
import { quickBulkLine } from './read-bulk-line.ts';

const money = { shopMoney: { amount: '10.00', currencyCode: 'GBP' }, presentmentMoney: { amount: '12.00', currencyCode: 'EUR' } };
const at = '2026-07-01T10:00:00Z';
const SAMPLES = [
  {
    __typename: 'Order',
    id: 'gid://shopify/Order/1',
    name: '#1',
    createdAt: at,
    processedAt: at,
    updatedAt: at,
    cancelledAt: at,
    cancelReason: 'CUSTOMER',
    closedAt: null,
    test: false,
    edited: true,
    sourceName: 'web',
    displayFinancialStatus: 'PAID',
    displayFulfillmentStatus: null,
    tags: ['a', 'b'],
    currencyCode: 'GBP',
    presentmentCurrencyCode: 'EUR',
    taxesIncluded: true,
    customer: { id: 'gid://shopify/Customer/1' },
    retailLocation: null,
    totalPriceSet: money,
    totalTaxSet: money,
    totalShippingPriceSet: money,
    discountCodes: ['TEN'],
    transactions: [
      {
        id: 'gid://shopify/OrderTransaction/1',
        kind: 'SALE',
        status: 'SUCCESS',
        gateway: 'manual',
        processedAt: at,
        parentTransaction: null,
        paymentDetails: { company: 'Visa', number: '•••• 4242' },
        amountSet: money,
      },
    ],
    refunds: [{ id: 'gid://shopify/Refund/1', createdAt: at, processedAt: at, note: 'late', totalRefundedSet: money }],
    fulfillments: [
      {
        id: 'gid://shopify/Fulfillment/1',
        status: 'SUCCESS',
        displayStatus: 'DELIVERED',
        createdAt: at,
        updatedAt: at,
        location: { id: 'gid://shopify/Location/1' },
        trackingInfo: [{ company: 'Post' }],
      },
    ],
  },
  {
    __typename: 'LineItem',
    __parentId: 'gid://shopify/Order/1',
    id: 'gid://shopify/LineItem/1',
    title: 'Thing',
    variantTitle: 'Blue',
    sku: 'T-1',
    vendor: 'Maker',
    quantity: 2,
    currentQuantity: 1,
    isGiftCard: false,
    requiresShipping: true,
    product: { id: 'gid://shopify/Product/1' },
    variant: null,
    originalUnitPriceSet: money,
    discountAllocations: [{ allocatedAmountSet: money, discountApplication: { index: 0 } }],
    taxLines: [{ priceSet: money }],
  },
  {
    __typename: 'RefundAgreement',
    __parentId: 'gid://shopify/Order/1',
    id: 'gid://shopify/SalesAgreement/1',
    happenedAt: at,
    refund: null,
  },
  { __typename: 'InventoryItem', id: 'gid://shopify/InventoryItem/1' },
  { __typename: 'Product', __parentId: 'gid://shopify/Collection/1', id: 'gid://shopify/Product/1' },
];

describe('the quick reader of an export’s lines', () => {
  it('gives what the schema gives, and says what the schema says', () => {
    fc.assert(
      fc.property(spoiled(SAMPLES), (line) => {
        expect(outcomeOf(quickBulkLine, line)).toEqual(outcomeOf((value) => bulkLine.parse(value), line));
      }),
      { numRuns: 1_000 },
    );
  });
});
