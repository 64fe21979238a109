import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import { piecesOfCampaigns } from '../../app/campaigns/uplift.store.server.ts';
import {
  campaignProof,
  createCampaign,
  createStanding,
  listCampaigns,
  listStanding,
  moveStandingTo,
  runStanding,
  saveCadence,
  standingPage,
} from '../../app/campaigns/index.server.ts';
import type { Trigger } from '../../app/campaigns/standing/trigger.ts';
import type { WantedStanding } from '../../app/campaigns/standing/standing.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { seeded } from '../../sandbox/random.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const later = (ms: number): Date => new Date(NOW.getTime() + ms);

let database: TestDatabase;
let shop: SandboxShop;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope & { admin: AdminClient };
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  // The store's clock is the platform's: it must not begin in the days of the test before.
  platform?.clock.set(NOW);
  shop = await sandboxShop(database, { now: () => platform?.clock.now() ?? NOW, restoreRate: 100_000 });
  ({ platform, scope } = shop);
  platform.clock.set(NOW);
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const wanted = (trigger: Trigger, change: Partial<WantedStanding> = {}): WantedStanding & { agreed: boolean } => ({
  name: 'Stands',
  trigger,
  segment: '',
  offers: [{ value: { kind: 'percent', percent: 10 }, minimum: null }],
  holdOut: 0,
  priority: 50,
  validDays: 7,
  againDays: null,
  mail: null,
  agreed: true,
  ...change,
});
async function stand(trigger: Trigger, change: Partial<WantedStanding> = {}): Promise<number> {
  const made = await createStanding(scope, wanted(trigger, change));
  if (made.kind !== 'ok') throw new Error(JSON.stringify(made));
  return made.value;
}
const customer = (id: number, change: object = {}) =>
  prisma().customer.create({ data: { ...mine(), id: BigInt(id), tags: [], updatedAt: NOW, createdAt: later(-400 * DAY), ...change } });
const rollup = (id: number, orders: number, last: Date, first = last) =>
  prisma().customerRollup.create({
    data: { ...mine(), customerId: BigInt(id), orders, net: 1_000n, lastOrderAt: last, firstOrderAt: first },
  });
const order = (id: number, customerId: number, at: Date, variantId = 0) =>
  prisma()
    .order.create({
      data: {
        ...mine(),
        id: BigInt(id),
        name: `#${id}`,
        customerId: BigInt(customerId),
        createdAt: at,
        processedAt: at,
        updatedAt: at,
        day: at,
        channel: 'web',
        currency: 'GBP',
        presentmentCurrency: 'GBP',
        presentmentTotal: 0n,
        total: 1_000n,
        shipping: 0n,
        tax: 0n,
        gross: 1_000n,
        discounts: 0n,
        returned: 0n,
        cancelled: 0n,
        net: 1_000n,
        units: 1,
      },
    })
    .then(() =>
      prisma().orderLine.create({
        data: {
          ...mine(),
          orderId: BigInt(id),
          id: BigInt(id),
          position: 1,
          productId: 1n,
          variantId: BigInt(variantId),
          title: 'Tea',
          quantity: 1,
          currentQuantity: 1,
          unitPrice: 1_000n,
          presentmentUnitPrice: 1_000n,
          discount: 0n,
          tax: 0n,
        },
      }),
    );
const checkout = (token: string, customerId: number | null, at: Date, change: object = {}) =>
  prisma().checkout.create({
    data: {
      ...mine(),
      token,
      customerId: customerId === null ? null : BigInt(customerId),
      createdAt: at,
      updatedAt: at,
      currency: 'GBP',
      total: 1_000n,
      units: 1,
      lines: [{ variantId: '7', quantity: 1 }],
      ...change,
    },
  });
const view = (client: string, variantId: number, at: Date, checkoutToken: string | null = null) =>
  prisma().pixelEvent.create({
    data: {
      ...mine(),
      eventId: `${client}-${variantId}-${at.getTime()}`,
      variantId: BigInt(variantId),
      name: checkoutToken ? 'checkout_started' : 'product_viewed',
      clientId: client,
      checkoutToken,
      at,
    },
  });
/** Runs at a moment. @returns the numbers of those who were taken now. */
async function runAt(at: Date, standing?: number): Promise<number[]> {
  platform.clock.set(at);
  await runStanding(platform, scope.shop);
  const rows = await prisma().standingOccasion.findMany({
    where: { ...mine(), outcome: 'offered', at, ...(standing === undefined ? {} : { standingId: standing }) },
    orderBy: { customerId: 'asc' },
  });
  return rows.map(({ customerId }) => Number(customerId));
}
const go = () =>
  continueCampaigns(platform, scope.shop, { client: scope.admin, pause: () => new Promise((resolve) => setTimeout(resolve, 5)) });

describe('what sets a standing campaign off', () => {
  it('welcome: a new customer without an order, once, and nobody from before', async () => {
    await customer(1);
    await stand({ kind: 'welcome' });
    await customer(2, { createdAt: later(HOUR) });
    await customer(3, { createdAt: later(HOUR) });
    await rollup(3, 1, later(HOUR));
    await customer(4, { createdAt: later(HOUR), redactedAt: NOW });
    expect(await runAt(later(2 * HOUR))).toEqual([2]);
    expect(await runAt(later(3 * HOUR))).toEqual([]);
  });

  it('first purchase', async () => {
    await customer(1);
    await customer(2);
    await rollup(1, 1, later(-HOUR));
    await stand({ kind: 'first-purchase' });
    await rollup(2, 1, later(HOUR));
    await customer(3);
    await rollup(3, 2, later(HOUR), later(-DAY));
    expect(await runAt(later(2 * HOUR))).toEqual([2]);
  });

  it('win-back: past the expected order by the days, and again after another order', async () => {
    const id = await stand({ kind: 'win-back', days: 10 }, { againDays: 30 });
    const value = (customerId: number, on: string) =>
      prisma().customerValue.create({
        data: { ...mine(), customerId: BigInt(customerId), untilDay: NOW, alive: 0.5, orders52w: 1, nextOrderOn: new Date(on) },
      });
    for (const [customerId, on] of [
      [1, '2026-11-10'],
      [2, '2026-11-11'],
    ] as const) {
      await customer(customerId);
      await rollup(customerId, 3, later(-60 * DAY));
      await value(customerId, on);
    }
    expect(await runAt(NOW)).toEqual([1]);
    expect(await runAt(later(DAY))).toEqual([2]);
    // They came back and stayed away again.
    await prisma().customerRollup.updateMany({ where: { ...mine(), customerId: 1n }, data: { lastOrderAt: later(5 * DAY) } });
    await prisma().customerValue.updateMany({ where: { ...mine(), customerId: 1n }, data: { nextOrderOn: later(20 * DAY) } });
    expect(await runAt(later(29 * DAY))).toEqual([]);
    // Due on the thirtieth day, and by then nobody is kept from being meant again.
    expect(await runAt(later(31 * DAY), id)).toEqual([1]);
  });

  it('abandoned checkout: after the hours, of somebody known who has not bought', async () => {
    await stand({ kind: 'abandoned-checkout', hours: 4 });
    for (const id of [1, 2, 3]) await customer(id);
    await checkout('a', 1, later(HOUR));
    await checkout('b', 2, later(HOUR), { completedAt: later(2 * HOUR) });
    await checkout('c', 3, later(HOUR));
    await order(30, 3, later(2 * HOUR));
    await checkout('d', null, later(HOUR));
    await checkout('e', 2, later(-HOUR));
    expect(await runAt(later(4 * HOUR))).toEqual([]);
    expect(await runAt(later(5 * HOUR))).toEqual([1]);
    expect(await runAt(later(6 * HOUR))).toEqual([]);
  });

  it('viewed and did not buy: by a browser that once went to the customer’s checkout', async () => {
    await stand({ kind: 'viewed', days: 2 });
    await customer(1);
    await customer(2);
    await checkout('x', 1, later(-30 * DAY), { completedAt: later(-30 * DAY) });
    await checkout('y', 2, later(-30 * DAY), { completedAt: later(-30 * DAY) });
    await view('one', 0, later(-30 * DAY), 'x');
    await view('two', 0, later(-30 * DAY), 'y');
    await view('one', 7, later(HOUR));
    await view('two', 7, later(HOUR));
    await view('stranger', 7, later(HOUR));
    await order(20, 2, later(2 * HOUR), 7);
    expect(await runAt(later(DAY))).toEqual([]);
    expect(await runAt(later(3 * DAY))).toEqual([1]);
  });

  it('back in stock: who looked or left it in a checkout, and has not bought it since', async () => {
    await prisma().variant.create({
      data: { ...mine(), id: 7n, productId: 1n, title: 'Tea', price: 1_000n, inventoryItemId: 70n, position: 1, updatedAt: NOW },
    });
    await prisma().inventoryLevel.create({ data: { ...mine(), inventoryItemId: 70n, locationId: 1n, available: 5, updatedAt: NOW } });
    const change = (available: number, at: Date) =>
      prisma().inventoryChange.create({ data: { ...mine(), inventoryItemId: 70n, locationId: 1n, at, available, source: 'webhook' } });
    for (const id of [1, 2, 3]) await customer(id);
    await checkout('a', 1, later(-3 * DAY));
    await checkout('b', 2, later(-3 * DAY));
    await order(20, 2, later(-2 * DAY), 7);
    await checkout('c', 3, later(2 * DAY));
    await change(0, later(-5 * DAY));
    await stand({ kind: 'back-in-stock' });
    await change(3, later(HOUR));
    await change(5, later(2 * HOUR));
    expect(await runAt(later(3 * HOUR))).toEqual([1]);
    expect(await runAt(later(4 * HOUR))).toEqual([]);
  });

  it('tier reached: up, not down, and not by the first import', async () => {
    await stand({ kind: 'tier-reached' });
    await prisma().loyaltyTier.createMany({
      data: [
        { ...mine(), id: 1, name: 'Bronze', threshold: 0n },
        { ...mine(), id: 2, name: 'Gold', threshold: 10_000n },
      ],
    });
    const change = (customerId: number, fromTier: string | null, toTier: string, kind = 'order') =>
      prisma().tierChange.create({
        data: { ...mine(), customerId: BigInt(customerId), fromTier, toTier, spend: 1n, reason: { kind }, at: later(HOUR) },
      });
    for (const id of [1, 2, 3, 4]) await customer(id);
    await change(1, 'Bronze', 'Gold');
    await change(2, 'Gold', 'Bronze');
    await change(3, null, 'Gold', 'backfill');
    await change(4, null, 'Bronze');
    expect(await runAt(later(2 * HOUR))).toEqual([1, 4]);
  });
});

describe('a run', () => {
  const newcomers = async (count: number, from = 1) => {
    for (let id = from; id < from + count; id += 1) await customer(id, { createdAt: later(HOUR), tags: id % 2 === 0 ? ['even'] : [] });
  };

  it('is a campaign of its own with codes that work for the days, each customer in the same arm in every run', async () => {
    const id = await stand({ kind: 'abandoned-checkout', hours: 1 }, { holdOut: 5_000, againDays: 1, validDays: 3 });
    for (let at = 1; at <= 40; at += 1) await customer(at);
    for (let at = 1; at <= 40; at += 1) await checkout(`a${at}`, at, later(HOUR));
    expect(await runAt(later(3 * HOUR))).toHaveLength(40);
    await go();
    for (let at = 1; at <= 40; at += 1) await checkout(`b${at}`, at, later(2 * DAY));
    expect(await runAt(later(3 * DAY))).toHaveLength(40);
    await go();
    const runs = await prisma().campaign.findMany({ where: { ...mine(), standingId: id }, orderBy: { run: 'asc' } });
    expect(runs.map(({ run, status, endsAt }) => [run, status, endsAt?.toISOString()])).toEqual([
      [1, 'active', '2026-11-24T00:00:00.000Z'],
      [2, 'active', '2026-11-27T00:00:00.000Z'],
    ]);
    const arms = await prisma().campaignAssignment.findMany({ where: mine(), orderBy: [{ customerId: 'asc' }, { campaignId: 'asc' }] });
    const byCustomer = Map.groupBy(arms, ({ customerId }) => customerId);
    expect([...byCustomer.values()].every((both) => both.length === 2 && both[0]?.arm === both[1]?.arm)).toBe(true);
    const codes = await prisma().campaignCode.findMany({ where: mine() });
    expect(codes).toHaveLength(arms.filter(({ arm }) => arm === 1).length);
    expect(codes.every(({ status }) => status === 'added')).toBe(true);
    // Runs are not campaigns of their own in the list.
    expect(await listCampaigns(scope)).toEqual([]);
    expect(await listStanding(scope)).toMatchObject([{ id, figures: { offered: 80, capped: 0, outbid: 0 } }]);

    // Its codes stop and go on with it.
    const { discounts } = shop.sandbox.shop(TINY_DOMAIN).store;
    const active = () => [...discounts.values()].map((discount) => discount.active);
    expect(await moveStandingTo(scope, id, 'pause')).toEqual({ kind: 'ok' });
    expect([active(), await runAt(later(4 * DAY))]).toEqual([[false, false], []]);
    expect(await moveStandingTo(scope, id, 'resume')).toEqual({ kind: 'ok' });
    // The first run's codes are over by now.
    expect(active()).toEqual([false, true]);
    expect(await moveStandingTo(scope, id, 'end')).toEqual({ kind: 'ok' });
    expect([active(), await moveStandingTo(scope, id, 'resume')]).toEqual([[false, false], { kind: 'wrong-status' }]);
  });

  it('takes who is in the segment, by the highest priority, and none over the cap', async () => {
    await saveCadence(scope, { mostOffers: '1', capDays: '10', quietFrom: '', quietTo: '' });
    const low = await stand({ kind: 'welcome' }, { priority: 10, againDays: 1 });
    const high = await stand({ kind: 'welcome' }, { priority: 90, segment: "customer_tags CONTAINS 'even'" });
    await newcomers(4);
    expect(await runAt(later(2 * HOUR), high)).toEqual([2, 4]);
    await go();
    const outcomes = async (standingId: number) =>
      Object.fromEntries(
        (await prisma().standingOccasion.findMany({ where: { ...mine(), standingId } })).map((row) => [
          Number(row.customerId),
          row.outcome,
        ]),
      );
    expect(await outcomes(low)).toEqual({ 1: 'offered', 2: 'outbid', 3: 'offered', 4: 'outbid' });
    // An hour later the others' turn comes, were it not for the cap; when that is over, it does.
    expect(await runAt(later(3 * HOUR), low)).toEqual([]);
    expect(await outcomes(low)).toEqual({ 1: 'offered', 2: 'capped', 3: 'offered', 4: 'capped' });
    // A one-off campaign keeps to it as well.
    await newcomers(1, 9);
    const once = await createCampaign(scope, {
      name: 'Once',
      audience: [],
      offers: [{ value: { kind: 'percent', percent: 5 }, minimum: null }],
      holdOut: 0,
      startsAt: NOW,
      endsAt: null,
      agreed: ['below-floor'],
    });
    await go();
    const assigned = await prisma().campaignAssignment.findMany({ where: { ...mine(), campaignId: once.kind === 'ok' ? once.value : 0 } });
    expect(assigned.map(({ customerId }) => customerId)).toEqual([9n]);
    // When the days of the cap are over, who was kept back is still due; those whom it has welcomed are not.
    expect(await runAt(later(11 * DAY), low)).toEqual([2, 4, 9]);
  });

  it('never passes the cap in half a year of occasions', async () => {
    await saveCadence(scope, { mostOffers: '2', capDays: '30', quietFrom: '', quietTo: '' });
    await stand({ kind: 'abandoned-checkout', hours: 1 }, { againDays: 1, priority: 1 });
    await stand({ kind: 'abandoned-checkout', hours: 2 }, { againDays: 3, priority: 2, holdOut: 5_000 });
    for (const id of [1, 2, 3]) await customer(id);
    for (let day = 0; day < 180; day += 3) {
      for (const id of [1, 2, 3]) await checkout(`${id}-${day}`, id, later(day * DAY + HOUR));
      await runAt(later(day * DAY + 4 * HOUR));
      await runAt(later(day * DAY + 5 * HOUR));
    }
    const all = await prisma().standingOccasion.findMany({ where: { ...mine(), outcome: 'offered' }, orderBy: { at: 'asc' } });
    for (const id of [1n, 2n, 3n]) {
      const times = all.filter(({ customerId }) => customerId === id).map(({ at }) => at.getTime());
      expect(times.length).toBeGreaterThan(8);
      for (const [at, time] of times.entries()) expect((times[at + 2] ?? Infinity) - time).toBeGreaterThanOrEqual(30 * DAY);
    }
  });

  it('killed in the midst goes on without meaning anybody twice', async () => {
    const id = await stand({ kind: 'welcome' });
    await newcomers(30);
    platform.clock.set(later(2 * HOUR));
    for (let at = 2; at < 5; at += 1) {
      let calls = 0;
      const forShop = async (...call: Parameters<typeof platform.db.forShop>) => {
        calls += 1;
        if (calls === at) throw new Error('killed');
        return platform.db.forShop(...call);
      };
      const mortal = { ...platform, db: { ...platform.db, forShop: forShop as typeof platform.db.forShop } };
      await runStanding(mortal, scope.shop).catch((error: Error) => expect(error.message).toBe('killed'));
    }
    await runStanding(platform, scope.shop);
    await go();
    expect(await prisma().campaignCode.count({ where: mine() })).toBe(30);
    expect(await prisma().campaign.count({ where: { ...mine(), standingId: id } })).toBe(1);
  });

  it('is proved over all of them, each customer for the days from their first assignment', async () => {
    const id = await stand({ kind: 'welcome' }, { holdOut: 5_000, validDays: 7 });
    await newcomers(400);
    await runAt(later(2 * HOUR));
    await go();
    const assigned = await prisma().campaignAssignment.findMany({ where: mine() });
    let number = 1_000;
    for (const { customerId, arm } of assigned.filter((_, at) => at % 4 === 0)) {
      if (arm === 1) await order((number += 1), Number(customerId), later(3 * DAY));
      // After the days: not counted.
      await order((number += 1), Number(customerId), later(20 * DAY));
    }
    platform.clock.set(later(30 * DAY));
    const page = await standingPage(scope, id);
    const [held, offered] = page?.arms ?? [];
    const inArm = (arm: number) => assigned.filter((row) => row.arm === arm).length;
    const bought = assigned.filter(({ arm }, at) => at % 4 === 0 && arm === 1).length;
    expect([held?.customers, held?.orders, offered?.customers]).toEqual([inArm(0), 0, inArm(1)]);
    expect(offered?.orders).toBeCloseTo(bought / inArm(1), 9);
    expect(await standingPage(scope, id + 999)).toBeNull();
  });

  it('in which the program chooses learns from who came before, keeps its floors and tells what it earned', async () => {
    const offers = [10, 30].map((percent) => ({ value: { kind: 'percent', percent }, minimum: null }));
    const id = await stand({ kind: 'abandoned-checkout', hours: 1 }, { holdOut: 1_000, againDays: 2, validDays: 2, learns: true, offers });
    const random = seeded(9);
    const count = 150;
    for (let at = 1; at <= count; at += 1) await customer(at);
    let number = 1_000;
    for (let wave = 0; wave < 5; wave += 1) {
      const start = later(wave * 4 * DAY);
      for (let at = 1; at <= count; at += 1) await checkout(`${wave}-${at}`, at, start);
      const at = new Date(start.getTime() + 3 * HOUR);
      expect(await runAt(at)).toHaveLength(count);
      await go();
      const run = await prisma().campaign.findFirstOrThrow({ where: { ...mine(), standingId: id, run: wave + 1 } });
      const rows = await prisma().campaignAssignment.findMany({ where: { ...mine(), campaignId: run.id } });
      expect(rows.every(({ context, propensity }) => context.length === 7 && propensity >= 0.9 * (0.1 / 3) - 1e-9)).toBe(true);
      // The second offer sells to four in five, the first to one in ten, none to nobody.
      for (const { customerId, arm } of rows) {
        if (random.next() < ([0, 0.1, 0.8][arm] ?? 0)) await order((number += 1), Number(customerId), new Date(at.getTime() + HOUR));
      }
    }
    platform.clock.set(later(30 * DAY));
    const page = await standingPage(scope, id);
    const learned = page?.learned;
    if (!learned) throw new Error('nothing learned');
    expect([page?.arms, learned.seen, learned.runs.length]).toEqual([null, 5 * count, 5]);
    const share = (at: number): number => {
      const customers = learned.runs[at]?.customers ?? [];
      return (customers.find(({ arm }) => arm === 2)?.count ?? 0) / count;
    };
    // The runs come the last first.
    expect(share(4)).toBeLessThan(0.5);
    expect(share(0)).toBeGreaterThan(0.65);
    const earned = (name: string): number => learned.policies.find((policy) => policy.name === name)?.earned?.value ?? Number.NaN;
    expect(earned('program')).toBeGreaterThan(earned('equal'));
    const told = learned.arms[1]?.told;
    expect(told && told.low < 800 && told.high > 800 && told.low > 0).toBe(true);
    // A run by itself compares nothing, and teaches the stock check nothing.
    const run = await prisma().campaign.findFirstOrThrow({ where: { ...mine(), standingId: id, run: 1 } });
    expect(await campaignProof(scope, run.id)).toEqual({ kind: 'none', reason: 'learns' });
    const learnedFrom = await platform.db.forShop(scope.shop.id, (tx) => piecesOfCampaigns(tx, scope.shop.id, later(30 * DAY)));
    expect(learnedFrom).toEqual([]);
  });

  it('in which the program chooses lets no two offers to anybody share days', async () => {
    const learning = { ...wanted({ kind: 'viewed', days: 1 }), learns: true, validDays: 14, agreed: false };
    const refused = await createStanding(scope, { ...learning, againDays: 13 });
    expect(refused).toMatchObject({ kind: 'invalid', fields: { againDays: 'standing.error.overlap' } });
    expect(await createStanding(scope, { ...learning, againDays: 14 })).toMatchObject({ kind: 'ok' });
    expect(await createStanding(scope, { ...learning, againDays: null })).toMatchObject({ kind: 'ok' });
  });

  it('writes no mail in the night of its customers', async () => {
    await saveCadence(scope, { mostOffers: '', capDays: '30', quietFrom: '21', quietTo: '9' });
    const mail = [{ locale: 'en', subject: 'Hello', body: '{{code}}' }];
    const id = await stand({ kind: 'welcome' }, { mail });
    await customer(1, { createdAt: later(HOUR), country: 'GB' });
    await customer(2, { createdAt: later(HOUR), country: 'JP' });
    await runAt(later(2 * HOUR));
    await go();
    const rows = await prisma().mailMessage.findMany({ where: mine(), orderBy: { customerId: 'asc' } });
    expect(rows.map(({ template, notBefore }) => [template, notBefore.toISOString()])).toEqual([
      [`standing/${id}`, '2026-11-20T14:00:00.000Z'],
      [`standing/${id}`, '2026-11-21T00:00:00.000Z'],
    ]);
  });
});

it('says by field what is wrong, and refuses what is below the floor unless it is agreed to', async () => {
  const wrong = await createStanding(scope, {
    ...wanted({ kind: 'welcome' }),
    trigger: null,
    name: '',
    segment: 'number_of_ordres > 1',
    offers: [],
    priority: 101,
    validDays: 0,
    againDays: 0,
  });
  expect(wrong.kind === 'invalid' ? Object.keys(wrong.fields).toSorted() : []).toEqual([
    'againDays',
    'name',
    'offers',
    'priority',
    'segment',
    'trigger',
    'validDays',
  ]);
  expect(await saveCadence(scope, { mostOffers: '0', capDays: '', quietFrom: '9', quietTo: '' })).toEqual({
    kind: 'invalid',
    fields: { mostOffers: 'standing.error.mostOffers', capDays: 'standing.error.capDays', quietFrom: 'standing.error.quiet' },
  });
});
