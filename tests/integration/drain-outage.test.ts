import { z } from 'zod';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ShopScope } from '../../app/platform/context.server.ts';
import type { ShopTx } from '../../app/platform/db.server.ts';
import { webhookHandler } from '../../app/platform/webhooks.server.ts';
import { drainInbox, topicCatalogue } from '../../app/record/index.server.ts';
import { drainInboxJob, recordJobs } from '../../app/record/jobs.server.ts';
import { insertDeliveries } from '../../app/record/inbox.store.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { recordWebhooks } from '../../app/record/webhooks.server.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

let database: TestDatabase;
let scope: TestPlatform & ShopScope;
beforeAll(async () => {
  database = await testDatabase();
  scope = await testShop(testPlatform(database));
});
afterAll(() => database.close());
beforeEach(() => database.db.prisma.inboxEvent.deleteMany());

/** A handler that runs what the test says at each call, and notes in the record which events it applied. */
const handlerOf = (atCall: (call: number, tx: ShopTx) => Promise<void>) => {
  let calls = 0;
  return topicCatalogue([
    webhookHandler({
      topics: ['test/note'],
      schema: z.object({ n: z.number() }),
      apply: async (tx, shop, events) => {
        for (const { payload } of events) {
          await tx.$executeRaw`INSERT INTO shop_settings AS s (shop_id, key, value, updated_at) VALUES (${shop.id}, ${`note-${payload.n}`}, '1', now())
            ON CONFLICT (shop_id, key) DO UPDATE SET value = to_jsonb(s.value::int + 1)`;
        }
        await atCall((calls += 1), tx);
      },
    }),
  ]);
};
const losesConnection = async (tx: ShopTx): Promise<void> => {
  await tx.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())`;
};
const deliver = (count: number): Promise<unknown> =>
  insertDeliveries(
    database.db,
    Array.from({ length: count }, (_, n) => ({
      shopDomain: scope.shop.domain,
      topic: 'test/note',
      webhookId: `note-${n}`,
      eventId: null,
      apiVersion: null,
      triggeredAt: null,
      body: JSON.stringify({ n }),
    })),
  );
const inbox = async () =>
  (await database.db.prisma.inboxEvent.findMany({ orderBy: { id: 'asc' } })).map(({ status, attempts, nextAttemptAt }) => ({
    status,
    attempts,
    nextAttemptAt,
  }));
const notes = async () => {
  const rows = await database.db.prisma.shopSetting.findMany({ where: { key: { startsWith: 'note-' } }, orderBy: { key: 'asc' } });
  await database.db.prisma.shopSetting.deleteMany({ where: { key: { startsWith: 'note-' } } });
  return rows.map(({ key, value }) => [key, value]);
};

it('does not count a lost connection as a failure of the event', async () => {
  await deliver(2);
  // The batch loses its connection, then the first event by itself does.
  const drained = await drainInbox(
    scope,
    handlerOf(async (call, tx) => void (call <= 2 && (await losesConnection(tx)))),
    scope.shop,
  );
  expect(drained).toMatchObject({ applied: 2, failed: 0, busy: false });
  const once = { status: 'applied', attempts: 1, nextAttemptAt: null };
  expect(await inbox()).toEqual([once, once]);
  expect(await notes()).toEqual([
    ['note-0', 1],
    ['note-1', 1],
  ]);
});

it('counts what fails twice while the database answers, and lets the others through', async () => {
  await deliver(3);
  await drainInbox(
    scope,
    handlerOf(async (call, tx) => {
      // The batch, its first half, then the first event twice: a divisor of nought.
      if (call <= 4) await tx.$executeRaw`SELECT 1 / 0`;
    }),
    scope.shop,
  );
  expect((await inbox()).map(({ status, attempts, nextAttemptAt }) => [status, attempts, nextAttemptAt !== null])).toEqual([
    ['pending', 1, true],
    ['applied', 1, false],
    ['applied', 1, false],
  ]);
  expect(await notes()).toEqual([
    ['note-1', 1],
    ['note-2', 1],
  ]);
});

it('does not apply again what another process has applied since the batch failed', async () => {
  await deliver(2);
  const drained = await drainInbox(
    scope,
    handlerOf(async (call, tx) => {
      if (call > 1) return;
      const lost = await losesConnection(tx).then(
        () => new Error('the connection lives'),
        (error: unknown) => error,
      );
      // Another process takes the events as soon as this one's transaction, and with it the shop's lock, is gone.
      await database.db.pool.query("UPDATE inbox_events SET status = 'applied', attempts = 1, applied_at = now()");
      throw lost;
    }),
    scope.shop,
  );
  expect(drained).toMatchObject({ applied: 0, failed: 0, busy: false });
  expect(await notes()).toEqual([]);
  expect((await inbox()).map(({ attempts }) => attempts)).toEqual([1, 1]);
});

it('looks again after a second when another process is at work on the shop', async () => {
  await deliver(1);
  const [drain] = recordJobs({
    platform: scope,
    // Nothing here asks the store.
    client: { run: () => Promise.reject(new Error('no store')) } as never,
    catalogue: handlerOf(async () => undefined),
    shopById: async () => scope.shop,
    listShops: async () => [scope.shop],
    changed: async () => undefined,
  }).filter((job) => job.definition === drainInboxJob);
  const other = await database.db.pool.connect();
  try {
    await other.query('BEGIN');
    await other.query('SELECT pg_advisory_xact_lock(7321, $1::int)', [scope.shop.id]);
    await drain?.run({ shopId: scope.shop.id });
  } finally {
    await other.query('ROLLBACK');
    other.release();
  }
  expect(scope.queue.jobs).toEqual([{ name: drainInboxJob.name, payload: { shopId: scope.shop.id }, key: String(scope.shop.id) }]);
  expect((await inbox()).map(({ status }) => status)).toEqual(['pending']);
  await drain?.run({ shopId: scope.shop.id });
  expect((await inbox()).map(({ status }) => status)).toEqual(['applied']);
  await notes();
});

it('takes the product that was triggered last, of two in the same second that come the other way round', async () => {
  const at = '2026-11-20T10:00:00Z';
  const product = (title: string) => JSON.stringify({ id: 77, title, updated_at: at, variants: [] });
  const event = (webhookId: string, ms: number) => ({
    shopDomain: scope.shop.domain,
    topic: 'products/update',
    webhookId,
    eventId: null,
    apiVersion: null,
    triggeredAt: new Date(Date.parse(at) + ms),
    body: product(webhookId),
  });
  await insertDeliveries(database.db, [event('second', 900), event('first', 100)]);
  expect(await drainInbox(scope, topicCatalogue(recordWebhooks), scope.shop)).toMatchObject({ applied: 2, failed: 0, busy: false });
  expect((await database.db.prisma.product.findMany()).map(({ title }) => title)).toEqual(['second']);
});
