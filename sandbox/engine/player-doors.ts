import { dayOf, weekday } from '../../app/core/calendar.ts';
import type { PlayBasket, PlayedOrder, PlayerDoors, PlayHistory } from '../player.ts';
import type { Actions, CheckoutInput, Placed, Refused } from './actions.ts';
import { nodeAt, numberAt, text, type OrderGroup } from './node.ts';
import type { Store } from './store.ts';

/** How many of the latest orders of the history tell what sells and who buys. */
const SAMPLE = 1_500;

function historyOf(store: Store, hourOfWeekAt: (at: Date) => number): PlayHistory {
  const variants = new Map<string, { weight: number; quantities: number[] }>();
  const customers = new Map<string, number>();
  const hours = Array.from({ length: 168 }, () => 0);
  const entries = store
    .orderEntries()
    .toSorted((a, b) => Date.parse(a.processedAt) - Date.parse(b.processedAt))
    .slice(-SAMPLE);
  for (const entry of entries) {
    const group = store.order(entry.id);
    if (!group) continue;
    const hour = hourOfWeekAt(new Date(entry.processedAt));
    hours[hour] = (hours[hour] ?? 0) + 1;
    if (entry.customerId) customers.set(entry.customerId, (customers.get(entry.customerId) ?? 0) + 1);
    for (const line of group.lines) {
      const id = text(nodeAt(line, 'variant'), 'id');
      if (id === '' || !store.variants.has(id)) continue;
      const seen = variants.get(id) ?? { weight: 0, quantities: [] };
      seen.weight += 1;
      seen.quantities.push(numberAt(line, 'quantity'));
      variants.set(id, seen);
    }
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;
  return {
    variants: [...variants].map(([id, seen]) => ({ id, weight: seen.weight, usualQuantity: Math.max(1, median(seen.quantities)) })),
    customers: [...customers].map(([id, weight]) => ({ id, weight })),
    hours,
  };
}

function played(group: OrderGroup): PlayedOrder {
  return {
    id: text(group.order, 'id'),
    lines: group.lines
      .map((line) => ({ id: text(line, 'id'), quantity: numberAt(line, 'currentQuantity') }))
      .filter((line) => line.quantity > 0),
    fulfilled: text(group.order, 'displayFulfillmentStatus') === 'FULFILLED',
  };
}

/** The player acts in the store as a customer or the merchant would, by the same actions. */
export function playerDoors(store: Store, actions: Actions, now: () => Date): PlayerDoors {
  const timezone = text(store.shop, 'ianaTimezone');
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', hourCycle: 'h23' });
  // The player counts weeks from Sunday, the calendar from Monday.
  const hourOfWeek = (at: Date): number => ((weekday(dayOf(at, timezone)) + 1) % 7) * 24 + Number(hour.format(at));
  const toCheckout = (basket: PlayBasket): CheckoutInput => ({ lines: basket.lines, customer: basket.buyer, discountCodes: [] });
  const done = (result: Placed | Refused): boolean => result.kind === 'placed';
  let history: PlayHistory | undefined;
  return {
    history: () => (history ??= historyOf(store, hourOfWeek)),
    recentOrders: (limit) =>
      [...store.changed.values()]
        .slice(-limit)
        .filter(({ order }) => !order['cancelledAt'])
        .map(played),
    hourOfWeek: () => hourOfWeek(now()),
    async checkout(basket) {
      const result = actions.checkout(toCheckout(basket));
      return result.kind === 'placed' ? played(result.group) : undefined;
    },
    abandon: async (basket) => actions.abandon(toCheckout(basket)),
    refund: async (input) => done(actions.refund(input)),
    cancel: async (orderId) => done(actions.cancel(orderId)),
    async edit(input) {
      const result = actions.edit(input);
      return result.kind === 'placed' ? played(result.group) : undefined;
    },
    fulfil: async (orderId) => done(actions.fulfil(orderId)),
    receive: async ({ variantId, units }) => actions.receive(variantId, units),
  };
}
