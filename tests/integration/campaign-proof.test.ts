import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { effectOf, type MeasuredArm } from '../../app/audience/index.server.ts';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import {
  campaignProof,
  createCampaign,
  endCampaign,
  saveCampaignSettings,
  verifyCampaigns,
  type WantedCampaign,
} from '../../app/campaigns/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { seeded } from '../../sandbox/random.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const DAY = 86_400_000;

let database: TestDatabase;
let shop: SandboxShop;
let sandbox: Sandbox;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope & { admin: AdminClient };

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: NOW, restoreRate: 100_000 });
  ({ sandbox, platform, scope } = shop);
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });

async function fillCustomers(count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, at) => ({ ...mine(), id: BigInt(at + 1), tags: [], updatedAt: NOW }));
  for (let at = 0; at < count; at += 5_000) await prisma().customer.createMany({ data: all.slice(at, at + 5_000) });
}

const percent = (value: number) => ({ value: { kind: 'percent', percent: value }, minimum: null });
const draft = (change: Partial<WantedCampaign> = {}): WantedCampaign => ({
  name: 'Come back',
  audience: [],
  offers: [percent(10), percent(20)],
  holdOut: 2_000,
  startsAt: new Date('2026-11-20T00:00:00Z'),
  endsAt: new Date('2026-12-18T00:00:00Z'),
  ...change,
});
async function begin(change: Partial<WantedCampaign> = {}): Promise<number> {
  const made = await createCampaign(scope, draft(change));
  if (made.kind !== 'ok') throw new Error(JSON.stringify(made, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
  return made.value;
}
const go = (client: AdminClient = scope.admin) =>
  continueCampaigns(platform, scope.shop, { client, pause: () => new Promise((resolve) => setTimeout(resolve, 5)) });

/** A client that dies at its n-th call, before the store hears of it or after it has done the work. */
function mortalClient(at: number, when: 'before' | 'after'): AdminClient {
  let calls = 0;
  return {
    ...scope.admin,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the overloads of run are passed through
    run: (async (...call: Parameters<AdminClient['run']>) => {
      calls += 1;
      if (calls === at && when === 'before') throw new Error('killed');
      const outcome = await scope.admin.run(...call);
      if (calls === at) throw new Error('killed');
      return outcome;
    }) as AdminClient['run'],
  };
}

describe('arms and a hold-out', () => {
  it('killed again and again in the midst of 20,000 codes: no customer has two and none is without', async () => {
    const customers = 25_000;
    await fillCustomers(customers);
    const id = await begin();
    const random = seeded(4);
    for (let life = 0; life < 12; life += 1) {
      const client = mortalClient(1 + Math.floor(random.next() * 25), random.next() < 0.5 ? 'before' : 'after');
      await expect(go(client)).rejects.toThrow('killed');
    }
    await go();

    const assigned = await prisma().campaignAssignment.findMany({ where: { ...mine(), campaignId: id } });
    const codes = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: id } });
    const offered = assigned.filter(({ arm }) => arm > 0);
    expect(assigned).toHaveLength(customers);
    expect(offered.length).toBeGreaterThan(19_500);
    // Everybody with an offer has one code, of their own arm; nobody who is held out has any.
    const armOf = new Map(codes.map((code) => [code.customerId, code.arm]));
    expect([codes.length, armOf.size]).toEqual([offered.length, offered.length]);
    expect(offered.every(({ customerId, arm }) => armOf.get(customerId) === arm)).toBe(true);
    expect(codes.every(({ status }) => status === 'added')).toBe(true);
    for (const [arm, share] of [
      [0, 0.2],
      [1, 0.4],
      [2, 0.4],
    ] as const) {
      const count = assigned.filter((row) => row.arm === arm).length;
      expect(Math.abs(count / customers - share)).toBeLessThan(0.02);
      expect(assigned.filter((row) => row.arm === arm).every(({ propensity }) => propensity === share)).toBe(true);
    }
    // The store holds the same codes, each under its arm's one discount.
    const { store } = sandbox.shop(TINY_DOMAIN);
    const arms = await prisma().campaignArm.findMany({ where: { ...mine(), campaignId: id }, orderBy: { position: 'asc' } });
    expect([store.discounts.size, store.codes.size]).toEqual([2, offered.length]);
    expect(codes.every(({ code, arm }) => store.codes.get(code)?.discountId === arms[arm]?.discountGid)).toBe(true);
    expect([...store.discounts.values()].map(({ title }) => title)).toEqual(['Come back A', 'Come back B']);
    expect(await prisma().campaign.findUnique({ where: { shopId_id: { ...mine(), id } } })).toMatchObject({
      status: 'active',
      audienceSize: customers,
    });
    expect(await verifyCampaigns(scope)).toEqual([]);
  }, 300_000);

  it('with nobody in an arm makes no discount for it, and says that nothing can be proved', async () => {
    await fillCustomers(1);
    const id = await begin({ holdOut: 0 });
    await go();
    expect(sandbox.shop(TINY_DOMAIN).store.discounts.size).toBe(1);
    expect(await campaignProof(scope, id)).toEqual({ kind: 'none', reason: 'no-hold-out' });
    expect(await endCampaign(scope, id)).toEqual({ kind: 'ok' });
  });
});

type Bought = { customerId: bigint; at: Date; net: bigint; cost: bigint | null; kind: 'plain' | 'test' | 'deleted' | 'cancelled' };

/** Orders of one line each; a cost stands on its own variant. */
async function fillOrders(orders: readonly Bought[], first: number): Promise<void> {
  const ids = orders.map((_, at) => BigInt(first + at));
  const money = { presentmentTotal: 0n, shipping: 0n, tax: 0n, discounts: 0n, returned: 0n };
  await prisma().order.createMany({
    data: orders.map(({ customerId, at, net, kind }, index) => ({
      ...mine(),
      ...money,
      id: ids[index] ?? 0n,
      name: `#${first + index}`,
      customerId,
      createdAt: at,
      processedAt: at,
      updatedAt: at,
      day: at,
      test: kind === 'test',
      deletedAt: kind === 'deleted' ? at : null,
      cancelledAt: kind === 'cancelled' ? at : null,
      channel: 'web',
      currency: 'GBP',
      presentmentCurrency: 'GBP',
      total: net,
      gross: net,
      cancelled: kind === 'cancelled' ? net : 0n,
      net: kind === 'cancelled' ? 0n : net,
      units: 1,
    })),
  });
  await prisma().inventoryItem.createMany({
    data: orders.map(({ cost }, at) => ({ ...mine(), id: ids[at] ?? 0n, unitCost: cost, unitCostCurrency: 'GBP', updatedAt: NOW })),
  });
  await prisma().variant.createMany({
    data: ids.map((id) => ({ ...mine(), id, productId: 1n, title: '', price: 0n, inventoryItemId: id, position: 1, updatedAt: NOW })),
  });
  await prisma().orderLine.createMany({
    data: orders.map(({ net, kind }, at) => ({
      ...mine(),
      orderId: ids[at] ?? 0n,
      id: ids[at] ?? 0n,
      position: 1,
      productId: 1n,
      variantId: ids[at] ?? 0n,
      title: 'Tea',
      quantity: 1,
      currentQuantity: kind === 'cancelled' ? 0 : 1,
      unitPrice: net,
      presentmentUnitPrice: net,
      discount: 0n,
      tax: 0n,
    })),
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function momentsOf(rows: readonly { y: number; x: number; orders: number }[]): MeasuredArm {
  const [outcome, before] = [mean(rows.map(({ y }) => y)), mean(rows.map(({ x }) => x))];
  return {
    n: rows.length,
    buyers: rows.filter(({ orders }) => orders > 0).length,
    outcome,
    before,
    outcomeSquares: rows.reduce((sum, { y }) => sum + (y - outcome) ** 2, 0),
    beforeSquares: rows.reduce((sum, { x }) => sum + (x - before) ** 2, 0),
    products: rows.reduce((sum, { x, y }) => sum + (y - outcome) * (x - before), 0),
  };
}

describe('the proof', () => {
  it('is what a plain count over customers and orders says, for the campaign and with the weeks after it', async () => {
    const customers = 1_500;
    await fillCustomers(customers);
    const random = seeded(11);
    const buy = (from: number, to: number, chance: number): Bought[] =>
      Array.from({ length: customers }, (_, at) => BigInt(at + 1)).flatMap((customerId): Bought[] => {
        const times = random.next() < chance ? 1 + Math.floor(random.next() * 2) : 0;
        return Array.from({ length: times }, () => {
          const fate = random.next();
          const kind = fate < 0.05 ? 'test' : fate < 0.1 ? 'deleted' : fate < 0.15 ? 'cancelled' : 'plain';
          const net = BigInt(500 + Math.floor(random.next() * 9_000));
          const at = new Date(NOW.getTime() + (from + random.next() * (to - from)) * DAY);
          return { customerId, at, net, kind, cost: net / 4n };
        });
      });
    const [past, coming] = [buy(-60, 0, 0.5), buy(0, 56, 0.6)];
    await fillOrders(past, 1_000_000);
    await saveCampaignSettings(scope, { marginFloor: '0', feeShare: '2.5', feeFixed: '0.20' });
    const id = await begin();
    await go();
    await fillOrders(coming, 2_000_000);
    platform.clock.set(new Date('2026-12-25T00:00:00Z'));
    const proof = await campaignProof(scope, id);
    if (proof?.kind !== 'proof') throw new Error(proof?.kind ?? 'no campaign');

    const campaign = await prisma().campaign.findUniqueOrThrow({ where: { shopId_id: { ...mine(), id } } });
    const assigned = await prisma().campaignAssignment.findMany({ where: { ...mine(), campaignId: id } });
    const counts = ({ kind }: Bought): boolean => kind === 'plain' || kind === 'cancelled';
    const sum = (orders: readonly Bought[]): number =>
      orders.reduce((total, { net, kind }) => total + (kind === 'plain' ? Number(net) : 0), 0);
    const since = NOW.getTime() - campaign.beforeDays * DAY;
    const armAt = (arm: number, until: Date) =>
      assigned
        .filter((row) => row.arm === arm)
        .map(({ customerId, before }) => {
          const own = coming.filter((one) => one.customerId === customerId && counts(one) && one.at < until);
          const x = sum(past.filter((one) => one.customerId === customerId && one.at.getTime() >= since));
          expect(Number(before)).toBe(x);
          const plain = own.filter(({ kind }) => kind === 'plain');
          const margin = plain.reduce((total, { net, cost }) => total + Number(net) * 0.975 - 20 - Number(cost), 0);
          return { x, orders: plain.length, revenue: sum(own), margin };
        });
    for (const [window, until] of [
      [proof.during, new Date('2026-12-18T00:00:00Z')],
      [proof.withAfter, new Date('2026-12-25T00:00:00Z')],
    ] as const) {
      expect(window?.arms.map(({ arm }) => arm)).toEqual([0, 1, 2]);
      const held = armAt(0, until);
      for (const told of window?.arms ?? []) {
        const rows = armAt(told.arm, until);
        expect([told.customers, told.buyers]).toEqual([rows.length, rows.filter(({ orders }) => orders > 0).length]);
        for (const name of ['orders', 'revenue', 'margin'] as const) {
          expect(told[name]).toBeCloseTo(mean(rows.map((row) => row[name])), 6);
          if (!told.effects) continue;
          const moments = (of: typeof rows): MeasuredArm => momentsOf(of.map((row) => ({ y: row[name], x: row.x, orders: row.orders })));
          const mixture = name === 'orders' ? (campaign.mixture ?? 0) / campaign.orderSquare : (campaign.mixture ?? 0);
          const expected = effectOf(moments(rows), moments(held), { alpha: 0.025, mixture });
          if (expected.kind !== 'told' || told.effects[name].kind !== 'told') throw new Error('too few');
          for (const part of ['effect', 'low', 'high'] as const) expect(told.effects[name][part]).toBeCloseTo(expected[part], 4);
        }
      }
    }
    expect([proof.during.over, proof.withAfter?.over, proof.costsUnknown]).toEqual([true, false, false]);
  });

  it('holds the true effect in its range, and shows it when it is large', async () => {
    const customers = 3_000;
    await fillCustomers(customers);
    const id = await begin({ offers: [percent(20)], holdOut: 3_000 });
    await go();
    const assigned = await prisma().campaignAssignment.findMany({ where: { ...mine(), campaignId: id } });
    const random = seeded(23);
    // Held out one in ten buys, with the offer one in four: 3,000 of the 20,000 an order are the effect.
    const orders = assigned.flatMap(({ customerId, arm }): Bought[] => {
      if (random.next() >= (arm === 0 ? 0.1 : 0.25)) return [];
      const net = BigInt(15_000 + Math.floor(random.next() * 10_000));
      return [{ customerId, at: new Date(NOW.getTime() + random.next() * 20 * DAY), net, cost: net / 2n, kind: 'plain' }];
    });
    await fillOrders(orders, 1_000_000);
    platform.clock.set(new Date('2026-12-15T00:00:00Z'));
    const proof = await campaignProof(scope, id);
    const effects = proof?.kind === 'proof' ? proof.during.arms[1]?.effects : null;
    if (effects?.revenue.kind !== 'told' || effects.margin.kind !== 'told') throw new Error('nothing told');
    expect(effects.revenue).toMatchObject({ shown: true, customersNeeded: null });
    expect(effects.revenue.low < 3_000 && 3_000 < effects.revenue.high).toBe(true);
    expect(effects.margin.low < 1_500 && 1_500 < effects.margin.high).toBe(true);
  });

  it('waits for its start, and for its customers', async () => {
    await fillCustomers(200);
    const id = await begin({ startsAt: new Date('2026-11-25T00:00:00Z') });
    expect(await campaignProof(scope, id)).toEqual({ kind: 'none', reason: 'assigning' });
    await go();
    expect(await campaignProof(scope, id)).toEqual({ kind: 'none', reason: 'not-started' });
    platform.clock.set(new Date('2026-11-26T00:00:00Z'));
    const proof = await campaignProof(scope, id);
    expect(proof?.kind === 'proof' ? proof.during.arms[1]?.effects?.margin : null).toMatchObject({ kind: 'short', buyers: 0 });
    expect(await campaignProof(scope, id + 1)).toBeNull();
  });
});

describe('an offer', () => {
  async function fillProduct(id: bigint, title: string, stock: { available: number; daily: number }): Promise<void> {
    await prisma().product.create({ data: { ...mine(), id, title, status: 'active', tags: [], updatedAt: NOW } });
    await prisma().variant.create({ data: { ...mine(), id, productId: id, title: '', price: 1_000n, position: 1, updatedAt: NOW } });
    const day = new Date('2026-11-20T00:00:00Z');
    const forecast = {
      model: 'mean-28',
      computedAt: NOW,
      fromDay: day,
      next28: 28 * stock.daily,
      historyDays: 90,
      outOfStockDays: 0,
      sold28: 28,
    };
    await prisma().variantForecast.create({
      data: {
        ...mine(),
        ...forecast,
        variantId: id,
        daily: Array.from({ length: 28 }, () => stock.daily),
        available: stock.available,
        leadTimeDays: 7,
        status: 'ok',
      },
    });
  }
  const on = (...ids: string[]) => ({ ...percent(10), items: { kind: 'products', ids } });

  it('on a product that runs out before its end is refused with the day; the product can be left out while another stays', async () => {
    await fillCustomers(10);
    // 30 units at 3 a day: the stock of ten days, the eleventh is 30 November.
    await fillProduct(71n, 'Tea', { available: 30, daily: 3 });
    await fillProduct(72n, 'Cups', { available: 3_000, daily: 3 });
    const refused = { kind: 'risky', runningOut: [{ productId: '71', title: 'Tea', on: '2026-11-30' }], narrowed: null, belowFloor: [] };
    expect(await createCampaign(scope, draft({ offers: [on('71')] }))).toEqual({ ...refused, canLeaveOut: false });
    // There is nothing to leave out for: it stays refused.
    expect(await createCampaign(scope, draft({ offers: [on('71')], agreed: ['leave-out'] }))).toMatchObject(refused);
    expect(await createCampaign(scope, draft({ offers: [on('71', '72')] }))).toEqual({ ...refused, canLeaveOut: true });
    expect(await prisma().campaign.count({ where: mine() })).toBe(0);
    const id = await begin({ offers: [on('71', '72')], agreed: ['leave-out'] });
    const arm = await prisma().campaignArm.findFirst({ where: { ...mine(), campaignId: id, position: 1 } });
    expect(arm?.offer).toMatchObject({ items: { kind: 'products', ids: ['72'] } });
    // One that ends before has nothing to fear.
    expect(await createCampaign(scope, draft({ offers: [on('71')], endsAt: new Date('2026-11-29T00:00:00Z') }))).toMatchObject({
      kind: 'ok',
    });
  });

  it('asks of the stock what earlier campaigns did to demand, and tells the forecast what it expects', async () => {
    await fillCustomers(2_000);
    await fillProduct(71n, 'Tea', { available: 90, daily: 3 });
    await fillProduct(72n, 'Cups', { available: 3_000, daily: 3 });
    // 90 units at 3 a day last to the end of a campaign of four weeks.
    const later = { offers: [on('71')], holdOut: 1_000 };
    const first = await begin({ ...later, holdOut: 5_000 });
    expect(await prisma().demandPlan.findMany({ where: mine() })).toMatchObject([
      { source: `campaign/${first}`, productId: 71n, factor: 1, fromDay: new Date('2026-11-20'), toDay: new Date('2026-12-17') },
    ]);
    await go();
    const assigned = await prisma().campaignAssignment.findMany({ where: { ...mine(), campaignId: first } });
    // Everybody buys one cup; of the tea one in ten of the held-out, one in five of those with an offer.
    const orders = assigned.flatMap(({ customerId, arm }, at): Bought[] => {
      const bought = { customerId, at: new Date(NOW.getTime() + DAY), net: 1_000n, cost: 100n, kind: 'plain' } as const;
      return at % (arm === 0 ? 10 : 5) === 0 ? [bought] : [];
    });
    await fillOrders(orders, 1_000_000);
    await prisma().orderLine.updateMany({ where: mine(), data: { productId: 71n } });
    platform.clock.set(new Date('2026-11-25T12:00:00Z'));
    await endCampaign(scope, first);
    expect(await prisma().demandPlan.findMany({ where: mine() })).toMatchObject([{ toDay: new Date('2026-11-25') }]);
    const held = orders.filter(({ customerId }) => assigned.some((row) => row.customerId === customerId && row.arm === 0)).length;
    const offered = orders.length - held;
    const customersHeld = assigned.filter(({ arm }) => arm === 0).length;
    const expected = ((assigned.length - customersHeld) * held) / customersHeld;
    const factor = 1 + 0.9 * ((offered + 20) / (expected + 20) - 1);
    expect(factor).toBeGreaterThan(1.5);
    // At this pace the 90 units are gone before the end.
    const refused = await createCampaign(scope, draft(later));
    expect(refused).toMatchObject({ kind: 'risky', runningOut: [{ productId: '71', title: 'Tea' }] });
    const second = await begin({ ...later, offers: [on('72')] });
    // Nobody bought cups: the audience has no share in their demand.
    expect((await prisma().demandPlan.findFirst({ where: { ...mine(), source: `campaign/${second}` } }))?.factor).toBe(1);
    const third = await begin({ offers: [on('71')], holdOut: 1_000, endsAt: new Date('2026-11-28T00:00:00Z') });
    expect((await prisma().demandPlan.findFirst({ where: { ...mine(), source: `campaign/${third}` } }))?.factor).toBeCloseTo(factor, 9);
  });

  it('below the margin floor is refused with its figures, and made when the merchant says so once more', async () => {
    await fillCustomers(10);
    const orders = Array.from({ length: 20 }, (_, at): Bought => ({
      customerId: 1n,
      at: new Date(NOW.getTime() - (at + 1) * DAY),
      net: 10_000n,
      cost: 6_000n,
      kind: 'plain',
    }));
    await fillOrders(orders, 1_000_000);
    expect(await saveCampaignSettings(scope, { marginFloor: '25', feeShare: '2', feeFixed: '0.50' })).toMatchObject({ kind: 'ok' });
    // Of 100.00: 10 % off leaves 90 − 60 − 1.80 − 0.50 = 27.70, 30.8 % of 90; 20 % off leaves 17.90 of 80.
    const wanted = draft({ offers: [percent(10), percent(20)] });
    expect(await createCampaign(scope, wanted)).toEqual({
      kind: 'risky',
      runningOut: [],
      canLeaveOut: false,
      narrowed: null,
      belowFloor: [{ place: 1, margin: 1_790n, share: 2_238, floor: 2_500 }],
    });
    const made = await createCampaign(scope, { ...wanted, agreed: ['below-floor'] });
    expect(made.kind).toBe('ok');
    const audit = await prisma().auditEntry.findFirst({ where: { ...mine(), action: 'campaign.created' } });
    expect(audit?.after).toContain('below-floor');
    expect(await saveCampaignSettings(scope, { marginFloor: 'much', feeShare: '-1', feeFixed: 'x' })).toEqual({
      kind: 'invalid',
      fields: { marginFloor: 'campaigns.error.share', feeShare: 'campaigns.error.share', feeFixed: 'campaigns.error.money' },
    });
  });
});

it('goes to a segment, whatever other conditions there are', async () => {
  await fillCustomers(50);
  await prisma().customer.updateMany({ where: { ...mine(), id: { lte: 20n } }, data: { tags: ['VIP'] } });
  await prisma().customer.updateMany({ where: { ...mine(), id: { gt: 10n } }, data: { emailConsent: 'subscribed' } });
  const query = "customer_tags CONTAINS 'VIP' OR number_of_orders > 5";
  const id = await begin({ audience: [{ code: 'segment', query }, { code: 'consent' }], holdOut: 0, offers: [percent(5)] });
  await go();
  const codes = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: id }, orderBy: { customerId: 'asc' } });
  expect(codes.map(({ customerId }) => customerId)).toEqual([11n, 12n, 13n, 14n, 15n, 16n, 17n, 18n, 19n, 20n]);
  expect(await createCampaign(scope, draft({ audience: [{ code: 'segment', query: 'number_of_orders > 1000' }] }))).toMatchObject({
    fields: { audience: 'campaigns.error.nobody' },
  });
});
