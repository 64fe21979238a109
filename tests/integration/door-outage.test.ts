import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Platform, ShopScope } from '../../app/platform/context.server.ts';
import { webhookDoor } from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop } from '../support/platform.ts';
import { serveDoor, type WebhookOptions } from '../support/signed-webhook.ts';

let database: TestDatabase;
let scope: Platform & ShopScope;
let door: Awaited<ReturnType<typeof serveDoor>>;
let operator: pg.Client;
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  database = await testDatabase();
  scope = await testShop(testPlatform(database));
  operator = new pg.Client({ connectionString: inject('postgresAdminUrl') });
  await operator.connect();
  door = await serveDoor(
    webhookDoor(scope, {
      topics: new Set(['orders/create']),
      fineUnknown: new Set(),
      wake: async () => undefined,
      count: () => undefined,
    }),
  );
});
afterAll(async () => {
  await door.close();
  await operator.end();
  await database.close();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

const send = (id: string): Promise<number> =>
  door.send({
    topic: 'orders/create',
    shop: scope.shop.domain,
    secret: scope.env.SHOPIFY_API_SECRET,
    id,
    body: '{"id": 1}',
  } satisfies WebhookOptions);
const ids = async (): Promise<string[]> =>
  (await database.db.prisma.inboxEvent.findMany({ orderBy: { id: 'asc' } })).map(({ webhookId }) => webhookId);
const name = (): string => new URL(database.url).pathname.slice(1);
const endConnections = () =>
  operator.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()', [name()]);

it('answers 503 while a write hangs, however many come, and keeps none of them for later', async () => {
  const locker = new pg.Client({ connectionString: database.url });
  await locker.connect();
  try {
    await locker.query('BEGIN; LOCK TABLE inbox_events IN ACCESS EXCLUSIVE MODE');
    // More than two writes of the door hold, so that some have not begun when their time is over. All are answered
    // before the lock goes.
    const many = await Promise.all(Array.from({ length: 200 }, (_, n) => send(`hangs-${n}`)));
    expect(new Set(many)).toEqual(new Set([503]));
  } finally {
    await locker.query('ROLLBACK');
    await locker.end();
  }
  expect(await send('after')).toBe(200);
  // What was under way has landed, unacknowledged; what only waited has not.
  const held = await ids();
  expect(held).toContain('after');
  expect(held.filter((id) => id.startsWith('hangs-')).length).toBeLessThanOrEqual(128);
  for (const id of ['hangs-0', 'hangs-199']) expect(await send(id)).toBe(200);
  expect((await ids()).filter((id) => id === 'hangs-0' || id === 'hangs-199')).toHaveLength(2);
});

it('answers 503 while the database refuses, and 200 as soon as it does not', async () => {
  await operator.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS false`);
  try {
    await endConnections();
    expect(await Promise.all([send('refused-1'), send('refused-2')])).toEqual([503, 503]);
  } finally {
    await operator.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS true`);
  }
  expect(await send('refused-1')).toBe(200);
  expect(await ids()).toContain('refused-1');
  expect(await ids()).not.toContain('refused-2');
});

it('answers 503 or 200 when its connections are ended under it, and never 200 for what is not there', async () => {
  const answers = new Map<string, number>();
  for (let round = 0; round < 10; round += 1) {
    const group = Array.from({ length: 20 }, (_, n) => `ended-${round}-${n}`);
    const [statuses] = await Promise.all([Promise.all(group.map((id) => send(id))), endConnections()]);
    group.forEach((id, n) => answers.set(id, statuses[n] ?? 0));
  }
  const held = new Set(await ids());
  for (const [id, status] of answers) {
    expect([200, 503]).toContain(status);
    if (status === 200) expect(held).toContain(id);
  }
});
