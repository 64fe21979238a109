import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyOrderEvents, applyOrders, rebuildRollups, takeDirty, verifyRecord } from '../../app/record/index.server.ts';
import { applyPrepared, prepareNewOrders } from '../../app/record/apply-orders.server.ts';
import type { OrderFacts } from '../../app/record/facts.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { eventsOf, orderLife, orderOf, refundOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestScope } from '../support/platform.ts';
import { recordSnapshot as snapshot } from '../support/record-snapshot.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let shops = 0;
const newShop = (): Promise<TestScope> => testShop(testPlatform(database), { domain: `shop-${(shops += 1)}.myshopify.com` });

describe('the projection', () => {
  it('gives the same record for any order, any number of deliveries and any batching, and verify agrees', async () => {
    const store = fc.tuple(...[1n, 2n, 3n].map((id) => orderLife(id))).chain((lives) => {
      const events = lives.flatMap(eventsOf);
      return fc.record({
        inOrder: fc.constant(events),
        shuffled: fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2, maxLength: events.length * 2 }),
        batch: fc.integer({ min: 1, max: 9 }),
        // Whether a batch was made ready as if nothing were held of its orders, which then may be so or not.
        ahead: fc.infiniteStream(fc.boolean()),
      });
    });
    await fc.assert(
      fc.asyncProperty(store, async ({ inOrder, shuffled, batch, ahead }) => {
        const [plain, chaotic] = [await newShop(), await newShop()];
        await plain.db.forShop(plain.shop.id, (tx) => applyOrderEvents(tx, plain.shop, inOrder));
        for (let at = 0; at < shuffled.length; at += batch) {
          const events = shuffled.slice(at, at + batch);
          const prepared = ahead.next().value ? prepareNewOrders(chaotic.shop, events) : { events, asNew: null };
          await chaotic.db.forShop(chaotic.shop.id, (tx) => applyPrepared(tx, chaotic.shop, prepared));
        }
        expect(await snapshot(chaotic)).toEqual(await snapshot(plain));
        expect(await verifyRecord(chaotic, chaotic.shop)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('lands whole or not at all', async () => {
    const scope = await newShop();
    const attempt = scope.db.forShop(scope.shop.id, async (tx) => {
      await applyOrders(tx, scope.shop, [orderOf()]);
      throw new Error('the process dies here');
    });
    await expect(attempt).rejects.toThrow('dies');
    expect(await scope.db.prisma.order.count({ where: { shopId: scope.shop.id } })).toBe(0);
    expect(await scope.db.prisma.dayChannelRollup.count({ where: { shopId: scope.shop.id } })).toBe(0);
  });

  it('lets a webhook win over an older export, and an export over an older webhook', async () => {
    const scope = await newShop();
    const at = (time: string, tags: string[]) => orderOf({ updatedAt: new Date(time), tags });
    await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [at('2026-03-11T00:00:00Z', ['webhook'])]));
    const older = await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [at('2026-03-10T12:00:00Z', ['old export'])]));
    const newer = await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [at('2026-03-12T00:00:00Z', ['new export'])]));
    expect([older, newer]).toEqual([
      { applied: 0, stale: 1 },
      { applied: 1, stale: 0 },
    ]);
    expect((await scope.db.prisma.order.findFirstOrThrow({ where: { shopId: scope.shop.id } })).tags).toEqual(['new export']);
  });

  it('moves the sums when an order gets another customer', async () => {
    const scope = await newShop();
    const apply = (order: OrderFacts) => scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [order]));
    await apply(orderOf({ customerId: 50n }));
    await apply(orderOf({ customerId: 51n, updatedAt: new Date('2026-03-11T00:00:00Z') }));
    const rows = await scope.db.prisma.customerRollup.findMany({ where: { shopId: scope.shop.id }, orderBy: { customerId: 'asc' } });
    expect(rows.map((row) => [row.customerId, row.orders, row.net, row.lastOrderAt?.toISOString() ?? null])).toEqual([
      [50n, 0, 0n, null],
      [51n, 1, 1_900n, '2026-03-10T12:00:00.000Z'],
    ]);
  });

  it('tells each reader what changed, once, and again when the reader fails', async () => {
    const scope = await newShop();
    const take = (feed: 'loyalty' | 'forecast' | 'campaigns') =>
      scope.db.forShop(scope.shop.id, (tx) => takeDirty(tx, scope.shop.id, { feed, limit: 10 }));
    const use = { position: 0, code: 'TEA-1', kind: 'code' as const, title: null, valueType: null, value: null, amount: 100n };
    await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [orderOf({ discountUses: [use] })]));
    await expect(
      scope.db.forShop(scope.shop.id, async (tx) => {
        expect(await takeDirty(tx, scope.shop.id, { feed: 'loyalty', limit: 10 })).toEqual([50n]);
        throw new Error('the reader fails');
      }),
    ).rejects.toThrow('reader');
    expect([await take('loyalty'), await take('forecast'), await take('campaigns')]).toEqual([[50n], [1000n], [1n]]);
    expect(await take('loyalty')).toEqual([]);
  });

  it('leaves a mark to its reader until the change that made it again has landed', async () => {
    const scope = await newShop();
    const take = () => scope.db.forShop(scope.shop.id, (tx) => takeDirty(tx, scope.shop.id, { feed: 'loyalty', limit: 10 }));
    await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [orderOf()]));
    await scope.db.forShop(scope.shop.id, async (tx) => {
      await applyOrders(tx, scope.shop, [orderOf({ id: 2n })]);
      // Taken now, the customer would be looked at without the second order, and nobody would look again.
      expect(await take()).toEqual([]);
    });
    expect(await take()).toEqual([50n]);
  });
});

describe('verify and rebuild', () => {
  it('find a row that was changed, one that is missing and one too many, and mend them', async () => {
    const scope = await newShop();
    const where = { shopId: scope.shop.id };
    await scope.db.forShop(scope.shop.id, (tx) =>
      applyOrders(tx, scope.shop, [orderOf({ refunds: [refundOf()] }), orderOf({ id: 2n, customerId: 60n })]),
    );
    expect(await verifyRecord(scope, scope.shop)).toEqual([]);
    const good = await snapshot(scope);
    await scope.db.prisma.customerRollup.updateMany({ where: { ...where, customerId: 50n }, data: { net: 5n } });
    await scope.db.prisma.dayProductRollup.deleteMany({ where });
    await scope.db.prisma.dayChannelRollup.create({ data: { ...where, day: new Date('2020-01-01'), channel: 'ghost', orders: 1 } });
    const found = await verifyRecord(scope, scope.shop);
    expect([...new Set(found.map((row) => row.table))].toSorted()).toEqual([
      'customer_rollups',
      'day_channel_rollups',
      'day_product_rollups',
    ]);
    // Each row by its key, on whichever side it stands.
    const keys = (table: string) =>
      found.filter((row) => row.table === table).map(({ key, live, rebuilt }) => [key, live === null, rebuilt === null]);
    expect(keys('day_channel_rollups')).toEqual([[{ day: '2020-01-01', channel: 'ghost' }, false, true]]);
    expect(keys('day_product_rollups')).toContainEqual([{ product_id: '100', day: '2026-03-10' }, true, false]);
    await rebuildRollups(scope, scope.shop);
    expect(await verifyRecord(scope, scope.shop)).toEqual([]);
    expect(await snapshot(scope)).toEqual(good);
  });

  it('find a day or a sum in the row of an order or a refund that is not what the order says, and mend it', async () => {
    const scope = await newShop();
    const where = { shopId: scope.shop.id };
    await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [orderOf({ refunds: [refundOf()] }), orderOf({ id: 2n })]));
    const good = await snapshot(scope);
    await scope.db.prisma.order.updateMany({ where: { ...where, id: 2n }, data: { net: 5n } });
    await scope.db.prisma.refund.updateMany({ where, data: { day: new Date('2026-03-13') } });
    const found = await verifyRecord(scope, scope.shop);
    expect(found.map(({ table, key }) => [table, key])).toEqual([
      ['orders', { id: '2' }],
      ['refunds', { id: '900', order_id: '1' }],
    ]);
    expect(found[0]).toMatchObject({ live: { net: '5', day: '2026-03-10' }, rebuilt: { net: '1900', day: '2026-03-10' } });
    await rebuildRollups(scope, scope.shop);
    expect(await verifyRecord(scope, scope.shop)).toEqual([]);
    expect(await snapshot(scope)).toEqual(good);
  });
});
