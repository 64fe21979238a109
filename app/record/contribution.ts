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

// Field by field and in place: an import does this some ten million times, a loop over the names of the fields costs more
// than the sums, and every sum is a new object.
function addTotals(row: OrderTotals, amounts: Readonly<OrderTotals>): void {
  row.orders += amounts.orders;
  row.refunds += amounts.refunds;
  row.units += amounts.units;
  row.gross += amounts.gross;
  row.net += amounts.net;
  if (amounts.discounts !== 0n) row.discounts += amounts.discounts;
  if (amounts.returned !== 0n) row.returned += amounts.returned;
  if (amounts.returnedUnits !== 0n) row.returnedUnits += amounts.returnedUnits;
  if (amounts.cancelled !== 0n) row.cancelled += amounts.cancelled;
  if (amounts.shipping !== 0n) row.shipping += amounts.shipping;
  if (amounts.tax !== 0n) row.tax += amounts.tax;
}

function addGoods(row: GoodsAmounts, amounts: Readonly<GoodsAmounts>): void {
  row.units += amounts.units;
  row.gross += amounts.gross;
  row.net += amounts.net;
  if (amounts.discounts !== 0n) row.discounts += amounts.discounts;
  if (amounts.returned !== 0n) row.returned += amounts.returned;
  if (amounts.returnedUnits !== 0n) row.returnedUnits += amounts.returnedUnits;
}

function addProduct(row: ProductDayAmounts, amounts: Readonly<ProductDayAmounts>): void {
  row.orders += amounts.orders;
  addGoods(row, amounts);
}

/** The same amounts, taken away. */
function minusTotals<Row extends OrderTotals>(row: Row): Row {
  const { orders, refunds, units, gross, net, discounts, returned, returnedUnits, cancelled, shipping, tax } = row;
  return {
    ...row,
    orders: 0 - orders,
    refunds: 0 - refunds,
    units: -units,
    gross: -gross,
    net: -net,
    discounts: -discounts,
    returned: -returned,
    returnedUnits: -returnedUnits,
    cancelled: -cancelled,
    shipping: -shipping,
    tax: -tax,
  };
}

function minusGoods<Row extends GoodsAmounts>(row: Row): Row {
  const { units, gross, net, discounts, returned, returnedUnits } = row;
  return {
    ...row,
    units: -units,
    gross: -gross,
    net: -net,
    discounts: -discounts,
    returned: -returned,
    returnedUnits: -returnedUnits,
  };
}

const minusProduct = (row: ProductDayAmounts): ProductDayAmounts => ({ ...minusGoods(row), orders: 0 - row.orders });

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
      if (held) addGoods(held, amounts);
      else this.variants.push({ variantId, day, locationId: this.locationId, ...amounts });
    }
    if (productId !== null) addGoods(this.product(productId, day), amounts);
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
  bookSale(order, ledger, dayOf(order.processedAt, calendar.timezone));
  // Most orders are left as they are.
  const rests = order.refunds.length > 0 || order.cancelledAt ? restsOf(order) : NO_RESTS;
  bookReturns(order, { ledger, calendar, rests });
  if (order.cancelledAt) bookCancellation(ledger, dayOf(order.cancelledAt, calendar.timezone), rests);
  const totals = { ...NO_TOTALS };
  for (const day of ledger.days) addTotals(totals, day);
  const { days, variants, products } = ledger;
  return { customerId: order.customerId, orderedAt: order.processedAt, totals, days, variants, products };
}

const NO_RESTS: ReadonlyMap<bigint, Rest> = new Map();

/** What a line brings before its discounts, without tax. */
const grossOf = (order: ContributionInput, line: ContributionInput['lines'][number]): bigint =>
  line.unitPrice * BigInt(line.quantity) - (order.taxesIncluded ? line.tax : 0n);

/** The lines as they were sold, for refunds and a cancellation to take from. */
const restsOf = (order: ContributionInput): Map<bigint, Rest> =>
  new Map(order.lines.map((line) => [line.id, { line, units: line.quantity, net: grossOf(order, line) - line.discount }]));

function bookSale(order: ContributionInput, ledger: Ledger, orderDay: Day): void {
  const day = ledger.day(orderDay);
  day.orders += 1;
  day.shipping += order.shipping;
  day.tax += order.tax;
  for (const line of order.lines) {
    const units = BigInt(line.quantity);
    const gross = grossOf(order, line);
    const net = gross - line.discount;
    day.units += units;
    day.gross += gross;
    day.discounts += line.discount;
    day.net += net;
    ledger.goods(line, orderDay, { units, returnedUnits: 0n, gross, discounts: line.discount, returned: 0n, net });
  }
  for (const product of ledger.products) product.orders = 1;
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

type Order<Row> = (a: Row, b: Row) => number;
const byDay: Order<DayAmounts> = (a, b) => byText(a.day, b.day) || byText(a.channel, b.channel);
const byVariant: Order<VariantDayAmounts> = (a, b) =>
  byId(a.variantId, b.variantId) || byText(a.day, b.day) || byId(a.locationId, b.locationId);
const byProduct: Order<ProductDayAmounts> = (a, b) => byId(a.productId, b.productId) || byText(a.day, b.day);
const byCustomer: Order<CustomerDelta> = (a, b) => byId(a.customerId, b.customerId);

/** Rows in the order of their key, those of one key added up. The rows themselves stay as they are. */
function summed<Row extends object>(rows: readonly Row[], order: Order<Row>, add: (sum: Row, row: Row) => void): Row[] {
  const sums: Row[] = [];
  let first: Row | undefined;
  let sum: Row | undefined;
  for (const row of rows.toSorted(order)) {
    if (first === undefined || sum === undefined || order(first, row) !== 0) {
      sums.push(row);
      first = sum = row;
      continue;
    }
    if (sum === first) sums[sums.length - 1] = sum = { ...first };
    add(sum, row);
  }
  return sums;
}

function addCustomer(row: CustomerDelta, other: CustomerDelta): void {
  addTotals(row, other);
  if (other.firstAt && (!row.firstAt || other.firstAt < row.firstAt)) row.firstAt = other.firstAt;
  if (other.lastAt && (!row.lastAt || other.lastAt > row.lastAt)) row.lastAt = other.lastAt;
}

/** Sums new minus old over any number of orders, rows in key order: the database finds neighbours beside each other. */
export function deltaOf(changes: Iterable<Change>): RollupDelta {
  const rows: RollupDelta = { customers: [], days: [], variants: [], products: [] };
  for (const { before, after } of changes) {
    if (before !== NOTHING) {
      if (before.customerId !== null)
        rows.customers.push({ customerId: before.customerId, firstAt: null, lastAt: null, ...minusTotals(before.totals) });
      rows.days.push(...before.days.map(minusTotals));
      rows.variants.push(...before.variants.map(minusGoods));
      rows.products.push(...before.products.map(minusProduct));
    }
    if (after.customerId !== null)
      rows.customers.push({ customerId: after.customerId, firstAt: after.orderedAt, lastAt: after.orderedAt, ...after.totals });
    rows.days.push(...after.days);
    rows.variants.push(...after.variants);
    rows.products.push(...after.products);
  }
  return {
    customers: summed(rows.customers, byCustomer, addCustomer).filter((row) => !noTotals(row)),
    days: summed(rows.days, byDay, addTotals).filter((row) => !noTotals(row)),
    variants: summed(rows.variants, byVariant, addGoods).filter((row) => !noGoods(row)),
    products: summed(rows.products, byProduct, addProduct).filter((row) => row.orders !== 0 || !noGoods(row)),
  };
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
