import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { countRedemptions } from '../../app/campaigns/campaigns.server.ts';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import {
  createCampaign,
  createStanding,
  endCampaign,
  flowsOf,
  markOffers,
  onSiteOffers,
  pauseCampaign,
  resumeCampaign,
  runStanding,
  saveOnSiteOffers,
  type WantedCampaign,
} from '../../app/campaigns/index.server.ts';
import { campaignOutbox } from '../../app/campaigns/jobs.server.ts';
import { shopsWithOffers } from '../../app/campaigns/hand-over/offer-marks.store.server.ts';
import type { Platform, ShopScope } from '../../app/platform/context.server.ts';
import { emptyColumns, markRedacted } from '../../app/privacy/person.store.server.ts';
import { applyOrders } from '../../app/record/index.server.ts';
import { createAdminClient, retryDeadOutbox, sendOutbox, type AdminClient } from '../../app/shopify/index.server.ts';
import { customerOffers } from '../../contracts/customer-offers.ts';
import { seeded } from '../../sandbox/random.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { orderOf } from '../support/order-facts.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const DAY_MS = 86_400_000;
// Later than any real day: messages are due from the moment at which the database wrote them.
const START = Date.UTC(2036, 10, 20, 12);
let database: TestDatabase;
let shop: SandboxShop;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope & { admin: AdminClient };
let clock = START;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  clock = START;
  shop = await sandboxShop(database, { now: () => new Date(clock), restoreRate: 100_000 });
  ({ platform, scope } = shop);
  await prisma().customer.createMany({
    data: ids().map((id, at) => ({ shopId: scope.shop.id, id, tags: [], locale: at === 1 ? 'zh-CN' : 'en', updatedAt: new Date(clock) })),
  });
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const store = () => shop.sandbox.shop(TINY_DOMAIN).store;
/** The store's customers, as the record has them. */
const ids = (): bigint[] =>
  [...store().customers.keys()].map((gid) => BigInt(gid.split('/').at(-1) ?? '')).toSorted((a, b) => (a < b ? -1 : 1));
const pass = (ms: number): void => platform.clock.set(new Date((clock += ms)));

const draft = (change: Partial<WantedCampaign> = {}): WantedCampaign => ({
  name: 'Come back',
  audience: [],
  offers: [{ value: { kind: 'percent', percent: 20 }, minimum: null }],
  holdOut: 0,
  startsAt: new Date(START - DAY_MS),
  endsAt: new Date(START + 10 * DAY_MS),
  agreed: ['below-floor'],
  ...change,
});
async function campaign(change: Partial<WantedCampaign> = {}): Promise<number> {
  const made = await createCampaign(scope, draft(change));
  if (made.kind !== 'ok') throw new Error(JSON.stringify(made));
  await continueCampaigns(platform, scope.shop, { client: scope.admin });
  return made.value;
}
const send = (on: Platform = platform, client: AdminClient = scope.admin) =>
  sendOutbox(on, { client, handlers: campaignOutbox }, scope.shop);
/** Brings the metafields up to date, as the sweeper would. @returns how many customers were told anew. */
async function mark(): Promise<number> {
  const told = await markOffers(platform, scope.shop);
  const { failed } = await send();
  expect(failed).toBe(0);
  return told;
}
const offersOf = (id: bigint) => {
  const held = store().metafields.get(`gid://shopify/Customer/${id}/$app:storebook/offers`);
  return held ? customerOffers.parse(JSON.parse(String(held['value']))) : null;
};
const codeOf = async (id: bigint, campaignId: number): Promise<string> =>
  (await prisma().campaignCode.findFirstOrThrow({ where: { ...mine(), customerId: id, campaignId } })).code;
const withOffers = (): number => ids().filter((id) => offersOf(id) !== null).length;
const due = async (): Promise<boolean> => (await shopsWithOffers(platform.db, platform.clock.now())).includes(scope.shop.id);
async function buy(id: bigint, code: string, orderId: bigint): Promise<void> {
  const order = orderOf({
    id: orderId,
    customerId: id,
    updatedAt: new Date(clock),
    discountUses: [{ position: 0, code, kind: 'code', title: null, valueType: 'percentage', value: '20.0', amount: 100n }],
  });
  await scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [order]));
  await countRedemptions(platform, scope.shop);
}

describe('a customer’s metafield of offers', () => {
  it('appears, in the customer’s language, and is not written again where nothing changed', async () => {
    const [first = 0n, second = 0n] = ids();
    const id = await campaign();
    expect(await due()).toBe(true);
    expect(await mark()).toBe(ids().length);
    expect(offersOf(first)).toEqual([
      expect.objectContaining({
        code: await codeOf(first, id),
        campaign: 'Come back',
        title: '20% off',
        endsAt: '2036-11-30T12:00:00.000Z',
      }),
    ]);
    expect(offersOf(second)?.[0]?.title).toMatch(/[一-鿿]/);
    expect([await due(), await mark()]).toEqual([false, 0]);

    await prisma().customer.update({ where: { shopId_id: { ...mine(), id: second } }, data: { locale: 'en' } });
    expect(await mark()).toBe(1);
    expect(offersOf(second)?.[0]?.title).toBe('20% off');
  });

  it('is shorter when a code is used, and as before when the order is deleted', async () => {
    const [first = 0n] = ids();
    const [one, two] = [await campaign(), await campaign({ name: 'Second', endsAt: null })];
    await mark();
    expect(offersOf(first)?.map(({ campaign: name }) => name)).toEqual(['Come back', 'Second']);
    await buy(first, await codeOf(first, one), 77n);
    expect(await mark()).toBe(1);
    expect(offersOf(first)?.map(({ code }) => code)).toEqual([await codeOf(first, two)]);
    await prisma().order.updateMany({ where: mine(), data: { deletedAt: new Date(clock) } });
    await prisma().dirtyEntity.create({ data: { ...mine(), feed: 'campaigns', entityId: 77n } });
    await countRedemptions(platform, scope.shop);
    expect(await mark()).toBe(1);
    expect(offersOf(first)).toHaveLength(2);
  });

  it('goes while a campaign is paused, when a code is taken back, and for good when the campaign ends, by hand or by its day', async () => {
    const [first = 0n] = ids();
    const all = ids().length;
    const id = await campaign();
    await mark();
    await pauseCampaign(scope, id);
    expect([await mark(), withOffers()]).toEqual([all, 0]);
    await resumeCampaign(scope, id);
    expect([await mark(), withOffers()]).toEqual([all, all]);
    await prisma().campaignCode.updateMany({ where: { ...mine(), customerId: first }, data: { status: 'revoked' } });
    expect([await mark(), offersOf(first)]).toEqual([1, null]);
    await endCampaign(scope, id);
    expect([await mark(), withOffers()]).toEqual([all - 1, 0]);

    await campaign({ endsAt: new Date(clock + DAY_MS) });
    await mark();
    expect(withOffers()).toBe(all);
    pass(DAY_MS);
    expect(await due()).toBe(true);
    await mark();
    expect([await due(), withOffers()]).toEqual([false, 0]);
  });

  it('waits for the campaign’s start', async () => {
    await campaign({ startsAt: new Date(START + DAY_MS) });
    expect([await due(), await mark(), withOffers()]).toEqual([false, 0, 0]);
    pass(DAY_MS);
    expect([await due(), await mark(), withOffers()]).toEqual([true, ids().length, ids().length]);
  });

  it('is switched off and on by the shop, and that is written down', async () => {
    await campaign();
    await mark();
    expect(await onSiteOffers(scope)).toBe(true);
    await saveOnSiteOffers(scope, false);
    await mark();
    expect([await onSiteOffers(scope), withOffers(), await due()]).toEqual([false, 0, false]);
    await saveOnSiteOffers(scope, true);
    await mark();
    expect(withOffers()).toBe(ids().length);
    const log = await prisma().auditEntry.findMany({ where: { ...mine(), action: 'campaign.on-site.saved' }, orderBy: { seq: 'asc' } });
    expect(log.map(({ after }) => after)).toEqual(['{"onSite":false}', '{"onSite":true}']);
  });

  it('is nobody’s who was erased or deleted, and is told anew after the app was away', async () => {
    const [first = 0n, second = 0n] = ids();
    await prisma().customer.updateMany({ where: { ...mine(), id: first }, data: { redactedAt: new Date(clock) } });
    await prisma().customer.updateMany({ where: { ...mine(), id: second }, data: { deletedAt: new Date(clock) } });
    const id = await campaign();
    expect(await mark()).toBe(ids().length - 2);
    expect(offersOf(first)).toBeNull();
    pass(DAY_MS);
    // Whatever became of the metafields meanwhile.
    store().metafields.clear();
    await prisma().shop.update({ where: { id: scope.shop.id }, data: { installedAt: new Date(clock) } });
    expect(await due()).toBe(true);
    expect(await mark()).toBe(ids().length - 2);
    expect([await due(), withOffers()]).toEqual([false, ids().length - 2]);
    await endCampaign(scope, id);
    await mark();
    expect(withOffers()).toBe(0);
  });

  it.each(Array.from({ length: 12 }, (_, at) => at + 1))('killed at step %i is right after the next run', async (at) => {
    const all = ids();
    const [one, two] = [await campaign(), await campaign({ name: 'Second' })];
    await markOffers(platform, scope.shop);
    await buy(all[0] ?? 0n, await codeOf(all[0] ?? 0n, one), 78n);
    await pauseCampaign(scope, two);
    const mortal = dying(at);
    const before = store().metafields.size;
    await markOffers(mortal, scope.shop)
      .then(() => send(mortal))
      .catch((error: Error) => expect(error.message).toBe('killed'));
    expect(before).toBe(0);
    // A lease that a dead worker held has ended by then.
    pass(600_000);
    await mark();
    for (const id of all) {
      const codes = offersOf(id)?.map(({ code }) => code) ?? [];
      expect(codes).toEqual(id === all[0] ? [] : [await codeOf(id, one)]);
    }
  });
});

describe('more customers than a page', () => {
  const CROWD = 2_300;
  const crowd = Array.from({ length: CROWD }, (_, at) => BigInt(at + 1));
  /** A campaign with a code for each, as it is when all are made. */
  async function bigCampaign(): Promise<number> {
    await prisma().customer.createMany({ data: crowd.map((id) => ({ ...mine(), id, tags: [], updatedAt: new Date(clock) })) });
    const id = 1;
    const row = {
      ...mine(),
      id,
      name: 'Big',
      status: 'active',
      audience: [],
      seed: new Uint8Array(32),
      beforeDays: 28,
      audienceSize: CROWD,
    };
    const at = new Date(clock);
    await prisma().campaign.create({ data: { ...row, startsAt: new Date(START - DAY_MS), createdAt: at, updatedAt: at } });
    const offer = { value: { kind: 'percent', percent: 20 }, minimum: null };
    await prisma().campaignArm.create({ data: { ...mine(), campaignId: id, position: 1, share: 10_000, offer } });
    await prisma().campaignCode.createMany({
      data: crowd.map((customerId) => ({ ...mine(), code: `BIG-${customerId}`, campaignId: id, arm: 1, customerId, status: 'added' })),
    });
    return id;
  }
  /** What the store would be left with: the newest message of each customer. */
  async function toldLast(): Promise<Map<bigint, number>> {
    const rows = await prisma().outboxMessage.findMany({
      where: { ...mine(), kind: 'campaigns.offers-metafield' },
      orderBy: { id: 'asc' },
      select: { payload: true },
    });
    return new Map(rows.map(({ payload }) => [BigInt(String(Object(payload).customerId)), Object(payload).offers.length as number]));
  }
  const messages = () => prisma().outboxMessage.count({ where: { ...mine(), kind: 'campaigns.offers-metafield' } });

  it('are told once each, wherever the run is killed, and it goes on where it was', async () => {
    await bigCampaign();
    for (const at of [2, 3, 4, 5]) {
      await markOffers(dying(at), scope.shop).catch((error: Error) => expect(error.message).toBe('killed'));
      expect(await prisma().offerMark.count({ where: mine() })).toBe(await messages());
    }
    expect(await markOffers(platform, scope.shop)).toBe(0);
    expect([await messages(), [...(await toldLast()).values()].every((offers) => offers === 1)]).toEqual([CROWD, true]);
  });

  it('are told what holds, though the campaign is paused and resumed while they are looked at', async () => {
    const id = await bigCampaign();
    const move = (status: string) => prisma().campaign.updateMany({ where: { ...mine(), id }, data: { status } });
    // The first page as it runs, the second as it is paused, the third as it runs again.
    for (const [at, status] of [
      [3, 'paused'],
      [3, 'active'],
      [3, 'paused'],
    ] as const) {
      await markOffers(dying(at), scope.shop).catch((error: Error) => expect(error.message).toBe('killed'));
      await move(status);
    }
    await markOffers(platform, scope.shop);
    expect([...(await toldLast()).values()].filter((offers) => offers > 0)).toEqual([]);
    await move('active');
    await markOffers(dying(4), scope.shop).catch(() => undefined);
    await move('paused');
    await markOffers(dying(3), scope.shop).catch(() => undefined);
    await move('active');
    await markOffers(platform, scope.shop);
    const last = await toldLast();
    expect([last.size, [...last.values()].filter((offers) => offers !== 1)]).toEqual([CROWD, []]);
  });
});

/** A platform whose process dies at the n-th piece of work with the database. */
function dying(at: number): Platform {
  let calls = 0;
  const forShop = async (...call: Parameters<typeof platform.db.forShop>) => {
    calls += 1;
    if (calls >= at) throw new Error('killed');
    return platform.db.forShop(...call);
  };
  return { ...platform, db: { ...platform.db, forShop: forShop as typeof platform.db.forShop } };
}

describe('a customer who is erased', () => {
  it('leaves no mark and no message, of the metafield and of Flow', async () => {
    const [first = 0n, second = 0n] = ids();
    await campaign({ flow: true });
    await markOffers(platform, scope.shop);
    const about = (id: bigint) =>
      prisma().outboxMessage.count({
        where: { ...mine(), OR: [{ entity: `customer/${id}` }, { entity: { startsWith: `customer/${id}/` } }] },
      });
    expect([await about(first), await about(second), await prisma().offerMark.count({ where: mine() })]).toEqual([2, 2, ids().length]);
    await scope.db.forShop(scope.shop.id, async (tx) => {
      await markRedacted(tx, scope.shop.id, { customerIds: [first], at: new Date(clock) });
      await emptyColumns(tx, scope.shop.id, { customerIds: [first], orderIds: [] });
    });
    expect([await about(first), await about(second), await prisma().offerMark.count({ where: mine() })]).toEqual([0, 2, ids().length - 1]);
    await mark();
    expect([offersOf(first), store().flows.some(({ payload }) => payload['customer_id'] === Number(first))]).toEqual([null, false]);
  });
});

describe('a hand-over to Shopify Flow', () => {
  const received = (): string[] => store().flows.map(({ payload }) => String(payload['Code']));
  const codes = async (campaignId: number): Promise<string[]> =>
    (await prisma().campaignCode.findMany({ where: { ...mine(), campaignId } })).map(({ code }) => code).toSorted();

  it('sets off one trigger a customer with a code, whatever they agreed to', async () => {
    const [first = 0n, second = 0n] = ids();
    await prisma().customer.updateMany({ where: mine(), data: { emailConsent: 'unsubscribed' } });
    const id = await campaign({ flow: true });
    expect(await send()).toEqual({ sent: ids().length, failed: 0 });
    await continueCampaigns(platform, scope.shop, { client: scope.admin });
    await send();
    expect(received().toSorted()).toEqual(await codes(id));
    const of = (customer: bigint) => store().flows.find(({ payload }) => payload['customer_id'] === Number(customer));
    expect(of(first)).toMatchObject({
      handle: 'offer-made',
      payload: { Code: await codeOf(first, id), Campaign: 'Come back', Offer: '20% off', 'Ends at': '2036-11-30T12:00:00.000Z' },
    });
    expect(String(of(second)?.payload['Offer'])).toMatch(/[一-鿿]/);
    expect(await flowsOf(scope, id)).toEqual({ sent: ids().length, waiting: 0, refused: 0, unclear: 0 });
    expect(await prisma().mailMessage.count({ where: mine() })).toBe(0);
  });

  it('waits for the campaign’s start without keeping anything else waiting, and is not begun once that was ended', async () => {
    const id = await campaign({ flow: true, startsAt: new Date(START + DAY_MS) });
    await campaign({ name: 'Now' });
    await mark();
    expect([received().length, withOffers()]).toEqual([0, ids().length]);
    expect((await flowsOf(scope, id)).waiting).toBe(ids().length);
    await endCampaign(scope, id);
    pass(DAY_MS);
    await send();
    expect([received(), (await flowsOf(scope, id)).waiting]).toEqual([[], 0]);
  });

  it('is what a standing campaign’s runs do as well', async () => {
    await prisma().standingCampaign.deleteMany({ where: mine() });
    const made = await createStanding(scope, {
      name: 'Welcome',
      trigger: { kind: 'welcome' },
      segment: '',
      offers: [{ value: { kind: 'percent', percent: 10 }, minimum: null }],
      holdOut: 0,
      priority: 1,
      validDays: 7,
      againDays: null,
      mail: null,
      flow: true,
      agreed: true,
    });
    expect(made.kind).toBe('ok');
    const [newcomer = 0n] = ids();
    pass(60_000);
    await prisma().customer.updateMany({ where: { ...mine(), id: newcomer }, data: { createdAt: new Date(clock) } });
    pass(3_600_000);
    expect(await runStanding(platform, scope.shop)).toBe(1);
    await continueCampaigns(platform, scope.shop, { client: scope.admin });
    await send();
    expect(store().flows.map(({ payload }) => payload['customer_id'])).toEqual([Number(newcomer)]);
  });

  it('killed again and again is received once by everybody, but for those of whom it is told that nobody knows', async () => {
    const id = await campaign({ flow: true });
    const random = seeded(12);
    let lives = 0;
    for (; lives < 12; lives += 1) {
      await send(dying(2 + Math.floor(random.next() * 9))).catch((error: Error) => expect(error.message).toBe('killed'));
      pass(600_000);
    }
    await send();
    const { sent, unclear, waiting, refused } = await flowsOf(scope, id);
    expect([sent + unclear, waiting, refused]).toEqual([ids().length, 0, 0]);
    // At most the one that was in the air at each death.
    expect(unclear).toBeLessThanOrEqual(lives);
    expect(unclear).toBeGreaterThan(0);
    expect(new Set(received()).size).toBe(received().length);
    expect(received().length).toBeGreaterThanOrEqual(sent);
    // “All” does not repeat them; a person who has looked may, one by one.
    expect(await retryDeadOutbox(scope, 'all')).toBe(0);
    const dead = await prisma().outboxMessage.findMany({ where: { ...mine(), status: 'dead' } });
    const lost = dead.filter(({ payload }) => !received().includes(String(Object(payload)['code'])));
    for (const { id: message } of lost) await retryDeadOutbox(scope, { id: message });
    await send();
    expect(received().toSorted()).toEqual(await codes(id));
  });

  it('that the store surely did not get is tried again; that it may have got, or refuses, is not', async () => {
    const [first = 0n, second = 0n, third = 0n] = ids();
    const id = await campaign({ flow: true });
    const others = ids().slice(3);
    await prisma().outboxMessage.deleteMany({ where: { ...mine(), entity: { in: others.map((one) => `customer/${one}/flow/${id}`) } } });
    const real = globalThis.fetch;
    const failing = async (...call: Parameters<typeof fetch>): Promise<Response> => {
      const body = new TextDecoder().decode(call[1]?.body instanceof ArrayBuffer ? call[1].body : new ArrayBuffer(0));
      if (body.includes(String(first)))
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) });
      if (body.includes(String(second))) return (await real(...call), new Response('', { status: 502 }));
      return real(...call);
    };
    store().customers.delete(`gid://shopify/Customer/${third}`);
    globalThis.fetch = failing;
    try {
      await send(platform, createAdminClient(platform, { pause: async () => undefined }));
    } finally {
      globalThis.fetch = real;
    }
    expect(await flowsOf(scope, id)).toEqual({ sent: 0, waiting: 1, refused: 1, unclear: 1 });
    expect(received()).toEqual([await codeOf(second, id)]);
    pass(600_000);
    await send();
    expect(await flowsOf(scope, id)).toEqual({ sent: 1, waiting: 0, refused: 1, unclear: 1 });
    expect(received().toSorted()).toEqual([await codeOf(first, id), await codeOf(second, id)].toSorted());
  });
});
