import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listAudit } from '../../app/audit/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { retentionOf, saveRetention } from '../../app/privacy/index.server.ts';
import { keepRetention } from '../../app/privacy/keep-retention.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;

beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database, { now: new Date('2026-11-20T12:00:00Z') });
});
afterAll(() => database.close());
beforeEach(async () => {
  scope = await testShop(platform, { domain: `shop-${(shops += 1)}.myshopify.com` });
});

const at = (daysAgo: number): Date => new Date(platform.clock.now().getTime() - daysAgo * 86_400_000);

/** Deliveries, sent messages and checkouts of many ages, each age in days in its key. */
async function fill(shopId: number, ages: readonly number[]): Promise<void> {
  const { prisma } = database.db;
  const statuses = ['applied', 'pending', 'failed'];
  await prisma.inboxEvent.createMany({
    data: ages.flatMap((age) =>
      statuses.map((status) => ({
        shopId,
        topic: 'orders/create',
        webhookId: `${status}-${age}`,
        status,
        body: '{}',
        receivedAt: at(age),
      })),
    ),
  });
  await prisma.outboxMessage.createMany({
    data: ages.flatMap((age) =>
      ['sent', 'pending', 'dead'].map((status) => ({
        shopId,
        kind: 'loyalty.metafield',
        entity: 'customer/1',
        idempotencyKey: `${status}-${age}`,
        payload: {},
        status,
        sentAt: status === 'sent' ? at(age) : null,
      })),
    ),
  });
  await prisma.checkout.createMany({
    data: ages.map((age) => ({
      shopId,
      token: `t-${age}`,
      createdAt: at(age),
      updatedAt: at(age),
      currency: 'GBP',
      total: 1n,
      units: 1,
      lines: [],
    })),
  });
}
async function left(shopId: number): Promise<Record<string, string[]>> {
  const { prisma } = database.db;
  const where = { shopId };
  const events = await prisma.inboxEvent.findMany({ where, orderBy: { id: 'asc' } });
  const messages = await prisma.outboxMessage.findMany({ where, orderBy: { id: 'asc' } });
  const checkouts = await prisma.checkout.findMany({ where, orderBy: { updatedAt: 'desc' } });
  return {
    events: events.map((event) => `${event.webhookId}${event.body === null ? ' empty' : ''}`),
    messages: messages.map((message) => message.idempotencyKey),
    checkouts: checkouts.map((checkout) => checkout.token),
  };
}

it('lets go what is past its period, and nothing that still waits', async () => {
  const other = await testShop(platform, { domain: `shop-${(shops += 1)}.myshopify.com` });
  await fill(scope.shop.id, [1, 29, 32, 91, 200]);
  await fill(other.shop.id, [200]);
  const untouched = await left(other.shop.id);
  expect(await keepRetention(platform, scope.shop)).toEqual({
    deliveries: 3,
    failures: 2,
    messages: 3,
    checkouts: 1,
    pixelEvents: 0,
    customerEvents: 0,
  });
  expect(await left(scope.shop.id)).toEqual({
    events: [
      'applied-1',
      'pending-1',
      'failed-1',
      'applied-29',
      'pending-29',
      'failed-29',
      'pending-32',
      'failed-32',
      'pending-91',
      'failed-91 empty',
      'pending-200',
      'failed-200 empty',
    ],
    messages: [
      'sent-1',
      'pending-1',
      'dead-1',
      'sent-29',
      'pending-29',
      'dead-29',
      'pending-32',
      'dead-32',
      'pending-91',
      'dead-91',
      'pending-200',
      'dead-200',
    ],
    checkouts: ['t-1', 't-29', 't-32', 't-91'],
  });
  expect(await left(other.shop.id)).toEqual(untouched);
});

it('keeps the periods that the merchant chose, and writes down who chose them', async () => {
  expect(await retentionOf(scope)).toEqual({ inboxDays: 30, checkoutDays: 180 });
  expect(await saveRetention(scope, { inboxDays: 7, checkoutDays: 30 })).toMatchObject({ kind: 'ok' });
  await fill(scope.shop.id, [6, 9, 40]);
  expect(await keepRetention(platform, scope.shop)).toEqual({
    deliveries: 2,
    failures: 1,
    messages: 2,
    checkouts: 1,
    pixelEvents: 0,
    customerEvents: 0,
  });
  const { rows } = await listAudit(scope, { before: null, actions: null, limit: 5 });
  expect(rows).toMatchObject([
    { action: 'settings.retention.saved', before: '{"inboxDays":30,"checkoutDays":180}', after: '{"inboxDays":7,"checkoutDays":30}' },
  ]);
});

it.each([
  [{ inboxDays: 6, checkoutDays: 30 }, ['inboxDays']],
  [{ inboxDays: Number.NaN, checkoutDays: 1_096 }, ['inboxDays', 'checkoutDays']],
  [{ inboxDays: 30.5, checkoutDays: 30 }, ['inboxDays']],
])('refuses periods that are none: %j', async (retention, fields) => {
  const outcome = await saveRetention(scope, retention);
  expect(Object.keys(outcome.kind === 'invalid' ? outcome.fields : {})).toEqual(fields);
  expect(await retentionOf(scope)).toEqual({ inboxDays: 30, checkoutDays: 180 });
});

it('works through more than one batch', async () => {
  await database.db.pool.query(
    `INSERT INTO inbox_events (shop_id, topic, webhook_id, body, status, received_at)
     SELECT $1, 'orders/create', 'old-' || n, '{}', 'applied', $2 FROM generate_series(1, 4500) AS n`,
    [scope.shop.id, at(60)],
  );
  expect((await keepRetention(platform, scope.shop)).deliveries).toBe(4_500);
  expect((await keepRetention(platform, scope.shop)).deliveries).toBe(0);
});
