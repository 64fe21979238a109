import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audienceJobs } from '../../app/audience/jobs.server.ts';
import { customerValues, fitValue, PurchaseLog, refreshAudience } from '../../app/audience/index.server.ts';
import { weeksToNextOrder } from '../../app/audience/next-order.ts';
import { groupOf, scoreOf, SCORES, type Cuts } from '../../app/audience/rfm.ts';
import { addDays, dateToDay, dayNumber, dayToDate, parseDay, startOfDay, type Day } from '../../app/core/calendar.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { seeded } from '../../sandbox/random.ts';
import { cdnowPurchases } from '../support/cdnow.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database);
  scope = await testShop(platform, { domain: `audience-${(shops += 1)}.myshopify.com`, timezone: 'Pacific/Auckland' });
});

const TODAY = parseDay('2026-11-21');
const ago = (days: number): Day => addDays(TODAY, -days);
type Buyer = { id: number; last: number; orders: number; net: number };

/** Customers with their rollups; the last order is at the end of its day in the shop's zone. */
async function buyers(rows: readonly Buyer[]): Promise<void> {
  const { prisma } = scope.db;
  const shopId = scope.shop.id;
  for (const { id, last, orders, net } of rows) {
    const customerId = BigInt(id);
    await prisma.customer.upsert({
      where: { shopId_id: { shopId, id: customerId } },
      create: { shopId, id: customerId, tags: [], updatedAt: new Date() },
      update: {},
    });
    const lastOrderAt = new Date(startOfDay(addDays(ago(last), 1), scope.shop.timezone).getTime() - 1_000);
    const amounts = { orders, net: BigInt(net), lastOrderAt: orders > 0 ? lastOrderAt : null };
    await prisma.customerRollup.upsert({
      where: { shopId_customerId: { shopId, customerId } },
      create: { shopId, customerId, ...amounts },
      update: amounts,
    });
  }
}
const rows = async () =>
  (await scope.db.prisma.customerRfm.findMany({ where: { shopId: scope.shop.id }, orderBy: { customerId: 'asc' } })).map(
    ({ customerId, r, f, m, grp, sinceDay }) => [Number(customerId), `${r}${f}${m}`, grp, dateToDay(sinceDay)],
  );
const moves = async () =>
  (await scope.db.prisma.rfmMove.findMany({ where: { shopId: scope.shop.id }, orderBy: [{ day: 'asc' }, { fromGrp: 'asc' }] })).map(
    ({ day, fromGrp, toGrp, customers }) => [dateToDay(day), fromGrp, toGrp, customers],
  );

/** Ten buyers and somebody who never bought. */
const TEN: readonly Buyer[] = [
  { id: 1, last: 0, orders: 9, net: 90_000 },
  { id: 2, last: 1, orders: 1, net: 100 },
  { id: 3, last: 1, orders: 5, net: 5_000 },
  { id: 4, last: 10, orders: 1, net: 200 },
  { id: 5, last: 20, orders: 1, net: 300 },
  { id: 6, last: 30, orders: 1, net: 400 },
  { id: 7, last: 40, orders: 2, net: 4_000 },
  { id: 8, last: 300, orders: 1, net: 500 },
  { id: 9, last: 400, orders: 7, net: 80_000 },
  { id: 10, last: 500, orders: 1, net: -50 },
  { id: 11, last: 0, orders: 0, net: 0 },
];

describe('scores', () => {
  it('are fifths of the shop’s own customers, as counted by hand', async () => {
    await buyers(TEN);
    expect(await refreshAudience(platform, scope.shop)).toEqual({
      kind: 'refreshed',
      scoresChanged: 10,
      state: 'short',
      buyers: 0,
      days: 0,
    });
    const cuts = await scope.db.prisma.rfmCuts.findFirstOrThrow({ where: { shopId: scope.shop.id } });
    // 2 and 3 ordered on the same day, the third place of ten; six have ordered once.
    expect({ ...cuts, cells: null }).toMatchObject({
      day: dayToDate(TODAY),
      customers: 10,
      r5: dayToDate(ago(1)),
      r4: dayToDate(ago(10)),
      r3: dayToDate(ago(30)),
      r2: dayToDate(ago(300)),
      f2: 2,
      f3: 2,
      f4: 2,
      f5: 6,
      m2: 101n,
      m3: 301n,
      m4: 501n,
      m5: 5_001n,
    });
    expect(await rows()).toEqual([
      [1, '555', 'CHAMPIONS', TODAY],
      [2, '511', 'NEW', TODAY],
      [3, '544', 'CHAMPIONS', TODAY],
      [4, '412', 'PROMISING', TODAY],
      [5, '312', 'NEEDS_ATTENTION', TODAY],
      [6, '313', 'NEEDS_ATTENTION', TODAY],
      [7, '244', 'AT_RISK', TODAY],
      [8, '213', 'ALMOST_LOST', TODAY],
      [9, '155', 'PREVIOUSLY_LOYAL', TODAY],
      [10, '111', 'DORMANT', TODAY],
    ]);
    expect(await moves()).toEqual([]);
  });

  it('move people between groups on their day, and a second run changes nothing', async () => {
    await buyers(TEN);
    await refreshAudience(platform, scope.shop);
    const versions = () =>
      scope.db.pool.query('SELECT customer_id, xmin::text FROM customer_rfm WHERE shop_id = $1 ORDER BY 1', [scope.shop.id]);
    const before = await versions();
    expect(await refreshAudience(platform, scope.shop)).toMatchObject({ scoresChanged: 0 });
    expect((await versions()).rows).toEqual(before.rows);
    expect(await moves()).toEqual([]);

    platform.clock.set(new Date('2026-11-22T12:00:00Z'));
    // 9 comes back today, 10 has nothing left that counts, 11 buys for the first time, 4 is deleted in the store.
    await buyers([
      { id: 9, last: -2, orders: 8, net: 81_000 },
      { id: 10, last: 0, orders: 0, net: 0 },
      { id: 11, last: -2, orders: 1, net: 50 },
    ]);
    await scope.db.prisma.customer.update({ where: { shopId_id: { shopId: scope.shop.id, id: 4n } }, data: { deletedAt: new Date() } });
    await refreshAudience(platform, scope.shop);
    const [first = []] = await rows();
    expect(first).toEqual([1, '455', 'LOYAL', parseDay('2026-11-23')]);
    const moved = await moves();
    expect(moved).toEqual(
      expect.arrayContaining([
        ['2026-11-23', 'DORMANT', 'PROSPECTS', 1],
        ['2026-11-23', 'PREVIOUSLY_LOYAL', 'CHAMPIONS', 1],
        ['2026-11-23', 'PROSPECTS', 'NEW', 1],
      ]),
    );
    // Whoever was deleted has gone nowhere.
    expect(moved.some(([, from]) => from === 'PROMISING')).toBe(false);
    const told = await refreshAudience(platform, scope.shop);
    expect(told).toMatchObject({ scoresChanged: 0 });
    expect(await moves()).toEqual(moved);
  });

  it('are those of the plain rule for any customers, equal values with equal scores', async () => {
    const chance = seeded(23);
    const made = Array.from({ length: 200 }, (_, at) => ({
      id: at + 1,
      last: Math.floor(chance.next() * 30),
      orders: 1 + Math.floor(chance.next() ** 3 * 6),
      net: Math.floor(chance.next() * 40) - 3,
    }));
    await buyers(made);
    await refreshAudience(platform, scope.shop);
    const place = (values: readonly number[], fifth: number): number =>
      values.toSorted((one, other) => one - other)[Math.ceil((values.length * fifth) / 5) - 1] ?? Number.NaN;
    const least = (values: readonly number[]): Cuts<number> =>
      [1, 2, 3, 4].map((fifth) => place(values, fifth) + 1) as unknown as Cuts<number>;
    const [frequency, monetary] = [least(made.map(({ orders }) => orders)), least(made.map(({ net }) => net))];
    // Nearness: the days before today, with the sign turned.
    const days = made.map(({ last }) => last);
    const recency = [4, 3, 2, 1].map((fifth) => -place(days, fifth)) as unknown as Cuts<number>;
    expect((await rows()).map(([id, scores, group]) => [id, scores, group])).toEqual(
      made.map(({ id, last, orders, net }) => {
        const [r, f, m] = [scoreOf(-last, recency), scoreOf(orders, frequency), scoreOf(net, monetary)];
        return [id, `${r}${f}${m}`, groupOf(r, f, m)];
      }),
    );
    const cells = await scope.db.prisma.rfmCuts.findFirstOrThrow({ where: { shopId: scope.shop.id } });
    expect(JSON.stringify(cells.cells)).toContain('"customers"');
    expect(SCORES).toHaveLength(5);
  });
});

describe('values', () => {
  /** The sample's purchases as orders of the shop, its last day yesterday; some days hold two orders, and some orders do not count. */
  async function cdnowShop(): Promise<ReturnType<typeof cdnowPurchases>> {
    const all = cdnowPurchases();
    const end = all.reduce((latest, { day }) => (day > latest ? day : latest), parseDay('1990-01-01'));
    const shift = dayNumber(ago(1)) - dayNumber(end);
    const moved = all.map((one) => ({ ...one, day: addDays(one.day, shift) }));
    const shopId = scope.shop.id;
    const orders = moved.map(({ customer, day, amount }, at) => ({
      id: at + 1,
      customer: Number(customer),
      day,
      net: Math.round(amount * 100),
      test: false,
    }));
    const noise = [
      { id: 900_001, customer: 1, day: ago(3), net: 500_000, test: true },
      // Today is no whole day yet.
      { id: 900_002, customer: 1, day: TODAY, net: 500_000, test: false },
    ];
    await scope.db.pool.query(
      `INSERT INTO orders (shop_id, id, name, customer_id, created_at, processed_at, updated_at, day, channel, tags, currency, presentment_currency,
         presentment_total, total, shipping, tax, gross, discounts, returned, cancelled, net, units, test)
       SELECT $1, o.id, '#' || o.id, o.customer, o.day, o.day, o.day, o.day, 'web', '{}', 'GBP', 'GBP', 0, 0, 0, 0, o.net, 0, 0, 0, o.net, 1, o.test
       FROM jsonb_to_recordset($2) AS o(id bigint, customer bigint, day date, net bigint, test boolean)`,
      [shopId, JSON.stringify([...orders, ...noise])],
    );
    await scope.db.pool.query(
      `WITH c AS (INSERT INTO customers (shop_id, id, tags, updated_at) SELECT DISTINCT shop_id, customer_id, '{}'::text[], now() FROM orders WHERE shop_id = $1 RETURNING 1)
       INSERT INTO customer_rollups (shop_id, customer_id, orders, net, last_order_at)
       SELECT shop_id, customer_id, count(*), sum(net), max(processed_at) FROM orders WHERE shop_id = $1 AND NOT test GROUP BY 1, 2`,
      [shopId],
    );
    return moved;
  }
  const held = () => scope.db.prisma.customerValue.findMany({ where: { shopId: scope.shop.id }, orderBy: { customerId: 'asc' } });

  it('are those of the command line for the same transactions', async () => {
    const moved = await cdnowShop();
    const told = await refreshAudience(platform, scope.shop);
    expect(told).toMatchObject({ kind: 'refreshed', state: 'fitted', buyers: 2_357 });

    const log = new PurchaseLog();
    for (const { customer, day, amount } of moved) log.add(String(Number(customer)), day, amount);
    const observed = log.until(ago(1));
    const fit = fitValue(observed);
    if (fit.kind !== 'fitted') throw new Error(fit.kind);
    const wanted = new Map([...customerValues(observed, fit.model)].map((one) => [one.customer, one]));
    const model = await scope.db.prisma.valueModel.findUniqueOrThrow({ where: { shopId: scope.shop.id } });
    expect(model.logLikelihood).toBeCloseTo(fit.model.logLikelihood, 3);
    expect(dateToDay(model.untilDay)).toBe(ago(1));
    const values = await held();
    expect(values).toHaveLength(wanted.size);
    let total = 0n;
    for (const value of values) {
      const one = wanted.get(String(value.customerId));
      expect(value.alive).toBeCloseTo(one?.probabilityAlive ?? Number.NaN, 4);
      expect(value.orders52w).toBeCloseTo(one?.expectedOrders52w ?? Number.NaN, 3);
      expect(Math.abs(Number(value.spend52w) / 100 - (one?.expectedSpend52w ?? Number.NaN))).toBeLessThan(0.05);
      total += value.spend52w ?? 0n;
    }
    expect(model.spend52w).toBe(total);
    // The next order of one of them, by the formula.
    const at = observed.histories.repeats.indexOf(5);
    const name = observed.names[at] ?? '';
    const last = moved
      .filter(({ customer }) => String(Number(customer)) === name)
      .reduce((latest, { day }) => (day > latest ? day : latest), ago(2_000));
    const weeks = weeksToNextOrder(fit.model.bgnbd, { repeats: 5, last: observed.histories.last[at] ?? 0 });
    const due = values.find(({ customerId }) => String(customerId) === name)?.nextOrderOn;
    expect(due && dateToDay(due)).toBe(addDays(last, Math.ceil((weeks ?? 0) * 7)));

    expect(await refreshAudience(platform, scope.shop)).toEqual({ ...told, scoresChanged: 0 });
    expect(await held()).toEqual(values);
    // Somebody erased since has no value any more, nor scores.
    await scope.db.prisma.customer.update({ where: { shopId_id: { shopId: scope.shop.id, id: 7n } }, data: { redactedAt: new Date() } });
    await refreshAudience(platform, scope.shop);
    expect((await held()).map(({ customerId }) => customerId)).not.toContain(7n);
    expect(await scope.db.prisma.customerRfm.count({ where: { shopId: scope.shop.id, customerId: 7n } })).toBe(0);
  });

  it('are none where the history is too short, also those that stood', async () => {
    await buyers(TEN);
    await scope.db.prisma.customerValue.create({
      data: { shopId: scope.shop.id, customerId: 1n, untilDay: dayToDate(ago(1)), alive: 1, orders52w: 1, spend52w: 1n },
    });
    expect(await refreshAudience(platform, scope.shop)).toMatchObject({ state: 'short' });
    expect(await held()).toEqual([]);
  });
});

describe('the job', () => {
  const run = (name: string, payload: object) =>
    audienceJobs({ platform })
      .find(({ definition }) => definition.name === name)
      ?.run(payload);
  const steps = (status: string) =>
    scope.db.prisma.backfill.createMany({ data: [{ shopId: scope.shop.id, kind: 'orders', position: 1, status }] });
  const asked = () => platform.queue.jobs.filter(({ payload }) => JSON.stringify(payload).includes(`:${scope.shop.id}}`)).length;

  it('waits for the import, is asked for when it has ended, and then once a day of the shop', async () => {
    await buyers(TEN);
    await steps('loading');
    expect(await refreshAudience(platform, scope.shop)).toEqual({ kind: 'importing' });
    await run('audience.sweep', {});
    expect([asked(), await rows()]).toEqual([0, []]);
    await scope.db.prisma.backfill.updateMany({ where: { shopId: scope.shop.id }, data: { status: 'done' } });
    await run('audience.sweep', {});
    expect(asked()).toBe(1);
    await run('audience.refresh', { shopId: scope.shop.id });
    expect(await rows()).toHaveLength(10);
    await run('audience.sweep', {});
    await run('audience.nightly', {});
    expect(asked()).toBe(1);
    // Midnight in Auckland, noon in London.
    platform.clock.set(new Date('2026-11-21T11:30:00Z'));
    await run('audience.nightly', {});
    expect(asked()).toBe(2);
  });

  it('leaves a shop to the process that is at it', async () => {
    await scope.db.withConnection(async (sql) => {
      await sql.run({ text: 'SELECT pg_advisory_lock(7333, $1)' }, [scope.shop.id]);
      expect(await refreshAudience(platform, scope.shop)).toEqual({ kind: 'busy' });
      await sql.run({ text: 'SELECT pg_advisory_unlock(7333, $1)' }, [scope.shop.id]);
    });
    expect(await refreshAudience(platform, scope.shop)).toMatchObject({ kind: 'refreshed' });
  });
});
