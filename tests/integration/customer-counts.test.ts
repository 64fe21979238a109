import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { addDays, dayOf, dayToDate, parseDay, startOfDay, type Day } from '../../app/core/calendar.ts';
import { keyed } from '../../app/platform/context.server.ts';
import type { ShopTx } from '../../app/platform/db.server.ts';
import { migrate } from '../../app/platform/migrate.server.ts';
import { acceptRedaction } from '../../app/privacy/redact-customers.server.ts';
import { redactShop } from '../../app/privacy/redact-shop.server.ts';
import { customerCount, newCustomerCount } from '../../app/record/customer-counts.store.server.ts';
import { applyConsents, applyCustomers, markCustomersDeleted } from '../../app/record/customers.store.server.ts';
import {
  applyOrderEvents,
  applyOrders,
  homePage,
  listCustomers,
  personKeys,
  projectionLock,
  rebuildRollups,
  verifyRecord,
} from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf, orderOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform, type TestScope } from '../support/platform.ts';
import { measuringTx } from '../support/query-cost.ts';

const ZONES = ['Europe/London', 'America/St_Johns', 'Pacific/Auckland', 'Asia/Kathmandu', 'UTC'];
/** About the days on which clocks are put back and forward. */
const FIRST = Date.UTC(2026, 2, 5);
const MINUTES = 60 * 24 * 35;
const CUSTOMERS = [50n, 51n, 52n, 53n];
const ALL = { from: parseDay('2026-01-01'), to: parseDay('2026-12-31') };

let database: TestDatabase;
let platform: TestPlatform;
beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database);
});
afterAll(() => database.close());

let shops = 0;
const newShop = (timezone = 'Europe/London'): Promise<TestScope> =>
  testShop(platform, { domain: `counted-${(shops += 1)}.myshopify.com`, timezone });
const at = (minute: number): Date => new Date(FIRST + minute * 60_000);

/** In one transaction, as a drain does it. */
const inDrain = <T>(scope: TestScope, work: (tx: ShopTx) => Promise<T>): Promise<T> =>
  scope.db.forShop(scope.shop.id, async (tx) => {
    await projectionLock(tx, scope.shop.id);
    return work(tx);
  });

type Counts = { customers: number; days: Record<string, number> };

/** As the tables hold them, without days that have come to nothing. */
async function held({ db, shop }: TestScope): Promise<Counts> {
  const rows = await db.prisma.dayNewCustomers.findMany({ where: { shopId: shop.id, customers: { not: 0 } }, orderBy: { day: 'asc' } });
  return {
    customers: await db.forShop(shop.id, (tx) => customerCount(tx, shop.id)),
    days: Object.fromEntries(rows.map((row) => [row.day.toISOString().slice(0, 10), row.customers])),
  };
}

/** Counted one by one: the customers, and of every customer the first order that counts. */
async function counted({ db, shop }: TestScope): Promise<Counts> {
  const orders = await db.prisma.order.findMany({
    where: { shopId: shop.id, test: false, deletedAt: null, customerId: { not: null } },
    orderBy: { processedAt: 'asc' },
  });
  const first = new Map<bigint | null, Day>();
  for (const { customerId, processedAt } of orders) if (!first.has(customerId)) first.set(customerId, dayOf(processedAt, shop.timezone));
  const days: Record<string, number> = {};
  for (const day of [...first.values()].toSorted()) days[day] = (days[day] ?? 0) + 1;
  return { customers: await db.prisma.customer.count({ where: { shopId: shop.id, deletedAt: null } }), days };
}

type Step = { about: string; run: (tx: ShopTx, scope: TestScope, turn: number) => Promise<unknown> };

/** Each turn's versions are newer than those of the turn before. */
const version = (turn: number): Date => new Date(Date.UTC(2026, 6, 1) + turn * 60_000);
const customerIds = fc.uniqueArray(fc.constantFrom(...CUSTOMERS), { minLength: 1, maxLength: 3 });
const order = fc.record({
  id: fc.constantFrom(1n, 2n, 3n, 4n, 5n),
  customerId: fc.constantFrom(...CUSTOMERS, null),
  minute: fc.integer({ min: 0, max: MINUTES }),
  cancelled: fc.boolean(),
  test: fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0),
});
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.uniqueArray(order, { selector: ({ id }) => id, minLength: 1, maxLength: 4 }).map((orders): Step => ({
      about: `orders ${orders.map(({ id, customerId, minute, test }) => `${id} of ${customerId} at ${minute}${test ? ' (test)' : ''}`).join(', ')}`,
      run: (tx, { shop }, turn) =>
        applyOrders(
          tx,
          shop,
          orders.map(({ minute, cancelled, ...rest }) =>
            orderOf({ ...rest, processedAt: at(minute), updatedAt: version(turn), cancelledAt: cancelled ? version(turn) : null }),
          ),
        ),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(1n, 2n, 3n, 4n, 5n).map((orderId): Step => ({
      about: `order ${orderId} deleted`,
      run: (tx, { shop }, turn) => applyOrderEvents(tx, shop, [{ kind: 'deleted', orderId, at: version(turn) }]),
    })),
  },
  {
    weight: 3,
    arbitrary: customerIds.map((ids): Step => ({
      about: `customers ${ids.join()}`,
      run: (tx, scope, turn) =>
        applyCustomers(
          tx,
          personKeys(scope),
          ids.map((id) => customerOf({ id, updatedAt: version(turn) })),
        ),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...CUSTOMERS).map((customerId): Step => ({
      about: `a consent of ${customerId}`,
      run: (tx, { shop }, turn) => applyConsents(tx, shop.id, [{ customerId, channel: 'email', state: 'subscribed', at: version(turn) }]),
    })),
  },
  {
    weight: 2,
    arbitrary: customerIds.map((ids): Step => ({
      about: `customers ${ids.join()} deleted`,
      run: (tx, { shop }, turn) =>
        markCustomersDeleted(
          tx,
          shop.id,
          ids.map((id) => ({ id, at: version(turn) })),
        ),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...CUSTOMERS).map((id): Step => ({
      about: `customer ${id} redacted`,
      run: (tx, scope, turn) =>
        acceptRedaction(tx, keyed(scope.shop, scope), {
          person: { id, email: null, phone: null },
          orders: [],
          at: version(turn),
          dueOn: dayToDate(ALL.to),
        }),
    })),
  },
);

describe('the two counts', () => {
  it('are what a plain count says, after whatever came, in transactions that land and that do not', async () => {
    const life = fc.record({
      timezone: fc.constantFrom(...ZONES),
      turns: fc.array(fc.record({ steps: fc.array(steps, { minLength: 1, maxLength: 3 }), fails: fc.integer({ min: 0, max: 6 }) }), {
        minLength: 1,
        maxLength: 10,
      }),
    });
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(life, async ({ timezone, turns }) => {
        const scope = await newShop(timezone);
        for (const [turn, { steps: all, fails }] of turns.entries()) {
          const landing = inDrain(scope, async (tx) => {
            for (const step of all) await step.run(tx, scope, turn);
            if (fails === 0) throw new Error('the process dies here');
          });
          if (fails === 0) await expect(landing).rejects.toThrow('dies');
          else await landing;
          const about = all.map((step) => step.about);
          expect([about, await held(scope)]).toEqual([about, await counted(scope)]);
        }
        const { days } = await counted(scope);
        // Any period of days is the moments from the start of its first to the end of its last.
        const some = Object.keys(days).map(parseDay);
        for (const from of [ALL.from, ...some]) {
          for (const to of [...some, ALL.to]) {
            const moments = { gte: startOfDay(from, timezone), lt: startOfDay(addDays(to, 1), timezone) };
            const plain = await scope.db.prisma.customerRollup.count({ where: { shopId: scope.shop.id, firstOrderAt: moments } });
            expect(await scope.db.forShop(scope.shop.id, (tx) => newCustomerCount(tx, scope.shop.id, { from, to }))).toBe(plain);
            seen += plain;
          }
        }
        expect(await verifyRecord(scope, scope.shop)).toEqual([]);
        await rebuildRollups(scope, scope.shop);
        expect(await held(scope)).toEqual(await counted(scope));
      }),
      { numRuns: 40 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('are shown by Home, of its own shop alone, at the price of the days', async () => {
    const [scope, other] = [await newShop(), await newShop()];
    for (const shop of [scope, other]) {
      await inDrain(shop, async (tx) => {
        await applyCustomers(
          tx,
          personKeys(shop),
          CUSTOMERS.map((id) => customerOf({ id })),
        );
        await markCustomersDeleted(tx, shop.shop.id, [{ id: 53n, at: at(0) }]);
        // Half past midnight in summer, on the day before by UTC.
        await applyOrders(tx, shop.shop, [
          orderOf({ id: 1n, customerId: 50n, processedAt: new Date('2026-06-30T23:30:00Z') }),
          orderOf({ id: 2n, customerId: 51n, processedAt: new Date('2026-07-02T12:00:00Z') }),
        ]);
      });
    }
    const page = await homePage(scope, { from: parseDay('2026-07-01'), to: parseDay('2026-07-01') });
    expect([page.customers, page.figures.newCustomers]).toEqual([3, 1]);
    await scope.db.forShop(scope.shop.id, async (tx) => {
      expect([await customerCount(tx, other.shop.id), await newCustomerCount(tx, other.shop.id, ALL)]).toEqual([0, 0]);
      // Of a table this small a plan may read all, once the server has counted its rows; in a large one the index serves.
      await tx.$executeRaw`SET LOCAL enable_seqscan = off`;
      const measured = measuringTx(tx);
      expect(await newCustomerCount(measured.tx, scope.shop.id, ALL)).toBe(2);
      expect(measured.cost).toMatchObject({ queries: 1, rowsTouched: 2 });
    });
  });

  it('add up what is written at the same moment, and a statement that changes neither leaves their rows alone', async () => {
    const scope = await newShop();
    const { shop, db } = scope;
    const ids = Array.from({ length: 40 }, (_, n) => BigInt(1_000 + n));
    // Without the projection lock, which whoever counts should hold.
    const write = (id: bigint) => db.forShop(shop.id, (tx) => applyCustomers(tx, personKeys(scope), [customerOf({ id })]));
    await Promise.all(ids.map(write));
    await inDrain(scope, (tx) => applyOrders(tx, shop, [orderOf()]));
    expect(await held(scope)).toEqual({ customers: 40, days: { '2026-03-10': 1 } });
    const rows = () =>
      db.pool
        .query(
          `SELECT 'days' AS of, ctid::text, xmin::text FROM day_new_customers WHERE shop_id = $1
           UNION ALL SELECT 'customers', ctid::text, xmin::text FROM customer_counts WHERE shop_id = $1`,
          [shop.id],
        )
        .then((answer) => answer.rows);
    const before = await rows();
    await inDrain(scope, async (tx) => {
      await applyOrders(tx, shop, [orderOf({ id: 2n, processedAt: new Date('2026-03-11T12:00:00Z') })]);
      await applyCustomers(tx, personKeys(scope), [customerOf({ id: 1_000n, updatedAt: version(1) })]);
      await tx.customer.updateMany({ where: { shopId: shop.id }, data: { locale: 'fr' } });
      await tx.customerRollup.updateMany({ where: { shopId: shop.id }, data: { units: 7 } });
    });
    expect(await rows()).toEqual(before);
  });
});

describe('verify and rebuild', () => {
  it('find a count that was spoilt, one that is missing and one too many, and mend them', async () => {
    const scope = await newShop();
    const where = { shopId: scope.shop.id };
    await inDrain(scope, async (tx) => {
      await applyCustomers(tx, personKeys(scope), [customerOf({ id: 50n }), customerOf({ id: 51n })]);
      await applyOrders(tx, scope.shop, [orderOf(), orderOf({ id: 2n, customerId: 51n, processedAt: new Date('2026-03-12T12:00:00Z') })]);
    });
    const good = await held(scope);
    expect(good).toEqual({ customers: 2, days: { '2026-03-10': 1, '2026-03-12': 1 } });
    const { prisma } = scope.db;
    const day = (text: string) => dayToDate(parseDay(text));
    await prisma.dayNewCustomers.updateMany({ where: { ...where, day: day('2026-03-10') }, data: { customers: 3 } });
    await prisma.dayNewCustomers.deleteMany({ where: { ...where, day: day('2026-03-12') } });
    await prisma.dayNewCustomers.createMany({
      data: [
        { ...where, day: day('2020-01-01'), customers: 4 },
        // A day that came to nothing is no difference.
        { ...where, day: day('2020-01-02'), customers: 0 },
      ],
    });
    await prisma.customerCount.update({ where, data: { customers: 9 } });
    const found = await verifyRecord(scope, scope.shop);
    expect(found.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
      { table: 'customer_counts', key: {}, live: { customers: '9' }, rebuilt: { customers: '2' } },
      { table: 'day_new_customers', key: { day: '2020-01-01' }, live: { customers: '4' }, rebuilt: null },
      { table: 'day_new_customers', key: { day: '2026-03-10' }, live: { customers: '3' }, rebuilt: { customers: '1' } },
      { table: 'day_new_customers', key: { day: '2026-03-12' }, live: null, rebuilt: { customers: '1' } },
    ]);
    await prisma.customerCount.delete({ where });
    expect((await verifyRecord(scope, scope.shop)).filter(({ table }) => table === 'customer_counts')).toEqual([
      { table: 'customer_counts', key: {}, live: null, rebuilt: { customers: '2' } },
    ]);
    await rebuildRollups(scope, scope.shop);
    expect(await verifyRecord(scope, scope.shop)).toEqual([]);
    expect(await held(scope)).toEqual(good);
  });

  it('leave a customer without orders in the list', async () => {
    const scope = await newShop();
    await inDrain(scope, async (tx) => {
      await applyCustomers(tx, personKeys(scope), [customerOf({ id: 50n }), customerOf({ id: 51n })]);
      await applyOrders(tx, scope.shop, [orderOf()]);
    });
    await rebuildRollups(scope, scope.shop);
    const list = await listCustomers(scope, { search: '', tierId: null, sort: 'net', cursor: null, limit: 10 });
    expect(list.rows.map((row) => [row.id, row.orders])).toEqual([
      [50n, 1],
      [51n, 0],
    ]);
  });
});

describe('a shop that goes', () => {
  it('takes its counts along, and no trigger brings a row of them back', async () => {
    const [gone, other] = [await newShop(), await newShop()];
    for (const scope of [gone, other]) {
      await inDrain(scope, async (tx) => {
        await applyCustomers(
          tx,
          personKeys(scope),
          CUSTOMERS.map((id) => customerOf({ id })),
        );
        await applyOrders(tx, scope.shop, [orderOf(), orderOf({ id: 2n, customerId: 51n })]);
      });
    }
    const before = await held(other);
    const shopId = gone.shop.id;
    await gone.db.prisma.shop.update({ where: { id: shopId }, data: { uninstalledAt: new Date('2026-11-19T12:00:00Z') } });
    await gone.db.prisma.privacyRequest.create({
      data: { shopId, kind: 'shop_redact', receivedAt: new Date('2026-11-20T11:00:00Z'), dueOn: dayToDate(ALL.to) },
    });
    await redactShop(platform, shopId);
    const { prisma } = gone.db;
    const where = { shopId };
    expect(await Promise.all([prisma.customer.count({ where }), prisma.customerRollup.count({ where })])).toEqual([0, 0]);
    expect(await Promise.all([prisma.customerCount.count({ where }), prisma.dayNewCustomers.count({ where })])).toEqual([0, 0]);
    expect(await held(other)).toEqual(before);
  });
});

const MIGRATIONS = 'prisma/migrations';
const COUNTING = '20261124150000_customer_counts';

describe('rows of before', () => {
  it('are counted by the migration, also where its login is an owner whom the policies bind', async () => {
    const name = `counted_${crypto.randomBytes(6).toString('hex')}`;
    const adminUrl = inject('postgresAdminUrl');
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-migrations-'));
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'storebook' IN ROLE storebook_app, storebook_system`);
    await admin.query(`CREATE DATABASE ${name} OWNER ${name}`);
    const client = new pg.Client({ connectionString: adminUrl.replace(/\/postgres$/, `/${name}`) });
    try {
      fs.cpSync('prisma', path.join(root, 'prisma'), { recursive: true });
      for (const folder of fs.readdirSync(MIGRATIONS)) {
        if (folder >= COUNTING && folder !== 'migration_lock.toml') fs.rmSync(path.join(root, MIGRATIONS, folder), { recursive: true });
      }
      const url = adminUrl.replace('postgres:storebook@', `${name}:storebook@`).replace(/\/postgres$/, `/${name}`);
      await migrate(url, root);
      await client.connect();
      await client.query(
        `INSERT INTO shops (id, domain, name, currency, timezone, installed_at) VALUES (1, 'a', 'A', 'GBP', 'Europe/London', now()), (2, 'b', 'B', 'NZD', 'Pacific/Auckland', now())`,
      );
      await client.query(
        `INSERT INTO customers (shop_id, id, tags, updated_at, deleted_at) SELECT shop, n, '{}', now(), CASE WHEN n > shop THEN now() END
         FROM generate_series(1, 2) AS shop, generate_series(1, 3) AS n`,
      );
      await client.query(
        `INSERT INTO customer_rollups (shop_id, customer_id, first_order_at) SELECT shop, n, CASE WHEN n < 3 THEN timestamptz '2026-07-01 23:30Z' END
         FROM generate_series(1, 2) AS shop, generate_series(1, 3) AS n`,
      );
      expect(await migrate(url)).toContain(COUNTING);
      expect((await client.query('SELECT shop_id, day::text, customers FROM day_new_customers ORDER BY 1')).rows).toEqual([
        { shop_id: 1, day: '2026-07-02', customers: 2 },
        { shop_id: 2, day: '2026-07-02', customers: 2 },
      ]);
      expect((await client.query('SELECT shop_id, customers FROM customer_counts ORDER BY 1')).rows).toEqual([
        { shop_id: 1, customers: 1 },
        { shop_id: 2, customers: 2 },
      ]);
      const forced = await client.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND NOT relforcerowsecurity AND relname <> '_prisma_migrations'`);
      expect(forced.rows).toEqual([]);
    } finally {
      await client.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.query(`DROP ROLE ${name}`);
      await admin.end();
      fs.rmSync(root, { recursive: true, force: true });
    }
  });
});
