import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { anyShopByDomain } from '../../app/shopify/index.server.ts';
import { saveInstallation } from '../../app/shopify/shops.store.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { dumpDatabase, dyingAfter, privacyBench, tablesWith } from '../support/privacy.ts';

const INSTALLED = new Date('2026-11-01T12:00:00Z');
const UNINSTALLED = '2026-11-18T10:00:00.000Z';
const ASKED = '2026-11-20T10:00:00.000Z';
const DETAILS = { name: 'Back again', currency: 'GBP', timezone: 'Europe/London', email: null, plan: null };

let database: TestDatabase;
let platform: TestPlatform;
let gone: TestPlatform & ShopScope;
let other: TestPlatform & ShopScope;
let bench: Awaited<ReturnType<typeof privacyBench>>;
let shops = 0;

type Column = { table: string; name: string; type: string };
const columns = async (): Promise<Map<string, Column[]>> => {
  const { rows } = await database.db.pool.query<Column>(
    `SELECT c.table_name AS table, c.column_name AS name, c.udt_name AS type FROM information_schema.columns c
     JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, c.ordinal_position`,
  );
  return Map.groupBy(rows, (column) => column.table);
};
const VALUES: Record<string, string> = {
  int2: '1 + n % 5',
  int4: 'n',
  int8: 'n',
  float8: 'n',
  bool: 'true',
  text: `$2 || '-' || n`,
  jsonb: `to_jsonb($2 || '-' || n)`,
  date: `current_date + n`,
  timestamptz: `now() - n * interval '1 second'`,
  bytea: `convert_to($2, 'UTF8')`,
  _text: 'ARRAY[$2]',
  _float8: 'ARRAY[n]',
  _int8: 'ARRAY[n]',
};
/** Puts rows into every table that there is for a shop, whatever the table is about; every text carries the shop's domain. */
async function fillEveryTable(scope: ShopScope, count: number): Promise<string[]> {
  const filled: string[] = [];
  for (const [table, all] of await columns()) {
    if (table === 'shops' || !all.some(({ name }) => name === 'shop_id' || name === 'shop_domain')) continue;
    const values = all.map(({ name, type }) => {
      if (name === 'shop_id') return '$1';
      if (name === 'shop_domain') return '$2';
      if (table === 'inbox_events' && name === 'status') return `'applied'`;
      if (table === 'privacy_requests' && name === 'kind') return `'data_request'`;
      if (table === 'campaign_arms' && name === 'share') return '5000';
      if (table === 'points_entries' && name.endsWith('_account')) return name === 'from_account' ? '3' : '1';
      if (table === 'referrals' && name === 'status') return `'held'`;
      if (table === 'referral_codes' && name === 'status') return `'ready'`;
      if (table === 'points_redemptions' && name === 'status') return `'open'`;
      if (table === 'tier_discounts' && name === 'code_key') return `repeat('ab', 32)`;
      return VALUES[type] ?? `no value for a column of type ${type}`;
    });
    const names = all.map(({ name }) => `"${name}"`).join(', ');
    await database.db.pool.query(
      `WITH shop AS (SELECT $1::int AS id, $2::text AS domain)
       INSERT INTO "${table}" (${names}) SELECT ${values.map((value) => value.replaceAll('$1', 'shop.id').replaceAll('$2', 'shop.domain')).join(', ')}
       FROM shop, generate_series(100001, 100000 + ${count}) AS n ON CONFLICT DO NOTHING`,
      [scope.shop.id, scope.shop.domain],
    );
    filled.push(table);
  }
  return filled;
}

/** The rows of a shop by table, its own row among them. */
async function rowsOf(shopId: number, domain: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [table, all] of await columns()) {
    const by = all.find(({ name }) => name === 'shop_id' || name === 'shop_domain')?.name ?? (table === 'shops' ? 'id' : null);
    if (!by) continue;
    const { rows } = await database.db.pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM "${table}" WHERE "${by}" = $1`, [
      by === 'shop_domain' ? domain : shopId,
    ]);
    counts[table] = rows[0]?.count ?? 0;
  }
  return counts;
}
const requests = (shopId: number) => database.db.prisma.privacyRequest.findMany({ where: { shopId, kind: 'shop_redact' } });
const exists = async (): Promise<boolean> => (await anyShopByDomain(platform, gone.shop.domain)) !== null;
const uninstall = async (): Promise<void> => {
  expect(await bench.send(gone.shop.domain, 'app/uninstalled', {}, UNINSTALLED)).toBe(200);
  await bench.drain(gone);
};
const askToErase = async (at = ASKED): Promise<void> => {
  expect(await bench.send(gone.shop.domain, 'shop/redact', { shop_id: 954_889, shop_domain: gone.shop.domain }, at)).toBe(200);
};

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shops += 1;
  platform = testPlatform(database, { now: INSTALLED });
  gone = await testShop(platform, { domain: `gone-${shops}.myshopify.com` });
  other = await testShop(platform, { domain: `other-${shops}.myshopify.com` });
  platform.clock.set(new Date('2026-11-20T12:00:00Z'));
  bench = await privacyBench(platform);
  return () => bench.close();
});

it('every table belongs to a shop by a column that the erasure knows', async () => {
  const strangers = [...(await columns())].filter(([, all]) => !all.some(({ name }) => name === 'shop_id' || name === 'shop_domain'));
  expect(strangers.map(([table]) => table)).toEqual(['_prisma_migrations', 'shops']);
});

describe('a shop’s erasure', () => {
  it('comes through the door and the sweep after the uninstall, takes every row, and leaves another shop as it is', async () => {
    const tables = await fillEveryTable(gone, 3);
    await fillEveryTable(other, 3);
    expect(tables.length).toBeGreaterThan(30);
    const before = await dumpDatabase(database);
    const others = [...before].map(([name, rows]) => [name, rows.filter((row) => row.includes(other.shop.domain))]);
    expect(Object.entries(await rowsOf(gone.shop.id, gone.shop.domain)).filter(([, count]) => count === 0)).toEqual([]);
    await uninstall();
    await askToErase();
    await bench.minute();

    const rows = await rowsOf(gone.shop.id, gone.shop.domain);
    expect(Object.entries(rows).filter(([, count]) => count > 0)).toEqual([['privacy_requests', 1]]);
    const after = await dumpDatabase(database);
    expect(tablesWith(after, gone.shop.domain)).toEqual([]);
    expect([...after].map(([name, all]) => [name, all.filter((row) => row.includes(other.shop.domain))])).toEqual(others);
    expect(Object.values(await rowsOf(other.shop.id, other.shop.domain)).every((count) => count > 0)).toBe(true);

    const [proof] = await requests(gone.shop.id);
    expect(proof?.completedAt).toEqual(platform.clock.now());
    expect(proof?.proof).toMatchObject({
      outcome: 'erased',
      shop: createHash('sha256').update(gone.shop.domain).digest('hex'),
      counts: { shops: 1, customers: 3, orders: 3, privacy_requests: 3, inbox_events: 5 },
    });
    // The domain is unknown from here on.
    expect(await bench.send(gone.shop.domain, 'customers/create', { id: 1 })).toBe(404);
  });

  it('goes on where it was killed, also once the shop’s own row is gone', async () => {
    await fillEveryTable(gone, 2);
    await uninstall();
    await askToErase();
    const dying = await privacyBench({ ...platform, db: dyingAfter(platform.db, 30) });
    await expect(dying.redact(gone.shop.id)).rejects.toThrow('killed');
    await dying.close();
    expect(await exists()).toBe(false);
    expect(Object.values(await rowsOf(gone.shop.id, gone.shop.domain)).filter((count) => count > 0).length).toBeGreaterThan(5);
    await bench.minute();
    expect(Object.entries(await rowsOf(gone.shop.id, gone.shop.domain)).filter(([, count]) => count > 0)).toEqual([
      ['privacy_requests', 1],
    ]);
    expect((await requests(gone.shop.id))[0]?.proof).toMatchObject({ counts: { orders: 2, variant_forecasts: 2 } });
  });

  it('also takes what a job that was under way wrote afterwards', async () => {
    await uninstall();
    await askToErase();
    await bench.minute();
    await fillEveryTable(gone, 1);
    // A session alone comes from somebody who installs the app again.
    await database.db.prisma.session.deleteMany({ where: { shopDomain: gone.shop.domain } });
    await bench.minute();
    expect(Object.entries(await rowsOf(gone.shop.id, gone.shop.domain)).filter(([, count]) => count > 0)).toEqual([
      ['privacy_requests', 1],
    ]);
  });

  it('leaves a shop alone that came back meanwhile, and says so', async () => {
    await fillEveryTable(gone, 1);
    await uninstall();
    const at = new Date('2026-11-19T10:00:00Z');
    await saveInstallation(platform, { domain: gone.shop.domain, details: DETAILS, scopes: '', historyLimited: false, at });
    const before = await rowsOf(gone.shop.id, gone.shop.domain);
    await askToErase();
    await bench.drain(gone);
    await bench.minute();
    await bench.minute();
    expect(await rowsOf(gone.shop.id, gone.shop.domain)).toEqual({
      ...before,
      privacy_requests: 2,
      inbox_events: (before['inbox_events'] ?? 0) + 1,
    });
    expect(await requests(gone.shop.id)).toMatchObject([{ completedAt: platform.clock.now(), proof: { outcome: 'installed-again' } }]);
  });

  it('of a shop that comes back afterwards does not touch the new one', async () => {
    await uninstall();
    await askToErase();
    await bench.minute();
    const { shop } = await saveInstallation(platform, {
      domain: gone.shop.domain,
      details: DETAILS,
      scopes: '',
      historyLimited: false,
      at: platform.clock.now(),
    });
    expect(shop.id).not.toBe(gone.shop.id);
    const before = await rowsOf(shop.id, shop.domain);
    await bench.minute();
    expect(await rowsOf(shop.id, shop.domain)).toEqual(before);
    expect(await exists()).toBe(true);
  });

  it('waits, and stays open, while no uninstall is known; the late event lets it go on', async () => {
    await fillEveryTable(gone, 1);
    await askToErase();
    await bench.drain(gone);
    await bench.minute();
    expect(await exists()).toBe(true);
    expect(await requests(gone.shop.id)).toMatchObject([{ completedAt: null }]);
    await uninstall();
    await bench.minute();
    expect(await exists()).toBe(false);
  });
});

it('a customer’s redaction is also taken and done for a shop that has uninstalled', async () => {
  const where = { shopId: gone.shop.id };
  await bench.send(gone.shop.domain, 'customers/create', { id: 5, email: 'ada@example.com', updated_at: ASKED });
  await uninstall();
  const asked = { customer: { id: 5, email: 'ada@example.com', phone: null }, orders_to_redact: [] };
  expect(await bench.send(gone.shop.domain, 'customers/redact', asked)).toBe(200);
  await bench.minute();
  expect(tablesWith(await dumpDatabase(database), 'ada@example.com')).toEqual([]);
  expect(await database.db.prisma.privacyRequest.findMany({ where })).toMatchObject([{ completedAt: platform.clock.now() }]);
});
