import crypto from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { customerLoyalty } from '../../../contracts/customer-loyalty.ts';
import { webhookCatalogue } from '../../../app/jobs/webhook-catalogue.server.ts';
import { reviewDirty } from '../../../app/loyalty/index.server.ts';
import { keepRetention } from '../../../app/privacy/keep-retention.server.ts';
import { emptyColumns } from '../../../app/privacy/person.store.server.ts';
import { drainInbox } from '../../../app/record/index.server.ts';
import { shopByDomain } from '../../../app/shopify/index.server.ts';
import { testPlatform } from '../../support/platform.ts';
import { CUSTOMER, FORGE, flowBody, OTHER_SHOP, pixelBody, send, serveDoors, SHOP, type DoorsUnderTest } from '../../support/doors.ts';

let doors: DoorsUnderTest;
beforeAll(async () => {
  doors = await serveDoors({ limits: { addressMinute: 60, shopMinute: 200 }, env: { TRUST_PROXY: '1' } });
});
afterAll(() => doors.close());

const shopId = async (domain: string): Promise<number> => (await shopByDomain({ db: doors.database.db }, domain))?.id ?? 0;
const pixelRows = () => doors.database.db.prisma.pixelEvent.count();

describe.each(['app-proxy', 'customer-account'] as const)('%s: the customer’s own tier', (door) => {
  const who = (id: string | null, shop = SHOP) =>
    door === 'app-proxy'
      ? { params: { logged_in_customer_id: id ?? '', shop } }
      : { claims: { sub: id === null ? undefined : `gid://shopify/Customer/${id}`, dest: shop } };
  const ask = async (id: string | null, shop?: string): Promise<unknown> => {
    const reply = await send(doors.port, FORGE[door](who(id, shop)));
    expect([reply.status, reply.headers['cache-control'], reply.headers['content-type']]).toEqual([200, 'no-store', 'application/json']);
    return (JSON.parse(reply.text) as { loyalty: unknown }).loyalty;
  };

  it('is told with its spend and what is missing to the next', async () => {
    const loyalty = await ask(String(CUSTOMER));
    expect(customerLoyalty.parse(loyalty)).toEqual({
      version: 1,
      tier: 'Bronze',
      since: null,
      spend: '30000',
      currency: 'GBP',
      next: { tier: 'Gold', missing: '70000' },
      basis: 'spend',
      value: '30000',
      perks: { discountPercent: 0, freeShipping: false, pointsTimes: 100, earlyAccess: false },
    });
  });

  it('is each shop’s own', async () => {
    expect(await ask(String(CUSTOMER), OTHER_SHOP)).toMatchObject({ tier: 'Gold', spend: '200000', next: null });
  });

  it('of a guest is nothing, and of somebody unknown no tier', async () => {
    expect(await ask(null)).toBeNull();
    expect(await ask('99')).toMatchObject({ tier: null, spend: '0' });
  });

  it('is told again when asked again, and asking writes nothing', async () => {
    const before = await doors.rows();
    const wire = FORGE[door](who(String(CUSTOMER)));
    const replies = [await send(doors.port, wire), await send(doors.port, wire)];
    expect(replies.map((reply) => reply.text)).toEqual([replies[0]?.text, replies[0]?.text]);
    expect(await doors.rows()).toBe(before);
  });
});

describe('pages of other origins', () => {
  it.each(['customer-account', 'pixel'] as const)('%s may be called from anywhere, without credentials', async (door) => {
    const origin = { origin: 'https://extensions.shopifycdn.com' };
    const asked = await send(doors.port, { ...FORGE[door]({ method: 'OPTIONS', headers: origin }), body: null });
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'Authorization, Content-Type',
      'access-control-allow-methods': `${FORGE[door]({}).method}, OPTIONS`,
    });
    const told = await send(doors.port, FORGE[door]({ headers: origin }));
    expect([told.headers['access-control-allow-origin'], told.headers['access-control-allow-credentials']]).toEqual(['*', undefined]);
    // A refusal can be read too, so that the extension learns that it was one.
    const refused = await send(doors.port, FORGE[door]({ headers: { ...origin, authorization: 'Bearer x', 'content-type': 'image/png' } }));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.headers['access-control-allow-origin']).toBe('*');
  });

  it.each(['app-proxy', 'flow', 'webhook'] as const)('%s may not', async (door) => {
    const reply = await send(doors.port, FORGE[door]({ headers: { origin: 'https://evil.example.com' } }));
    expect(reply.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a workflow asks for a tier to be reviewed', () => {
  it('once, however often its run comes, and the tier is reviewed', async () => {
    const { db } = doors.database;
    const id = await shopId(SHOP);
    await db.prisma.inboxEvent.deleteMany({});
    const wire = FORGE.flow({ body: flowBody({ action_run_id: 'run-1' }) });
    const replies = [];
    for (let at = 0; at < 5; at += 1) replies.push(await send(doors.port, wire));
    expect(replies.map(({ status, text }) => [status, text])).toEqual([
      [200, '{"outcome":"taken"}'],
      ...Array.from({ length: 4 }, () => [200, '{"outcome":"repeated"}']),
    ]);
    const rows = await db.prisma.inboxEvent.findMany({ where: { topic: 'flow/review-tier', webhookId: 'run-1' } });
    expect(rows).toMatchObject([{ shopId: id, status: 'pending', body: `{"customer_id":"${CUSTOMER}"}` }]);

    const platform = testPlatform(doors.database, { now: new Date() });
    const shop = await shopByDomain(platform, SHOP);
    if (!shop) throw new Error('no shop');
    await db.prisma.dirtyEntity.deleteMany({});
    expect(await drainInbox(platform, webhookCatalogue(), shop)).toMatchObject({ failed: 0 });
    expect(await db.prisma.dirtyEntity.findMany({ where: { feed: 'loyalty' } })).toMatchObject([{ shopId: id, entityId: CUSTOMER }]);
    await reviewDirty(platform, shop);
    expect(await db.prisma.loyaltyMember.findMany({})).toMatchObject([{ shopId: id, customerId: CUSTOMER, tierId: 1, spend: 30_000n }]);
    expect(await db.prisma.tierChange.count({ where: { shopId: id } })).toBe(1);

    // The same run comes late: it is known, and nothing is reviewed again.
    expect((await send(doors.port, wire)).text).toBe('{"outcome":"repeated"}');
    expect(await drainInbox(platform, webhookCatalogue(), shop)).toMatchObject({ applied: 0, failed: 0 });
  });

  it('at once from many sides, and is taken once', async () => {
    const wire = FORGE.flow({ body: flowBody({ action_run_id: 'run-2' }) });
    const replies = await Promise.all(Array.from({ length: 10 }, () => send(doors.port, wire)));
    expect(replies.filter(({ text }) => text.includes('taken'))).toHaveLength(1);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it.each([
    ['a number', Number(CUSTOMER)],
    ['a text', String(CUSTOMER)],
    ['a gid', `gid://shopify/Customer/${CUSTOMER}`],
  ])('names the customer by %s', async (_name, id) => {
    expect((await send(doors.port, FORGE.flow({ body: flowBody({ properties: { customer_id: id } }) }))).status).toBe(200);
  });
});

describe('what browsers did', () => {
  const post = (body: string, address = '198.51.100.1') => send(doors.port, FORGE.pixel({ body, headers: { 'x-forwarded-for': address } }));

  it('is written once an event and variant, without a word of who', async () => {
    await doors.database.db.prisma.pixelEvent.deleteMany({});
    const at = new Date().toISOString();
    const body = pixelBody({
      id: 'event-0001',
      clientId: 'client-0001',
      at,
      name: 'checkout_started',
      variantIds: ['41', '42', '41'],
      checkoutToken: 'token-00001',
    });
    expect([(await post(body)).status, (await post(body)).status]).toEqual([204, 204]);
    const common = {
      shopId: await shopId(SHOP),
      eventId: 'event-0001',
      clientId: 'client-0001',
      name: 'checkout_started',
      checkoutToken: 'token-00001',
      at: new Date(at),
    };
    expect(await doors.database.db.prisma.pixelEvent.findMany({ orderBy: { variantId: 'asc' } })).toEqual([
      { ...common, variantId: 41n },
      { ...common, variantId: 42n },
    ]);
  });

  it('comes as a beacon sends it, or as JSON', async () => {
    for (const type of ['text/plain;charset=UTF-8', 'text/plain', 'application/json', 'application/json; charset=utf-8'])
      expect((await send(doors.port, FORGE.pixel({ headers: { 'content-type': type, 'x-forwarded-for': '198.51.100.2' } }))).status).toBe(
        204,
      );
  });

  it('is kept as long as checkouts are, and goes with the person whose checkout it was', async () => {
    const platform = testPlatform(doors.database, { now: new Date() });
    const shop = await shopByDomain(platform, SHOP);
    if (!shop) throw new Error('no shop');
    const { prisma } = doors.database.db;
    await prisma.pixelEvent.deleteMany({});
    const days = (count: number): Date => new Date(Date.now() - count * 86_400_000);
    const event = (eventId: string, clientId: string, at: Date, checkoutToken: string | null = null) => ({
      shopId: shop.id,
      eventId,
      variantId: 41n,
      name: 'product_viewed',
      clientId,
      at,
      checkoutToken,
    });
    await prisma.pixelEvent.createMany({
      data: [
        event('old', 'a', days(200)),
        event('viewed', 'hers', days(3)),
        event('bought', 'hers', days(2), 'token-hers'),
        event('his', 'his', days(2), 'token-his'),
      ],
    });
    const checkout = { shopId: shop.id, createdAt: days(2), updatedAt: days(2), currency: 'GBP', total: 1n, units: 1, lines: [] };
    await prisma.checkout.createMany({
      data: [
        { ...checkout, token: 'token-hers', customerId: CUSTOMER },
        { ...checkout, token: 'token-his', customerId: 8n },
      ],
    });
    expect(await keepRetention(platform, shop)).toMatchObject({ pixelEvents: 1 });
    const counts = await doors.database.db.forShop(shop.id, (tx) => emptyColumns(tx, shop.id, { customerIds: [CUSTOMER], orderIds: [] }));
    expect(counts).toMatchObject({ pixel_events: 2, checkouts: 1 });
    expect(await prisma.pixelEvent.findMany({ select: { eventId: true } })).toEqual([{ eventId: 'his' }]);
  });

  it('past its measure is refused: by address, with IPv6 counted by its first half, and by shop', async () => {
    // The limits count by the minute of the clock; in this test no minute turns.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const statuses = async (count: number, address: (at: number) => string, events = 1) => {
      const all: number[] = [];
      for (let at = 0; at < count; at += 1) {
        const list = Array.from({ length: events }, () => (JSON.parse(pixelBody()) as { events: unknown[] }).events[0]);
        all.push((await post(pixelBody({}, { events: list }), address(at))).status);
      }
      return all;
    };
    // What a client writes into the header itself is not believed: the front's word stands last.
    const one = await statuses(70, (at) => `192.0.2.${at}, 203.0.113.7`);
    expect(one.filter((status) => status === 429).length).toBeGreaterThanOrEqual(10);
    const before = await pixelRows();
    const six = await statuses(70, (at) => `2001:db8:1:2:${at}::1`);
    expect(six.filter((status) => status === 429).length).toBeGreaterThanOrEqual(10);
    // 200 events a minute of the shop, from as many addresses as one likes.
    const many = await statuses(30, (at) => `198.51.${at}.9`, 20);
    expect(many.filter((status) => status === 429).length).toBeGreaterThanOrEqual(10);
    expect((await pixelRows()) - before).toBeLessThanOrEqual(400);
    const other = await post(pixelBody({ id: crypto.randomUUID() }, { shop: OTHER_SHOP }), '198.51.100.77');
    expect(other.status).toBe(204);
  });
});

it('each outcome is counted by door', async () => {
  const text = await (await fetch(`${doors.url}/metrics`)).text();
  for (const sample of [
    'door="pixel",outcome="too-many"',
    'door="flow",outcome="repeated"',
    'door="app-proxy",outcome="guest"',
    'door="pixel",outcome="preflight"',
  ])
    expect(text).toContain(`storebook_doors_total{${sample}}`);
});
