import { listAt, nodeAt, numberAt, tail, text, type Node, type OrderGroup } from './node.ts';
import { refuse, type Placed, type Refused } from './outcome.ts';
import type { CartItem, OrderMaker } from './order-maker.ts';
import * as rest from './rest.ts';
import type { Store } from './store.ts';

type Topic = { topic: string; body: rest.Rest };
type Pieces = { lineItemId: string; quantity: number }[];
type Tools = {
  store: Store;
  maker: OrderMaker;
  send: (topics: Topic[]) => void;
  /** Changes an item's stock; gives the topics that tell of it. */
  moveStock: (itemId: string, by: number) => Topic[];
};

/** What happens to an order after it was placed; each change makes a later version of it and sends Shopify's topics. */
export class OrderChanges {
  readonly #store: Store;
  readonly #maker: OrderMaker;
  readonly #send: Tools['send'];
  readonly #moveStock: Tools['moveStock'];

  constructor(tools: Tools) {
    this.#store = tools.store;
    this.#maker = tools.maker;
    this.#send = tools.send;
    this.#moveStock = tools.moveStock;
  }

  #itemOf(line: Node | undefined): string {
    const variant = this.#store.variants.get(text(nodeAt(line, 'variant'), 'id'));
    return text(nodeAt(variant, 'inventoryItem'), 'id');
  }

  /** The pieces asked for, each line once; null when the order does not have them any more. */
  #piecesOf(group: OrderGroup, asked: Pieces): { line: Node; quantity: number }[] | null {
    const sums = new Map<string, number>();
    for (const { lineItemId, quantity } of asked) {
      if (!Number.isInteger(quantity) || quantity < 1) return null;
      sums.set(lineItemId, (sums.get(lineItemId) ?? 0) + quantity);
    }
    const lines = new Map(group.lines.map((line) => [text(line, 'id'), line]));
    const pieces: { line: Node; quantity: number }[] = [];
    for (const [id, quantity] of sums) {
      const line = lines.get(id);
      if (!line || quantity > numberAt(line, 'currentQuantity')) return null;
      pieces.push({ line, quantity });
    }
    return pieces.length > 0 ? pieces : null;
  }

  /** Takes lines back. Refused: nothing left to return, or a line that is not the order's. */
  refund(input: { orderId: string; lines: Pieces; restock: boolean; restockType?: 'return' | 'cancel'; note?: string }): Placed | Refused {
    const group = this.#store.order(input.orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    const pieces = this.#piecesOf(group, input.lines);
    if (!pieces) return refuse('REFUND_INVALID', 'A refund takes back pieces that the order still has.');
    const maker = this.#maker;
    const next = maker.edited(group, {});
    const { order } = next;
    const at = text(order, 'updatedAt');
    const refundId = maker.gid('Refund');
    const agreement: Node = {
      __typename: 'RefundAgreement',
      __parentId: input.orderId,
      id: maker.gid('SalesAgreement'),
      reason: 'REFUND',
      happenedAt: at,
      refund: { id: refundId },
    };
    const sales = pieces.map(({ line, quantity }) => maker.sale(agreement, line, { order, quantity: -quantity, actionType: 'RETURN' }));
    const total = -sales.reduce((sum, sale) => sum + maker.minorOf(sale, 'totalAmount'), 0n);
    const taken = new Map(pieces.map(({ line, quantity }) => [line['id'], quantity]));
    const lines = group.lines.map((line) => ({
      ...line,
      currentQuantity: numberAt(line, 'currentQuantity') - (taken.get(line['id']) ?? 0),
    }));
    const refund: Node = {
      id: refundId,
      createdAt: at,
      note: input.note ?? null,
      totalRefundedSet: maker.moneyOf(order, total),
      restockType: input.restock ? (input.restockType ?? 'return') : 'no_restock',
    };
    const transactions = total === 0n ? [] : [this.#payBack(order, { at, total, refundId })];
    const isAll = lines.every((line) => line.currentQuantity === 0);
    const after: OrderGroup = {
      ...next,
      lines,
      agreements: [...group.agreements, agreement],
      sales: [...group.sales, ...sales],
      order: {
        ...order,
        displayFinancialStatus: isAll ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
        refunds: [...listAt(order, 'refunds'), refund],
        transactions: [...listAt(order, 'transactions'), ...transactions],
      },
    };
    this.#store.put({ t: 'order', v: after });
    const levels = input.restock ? pieces.flatMap(({ line, quantity }) => this.#moveStock(this.#itemOf(line), quantity)) : [];
    this.#send([
      { topic: 'refunds/create', body: rest.refundBody(after, refund) },
      ...transactions.map((transaction) => ({
        topic: 'order_transactions/create',
        body: rest.transactionBody(transaction, input.orderId),
      })),
      { topic: 'orders/updated', body: rest.orderBody(after, this.#store) },
      ...levels,
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  #payBack(order: Node, facts: { at: string; total: bigint; refundId: string }): Node {
    return {
      id: this.#maker.gid('OrderTransaction'),
      kind: 'REFUND',
      status: 'SUCCESS',
      gateway: 'shopify_payments',
      createdAt: facts.at,
      processedAt: facts.at,
      amountSet: this.#maker.moneyOf(order, facts.total),
      parentTransaction: { id: listAt(order, 'transactions')[0]?.['id'] ?? null },
      refund: { id: facts.refundId },
    };
  }

  /** Cancels an order that was not sent yet; what was paid goes back. */
  cancel(orderId: string): Placed | Refused {
    const group = this.#store.order(orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    if (group.order['cancelledAt']) return refuse('ALREADY_CANCELLED', 'The order is cancelled already.');
    if (listAt(group.order, 'fulfillments').length > 0) return refuse('ALREADY_FULFILLED', 'An order that was sent cannot be cancelled.');
    const left = group.lines.filter((line) => numberAt(line, 'currentQuantity') > 0);
    if (left.length > 0) {
      const refunded = this.refund({
        orderId,
        lines: left.map((line) => ({ lineItemId: text(line, 'id'), quantity: numberAt(line, 'currentQuantity') })),
        restock: true,
        restockType: 'cancel',
        note: 'Order cancelled',
      });
      if (refunded.kind === 'refused') return refunded;
    }
    const present = this.#store.order(orderId) ?? group;
    const after = this.#maker.edited(present, {});
    after.order['cancelledAt'] = after.order['updatedAt'];
    after.order['cancelReason'] = 'CUSTOMER';
    this.#store.put({ t: 'order', v: after });
    const body = rest.orderBody(after, this.#store);
    this.#send([
      { topic: 'orders/cancelled', body },
      { topic: 'orders/updated', body },
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  fulfil(orderId: string): Placed | Refused {
    const group = this.#store.order(orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    if (group.order['cancelledAt']) return refuse('CANCELLED', 'A cancelled order is not sent.');
    if (text(group.order, 'displayFulfillmentStatus') === 'FULFILLED') return refuse('ALREADY_FULFILLED', 'The order was sent already.');
    const after = this.#maker.edited(group, { displayFulfillmentStatus: 'FULFILLED' });
    const at = after.order['updatedAt'];
    const location = [...this.#store.locations.keys()][0] ?? null;
    const fulfilment: Node = {
      id: this.#maker.gid('Fulfillment'),
      status: 'SUCCESS',
      displayStatus: 'FULFILLED',
      createdAt: at,
      updatedAt: at,
      location: location ? { id: location } : null,
      trackingInfo: [],
    };
    after.order['fulfillments'] = [...listAt(group.order, 'fulfillments'), fulfilment];
    this.#store.put({ t: 'order', v: after });
    const body = rest.orderBody(after, this.#store);
    this.#send([
      { topic: 'fulfillments/create', body: rest.fulfilmentBody(fulfilment, orderId) },
      { topic: 'orders/fulfilled', body },
      { topic: 'orders/updated', body },
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  /** Adds lines, which are owed then, and takes lines off (their money goes back). Refused as a whole, or done as a whole. */
  edit(input: { orderId: string; add: CartItem[]; remove: Pieces }): Placed | Refused {
    const group = this.#store.order(input.orderId);
    if (!group) return refuse('ORDER_NOT_FOUND', 'There is no such order.');
    if (group.order['cancelledAt']) return refuse('CANCELLED', 'A cancelled order cannot be edited.');
    if (input.add.length === 0 && input.remove.length === 0) return refuse('EDIT_EMPTY', 'An edit adds or removes something.');
    if (input.remove.length > 0 && !this.#piecesOf(group, input.remove))
      return refuse('EDIT_INVALID', 'An edit removes pieces that the order still has.');
    const levels = input.add.length > 0 ? this.#addLines(group, input.add) : [];
    if (input.remove.length > 0) {
      this.refund({ orderId: input.orderId, lines: input.remove, restock: true, restockType: 'cancel', note: 'Order edited' });
    }
    const after = this.#store.order(input.orderId) ?? group;
    this.#send([
      {
        topic: 'orders/edited',
        body: { order_edit: { order_id: BigInt(tail(input.orderId)), created_at: after.order['updatedAt'] } },
      },
      { topic: 'orders/updated', body: rest.orderBody(after, this.#store) },
      ...levels,
    ]);
    return { kind: 'placed', group: after, applied: [] };
  }

  retag(orderId: string, tags: string[]): void {
    const group = this.#store.order(orderId);
    if (!group) return;
    const after = this.#maker.edited(group, { tags });
    this.#store.put({ t: 'order', v: after });
    this.#send([{ topic: 'orders/updated', body: rest.orderBody(after, this.#store) }]);
  }

  #addLines(group: OrderGroup, items: CartItem[]): Topic[] {
    const maker = this.#maker;
    const orderId = text(group.order, 'id');
    const next = maker.edited(group, { edited: true, displayFinancialStatus: 'PARTIALLY_PAID' });
    const { order } = next;
    const agreement: Node = {
      __typename: 'OrderEditAgreement',
      __parentId: orderId,
      id: maker.gid('SalesAgreement'),
      reason: 'ORDER_EDIT',
      happenedAt: order['updatedAt'],
    };
    const added = items.map((item) => maker.newLine(item, { orderId, shares: [] }));
    const sales = added.map((line) => maker.sale(agreement, line, { order, quantity: numberAt(line, 'quantity'), actionType: 'ORDER' }));
    const more = items.reduce((sum, item) => sum + item.price * BigInt(item.quantity), 0n);
    const [total, subtotal] = ['totalPriceSet', 'subtotalPriceSet'].map((field) =>
      maker.moneyOf(order, maker.minorOf(order, field) + more),
    );
    Object.assign(order, { totalPriceSet: total, subtotalPriceSet: subtotal });
    this.#store.put({
      t: 'order',
      v: {
        ...next,
        lines: [...group.lines, ...added],
        agreements: [...group.agreements, agreement],
        sales: [...group.sales, ...sales],
      },
    });
    return items.flatMap((item) => this.#moveStock(text(nodeAt(item.variant, 'inventoryItem'), 'id'), -item.quantity));
  }
}
