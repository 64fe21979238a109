import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { loyaltyMetafields } from '../../app/loyalty/send-metafields.server.ts';
import type { Db } from '../../app/platform/db.server.ts';
import { createAdminClient, enqueueOutbox, outboxHandler, sendOutbox, type OutboxHandler } from '../../app/shopify/index.server.ts';
import { ALL_SCOPES } from '../../sandbox/server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { sandboxShop, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date(Date.now() + 3_600_000);
let database: TestDatabase;
let shop: SandboxShop | undefined;
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(async () => shop?.close());
afterAll(() => database.close());

/** A database that dies after so many transactions of the sender. */
function dying(db: Db, after: number): Db {
  let transactions = 0;
  return {
    ...db,
    forShop: (shopId, work, options) =>
      (transactions += 1) > after ? Promise.reject(new Error('killed')) : db.forShop(shopId, work, options),
  };
}

const ADJUST = `mutation Adjust($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { id } userErrors { message } }
}`;

it('moves stock once, though the sender died between the call and its note', async () => {
  shop = await sandboxShop(database, { now: NOW, scopes: [...ALL_SCOPES, 'write_inventory'] });
  const { platform, sandbox, scope } = shop;
  const { store } = sandbox.shop(scope.shop.domain);
  const [level] = [...store.levels.values()];
  if (!level) throw new Error('the tiny store has no stock');
  const token = [...store.tokens.keys()].at(-1) ?? '';
  const handler: OutboxHandler = outboxHandler({
    kind: 'test.adjust',
    most: 1,
    schema: z.object({ delta: z.number() }),
    async send(_client, _shop, messages) {
      const results = messages.map(async ({ id, idempotencyKey, payload }) => {
        const change = {
          inventoryItemId: level.inventoryItemId,
          locationId: level.locationId,
          delta: payload.delta,
          changeFromQuantity: null,
        };
        const response = await fetch(`${sandbox.url}/admin/api/2026-07/graphql.json`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-sandbox-shop': scope.shop.domain, 'x-shopify-access-token': token },
          body: JSON.stringify({
            query: ADJUST,
            variables: { key: idempotencyKey, input: { reason: 'correction', name: 'available', changes: [change] } },
          }),
        });
        const answer = z.object({ data: z.object({ inventoryAdjustQuantities: z.object({ userErrors: z.array(z.unknown()) }) }) });
        const { userErrors } = answer.parse(await response.json()).data.inventoryAdjustQuantities;
        return userErrors.length === 0
          ? { id, kind: 'sent' as const }
          : { id, kind: 'refused' as const, error: JSON.stringify(userErrors) };
      });
      return Promise.all(results);
    },
  });
  await scope.db.forShop(scope.shop.id, (tx) =>
    enqueueOutbox(tx, scope.shop.id, [{ kind: 'test.adjust', entity: 'item/1', idempotencyKey: randomUUID(), payload: { delta: -3 } }]),
  );
  const tools = { client: scope.admin, handlers: [handler] };
  const before = store.levels.get(`${level.inventoryItemId}/${level.locationId}`)?.available ?? 0;
  await expect(sendOutbox({ ...platform, db: dying(platform.db, 1) }, tools, scope.shop)).rejects.toThrow('killed');
  platform.clock.set(new Date(NOW.getTime() + 300_000));
  expect(await sendOutbox(platform, tools, scope.shop)).toEqual({ sent: 1, failed: 0 });
  expect(store.levels.get(`${level.inventoryItemId}/${level.locationId}`)?.available).toBe(before - 3);
});

it('tells tiers in calls of 25 and waits for the store’s points instead of being throttled', async () => {
  // A plan that gives back few points: the bucket holds 60, a call takes about a third of it.
  let at = NOW.getTime();
  shop = await sandboxShop(database, { now: () => new Date(at), restoreRate: 3 });
  const { platform, sandbox, scope } = shop;
  const { store, bucket } = sandbox.shop(scope.shop.domain);
  const customers = [...store.customers.keys()].map((gid) => /\d+$/.exec(gid)?.[0] ?? '');
  const value = { version: 1, tier: 'Gold', since: '2026-11-20', spend: '1000', currency: 'GBP', next: null };
  await scope.db.forShop(scope.shop.id, (tx) =>
    enqueueOutbox(
      tx,
      scope.shop.id,
      Array.from({ length: 130 }, (_, index) => {
        const customerId = customers[index % customers.length] ?? '';
        return { kind: loyaltyMetafields.kind, entity: `message/${index}`, idempotencyKey: `m/${index}`, payload: { customerId, value } };
      }),
    ),
  );
  const refused: number[] = [];
  const take = bucket.take.bind(bucket);
  let calls = 0;
  bucket.take = (cost, now) => {
    calls += 1;
    const has = take(cost, now);
    if (!has) refused.push(cost);
    return has;
  };
  let waited = 0;
  const client = createAdminClient(platform, {
    now: () => at,
    pause: async (ms) => {
      waited += ms;
      at += ms;
    },
  });
  const result = await sendOutbox(platform, { client, handlers: [loyaltyMetafields] }, scope.shop);
  expect(result).toEqual({ sent: 130, failed: 0 });
  expect(calls).toBe(6);
  expect(refused).toEqual([]);
  expect(waited).toBeGreaterThan(0);
});
