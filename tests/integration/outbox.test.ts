import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Db } from '../../app/platform/db.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import {
  enqueueOutbox,
  listDeadOutbox,
  outboxHandler,
  retryDeadOutbox,
  sendOutbox,
  type AdminClient,
  type OutboxHandler,
  type SendResult,
} from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

/** A store that keeps what it was told last of each entity, and all calls. */
type FakeStore = { calls: string[][]; values: Map<string, string>; answer: (value: string) => 'ok' | 'refuse' | 'throw' };
/** An hour from now: messages are due from the moment at which the database wrote them. */
const NOW = new Date(Date.now() + 3_600_000);

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let store: FakeStore;
let shops = 0;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: NOW });
  scope = await testShop(platform, { domain: `shop-${(shops += 1)}.myshopify.com` });
  store = { calls: [], values: new Map(), answer: () => 'ok' };
});

const client: AdminClient = {
  run: () => Promise.reject(new Error('not used')),
  runOnce: () => Promise.reject(new Error('not used')),
  download: () => Promise.reject(new Error('not used')),
};
const handler = outboxHandler({
  kind: 'test.value',
  most: 3,
  schema: z.object({ entity: z.string(), value: z.string() }),
  async send(_client, _shop, messages) {
    store.calls.push(messages.map(({ payload }) => payload.value));
    return messages.map(({ id, payload }): SendResult => {
      const answer = store.answer(payload.value);
      if (answer === 'throw') throw new Error('the store is down');
      if (answer === 'refuse') return { id, kind: 'refused', error: 'Owner does not exist.' };
      store.values.set(payload.entity, payload.value);
      return { id, kind: 'sent' };
    });
  },
});
const write = (entity: string, value: string, key = `${entity}/${value}`): Promise<void> =>
  scope.db.forShop(scope.shop.id, (tx) =>
    enqueueOutbox(tx, scope.shop.id, [{ kind: 'test.value', entity, idempotencyKey: key, payload: { entity, value } }]),
  );
const send = (db: Db = platform.db) => sendOutbox({ ...platform, db }, { client, handlers: [handler] }, scope.shop);
const statuses = async (): Promise<string[]> => {
  const rows = await database.db.prisma.outboxMessage.findMany({ where: { shopId: scope.shop.id }, orderBy: { id: 'asc' } });
  return rows.map((row) => `${row.idempotencyKey} ${row.status}`);
};
/** Some minutes on, so that what waits for another try is due. */
const later = (minutes: number): void => platform.clock.set(new Date(platform.clock.now().getTime() + minutes * 60_000));

describe('the outbox', () => {
  it('puts as many messages into a call as fit, and keeps the order of each entity', async () => {
    for (const value of ['1', '2', '3']) for (const entity of ['a', 'b', 'c', 'd']) await write(entity, `${entity}${value}`);
    expect(await send()).toEqual({ sent: 12, failed: 0 });
    expect(store.calls.map((call) => call.length)).toEqual([3, 1, 3, 1, 3, 1]);
    expect(store.calls.flat().filter((value) => value.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(Object.fromEntries(store.values)).toEqual({ a: 'a3', b: 'b3', c: 'c3', d: 'd3' });
  });

  it('keeps the order of an entity also across kinds of messages', async () => {
    const other: OutboxHandler = { ...handler, kind: 'test.other' };
    const names = ['test.value', 'test.other', 'test.value', 'test.other'];
    for (const [index, kind] of names.entries()) {
      await scope.db.forShop(scope.shop.id, (tx) =>
        enqueueOutbox(tx, scope.shop.id, [
          { kind, entity: 'a', idempotencyKey: `a/${index}`, payload: { entity: 'a', value: `${kind} ${index}` } },
        ]),
      );
    }
    expect(await sendOutbox(platform, { client, handlers: [other, handler] }, scope.shop)).toEqual({ sent: 4, failed: 0 });
    expect(store.calls).toEqual(names.map((kind, index) => [`${kind} ${index}`]));
  });

  it('sends the newest alone where the newest says all', async () => {
    for (const value of ['1', '2', '3']) for (const entity of ['a', 'b']) await write(entity, `${entity}${value}`);
    const replacing: OutboxHandler = { ...handler, lastWins: true };
    expect(await sendOutbox(platform, { client, handlers: [replacing] }, scope.shop)).toEqual({ sent: 2, failed: 0 });
    expect(store.calls).toEqual([['a3', 'b3']]);
    expect((await statuses()).filter((status) => status.endsWith('superseded'))).toHaveLength(4);
  });

  it('knows a message by its key: written twice, sent once', async () => {
    await write('a', 'a1', 'tier-change/1');
    await write('a', 'a1', 'tier-change/1');
    expect(await send()).toEqual({ sent: 1, failed: 0 });
    expect(await send()).toEqual({ sent: 0, failed: 0 });
  });

  it('is lost with the change that fails, and not sent without it', async () => {
    const failing = scope.db.forShop(scope.shop.id, async (tx) => {
      await enqueueOutbox(tx, scope.shop.id, [
        { kind: 'test.value', entity: 'a', idempotencyKey: 'a/1', payload: { entity: 'a', value: '1' } },
      ]);
      throw new Error('after all not');
    });
    await expect(failing).rejects.toThrow('after all not');
    expect(await send()).toEqual({ sent: 0, failed: 0 });
  });

  it('killed between the call and its note, sends the same again and nothing newer before it', async () => {
    await write('a', 'a1');
    await write('a', 'a2');
    let transactions = 0;
    const dying: Db = {
      ...platform.db,
      forShop: (shopId, work, options) => {
        // The claim lands; the note of what was sent does not, nor does the one that it failed.
        if ((transactions += 1) > 1) return Promise.reject(new Error('killed'));
        return platform.db.forShop(shopId, work, options);
      },
    };
    await expect(send(dying)).rejects.toThrow('killed');
    expect(store.calls).toEqual([['a1']]);
    expect(await send()).toEqual({ sent: 0, failed: 0 });
    later(3);
    expect(await send()).toEqual({ sent: 2, failed: 0 });
    expect(store.calls).toEqual([['a1'], ['a1'], ['a2']]);
    expect(store.values.get('a')).toBe('a2');
  });

  it('waits longer after each failure, gives up after eight, and holds back what is newer meanwhile', async () => {
    await write('a', 'a1');
    await write('a', 'a2');
    store.answer = (value) => (value === 'a1' ? 'throw' : 'ok');
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      expect(await send()).toEqual(tries < 7 ? { sent: 0, failed: 1 } : { sent: 1, failed: 1 });
      const row = await database.db.prisma.outboxMessage.findFirstOrThrow({ where: { shopId: scope.shop.id, idempotencyKey: 'a/a1' } });
      waits.push((row.nextAttemptAt.getTime() - platform.clock.now().getTime()) / 1_000);
      later(20);
    }
    expect(waits.slice(0, 7)).toEqual([15, 60, 135, 240, 375, 540, 735]);
    expect(await statuses()).toEqual(['a/a1 dead', 'a/a2 sent']);
    expect(await listDeadOutbox(scope)).toMatchObject([{ kind: 'test.value', entity: 'a', error: 'Error: the store is down' }]);
  });

  it('does not bring an old value back when a dead message is tried again after a newer one was sent', async () => {
    await write('a', 'a1');
    await write('b', 'b1');
    store.answer = (value) => (value === 'a1' || value === 'b1' ? 'refuse' : 'ok');
    await send();
    await write('a', 'a2');
    await send();
    expect(await statuses()).toEqual(['a/a1 dead', 'b/b1 dead', 'a/a2 sent']);
    store.answer = () => 'ok';
    expect(await retryDeadOutbox(scope, 'all')).toBe(1);
    expect(platform.queue.jobs).toMatchObject([{ name: 'shopify.send-outbox' }]);
    expect(await send()).toEqual({ sent: 1, failed: 0 });
    expect(await statuses()).toEqual(['a/a1 superseded', 'b/b1 sent', 'a/a2 sent']);
    expect(Object.fromEntries(store.values)).toEqual({ a: 'a2', b: 'b1' });
    expect(await listDeadOutbox(scope)).toEqual([]);
  });

  it('gives up at once what no sender understands', async () => {
    await scope.db.forShop(scope.shop.id, (tx) =>
      enqueueOutbox(tx, scope.shop.id, [
        { kind: 'test.value', entity: 'a', idempotencyKey: 'wrong-shape', payload: { value: 5 } },
        { kind: 'test.nobody', entity: 'b', idempotencyKey: 'no-sender', payload: {} },
      ]),
    );
    expect(await send()).toEqual({ sent: 0, failed: 2 });
    expect((await listDeadOutbox(scope)).map(({ error }) => error ?? '').toSorted((a, b) => a.localeCompare(b))).toEqual([
      'nobody sends messages of kind test.nobody',
      'payload does not fit its schema',
    ]);
    expect(store.calls).toEqual([]);
  });

  it('sends each message once when two workers are at it', async () => {
    for (let index = 0; index < 40; index += 1) await write(`e${index}`, `v${index}`);
    const sent = (await Promise.all([send(), send(), send()])).reduce((sum, result) => sum + result.sent, 0);
    expect([sent, store.calls.flat().length]).toEqual([40, 40]);
  });
});
