import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../app/platform/db.server.ts';
import { applyOrders, backfillProgress, runBackfill, startBackfill, personKeys, verifyRecord } from '../../app/record/index.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { openedRow } from '../support/opened.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { orderOf } from '../support/order-facts.ts';
import { sandboxShop, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const noPause = async (): Promise<void> => undefined;

let database: TestDatabase;
let shop: SandboxShop;
const others: SandboxShop[] = [];

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: NOW });
});
afterEach(async () => {
  for (const one of [shop, ...others.splice(0)]) await one.close();
});

const TABLES = [
  'customers',
  'products',
  'variants',
  'collections',
  'collection_products',
  'inventory_items',
  'inventory_levels',
  'locations',
  'orders',
  'order_lines',
  'discount_uses',
  'order_transactions',
  'refunds',
  'refund_lines',
  'fulfilments',
  'customer_rollups',
  'day_channel_rollups',
  'day_variant_location_rollups',
  'day_product_rollups',
  'day_new_customers',
  'customer_counts',
];

/** Every row of the shop's record, opened, without the shop's own number. */
async function recordOf({ scope }: SandboxShop): Promise<Record<string, string[]>> {
  const entries = await Promise.all(
    TABLES.map(async (table): Promise<[string, string[]]> => {
      const { rows } = await database.db.pool.query<{ row: string }>(
        `SELECT (to_jsonb(t) - 'shop_id')::text AS row FROM ${table} t WHERE shop_id = $1 ORDER BY 1`,
        [scope.shop.id],
      );
      return [table, rows.map(({ row }) => openedRow(personKeys(scope), row)).toSorted()];
    }),
  );
  return Object.fromEntries(entries);
}
const statuses = async (): Promise<string[]> => (await backfillProgress(shop.scope)).map((step) => `${step.kind} ${step.status}`);
const DONE = ['locations done', 'products done', 'collections done', 'inventory done', 'customers done', 'orders done'];

type Tools = { client?: AdminClient; db?: Db };
const run = (tools: Tools = {}) =>
  runBackfill(
    { ...shop.platform, db: tools.db ?? shop.platform.db },
    { client: tools.client ?? shop.scope.admin, pause: noPause },
    shop.scope.shop,
  );
/** Runs again and again, as the job engine does, until it ends; @returns how often it was cut short. */
async function untilDone(next: () => Tools): Promise<number> {
  for (let cuts = 0; cuts < 200; cuts += 1) {
    const ended = await run(next()).then(
      () => true,
      () => false,
    );
    if (ended) return cuts;
  }
  throw new Error('the import never ended');
}

/** The record as an import without any trouble leaves it. */
async function untroubled(): Promise<Record<string, string[]>> {
  await startBackfill(shop.scope, { anew: false });
  await run();
  const record = await recordOf(shop);
  others.push(shop);
  shop = await sandboxShop(database, { now: NOW });
  await startBackfill(shop.scope, { anew: false });
  return record;
}

describe('the first import', () => {
  it('brings everything, says how far it is, and leaves rollups that verify', async () => {
    await startBackfill(shop.scope, { anew: false });
    expect(await statuses()).toEqual(DONE.map((step) => step.replace('done', 'waiting')));
    expect(await run()).toEqual({ kind: 'done' });
    expect(await statuses()).toEqual(DONE);
    const record = await recordOf(shop);
    const { store } = shop.sandbox.shop(shop.scope.shop.domain);
    expect([record['orders']?.length, record['customers']?.length, record['variants']?.length]).toEqual([
      store.orderEntries().length,
      store.customers.size,
      store.variants.size,
    ]);
    for (const step of await backfillProgress(shop.scope)) expect([step.kind, step.lines]).toEqual([step.kind, step.total]);
    expect(await verifyRecord(shop.platform, shop.scope.shop)).toEqual([]);
    const { rows } = await database.db.pool.query<{ same: boolean }>(
      `SELECT (SELECT array_agg(entity_id ORDER BY entity_id) FROM dirty_entities WHERE shop_id = $1 AND feed = 'loyalty')
           = (SELECT array_agg(DISTINCT customer_id ORDER BY customer_id) FROM orders WHERE shop_id = $1 AND customer_id IS NOT NULL)
         AND (SELECT array_agg(entity_id ORDER BY entity_id) FROM dirty_entities WHERE shop_id = $1 AND feed = 'forecast')
           @> (SELECT array_agg(DISTINCT variant_id ORDER BY variant_id) FROM order_lines WHERE shop_id = $1 AND variant_id IS NOT NULL) AS same`,
      [shop.scope.shop.id],
    );
    // Loyalty and forecasts are told of everybody and everything, now that the history is in.
    expect(rows[0]?.same).toBe(true);
  });

  it('may be asked for twice: nothing is doubled', async () => {
    const once = await untroubled();
    await run();
    await startBackfill(shop.scope, { anew: true });
    await run();
    expect(await recordOf(shop)).toEqual(once);
  });

  it('killed in every transaction, it goes on and ends with the same rows', async () => {
    const expected = await untroubled();
    let runs = 0;
    const cuts = await untilDone(() => {
      // After one transaction, after two … after six, and again.
      let left = (runs++ % 6) + 1;
      const { db } = shop.platform;
      return {
        db: {
          ...db,
          forShop: (shopId, work, options) =>
            db.forShop(
              shopId,
              async (tx) => {
                const result = await work(tx);
                // After the work and before the commit: the worst moment.
                if ((left -= 1) < 0) throw new Error('killed');
                return result;
              },
              options,
            ),
        },
      };
    });
    expect(cuts).toBeGreaterThan(10);
    expect(await recordOf(shop)).toEqual(expected);
    expect(await verifyRecord(shop.platform, shop.scope.shop)).toEqual([]);
  });

  it('killed at every call to the store, it goes on', async () => {
    const expected = await untroubled();
    let runs = 0;
    const cuts = await untilDone(() => {
      let left = runs++ % 3;
      const client = shop.scope.admin;
      return {
        client: {
          ...client,
          async run(...args) {
            const answer = await client.run(...args);
            // The store has done it, and nobody heard of it.
            if ((left -= 1) < 0) throw new Error('killed');
            return answer;
          },
        },
      };
    });
    expect(cuts).toBeGreaterThan(5);
    expect(await recordOf(shop)).toEqual(expected);
  });

  it('asks again for a file that ends too early or does not come', async () => {
    const expected = await untroubled();
    const client = shop.scope.admin;
    let downloads = 0;
    const cuts = await untilDone(() => ({
      client: {
        ...client,
        async download(url) {
          const whole = await client.download(url);
          downloads += 1;
          if (downloads % 3 === 0) return whole;
          if (downloads % 3 === 1) return new Response('gone', { status: 403 });
          const bytes = new Uint8Array(await whole.arrayBuffer());
          return new Response(bytes.slice(0, Math.floor(bytes.length * 0.6)));
        },
      },
    }));
    expect(cuts).toBeGreaterThanOrEqual(5);
    expect(await recordOf(shop)).toEqual(expected);
  });

  it('asks for another export where the address of the first has expired for good, also in the middle', async () => {
    const expected = await untroubled();
    const client = shop.scope.admin;
    const exports = new Set<string>();
    let downloads = 0;
    const cuts = await untilDone(() => ({
      client: {
        ...client,
        async download(url) {
          exports.add(url);
          downloads += 1;
          const whole = await client.download(url);
          if (downloads % 4 === 0) return whole;
          // First some of the file comes, and then its address is dead, however often the operation is asked for it.
          if (downloads % 4 !== 1) return new Response('expired', { status: downloads % 4 === 2 ? 403 : 410 });
          const bytes = new Uint8Array(await whole.arrayBuffer());
          return new Response(bytes.slice(0, Math.floor(bytes.length * 0.7)));
        },
      },
    }));
    expect(cuts).toBeGreaterThanOrEqual(2 * DONE.length);
    expect(exports.size).toBe(2 * DONE.length);
    expect(await recordOf(shop)).toEqual(expected);
  });

  it('goes on where an operation has finished and gives no address any more', async () => {
    const expected = await untroubled();
    const { store } = shop.sandbox.shop(shop.scope.shop.domain);
    const client = shop.scope.admin;
    const forgotten = new Set<string>();
    const cuts = await untilDone(() => ({
      client: {
        ...client,
        async run(...args) {
          // The first finished export of each query loses its file, as after seven days.
          for (const operation of store.operations.values()) {
            if (operation.status !== 'COMPLETED' || forgotten.has(operation.query)) continue;
            forgotten.add(operation.query);
            store.put({ t: 'operation', v: { ...operation, file: null } });
          }
          return client.run(...args);
        },
      },
    }));
    expect([cuts, forgotten.size]).toEqual([DONE.length, DONE.length]);
    expect(await recordOf(shop)).toEqual(expected);
  });

  it('outlives its token: a new one is fetched in the middle', async () => {
    const expected = await untroubled();
    const { store } = shop.sandbox.shop(shop.scope.shop.domain);
    const client = shop.scope.admin;
    let calls = 0;
    const given = store.tokens.size;
    await run({
      client: {
        ...client,
        async run(...args) {
          calls += 1;
          if (calls % 4 === 0) for (const token of store.tokens.values()) store.put({ t: 'token', v: { ...token, expiresAt: 0 } });
          return client.run(...args);
        },
      },
    });
    expect(store.tokens.size - given).toBeGreaterThanOrEqual(2);
    expect(await recordOf(shop)).toEqual(expected);
  });

  it('leaves alone what a webhook has brought meanwhile and newer', async () => {
    await startBackfill(shop.scope, { anew: false });
    const { store } = shop.sandbox.shop(shop.scope.shop.domain);
    const id = BigInt(store.orderEntries()[0]?.id.split('/').at(-1) ?? '0');
    const at = new Date('2026-11-20T11:59:00Z');
    await shop.scope.db.forShop(shop.scope.shop.id, (tx) =>
      applyOrders(tx, shop.scope.shop, [orderOf({ id, name: '#newer', createdAt: at, processedAt: at, updatedAt: at })]),
    );
    await run();
    const order = await database.db.prisma.order.findUnique({ where: { shopId_id: { shopId: shop.scope.shop.id, id } } });
    expect(order?.name).toBe('#newer');
    expect(await verifyRecord(shop.platform, shop.scope.shop)).toEqual([]);
  });

  it('is done by one process at a time', async () => {
    await startBackfill(shop.scope, { anew: false });
    const kinds = (await Promise.all([run(), run()])).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['busy', 'done']);
    expect(await verifyRecord(shop.platform, shop.scope.shop)).toEqual([]);
  });
});
