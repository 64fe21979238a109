import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drainInbox, topicCatalogue, webhookDoor, type DoorOutcome } from '../../app/record/index.server.ts';
import { recordWebhooks } from '../../app/record/webhooks.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestScope } from '../support/platform.ts';
import { serveDoor } from '../support/signed-webhook.ts';

const SAMPLES = path.resolve('tests/fixtures/webhook-samples');
const sample = (name: string) => fs.readFileSync(path.join(SAMPLES, name));

/** Each sample that has a home in the record, with its topic. */
const TOPICS: Record<string, string> = {
  'orders-create.2020-04.json': 'orders/create',
  'orders-paid.2024-10.json': 'orders/paid',
  'orders-edited.json': 'orders/edited',
  'refunds-create.json': 'refunds/create',
  'order_transactions-create.json': 'order_transactions/create',
  'fulfillments-create.json': 'fulfillments/create',
  'customers-update.2020-04.json': 'customers/update',
  'products-update.2020-04.json': 'products/update',
  'collections-update.json': 'collections/update',
  'inventory_items-update.json': 'inventory_items/update',
  'inventory_levels-update.json': 'inventory_levels/update',
  'locations-update.json': 'locations/update',
  'checkouts-update.json': 'checkouts/update',
};
/**
 * Topics that the record does not subscribe to, since it keeps nothing that they tell: carts and drafts are no orders
 * yet, a tender repeats its order transaction, a tracking event repeats its fulfilment. `shop/update` belongs to the shopify room.
 */
const NOT_SUBSCRIBED: Record<string, string> = {
  'carts-update.json': 'carts/update',
  'draft_orders-update.json': 'draft_orders/update',
  'fulfillment_events-create.json': 'fulfillment_events/create',
  'tender_transactions-create.json': 'tender_transactions/create',
};
const OF_OTHER_ROOMS = new Set(['shop-update.json']);

let database: TestDatabase;
let scope: TestScope;
let door: Awaited<ReturnType<typeof serveDoor>>;
const outcomes: DoorOutcome[] = [];
const send = (topic: string, body: string | Buffer, extra: object = {}) =>
  door.send({ topic, body, shop: scope.shop.domain, secret: scope.env.SHOPIFY_API_SECRET, ...extra });
const drain = () => drainInbox(scope, topicCatalogue(recordWebhooks), scope.shop);
const inboxRows = () => scope.db.prisma.inboxEvent.count({ where: { shopId: scope.shop.id } });

beforeAll(async () => {
  database = await testDatabase();
  scope = await testShop(testPlatform(database, { env: { SHOPIFY_API_SECRET_OLD: 'the-secret-before-the-rotation' } }), {
    currency: 'USD',
    timezone: 'America/New_York',
  });
  door = await serveDoor(
    webhookDoor(scope, {
      topics: new Set(recordWebhooks.flatMap((handler) => handler.topics)),
      fineUnknown: new Set(['checkouts/delete']),
      wake: async () => undefined,
      count: ({ outcome }) => outcomes.push(outcome),
    }),
  );
});
afterAll(async () => {
  await door.close();
  await database.close();
});

it('every sample is of a topic with a home, or is said to have none', () => {
  const files = fs.readdirSync(SAMPLES).filter((file) => file.endsWith('.json'));
  expect(files.filter((file) => !TOPICS[file] && !NOT_SUBSCRIBED[file] && !OF_OTHER_ROOMS.has(file))).toEqual([]);
});

describe('Shopify’s own samples through the signed door', () => {
  beforeAll(async () => {
    for (const [file, topic] of Object.entries(TOPICS)) expect([file, await send(topic, sample(file))]).toEqual([file, 200]);
    expect(await drain()).toMatchObject({ failed: 0, applied: Object.keys(TOPICS).length });
  });
  const where = () => ({ shopId: scope.shop.id });

  it('keep every digit of the order’s id and every cent', async () => {
    const order = await scope.db.prisma.order.findFirstOrThrow({ where: { ...where(), name: '#9999' } });
    expect(order).toMatchObject({
      id: 820_982_911_946_154_508n,
      currency: 'USD',
      total: 40_300n,
      test: true,
      // The sample is a test order: kept with every cent, counted nowhere.
      gross: 0n,
      net: 0n,
      customerId: 115_310_627_314_723_954n,
    });
  });

  it('keep the lines in their order', async () => {
    const lines = await scope.db.prisma.orderLine.findMany({
      where: { ...where(), orderId: 820_982_911_946_154_508n },
      orderBy: { position: 'asc' },
    });
    // In this sample shop money and presentment money differ; both are kept.
    expect(lines.map((line) => [line.id, line.unitPrice, line.presentmentUnitPrice, line.discount, line.quantity])).toEqual([
      [866_550_311_766_439_020n, 229_900n, 19_900n, 0n, 1],
      [141_249_953_214_522_974n, 19_800n, 19_900n, 500n, 1],
    ]);
  });

  it('keep a foreign order with its tax and its fulfilment', async () => {
    const order = await scope.db.prisma.order.findFirstOrThrow({ where: { ...where(), name: '#1166X01' } });
    expect(order).toMatchObject({
      id: 100_500n,
      total: 214_758n,
      tax: 40_158n,
      gross: 174_600n,
      tags: ['ttag1', 'ttag2'],
      channel: 'shopify_draft_order',
    });
    expect(order.day.toISOString()).toBe('2024-10-08T00:00:00.000Z');
    expect(await scope.db.prisma.fulfilment.findMany({ where: { ...where(), orderId: 100_500n } })).toMatchObject([
      { id: 5_413_320_294_692n, status: 'success', locationId: 73_153_839_000n, trackingCompany: '4PX' },
      { id: 5_413_320_589_604n, trackingCompany: 'AGS' },
    ]);
  });

  it('keep a refund whose order is not known yet', async () => {
    const refund = await scope.db.prisma.refund.findFirstOrThrow({ where: where() });
    expect(refund).toMatchObject({ id: 890_088_186_047_892_319n, orderId: 82_098_291_194n, note: 'Things were damaged' });
    expect(refund.itemsReturned).toBeGreaterThanOrEqual(19_900n);
  });

  it('keep a transaction whose bare id was rounded by its true id', async () => {
    const found = await scope.db.prisma.orderTransaction.findFirstOrThrow({ where: { ...where(), orderId: 8_209_829_119n } });
    expect(found).toMatchObject({ id: 120_560_818_172_775_265n, amount: 40_300n, kind: 'authorization', status: 'success' });
  });

  it('keep customer, product, item, level, place and checkout', async () => {
    const { prisma } = scope.db;
    expect(await prisma.customer.findFirstOrThrow({ where: where() })).toMatchObject({
      id: 706_405_506_930_370_084n,
      emailConsent: 'subscribed',
    });
    expect(await prisma.product.findFirstOrThrow({ where: where() })).toMatchObject({
      id: 788_032_119_674_292_922n,
      tags: ['example', 'mens', 't-shirt'],
    });
    expect(
      (await prisma.variant.findMany({ where: where(), orderBy: { id: 'asc' } })).map((variant) => [
        variant.id,
        variant.price,
        variant.compareAtPrice,
      ]),
    ).toEqual([
      [642_667_041_472_713_922n, 1_999n, 2_499n],
      [757_650_484_644_203_962n, 1_999n, 2_499n],
    ]);
    expect(await prisma.inventoryItem.findFirstOrThrow({ where: where() })).toMatchObject({
      id: 271_878_346_596_884_015n,
      tracked: true,
      unitCost: null,
    });
    expect(await prisma.inventoryLevel.findFirstOrThrow({ where: where() })).toMatchObject({
      inventoryItemId: 271_878_346_596_884_015n,
      locationId: 48_752_903n,
      available: null,
    });
    expect(await prisma.location.findFirstOrThrow({ where: where() })).toMatchObject({
      id: 866_550_311_766_439_020n,
      country: 'CA',
      active: true,
    });
    expect(await prisma.checkout.findFirstOrThrow({ where: where() })).toMatchObject({
      token: '123123123',
      currency: 'USD',
      completedAt: null,
    });
  });

  it('keep a collection by its true id, to be read', async () => {
    expect(await scope.db.prisma.collection.findMany({ where: where() })).toMatchObject([
      { id: 408_372_092_144_951_419n, title: 'My New Collection', handle: 'mynewcollection', smart: null, readAt: null },
    ]);
    expect(await scope.db.prisma.dirtyEntity.findMany({ where: { ...where(), feed: 'refetch-collections' } })).toMatchObject([
      { entityId: 408_372_092_144_951_419n },
    ]);
  });

  it('mark the edited order to be asked for', async () => {
    expect(await scope.db.prisma.dirtyEntity.findMany({ where: { ...where(), feed: 'refetch' } })).toMatchObject([
      { entityId: 82_098_291_194_615_449n },
    ]);
  });

  it('change nothing when all of them come again', async () => {
    const read = () => scope.db.prisma.order.findMany({ where: where(), orderBy: { id: 'asc' } });
    const [before, rollups] = [await read(), await scope.db.prisma.dayChannelRollup.findMany({ where: where() })];
    for (const [file, topic] of Object.entries(TOPICS)) expect(await send(topic, sample(file))).toBe(200);
    expect(await drain()).toMatchObject({ failed: 0 });
    expect([await read(), await scope.db.prisma.dayChannelRollup.findMany({ where: where() })]).toEqual([before, rollups]);
  });
});

describe('what the door refuses', () => {
  it.each(Object.entries(NOT_SUBSCRIBED))('%s: the topic %s is not subscribed: 404, nothing written', async (file, topic) => {
    const before = await inboxRows();
    expect(await send(topic, sample(file))).toBe(404);
    expect(await inboxRows()).toBe(before);
  });

  it.each([
    ['a wrong signature', { secret: 'another-secret-altogether' }, 401, 'bad-signature'],
    ['no signature', { headers: { 'x-shopify-hmac-sha256': '' } }, 401, 'bad-signature'],
    ['an unknown shop', { shop: 'stranger.myshopify.com' }, 404, 'unknown-shop'],
    ['no webhook id', { headers: { 'x-shopify-webhook-id': '' } }, 400, 'no-id'],
    ['another method', { method: 'GET' }, 405, 'bad-method'],
  ])('%s', async (...[, extra, status, outcome]) => {
    const before = await inboxRows();
    expect(await send('orders/create', '{"id":1}', extra)).toBe(status);
    expect(await inboxRows()).toBe(before);
    expect(outcomes.at(-1)).toBe(outcome);
  });

  it('answers well, and writes nothing, where there is nothing to do for a shop it does not hold', async () => {
    const before = await inboxRows();
    expect(await send('checkouts/delete', '{"id":1}', { shop: 'stranger.myshopify.com' })).toBe(200);
    expect([await inboxRows(), outcomes.at(-1)]).toEqual([before, 'nothing-held']);
  });

  it.each(['', 'no json', '{"id":', '"text"', '5'])('a body that is no JSON object: %j', async (body) => {
    const before = await inboxRows();
    expect(await send('orders/create', body)).toBe(400);
    expect(await inboxRows()).toBe(before);
  });

  it('a body of 10 MB', async () => {
    const before = await inboxRows();
    const status = await send('orders/create', Buffer.alloc(10_000_000, 32)).catch(() => 413);
    expect(status).toBe(413);
    expect(await inboxRows()).toBe(before);
  });

  it('takes the old secret during a rotation', async () => {
    expect(await send('locations/update', sample('locations-update.json'), { secret: 'the-secret-before-the-rotation' })).toBe(200);
  });

  it('writes a delivery once, however often it is sent', async () => {
    const before = await inboxRows();
    const id = 'the-same-webhook';
    await Promise.all(Array.from({ length: 20 }, () => send('locations/update', sample('locations-update.json'), { id })));
    expect(await inboxRows()).toBe(before + 1);
    await drain();
  });

  it('parks a payload that does not fit its schema, says why without quoting it, and applies it after a fix', async () => {
    expect(await send('orders/create', '{"id":5,"email":"ada@example.com","line_items":"none"}')).toBe(200);
    expect(await drain()).toMatchObject({ failed: 1 });
    const parked = await scope.db.prisma.inboxEvent.findFirstOrThrow({ where: { shopId: scope.shop.id, status: 'failed' } });
    expect(parked.error).toMatch(/currency|line_items/);
    expect(parked.error).not.toContain('ada@');
    expect(parked.body).toContain('ada@');
  });
});
