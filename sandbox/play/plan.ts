import type { Chance } from '../random.ts';

/** What the shop's history says of a variant: how often it was bought, and how many at once (median). */
export type PlayVariant = { id: string; weight: number; usualQuantity: number };
/** `weight`: the customer's orders so far; who bought often comes again more often. */
export type PlayCustomer = { id: string; weight: number };

export type PlayHistory = {
  variants: readonly PlayVariant[];
  customers: readonly PlayCustomer[];
  /** Orders of the history by hour of the week in the shop's zone: index weekday * 24 + hour, Sunday first. */
  hours: readonly number[];
};

export type PlayLine = { variantId: string; quantity: number };
export type PlayBuyer = { id: string } | { email: string; firstName: string; lastName: string; acceptsMarketing: boolean } | null;
export type PlayBasket = { lines: PlayLine[]; buyer: PlayBuyer };

/** An order that can still be refunded, changed or cancelled; quantities are what is left. */
export type PlayedOrder = { id: string; lines: { id: string; quantity: number }[]; fulfilled: boolean };

/** What happens to an earlier order, besides the orders themselves. */
export type AfterAct =
  | { kind: 'refund'; order: PlayedOrder; lines: { lineItemId: string; quantity: number }[]; restock: boolean }
  | { kind: 'cancel'; order: PlayedOrder }
  | { kind: 'edit'; order: PlayedOrder; add: PlayLine[]; remove: { lineItemId: string; quantity: number }[] }
  | { kind: 'fulfil'; order: PlayedOrder }
  | { kind: 'abandon'; basket: PlayBasket }
  | { kind: 'receive'; variantId: string; units: number };

const FIRST_NAMES = ['Anna', 'Ben', 'Clara', 'Dev', 'Ella', 'Felix', 'Gwen', 'Hugo', 'Ines', 'Jack', 'Lena', 'Milo', 'Nina', 'Omar', 'Pia'];
const LAST_NAMES = ['Archer', 'Bell', 'Cole', 'Drake', 'Ebner', 'Frost', 'Gray', 'Hale', 'Irwin', 'Jost', 'Knight', 'Lane', 'Moss', 'Nash'];

/** Draws items in proportion to their weight; O(log n) a draw. Throws when nothing has any weight. */
export function weighted<T extends { weight: number }>(items: readonly T[]): (chance: Chance) => T {
  const sums: number[] = [];
  const drawn = items.filter((item) => item.weight > 0);
  let total = 0;
  for (const item of drawn) sums.push((total += item.weight));
  if (total <= 0) throw new Error('there is nothing in the history to draw from');
  return (chance) => {
    const wanted = chance.next() * total;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) <= wanted) low = middle + 1;
      else high = middle;
    }
    const item = drawn[low];
    if (!item) throw new Error('a weighted draw fell outside its items');
    return item;
  };
}

/**
 * How busy an hour of the week is against the mean of all hours of trade, held between a half and double:
 * the player follows the shop's rhythm but never sleeps, for somebody is watching.
 */
export function busyness(hours: readonly number[], hourOfWeek: number): number {
  const open = hours.filter((orders) => orders > 0);
  if (open.length === 0) return 1;
  const mean = open.reduce((sum, orders) => sum + orders, 0) / open.length;
  return Math.min(2, Math.max(0.5, (hours[hourOfWeek] ?? 0) / mean));
}

export type Planner = {
  basket(): PlayBasket;
  /** What happens besides, after an order: mostly nothing. `orders` are recent ones, oldest first. */
  after(orders: readonly PlayedOrder[]): AfterAct[];
};

/** Plans traffic that looks like the history. The same chance and the same answers of the store give the same traffic. */
export function makePlanner(history: PlayHistory, chance: Chance, salt: string): Planner {
  const variant = weighted(history.variants);
  const customer = history.customers.some(({ weight }) => weight > 0) ? weighted(history.customers) : undefined;
  let newcomers = 0;

  const buyer = (): PlayBuyer => {
    const luck = chance.next();
    if (luck < 0.08) return null;
    if (luck < 0.9 && customer) return { id: customer(chance).id };
    newcomers += 1;
    const [firstName, lastName] = [chance.pick(FIRST_NAMES), chance.pick(LAST_NAMES)];
    const email = `${firstName}.${lastName}.${salt}-${newcomers}@example.com`.toLowerCase();
    return { email, firstName, lastName, acceptsMarketing: chance.next() < 0.5 };
  };
  const quantityOf = ({ usualQuantity }: PlayVariant): number => chance.whole(1, Math.max(1, Math.min(24, usualQuantity * 2)));
  const line = (): PlayLine => {
    const chosen = variant(chance);
    return { variantId: chosen.id, quantity: quantityOf(chosen) };
  };
  const basket = (): PlayBasket => {
    const wanted = 1 + Math.floor(-Math.log(1 - chance.next()) * 4);
    const lines = new Map<string, PlayLine>();
    for (let at = 0; at < Math.min(wanted, 30); at += 1) {
      const next = line();
      lines.set(next.variantId, next);
    }
    return { lines: [...lines.values()], buyer: buyer() };
  };
  const someOf = (order: PlayedOrder): { lineItemId: string; quantity: number }[] => {
    const held = order.lines.filter(({ quantity }) => quantity > 0);
    if (chance.next() < 0.4) return held.map(({ id, quantity }) => ({ lineItemId: id, quantity }));
    const one = chance.pick(held);
    return [{ lineItemId: one.id, quantity: chance.whole(1, one.quantity) }];
  };
  const changes = (orders: readonly PlayedOrder[]): AfterAct[] => {
    const alive = orders.filter((order) => order.lines.some(({ quantity }) => quantity > 0));
    if (alive.length === 0) return [];
    const order = chance.pick(alive);
    const luck = chance.next();
    if (luck < 0.07) return [{ kind: 'refund', order, lines: someOf(order), restock: chance.next() < 0.7 }];
    if (luck < 0.09 && !order.fulfilled) return [{ kind: 'cancel', order }];
    if (luck < 0.11 && !order.fulfilled) return [{ kind: 'edit', order, add: [line()], remove: [] }];
    if (luck < 0.13 && !order.fulfilled && order.lines.length > 1)
      return [{ kind: 'edit', order, add: [], remove: someOf(order).slice(0, 1) }];
    return luck < 0.6 && !order.fulfilled ? [{ kind: 'fulfil', order }] : [];
  };
  return {
    basket,
    after: (orders) => {
      const acts = changes(orders);
      if (chance.next() < 0.08) acts.push({ kind: 'abandon', basket: basket() });
      if (chance.next() < 0.06) acts.push({ kind: 'receive', variantId: variant(chance).id, units: chance.whole(2, 20) * 12 });
      return acts;
    },
  };
}
