import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShopScope } from '../../app/platform/context.server.ts';
import {
  allCustomers,
  allOrders,
  applyOrders,
  customerPage,
  homePage,
  listCustomers,
  listOrders,
  orderPage,
  sealPlainCustomers,
  type CustomerRow,
  type CustomerSort,
  type OrderRow,
  type Page,
} from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { lineOf, orderOf, refundOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { parseDay } from '../../app/core/calendar.ts';
import { measuringTx, type QueryCost } from '../support/query-cost.ts';

const CUSTOMERS = 30_000;
const ORDERS = 100_000;
const LIMIT = 20;

let database: TestDatabase;
let platform: TestPlatform;
let big: TestPlatform & ShopScope;

/** A big shop, written straight into the tables: the reads are under test, not the way in. */
async function fillBigShop(shopId: number): Promise<void> {
  const { prisma } = database.db;
  await prisma.$executeRaw`
    INSERT INTO customers (shop_id, id, person, tags, country, updated_at)
    SELECT ${shopId}, n, json_build_array('buyer' || n || '@example.com', null, CASE WHEN n = 778 THEN 'Zoë-Łucja' ELSE 'First' || n % 900 END,
      CASE WHEN n = 777 THEN 'O_Neil%' ELSE 'Last' || n % 700 END), '{}', 'GB', now()
    FROM generate_series(1, ${CUSTOMERS}::int) AS n`;
  await prisma.$executeRaw`
    INSERT INTO customer_rollups (shop_id, customer_id, orders, net, last_order_at)
    SELECT ${shopId}, n, n % 40, (n * 7919) % 5000, CASE WHEN n % 3 = 0 THEN NULL ELSE timestamptz '2026-01-01' + (n % 5000) * interval '1 hour' END
    FROM generate_series(1, ${CUSTOMERS}::int) AS n`;
  await prisma.$executeRaw`
    INSERT INTO orders (shop_id, id, name, customer_id, created_at, processed_at, updated_at, day, tags, channel, financial_status, currency, presentment_currency,
      presentment_total, total, shipping, tax, gross, discounts, returned, cancelled, net, units)
    SELECT ${shopId}, n, '#' || n, 1 + n % ${CUSTOMERS}::int, at, at, at, at::date, '{}', CASE WHEN n % 1000 = 0 THEN 'pos' ELSE 'web' END,
      CASE WHEN n % 2500 = 0 THEN 'refunded' ELSE 'paid' END, 'GBP', 'GBP', 0, n, 0, 0, n, 0, 0, 0, n, 1
    FROM (SELECT n, timestamptz '2026-01-01' + (n / 3) * interval '1 minute' AS at FROM generate_series(1, ${ORDERS}::int) AS n) AS rows`;
  await sealPlainCustomers(platform, shopId);
  await prisma.$executeRaw`ANALYZE customers, customer_rollups, orders, loyalty_members, refunds, order_lines`;
}

beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database);
  big = await testShop(platform, { domain: 'big.myshopify.com' });
  await fillBigShop(big.shop.id);
});
afterAll(() => database.close());

/** Runs a use case with its queries explained. */
async function costOf(work: (scope: ShopScope) => Promise<unknown>): Promise<QueryCost> {
  const costs: QueryCost[] = [];
  const db = {
    ...big.db,
    forShop: <T>(shopId: number, inTx: Parameters<typeof big.db.forShop<T>>[1]): Promise<T> =>
      big.db.forShop(shopId, (tx) => {
        const measured = measuringTx(tx);
        costs.push(measured.cost);
        return inTx(measured.tx);
      }),
  };
  await work({ ...big, db });
  return {
    seqScans: costs.flatMap((cost) => cost.seqScans),
    rowsTouched: costs.reduce((sum, cost) => sum + cost.rowsTouched, 0),
    queries: costs.reduce((sum, cost) => sum + cost.queries, 0),
  };
}

const customers = (query: Partial<Parameters<typeof listCustomers>[1]> = {}): Promise<Page<CustomerRow>> =>
  listCustomers(big, { search: '', tierId: null, sort: 'net', cursor: null, limit: LIMIT, ...query });
const orders = (query: Partial<Parameters<typeof listOrders>[1]> = {}): Promise<Page<OrderRow>> =>
  listOrders(big, { search: '', customerId: null, cursor: null, limit: LIMIT, ...query });

/** A cursor in the middle of the sorted customers, where the sort's values still stand and where they are gone. */
const middles: Record<CustomerSort, { value: string | null; id: string }[]> = {
  net: [{ value: '2500', id: '15000' }],
  orders: [{ value: '20', id: '15000' }],
  last: [
    { value: '2026-04-15T00:00:00.000Z', id: '15000' },
    { value: null, id: '15000' },
  ],
};
const SORTS: readonly CustomerSort[] = ['net', 'orders', 'last'];

describe('a big list', () => {
  it.each(SORTS)('of customers by %s costs the same wherever the page stands', async (sort) => {
    for (const at of [null, ...middles[sort]]) {
      for (const way of ['after', 'before'] as const) {
        const cursor = at && { at, way };
        const cost = await costOf((scope) => listCustomers(scope, { search: '', tierId: null, sort, cursor, limit: LIMIT }));
        expect(
          cost.seqScans.filter((table) => !table.startsWith('loyalty')),
          `${way} ${at?.value}`,
        ).toEqual([]);
        expect(cost.rowsTouched, `${way} ${at?.value}`).toBeLessThan(LIMIT * 12);
      }
    }
  });

  it.each(SORTS)('of customers by %s reads down and up again without losing or repeating one', async (sort) => {
    const down: CustomerRow[] = [];
    for (const start of [null, ...middles[sort]]) {
      const first = await customers({ sort, cursor: start && { at: start, way: 'after' } });
      const second = await customers({ sort, cursor: first.after && { at: first.after, way: 'after' } });
      const back = await customers({ sort, cursor: second.before && { at: second.before, way: 'before' } });
      expect(back.rows).toEqual(first.rows);
      expect(new Set([...first.rows, ...second.rows].map((row) => row.id)).size).toBe(LIMIT * 2);
      down.push(...first.rows, ...second.rows);
    }
    expect(down.length).toBeGreaterThanOrEqual(LIMIT * 4);
  });

  it('of customers crosses from those who ordered to those who never did, both ways', async () => {
    const lastDated = await database.db.prisma.customerRollup.findMany({
      where: { shopId: big.shop.id, lastOrderAt: { not: null } },
      orderBy: [{ lastOrderAt: 'asc' }, { customerId: 'asc' }],
      take: 6,
    });
    const at = lastDated[5];
    const cursor = { at: { value: at?.lastOrderAt?.toISOString() ?? null, id: String(at?.customerId) }, way: 'after' as const };
    const over = await customers({ sort: 'last', cursor });
    expect(over.rows.map((row) => row.lastOrderAt === null)).toEqual(Array.from({ length: LIMIT }, (_, index) => index >= 5));
    const next = await customers({ sort: 'last', cursor: over.after && { at: over.after, way: 'after' } });
    const back = await customers({ sort: 'last', cursor: next.before && { at: next.before, way: 'before' } });
    expect(back.rows).toEqual(over.rows);
  });

  it.each([
    { value: 'x', id: '1' },
    { value: '2026-02-31T00:00:00.000Z', id: '1' },
    { value: null, id: '1' },
    { value: '9'.repeat(40), id: '1' },
    { value: '10', id: '9'.repeat(20) },
  ])('shows its first page for a cursor that is none of its own: $value, $id', async (at) => {
    const cursor = { at, way: 'after' as const };
    expect((await customers({ cursor })).rows).toEqual((await customers()).rows);
    expect((await orders({ cursor })).rows).toEqual((await orders()).rows);
  });

  it('of orders costs the same wherever the page stands', async () => {
    for (const cursor of [null, { at: { value: '2026-01-12T00:00:00.000Z', id: '50000' }, way: 'after' as const }]) {
      const cost = await costOf((scope) => listOrders(scope, { search: '', customerId: null, cursor, limit: LIMIT }));
      expect(cost.seqScans).toEqual([]);
      expect(cost.rowsTouched).toBeLessThan(LIMIT * 4);
    }
  });

  it.each([
    { name: 'channel', filter: { status: null, channel: 'pos', since: null, until: null }, first: 100_000n },
    { name: 'payment', filter: { status: 'refunded', channel: null, since: null, until: null }, first: 100_000n },
    { name: 'days', filter: { status: null, channel: null, since: null, until: new Date('2026-01-02T00:00:00Z') }, first: 4_319n },
  ])('of orders by $name costs its own rows, wherever they lie', async ({ filter, first }) => {
    const page = await orders({ filter });
    expect(page.rows[0]?.id).toBe(first);
    const cost = await costOf((scope) => listOrders(scope, { search: '', customerId: null, filter, cursor: null, limit: LIMIT }));
    expect(cost.seqScans).toEqual([]);
    expect(cost.rowsTouched).toBeLessThan(LIMIT * 4);
  });

  it('of orders goes up from its cursor', async () => {
    const first = await orders();
    const second = await orders({ cursor: first.after && { at: first.after, way: 'after' } });
    expect((await orders({ cursor: second.before && { at: second.before, way: 'before' } })).rows).toEqual(first.rows);
    expect([first.before, first.rows[0]?.id]).toEqual([null, BigInt(ORDERS)]);
  });

  it('is exported whole, each row once', async () => {
    const [ids, orderIds] = [new Set<bigint>(), new Set<bigint>()];
    for await (const row of allCustomers(big, { search: '', tierId: null, sort: 'last' })) ids.add(row.id);
    for await (const row of allOrders(big, { search: '', customerId: null })) orderIds.add(row.id);
    expect([ids.size, orderIds.size]).toEqual([CUSTOMERS, ORDERS]);
  });
});

describe('a search', () => {
  it('finds customers by the beginning of a name or an address, through an index', async () => {
    expect((await customers({ search: 'BUYER29999@' })).rows.map((row) => row.id)).toEqual([29_999n]);
    expect((await customers({ search: 'o_neil%' })).rows.map((row) => row.id)).toEqual([777n]);
    expect((await customers({ search: 'nobody' })).rows).toEqual([]);
    const cost = await costOf((scope) =>
      listCustomers(scope, { search: 'last555', tierId: null, sort: 'net', cursor: null, limit: LIMIT }),
    );
    expect(cost.seqScans.filter((table) => table.startsWith('customer'))).toEqual([]);
  });
  it('finds an order by the beginning of its name', async () => {
    expect((await orders({ search: '#99999' })).rows.map((row) => row.id)).toEqual([99_999n]);
    expect(
      (await costOf((scope) => listOrders(scope, { search: '#99999', customerId: null, cursor: null, limit: LIMIT }))).rowsTouched,
    ).toBeLessThan(LIMIT * 4);
  });
  it('gives nothing of another shop', async () => {
    const other = await testShop(platform, { domain: 'other.myshopify.com' });
    expect((await listCustomers(other, { search: 'buyer1', tierId: null, sort: 'net', cursor: null, limit: LIMIT })).rows).toEqual([]);
    expect(await customerPage(other, 1n)).toBeNull();
    expect(await orderPage(other, 1n)).toBeNull();
  });
});

describe('a page', () => {
  it('of a customer or an order reads by key', async () => {
    const cost = await costOf((scope) => customerPage(scope, 5n));
    expect(cost.seqScans.filter((table) => table !== 'refunds')).toEqual([]);
    expect((await customerPage(big, 5n))?.timeline).toHaveLength(4);
    expect((await orderPage(big, 5n))?.order.name).toBe('#5');
  });
  it('of the shop adds up what its orders say, in this period and in the one before', async () => {
    const shop = await testShop(platform, { domain: 'home.myshopify.com' });
    const at = (day: string) => ({ processedAt: new Date(day), updatedAt: new Date(day) });
    await shop.db.forShop(shop.shop.id, (tx) =>
      applyOrders(tx, shop.shop, [
        orderOf({ id: 1n, ...at('2026-11-19T12:00:00Z'), lines: [lineOf({ id: 1n })] }),
        orderOf({
          id: 2n,
          ...at('2026-11-18T12:00:00Z'),
          lines: [lineOf({ id: 2n })],
          refunds: [
            refundOf({
              createdAt: new Date('2026-11-19T12:00:00Z'),
              lines: [{ id: 1n, lineId: 2n, quantity: 1, restockType: 'return', locationId: null, subtotal: 950n, tax: 0n }],
            }),
          ],
        }),
        orderOf({ id: 3n, ...at('2026-11-10T12:00:00Z'), lines: [lineOf({ id: 3n, quantity: 1, currentQuantity: 1, discount: 0n })] }),
        orderOf({ id: 4n, ...at('2026-11-19T12:00:00Z'), test: true }),
        orderOf({ id: 5n, ...at('2026-11-01T12:00:00Z'), customerId: 51n, lines: [lineOf({ id: 5n })] }),
      ]),
    );
    const page = await homePage(shop, '7');
    expect([page.from, page.to, page.days.length]).toEqual(['2026-11-14', '2026-11-20', 7]);
    expect(page.figures).toMatchObject({
      orders: 2,
      gross: 4_000n,
      discounts: 200n,
      returned: 950n,
      net: 2_850n,
      refunds: 1,
      units: 4n,
      average: 1_900n,
    });
    expect(page.before).toMatchObject({ orders: 1, gross: 1_000n, net: 1_000n, newCustomers: 1 });
    // The record begins on 1 November: of the 28 days before the last 28 it knows only a part.
    expect((await homePage(shop, '28')).before).toBeNull();
    const chosen = await homePage(shop, { from: parseDay('2026-11-01'), to: parseDay('2026-11-10') });
    expect(chosen.figures).toMatchObject({ orders: 2, newCustomers: 2 });
    expect(page.days.find((row) => row.day === '2026-11-19')).toMatchObject({ net: 1_900n - 950n, orders: 1 });
  });
});
