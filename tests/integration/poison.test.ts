import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { drainInbox, listFailedEvents, replayFailedEvents, topicCatalogue } from '../../app/record/index.server.ts';
import { recordWebhooks } from '../../app/record/webhooks.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

const catalogue = topicCatalogue(recordWebhooks);
let database: TestDatabase;
let platform: TestPlatform;
let poisoned: ShopScope;
let other: ShopScope;

beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database);
  poisoned = await testShop(platform, { domain: 'poisoned.myshopify.com' });
  other = await testShop(platform, { domain: 'other.myshopify.com' });
});
afterAll(() => database.close());

/** An order that fits its schema; an amount past the database's numbers fails each time that it is written. */
const order = (id: number, price: string): string =>
  JSON.stringify({
    id,
    name: `#${id}`,
    email: 'ada@example.com',
    currency: 'GBP',
    created_at: '2026-11-20T10:00:00Z',
    updated_at: '2026-11-20T10:00:00Z',
    total_price: price,
    line_items: [{ id: id * 10, title: 'Mug', quantity: 1, price }],
  });
async function receive({ shop }: ShopScope, bodies: string[]): Promise<void> {
  await database.db.prisma.inboxEvent.createMany({
    data: bodies.map((body, index) => ({ shopId: shop.id, topic: 'orders/create', webhookId: `w${index}`, body })),
  });
}
const drain = ({ shop }: ShopScope) => drainInbox(platform, catalogue, shop);
const orders = async ({ shop }: ShopScope): Promise<string[]> =>
  (await database.db.prisma.order.findMany({ where: { shopId: shop.id }, orderBy: { id: 'asc' } })).map(({ name }) => name);

it('a payload that always fails stops neither its shop nor another, and is parked with its reason after its tries', async () => {
  const poison = order(2, '99999999999999999999.00');
  await receive(poisoned, [order(1, '5.00'), poison, order(3, '7.00')]);
  await receive(other, [order(1, '5.00')]);

  expect(await drain(poisoned)).toMatchObject({ applied: 2, failed: 1 });
  expect(await drain(other)).toMatchObject({ applied: 1, failed: 0 });
  expect([await orders(poisoned), await orders(other)]).toEqual([['#1', '#3'], ['#1']]);

  // Its tries: after 1, 4, 9 and 16 minutes; what comes meanwhile goes past it.
  const waits: number[] = [];
  for (let tries = 1; tries < 5; tries += 1) {
    const { nextAttemptAt } = await database.db.prisma.inboxEvent.findFirstOrThrow({
      where: { shopId: poisoned.shop.id, status: 'pending' },
    });
    waits.push(((nextAttemptAt?.getTime() ?? 0) - platform.clock.now().getTime()) / 60_000);
    expect(await drain(poisoned)).toMatchObject({ applied: 0, failed: 0 });
    platform.clock.set(nextAttemptAt ?? platform.clock.now());
    expect(await drain(poisoned)).toMatchObject({ applied: 0, failed: 1 });
  }
  expect(waits).toEqual([1, 4, 9, 16]);
  const [parked, ...more] = await listFailedEvents(poisoned);
  expect([parked?.attempts, more]).toEqual([5, []]);
  expect(parked?.error).toBeTruthy();
  expect(parked?.error).not.toContain('ada@');

  // After a fix it is applied, and nothing was lost.
  await database.db.prisma.inboxEvent.updateMany({
    where: { shopId: poisoned.shop.id, status: 'failed' },
    data: { body: order(2, '6.00') },
  });
  expect(await replayFailedEvents(poisoned, 'all')).toBe(1);
  expect(await drain(poisoned)).toMatchObject({ applied: 1, failed: 0 });
  expect(await orders(poisoned)).toEqual(['#1', '#2', '#3']);
});
