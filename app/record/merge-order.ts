import type { FulfilmentFacts, OrderFacts, RefundFacts, TransactionFacts } from './facts.ts';

/** An order as the record holds it: its newest version, and children that may have come before it or after it. */
export type HeldOrder = {
  /** null while only children of it have come. */
  order: OrderVersion | null;
  refunds: RefundFacts[];
  transactions: TransactionFacts[];
  fulfilments: FulfilmentFacts[];
};

export type OrderVersion = Omit<OrderFacts, 'refunds' | 'transactions' | 'fulfilments'> & {
  deletedAt: Date | null;
  /** When the event that brought this version was triggered; breaks ties of `updatedAt`, which has whole seconds. */
  triggeredAt: Date | null;
};

export type OrderEvent =
  | { kind: 'version'; orderId: bigint; facts: OrderFacts; triggeredAt: Date | null }
  | { kind: 'deleted'; orderId: bigint; at: Date }
  | { kind: 'refund'; orderId: bigint; refund: RefundFacts }
  | { kind: 'transaction'; orderId: bigint; transaction: TransactionFacts }
  | { kind: 'fulfilment'; orderId: bigint; fulfilment: FulfilmentFacts };

export const EMPTY: HeldOrder = { order: null, refunds: [], transactions: [], fulfilments: [] };

function isNewer(incoming: OrderVersion, held: OrderVersion): boolean {
  const byVersion = incoming.updatedAt.getTime() - held.updatedAt.getTime();
  if (byVersion !== 0) return byVersion > 0;
  return (incoming.triggeredAt?.getTime() ?? 0) > (held.triggeredAt?.getTime() ?? 0);
}

/**
 * Do two versions of the same `updatedAt` say the same of what moves? Shopify's times have whole seconds, so two states
 * may bear the same one; a repeated telling of the same state is nothing new. Words that the two ways of reading write
 * differently (titles, names) do not decide.
 */
function saysTheSame(a: OrderVersion, b: OrderVersion): boolean {
  const state = ({ financialStatus, fulfilmentStatus, cancelledAt, closedAt, customerId, test, tags, ...rest }: OrderVersion) => [
    [financialStatus, fulfilmentStatus, cancelledAt?.getTime(), closedAt?.getTime(), test, ...tags],
    [customerId, rest.total, rest.shipping, rest.tax].map(String),
    rest.lines.map((line) => [line.id, line.quantity, line.currentQuantity, line.unitPrice, line.discount, line.tax].map(String)),
  ];
  return JSON.stringify(state(a)) === JSON.stringify(state(b));
}

/** That an order was edited is told by the store alone, and never taken back. */
const withEdited = (held: HeldOrder, edited: boolean): HeldOrder =>
  held.order && edited && !held.order.edited ? { ...held, order: { ...held.order, edited: true } } : held;

/** Adds what is not there yet; refunds and transactions never change once they are made. */
function union<T extends { id: bigint }>(held: T[], incoming: readonly T[], better: (a: T, b: T) => boolean = () => false): T[] {
  if (incoming.length === 0) return held;
  if (held.length === 0 && incoming.length === 1) return [...incoming];
  const byId = new Map(held.map((entry) => [entry.id, entry]));
  let changed = false;
  for (const entry of incoming) {
    const before = byId.get(entry.id);
    if (before && !better(entry, before)) continue;
    byId.set(entry.id, entry);
    changed = true;
  }
  return changed ? [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)) : held;
}

/**
 * A bulk export knows a refund's lines by the sales that went back: without the way of restocking, and numbered as
 * sales. Webhooks and the refund itself say all; theirs are the lines that stay.
 */
function fullness(refund: RefundFacts): number {
  const isFull = refund.lines.some((line) => line.restockType !== null);
  return refund.lines.length + (isFull ? 1_000_000 : 0);
}

const newerFulfilment = (a: FulfilmentFacts, b: FulfilmentFacts): boolean => a.updatedAt.getTime() > b.updatedAt.getTime();

/**
 * The order after one more event. Events may come in any order and any number of times: the result is the same
 * (merge-order.test.ts holds this as a property). A stale or repeated event gives back the same object.
 * A refund in full replaces one that is known by its sales only, and one with lines replaces one without.
 */
export function mergeOrder(held: HeldOrder, event: OrderEvent): HeldOrder {
  switch (event.kind) {
    case 'refund':
      return withChildren(held, { refunds: [event.refund] });
    case 'transaction':
      return withChildren(held, { transactions: [event.transaction] });
    case 'fulfilment':
      return withChildren(held, { fulfilments: [event.fulfilment] });
    case 'deleted':
      if (held.order?.deletedAt) return held;
      return { ...held, order: { ...(held.order ?? tombstone(event.orderId)), deletedAt: event.at } };
    case 'version':
      return withVersion(held, event);
  }
}

function withVersion(held: HeldOrder, event: Extract<OrderEvent, { kind: 'version' }>): HeldOrder {
  const { refunds, transactions, fulfilments, ...version } = event.facts;
  const incoming: OrderVersion = Object.assign(version, { deletedAt: null, triggeredAt: event.triggeredAt });
  const merged = withChildren(held, { refunds, transactions, fulfilments });
  if (!held.order) return { ...merged, order: incoming };
  if (!isNewer(incoming, held.order)) return withEdited(merged, incoming.edited);
  const isTie = held.order.updatedAt.getTime() === incoming.updatedAt.getTime();
  if (isTie && saysTheSame(incoming, held.order)) return withEdited(merged, incoming.edited);
  // Deletion is final: no version of the order can follow it.
  const edited = incoming.edited || held.order.edited;
  return { ...merged, order: { ...incoming, edited, deletedAt: held.order.deletedAt } };
}

/** Stands for an order whose deletion came before the order itself, so that the order is not taken for a living one. */
function tombstone(id: bigint): OrderVersion {
  const never = new Date(0);
  return {
    id,
    name: '',
    customerId: null,
    createdAt: never,
    processedAt: never,
    updatedAt: never,
    cancelledAt: null,
    cancelReason: null,
    closedAt: null,
    deletedAt: null,
    triggeredAt: null,
    test: false,
    edited: false,
    channel: 'unknown',
    financialStatus: null,
    fulfilmentStatus: null,
    locationId: null,
    tags: [],
    currency: 'XXX',
    presentmentCurrency: 'XXX',
    taxesIncluded: false,
    presentmentTotal: 0n,
    total: 0n,
    shipping: 0n,
    tax: 0n,
    lines: [],
    discountUses: [],
  };
}

function withChildren(held: HeldOrder, children: Partial<Omit<HeldOrder, 'order'>>): HeldOrder {
  const refunds = union(held.refunds, children.refunds ?? [], (a, b) => fullness(a) > fullness(b));
  const transactions = union(held.transactions, children.transactions ?? []);
  const fulfilments = union(held.fulfilments, children.fulfilments ?? [], newerFulfilment);
  const same = refunds === held.refunds && transactions === held.transactions && fulfilments === held.fulfilments;
  return same ? held : { ...held, refunds, transactions, fulfilments };
}
