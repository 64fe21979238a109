import { parseLossless } from '../core/lossless-json.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { dateToDay } from '../core/calendar.ts';
import { personKeys } from '../record/index.server.ts';
import { inboxPage } from './inbox-bodies.store.server.ts';
import { coarsePattern, namesPerson, type Traces } from './person-in-body.ts';
import { readPerson, type PersonRows } from './person-file.store.server.ts';
import { allIn, plain, plainObject, withAmounts, type Plain, type PlainObject } from './plain-json.ts';
import { completeRequest, readRequest } from './requests.store.server.ts';

const PAGE = 2_000;

/**
 * Everything that the record holds on a person, as plain JSON: amounts as decimals, ids as texts. `orderIds` names orders
 * that no customer owns (a guest's). Deliveries of the store that name the person are part of it, as they came.
 */
export async function customerFile(scope: ShopScope, customerId: bigint | null, orderIds: readonly bigint[] = []): Promise<PlainObject> {
  const { shop } = scope;
  const rows = await scope.db.forShop(shop.id, (tx) => readPerson(tx, personKeys(scope), { customerId, orderIds: [...orderIds] }));
  const { currency } = shop;
  const traces: Traces = {
    customers: new Set(customerId === null ? [] : [String(customerId)]),
    orders: new Set([...orderIds, ...rows.orders.map((order) => order.id)].map(String)),
    texts: [],
  };
  return {
    shop: shop.domain,
    madeAt: scope.clock.now().toISOString(),
    customer: rows.customer && { ...plainObject(rows.customer), birthDay: monthAndDay(rows.customer.birthDay) },
    sums: rows.sums && withAmounts(rows.sums, allIn(currency, ['gross', 'discounts', 'returned', 'cancelled', 'net'])),
    orders: ordersWithChildren(rows, currency),
    checkouts: rows.checkouts.map((checkout) => withAmounts(checkout, { total: checkout.currency })),
    browsing: rows.browsing.map(plainObject),
    codes: rows.codes.map(plainObject),
    redemptions: rows.redemptions.map((use) => withAmounts(use, allIn(currency, ['revenue', 'discountCost', 'goodsCost']))),
    loyalty: {
      member: rows.member && {
        ...withAmounts(rows.member, { spend: currency }),
        tier: rows.member.tierId === null ? null : (rows.tierNames.get(rows.member.tierId) ?? null),
      },
      changes: rows.tierChanges.map((change) => withAmounts(change, { spend: currency })),
    },
    points: {
      balance: rows.points.map(plainObject),
      entries: rows.pointsEntries.map(plainObject),
      adjustments: rows.pointsAdjustments.map(plainObject),
      redemptions: rows.pointsRedemptions.map(plainObject),
      referralCodes: rows.referralCodes.map(plainObject),
      referrals: rows.referrals.map(plainObject),
      imported: rows.pointsImported.map(plainObject),
    },
    events: rows.events.map(plainObject),
    audience: {
      scores: rows.scores.map((row) => ({ ...plainObject(row), sinceDay: dateToDay(row.sinceDay) })),
      expected: rows.expected.map((row) => ({
        ...withAmounts(row, { spend52w: currency }),
        untilDay: dateToDay(row.untilDay),
        nextOrderOn: row.nextOrderOn && dateToDay(row.nextOrderOn),
      })),
      supplies: rows.supplies.map((row) => ({ ...plainObject(row), boughtOn: dateToDay(row.boughtOn) })),
      marks: rows.segmentMarks.map(plainObject),
    },
    offersTold: rows.offerMarks.map(plainObject),
    mailsToTheCustomer: rows.mails.map(plainObject),
    messagesToTheStore: rows.messages.map(plainObject),
    deliveriesFromTheStore: await deliveries(scope, traces),
  };
}

/** "02-29" for 229. */
const monthAndDay = (day: number | null): string | null =>
  day === null
    ? null
    : String(day)
        .padStart(4, '0')
        .replace(/(?=..$)/, '-');

function ordersWithChildren(rows: PersonRows, currency: string): PlainObject[] {
  const of = <Row extends { orderId: bigint }>(list: readonly Row[]): ((id: bigint) => Row[]) => {
    const byOrder = Map.groupBy(list, (row) => row.orderId);
    return (id) => byOrder.get(id) ?? [];
  };
  const [lines, discounts, transactions] = [of(rows.lines), of(rows.discounts), of(rows.transactions)];
  const [refunds, refundLines, fulfilments] = [of(rows.refunds), of(rows.refundLines), of(rows.fulfilments)];
  const known = new Map(rows.orders.map((order) => [order.id, order]));
  // An order may be known by its children alone, while the order itself has not come.
  const children = [rows.refunds, rows.transactions, rows.fulfilments].flatMap((list) => list.map((row) => row.orderId));
  return [...new Set([...known.keys(), ...children])].map((id) => {
    const order = known.get(id);
    const money = order?.currency ?? currency;
    return {
      ...(order ? orderJson(order) : { id: String(id) }),
      lines: lines(id).map((line) =>
        withAmounts(line, {
          ...allIn(money, ['unitPrice', 'discount', 'tax']),
          presentmentUnitPrice: order?.presentmentCurrency ?? money,
        }),
      ),
      discountsUsed: discounts(id).map((use) => withAmounts(use, { amount: money })),
      transactions: transactions(id).map((entry) => withAmounts(entry, { amount: entry.currency })),
      refunds: refunds(id).map((refund) => ({
        ...withAmounts(refund, allIn(money, ['amount', 'itemsReturned', 'taxReturned', 'adjustment'])),
        day: dateToDay(refund.day),
        lines: refundLines(id)
          .filter((line) => line.refundId === refund.id)
          .map((line) => withAmounts(line, allIn(money, ['subtotal', 'tax']))),
      })),
      fulfilments: fulfilments(id).map(plainObject),
    };
  });
}

function orderJson(order: PersonRows['orders'][number]): PlainObject {
  const amounts = allIn(order.currency, ['total', 'shipping', 'tax', 'gross', 'discounts', 'returned', 'cancelled', 'net']);
  return { ...withAmounts(order, { ...amounts, presentmentTotal: order.presentmentCurrency }), day: dateToDay(order.day) };
}

/** What the door took in about the person and still keeps, page by page: each page is narrowed down in the database. */
async function deliveries(scope: ShopScope, traces: Traces): Promise<Plain[]> {
  const found: Plain[] = [];
  const pattern = coarsePattern(traces);
  if (pattern === '') return found;
  for (let after = 0n; ;) {
    const from = after;
    const page = await scope.db.forShop(scope.shop.id, (tx) => inboxPage(tx, scope.shop.id, { after: from, limit: PAGE, pattern }));
    for (const { topic, receivedAt, body } of page.bodies.filter((event) => namesPerson(event, traces)))
      found.push({ topic, receivedAt: receivedAt.toISOString(), body: plain(parseLossless(body)) });
    if (page.last === null) return found;
    after = page.last;
  }
}

export type RequestedFile = { name: string; file: PlainObject };

/**
 * The file that a person has asked for, by the number of the request; that it is fetched marks the request done.
 * null: the shop has no such request.
 */
export async function requestedFile(scope: ShopScope, requestId: bigint): Promise<RequestedFile | null> {
  const { shop } = scope;
  const request = await scope.db.forShop(shop.id, (tx) => readRequest(tx, shop.id, requestId));
  if (request?.kind !== 'data_request') return null;
  const file = await customerFile(scope, request.customerId, request.ordersRequested.map(BigInt));
  const orders = Array.isArray(file['orders']) ? file['orders'].length : 0;
  await scope.db.forShop(shop.id, (tx) =>
    completeRequest(tx, shop.id, { id: requestId, at: scope.clock.now(), proof: { counts: { orders } } }),
  );
  return { name: `customer-${request.customerId ?? `request-${requestId}`}.json`, file };
}
