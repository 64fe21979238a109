import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busyness, makePlanner, weighted } from './play/plan.ts';
import { createPlayer, type PlayedOrder, type PlayerDoors } from './player.ts';
import { seeded } from './random.ts';

/** A shop in memory that keeps what Shopify would keep: nobody returns more than was bought, or cancels what was shipped. */
function fakeShop(options: { refuse?: boolean } = {}) {
  const orders = new Map<string, PlayedOrder>();
  const log: string[] = [];
  let made = 0;
  const order = (id: string): PlayedOrder => {
    const found = orders.get(id);
    if (!found) throw new Error(`no order ${id}`);
    return found;
  };
  const takeBack = (id: string, lines: { lineItemId: string; quantity: number }[]): PlayedOrder => {
    const left = order(id).lines.map((line) => ({
      ...line,
      quantity: line.quantity - (lines.find((one) => one.lineItemId === line.id)?.quantity ?? 0),
    }));
    if (lines.length === 0 || left.some((line) => line.quantity < 0)) throw new Error(`order ${id} does not hold that`);
    const now = { ...order(id), lines: left };
    orders.set(id, now);
    return now;
  };
  const doors: PlayerDoors = {
    history: () => ({
      variants: [
        { id: 'often', weight: 9, usualQuantity: 4 },
        { id: 'rare', weight: 1, usualQuantity: 1 },
        { id: 'never', weight: 0, usualQuantity: 1 },
      ],
      customers: [
        { id: 'c1', weight: 3 },
        { id: 'c2', weight: 1 },
      ],
      hours: Array.from({ length: 168 }, (_, hour) => (hour % 24 > 8 ? 5 : 0)),
    }),
    recentOrders: () => [...orders.values()],
    hourOfWeek: () => 34,
    async checkout(basket) {
      log.push(`checkout ${JSON.stringify(basket)}`);
      if (options.refuse) return undefined;
      made += 1;
      const id = `o${made}`;
      const fresh = { id, fulfilled: false, lines: basket.lines.map((line, at) => ({ id: `${id}-${at}`, quantity: line.quantity })) };
      orders.set(id, fresh);
      return fresh;
    },
    async abandon() {
      log.push('abandon');
      return true;
    },
    async refund(input) {
      log.push(`refund ${input.orderId}`);
      takeBack(input.orderId, input.lines);
      return true;
    },
    async cancel(id) {
      log.push(`cancel ${id}`);
      if (order(id).fulfilled) throw new Error(`order ${id} was shipped`);
      orders.delete(id);
      return true;
    },
    async edit({ orderId, add, remove }) {
      log.push(`edit ${orderId}`);
      if (order(orderId).fulfilled) throw new Error(`order ${orderId} was shipped`);
      const now = remove.length > 0 ? takeBack(orderId, remove) : order(orderId);
      const edited = {
        ...now,
        lines: [...now.lines, ...add.map((line, at) => ({ id: `${orderId}-e${now.lines.length + at}`, quantity: line.quantity }))],
      };
      orders.set(orderId, edited);
      return edited;
    },
    async fulfil(id) {
      log.push(`fulfil ${id}`);
      orders.set(id, { ...order(id), fulfilled: true });
      return true;
    },
    async receive({ variantId, units }) {
      log.push(`receive ${variantId} ${units}`);
      return units > 0;
    },
  };
  return { doors, orders, log };
}

describe('playing fast', () => {
  it('makes exactly the asked orders, with returns, cancels, edits, shipments, stock and abandoned checkouts, and asks for nothing impossible', async () => {
    const shop = fakeShop();
    const player = createPlayer({ doors: shop.doors, seed: 1, salt: 't' });
    const played = await player.play({ orders: 600, seed: 5 });
    expect(played.orders).toBe(600);
    expect(played.refused).toBe(0);
    for (const figure of ['refunds', 'cancels', 'edits', 'fulfilments', 'abandoned', 'receipts'] as const)
      expect(played[figure]).toBeGreaterThan(0);
    expect(player.played).toEqual(played);
  });

  it('does the same again for the same seed, and something else for another', async () => {
    const logOf = async (seed: number): Promise<string[]> => {
      const shop = fakeShop();
      await createPlayer({ doors: shop.doors, seed: 1, salt: 't' }).play({ orders: 40, seed });
      return shop.log;
    };
    expect(await logOf(3)).toEqual(await logOf(3));
    expect(await logOf(3)).not.toEqual(await logOf(4));
  });

  it('ends when the store refuses everything, and says so', async () => {
    const shop = fakeShop({ refuse: true });
    const played = await createPlayer({ doors: shop.doors, seed: 1, salt: 't' }).play({ orders: 10, seed: 1 });
    expect(played.orders).toBe(0);
    expect(played.refused).toBe(40);
  });
});

describe('playing live', () => {
  it('orders at the set rate, rests at 0, and shows why a step failed', async () => {
    const shop = fakeShop();
    let broken = false;
    const checkout = shop.doors.checkout.bind(shop.doors);
    const doors: PlayerDoors = {
      ...shop.doors,
      checkout: async (basket) => {
        if (broken) throw new Error('the store is closed');
        return checkout(basket);
      },
    };
    const player = createPlayer({ doors, seed: 1, salt: 't' });
    expect(() => player.setRate(-1)).toThrow('orders per minute');
    player.setRate(60_000);
    await expect.poll(() => player.played.orders).toBeGreaterThan(20);
    broken = true;
    await expect.poll(() => player.lastError).toBe('the store is closed');
    broken = false;
    await expect.poll(() => player.lastError).toBeUndefined();
    await player.stop();
    const resting = player.played.orders;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(player.played.orders).toBe(resting);
    expect(player.rate).toBe(0);
  });
});

describe('the plan', () => {
  it('draws by weight and never what has none', () => {
    const draw = weighted([
      { id: 'a', weight: 3 },
      { id: 'b', weight: 0 },
      { id: 'c', weight: 1 },
    ]);
    const chance = seeded(9);
    const counts = { a: 0, b: 0, c: 0 } as Record<string, number>;
    for (let at = 0; at < 4000; at += 1) counts[draw(chance).id]! += 1;
    expect(counts.b).toBe(0);
    expect(counts.a! / counts.c!).toBeGreaterThan(2.5);
    expect(counts.a! / counts.c!).toBeLessThan(3.6);
    expect(() => weighted([{ weight: 0 }])).toThrow('nothing in the history');
  });

  it('keeps the rhythm between a half and double', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 168, maxLength: 168 }), fc.integer({ min: 0, max: 167 }), (hours, hour) => {
        expect(busyness(hours, hour)).toBeGreaterThanOrEqual(0.5);
        expect(busyness(hours, hour)).toBeLessThanOrEqual(2);
      }),
    );
    expect(
      busyness(
        Array.from({ length: 168 }, () => 0),
        3,
      ),
    ).toBe(1);
  });

  it('fills baskets with distinct variants, at least one, and reserved addresses', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const planner = makePlanner(
          {
            variants: [
              { id: 'a', weight: 2, usualQuantity: 6 },
              { id: 'b', weight: 1, usualQuantity: 1 },
            ],
            customers: [],
            hours: [],
          },
          seeded(seed),
          's',
        );
        const { lines, buyer } = planner.basket();
        expect(lines.length).toBeGreaterThan(0);
        expect(new Set(lines.map((line) => line.variantId)).size).toBe(lines.length);
        expect(lines.every((line) => line.quantity >= 1 && line.quantity <= 24)).toBe(true);
        expect(buyer === null || ('email' in buyer && buyer.email.endsWith('@example.com'))).toBe(true);
      }),
    );
  });
});
