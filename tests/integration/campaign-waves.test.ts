import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import {
  campaignProof,
  campaignWaves,
  compareCampaigns,
  countRedemptions,
  createCampaign,
  createFromForm,
  endCampaign,
  markOffers,
  pauseCampaign,
  resumeCampaign,
  stopCampaignWaves,
  type CampaignForm,
  type WantedCampaign,
} from '../../app/campaigns/index.server.ts';
import { shopsWithWaves } from '../../app/campaigns/waves/waves.store.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { seeded } from '../../sandbox/random.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';
import { DAY, HOUR, standingShop } from '../support/standing-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');

let database: TestDatabase;
let shop: SandboxShop;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope & { admin: AdminClient };
let filled: ReturnType<typeof standingShop>;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: NOW, restoreRate: 100_000 });
  ({ platform, scope } = shop);
  filled = standingShop(scope, NOW);
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const plain = { learns: false, waves: 2, waveDays: 3 } as const;
const percent = (value: number) => ({ value: { kind: 'percent', percent: value }, minimum: null });
const at = (days: number, hours = 0): Date => new Date(NOW.getTime() + days * DAY + hours * HOUR);

async function fillCustomers(count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, id) => ({
    ...mine(),
    id: BigInt(id + 1),
    tags: [],
    updatedAt: NOW,
    emailConsent: 'subscribed',
  }));
  await prisma().customer.createMany({ data: all });
}

async function begin(change: Partial<WantedCampaign> = {}): Promise<number> {
  const made = await createCampaign(scope, {
    name: 'Little by little',
    audience: [],
    offers: [percent(10), percent(30)],
    holdOut: 1_000,
    startsAt: NOW,
    endsAt: at(40),
    waves: 4,
    waveDays: 3,
    learns: true,
    ...change,
  });
  if (made.kind !== 'ok') throw new Error(JSON.stringify(made, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
  return made.value;
}
const go = (client: AdminClient = scope.admin) => continueCampaigns(platform, scope.shop, { client, pause: () => Promise.resolve() });
async function goAt(when: Date, client?: AdminClient): Promise<void> {
  platform.clock.set(when);
  await go(client);
}
const assigned = (campaignId: number, wave?: number) =>
  prisma().campaignAssignment.findMany({
    where: { ...mine(), campaignId, ...(wave === undefined ? {} : { wave }) },
    orderBy: { customerId: 'asc' },
  });
const codesOf = (campaignId: number) => prisma().campaignCode.findMany({ where: { ...mine(), campaignId } });
async function wavesOf(id: number) {
  const told = await campaignWaves(scope, id);
  if (!told) throw new Error('no waves');
  return told;
}

/** A client that dies at its n-th call, before the store hears of it or after it has done the work. */
function mortalClient(dies: number, when: 'before' | 'after'): AdminClient {
  let calls = 0;
  return {
    ...scope.admin,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the overloads of run are passed through
    run: (async (...call: Parameters<AdminClient['run']>) => {
      calls += 1;
      if (calls === dies && when === 'before') throw new Error('killed');
      const outcome = await scope.admin.run(...call);
      if (calls === dies) throw new Error('killed');
      return outcome;
    }) as AdminClient['run'],
  };
}

/** Orders of those whose arm sells, an hour after they were assigned. */
async function buy(
  campaignId: number,
  wave: number,
  { chances, random }: { chances: readonly number[]; random: ReturnType<typeof seeded> },
) {
  for (const { customerId, arm, at: since } of await assigned(campaignId, wave))
    if (random.next() < (chances[arm] ?? 0))
      await filled.order(Number(customerId), new Date(since.getTime() + HOUR), {
        variantId: 1,
        order: { net: 1_000n, gross: 1_000n, total: 1_000n },
      });
}

describe('a campaign in waves whose offers the program chooses', () => {
  it('explores evenly, gives later waves what earlier ones earned by, and tells what it earned', async () => {
    await fillCustomers(1_000);
    const id = await begin();
    const random = seeded(7);
    for (let wave = 0; wave < 4; wave += 1) {
      await goAt(at(wave * 3, wave));
      // The second offer sells to four in five, the first to one in ten, none to nobody.
      await buy(id, wave, { chances: [0, 0.1, 0.8], random });
      const rows = await assigned(id, wave);
      expect(rows.length).toBeGreaterThan(180);
      expect(rows.every(({ context, propensity }) => context.length === 7 && propensity >= 0.9 * (0.1 / 3) - 1e-9)).toBe(true);
      expect(rows.every(({ held, arm }) => !held || arm === 0)).toBe(true);
      if (wave === 0)
        expect(new Set(rows.map(({ arm, propensity }) => `${arm}: ${propensity.toFixed(6)}`))).toEqual(
          new Set(['0: 0.400000', '1: 0.300000', '2: 0.300000']),
        );
    }
    platform.clock.set(at(20));
    const { waves, next, learned, program } = await wavesOf(id);
    expect([waves.map(({ status }) => status), next]).toEqual([['made', 'made', 'made', 'made'], null]);
    const all = await assigned(id);
    expect([all.length, waves.reduce((sum, { customers }) => sum + customers, 0)]).toEqual([1_000, 1_000]);
    expect(waves.reduce((sum, { codes }) => sum + codes, 0)).toBe((await codesOf(id)).length);
    const share = (wave: number): number =>
      (waves[wave]?.arms ?? []).reduce((sum, { arm, customers }) => (arm === 2 ? sum + customers : sum), 0) / (waves[wave]?.customers ?? 1);
    expect(share(0)).toBeLessThan(0.4);
    expect(share(3)).toBeGreaterThan(0.65);
    const held = all.filter((row) => row.held).length;
    expect(Math.abs(held - 100)).toBeLessThan(40);
    if (!learned) throw new Error('nothing learned');
    expect(learned.seen).toBe(1_000);
    const earned = (name: string): number => learned.policies.find((policy) => policy.name === name)?.earned?.value ?? Number.NaN;
    expect(earned('program')).toBeGreaterThan(earned('equal'));
    const b = learned.arms[1]?.told;
    expect(b && b.low < 800 && b.high > 800 && b.low > 0).toBe(true);
    // Whoever was put to the program, beside whoever was held out: nobody of these bought, so too few tell of it.
    expect(program).toMatchObject({ kind: 'short', buyers: 0 });
    expect(await campaignProof(scope, id)).toEqual({ kind: 'none', reason: 'waves' });
    expect((await compareCampaigns(scope, 'campaign')).rows).toEqual([]);
  }, 120_000);

  it('tells what it did beside the held-out as it truly was', async () => {
    await fillCustomers(1_200);
    const id = await begin({ holdOut: 5_000, waves: 2, waveDays: 2 });
    const random = seeded(3);
    for (const wave of [0, 1]) {
      await goAt(at(wave * 2, wave));
      await buy(id, wave, { chances: [0.2, 0.2, 0.6], random });
    }
    platform.clock.set(at(10));
    const { program } = await wavesOf(id);
    const rows = await assigned(id);
    const orders = await prisma().order.groupBy({ by: ['customerId'], where: mine(), _sum: { net: true } });
    const net = new Map(orders.map(({ customerId, _sum }) => [customerId, Number(_sum.net)]));
    const mean = (of: typeof rows): number => of.reduce((sum, { customerId }) => sum + (net.get(customerId) ?? 0), 0) / of.length;
    const truth = mean(rows.filter(({ held }) => !held)) - mean(rows.filter(({ held }) => held));
    if (program?.kind !== 'told') throw new Error('not told');
    expect(program.effect).toBeCloseTo(truth, 6);
    expect(program.low < truth && program.high > truth).toBe(true);
  }, 60_000);

  it('is planned from the day on which the wave before was assigned, so that nothing is learned from days that are not over', async () => {
    await fillCustomers(200);
    const id = await begin({ waves: 3 });
    await goAt(at(0, 1));
    expect((await wavesOf(id)).waves.map(({ dueAt }) => dueAt.toISOString()).slice(1)).toEqual(
      [at(3, 1), at(6, 1)].map((when) => when.toISOString()),
    );
    expect(await shopsWithWaves(database.db, at(3))).toEqual([]);
    expect(await shopsWithWaves(database.db, at(3, 1))).toEqual([scope.shop.id]);
    await goAt(at(3));
    expect(await assigned(id, 1)).toEqual([]);
    // Two days late: the last follows three days after that.
    await goAt(at(5));
    const policy = await prisma().campaignWave.findFirstOrThrow({
      where: { ...mine(), campaignId: id, wave: 1 },
      select: { policy: true },
    });
    expect(policy.policy).toMatchObject({ seen: (await assigned(id, 0)).length });
    expect((await wavesOf(id)).next).toEqual(at(8));
  });
});

describe('a campaign in waves', () => {
  it('of fixed shares gives each customer the arm that it would have had at once, and its proof is that of any campaign', async () => {
    await fillCustomers(600);
    const id = await begin({ ...plain, holdOut: 3_000 });
    const random = seeded(5);
    for (const wave of [0, 1]) {
      await goAt(at(wave * 3, wave));
      await buy(id, wave, { chances: [0.2, 0.2, 0.9], random });
      const campaign = await prisma().campaign.findFirstOrThrow({ where: { ...mine(), id } });
      if (wave === 0) expect(campaign.mixture).toBeGreaterThan(0);
      expect(campaign.audienceSize).toBe((await assigned(id)).length);
    }
    const rows = await assigned(id);
    expect([rows.length, new Set(rows.map(({ wave }) => wave)).size]).toEqual([600, 2]);
    expect(new Set(rows.map(({ arm, propensity }) => `${arm}/${propensity}`))).toEqual(new Set(['0/0.3', '1/0.35', '2/0.35']));
    platform.clock.set(at(10));
    const proof = await campaignProof(scope, id);
    if (proof?.kind !== 'proof') throw new Error('no proof');
    expect(proof.during.arms.map(({ customers }) => customers)).toEqual(
      [0, 1, 2].map((arm) => rows.filter((row) => row.arm === arm).length),
    );
    const margin = proof.during.arms[2]?.effects?.margin;
    expect(margin?.kind === 'told' && margin.low > 0 && margin.low < 700 && margin.high > 700).toBe(true);
    expect(await wavesOf(id)).toMatchObject({ learned: null, program: null, next: null });
  }, 60_000);

  it.each((['before', 'after'] as const).flatMap((when) => [1, 2, 3, 4, 5, 6].map((dies): [number, 'before' | 'after'] => [dies, when])))(
    'killed at call %i of its second wave (%s the store did its work) repeats nothing',
    async (dies, when) => {
      await fillCustomers(600);
      const mail = [{ locale: 'en', subject: 'Hello', body: '{{code}}' }];
      const id = await begin({ ...plain, learns: true, mail });
      await go();
      const first = await assigned(id);
      const before = await codesOf(id);
      await goAt(at(3, 1), mortalClient(dies, when)).catch((error: Error) => expect(error.message).toBe('killed'));
      await goAt(at(3, 2));
      await go();
      const [rows, codes] = [await assigned(id), await codesOf(id)];
      expect(rows).toHaveLength(600);
      expect(rows.filter(({ wave }) => wave === 0)).toEqual(first);
      expect(codes.length).toBe(rows.filter(({ arm }) => arm > 0).length);
      expect(codes.every(({ status }) => status === 'added')).toBe(true);
      for (const code of before) expect(codes).toContainEqual(code);
      const { store } = shop.sandbox.shop(TINY_DOMAIN);
      expect([store.discounts.size, store.codes.size]).toEqual([2, codes.length]);
      const mails = await prisma().mailMessage.findMany({ where: mine() });
      expect(new Set(mails.map(({ customerId }) => customerId)).size).toBe(mails.length);
      expect(mails).toHaveLength(codes.length);
      expect((await wavesOf(id)).waves.map(({ status }) => status)).toEqual(['made', 'made']);
    },
    60_000,
  );

  it('is stopped between waves; what is out goes on to work', async () => {
    await fillCustomers(100);
    const id = await begin(plain);
    await go();
    expect(await stopCampaignWaves(scope, id)).toEqual({ kind: 'ok' });
    expect(await stopCampaignWaves(scope, id)).toEqual({ kind: 'wrong-status' });
    const before = await codesOf(id);
    await goAt(at(4));
    expect(await codesOf(id)).toEqual(before);
    const { waves, next } = await wavesOf(id);
    expect([waves.map(({ status }) => status), next]).toEqual([['made', 'stopped'], null]);
    expect((await prisma().campaign.findFirstOrThrow({ where: { ...mine(), id } })).status).toBe('active');
    expect(await prisma().auditEntry.count({ where: { ...mine(), action: 'campaign.waves.stopped' } })).toBe(1);
  });

  it('sends nothing while it is paused, goes on after that, and never again once it is ended', async () => {
    await fillCustomers(200);
    const id = await begin({ ...plain, waves: 3 });
    await go();
    await pauseCampaign(scope, id);
    await goAt(at(4));
    expect(await assigned(id, 1)).toEqual([]);
    await resumeCampaign(scope, id);
    await go();
    expect((await assigned(id, 1)).length).toBeGreaterThan(0);
    expect((await wavesOf(id)).next).toEqual(at(7));
    await endCampaign(scope, id);
    await goAt(at(9));
    expect((await wavesOf(id)).waves.map(({ status }) => status)).toEqual(['made', 'made', 'stopped']);
    expect(await assigned(id, 2)).toEqual([]);
  });

  it('tells the storefront of the codes of each wave', async () => {
    await fillCustomers(60);
    const id = await begin({ ...plain, holdOut: 0 });
    await go();
    await markOffers(platform, scope.shop);
    const marked = async (): Promise<bigint[]> =>
      (await prisma().offerMark.findMany({ where: mine(), orderBy: { customerId: 'asc' } })).map(({ customerId }) => customerId);
    expect(await marked()).toEqual((await assigned(id, 0)).map(({ customerId }) => customerId));
    await goAt(at(3, 1));
    await markOffers(platform, scope.shop);
    expect(await marked()).toHaveLength(60);
  });

  it('that the store refuses in a later wave keeps what is out, says why and tries again', async () => {
    await fillCustomers(100);
    const id = await begin(plain);
    await go();
    const refusing = { ...scope.admin, run: (async () => ({ kind: 'access-denied', message: 'no discounts' })) as AdminClient['run'] };
    await goAt(at(3, 1), refusing);
    expect((await wavesOf(id)).waves[1]).toMatchObject({ status: 'making', error: 'access denied: no discounts' });
    expect((await prisma().campaign.findFirstOrThrow({ where: { ...mine(), id } })).status).toBe('active');
    await goAt(at(3, 1.5));
    expect((await wavesOf(id)).waves[1]?.status).toBe('making');
    await goAt(at(3, 2));
    expect((await wavesOf(id)).waves[1]).toMatchObject({ status: 'made', error: null });
  });
});

describe('the budget of a campaign in waves', () => {
  it('of uses is shared by its waves and never exceeded; what the program gave nothing is left to those that come', async () => {
    await fillCustomers(1_000);
    const id = await begin({ waves: 2, budget: { kind: 'uses', most: 100 } });
    await go();
    const first = (await codesOf(id)).length;
    expect((await wavesOf(id)).waves[0]).toMatchObject({ mostCodes: 50, codes: first });
    // Of the 50 who may have one, every third was given none.
    expect(first < 45 && first > 20).toBe(true);
    await goAt(at(3, 1));
    const { waves } = await wavesOf(id);
    expect(waves[1]?.mostCodes).toBe(100 - first);
    expect((await codesOf(id)).length).toBeLessThanOrEqual(100);
  });

  it('of money works for percentages by what codes cost: a wave is cut, waits where nothing is left, and says so', async () => {
    await fillCustomers(400);
    await filled.variant(1, null);
    await prisma().inventoryItem.updateMany({ where: mine(), data: { unitCost: 100n, unitCostCurrency: 'GBP' } });
    // Orders of 10.00, so that a tenth is 1.00.
    for (let order = 0; order < 5; order += 1)
      await filled.order(order + 1, at(-30), {
        variantId: 1,
        order: { net: 1_000n, gross: 1_000n, total: 1_000n },
        line: { unitPrice: 1_000n },
      });
    const change = { ...plain, waves: 4, offers: [percent(10)], holdOut: 0, budget: { kind: 'money', most: '16000' } };
    const id = await begin(change);
    await go();
    const [first] = (await wavesOf(id)).waves;
    // 160.00 for four waves at 1.00 a code.
    expect(first).toMatchObject({ mostCodes: 40, codes: 40, expected: 4_000n });
    // Each of the codes is used, and takes off four times as much as was thought.
    const used = await codesOf(id);
    for (const [place, { code, customerId }] of used.entries()) {
      const order = await filled.order(Number(customerId), at(1), {
        variantId: 1,
        order: { net: 3_600n, gross: 4_000n, discounts: 400n, total: 3_600n },
      });
      await prisma().discountUse.create({ data: { ...mine(), orderId: BigInt(order), position: place, code, kind: 'code', amount: 400n } });
      await prisma().dirtyEntity.create({ data: { ...mine(), feed: 'campaigns', entityId: BigInt(order) } });
    }
    await countRedemptions(platform, scope.shop);
    await goAt(at(3, 1));
    expect((await wavesOf(id)).waves[1]).toMatchObject({ status: 'planned', waits: true, customers: 0, dueAt: at(6, 1) });
    expect((await wavesOf(id)).next).toEqual(at(6, 1));
    expect(await createCampaign(scope, { ...wantedOf(change), budget: { kind: 'money', most: '50' } })).toMatchObject({
      kind: 'invalid',
      fields: { budget: 'offers.error.tooSmall' },
    });
    expect(await createCampaign(scope, { ...wantedOf(change), waves: null, waveDays: null })).toMatchObject({
      kind: 'invalid',
      fields: { budget: 'offers.error.unbounded' },
    });
  });

  const wantedOf = (change: object): WantedCampaign => ({
    name: 'Again',
    audience: [],
    offers: [percent(10)],
    holdOut: 0,
    startsAt: NOW,
    endsAt: at(60),
    ...change,
  });
});

it('a form in waves says by field what is wrong', async () => {
  await fillCustomers(10);
  const form: CampaignForm = {
    name: 'Waves',
    segment: '',
    lastOrder: '',
    days: '',
    least: '',
    most: '',
    holdOut: '10',
    startsAt: '2026-11-21',
    endsAt: '2026-11-30',
    consent: false,
    tiers: [],
    offers: [{ kind: 'percent', value: '10', minimum: '', pieces: '', buys: '', gets: '', given: '' }],
    products: [],
    word: '',
    budgetKind: '',
    budget: '',
    combines: [],
    mail: [],
    agreed: ['below-floor'],
    inWaves: true,
    waves: 'two',
    waveDays: '',
    learns: true,
  };
  expect(await createFromForm(scope, form)).toEqual({
    kind: 'invalid',
    fields: { waves: 'waves.error.count', waveDays: 'waves.error.days' },
  });
  expect(await createFromForm(scope, { ...form, waves: '2', waveDays: '6' })).toEqual({
    kind: 'invalid',
    fields: { endsAt: 'waves.error.tooLate' },
  });
  expect(await createFromForm(scope, { ...form, waves: '2', waveDays: '5' })).toMatchObject({ kind: 'ok' });
});
