import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { reviewPages, tierBoard, verifyLoyalty } from '../../app/loyalty/index.server.ts';
import { PLAIN_RULES } from '../../app/loyalty/tiers/tier-rules.ts';
import { migrate } from '../../app/platform/migrate.server.ts';
import { shopByDomain } from '../../app/shopify/index.server.ts';
import { openOwnerDb } from '../support/owner-db.ts';
import { testPlatform } from '../support/platform.ts';

const MIGRATIONS = 'prisma/migrations';
const RULES = '20261128130000_tier_rules';

it('tiers of before keep their rules and their members, also where the migration’s login is an owner whom the policies bind', async () => {
  const name = `tiered_${crypto.randomBytes(6).toString('hex')}`;
  const adminUrl = inject('postgresAdminUrl');
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-migrations-'));
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'storebook' IN ROLE storebook_app, storebook_system`);
  await admin.query(`CREATE DATABASE ${name} OWNER ${name}`);
  const url = adminUrl.replace(/\/postgres$/, `/${name}`);
  const client = new pg.Client({ connectionString: url });
  const db = openOwnerDb({ url, poolSize: 2, applicationName: name });
  try {
    fs.cpSync('prisma', path.join(root, 'prisma'), { recursive: true });
    for (const folder of fs.readdirSync(MIGRATIONS)) {
      if (folder >= RULES && folder !== 'migration_lock.toml') fs.rmSync(path.join(root, MIGRATIONS, folder), { recursive: true });
    }
    const ownerUrl = url.replace('postgres:storebook@', `${name}:storebook@`);
    await migrate(ownerUrl, root);
    await client.connect();
    await client.query(
      `INSERT INTO shops (id, domain, name, currency, timezone, installed_at) VALUES (1, 'a.myshopify.com', 'A', 'GBP', 'Pacific/Auckland', now())`,
    );
    await client.query(`INSERT INTO loyalty_tiers (shop_id, id, name, threshold) VALUES (1, 2, 'Gold', 500), (1, 7, 'Silver', 100)`);
    await client.query(
      `INSERT INTO orders (shop_id, id, name, customer_id, created_at, processed_at, updated_at, day, channel, currency, presentment_currency, presentment_total,
         total, shipping, tax, gross, discounts, returned, cancelled, net, units, tags)
       SELECT 1, n, '#' || n, n, '2026-06-01', '2026-06-01', '2026-06-01', '2026-06-01', 'web', 'GBP', 'GBP', n * 100, n * 100, 0, 0, n * 100, 0, 0, 0, n * 100, 1, '{}'
       FROM generate_series(1, 9) AS n`,
    );
    await client.query(`INSERT INTO customer_rollups (shop_id, customer_id) SELECT 1, n FROM generate_series(1, 9) AS n`);
    await client.query(
      `INSERT INTO loyalty_members (shop_id, customer_id, tier_id, spend, since, reviewed_at, review_on)
       SELECT 1, n, CASE WHEN n >= 5 THEN 2 ELSE 7 END, n * 100, '2026-06-01', '2026-06-01', '2027-06-01' FROM generate_series(1, 9) AS n`,
    );
    expect(await migrate(ownerUrl)).toContain(RULES);

    const platform = testPlatform({ db, url, close: () => db.close() }, { now: new Date('2026-11-20T12:00:00Z') });
    const shop = await shopByDomain(platform, 'a.myshopify.com');
    if (!shop) throw new Error('no shop');
    const board = await tierBoard({ ...platform, shop });
    expect(board.rules).toEqual(PLAIN_RULES);
    expect(board.tiers.map(({ id, rank, threshold, members }) => [id, rank, threshold, members])).toEqual([
      [7, 0, 100n, 4],
      [2, 1, 500n, 5],
    ]);
    expect(await verifyLoyalty({ ...platform, shop })).toEqual([]);
    // Nobody is due before the day on which the oldest order leaves the window has begun anywhere.
    const due = await client.query(`SELECT DISTINCT due_at FROM loyalty_members`);
    expect(due.rows).toEqual([{ due_at: new Date('2027-05-31T10:00:00Z') }]);
    expect([await reviewPages(platform, shop, 'rules'), await db.prisma.tierChange.count(), await db.prisma.outboxMessage.count()]).toEqual(
      [0, 0, 0],
    );
    const forced = await client.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND NOT relforcerowsecurity AND relname <> '_prisma_migrations'`);
    expect(forced.rows).toEqual([]);
  } finally {
    await db.close();
    await client.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.query(`DROP ROLE ${name}`);
    await admin.end();
    fs.rmSync(root, { recursive: true, force: true });
  }
});
