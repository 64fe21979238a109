import crypto from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { openDb } from '../../app/platform/db.server.ts';
import { readBacklog } from '../../app/platform/health.store.server.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import { migrate } from '../../app/platform/migrate.server.ts';
import { openPgBossQueue } from '../../app/platform/queue-pg-boss.server.ts';
import { saveInstallation } from '../../app/shopify/shops.store.server.ts';
import { listShops } from '../../app/shopify/index.server.ts';

const NAME = `owned_${crypto.randomBytes(6).toString('hex')}`;
const DETAILS = { name: 'A', currency: 'GBP', timezone: 'Europe/London', email: null, plan: null };

let admin: pg.Client;
const urlOf = (login: string): string =>
  inject('postgresAdminUrl')
    .replace('postgres:storebook@', `${login}:storebook@`)
    .replace(/\/postgres$/, `/${NAME}`);

beforeAll(async () => {
  admin = new pg.Client({ connectionString: inject('postgresAdminUrl') });
  await admin.connect();
  // An administrator gave the owner both roles; with CREATEROLE it would have made them itself.
  await admin.query(`CREATE ROLE ${NAME} LOGIN PASSWORD 'storebook' IN ROLE storebook_app, storebook_system`);
  await admin.query(`CREATE ROLE ${NAME}_app LOGIN PASSWORD 'storebook' IN ROLE storebook_app`);
  await admin.query(`CREATE DATABASE ${NAME} OWNER ${NAME}`);
  await admin.query(`GRANT CREATE ON DATABASE ${NAME} TO ${NAME}_app`);
  await migrate(urlOf(NAME));
});
afterAll(async () => {
  await admin.query(`DROP DATABASE ${NAME} WITH (FORCE)`);
  await admin.query(`DROP ROLE ${NAME}; DROP ROLE ${NAME}_app`);
  await admin.end();
});

it('an owner that is no superuser migrates the database, works in it as the app, and sees no shop’s rows by itself', async () => {
  const db = openDb({ url: urlOf(NAME), poolSize: 2, applicationName: NAME });
  try {
    const at = new Date('2026-11-20T12:00:00Z');
    const saved = await saveInstallation({ db }, { domain: 'a.myshopify.com', details: DETAILS, scopes: '', historyLimited: false, at });
    expect(saved).toMatchObject({ fresh: true, shop: { domain: 'a.myshopify.com', installedAt: at } });
    expect(await listShops({ db })).toEqual([saved.shop]);
    await db.forShop(saved.shop.id, (tx) => tx.shopSetting.create({ data: { shopId: saved.shop.id, key: 'k', value: 1, updatedAt: at } }));
  } finally {
    await db.close();
  }
  const owner = new pg.Client({ connectionString: urlOf(NAME) });
  await owner.connect();
  try {
    expect((await owner.query('SELECT 1 FROM shop_settings')).rowCount).toBe(0);
    // What a migration does that changes rows.
    await owner.query('ALTER TABLE shop_settings NO FORCE ROW LEVEL SECURITY');
    expect((await owner.query('SELECT 1 FROM shop_settings')).rowCount).toBe(1);
    await owner.query('ALTER TABLE shop_settings FORCE ROW LEVEL SECURITY');
  } finally {
    await owner.end();
  }
});

it('a login that is the app’s role and no more runs the app and its jobs', async () => {
  const db = openDb({ url: urlOf(`${NAME}_app`), poolSize: 2, applicationName: NAME });
  const queue = await openPgBossQueue({ url: urlOf(`${NAME}_app`), log: createLogger({ level: 'silent', service: 'test' }) });
  try {
    expect((await listShops({ db })).map(({ domain }) => domain)).toEqual(['a.myshopify.com']);
    expect(await readBacklog(db)).toEqual({ inbox: 0, inboxFailed: 0, outbox: 0, outboxDead: 0, oldestInboxSeconds: 0 });
    const job = { name: 'test.owned', schema: z.object({}), retries: 0, retrySeconds: 1, timeoutSeconds: 60, lane: 'fast' } as const;
    await queue.enqueue(job, {});
    expect(await queue.counts(['test.owned'])).toMatchObject({ 'test.owned': { failed: 0 } });
  } finally {
    await queue.close();
    await db.close();
  }
});
