import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { webhookCatalogue } from '../../app/jobs/webhook-catalogue.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { BATCH } from '../../app/record/drain-inbox.server.ts';
import { drainTurns } from '../../app/record/drain-turn.server.ts';
import { insertDeliveries, projectionLock } from '../../app/record/inbox.store.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

const body = fs.readFileSync('tests/fixtures/webhook-samples/locations-update.json', 'utf8');
const catalogue = webhookCatalogue();

let database: TestDatabase;
let platform: TestPlatform;
let [busy, small]: ShopScope[] = [];
beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database);
  busy = await testShop(platform, { domain: 'busy.myshopify.com' });
  small = await testShop(platform, { domain: 'small.myshopify.com' });
});
afterAll(() => database.close());

const shopOf = (scope: ShopScope | undefined) => {
  if (!scope) throw new Error('no shop');
  return scope.shop;
};
let made = 0;
const deliver = (scope: ShopScope | undefined, count: number): Promise<unknown> =>
  insertDeliveries(
    database.db,
    Array.from({ length: count }, () => ({
      shopDomain: shopOf(scope).domain,
      topic: 'locations/update',
      webhookId: `id-${(made += 1)}`,
      eventId: null,
      apiVersion: null,
      triggeredAt: null,
      body,
    })),
  );
const pending = (scope: ShopScope | undefined): Promise<number> =>
  database.db.prisma.inboxEvent.count({ where: { shopId: shopOf(scope).id, status: 'pending' } });
/** Holds the busy shop's record as an import's batch does; the returned function ends that. */
const holdLock = async (): Promise<() => Promise<void>> => {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let holding: Promise<void> | undefined;
  await new Promise<void>((held) => {
    holding = database.db.forShop(shopOf(busy).id, async (tx) => {
      await projectionLock(tx, shopOf(busy).id);
      held();
      await released;
    });
  });
  return async () => {
    release();
    await holding;
  };
};

it('ends a turn before all is done, so that a small shop comes in between', async () => {
  const turn = drainTurns(platform, catalogue, { batches: 1 });
  await deliver(busy, 2 * BATCH + 50);
  await deliver(small, 1);
  expect(await turn(shopOf(busy))).toEqual({ applied: BATCH, more: true });
  expect(await turn(shopOf(small))).toEqual({ applied: 1, more: false });
  expect(await turn(shopOf(busy))).toEqual({ applied: BATCH, more: true });
  expect(await turn(shopOf(busy))).toEqual({ applied: 50, more: false });
  expect([await pending(busy), await pending(small)]).toEqual([0, 0]);
});

it('has one turn of a shop at a time, and looks once more for who came meanwhile', async () => {
  const turn = drainTurns(platform, catalogue, { batches: 1, lockWaitMs: 60_000 });
  await deliver(busy, 1);
  const release = await holdLock();
  const first = turn(shopOf(busy));
  expect(await turn(shopOf(busy))).toEqual({ applied: 0, more: false });
  await release();
  expect(await first).toEqual({ applied: 1, more: true });
  expect(await turn(shopOf(busy))).toEqual({ applied: 0, more: false });
});

it('waits for another writer of the shop, and gets in line again when that takes too long', async () => {
  await deliver(busy, 1);
  const release = await holdLock();
  expect(await drainTurns(platform, catalogue, { lockWaitMs: 100 })(shopOf(busy))).toEqual({ applied: 0, more: true });
  const waiting = drainTurns(platform, catalogue, { lockWaitMs: 60_000 })(shopOf(busy));
  await release();
  expect(await waiting).toEqual({ applied: 1, more: false });
  expect(await pending(busy)).toBe(0);
});
