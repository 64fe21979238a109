import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { variantPage } from '../../app/forecast/index.server.ts';
import { forecastJobs } from '../../app/forecast/jobs.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { privacyBench } from '../support/privacy.ts';
import { DAY, HOUR, standingShop } from '../support/standing-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let store: ReturnType<typeof standingShop>;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: NOW });
  scope = await testShop(platform, { domain: `triggers-${(shops += 1)}.myshopify.com` });
  store = standingShop(scope, NOW);
});

const days = (count: number): Date => store.later(count * DAY);

describe('replenishment', () => {
  const TEA = 7;
  /** Ten customers (1 to 10) who bought tea three times, `gaps` days apart, the last time on a day. */
  async function regulars(last: number, gaps: readonly [number, number] = [30, 30], customers = 10): Promise<Map<number, number>> {
    const orders = new Map<number, number>();
    for (let id = 1; id <= customers; id += 1) {
      await store.customer(id);
      for (const before of [gaps[0] + gaps[1], gaps[1]]) await store.order(id, days(last - before), { variantId: TEA });
      orders.set(id, await store.order(id, days(last), { variantId: TEA }));
    }
    return orders;
  }
  /** What the night does. */
  const refresh = async () => {
    const job = forecastJobs({ platform }).find(({ definition }) => definition.name === 'forecast.refresh-all');
    await job?.run({ shopId: scope.shop.id });
  };
  const interval = async () => (await variantPage(scope, BigInt(TEA)))?.boughtAgain ?? null;
  const taken = async (at: Date): Promise<number[]> => (await store.runAt(at)).map(([id]) => id);

  it('comes before what was bought is used up, once an order', async () => {
    await store.variant(TEA, 5);
    const orders = await regulars(0);
    await store.stand({ kind: 'replenishment', days: 5 }, { againDays: 1 });
    await refresh();
    expect(await interval()).toEqual({ days: 30, low: 30, high: 30, pairs: 20 });
    expect(await store.runAt(days(24))).toEqual([]);
    expect(await store.runAt(days(25))).toEqual([...orders].map(([id, order]) => [id, `replenish/${TEA}/${order}`]));
    expect(await store.runAt(days(27))).toEqual([]);
    // The next order is another occasion.
    const next = await store.order(1, days(28), { variantId: TEA });
    platform.clock.set(days(40));
    await refresh();
    expect(await store.runAt(days(53))).toEqual([[1, `replenish/${TEA}/${next}`]]);
  });

  it('goes by the customer’s own interval where there are three purchases', async () => {
    await store.variant(TEA, 5);
    await regulars(-200);
    for (const [id, gap] of [
      [21, 60],
      [22, 10],
    ] as const) {
      await store.customer(id);
      for (const times of [2, 1, 0]) await store.order(id, days(-times * gap), { variantId: TEA });
    }
    // Two purchases are too few to be told by.
    await store.customer(23);
    for (const at of [-60, 0]) await store.order(23, days(at), { variantId: TEA });
    await store.stand({ kind: 'replenishment', days: 0 });
    await refresh();
    expect(await taken(days(9))).toEqual([]);
    expect(await taken(days(10))).toEqual([22]);
    expect(await taken(days(30))).toEqual([23]);
    platform.clock.set(days(40));
    await refresh();
    expect(await taken(days(59))).toEqual([]);
    expect(await taken(days(60))).toEqual([21]);
  });

  it('tells the median and the middle half, without what is too near or too far', async () => {
    await store.variant(TEA, 5);
    // Twenty pairs of 20 and 41 days; what a day or two years part is none.
    await regulars(0, [20, 41]);
    for (const id of [1, 2, 3]) await store.order(id, store.later(DAY + id * HOUR), { variantId: TEA });
    for (const id of [4, 5, 6]) await store.order(id, days(-61 - 400), { variantId: TEA });
    await refresh();
    // Half-way between 20 and 41, to the even number.
    expect(await interval()).toEqual({ days: 30, low: 20, high: 41, pairs: 20 });
  });

  it('says nothing by fewer than twenty pairs or ten customers, and takes back what it said', async () => {
    await store.variant(TEA, 5);
    await regulars(0, [30, 30], 9);
    for (const id of [1, 2, 3]) await store.order(id, days(30), { variantId: TEA });
    await refresh();
    expect(await interval()).toBeNull();
    await store.customer(10);
    await store.order(10, days(-30), { variantId: TEA });
    const last = await store.order(10, days(0), { variantId: TEA });
    await refresh();
    expect(await interval()).toMatchObject({ pairs: 22 });
    // Test orders and cancelled ones are no purchases, nor is what came back.
    await scope.db.prisma.order.updateMany({ where: { shopId: scope.shop.id, id: BigInt(last) }, data: { cancelledAt: NOW } });
    await refresh();
    expect([await interval(), await scope.db.prisma.customerSupply.count({ where: { shopId: scope.shop.id } })]).toEqual([null, 0]);
  });

  it('leaves out who has bought since, or was forgotten', async () => {
    await store.variant(TEA, 5);
    await regulars(0);
    await store.stand({ kind: 'replenishment', days: 0 });
    await refresh();
    await store.order(1, days(20), { variantId: TEA });
    // Another variant, or an order that was cancelled, is no purchase of this one.
    await store.order(2, days(20), { variantId: 8 });
    await store.order(3, days(20), { variantId: TEA, order: { cancelledAt: days(21) } });
    await scope.db.prisma.customer.updateMany({ where: { shopId: scope.shop.id, id: 4n }, data: { deletedAt: days(1) } });
    expect(await taken(days(30))).toEqual([2, 3, 5, 6, 7, 8, 9, 10]);
  });

  it('waits for stock, and not for more than sixty days', async () => {
    await store.variant(TEA, 0);
    await regulars(0);
    await store.stand({ kind: 'replenishment', days: 0 });
    await refresh();
    const { prisma } = scope.db;
    const stock = (available: number) => prisma.inventoryLevel.updateMany({ where: { shopId: scope.shop.id }, data: { available } });
    expect(await taken(days(31))).toEqual([]);
    await stock(5);
    platform.clock.set(days(91));
    await refresh();
    expect(await taken(days(91))).toEqual([]);
    platform.clock.set(days(90));
    await refresh();
    expect(await taken(days(90))).toHaveLength(10);
  });

  it('is for variants that are not tracked, and not for those that are gone', async () => {
    await store.variant(TEA, null);
    await regulars(0);
    await store.stand({ kind: 'replenishment', days: 0 }, { againDays: 1 });
    await refresh();
    expect(await taken(days(30))).toHaveLength(10);
    await store.stand({ kind: 'replenishment', days: 1 });
    await scope.db.prisma.variant.updateMany({ where: { shopId: scope.shop.id }, data: { deletedAt: days(31) } });
    expect(await taken(days(32))).toEqual([]);
    await refresh();
    expect(await scope.db.prisma.variantInterval.count({ where: { shopId: scope.shop.id } })).toBe(0);
  });

  it('never comes before half of the interval has passed', async () => {
    await store.variant(TEA, 5);
    await regulars(0, [8, 8]);
    await store.stand({ kind: 'replenishment', days: 30 });
    await refresh();
    expect(await taken(days(3))).toEqual([]);
    expect(await taken(days(4))).toHaveLength(10);
  });
});

describe('price drop', () => {
  const TEA = 7;
  let bench: Awaited<ReturnType<typeof privacyBench>>;
  beforeEach(async () => {
    bench = await privacyBench(platform);
    return () => bench.close();
  });
  /** A webhook of product 1 with its prices, by variant. */
  const sent = async (at: Date, prices: Readonly<Record<number, string>>, topic = 'products/update') => {
    const variants = Object.entries(prices).map(([id, price]) => ({ id: Number(id), price, inventory_item_id: Number(id) * 10 }));
    await bench.send(scope.shop.domain, topic, { id: 1, title: 'Tea', updated_at: at.toISOString(), variants }, at.toISOString());
  };
  const told = async (at: Date, prices: Readonly<Record<number, string>>, topic?: string) => {
    await sent(at, prices, topic);
    await bench.drain(scope);
  };
  const history = async (variantId = TEA): Promise<[string, number][]> => {
    const rows = await scope.db.prisma.variantPrice.findMany({
      where: { shopId: scope.shop.id, variantId: BigInt(variantId) },
      orderBy: { at: 'asc' },
    });
    return rows.map(({ at, price }) => [at.getTime() === 0 ? 'before' : at.toISOString().slice(0, 10), Number(price)]);
  };
  const epoch = (at: Date): number => at.getTime() / 1_000;

  it('keeps each change of a price once, however its versions come', async () => {
    await told(days(-9), { [TEA]: '10.00', 8: '5.00' }, 'products/create');
    await told(days(-8), { [TEA]: '10.00', 8: '5.00' });
    expect([await history(), await history(8)]).toEqual([[], []]);
    await told(days(-5), { [TEA]: '8.00', 8: '5.00' });
    const once: [string, number][] = [
      ['before', 1_000],
      ['2026-11-15', 800],
    ];
    expect([await history(), await history(8)]).toEqual([once, []]);
    // The same again, one that is late, and one that says nothing of prices.
    await told(days(-5), { [TEA]: '8.00', 8: '5.00' });
    await told(days(-6), { [TEA]: '12.00', 8: '5.00' });
    await told(days(-4), { [TEA]: '8.00', 8: '5.00' });
    expect(await history()).toEqual(once);
    // Of several that wait together the newest counts; of two within a second the one triggered later.
    await sent(days(-2), { [TEA]: '7.00' });
    await sent(days(-3), { [TEA]: '9.00' });
    await bench.drain(scope);
    expect(await history()).toEqual([...once, ['2026-11-18', 700]]);
    const twice = { id: 1, title: 'Tea', updated_at: days(-1).toISOString() };
    for (const [price, at] of [
      ['6.00', store.later(-DAY + 200)],
      ['5.00', store.later(-DAY + 300)],
    ] as const) {
      const body = { ...twice, variants: [{ id: TEA, price, inventory_item_id: 70 }] };
      await bench.send(scope.shop.domain, 'products/update', body, at.toISOString());
      await bench.drain(scope);
    }
    expect((await history()).slice(-2)).toEqual([
      ['2026-11-18', 700],
      ['2026-11-19', 500],
    ]);
    // What no look of the last months can have seen goes, and the price of before stays known.
    await told(days(120), { [TEA]: '4.00' });
    expect(await history()).toEqual([
      ['2026-11-19', 500],
      ['2027-03-20', 400],
    ]);
  });

  /** Tea for 10.00 with stock, at which customers have looked (odd ones) or which they have left in a checkout (even ones). */
  async function wanted(at: Date, ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      await store.customer(id);
      const looked = id % 2 === 1;
      await store.checkout(`c${id}`, id, { at, variantId: looked ? 99 : TEA });
      await store.view(`b${id}`, { at, variantId: 0, checkoutToken: `c${id}` });
      if (looked) await store.view(`b${id}`, { at, variantId: TEA });
    }
  }
  async function shelf(available: number | null = 5): Promise<void> {
    await told(days(-80), { [TEA]: '10.00' }, 'products/create');
    const { prisma } = scope.db;
    const mine = { shopId: scope.shop.id };
    await prisma.inventoryItem.create({ data: { ...mine, id: 70n, tracked: available !== null, updatedAt: NOW } });
    await prisma.inventoryLevel.create({ data: { ...mine, inventoryItemId: 70n, locationId: 1n, available, updatedAt: NOW } });
  }

  it('is due where it fell by so much since they looked, or left it in a checkout', async () => {
    await shelf();
    await wanted(days(-10), [1, 2]);
    await wanted(days(-61), [3, 4]);
    await store.stand({ kind: 'price-drop', percent: 20 });
    await told(days(1), { [TEA]: '8.01' });
    expect(await store.runAt(days(2))).toEqual([]);
    // A second drop: together they are enough. Who has seen the first compares with that.
    await wanted(days(2), [5]);
    await told(days(3), { [TEA]: '8.00' });
    const second = `price/${TEA}/${epoch(days(3))}`;
    expect(await store.runAt(days(4))).toEqual([
      [1, second],
      [2, second],
    ]);
    expect(await store.runAt(days(5))).toEqual([]);
    await told(days(6), { [TEA]: '6.40' });
    expect(await store.runAt(days(7))).toEqual([[5, `price/${TEA}/${epoch(days(6))}`]]);
  });

  it('each drop is an occasion of its own', async () => {
    await shelf();
    await wanted(days(-10), [1]);
    await store.stand({ kind: 'price-drop', percent: 10 }, { againDays: 1 });
    for (const [day, price] of [
      [1, '9.00'],
      [3, '8.00'],
    ] as const) {
      await told(days(day), { [TEA]: price });
      expect(await store.runAt(store.later(day * DAY + HOUR))).toEqual([[1, `price/${TEA}/${epoch(days(day))}`]]);
      expect(await store.runAt(store.later((day + 1.5) * DAY))).toEqual([]);
    }
    // A rise is none, however far below it still is.
    await told(days(6), { [TEA]: '8.50' });
    expect(await store.runAt(store.later(6 * DAY + HOUR))).toEqual([]);
  });

  it('is over after a week, when it rose again, and for what fell before the campaign stood', async () => {
    await shelf();
    await wanted(days(-10), [1, 2]);
    await told(days(-1), { [TEA]: '5.00' });
    await store.stand({ kind: 'price-drop', percent: 10 });
    expect(await store.runAt(days(1))).toEqual([]);
    await told(days(2), { [TEA]: '4.00' });
    await told(days(3), { [TEA]: '9.50' });
    expect(await store.runAt(days(4))).toEqual([]);
    await told(days(5), { [TEA]: '4.00' });
    expect(await store.runAt(store.later(12 * DAY + 1_000))).toEqual([]);
    expect(await store.runAt(days(12))).toHaveLength(2);
  });

  it('leaves out who has bought since, and what cannot be bought', async () => {
    await shelf(0);
    await wanted(days(-10), [1, 2, 3, 4, 5]);
    await store.order(1, days(-5), { variantId: TEA });
    await store.order(2, days(-5), { variantId: 8 });
    await store.order(3, days(-15), { variantId: TEA });
    await store.order(4, days(-5), { variantId: TEA, order: { test: true } });
    await store.stand({ kind: 'price-drop', percent: 10 });
    await told(days(1), { [TEA]: '8.00' });
    await store.order(5, store.later(DAY + HOUR), { variantId: TEA });
    const where = { shopId: scope.shop.id };
    expect(await store.runAt(days(2))).toEqual([]);
    await scope.db.prisma.inventoryLevel.updateMany({ where, data: { available: 1 } });
    await scope.db.prisma.variant.updateMany({ where, data: { deletedAt: days(2) } });
    expect(await store.runAt(days(3))).toEqual([]);
    await scope.db.prisma.variant.updateMany({ where, data: { deletedAt: null } });
    expect((await store.runAt(days(4))).map(([id]) => id)).toEqual([2, 3, 4]);
  });
});

describe('overstock', () => {
  const where = () => ({ shopId: scope.shop.id });
  /** A product of one variant with stock for so many days (two pieces of which each lasts so long). */
  async function product(id: number, type: string | null, cover: number): Promise<void> {
    const { prisma } = scope.db;
    const common = { ...where(), id: BigInt(id), updatedAt: NOW };
    await prisma.product.create({ data: { ...common, title: `Thing ${id}`, productType: type, status: 'active', tags: [] } });
    await store.variant(id, 100, { productId: BigInt(id) });
    await prisma.variantForecast.create({
      data: {
        ...where(),
        variantId: BigInt(id),
        model: 'mean-28',
        computedAt: NOW,
        fromDay: NOW,
        daily: [],
        next28: (100 * 28) / cover,
        historyDays: 28,
        outOfStockDays: 0,
        sold28: 0,
        available: 100,
        leadTimeDays: 14,
        status: 'ok',
      },
    });
  }
  const bought = async (customerId: number, productId: number, day: number, order: object = {}) => {
    await scope.db.prisma.customer.upsert({
      where: { shopId_id: { ...where(), id: BigInt(customerId) } },
      create: { ...where(), id: BigInt(customerId), tags: [], updatedAt: NOW },
      update: {},
    });
    await store.order(customerId, days(day), { variantId: productId, productId, order });
  };
  const arms = async () =>
    (await scope.db.prisma.campaignArm.findMany({ where: where(), orderBy: [{ campaignId: 'asc' }, { position: 'asc' }] })).map(
      ({ offer }) => (offer === null ? null : (offer as { items?: unknown }).items),
    );

  it('means who bought what lies, or its like, within a year, and not it within the month', async () => {
    await product(1, 'tea', 200);
    await product(2, 'tea', 20);
    await product(3, '', 200);
    await product(4, '', 20);
    await bought(1, 1, -40);
    await bought(2, 2, -10);
    await bought(3, 1, -20);
    await bought(4, 1, -364);
    await bought(5, 1, -366);
    // Products without a type are not alike.
    await bought(6, 4, -40);
    await bought(7, 3, -40);
    await bought(8, 1, -40, { cancelledAt: NOW });
    // Something like it within the month is no purchase of it.
    await bought(9, 1, -40);
    await bought(9, 2, -5);
    await store.stand({ kind: 'overstock' });
    expect(await store.runAt(store.later(HOUR))).toEqual([
      [1, 'clearance/1/2026-11'],
      [2, 'clearance/1/2026-11'],
      [4, 'clearance/1/2026-11'],
      [7, 'clearance/3/2026-11'],
      [9, 'clearance/1/2026-11'],
    ]);
  });

  it('comes once a month, by the month of the shop', async () => {
    await product(1, 'tea', 200);
    await bought(1, 1, -40);
    await scope.db.prisma.shop.update({ where: { id: scope.shop.id }, data: { timezone: 'Pacific/Kiritimati' } });
    await store.stand({ kind: 'overstock' }, { againDays: 1 });
    expect(await store.runAt(store.later(HOUR))).toEqual([[1, 'clearance/1/2026-11']]);
    expect(await store.runAt(days(9))).toEqual([]);
    expect(await store.runAt(new Date('2026-11-30T10:00:00Z'))).toEqual([[1, 'clearance/1/2026-12']]);
  });

  it('narrows an offer on everything to what lies, and no other', async () => {
    await product(1, 'tea', 200);
    await product(2, 'cup', 200);
    await product(3, 'pot', 20);
    for (let id = 1; id <= 10; id += 1) await bought(id, 1 + (id % 3), -40);
    const offers = [
      { value: { kind: 'percent', percent: 20 }, minimum: null },
      { value: { kind: 'percent', percent: 20 }, minimum: null, items: { kind: 'products', ids: ['3'] } },
      { value: { kind: 'shipping', upTo: null }, minimum: null },
    ];
    const id = await store.stand({ kind: 'overstock' }, { offers, holdOut: 1_000 });
    expect(await store.runAt(store.later(HOUR))).toHaveLength(7);
    expect(await arms()).toEqual([null, { kind: 'products', ids: ['1', '2'] }, { kind: 'products', ids: ['3'] }, { kind: 'all' }]);
    // What stands stays as it was made.
    const row = await scope.db.prisma.standingCampaign.findFirstOrThrow({ where: { ...where(), id } });
    expect(row.offers).toMatchObject([{ items: { kind: 'all' } }, {}, {}]);
  });

  it('has nobody where nothing lies; another occasion is not narrowed', async () => {
    await product(1, 'tea', 20);
    await bought(1, 1, -40);
    await store.stand({ kind: 'overstock' });
    expect(await store.runAt(store.later(HOUR))).toEqual([]);
    await store.stand({ kind: 'welcome' });
    await store.customer(2, { createdAt: store.later(2 * HOUR) });
    expect(await store.runAt(store.later(3 * HOUR))).toEqual([[2, 'welcome']]);
    expect(await arms()).toEqual([null, { kind: 'all' }]);
  });
});

describe('birthday', () => {
  const at = (day: string): Date => new Date(`${day}T12:00:00Z`);
  const born = async (birthDays: Readonly<Record<number, number | null>>): Promise<void> => {
    for (const [id, birthDay] of Object.entries(birthDays)) await store.customer(Number(id), { birthDay });
  };

  it('comes so many days before, and up to the day itself, once a year', async () => {
    await born({ 1: 1127, 2: 1128, 3: 1120, 4: 1119, 5: null });
    await store.stand({ kind: 'birthday', days: 7 }, { againDays: 30 });
    expect(await store.runAt(store.later(HOUR))).toEqual([
      [1, 'birthday/2026'],
      [3, 'birthday/2026'],
    ]);
    expect(await store.runAt(at('2026-11-21'))).toEqual([[2, 'birthday/2026']]);
    expect(await store.runAt(at('2026-11-27'))).toEqual([]);
    expect(await store.runAt(at('2027-11-27'))).toEqual([
      [1, 'birthday/2027'],
      [2, 'birthday/2027'],
    ]);
  });

  it('over the new year is the next one’s', async () => {
    await born({ 1: 103, 2: 1231 });
    await store.stand({ kind: 'birthday', days: 30 });
    expect(await store.runAt(at('2026-12-31'))).toEqual([
      [1, 'birthday/2027'],
      [2, 'birthday/2026'],
    ]);
  });

  it('on 29 February is on the 28th where there is none', async () => {
    await born({ 1: 229, 2: 228, 3: 301 });
    await store.stand({ kind: 'birthday', days: 0 }, { againDays: 30 });
    expect(await store.runAt(at('2027-02-28'))).toEqual([
      [1, 'birthday/2027'],
      [2, 'birthday/2027'],
    ]);
    expect(await store.runAt(at('2027-03-01'))).toEqual([[3, 'birthday/2027']]);
    expect(await store.runAt(at('2028-02-28'))).toEqual([[2, 'birthday/2028']]);
    expect(await store.runAt(at('2028-02-29'))).toEqual([[1, 'birthday/2028']]);
  });

  it('is a day of the shop’s zone, and nobody’s who is gone', async () => {
    await born({ 1: 1201 });
    await store.customer(2, { birthDay: 1201, deletedAt: NOW });
    await store.customer(3, { birthDay: 1201, redactedAt: NOW });
    await scope.db.prisma.shop.update({ where: { id: scope.shop.id }, data: { timezone: 'Pacific/Kiritimati' } });
    await store.stand({ kind: 'birthday', days: 0 });
    expect(await store.runAt(new Date('2026-11-30T09:00:00Z'))).toEqual([]);
    expect(await store.runAt(new Date('2026-11-30T11:00:00Z'))).toEqual([[1, 'birthday/2026']]);
  });
});
