import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { effectOf, mixtureFor, type MeasuredArm } from '../../app/audience/index.server.ts';
import { campaignProof, compareCampaigns, standingPage, type ComparedBy, type ComparedRow } from '../../app/campaigns/index.server.ts';
import { seeded } from '../../sandbox/random.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform, type TestScope } from '../support/platform.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const DAY = 86_400_000;
const day = (days: number): Date => new Date(NOW.getTime() + days * DAY);

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: NOW });
  scope = { ...(await testShop(platform, { domain: `compare-${(shops += 1)}.myshopify.com` })), db: database.db };
});

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const percent = (value: number) => ({ value: { kind: 'percent', percent: value }, minimum: null });

async function fillCustomers(count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, at) => ({ ...mine(), id: BigInt(at + 1), tags: [], updatedAt: NOW }));
  await prisma().customer.createMany({ data: all });
}

type Bought = { readonly customerId: bigint; readonly at: Date; readonly net: number; readonly channel?: string };
let orders = 0;
async function fillOrders(bought: readonly Bought[]): Promise<bigint[]> {
  const ids = bought.map(() => BigInt((orders += 1)));
  const none = { presentmentTotal: 0n, shipping: 0n, tax: 0n, discounts: 0n, returned: 0n, cancelled: 0n, units: 1 };
  await prisma().order.createMany({
    data: bought.map(({ customerId, at, net, channel = 'web' }, index) => ({
      ...mine(),
      ...none,
      id: ids[index] ?? 0n,
      name: `#${ids[index]}`,
      customerId,
      createdAt: at,
      processedAt: at,
      updatedAt: at,
      day: at,
      test: false,
      channel,
      currency: 'GBP',
      presentmentCurrency: 'GBP',
      total: BigInt(net),
      gross: BigInt(net),
      net: BigInt(net),
    })),
  });
  return ids;
}

type Assigned = { readonly customerId: bigint; readonly arm: number; readonly before?: number; readonly at?: Date };
type Wanted = {
  readonly id: number;
  readonly startsAt: Date;
  readonly assigned: readonly Assigned[];
  readonly offers?: readonly object[];
  readonly data?: object;
};

/** A campaign whose customers are in their arms, as the assignment leaves it. */
async function fillCampaign({ id, startsAt, assigned, offers = [percent(10)], data = {} }: Wanted): Promise<void> {
  const held = assigned.filter(({ arm }) => arm === 0).length;
  const base = { seed: Buffer.alloc(32), beforeDays: 28, orderSquare: 4e6, createdAt: startsAt, updatedAt: startsAt };
  await prisma().campaign.create({
    data: {
      ...mine(),
      id,
      name: `Campaign ${id}`,
      status: 'active',
      audience: [],
      startsAt,
      endsAt: new Date(startsAt.getTime() + 28 * DAY),
      mixture: held === 0 ? null : mixtureFor(1e6 * (1 / held + 1 / (assigned.length - held)), 0.05),
      audienceSize: assigned.length,
      ...base,
      ...data,
    },
  });
  const arms = [null, ...offers].map((offer, position) => ({
    ...mine(),
    campaignId: id,
    position,
    share: 5_000,
    ...(offer ? { offer } : {}),
  }));
  await prisma().campaignArm.createMany({ data: arms });
  await prisma().campaignAssignment.createMany({
    data: assigned.map(({ customerId, arm, before = 0, at = startsAt }) => ({
      ...mine(),
      campaignId: id,
      customerId,
      arm,
      propensity: 0.5,
      before: BigInt(before),
      at,
    })),
  });
}

const membersOf = (from: number, count: number, armAt: (at: number) => number): Assigned[] =>
  Array.from({ length: count }, (_, at) => ({ customerId: BigInt(from + at), arm: armAt(at) }));
const rowsBy = async (by: ComparedBy): Promise<readonly ComparedRow[]> => (await compareCampaigns(scope, by)).rows;
const told = (effect: ComparedRow['margin'] | undefined) => {
  if (effect?.kind !== 'told') throw new Error(`nothing told: ${JSON.stringify(effect)}`);
  return effect;
};

/** With an offer a share buys more than without; what anybody buys costs the same on average. */
function buying(assigned: readonly Assigned[], how: { seed: number; from: Date; rates: readonly number[]; net: number }): Bought[] {
  const random = seeded(how.seed);
  return assigned.flatMap(({ customerId, arm }): Bought[] =>
    random.next() < (how.rates[arm] ?? 0)
      ? [{ customerId, at: new Date(how.from.getTime() + random.next() * 20 * DAY), net: Math.floor(how.net * (0.5 + random.next())) }]
      : [],
  );
}

describe('the comparison of campaigns', () => {
  it('holds the true effects in its ranges, over campaigns that share customers, and is each campaign’s own proof', async () => {
    await fillCustomers(3_000);
    const random = seeded(3);
    const first = membersOf(1, 2_000, () => (random.next() < 0.3 ? 0 : 1));
    const second = membersOf(1_001, 2_000, () => (random.next() < 0.3 ? 0 : random.next() < 0.5 ? 1 : 2));
    await fillCampaign({ id: 1, startsAt: day(-40), assigned: first });
    await fillCampaign({ id: 2, startsAt: day(-40), assigned: second, offers: [percent(10), percent(20)] });
    // One in ten buys for 40 on average; with the offer of the first one in four, with those of the second one in five and in three.
    await fillOrders([
      ...buying(first, { seed: 11, from: day(-40), rates: [0.1, 0.25], net: 4_000 }),
      ...buying(second, { seed: 12, from: day(-40), rates: [0.1, 0.2, 1 / 3], net: 4_000 }),
    ]);

    const byCampaign = await rowsBy('campaign');
    expect(byCampaign.map(({ group }) => group)).toEqual([
      { by: 'campaign', id: 1, standing: false, name: 'Campaign 1' },
      { by: 'campaign', id: 2, standing: false, name: 'Campaign 2' },
    ]);
    for (const measure of ['orders', 'revenue', 'margin'] as const) {
      const proof = await campaignProof(scope, 1);
      const own = proof?.kind === 'proof' ? proof.during.arms[1]?.effects?.[measure] : null;
      if (own?.kind !== 'told') throw new Error('nothing told');
      expect(told(byCampaign[0]?.[measure]).effect).toBeCloseTo(own.effect, 6);
      // Two rows hold together, so each is a little wider than a campaign by itself.
      const width = told(byCampaign[0]?.[measure]).high - told(byCampaign[0]?.[measure]).low;
      expect(width / (own.high - own.low)).toBeGreaterThan(1);
      expect(width / (own.high - own.low)).toBeLessThan(1.2);
    }

    const count = (assigned: readonly Assigned[], arm: number): number => assigned.filter((one) => one.arm === arm).length;
    const [a, b, c] = [count(first, 1), count(second, 1), count(second, 2)];
    const truth = { first: 0.15 * 4_000, ten: 0.1 * 4_000, twenty: (1 / 3 - 0.1) * 4_000 };
    const holds = (row: ComparedRow | undefined, wanted: number): boolean => {
      const { low, high, shown } = told(row?.revenue);
      return low <= wanted && wanted <= high && shown;
    };
    expect(holds(byCampaign[0], truth.first)).toBe(true);
    expect(holds(byCampaign[1], (b * truth.ten + c * truth.twenty) / (b + c))).toBe(true);

    const byOffer = await rowsBy('offer');
    expect(byOffer.map(({ group, campaigns, offered, held }) => [group, campaigns, offered, held])).toEqual([
      [{ by: 'offer', size: { kind: 'percent', percent: 10 } }, 2, a + b, count(first, 0) + count(second, 0)],
      [{ by: 'offer', size: { kind: 'percent', percent: 20 } }, 1, c, count(second, 0)],
    ]);
    expect(holds(byOffer[0], (a * truth.first + b * truth.ten) / (a + b))).toBe(true);
    expect(holds(byOffer[1], truth.twenty)).toBe(true);

    const [all, ...others] = await rowsBy('delivery');
    expect([others, all?.group]).toEqual([[], { by: 'delivery', delivery: null }]);
    expect(holds(all, (a * truth.first + b * truth.ten + c * truth.twenty) / (a + b + c))).toBe(true);
    // Stratified: the total is that of the campaigns.
    const totals = byCampaign.map(({ revenue }) => told(revenue).effect * told(revenue).offered);
    expect(told(all?.revenue).effect * told(all?.revenue).offered).toBeCloseTo((totals[0] ?? 0) + (totals[1] ?? 0), 3);
  });

  it('by the customers’ channel sets beside each other only who last bought there before the assignment', async () => {
    await fillCustomers(1_200);
    const random = seeded(5);
    const assigned = membersOf(1, 1_200, () => (random.next() < 0.4 ? 0 : 1)).map((one) => ({
      ...one,
      before: Math.floor(1_000 * random.next()),
    }));
    await fillCampaign({ id: 1, startsAt: day(-30), assigned });
    const channelOf = (id: bigint): string | null => (id <= 600n ? 'web' : id <= 1_150n ? 'pos' : null);
    await fillOrders(
      assigned.flatMap(({ customerId }): Bought[] => {
        const channel = channelOf(customerId);
        if (channel === null) return [];
        return [
          { customerId, at: day(-90), net: 100, channel: 'phone' },
          { customerId, at: day(-60), net: 100, channel },
        ];
      }),
    );
    // In the shop the offer sells, on the web it does not; what is bought after the assignment moves nobody elsewhere.
    const bought = assigned.flatMap(({ customerId, arm }): Bought[] => {
      const rate = channelOf(customerId) === 'pos' && arm === 1 ? 0.6 : 0.2;
      return random.next() < rate ? [{ customerId, at: day(-20), net: 1_000 + Math.floor(1_000 * random.next()), channel: 'app' }] : [];
    });
    await fillOrders(bought);
    const rows = await rowsBy('channel');
    expect(rows.map(({ group }) => (group.by === 'channel' ? group.channel : ''))).toEqual(['web', 'pos', null]);
    const net = new Map(bought.map(({ customerId, net: spent }) => [customerId, spent]));
    for (const [at, channel] of ['web', 'pos'].entries()) {
      const arm = (position: number): MeasuredArm => {
        const of = assigned.filter(({ customerId, arm: own }) => own === position && channelOf(customerId) === channel);
        const points = of.map(({ customerId, before }) => ({ y: net.get(customerId) ?? 0, x: before }));
        const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
        const [outcome, before] = [mean(points.map(({ y }) => y)), mean(points.map(({ x }) => x))];
        const sum = (part: (point: { y: number; x: number }) => number): number => points.reduce((all, point) => all + part(point), 0);
        return {
          n: of.length,
          buyers: of.filter(({ customerId }) => net.has(customerId)).length,
          outcome,
          before,
          outcomeSquares: sum(({ y }) => (y - outcome) ** 2),
          beforeSquares: sum(({ x }) => (x - before) ** 2),
          products: sum(({ x, y }) => (y - outcome) * (x - before)),
        };
      };
      const wanted = effectOf(arm(1), arm(0), { alpha: 0.025, mixture: 1 });
      if (wanted.kind !== 'told') throw new Error('too few');
      expect(told(rows[at]?.revenue).effect).toBeCloseTo(wanted.effect, 6);
      expect([rows[at]?.offered, rows[at]?.held]).toEqual([arm(1).n, arm(0).n]);
    }
    expect([told(rows[0]?.revenue).shown, told(rows[1]?.revenue).shown, rows[2]?.revenue.kind]).toEqual([false, true, 'short']);
  });

  it('counts the runs of a standing campaign once, and leaves out what proves nothing', async () => {
    await fillCustomers(900);
    const common = { name: 'Stands', status: 'active', seed: Buffer.alloc(32), priority: 1, validDays: 7, orderSquare: 4e6, mixture: 5e4 };
    const standing = await prisma().standingCampaign.create({
      data: {
        ...mine(),
        ...common,
        trigger: { kind: 'win-back', days: 3 },
        offers: [percent(15)],
        holdOut: 3_000,
        delivery: 'mail',
        createdAt: day(-400),
        updatedAt: day(-400),
      },
    });
    const armAt = (at: number): number => (at % 3 === 0 ? 0 : 1);
    const ofRun = (run: number) => ({ standingId: standing.id, run, mixture: null, delivery: 'mail' });
    await fillCampaign({ id: 1, startsAt: day(-380), assigned: membersOf(1, 300, armAt), data: ofRun(1) });
    await fillCampaign({ id: 2, startsAt: day(-20), assigned: membersOf(151, 300, (at) => armAt(at + 150)), data: ofRun(2) });
    const segment = [{ code: 'segment', query: 'number_of_orders > 1' }];
    const others = membersOf(451, 300, armAt);
    await fillCampaign({ id: 3, startsAt: day(-10), assigned: others, data: { audience: segment } });
    // Proves nothing: nobody held out, the program chose, too old, not begun, still being assigned.
    await fillCampaign({ id: 4, startsAt: day(-10), assigned: membersOf(451, 300, () => 1) });
    const policy = { beliefs: [], seed: 1, seen: 0 };
    await fillCampaign({ id: 5, startsAt: day(-10), assigned: others, data: { policy } });
    await fillCampaign({ id: 6, startsAt: day(-370), assigned: others });
    await fillCampaign({ id: 7, startsAt: day(5), assigned: others });
    await fillCampaign({ id: 8, startsAt: day(-10), assigned: others, data: { audienceSize: 0 } });
    const learning = await prisma().standingCampaign.create({
      data: {
        ...mine(),
        ...common,
        learns: true,
        trigger: { kind: 'welcome' },
        offers: [percent(15)],
        holdOut: 3_000,
        createdAt: day(-30),
        updatedAt: day(-30),
      },
    });
    await fillCampaign({ id: 9, startsAt: day(-10), assigned: others, data: { policy, standingId: learning.id, run: 1 } });
    const runs = [...membersOf(1, 300, armAt).map(({ customerId }) => ({ customerId, at: day(-378) })), { customerId: 400n, at: day(-18) }];
    await fillOrders([
      ...runs.filter((_, at) => at % 2 === 0).map((one) => ({ ...one, net: 2_000 })),
      // In both runs: after the days of the first, so it does not count.
      ...[152n, 200n, 250n].map((customerId) => ({ customerId, at: day(-19), net: 90_000 })),
      ...others.filter((_, at) => at % 2 === 0).map(({ customerId }) => ({ customerId, at: day(-5), net: 1_000 })),
    ]);
    const rows = await rowsBy('campaign');
    const named = rows.map(({ group, campaigns, offered, held }) => [group.by === 'campaign' && group.name, campaigns, offered, held]);
    expect(named).toEqual([
      ['Stands', 1, 300, 150],
      ['Campaign 3', 1, 200, 100],
    ]);
    const page = await standingPage(scope, standing.id);
    const own = page?.arms?.[1]?.effects?.margin;
    if (own?.kind !== 'told') throw new Error('nothing told');
    expect(told(rows[0]?.margin).effect).toBeCloseTo(own.effect, 6);
    expect((await rowsBy('segment')).map(({ group }) => group)).toEqual([
      { by: 'trigger', trigger: { kind: 'win-back', days: 3 } },
      { by: 'segment', rules: [{ key: 'campaigns.rule.segment', query: 'number_of_orders > 1' }] },
    ]);
    expect((await rowsBy('delivery')).map(({ group }) => group)).toEqual([
      { by: 'delivery', delivery: 'mail' },
      { by: 'delivery', delivery: null },
    ]);
  });

  it('says what the codes took off, arm by arm, and when there is not enough data', async () => {
    await fillCustomers(150);
    const assigned = membersOf(1, 150, (at) => at % 3);
    await fillCampaign({ id: 1, startsAt: day(-10), assigned, offers: [percent(10), percent(30)] });
    const used = assigned.filter(({ arm, customerId }) => arm > 0 && customerId % 5n === 0n);
    const ids = await fillOrders(used.map(({ customerId }) => ({ customerId, at: day(-5), net: 1_000 })));
    await prisma().campaignCode.createMany({
      data: used.map(({ customerId, arm }) => ({ ...mine(), campaignId: 1, customerId, arm, code: `C${customerId}`, status: 'added' })),
    });
    await prisma().campaignRedemption.createMany({
      data: used.map(({ customerId, arm }, at) => {
        const money = { revenue: 1_000n, discountCost: arm === 1 ? 100n : 300n };
        // Somebody else may use a code: it was still handed to this customer.
        return { ...mine(), ...money, campaignId: 1, orderId: ids[at] ?? 0n, code: `C${customerId}`, customerId: 999n, at: day(-5) };
      }),
    });
    const uses = (arm: number): bigint => BigInt(used.filter((one) => one.arm === arm).length);
    const rows = await rowsBy('offer');
    const bySize = Object.fromEntries(
      rows.map(({ group, discountCost }) => [group.by === 'offer' && group.size.kind === 'percent' ? group.size.percent : 0, discountCost]),
    );
    expect(bySize).toEqual({ 10: 100n * uses(1), 30: 300n * uses(2) });
    expect(rows[0]).toMatchObject({ offered: 50, held: 50, margin: { kind: 'short', customers: 50, buyers: 0 } });
    expect((await rowsBy('campaign'))[0]?.discountCost).toBe(100n * uses(1) + 300n * uses(2));
  });

  it('of a shop without campaigns is empty', async () => {
    expect(await compareCampaigns(scope, 'offer')).toMatchObject({ rows: [], costsUnknown: true });
  });
});
