import http from 'node:http';
import type { ServerBuild } from '@remix-run/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startWeb, type Web } from '../../app/entry/web.server.ts';
import { freePort } from '../../app/platform/embedded-postgres.server.ts';
import { parseEnv } from '../../app/platform/env.server.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import { openQueue } from '../../app/platform/open-queue.server.ts';
import { passwordDoor } from '../../app/platform/ops-door.server.ts';
import { bindJob, type JobDefinition } from '../../app/platform/queue.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/queue-engines.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const PASSWORD = 'correct horse battery: staple';
const basic = (password: string, user = 'ops'): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const noPages = async (): Promise<ServerBuild> => {
  throw new Error('no pages here');
};

async function startOps(env: Record<string, string>): Promise<{ web: Web; url: string }> {
  const port = await freePort();
  const parsed = parseEnv({ NODE_ENV: 'test', SANDBOX_URL: 'http://127.0.0.1:1', PORT: String(port), LOG_LEVEL: 'silent', ...env });
  const web = await startWeb(parsed, async () => ({ build: noPages, assets: () => undefined }));
  return { web, url: `http://127.0.0.1:${port}/ops/queues` };
}

let database: TestDatabase;
let redis: TestRedis;
beforeAll(async () => {
  [database, redis] = await Promise.all([testDatabase(), startRedis()]);
});
afterAll(async () => {
  await database.close();
  await redis.stop();
});

/** A job of the catalogue, so that the board knows it; here it fails when it is told to. */
const job: JobDefinition<{ shopId: number; note?: string }> = {
  name: 'loyalty.review',
  schema: z.object({ shopId: z.int(), note: z.string().optional() }),
  retries: 0,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'fast',
};

describe.each([
  ['pg-boss', () => ({})],
  ['bull', () => ({ REDIS_URL: redis.url })],
])('the board of %s', (engine, redisOf) => {
  let web: Web;
  let url: string;
  beforeAll(async () => {
    ({ web, url } = await startOps({ DATABASE_URL: database.url, OPS_PASSWORD: PASSWORD, ...redisOf() }));
  });
  afterAll(() => web.close());

  it('shows true counts and failures, no payload, and puts a failed job back in line', async () => {
    const log = createLogger({ level: 'silent', service: 'test' });
    const queue = await openQueue(parseEnv({ NODE_ENV: 'test', DATABASE_URL: database.url, ...redisOf() }), log);
    const page = async (): Promise<string> => {
      const response = await fetch(url, { headers: basic(PASSWORD) });
      expect(response.status).toBe(200);
      return response.text();
    };
    const rowOf = (html: string): string[] =>
      [...(/<tr[^>]*><td>loyalty\.review<\/td><td>fast.*?<\/tr>/s.exec(html)?.[0] ?? '').matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(
        ([, cell]) => cell ?? '',
      );
    try {
      expect(rowOf(await page()).slice(0, 5)).toEqual(['loyalty.review', 'fast', '0', '0', '0']);
      for (const shopId of [1, 2, 3]) await queue.enqueue(job, { shopId, note: 'planted@example.com' });
      expect(rowOf(await page()).slice(0, 5)).toEqual(['loyalty.review', 'fast', '3', '0', '0']);
      const now = { fails: true };
      const ran: number[] = [];
      await queue.work(
        [
          bindJob(job, async ({ shopId, note }) => {
            if (now.fails) throw new RangeError(`of ${note}`);
            ran.push(shopId);
          }),
        ],
        1,
      );
      await until(async () => (await queue.board.look([job.name]))[0]?.failed === 3);
      const html = await page();
      expect(rowOf(html).slice(0, 5)).toEqual(['loyalty.review', 'fast', '0', '0', '3']);
      expect(html).toContain(`Engine: ${engine}`);
      expect(html).toContain('RangeError');
      expect(html).not.toContain('planted');
      now.fails = false;
      const field = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
      const form = new URLSearchParams({ token: field('token'), job: field('job'), id: field('id') });
      const post = (body: URLSearchParams): Promise<Response> =>
        fetch(`${url}/retry`, { method: 'POST', headers: basic(PASSWORD), body, redirect: 'manual' });
      expect((await post(form)).status).toBe(303);
      await until(() => ran.length === 1);
      await until(async () => (await queue.board.look([job.name]))[0]?.failed === 2);
      expect(rowOf(await page()).slice(2, 5)).toEqual(['0', '0', '2']);
      // A second press, a form of another site, another kind, something that is no id.
      expect((await post(form)).status).toBe(404);
      const changed = (values: Record<string, string>) => post(new URLSearchParams({ ...Object.fromEntries(form), ...values }));
      expect((await changed({ token: 'guessed' })).status).toBe(403);
      expect((await changed({ job: 'pgboss.job' })).status).toBe(404);
      expect((await changed({ id: "'; DROP TABLE shops; --" })).status).toBe(404);
      expect((await changed({ id: '<script>alert(1)</script>' })).status).toBe(404);
      expect((await post(new URLSearchParams({ token: field('token') }))).status).toBe(400);
      expect((await changed({ id: 'x'.repeat(5_000) })).status).toBe(413);
    } finally {
      await queue.close();
    }
  });

  it('is closed to who has not the password, and says nothing', async () => {
    const attempts: Record<string, string>[] = [
      {},
      basic('wrong'),
      basic(''),
      { authorization: 'Bearer x' },
      { authorization: 'Basic %%%' },
    ];
    for (const headers of attempts) {
      const response = await fetch(url, { headers });
      expect([headers, response.status, await response.text()]).toEqual([headers, 401, 'password?']);
      expect(response.headers.get('www-authenticate')).toContain('Basic');
    }
    expect((await fetch(`${url}/retry`, { method: 'POST', body: 'token=x' })).status).toBe(401);
    expect((await fetch(url, { headers: basic(PASSWORD, 'anyone') })).status).toBe(200);
  });

  it('answers other methods and paths, and keeps the page out of frames and caches', async () => {
    const headers = basic(PASSWORD);
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(405);
    expect((await fetch(`${url}/retry`, { headers })).status).toBe(405);
    expect((await fetch(`${url}/other`, { headers })).status).toBe(404);
    expect(await rawStatus(url, '/ops/queues/../../etc/passwd', headers)).toBe(404);
    const page = await fetch(url, { headers });
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await page.text()).not.toMatch(/<script|https?:\/\//);
  });
});

/** The path as it is written here; fetch would tidy it up. */
function rawStatus(url: string, path: string, headers: Record<string, string>): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    http
      .get({ hostname, port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on('error', reject);
  });
}

it('is not there without a password', async () => {
  const { web, url } = await startOps({ DATABASE_URL: database.url });
  try {
    const response = await fetch(url, { headers: basic('') });
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.text()).not.toContain('<h1>Queues</h1>');
  } finally {
    await web.close();
  }
  expect(() => parseEnv({ DATABASE_URL: database.url, OPS_PASSWORD: 'too short' })).toThrow('OPS_PASSWORD');
});

it('looks at no password of an address any more after ten wrong ones, until the minute is over', () => {
  let time = 0;
  const admit = passwordDoor(PASSWORD, () => time);
  const from = (remoteAddress: string, password: string): http.IncomingMessage => {
    const request = new http.IncomingMessage(Object.assign(Object.create({ remoteAddress }), {}));
    Object.assign(request.headers, basic(password));
    return request;
  };
  for (let attempt = 0; attempt < 10; attempt += 1) expect(admit(from('192.0.2.1', `guess ${attempt}`))).toBe('no');
  expect(admit(from('192.0.2.1', PASSWORD))).toBe('too-many');
  expect(admit(from('192.0.2.2', PASSWORD))).toBe('in');
  time = 60_000;
  expect(admit(from('192.0.2.1', PASSWORD))).toBe('in');
});
