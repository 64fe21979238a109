import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { migrate } from '../../app/platform/migrate.server.ts';
import {
  applyCustomers,
  customerPage,
  listCustomers,
  personsByContact,
  sealPlainCustomers,
  type CustomerFacts,
} from '../../app/record/index.server.ts';

import { emptyDatabase, testDatabase, type TestDatabase } from '../support/database.ts';
import { openOwnerDb } from '../support/owner-db.ts';
import { measuringTx } from '../support/query-cost.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { dumpDatabase, privacyBench, tablesWith } from '../support/privacy.ts';
import { customerOf } from '../support/order-facts.ts';

const MIGRATIONS = 'prisma/migrations';
const SEALING = '20261124110000_persons_at_rest';

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;

const apply = (to: ShopScope, ...customers: CustomerFacts[]) =>
  to.db.forShop(to.shop.id, (tx) => applyCustomers(tx, { shopId: to.shop.id, keys: to.env.keys }, customers));
const search = async (text: string, of: ShopScope = scope): Promise<bigint[]> => {
  const { rows } = await listCustomers(of, { search: text, tierId: null, sort: 'net', cursor: null, limit: 50 });
  return rows.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1));
};
const byContact = async (contact: { email?: string; phone?: string }, of: ShopScope = scope): Promise<bigint[]> => {
  const wanted = { email: null, phone: null, ...contact };
  const found = await of.db.forShop(of.shop.id, (tx) => personsByContact(tx, { shopId: of.shop.id, keys: of.env.keys }, wanted));
  return found.map(({ id }) => id);
};
const rowOf = (id: bigint) => scope.db.prisma.customer.findUniqueOrThrow({ where: { shopId_id: { shopId: scope.shop.id, id } } });

beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database);
  scope = await testShop(platform);
  await apply(
    scope,
    customerOf({ id: 1n, email: 'Zoe.Lucja@Example.com', phone: '+44 20 7946 0958', firstName: 'Zoë', lastName: 'Łucja-Ümit' }),
    customerOf({ id: 2n, email: 'orders.department@long-company-name.example', firstName: 'Mary Jane', lastName: 'Watson' }),
    customerOf({ id: 3n, email: 'orders.department@long-company-nothing.example', firstName: 'Mary', lastName: 'Wat' }),
    customerOf({ id: 4n, email: null, phone: null, firstName: '张', lastName: '伟' }),
    customerOf({ id: 5n, email: null, phone: null, firstName: null, lastName: null }),
  );
});
afterAll(() => database.close());

describe('a customer at rest', () => {
  it('is readable in no table, and reads as it was written', async () => {
    const dump = await dumpDatabase(database);
    const words = ['Zoe.Lucja', 'zoe.lucja@example.com', '7946', 'Zoë', 'Łucja', 'Watson', '伟'];
    expect(words.filter((word) => tablesWith(dump, word).length > 0)).toEqual([]);
    const page = await customerPage(scope, 1n);
    expect(page?.customer).toMatchObject({
      email: 'Zoe.Lucja@Example.com',
      phone: '+44 20 7946 0958',
      firstName: 'Zoë',
      lastName: 'Łucja-Ümit',
    });
    // Neither the sealed text nor a hash leaves for the browser.
    expect(Object.keys(page?.customer ?? {}).filter((key) => /person|hash|path/i.test(key))).toEqual([]);
    expect((await rowOf(1n)).person).toMatch(/^v1\.sandbox\./);
    expect(await rowOf(5n)).toMatchObject({ person: null, emailHash: null, emailPath: null });
  });

  it('does not open in another row, in another shop, or changed', async () => {
    const sealed = (await rowOf(1n)).person ?? '';
    const other = await testShop(platform, { domain: 'moved.myshopify.com' });
    await apply(other, customerOf({ id: 1n }));
    const move = (shopId: number, id: bigint, person: string) =>
      scope.db.prisma.customer.update({ where: { shopId_id: { shopId, id } }, data: { person } });
    await move(other.shop.id, 1n, sealed);
    await expect(customerPage(other, 1n)).rejects.toThrow(/./);
    const before = (await rowOf(4n)).person ?? '';
    await move(scope.shop.id, 4n, sealed);
    await expect(customerPage(scope, 4n)).rejects.toThrow(/./);
    await move(
      scope.shop.id,
      4n,
      before.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    );
    await expect(customerPage(scope, 4n)).rejects.toThrow(/./);
    await move(scope.shop.id, 4n, before);
    expect((await customerPage(scope, 4n))?.customer.firstName).toBe('张');
  });

  it('has the same text whenever the same version is written, and another in each row and shop', async () => {
    const before = await rowOf(2n);
    await scope.db.prisma.customer.update({ where: { shopId_id: { shopId: scope.shop.id, id: 2n } }, data: { updatedAt: new Date(0) } });
    await apply(
      scope,
      customerOf({ id: 2n, email: 'orders.department@long-company-name.example', firstName: 'Mary Jane', lastName: 'Watson' }),
    );
    expect(await rowOf(2n)).toEqual(before);
    const twin = { email: 'twin@example.com', firstName: 'Tweedle', lastName: 'Dum' };
    const other = await testShop(platform, { domain: 'twin.myshopify.com' });
    await apply(other, customerOf({ id: 21n, ...twin }), customerOf({ id: 22n, ...twin }));
    const third = await testShop(platform, { domain: 'triplet.myshopify.com' });
    await apply(third, customerOf({ id: 21n, ...twin }));
    const rows = await scope.db.prisma.customer.findMany({ where: { shopId: { in: [other.shop.id, third.shop.id] } } });
    expect(new Set(rows.map((row) => row.person)).size).toBe(3);
    const hashes = (field: 'emailHash' | 'emailPath' | 'lastNamePath') =>
      new Set(rows.map((row) => Buffer.from(row[field] ?? '').toString('hex'))).size;
    // Within a shop the hashes must be the same, or nothing would be found; between shops they say nothing.
    expect([hashes('emailHash'), hashes('emailPath'), hashes('lastNamePath')]).toEqual([2, 2, 2]);
  });
});

describe('a search among sealed customers', () => {
  it.each([
    ['z', [1]],
    ['ZOE', [1]],
    ['zoë', [1]],
    ['lucja', [1]],
    ['Łucja-u', [1]],
    ['zoe.lucja@', [1]],
    ['zoe  łucja', [1]],
    ['lucja zoe', [1]],
    ['mary', [2, 3]],
    ['mary j', [2]],
    ['mary jane w', [2]],
    ['mary wat', [2, 3]],
    ['wats', [2]],
    ['orders.department@long-company-n', [2, 3]],
    ['orders.department@long-company-name', [2]],
    ['张', [4]],
    ['jane', []],
    ['ary', []],
    ['%', []],
  ])('for %j finds %j', async (text, found) => {
    expect((await search(text)).map(Number)).toEqual(found);
  });

  it('finds everybody for nothing but blanks, and nobody of another shop', async () => {
    expect(await search('  ')).toHaveLength(5);
    const other = await testShop(platform, { domain: 'stranger.myshopify.com' });
    expect([await search('mary', other), await byContact({ email: 'zoe.lucja@example.com' }, other)]).toEqual([[], []]);
  });

  it('by contact takes the whole address or number, however it is written', async () => {
    expect(await byContact({ email: ' ZOE.lucja@example.com ' })).toEqual([1n]);
    expect(await byContact({ phone: '0044 (20) 7946-0958' })).toEqual([1n]);
    expect(await byContact({ email: 'zoe.lucja@example.co' })).toEqual([]);
    expect(await byContact({ phone: '+44 20 7946 095' })).toEqual([]);
    expect(await byContact({})).toEqual([]);
  });

  it('goes by indexes whose operators a row-level policy lets through', async () => {
    const { rows } = await database.db.pool.query<{ name: string; leakproof: boolean }>(
      `SELECT p.proname AS name, p.proleakproof AS leakproof FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode
       WHERE o.oprleft = 'bytea'::regtype AND o.oprright = 'bytea'::regtype AND o.oprname IN ('=', '<', '>=')`,
    );
    expect(rows).toHaveLength(3);
    expect(rows.filter(({ leakproof }) => !leakproof)).toEqual([]);
    const cost = await scope.db.forShop(scope.shop.id, async (tx) => {
      // So few rows are read from end to end as a matter of course; what counts is whether there is a way without.
      await tx.$executeRaw`SET LOCAL enable_seqscan = off`;
      const measured = measuringTx(tx);
      await personsByContact(measured.tx, { shopId: scope.shop.id, keys: scope.env.keys }, { email: 'zoe.lucja@example.com', phone: '1' });
      return measured.cost;
    });
    expect(cost).toMatchObject({ seqScans: [] });
  });
});

describe('rows of before', () => {
  it('move over in the migration, are read and found as they are, and are sealed by the sweep', async () => {
    const empty = await emptyDatabase();
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-migrations-'));
    const db = openOwnerDb({ url: empty.url, poolSize: 3, applicationName: 'before' });
    try {
      fs.cpSync('prisma', path.join(root, 'prisma'), { recursive: true });
      for (const name of fs.readdirSync(MIGRATIONS)) {
        if (name >= SEALING && name !== 'migration_lock.toml') fs.rmSync(path.join(root, MIGRATIONS, name), { recursive: true });
      }
      await migrate(empty.url, root);
      const { rows } = await db.pool.query<{ id: number }>(
        `INSERT INTO shops (domain, name, currency, timezone, installed_at) VALUES ('old.myshopify.com', 'Old', 'GBP', 'Europe/London', now()) RETURNING id`,
      );
      const id = rows[0]?.id ?? 0;
      await db.pool.query(
        `INSERT INTO customers (shop_id, id, email, phone, first_name, last_name, tags, updated_at) SELECT $1, n, CASE WHEN n > 2500 THEN NULL ELSE 'b' || n || '@example.com' END,
           CASE WHEN n = 7 THEN '020 7946' END, CASE WHEN n > 2500 THEN NULL ELSE 'First' || n END, NULL, '{}', now() FROM generate_series(1, 2501) AS n`,
        [id],
      );
      await db.pool.query('INSERT INTO customer_rollups (shop_id, customer_id) SELECT shop_id, id FROM customers');
      await migrate(empty.url);
      const old = testPlatform({ db, url: empty.url, close: async () => undefined });
      const shop = { ...old, shop: { id, domain: 'old.myshopify.com', currency: 'GBP', timezone: 'Europe/London' } };
      const state = async () => ({
        page: (await customerPage(shop, 7n))?.customer,
        search: await search('first2500', shop),
        email: await byContact({ email: 'B7@example.com' }, shop),
        phone: await byContact({ phone: '020-7946' }, shop),
      });
      const before = await state();
      expect(before).toMatchObject({
        page: { email: 'b7@example.com', firstName: 'First7', lastName: null },
        search: [2500n],
        email: [7n],
        phone: [7n],
      });
      const bench = await privacyBench(old);
      await bench.minute();
      await bench.close();
      expect(await state()).toEqual(before);
      const count = await db.pool.query(
        `SELECT count(*)::int AS plain FROM customers WHERE person LIKE '[%' OR (person IS NULL) <> (id > 2500)`,
      );
      expect(count.rows).toEqual([{ plain: 0 }]);
      expect(await sealPlainCustomers(old, id)).toEqual({ sealed: 0, keyMissing: {}, damaged: 0 });
      // With nothing left to do, the sweep has no job for the shop.
      old.queue.jobs.length = 0;
      const again = await privacyBench(old);
      await again.minute();
      await again.close();
      expect(old.queue.jobs).toEqual([]);
    } finally {
      await db.close();
      await empty.close();
      fs.rmSync(root, { recursive: true, force: true });
    }
  });
});
