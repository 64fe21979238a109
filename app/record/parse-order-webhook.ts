import { gidNumber } from '../core/gid.ts';
import { parseMinor } from '../core/money.ts';
import { each, type MoneySet } from '../core/payload.ts';
import type { DiscountUseFacts, FulfilmentFacts, OrderFacts, OrderLineFacts, RefundFacts, TransactionFacts } from './facts.ts';
import { discountValue, shipmentStatus } from './store-words.ts';
import type { FulfilmentPayload, OrderPayload, RefundPayload, TransactionPayload } from './webhook-schemas.ts';

/**
 * The number of an entity. Its gid is the truth where there is one: bare ids in payloads may have been rounded on the
 * way (see tests/fixtures/webhook-samples/README.md).
 */
export function trueId(entity: { id: bigint; admin_graphql_api_id: string | null }): bigint {
  return entity.admin_graphql_api_id ? gidNumber(entity.admin_graphql_api_id) : entity.id;
}

/** Shop money of a set, or of the plain amount that stood alone in old versions. */
function shopMinor(set: MoneySet | null, plain: string | null, currency: string): bigint {
  return parseMinor(set?.shop ?? plain ?? '0', currency);
}

type Context = { currency: string; presentmentCurrency: string; at: Date };

function presentmentMinor(set: MoneySet | null, plain: string | null, context: Context): bigint {
  const amount = set?.presentment ?? set?.shop ?? plain ?? '0';
  return parseMinor(amount, context.presentmentCurrency);
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

function lineFacts(line: NonNullable<OrderPayload['line_items']>[number], position: number, context: Context): OrderLineFacts {
  const { currency } = context;
  return {
    id: trueId(line),
    position,
    productId: line.product_id,
    variantId: line.variant_id,
    title: line.title ?? '',
    variantTitle: line.variant_title,
    sku: line.sku === '' ? null : line.sku,
    vendor: line.vendor,
    quantity: line.quantity,
    currentQuantity: line.current_quantity ?? line.quantity,
    unitPrice: shopMinor(line.price_set, line.price, currency),
    presentmentUnitPrice: presentmentMinor(line.price_set, line.price, context),
    discount: sum(each(line.discount_allocations).map((part) => shopMinor(part.amount_set, part.amount, currency))),
    tax: sum(each(line.tax_lines).map((part) => shopMinor(part.price_set, part.price, currency))),
    giftCard: line.gift_card ?? false,
    requiresShipping: line.requires_shipping ?? true,
  };
}

const KINDS: Readonly<Record<string, DiscountUseFacts['kind']>> = {
  discount_code: 'code',
  automatic: 'automatic',
  manual: 'manual',
  script: 'script',
};

/** How much each discount of the order gave: its allocations on the lines, or what `discount_codes` says (shipping). */
function discountUses(order: OrderPayload): DiscountUseFacts[] {
  const given = each(order.discount_applications).map(() => 0n);
  for (const line of each(order.line_items)) {
    for (const part of each(line.discount_allocations)) {
      const index = part.discount_application_index;
      if (index !== null && given[index] !== undefined) given[index] += shopMinor(part.amount_set, part.amount, order.currency);
    }
  }
  const uses = each(order.discount_applications).map((application, position): DiscountUseFacts => {
    const code = application.code?.toUpperCase() ?? null;
    const stated = each(order.discount_codes).find((entry) => entry.code.toUpperCase() === code)?.amount;
    const onLines = given[position] ?? 0n;
    return {
      position,
      code,
      kind: KINDS[application.type] ?? 'manual',
      title: application.title,
      valueType: application.value_type,
      value: discountValue(application.value, application.value_type, order.currency),
      amount: onLines === 0n && stated ? parseMinor(stated, order.currency) : onLines,
    };
  });
  // Old versions list the codes alone.
  const known = new Set(uses.map((use) => use.code));
  const alone = each(order.discount_codes).filter((entry) => !known.has(entry.code.toUpperCase()));
  return [
    ...uses,
    ...alone.map((entry, index): DiscountUseFacts => ({
      position: uses.length + index,
      code: entry.code.toUpperCase(),
      kind: 'code',
      title: null,
      valueType: entry.type,
      value: null,
      amount: parseMinor(entry.amount ?? '0', order.currency),
    })),
  ];
}

export function transactionFacts(payload: TransactionPayload, context: { currency: string; at: Date }): TransactionFacts {
  const currency = payload.currency ?? context.currency;
  return {
    id: trueId(payload),
    parentId: payload.parent_id,
    kind: payload.kind.toLowerCase(),
    status: payload.status.toLowerCase(),
    gateway: payload.gateway,
    amount: parseMinor(payload.amount ?? '0', currency),
    currency,
    processedAt: payload.processed_at ?? payload.created_at ?? context.at,
    card: cardOf(payload.payment_details?.credit_card_company, payload.payment_details?.credit_card_number),
  };
}

/** A card as it may be kept: its company and last four digits; null where either is not told. */
export function cardOf(company: string | null | undefined, number: string | null | undefined): string | null {
  const digits = number?.replaceAll(/\D/g, '').slice(-4) ?? '';
  return company && digits.length === 4 ? `${company.trim().toLowerCase()} ${digits}` : null;
}

export function refundFacts(payload: RefundPayload, context: { currency: string; at: Date }): RefundFacts {
  const { currency } = context;
  const paidBack = each(payload.transactions).filter(
    (entry) => entry.kind === 'refund' && entry.status !== 'failure' && entry.status !== 'error',
  );
  return {
    id: trueId(payload),
    createdAt: payload.processed_at ?? payload.created_at ?? context.at,
    note: payload.note,
    amount: sum(paidBack.map((entry) => parseMinor(entry.amount ?? '0', entry.currency ?? currency))),
    // Shopify writes what is given back as a negative adjustment of the order.
    adjustment: -sum(each(payload.order_adjustments).map((entry) => shopMinor(entry.amount_set, entry.amount, currency))),
    lines: each(payload.refund_line_items).map((line) => ({
      id: line.id,
      lineId: line.line_item_id,
      quantity: line.quantity,
      restockType: line.restock_type,
      locationId: line.location_id,
      subtotal: shopMinor(line.subtotal_set, line.subtotal, currency),
      tax: shopMinor(line.total_tax_set, line.total_tax, currency),
    })),
  };
}

export function fulfilmentFacts(payload: FulfilmentPayload, context: { at: Date }): FulfilmentFacts {
  const createdAt = payload.created_at ?? context.at;
  return {
    id: trueId(payload),
    status: payload.status ?? 'success',
    shipmentStatus: shipmentStatus(payload.shipment_status),
    locationId: payload.location_id,
    trackingCompany: payload.tracking_company,
    createdAt,
    updatedAt: payload.updated_at ?? createdAt,
  };
}

/** @param at when the event was triggered: stands in where the payload carries no time of its own. */
export function orderFacts(payload: OrderPayload, at: Date): OrderFacts {
  const { currency } = payload;
  const context: Context = { currency, presentmentCurrency: payload.presentment_currency ?? currency, at };
  const shippingLines = sum(each(payload.shipping_lines).map((line) => shopMinor(line.price_set, line.price, currency)));
  const createdAt = payload.created_at ?? at;
  return {
    id: trueId(payload),
    name: payload.name ?? '',
    customerId: payload.customer ? trueId(payload.customer) : null,
    createdAt,
    processedAt: payload.processed_at ?? createdAt,
    updatedAt: payload.updated_at ?? at,
    cancelledAt: payload.cancelled_at,
    cancelReason: payload.cancel_reason,
    closedAt: payload.closed_at,
    test: payload.test ?? false,
    // No webhook says so; the store is asked after orders/edited, and mergeOrder keeps what it said.
    edited: false,
    channel: payload.source_name ?? 'unknown',
    financialStatus: payload.financial_status,
    fulfilmentStatus: payload.fulfillment_status,
    locationId: payload.location_id,
    tags: payload.tags,
    currency,
    presentmentCurrency: context.presentmentCurrency,
    taxesIncluded: payload.taxes_included ?? false,
    presentmentTotal: presentmentMinor(payload.total_price_set, payload.total_price, context),
    total: shopMinor(payload.total_price_set, payload.total_price, currency),
    shipping: payload.total_shipping_price_set ? shopMinor(payload.total_shipping_price_set, null, currency) : shippingLines,
    tax: shopMinor(payload.total_tax_set, payload.total_tax, currency),
    lines: each(payload.line_items).map((line, position) => lineFacts(line, position, context)),
    discountUses: discountUses(payload),
    transactions: each(payload.transactions).map((entry) => transactionFacts(entry, context)),
    refunds: each(payload.refunds).map((entry) => refundFacts(entry, context)),
    fulfilments: each(payload.fulfillments).map((entry) => fulfilmentFacts(entry, context)),
  };
}
