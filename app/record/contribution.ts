import { dayOf, type Day } from '../core/calendar.ts';
import type {
  Contribution,
  DayAmounts,
  GoodsAmounts,
  OrderFacts,
  OrderLineFacts,
  OrderTotals,
  ProductDayAmounts,
  RefundLineFacts,
  ShopCalendar,
  VariantDayAmounts,
} from './facts.ts';

/** What of an order decides its contribution; the stored order is read back in just this shape. */
export type ContributionInput = Pick<
  OrderFacts,
  'customerId' | 'processedAt' | 'cancelledAt' | 'test' | 'channel' | 'locationId' | 'taxesIncluded' | 'shipping' | 'tax'
> & {
  deletedAt: Date | null;
  lines: Pick<OrderLineFacts, 'id' | 'productId' | 'variantId' | 'quantity' | 'unitPrice' | 'discount' | 'tax'>[];
  refunds: { createdAt: Date; lines: Pick<RefundLineFacts, 'lineId' | 'quantity' | 'subtotal' | 'tax'>[] }[];
  fulfilments: { locationId: bigint | null }[];
};

const NO_TOTALS: Readonly<OrderTotals> = {
  orders: 0,
  units: 0n,
  gross: 0n,
  discounts: 0n,
  returned: 0n,
  returnedUnits: 0n,
  refunds: 0,
  cancelled: 0n,
  net: 0n,
  shipping: 0n,
  tax: 0n,
};
const NO_GOODS: Readonly<GoodsAmounts> = { units: 0n, returnedUnits: 0n, gross: 0n, discounts: 0n, returned: 0n, net: 0n };

/** What an order that is not there, a test order or a deleted order adds: nothing. */
export const NOTHING: Contribution = { customerId: null, orderedAt: null, totals: NO_TOTALS, days: [], variants: [], products: [] };

// Field by field and in place: an import does this some ten million times, and a loop over the names of the fields costs
// more than the sums.
function addTotals(row: OrderTotals, amounts: Readonly<OrderTotals>, sign: bigint): void {
  row.orders += Number(sign) * amounts.orders;
  row.refunds += Number(sign) * amounts.refunds;
  row.units += sign * amounts.units;
  row.gross += sign * amounts.gross;
  row.discounts += sign * amounts.discounts;
  row.returned += sign * amounts.returned;
  row.returnedUnits += sign * amounts.returnedUnits;
  row.cancelled += sign * amounts.cancelled;
  row.net += sign * amounts.net;
  row.shipping += sign * amounts.shipping;
  row.tax += sign * amounts.tax;
}

function addGoods(row: GoodsAmounts, amounts: Readonly<GoodsAmounts>, sign: bigint): void {
  row.units += sign * amounts.units;
  row.returnedUnits += sign * amounts.returnedUnits;
  row.gross += sign * amounts.gross;
  row.discounts += sign * amounts.discounts;
  row.returned += sign * amounts.returned;
  row.net += sign * amounts.net;
}

const noGoods = (row: GoodsAmounts): boolean =>
  row.units === 0n && row.returnedUnits === 0n && row.gross === 0n && row.discounts === 0n && row.returned === 0n && row.net === 0n;
const noTotals = (row: OrderTotals): boolean =>
  row.orders === 0 &&
  row.refunds === 0 &&
  row.units === 0n &&
  row.gross === 0n &&
  row.discounts === 0n &&
  row.returned === 0n &&
  row.returnedUnits === 0n &&
  row.cancelled === 0n &&
  row.net === 0n &&
  row.shipping === 0n &&
  row.tax === 0n;

/** The rows of one order: a handful, so they are looked through and not hashed. */
class Ledger {
  readonly days: DayAmounts[] = [];
  readonly variants: VariantDayAmounts[] = [];
  readonly products: ProductDayAmounts[] = [];
  private readonly channel: string;
  private readonly locationId: bigint;
  constructor(channel: string, locationId: bigint) {
    this.channel = channel;
    this.locationId = locationId;
  }

  day(day: Day): DayAmounts {
    const held = this.days.find((row) => row.day === day);
    if (held) return held;
    const row = { day, channel: this.channel, ...NO_TOTALS };
    this.days.push(row);
    return row;
  }

  product(productId: bigint, day: Day): ProductDayAmounts {
    const held = this.products.find((row) => row.productId === productId && row.day === day);
    if (held) return held;
    const row = { productId, day, orders: 0, ...NO_GOODS };
    this.products.push(row);
    return row;
  }

  /** A line's amounts on a day, for its variant and its product where it has them. */
  goods(line: Pick<OrderLineFacts, 'productId' | 'variantId'>, day: Day, amounts: GoodsAmounts): void {
    const { variantId, productId } = line;
    if (variantId !== null) {
      const held = this.variants.find((row) => row.variantId === variantId && row.day === day);
      if (held) addGoods(held, amounts, 1n);
      else this.variants.push({ variantId, day, locationId: this.locationId, ...amounts });
    }
    if (productId !== null) addGoods(this.product(productId, day), amounts, 1n);
  }
}

/** What a line still holds after the refunds: units and money without tax. */
type Rest = { line: ContributionInput['lines'][number]; units: number; net: bigint };

/**
 * What one order adds to each rollup; definitions in docs/glossary.md.
 * Sales fall on the day of `processedAt`, returns on the refund's day, a cancellation on its own day, all in the
 * shop's time zone and in minor units of its currency.
 */
export function contributionOf(order: ContributionInput, calendar: ShopCalendar): Contribution {
  if (order.test || order.deletedAt) return NOTHING;
  const locationId = order.locationId ?? order.fulfilments.find((fulfilment) => fulfilment.locationId !== null)?.locationId ?? 0n;
  const ledger = new Ledger(order.channel, locationId);
  const rests = bookSale(order, ledger, dayOf(order.processedAt, calendar.timezone));
  bookReturns(order, { ledger, calendar, rests });
  if (order.cancelledAt) bookCancellation(ledger, dayOf(order.cancelledAt, calendar.timezone), rests);
  const totals = { ...NO_TOTALS };
  for (const day of ledger.days) addTotals(totals, day, 1n);
  const { days, variants, products } = ledger;
  return { customerId: order.customerId, orderedAt: order.processedAt, totals, days, variants, products };
}

function bookSale(order: ContributionInput, ledger: Ledger, orderDay: Day): Map<bigint, Rest> {
  const rests = new Map<bigint, Rest>();
  const day = ledger.day(orderDay);
  day.orders += 1;
  day.shipping += order.shipping;
  day.tax += order.tax;
  for (const line of order.lines) {
    const units = BigInt(line.quantity);
    const gross = line.unitPrice * units - (order.taxesIncluded ? line.tax : 0n);
    const net = gross - line.discount;
    rests.set(line.id, { line, units: line.quantity, net });
    day.units += units;
    day.gross += gross;
    day.discounts += line.discount;
    day.net += net;
    ledger.goods(line, orderDay, { units, returnedUnits: 0n, gross, discounts: line.discount, returned: 0n, net });
  }
  for (const product of ledger.products) product.orders = 1;
  return rests;
}

function bookReturns(order: ContributionInput, books: { ledger: Ledger; calendar: ShopCalendar; rests: ReadonlyMap<bigint, Rest> }): void {
  const { ledger, calendar, rests } = books;
  for (const refund of order.refunds) {
    const refundDay = dayOf(refund.createdAt, calendar.timezone);
    const day = ledger.day(refundDay);
    day.refunds += 1;
    for (const back of refund.lines) {
      const value = back.subtotal - (order.taxesIncluded ? back.tax : 0n);
      const units = BigInt(back.quantity);
      day.returned += value;
      day.returnedUnits += units;
      day.net -= value;
      const rest = rests.get(back.lineId);
      if (!rest) continue;
      rest.units -= back.quantity;
      rest.net -= value;
      ledger.goods(rest.line, refundDay, { ...NO_GOODS, returnedUnits: units, returned: value, net: -value });
    }
  }
}

function bookCancellation(ledger: Ledger, cancelDay: Day, rests: ReadonlyMap<bigint, Rest>): void {
  for (const { line, units, net } of rests.values()) {
    const day = ledger.day(cancelDay);
    day.cancelled += net;
    day.net -= net;
    // For goods there is one way back: what was cancelled was not sold after all.
    ledger.goods(line, cancelDay, { ...NO_GOODS, returnedUnits: BigInt(units), returned: net, net: -net });
  }
}

/** `firstAt`, `lastAt`: the earliest and latest order that was added or stayed; null where none was. */
export type CustomerDelta = { customerId: bigint; firstAt: Date | null; lastAt: Date | null } & OrderTotals;

/** Rows to add to the rollups; no row of it is all zeros. */
export type RollupDelta = {
  customers: CustomerDelta[];
  days: DayAmounts[];
  variants: VariantDayAmounts[];
  products: ProductDayAmounts[];
};

export type Change = { readonly before: Contribution; readonly after: Contribution };

const byId = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function rowOf<Key, Row>(rows: Map<Key, Row>, key: Key, empty: () => Row): Row {
  let row = rows.get(key);
  if (row === undefined) rows.set(key, (row = empty()));
  return row;
}

/** Sums new minus old over any number of orders, rows in key order: the database finds neighbours beside each other. */
export function deltaOf(changes: Iterable<Change>): RollupDelta {
  const customers = new Map<bigint, CustomerDelta>();
  const days = new Map<string, DayAmounts>();
  const variants = new Map<string, VariantDayAmounts>();
  const products = new Map<string, ProductDayAmounts>();
  const customerOf = (customerId: bigint): CustomerDelta =>
    rowOf(customers, customerId, () => ({ customerId, firstAt: null, lastAt: null, ...NO_TOTALS }));
  const book = (contribution: Contribution, sign: bigint): void => {
    if (contribution.customerId !== null) addTotals(customerOf(contribution.customerId), contribution.totals, sign);
    for (const row of contribution.days)
      addTotals(
        rowOf(days, `${row.day}/${row.channel}`, () => ({ day: row.day, channel: row.channel, ...NO_TOTALS })),
        row,
        sign,
      );
    for (const { variantId, day, locationId, ...amounts } of contribution.variants)
      addGoods(
        rowOf(variants, `${variantId}/${day}/${locationId}`, () => ({ variantId, day, locationId, ...NO_GOODS })),
        amounts,
        sign,
      );
    for (const row of contribution.products) {
      const { productId, day } = row;
      const sum = rowOf(products, `${productId}/${day}`, () => ({ productId, day, orders: 0, ...NO_GOODS }));
      sum.orders += Number(sign) * row.orders;
      addGoods(sum, row, sign);
    }
  };
  for (const { before, after } of changes) {
    if (before !== NOTHING) book(before, -1n);
    book(after, 1n);
    if (after.customerId !== null && after.orderedAt) seeOrder(customerOf(after.customerId), after.orderedAt);
  }
  return {
    customers: [...customers.values()].filter((row) => !noTotals(row)).toSorted((a, b) => byId(a.customerId, b.customerId)),
    days: [...days.values()].filter((row) => !noTotals(row)).toSorted((a, b) => byText(a.day, b.day) || byText(a.channel, b.channel)),
    variants: [...variants.values()]
      .filter((row) => !noGoods(row))
      .toSorted((a, b) => byId(a.variantId, b.variantId) || byText(a.day, b.day) || byId(a.locationId, b.locationId)),
    products: [...products.values()]
      .filter((row) => row.orders !== 0 || !noGoods(row))
      .toSorted((a, b) => byId(a.productId, b.productId) || byText(a.day, b.day)),
  };
}

function seeOrder(row: CustomerDelta, at: Date): void {
  if (!row.firstAt || at < row.firstAt) row.firstAt = at;
  if (!row.lastAt || at > row.lastAt) row.lastAt = at;
}

/**
 * Customers whose first and last order cannot be told from the difference alone: an order of theirs went, moved in time
 * or to another customer, so the one before or after it counts again.
 */
export function customersToReview(changes: Iterable<Change>): bigint[] {
  const ids = new Set<bigint>();
  for (const { before, after } of changes) {
    if (before.customerId === null || !before.orderedAt) continue;
    const stays = after.customerId === before.customerId && after.orderedAt?.getTime() === before.orderedAt.getTime();
    if (!stays) ids.add(before.customerId);
  }
  return [...ids].toSorted(byId);
}
