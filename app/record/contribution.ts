import { dayOf } from '../core/calendar.ts';
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

const NO_TOTALS: OrderTotals = {
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
const NO_GOODS: GoodsAmounts = { units: 0n, returnedUnits: 0n, gross: 0n, discounts: 0n, returned: 0n, net: 0n };

/** What an order that is not there, a test order or a deleted order adds: nothing. */
export const NOTHING: Contribution = { customerId: null, totals: NO_TOTALS, days: [], variants: [], products: [] };

type Amounts = Readonly<Record<string, number | bigint>>;

/** Adds sign * amount to each number that `amounts` names; in place, since a backfill does this a million times. */
function addInto(row: Record<string, unknown>, amounts: Amounts, sign: 1 | -1): void {
  for (const key in amounts) {
    const value = amounts[key];
    const before = row[key];
    if (typeof value === 'bigint') row[key] = (typeof before === 'bigint' ? before : 0n) + (sign === 1 ? value : -value);
    else if (typeof value === 'number') row[key] = (typeof before === 'number' ? before : 0) + sign * value;
  }
}

/** A table of sums by key, so that several entries of one day become one row. */
class Sums<Row extends Record<string, unknown>> {
  readonly rows = new Map<string, Row>();
  add(key: string, empty: () => Row, amounts: Amounts): void {
    addInto(this.row(key, empty), amounts, 1);
  }
  take(key: string, empty: () => Row, amounts: Amounts): void {
    addInto(this.row(key, empty), amounts, -1);
  }
  private row(key: string, empty: () => Row): Row {
    let row = this.rows.get(key);
    if (!row) this.rows.set(key, (row = empty()));
    return row;
  }
  list(): Row[] {
    return [...this.rows.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }
}

type Ledger = {
  days: Sums<DayAmounts>;
  variants: Sums<VariantDayAmounts>;
  products: Sums<ProductDayAmounts>;
};

type Goods = { line: Pick<OrderLineFacts, 'productId' | 'variantId'>; day: DayAmounts['day']; locationId: bigint };

function bookGoods(ledger: Ledger, goods: Goods, amounts: GoodsAmounts): void {
  const { day, locationId } = goods;
  const { variantId, productId } = goods.line;
  if (variantId !== null)
    ledger.variants.add(`${variantId}/${day}/${locationId}`, () => ({ variantId, day, locationId, ...NO_GOODS }), amounts);
  if (productId !== null) ledger.products.add(`${productId}/${day}`, () => ({ productId, day, orders: 0, ...NO_GOODS }), amounts);
}

/** What a line still holds after the refunds: units and money without tax. */
type Rest = { units: number; net: bigint };

/**
 * What one order adds to each rollup; definitions in docs/glossary.md.
 * Sales fall on the day of `processedAt`, returns on the refund's day, a cancellation on its own day, all in the
 * shop's time zone and in minor units of its currency.
 */
export function contributionOf(order: ContributionInput, calendar: ShopCalendar): Contribution {
  if (order.test || order.deletedAt) return NOTHING;
  const { channel } = order;
  const locationId = order.locationId ?? order.fulfilments.find((fulfilment) => fulfilment.locationId !== null)?.locationId ?? 0n;
  const ledger: Ledger = { days: new Sums(), variants: new Sums(), products: new Sums() };
  const bookDay = (day: DayAmounts['day'], amounts: Partial<OrderTotals>): void =>
    ledger.days.add(`${day}/${channel}`, () => ({ day, channel, ...NO_TOTALS }), amounts);

  const orderDay = dayOf(order.processedAt, calendar.timezone);
  const rests = bookSale(order, { ledger, orderDay, locationId, bookDay });
  bookReturns(order, { ledger, calendar, locationId, bookDay, rests });
  if (order.cancelledAt) {
    const day = dayOf(order.cancelledAt, calendar.timezone);
    for (const line of order.lines) {
      const rest = rests.get(line.id);
      if (!rest) continue;
      bookDay(day, { cancelled: rest.net, net: -rest.net });
      // For goods there is one way back: what was cancelled was not sold after all.
      bookGoods(ledger, { line, day, locationId }, { ...NO_GOODS, returnedUnits: BigInt(rest.units), returned: rest.net, net: -rest.net });
    }
  }
  const days = ledger.days.list();
  const totals = { ...NO_TOTALS };
  for (const { day: _day, channel: _channel, ...amounts } of days) addInto(totals, amounts, 1);
  return { customerId: order.customerId, totals, days, variants: ledger.variants.list(), products: ledger.products.list() };
}

function bookSale(
  order: ContributionInput,
  books: {
    ledger: Ledger;
    orderDay: DayAmounts['day'];
    locationId: bigint;
    bookDay: (day: DayAmounts['day'], amounts: Partial<OrderTotals>) => void;
  },
): Map<bigint, Rest> {
  const { ledger, orderDay, locationId, bookDay } = books;
  const rests = new Map<bigint, Rest>();
  const products = new Set<bigint>();
  bookDay(orderDay, { orders: 1, shipping: order.shipping, tax: order.tax });
  for (const line of order.lines) {
    const gross = line.unitPrice * BigInt(line.quantity) - (order.taxesIncluded ? line.tax : 0n);
    const amounts: GoodsAmounts = {
      ...NO_GOODS,
      units: BigInt(line.quantity),
      gross,
      discounts: line.discount,
      net: gross - line.discount,
    };
    rests.set(line.id, { units: line.quantity, net: amounts.net });
    bookDay(orderDay, { units: amounts.units, gross, discounts: line.discount, net: amounts.net });
    bookGoods(ledger, { line, day: orderDay, locationId }, amounts);
    if (line.productId !== null) products.add(line.productId);
  }
  for (const productId of products) {
    ledger.products.add(`${productId}/${orderDay}`, () => ({ productId, day: orderDay, orders: 0, ...NO_GOODS }), { orders: 1 });
  }
  return rests;
}

function bookReturns(
  order: ContributionInput,
  books: {
    ledger: Ledger;
    calendar: ShopCalendar;
    locationId: bigint;
    bookDay: (day: DayAmounts['day'], amounts: Partial<OrderTotals>) => void;
    rests: Map<bigint, Rest>;
  },
): void {
  const { ledger, calendar, locationId, bookDay, rests } = books;
  const lines = new Map(order.lines.map((line) => [line.id, line]));
  for (const refund of order.refunds) {
    const day = dayOf(refund.createdAt, calendar.timezone);
    bookDay(day, { refunds: 1 });
    for (const back of refund.lines) {
      const value = back.subtotal - (order.taxesIncluded ? back.tax : 0n);
      const units = BigInt(back.quantity);
      const rest = rests.get(back.lineId);
      if (rest) {
        rest.units -= back.quantity;
        rest.net -= value;
      }
      bookDay(day, { returned: value, returnedUnits: units, net: -value });
      const line = lines.get(back.lineId);
      if (line) bookGoods(ledger, { line, day, locationId }, { ...NO_GOODS, returnedUnits: units, returned: value, net: -value });
    }
  }
}

/** Rows to add to the rollups; no row of it is all zeros. */
export type RollupDelta = {
  customers: ({ customerId: bigint } & OrderTotals)[];
  days: DayAmounts[];
  variants: VariantDayAmounts[];
  products: ProductDayAmounts[];
};

const KEYS = new Set(['customerId', 'day', 'channel', 'variantId', 'locationId', 'productId']);
const isZero = (row: object): boolean => Object.entries(row).every(([key, value]) => KEYS.has(key) || value === 0 || value === 0n);

const sortable = (id: bigint): string => String(id).padStart(20, '0');

/** Sums new minus old over any number of orders, rows in key order (two writers that meet then wait, not deadlock). */
export function deltaOf(changes: Iterable<{ before: Contribution; after: Contribution }>): RollupDelta {
  const customers = new Sums<{ customerId: bigint } & OrderTotals>();
  const ledger: Ledger = { days: new Sums(), variants: new Sums(), products: new Sums() };
  const book = (contribution: Contribution, way: 'add' | 'take'): void => {
    const { customerId } = contribution;
    if (customerId !== null) customers[way](sortable(customerId), () => ({ customerId, ...NO_TOTALS }), contribution.totals);
    for (const { day, channel, ...amounts } of contribution.days)
      ledger.days[way](`${day}/${channel}`, () => ({ day, channel, ...NO_TOTALS }), amounts);
    for (const { variantId, day, locationId, ...amounts } of contribution.variants) {
      ledger.variants[way](`${sortable(variantId)}/${day}/${locationId}`, () => ({ variantId, day, locationId, ...NO_GOODS }), amounts);
    }
    for (const { productId, day, ...amounts } of contribution.products) {
      ledger.products[way](`${sortable(productId)}/${day}`, () => ({ productId, day, orders: 0, ...NO_GOODS }), amounts);
    }
  };
  for (const { before, after } of changes) {
    book(before, 'take');
    book(after, 'add');
  }
  const rows = <Row extends Record<string, unknown>>(sums: Sums<Row>): Row[] => sums.list().filter((row) => !isZero(row));
  return { customers: rows(customers), days: rows(ledger.days), variants: rows(ledger.variants), products: rows(ledger.products) };
}
