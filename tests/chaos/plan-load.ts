import { seeded, type Chance } from '../../sandbox/random.ts';
import type { ChaosOptions } from './options.ts';
import { linesOf, orderBody, refundBody, refundMinor, totalOf, type OrderState } from './order-body.ts';

const VARIANTS = 60;
const CUSTOMERS = 80;
const LOCATION = 8_000_000_000_001;
/** Deliveries overtake each other by up to this much. */
const SHUFFLE_MS = 3_000;

/** What a delivery says about the store; the check derives from these what the record must hold. Times in ms. */
export type Saying =
  | { of: 'order'; id: number; version: OrderVersion; refunds: readonly Refunded[] }
  | { of: 'order-deleted'; id: number }
  | { of: 'refund'; id: number; refund: Refunded }
  | { of: 'customer' | 'product'; id: number; updatedAt: number; triggeredAt: number; mark: string }
  | { of: 'customer-deleted'; id: number }
  | { of: 'level'; id: number; updatedAt: number; available: number };
export type Refunded = { id: number; amount: number };
export type OrderVersion = {
  updatedAt: number;
  triggeredAt: number;
  total: number;
  units: number;
  status: string;
  cancelledAt: number | null;
};

export type Delivery = {
  readonly webhookId: string;
  readonly shop: string;
  readonly topic: string;
  readonly triggeredAt: string;
  readonly body: () => string;
  readonly says: Saying;
  /** Milliseconds after the start of the run. */
  readonly sendAtMs: number;
  /** Sent once more so long after its 200, as Shopify does when the answer was lost on the way; null: not. */
  readonly againAfterMs: number | null;
  /** After so many tries without a 200 it is given up, as Shopify gives up after hours. */
  readonly mostTries: number;
};

export const shopDomain = (index: number): string => `chaos-${index + 1}.myshopify.com`;
export const codeOf = (index: number, number: number): string => `CHAOS-${index + 1}-${number}`;
export const CODES = 40;

/** Happenings of one shop, each with its own moment of the store's clock. */
type Happening = { topic: string; says: Saying; body: () => object };
type Moment = { at: number; second: number };

const iso = (ms: number): string => new Date(ms).toISOString();
/** Shopify's versions have whole seconds: two changes within one are told apart by when they were triggered. */
const versionOf = (moment: Moment): string => iso(moment.second);

class Store {
  readonly index: number;
  readonly #chance: Chance;
  readonly #open: { order: OrderState; left: number }[] = [];
  readonly #leveled = new Map<number, number>();
  #orders = 0;

  constructor(index: number, chance: Chance) {
    this.index = index;
    this.#chance = chance;
  }

  /** One thing that happens in the store: mostly an order begins or goes on. */
  next(moment: Moment): Happening[] {
    const roll = this.#chance.next();
    if (roll < 0.08) return this.#customer(moment);
    if (roll < 0.14) return this.#product(moment);
    if (roll < 0.24) return this.#level(moment);
    const goesOn = this.#open.length > 0 && (this.#open.length > 40 || this.#chance.next() < 0.6);
    return goesOn ? this.#goOn(moment) : this.#begin(moment);
  }

  #begin(moment: Moment): Happening[] {
    this.#orders += 1;
    const id = 5_000_000_000_000 + this.index * 1_000_000 + this.#orders;
    const order: OrderState = {
      id,
      name: `#${this.#orders}`,
      customer: this.#someCustomer(),
      createdAt: versionOf(moment),
      updatedAt: versionOf(moment),
      cancelledAt: null,
      financialStatus: 'pending',
      channel: this.#chance.pick(['web', 'web', 'pos']),
      code: this.#chance.next() < 0.2 ? codeOf(this.index, this.#chance.whole(1, CODES)) : null,
      lines: linesOf(this.#chance, { order: id, variants: VARIANTS }),
      refunds: [],
    };
    this.#open.push({ order, left: this.#chance.whole(0, 4) });
    return [version('orders/create', order, moment)];
  }

  #goOn(moment: Moment): Happening[] {
    const at = this.#chance.whole(0, this.#open.length - 1);
    const life = this.#open[at]!;
    life.left -= 1;
    const order = { ...life.order, updatedAt: versionOf(moment) };
    if (life.left < 0) {
      this.#open.splice(at, 1);
      return this.#end(order, moment);
    }
    life.order = order;
    if (order.financialStatus === 'pending') {
      order.financialStatus = 'paid';
      return [version('orders/paid', order, moment), version('orders/updated', order, moment)];
    }
    if (this.#chance.next() < 0.4 && order.refunds.length < 3) {
      const refund = { id: order.id * 100 + order.refunds.length * 10, line: this.#chance.pick(order.lines), at: versionOf(moment) };
      order.refunds = [...order.refunds, refund];
      order.financialStatus = 'partially_refunded';
      return [
        {
          topic: 'refunds/create',
          says: { of: 'refund', id: order.id, refund: { id: refund.id, amount: refundMinor(refund) } },
          body: () => refundBody(order.id, refund),
        },
        version('orders/updated', order, moment),
      ];
    }
    return [version('orders/updated', order, moment)];
  }

  #end(order: OrderState, moment: Moment): Happening[] {
    const roll = this.#chance.next();
    if (roll < 0.1) return [{ topic: 'orders/delete', says: { of: 'order-deleted', id: order.id }, body: () => ({ id: order.id }) }];
    if (roll < 0.25) {
      const cancelled = { ...order, cancelledAt: versionOf(moment), financialStatus: 'voided' };
      return [version('orders/cancelled', cancelled, moment), version('orders/updated', cancelled, moment)];
    }
    return [version('orders/updated', order, moment)];
  }

  #someCustomer(): number {
    return 7_000_000_000_000 + this.index * 1_000 + Math.floor(CUSTOMERS * this.#chance.next() ** 2);
  }

  #customer(moment: Moment): Happening[] {
    const id = this.#someCustomer();
    if (this.#chance.next() < 0.04) return [{ topic: 'customers/delete', says: { of: 'customer-deleted', id }, body: () => ({ id }) }];
    const mark = `at-${moment.at}`;
    const body = { id, email: `c${id}@example.com`, first_name: 'C', last_name: String(id), tags: mark, updated_at: versionOf(moment) };
    return [
      {
        topic: this.#chance.pick(['customers/create', 'customers/update']),
        says: { of: 'customer', id, updatedAt: moment.second, triggeredAt: moment.at, mark },
        body: () => body,
      },
    ];
  }

  #product(moment: Moment): Happening[] {
    const number = Math.floor((VARIANTS / 2) * this.#chance.next() ** 3);
    const id = 9_000_000_000_000 + number;
    const mark = `Thing ${number} as of ${moment.at}`;
    const variant = (at: number) => ({
      id: 9_100_000_000_000 + number * 2 + at,
      title: String(at),
      sku: `SKU-${number}-${at}`,
      price: '12.00',
      inventory_item_id: 9_200_000_000_000 + number * 2 + at,
      position: at + 1,
    });
    const body = { id, title: mark, status: 'active', tags: '', updated_at: versionOf(moment), variants: [variant(0), variant(1)] };
    return [
      { topic: 'products/update', says: { of: 'product', id, updatedAt: moment.second, triggeredAt: moment.at, mark }, body: () => body },
    ];
  }

  /** Levels carry no other order than their second, so one item has one level a second. */
  #level(moment: Moment): Happening[] {
    const id = 9_200_000_000_000 + this.#chance.whole(0, VARIANTS - 1);
    const available = this.#chance.whole(-3, 400);
    if (this.#leveled.get(id) === moment.second) return [];
    this.#leveled.set(id, moment.second);
    const body = { inventory_item_id: id, location_id: LOCATION, available, updated_at: versionOf(moment) };
    return [{ topic: 'inventory_levels/update', says: { of: 'level', id, updatedAt: moment.second, available }, body: () => body }];
  }
}

function version(topic: string, order: OrderState, moment: Moment): Happening {
  // The order of this moment; later changes make a new object.
  const now = { ...order };
  return {
    topic,
    body: () => orderBody(now),
    says: {
      of: 'order',
      id: now.id,
      version: {
        updatedAt: moment.second,
        triggeredAt: moment.at,
        total: totalOf(now),
        units: now.lines.reduce((sum, line) => sum + line.quantity, 0),
        status: now.financialStatus,
        cancelledAt: now.cancelledAt === null ? null : Date.parse(now.cancelledAt),
      },
      refunds: now.refunds.map((refund) => ({ id: refund.id, amount: refundMinor(refund) })),
    },
  };
}

/**
 * Every delivery of a run: the same for the same options but for the day. `from` is the store's clock at the start, in
 * whole seconds of ms.
 */
export function planLoad(options: Pick<ChaosOptions, 'minutes' | 'seed' | 'shops' | 'rate'>, from: number): Delivery[] {
  const chance = seeded(`load/${options.seed}`);
  const stores = Array.from({ length: options.shops }, (_, index) => new Store(index, seeded(`store/${options.seed}/${index}`)));
  const runMs = options.minutes * 60_000;
  const deliveries: Delivery[] = [];
  for (let step = 0; (step / options.rate) * 1_000 < runMs; step += 1) {
    const atMs = Math.round((step / options.rate) * 1_000);
    const store = chance.pick(stores);
    // Each happening has a millisecond of its own, and some hundred of them share a second.
    const moment = { at: from + step * 7, second: Math.floor((from + step * 7) / 1_000) * 1_000 };
    for (const happening of store.next(moment)) {
      deliveries.push({
        webhookId: `chaos-${options.seed}-${deliveries.length}`,
        shop: shopDomain(store.index),
        topic: happening.topic,
        triggeredAt: iso(moment.at),
        body: () => JSON.stringify(happening.body()),
        says: happening.says,
        sendAtMs: atMs + (chance.next() < 0.5 ? 0 : chance.whole(0, SHUFFLE_MS)),
        againAfterMs: chance.next() < 0.1 ? chance.whole(0, 6_000) : null,
        mostTries: chance.next() < 0.03 ? 3 : 1_000,
      });
    }
  }
  return deliveries.toSorted((a, b) => a.sendAtMs - b.sendAtMs);
}
