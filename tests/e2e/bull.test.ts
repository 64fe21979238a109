import { spawnSync } from 'node:child_process';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRedis } from '../support/redis.ts';
import { testStack } from '../support/stack.ts';

/** The whole program with Bull on a real Redis in place of pg-boss. */
let redis: Awaited<ReturnType<typeof startRedis>>;
let stack: Awaited<ReturnType<typeof testStack>>;
let database: pg.Client;

beforeAll(async () => {
  redis = await startRedis();
  stack = await testStack({ redisUrl: redis.url });
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await stack?.stop();
  await redis?.stop();
});

it('imports, applies doubled and shuffled traffic, reviews tiers and tells the store, with no table of pg-boss', async () => {
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(`${stack.adminUrl}/sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ shop: stack.shop, ...body }),
    });
    expect([path, response.status]).toEqual([path, 200]);
  };
  const before = await database.query<{ orders: number }>('SELECT count(*)::int AS orders FROM orders');
  await post('chaos', { duplicate: 0.3, shuffle: true });
  await post('play', { orders: 60, seed: 3 });
  const counts = async (): Promise<unknown> => {
    const { rows } = await database.query(
      `SELECT (SELECT count(*)::int FROM orders) AS orders, (SELECT count(*)::int FROM inbox_events WHERE status IN ('pending', 'failed')) AS open,
         (SELECT count(*)::int FROM outbox_messages WHERE status <> 'sent') AS unsent, (SELECT count(*) > 0 FROM tier_changes) AS tiers,
         (SELECT count(*) > 0 FROM variant_forecasts) AS forecasts`,
    );
    return rows[0];
  };
  await expect
    .poll(counts, { timeout: 60_000, interval: 500 })
    .toEqual({ orders: (before.rows[0]?.orders ?? 0) + 60, open: 0, unsent: 0, tiers: true, forecasts: true });
  const verify = spawnSync(process.execPath, ['--no-warnings', 'scripts/storebook.ts', 'verify'], {
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: stack.databaseUrl, REDIS_URL: redis.url },
  });
  expect([verify.status, verify.stderr]).toEqual([0, '']);
  const schemas = await database.query("SELECT 1 FROM information_schema.schemata WHERE schema_name = 'pgboss'");
  expect(schemas.rowCount).toBe(0);
});
