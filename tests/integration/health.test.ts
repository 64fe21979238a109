import http from 'node:http';
import type { ServerBuild } from '@remix-run/node';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startWeb, type Web } from '../../app/entry/web.server.ts';
import { freePort } from '../../app/platform/embedded-postgres.server.ts';
import { parseEnv, SANDBOX } from '../../app/platform/env.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop } from '../support/platform.ts';
import { webhookHeaders, type WebhookOptions } from '../support/signed-webhook.ts';

const SHOP = 'corner-shop.myshopify.com';
const TOKEN = 'a-token-of-some-length';

let database: TestDatabase;
let web: Web;
let url: string;
const databases: TestDatabase[] = [];

/** The web process as it is served, without the admin's pages. */
beforeEach(async () => {
  database = await testDatabase();
  databases.push(database);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = parseEnv({
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    SANDBOX_URL: 'http://127.0.0.1:1',
    PORT: String(port),
    LOG_LEVEL: 'silent',
    METRICS_TOKEN: TOKEN,
  });
  const noPages = async (): Promise<ServerBuild> => {
    throw new Error('no pages here');
  };
  web = await startWeb(env, async () => ({ build: noPages, assets: () => undefined }));
  await testShop(testPlatform(database), { domain: SHOP });
});
afterEach(() => web.close());
afterAll(async () => {
  for (const one of databases) await one.close();
});

const send = async (options: Partial<WebhookOptions> & { body?: string | Buffer }): Promise<number> => {
  const full = { topic: 'orders/create', body: '{"id":1}', shop: SHOP, secret: SANDBOX.apiSecret, ...options };
  const response = await fetch(`${url}/webhooks`, {
    method: 'POST',
    headers: webhookHeaders(full),
    body: new Uint8Array(Buffer.from(full.body)),
  });
  await response.arrayBuffer();
  return response.status;
};
const metrics = async (): Promise<Map<string, number>> => {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line): [string, number] => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
};
const rows = () => database.db.prisma.inboxEvent.count();

describe('GET /healthz', () => {
  it('says that database and jobs are well, and how much waits', async () => {
    expect(await send({})).toBe(200);
    const response = await fetch(`${url}/healthz`);
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { status: 'ok', database: 'ok', jobs: { failed: 0 }, backlog: { inbox: 1 } },
    ]);
  });

  it('says so when the database is gone, and nothing more; the door then takes nothing', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const admin = new pg.Client({ connectionString: inject('postgresAdminUrl') });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await admin.end();
    const response = await fetch(`${url}/healthz`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'unavailable' }]);
    expect(await send({})).toBe(503);
  });
});

describe('GET /metrics', () => {
  it('is for those who bear the token', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}x` } })).status).toBe(401);
    expect([...(await metrics()).keys()].some((name) => name.startsWith('process_cpu'))).toBe(true);
  });

  it.each([
    ['a wrong signature', { secret: 'another-secret-altogether' }, 401, 'bad-signature', 'orders/create'],
    ['an unknown topic', { topic: 'moon/landed' }, 404, 'unknown-topic', 'other'],
    ['a body that is no JSON', { body: 'no json' }, 400, 'not-json', 'orders/create'],
    ['an unknown shop', { shop: 'stranger.myshopify.com' }, 404, 'unknown-shop', 'orders/create'],
  ])('counts %s, and nothing else is written', async (...[, options, status, outcome, topic]) => {
    expect(await send(options)).toBe(status);
    expect((await metrics()).get(`storebook_webhooks_total{outcome="${outcome}",topic="${topic}"}`)).toBe(1);
    expect(await rows()).toBe(0);
  });

  it('counts a body of 10 MB that was not read to its end', async () => {
    const body = Buffer.alloc(10_000_000, 32);
    const headers = webhookHeaders({ topic: 'orders/create', body, shop: SHOP, secret: SANDBOX.apiSecret });
    const status = await new Promise<number>((resolve) => {
      const request = http.request(`${url}/webhooks`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      // The door closes the connection while we still write.
      request.on('error', () => undefined);
      request.end(body);
    });
    expect(status).toBe(413);
    expect((await metrics()).get('storebook_webhooks_total{outcome="too-large",topic="orders/create"}')).toBe(1);
    expect(await rows()).toBe(0);
  });
});
