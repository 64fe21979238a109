import { isGiftCard, isGoods, skuOf, type Goods } from './catalogue.ts';
import { countryCode } from './countries.ts';
import { CURRENCY, gid, instant, LineFile, moneySet, quoted, type Ids } from './jsonl.ts';
import type { PlannedOrder, ReturnOf } from './match-returns.ts';
import type { Person } from './people.ts';
import { linePennies } from './read-csv.ts';

export type OrderContext = {
  ids: Ids;
  goods: ReadonlyMap<string, Goods>;
  people: ReadonlyMap<string, Person>;
  mainLocation: string;
  shiftMs: number;
  /** The store's present, shifted: what would be shipped later is still open. */
  now: number;
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOTHING = moneySet(0);

/** Shipped three hours later on weekdays before 14:00, else at 10:00 of the next weekday (Monday to Friday). */
export function shippedAt(at: number): number {
  const date = new Date(at);
  const weekday = date.getUTCDay();
  if (weekday >= 1 && weekday <= 5 && date.getUTCHours() < 14) return at + 3 * HOUR;
  const daysOn = [1, 1, 1, 1, 1, 3, 2][weekday] ?? 1;
  return Math.floor(at / DAY) * DAY + daysOn * DAY + 10 * HOUR;
}

type Line = { gid: string; giftCard: boolean; quantity: number; left: number; thousandths: number; pennies: number; text: string };
type Refund = { gid: string; of: ReturnOf; at: number; pennies: number };

function lineText(order: PlannedOrder, position: number, context: OrderContext): Omit<Line, 'left'> {
  const line = order.lines[position];
  if (!line) throw new Error(`${order.number} has no line ${position}`);
  const id = gid('LineItem', context.ids.next('LineItem'));
  const goods = isGoods(line.code) ? context.goods.get(skuOf(line.code)) : undefined;
  const giftCard = isGiftCard(line.code);
  const title = quoted(line.description || (goods?.title ?? line.code));
  const text =
    `"id":"${id}","title":${title},"variantTitle":null,"sku":${quoted(skuOf(line.code))},"vendor":${quoted(goods?.vendor ?? null)},` +
    `"quantity":${line.quantity},"isGiftCard":${giftCard},"requiresShipping":${goods !== undefined && !giftCard},` +
    `"originalUnitPriceSet":${moneySet(linePennies(1, line.thousandths))},"totalDiscountSet":${NOTHING},` +
    `"product":${goods ? `{"id":"${goods.productGid}"}` : 'null'},"variant":${goods ? `{"id":"${goods.variantGid}"}` : 'null'}`;
  return {
    gid: id,
    giftCard,
    quantity: line.quantity,
    thousandths: line.thousandths,
    pennies: linePennies(line.quantity, line.thousandths),
    text,
  };
}

/** A sale of an agreement. Returned goods count negative in quantity and money, as Shopify counts them. */
function saleText(line: Line, quantity: number, { ids, parent }: { ids: Ids; parent: string }): string {
  const type = line.giftCard ? 'GiftCardSale","lineType":"GIFT_CARD' : 'ProductSale","lineType":"PRODUCT';
  return (
    `{"__typename":"${type}","id":"gid://shopify/Sale/${ids.next('Sale')}","actionType":"${quantity < 0 ? 'RETURN' : 'ORDER'}","quantity":${quantity},` +
    `"totalAmount":${moneySet(linePennies(quantity, line.thousandths))},"totalDiscountAmountBeforeTaxes":${NOTHING},` +
    `"totalTaxAmount":${NOTHING},"lineItem":{"id":"${line.gid}"},"__parentId":"${parent}"}`
  );
}

function transactionsOf(total: number, refunds: readonly Refund[], { at, ids }: { at: number; ids: Ids }): string {
  if (total === 0) return '[]';
  const sale = gid('OrderTransaction', ids.next('OrderTransaction'));
  const one = (id: string, kind: string, facts: { pennies: number; at: number; parent: string; refund: string }): string =>
    `{"id":"${id}","kind":"${kind}","status":"SUCCESS","test":false,"gateway":"shopify_payments","formattedGateway":"Shopify Payments",` +
    `"createdAt":"${instant(facts.at)}","processedAt":"${instant(facts.at)}","amountSet":${moneySet(facts.pennies)},"parentTransaction":${facts.parent}${facts.refund}}`;
  const paid = one(sale, 'SALE', { pennies: total, at, parent: 'null', refund: '' });
  const back = refunds
    .filter((refund) => refund.pennies > 0)
    .map((refund) =>
      one(gid('OrderTransaction', ids.next('OrderTransaction')), 'REFUND', {
        ...refund,
        parent: `{"id":"${sale}"}`,
        refund: `,"refund":{"id":"${refund.gid}"}`,
      }),
    );
  return `[${[paid, ...back].join(',')}]`;
}

/** Takes the returned quantities off the lines and gives the refunds of an order, in the order in which they happened. */
function refundsOf(order: PlannedOrder, lines: readonly Line[], context: OrderContext): Refund[] {
  return order.returns.map((of) => {
    let pennies = 0;
    for (const part of of.parts) {
      const line = lines[part.line];
      if (!line || line.left < part.quantity) throw new Error(`${of.invoice.number} takes back more than ${order.number} holds`);
      line.left -= part.quantity;
      pennies += linePennies(part.quantity, line.thousandths);
    }
    return { gid: gid('Refund', context.ids.next('Refund')), of, at: of.invoice.at + context.shiftMs, pennies };
  });
}

function financialStatus(total: number, back: number): string {
  if (back === 0) return 'PAID';
  return back < total ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
}

function addressText(country: string): string {
  const code = countryCode(country);
  return code ? `{"country":${quoted(country)},"countryCodeV2":"${code}"}` : 'null';
}

type Parts = { orderGid: string; at: number; lines: readonly Line[]; refunds: readonly Refund[]; context: OrderContext };

function orderText(order: PlannedOrder, { orderGid, at, lines, refunds, context }: Parts): string {
  const { ids, people, mainLocation, now } = context;
  const person = order.customer ? people.get(order.customer) : undefined;
  const total = lines.reduce((sum, line) => sum + line.pennies, 0);
  const back = refunds.reduce((sum, refund) => sum + refund.pennies, 0);
  const shipped = order.opening ? at : shippedAt(at);
  const fulfilled = shipped <= now;
  const updated = Math.max(at, fulfilled ? shipped : at, ...refunds.map((refund) => refund.at));
  const created = instant(at);
  const money = moneySet(total);
  const fulfillment = `{"id":"${gid('Fulfillment', ids.next('Fulfillment'))}","status":"SUCCESS","createdAt":"${instant(shipped)}","updatedAt":"${instant(shipped)}","location":{"id":"${mainLocation}"}}`;
  const refundsText = refunds.map(
    (refund) =>
      `{"id":"${refund.gid}","createdAt":"${instant(refund.at)}","updatedAt":"${instant(refund.at)}","note":${quoted(`Cancellation ${refund.of.invoice.number}`)},"totalRefundedSet":${moneySet(refund.pennies)}}`,
  );
  return (
    `{"id":"${orderGid}","name":"#${order.number}","createdAt":"${created}","processedAt":"${created}","updatedAt":"${instant(updated)}",` +
    `"cancelledAt":null,"cancelReason":null,"closedAt":${fulfilled ? `"${instant(shipped)}"` : 'null'},"test":false,"edited":false,"sourceName":"web",` +
    `"currencyCode":"${CURRENCY}","presentmentCurrencyCode":"${CURRENCY}","taxesIncluded":false,` +
    `"displayFinancialStatus":"${financialStatus(total, back)}","displayFulfillmentStatus":"${fulfilled ? 'FULFILLED' : 'UNFULFILLED'}",` +
    `"tags":${order.opening ? '["opening","made up"]' : '[]'},"note":${order.opening ? '"Made up: bought before the history begins, so that its return has an order."' : 'null'},` +
    `"email":${quoted(person?.email ?? null)},"customer":${person ? `{"id":"${person.gid}"}` : 'null'},"retailLocation":null,"discountCodes":[],` +
    `"shippingAddress":${addressText(order.country)},` +
    `"subtotalPriceSet":${money},"totalDiscountsSet":${NOTHING},"totalShippingPriceSet":${NOTHING},"totalTaxSet":${NOTHING},"totalPriceSet":${money},` +
    `"refunds":[${refundsText.join(',')}],"transactions":${transactionsOf(total, refunds, { at, ids })},"fulfillments":[${fulfilled ? fulfillment : ''}]}`
  );
}

function writeOrder(out: LineFile, order: PlannedOrder, context: OrderContext): void {
  const { ids } = context;
  const at = order.at + context.shiftMs;
  const orderGid = gid('Order', ids.next('Order'));
  const lines: Line[] = order.lines.map((line, position) => ({ ...lineText(order, position, context), left: line.quantity }));
  const refunds = refundsOf(order, lines, context);
  out.add(orderText(order, { orderGid, at, lines, refunds, context }));
  for (const line of lines) out.add(`{${line.text},"currentQuantity":${line.left},"__parentId":"${orderGid}"}`);
  const agreement = (type: string, reason: string, rest: string): string => {
    const id = gid('SalesAgreement', ids.next('SalesAgreement'));
    out.add(`{"__typename":"${type}","id":"${id}","reason":"${reason}",${rest},"__parentId":"${orderGid}"}`);
    return id;
  };
  const ordered = agreement('OrderAgreement', 'ORDER', `"happenedAt":"${instant(at)}"`);
  for (const line of lines) out.add(saleText(line, line.quantity, { ids, parent: ordered }));
  for (const refund of refunds) {
    const returned = agreement('RefundAgreement', 'REFUND', `"happenedAt":"${instant(refund.at)}","refund":{"id":"${refund.gid}"}`);
    for (const part of refund.of.parts) {
      const line = lines[part.line];
      if (line) out.add(saleText(line, -part.quantity, { ids, parent: returned }));
    }
  }
}

/** Writes orders.jsonl: each order is followed at once by its line items, then by each agreement with its sales. */
export function writeOrders(orders: readonly PlannedOrder[], file: string, context: OrderContext): number {
  const out = new LineFile(file);
  for (const order of orders) writeOrder(out, order, context);
  out.close();
  return out.lines;
}
