import { Session } from '@shopify/shopify-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAudit, noteAudit, verifyAudit } from '../../app/audit/index.server.ts';
import { runStorebook } from '../../app/cli/storebook.server.ts';
import { createServices, type Services } from '../../app/entry/services.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { KeyMissingError } from '../../app/platform/crypto.server.ts';
import { parseEnv } from '../../app/platform/env.server.ts';
import { applyCustomers, customerPage, listCustomers, personsByContact } from '../../app/record/index.server.ts';
import { sessionStorage } from '../../app/shopify/session.store.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf } from '../support/order-facts.ts';
import { testPlatform, testShop } from '../support/platform.ts';
import { dyingAfter } from '../support/privacy.ts';

const COUNT = 2_400;
const OLD = `old:${'11'.repeat(32)}`;
const NEW = `new:${'22'.repeat(32)}`;
const DOMAIN = 'rotated.myshopify.com';
const SESSION = `offline_${DOMAIN}`;

let database: TestDatabase;
let services: Services;
let shopId = 0;
/** The program with a ring of keys, on the same database. */
const under = (keys: string) => ({ ...services, platform: { ...services.platform, env: envWith(keys) } });
const envWith = (keys: string) => parseEnv({ NODE_ENV: 'test', DATABASE_URL: database.url, ENCRYPTION_KEYS: keys, LOG_LEVEL: 'silent' });
const scopeWith = (keys: string): ShopScope => ({
  ...services.platform,
  env: envWith(keys),
  shop: { id: shopId, domain: DOMAIN, currency: 'GBP', timezone: 'Europe/London' },
});

/** Runs the operator's command. @returns its exit status and its lines. */
async function storebook(keys: string, ...argv: string[]): Promise<{ exit: number; lines: Record<string, unknown>[] }> {
  const lines: Record<string, unknown>[] = [];
  const exit = await runStorebook(under(keys), argv, (line) => lines.push({ ...(JSON.parse(line) as object) }));
  return { exit, lines };
}

const write = (keys: string, ids: readonly number[], extra: object = {}) => {
  const scope = scopeWith(keys);
  return scope.db.forShop(shopId, (tx) =>
    applyCustomers(
      tx,
      { shopId, keys: scope.env.keys },
      ids.map((n) =>
        customerOf({
          id: BigInt(n),
          email: `buyer${n}@example.com`,
          phone: `+4420${n}`,
          firstName: `First${n}`,
          lastName: 'Last',
          ...extra,
        }),
      ),
    ),
  );
};

/** What the program sees of some customers: their page, by search, by address, by number. */
async function seen(keys: string): Promise<unknown> {
  const scope = scopeWith(keys);
  const found = async (n: number) => ({
    page: (await customerPage(scope, BigInt(n)))?.customer.email,
    search: (await listCustomers(scope, { search: `first${n}`, tierId: null, sort: 'net', cursor: null, limit: 30 })).rows
      .map((row) => String(row.email))
      .toSorted((a, b) => a.localeCompare(b)),
    contact: await scope.db.forShop(shopId, (tx) =>
      personsByContact(tx, { shopId, keys: scope.env.keys }, { email: `BUYER${n}@example.com`, phone: `0044 20 ${n}` }),
    ),
  });
  return { rows: await Promise.all([7, 1_500, 2_399].map(found)), token: (await sessionStorage(scope).loadSession(SESSION))?.accessToken };
}
const byKey = async (): Promise<unknown> =>
  (
    await database.db.pool.query(
      `SELECT split_part(person, '.', 2) AS key, count(*)::int AS rows FROM customers WHERE shop_id = $1 AND person IS NOT NULL GROUP BY 1 ORDER BY 1`,
      [shopId],
    )
  ).rows;

beforeAll(async () => {
  database = await testDatabase();
  services = await createServices(envWith(OLD), 'test');
});
afterAll(async () => {
  await services.close();
  await database.close();
});
beforeEach(async () => {
  await database.db.pool.query('TRUNCATE shops, customers, customer_rollups, sessions');
  const scope = await testShop(testPlatform(database), { domain: DOMAIN });
  shopId = scope.shop.id;
  await write(
    OLD,
    Array.from({ length: COUNT }, (_, at) => at + 1),
  );
  await sessionStorage(scopeWith(OLD)).storeSession(
    new Session({ id: SESSION, shop: DOMAIN, state: '', isOnline: false, accessToken: 'shpat_secret', refreshToken: 'shprt_secret' }),
  );
  await noteAudit(scopeWith(OLD), { action: 'list.exported' });
});

describe('rotate-keys', () => {
  it('seals tokens and persons under the first key; what is read and found stays the same; the old key can go', async () => {
    const before = await seen(OLD);
    expect(await seen(`${NEW},${OLD}`)).toEqual(before);
    const { exit, lines } = await storebook(`${NEW},${OLD}`, 'rotate-keys');
    expect([exit, lines]).toEqual([
      0,
      [
        { shop: DOMAIN, customers: COUNT, sessions: 1, auditKeys: 1, keyMissing: {}, damaged: 0 },
        {
          first: 'new',
          keys: { new: { customers: COUNT, sessions: 1, audit: 2 }, old: { customers: 0, sessions: 0, audit: 0 } },
          plainCustomers: 0,
          missing: [],
          removable: ['old'],
        },
      ],
    ]);
    expect(await seen(`${NEW},${OLD}`)).toEqual(before);
    expect(await seen(NEW)).toEqual(before);
    // The audit log's chain begins under the old key, and can be followed without it.
    expect(await verifyAudit(scopeWith(NEW))).toEqual([]);
    expect((await listAudit(scopeWith(NEW), { before: null, actions: null, limit: 5 })).rows[0]).toMatchObject({
      actorKind: 'operator',
      action: 'keys.rotated',
      after: JSON.stringify({ key: 'new', customers: COUNT, sessions: 1, auditKeys: 1 }),
    });
    // A second run finds nothing, and writes nothing.
    expect((await storebook(NEW, 'rotate-keys')).lines[0]).toMatchObject({ customers: 0, sessions: 0, auditKeys: 0 });
  });

  it('killed half-way, leaves all readable and searchable, and goes on', async () => {
    const both = `${NEW},${OLD}`;
    const before = await seen(OLD);
    const dying = under(both);
    const killed = runStorebook(
      { ...dying, platform: { ...dying.platform, db: dyingAfter(dying.platform.db, 6) } },
      ['rotate-keys'],
      () => undefined,
    );
    await expect(killed).rejects.toThrow('killed');
    expect(await byKey()).toEqual([
      { key: 'new', rows: 2_000 },
      { key: 'old', rows: COUNT - 2_000 },
    ]);
    expect(await seen(both)).toEqual(before);
    const { lines } = await storebook(both, 'status');
    expect(lines.at(-1)).toMatchObject({ keys: { old: { customers: COUNT - 2_000, sessions: 1 } }, removable: [] });
    expect((await storebook(both, 'rotate-keys')).exit).toBe(0);
    expect(await byKey()).toEqual([{ key: 'new', rows: COUNT }]);
    expect(await seen(NEW)).toEqual(before);
  });

  it('runs while customers and tokens change, and loses none of their changes', async () => {
    const both = `${NEW},${OLD}`;
    const later = { updatedAt: new Date('2026-05-01T00:00:00Z'), lastName: 'Married' };
    const ids = Array.from({ length: COUNT }, (_, at) => at + 1);
    const renewed = new Session({ id: SESSION, shop: DOMAIN, state: '', isOnline: false, accessToken: 'shpat_renewed' });
    // Somebody whose ring still begins with the old key writes meanwhile.
    const [{ exit }] = await Promise.all([
      storebook(both, 'rotate-keys'),
      ...[0, 1, 2, 3].map((part) =>
        write(
          `${OLD},${NEW}`,
          ids.filter((n) => n % 4 === part),
          later,
        ),
      ),
      sessionStorage(scopeWith(`${OLD},${NEW}`)).storeSession(renewed),
    ]);
    expect(exit).toBe(0);
    expect((await storebook(both, 'rotate-keys')).exit).toBe(0);
    expect(await byKey()).toEqual([{ key: 'new', rows: COUNT }]);
    const { rows } = await listCustomers(scopeWith(NEW), { search: 'married', tierId: null, sort: 'net', cursor: null, limit: COUNT });
    expect([rows.length, new Set(rows.map((row) => row.lastName))]).toEqual([COUNT, new Set(['Married'])]);
    expect((await sessionStorage(scopeWith(NEW)).loadSession(SESSION))?.accessToken).toBe('shpat_renewed');
  });

  it('says which key is missing and touches nothing of its rows; put back, all is there', async () => {
    const before = await seen(OLD);
    const { exit, lines } = await storebook(NEW, 'rotate-keys');
    expect(exit).toBe(1);
    expect(lines[0]).toMatchObject({ customers: 0, sessions: 0, keyMissing: { old: COUNT + 1 }, damaged: 0 });
    expect(lines[1]).toMatchObject({ missing: ['old'], removable: [] });
    expect(lines[2]?.['problem']).toContain('"old", which is not in ENCRYPTION_KEYS');
    await expect(customerPage(scopeWith(NEW), 7n)).rejects.toThrow(KeyMissingError);
    await expect(customerPage(scopeWith(NEW), 7n)).rejects.toThrow('the key "old" is not in ENCRYPTION_KEYS');
    // A customer who changes meanwhile is written under the key that is there.
    await write(NEW, [9], { updatedAt: new Date('2026-05-01T00:00:00Z') });
    expect(await seen(`${NEW},${OLD}`)).toEqual(before);
    expect((await storebook(`${NEW},${OLD}`, 'rotate-keys')).exit).toBe(0);
    expect(await seen(NEW)).toEqual(before);
  });

  it('leaves a row that was tampered with as it is, counts it, and does all others', async () => {
    await database.db.pool.query(`UPDATE customers SET person = overlay(person PLACING 'AAAA' FROM 30) WHERE shop_id = $1 AND id = 3`, [
      shopId,
    ]);
    const { exit, lines } = await storebook(`${NEW},${OLD}`, 'rotate-keys');
    expect([exit, lines[0]]).toEqual([1, { shop: DOMAIN, customers: COUNT - 1, sessions: 1, auditKeys: 1, keyMissing: {}, damaged: 1 }]);
    expect(await byKey()).toEqual([
      { key: 'new', rows: COUNT - 1 },
      { key: 'old', rows: 1 },
    ]);
  });

  it('also seals what a shop left that has uninstalled', async () => {
    await database.db.prisma.shop.update({ where: { id: shopId }, data: { uninstalledAt: new Date() } });
    expect((await storebook(`${NEW},${OLD}`, 'rotate-keys')).exit).toBe(0);
    expect(await byKey()).toEqual([{ key: 'new', rows: COUNT }]);
  });
});
