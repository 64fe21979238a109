import { dayOf, type Day } from '../core/calendar.ts';
import type {
  Contribution,
  DiscountUseFacts,
  FulfilmentFacts,
  OrderLineFacts,
  RefundFacts,
  ShopCalendar,
  TransactionFacts,
} from './facts.ts';
import type { HeldOrder, OrderVersion } from './merge-order.ts';

/** The rows of orders, a list a table, as they are written; without the shop, which is the same for all. */
export type OrderRow = Omit<OrderVersion, 'lines' | 'discountUses'> & {
  day: Day;
  gross: bigint;
  discounts: bigint;
  returned: bigint;
  cancelled: bigint;
  net: bigint;
  units: bigint;
};
type OfOrder<T> = T & { orderId: bigint };
export type LineRow = OfOrder<OrderLineFacts>;
export type UseRow = OfOrder<DiscountUseFacts>;
export type TransactionRow = OfOrder<TransactionFacts>;
export type FulfilmentRow = OfOrder<FulfilmentFacts>;
export type RefundRow = OfOrder<Omit<RefundFacts, 'lines'>> & { day: Day; itemsReturned: bigint; taxReturned: bigint };
export type RefundLineRow = OfOrder<RefundFacts['lines'][number]> & { refundId: bigint };

export type OrderRows = {
  orders: OrderRow[];
  lines: LineRow[];
  uses: UseRow[];
  transactions: TransactionRow[];
  refunds: RefundRow[];
  refundLines: RefundLineRow[];
  fulfilments: FulfilmentRow[];
};

export type WrittenOrder = { readonly id: bigint; readonly held: HeldOrder; readonly after: Contribution };

/** Takes orders apart into the rows of their tables. Amounts are those of the contribution: one function decides them. */
export function orderRows(changes: readonly WrittenOrder[], calendar: ShopCalendar): OrderRows {
  const rows: OrderRows = { orders: [], lines: [], uses: [], transactions: [], refunds: [], refundLines: [], fulfilments: [] };
  for (const { id: orderId, held, after } of changes) {
    if (held.order) {
      rows.orders.push(orderRow(held.order, after, calendar));
      for (const line of held.order.lines) rows.lines.push({ ...line, orderId });
      for (const use of held.order.discountUses) rows.uses.push({ ...use, orderId });
    }
    for (const transaction of held.transactions) rows.transactions.push({ ...transaction, orderId });
    for (const fulfilment of held.fulfilments) rows.fulfilments.push({ ...fulfilment, orderId });
    for (const refund of held.refunds) {
      rows.refunds.push(refundRow(refund, { orderId, held, calendar }));
      for (const line of refund.lines) rows.refundLines.push({ ...line, orderId, refundId: refund.id });
    }
  }
  return rows;
}

function orderRow(order: OrderVersion, { totals }: Contribution, calendar: ShopCalendar): OrderRow {
  const { gross, discounts, returned, cancelled, net, units } = totals;
  return { ...order, day: dayOf(order.processedAt, calendar.timezone), gross, discounts, returned, cancelled, net, units };
}

function refundRow(refund: RefundFacts, of: { orderId: bigint; held: HeldOrder; calendar: ShopCalendar }): RefundRow {
  const sums = refundSums(refund.lines, of.held.order?.taxesIncluded ?? false);
  return { ...refund, ...sums, orderId: of.orderId, day: dayOf(refund.createdAt, of.calendar.timezone) };
}

/** Those of the rows that hold something worked out. */
export function derivedRows(changes: readonly WrittenOrder[], calendar: ShopCalendar): Pick<OrderRows, 'orders' | 'refunds'> {
  return {
    orders: changes.flatMap(({ held, after }) => (held.order ? [orderRow(held.order, after, calendar)] : [])),
    refunds: changes.flatMap(({ id, held }) => held.refunds.map((refund) => refundRow(refund, { orderId: id, held, calendar }))),
  };
}

function refundSums(lines: RefundFacts['lines'], taxesIncluded: boolean): { itemsReturned: bigint; taxReturned: bigint } {
  const tax = lines.reduce((sum, line) => sum + line.tax, 0n);
  const items = lines.reduce((sum, line) => sum + line.subtotal, 0n);
  return { itemsReturned: taxesIncluded ? items - tax : items, taxReturned: tax };
}
