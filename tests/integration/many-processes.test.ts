import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../app/platform/embedded-postgres.server.ts';
import { verifyRecord } from '../../app/record/index.server.ts';
import { startChild, type Child } from '../../scripts/lib/child.ts';
import { orderBody } from '../../bench/order-bodies.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop } from '../support/platform.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { webhookHeaders } from '../support/signed-webhook.ts';

const SECRET = 'the-secret-of-two-of-each';
const SHOPS = ['one.myshopify.com', 'two.myshopify.com', 'three.myshopify.com'];

let database: TestDatabase;
let redis: TestRedis;
let logFolder: string;
const running = new Map<string, Child>();
beforeAll(async () => {
  [database, redis] = await Promise.all([testDatabase(), startRedis()]);
  logFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-test-many-'));
});
afterAll(async () => {
  // Also when the test itself was given up.
  for (const child of running.values()) await child.stop();
  await database.close();
  await redis.stop();
  fs.rmSync(logFolder, { recursive: true, force: true });
});

it('two webs and two workers, killed in turn under load: what got a 200 is applied once', { timeout: 400_000 }, async () => {
  const platform = testPlatform(database);
  const scopes = [];
  for (const domain of SHOPS) scopes.push(await testShop(platform, { domain, currency: 'PLN', timezone: 'Europe/Warsaw' }));
  const env = {
    NODE_ENV: 'test',
    SANDBOX_URL: 'http://127.0.0.1:1',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    SHOPIFY_API_SECRET: SECRET,
    LOG_LEVEL: 'warn',
    DATABASE_POOL: '8',
  };
  const ports = [await freePort(), await freePort()];
  const start = async (kind: 'web' | 'worker', at: number): Promise<void> => {
    const script = kind === 'web' ? 'tests/support/door-process.ts' : 'scripts/worker.ts';
    const child = startChild({ name: `${kind}-${at}`, args: [script], env: { ...env, PORT: String(ports[at]) }, logFolder });
    running.set(child.name, child);
    await child.ready(kind);
  };
  const kill = async (name: string): Promise<void> => {
    const child = running.get(name);
    if (!child) throw new Error(`no ${name} runs`);
    const ended = new Promise((resolve) => child.process.once('exit', resolve));
    child.process.kill('SIGKILL');
    await ended;
  };

  /** Sends until it is accepted, as the store does: another door when one is down, with the same webhook id. */
  const acknowledged = new Set<string>();
  const send = async (number: number): Promise<void> => {
    const body = orderBody(number);
    const shop = SHOPS[number % SHOPS.length] ?? '';
    const id = crypto.randomUUID();
    const headers = webhookHeaders({ topic: 'orders/create', shop, secret: SECRET, body, id });
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const url = `http://127.0.0.1:${ports[(number + attempt) % 2]}/webhooks`;
      const status = await fetch(url, { method: 'POST', headers, body }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => 0,
      );
      if (status === 200) {
        acknowledged.add(id);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('no door took a webhook');
  };

  let [number, stopped] = [0, false];
  const sender = async (): Promise<void> => {
    while (!stopped) await send((number += 1));
  };
  try {
    await Promise.all([start('web', 0), start('web', 1), start('worker', 0), start('worker', 1)]);
    const load = Promise.all(Array.from({ length: 4 }, sender));
    for (const [kind, at] of [
      ['worker', 0],
      ['web', 0],
      ['worker', 1],
      ['web', 1],
    ] as const) {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(before + 20);
      await kill(`${kind}-${at}`);
      // The one that is left serves alone for a while.
      const alone = acknowledged.size;
      await expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(alone + 10);
      await start(kind, at);
    }
    stopped = true;
    await load;
    const pending = () => database.db.prisma.inboxEvent.count({ where: { status: 'pending' } });
    await expect.poll(pending, { timeout: 100_000, interval: 250 }).toBe(0);
  } finally {
    stopped = true;
  }

  const { rows } = await database.db.pool.query<{ webhook_id: string; status: string }>('SELECT webhook_id, status FROM inbox_events');
  expect(rows.filter(({ status }) => status !== 'applied')).toEqual([]);
  const written = new Set(rows.map((row) => row.webhook_id));
  expect([...acknowledged].filter((id) => !written.has(id))).toEqual([]);
  // Every order is there with all its lines, and the sums are those of each order counted once.
  expect(await database.db.prisma.order.count()).toBe(acknowledged.size);
  const sums = await database.db.pool.query(
    `SELECT (SELECT count(*) FROM order_lines)::int AS lines, (SELECT sum(orders)::int FROM day_channel_rollups) AS orders`,
  );
  const lines = Array.from({ length: number }, (_, at) => JSON.parse(orderBody(at + 1)).line_items.length).reduce(
    (sum, count) => sum + count,
    0,
  );
  expect(sums.rows).toEqual([{ lines, orders: acknowledged.size }]);
  for (const scope of scopes) expect(await verifyRecord(scope, scope.shop, 5)).toEqual([]);
});
