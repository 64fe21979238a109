import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { customerLoyalty } from '../../contracts/customer-loyalty.ts';
import {
  adjustPoints,
  giveTier,
  memberOf,
  pointsOf,
  previewTiers,
  reviewDirty,
  reviewPages,
  saveProgramme,
  saveTierForm,
  saveTiers,
  sweepPoints,
  takeTierBack,
  tierBoard,
  typedTiers,
  verifyLoyalty,
  verifyPoints,
  type ProgrammeForm,
} from '../../app/loyalty/index.server.ts';
import { reviewIn } from '../../app/loyalty/review-members.server.ts';
import { NO_PERKS, type TierDraft } from '../../app/loyalty/tier.ts';
import { PLAIN_RULES, type TierRules } from '../../app/loyalty/tiers/tier-rules.ts';
import { dueForReview, shopsWithTiersDue } from '../../app/loyalty/tiers/tiers.store.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import type { OrderFacts } from '../../app/record/facts.ts';
import { applyOrders, personKeys } from '../../app/record/index.server.ts';
import { applyReadCustomers } from '../../app/record/customers.store.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf, lineOf, orderOf, refundOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { measuringTx } from '../support/query-cost.ts';

const CUSTOMER = 50n;
let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: new Date('2026-11-20T12:00:00Z') });
  scope = { ...(await testShop(platform, { domain: `tiers-${(shops += 1)}.myshopify.com` })), actor: { kind: 'staff', id: '7' } };
});

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const inShop = <T>(work: Parameters<typeof database.db.forShop<T>>[1]): Promise<T> => database.db.forShop(scope.shop.id, work);
const at = (day: string): Date => new Date(`${day}T12:00:00Z`);
const sale = (id: number, day: string, extra: Partial<OrderFacts> & { pence?: bigint } = {}): OrderFacts => {
  const { pence = 10_000n, ...rest } = extra;
  return orderOf({
    id: BigInt(id),
    name: `#${id}`,
    customerId: CUSTOMER,
    processedAt: at(day),
    updatedAt: at(day),
    lines: [lineOf({ id: BigInt(id * 10), quantity: 1, currentQuantity: 1, unitPrice: pence, discount: 0n, tax: 0n })],
    ...rest,
  });
};
const apply = (...orders: OrderFacts[]) => inShop((tx) => applyOrders(tx, scope.shop, orders));
const tell = async (...orders: OrderFacts[]): Promise<void> => {
  await apply(...orders);
  await reviewDirty(platform, scope.shop);
};
const DRAFTS: TierDraft[] = [
  { name: 'Bronze', threshold: 1n },
  { name: 'Silver', threshold: 2n },
  { name: 'Friends', threshold: null },
  { name: 'Gold', threshold: 3n },
];
const rule = (drafts: readonly TierDraft[], rules: Partial<TierRules> = {}) => saveTiers(scope, drafts, { ...PLAIN_RULES, ...rules });
const changes = async () =>
  (await memberOf(scope, CUSTOMER)).changes.map((change) => [change.fromTier, change.toTier, (change.reason as { kind: string }).kind]);
const tierOf = async (): Promise<string | null> => (await memberOf(scope, CUSTOMER)).tier?.name ?? null;
const idOf = async (name: string): Promise<string> => String((await tierBoard(scope)).tiers.find((tier) => tier.name === name)?.id);
const told = async () => {
  const rows = await prisma().outboxMessage.findMany({ where: { ...mine(), kind: 'loyalty.metafield' }, orderBy: { id: 'asc' } });
  return rows.map(({ payload }) => customerLoyalty.parse((payload as { value: unknown }).value));
};
const tags = async () => {
  const rows = await prisma().outboxMessage.findMany({ where: { ...mine(), kind: 'loyalty.tags' }, orderBy: { id: 'asc' } });
  return rows.map(({ payload }) => payload);
};

describe('tiers by orders', () => {
  it('rise with each that is kept, fall with a return, and are explained', async () => {
    await rule(DRAFTS, { basis: 'orders', window: { kind: 'lifetime' } });
    await tell(sale(1, '2020-03-01'), sale(2, '2026-11-10'));
    expect(await tierOf()).toBe('Silver');
    await tell(sale(3, '2026-11-19'));
    const back = refundOf({
      createdAt: at('2026-11-20'),
      lines: [{ id: 1n, lineId: 30n, quantity: 1, restockType: null, locationId: null, subtotal: 10_000n, tax: 0n }],
    });
    platform.clock.set(at('2026-11-21'));
    await tell(sale(3, '2026-11-19', { updatedAt: at('2026-11-20'), refunds: [back] }));
    expect(await changes()).toEqual([
      ['Gold', 'Silver', 'refund'],
      ['Silver', 'Gold', 'order'],
      [null, 'Silver', 'backfill'],
    ]);
    const member = await memberOf(scope, CUSTOMER);
    expect(member).toMatchObject({ value: 2n, next: { tier: { name: 'Gold' }, missing: 1n }, lapse: null });
    expect(member.counts.map(({ source, amount, countsUntil }) => [source.name, amount, countsUntil])).toEqual([
      ['#1', 1n, null],
      ['#2', 1n, null],
    ]);
    expect((await told()).at(-1)).toMatchObject({ tier: 'Silver', basis: 'orders', value: '2', next: { tier: 'Gold', missing: '1' } });
    expect(await verifyLoyalty(scope)).toEqual([]);
  });

  it('come out the same in whatever order they are told', async () => {
    await rule(DRAFTS, { basis: 'orders', graceDays: 30, fall: 'step', window: { kind: 'rolling', months: 1 } });
    const orders = [sale(1, '2026-09-01'), sale(2, '2026-09-20'), sale(3, '2026-09-25'), sale(4, '2026-11-15')];
    const settled = async () => {
      const { tierId, value, dueAt } = await prisma().loyaltyMember.findFirstOrThrow({ where: mine() });
      return { tierId, value, dueAt };
    };
    for (const order of orders) await tell(order);
    const forth = await settled();
    await prisma().order.deleteMany({ where: mine() });
    await prisma().orderLine.deleteMany({ where: mine() });
    for (const order of orders.toReversed()) await tell(order);
    expect(await settled()).toEqual(forth);
    expect(await verifyLoyalty(scope)).toEqual([]);
  });
});

describe('time', () => {
  it('takes a tier by the sweep after its grace, of nobody else, and says so beforehand and afterwards', async () => {
    await rule(DRAFTS, { basis: 'orders', graceDays: 10 });
    await apply(sale(1, '2025-11-25'), sale(2, '2026-06-01'));
    for (let id = 100; id < 140; id += 1) await apply(sale(id, '2026-06-01', { customerId: BigInt(id) }));
    await reviewDirty(platform, scope.shop);
    const member = await memberOf(scope, CUSTOMER);
    expect(member).toMatchObject({ tier: { name: 'Silver' }, grace: null, lapse: { to: { name: 'Bronze' } } });
    expect(member.lapse?.at.toISOString()).toBe('2026-12-05T00:00:00.000Z');
    expect(await shopsWithTiersDue(database.db, at('2026-11-24'))).not.toContain(scope.shop.id);
    platform.clock.set(at('2026-11-25'));
    expect(await shopsWithTiersDue(database.db, at('2026-11-25'))).toContain(scope.shop.id);
    expect(await reviewPages(platform, scope.shop, 'lapse')).toBe(0);
    expect(await memberOf(scope, CUSTOMER)).toMatchObject({
      tier: { name: 'Silver' },
      grace: { missing: 1n },
      gone: [{ source: { name: '#1' } }],
    });
    platform.clock.set(at('2026-12-05'));
    expect(await reviewPages(platform, scope.shop, 'lapse')).toBe(1);
    expect((await changes())[0]).toEqual(['Silver', 'Bronze', 'grace']);
    const touched = await prisma().loyaltyMember.findMany({ where: { ...mine(), reviewedAt: { gt: at('2026-11-20') } } });
    expect(touched.map(({ customerId }) => customerId)).toEqual([CUSTOMER]);
    expect(await reviewPages(platform, scope.shop, 'lapse')).toBe(0);
    expect(await verifyLoyalty(scope)).toEqual([]);
  });
});

describe('a tier that staff give', () => {
  const give = async (extra: Partial<Parameters<typeof giveTier>[1]> = {}) =>
    giveTier(scope, { customerId: CUSTOMER, tierId: await idOf('Friends'), until: '2026-12-31', reason: 'Wrote about us', ...extra });

  it('holds to the end of its day, with who gave it and why, and is audited without the reason', async () => {
    await rule(DRAFTS, { basis: 'orders' });
    await tell(sale(1, '2026-11-10'));
    expect(await give()).toMatchObject({ kind: 'ok' });
    const member = await memberOf(scope, CUSTOMER);
    expect(member).toMatchObject({
      tier: { name: 'Friends' },
      given: { reason: 'Wrote about us', staffId: '7' },
      lapse: { to: { name: 'Bronze' } },
      changes: [{ reason: { kind: 'manual', until: '2027-01-01T00:00:00.000Z' } }, {}],
    });
    const [entry] = await prisma().auditEntry.findMany({ where: { ...mine(), action: 'loyalty.tier.given' } });
    expect(entry).toMatchObject({ subject: `customer/${CUSTOMER}`, actorId: '7' });
    expect(JSON.stringify(entry?.after)).not.toContain('Wrote');
    platform.clock.set(new Date('2026-12-31T23:59:00Z'));
    expect(await reviewPages(platform, scope.shop, 'lapse')).toBe(0);
    platform.clock.set(new Date('2027-01-01T00:00:00Z'));
    expect(await reviewPages(platform, scope.shop, 'lapse')).toBe(1);
    expect((await changes())[0]).toEqual(['Friends', 'Bronze', 'manual-end']);
    expect((await told()).map(({ tier }) => tier)).toEqual(['Bronze', 'Friends', 'Bronze']);
  });

  it('of somebody without an order follows new rules too', async () => {
    await rule(DRAFTS, { basis: 'orders' });
    await give({ until: '' });
    expect(await tierOf()).toBe('Friends');
    await rule(DRAFTS.filter(({ name }) => name !== 'Friends'));
    expect((await tierBoard(scope)).waiting).toBe(0);
    platform.clock.set(at('2026-11-21'));
    await rule(DRAFTS.filter(({ name }) => name !== 'Friends'));
    expect((await tierBoard(scope)).waiting).toBe(1);
    await reviewPages(platform, scope.shop, 'rules');
    expect((await tierBoard(scope)).waiting).toBe(0);
    expect((await changes())[0]).toEqual(['Friends', null, 'rules']);
  });

  it('is taken back once', async () => {
    await rule(DRAFTS, { basis: 'orders' });
    await give({ until: '' });
    expect(await tierOf()).toBe('Friends');
    const [grant] = (await memberOf(scope, CUSTOMER)).grants;
    const back = { customerId: CUSTOMER, grantId: BigInt(grant?.id ?? 0) };
    expect(await takeTierBack(scope, back)).toMatchObject({ kind: 'ok' });
    expect(await takeTierBack(scope, back)).toEqual({ kind: 'gone' });
    expect(await changes()).toEqual([
      ['Friends', null, 'manual-end'],
      [null, 'Friends', 'manual'],
    ]);
    expect(await verifyLoyalty(scope)).toEqual([]);
  });

  it('is refused with what is wrong', async () => {
    await rule(DRAFTS);
    expect(await give({ tierId: '99', until: '2026-11-19', reason: ' ' })).toEqual({
      kind: 'invalid',
      fields: { tier: 'tiers.error.tier', until: 'tiers.error.past', reason: 'points.error.reason' },
    });
    expect(await give({ until: 'soon' })).toMatchObject({ fields: { until: 'tiers.error.day' } });
    expect(await prisma().tierGrant.count({ where: mine() })).toBe(0);
  });
});

describe('what a tier gives', () => {
  it('is told to the store where it changes, and tags by their difference', async () => {
    const perks = { ...NO_PERKS, discountPercent: 5, freeShipping: true, earlyTag: 'early-bird' };
    await rule(DRAFTS, { basis: 'orders', tags: true });
    await tell(sale(1, '2026-11-10'));
    await tell(sale(2, '2026-11-11'));
    expect(await tags()).toEqual([
      { customerId: '50', add: ['storebook-tier-bronze'], remove: [] },
      { customerId: '50', add: ['storebook-tier-silver'], remove: ['storebook-tier-bronze'] },
    ]);
    await rule(
      DRAFTS.map((draft) => (draft.name === 'Silver' ? { ...draft, perks } : draft)),
      { basis: 'orders' },
    );
    await reviewPages(platform, scope.shop, 'rules');
    await reviewPages(platform, scope.shop, 'rules');
    expect((await tags()).slice(2)).toEqual([{ customerId: '50', add: ['early-bird'], remove: ['storebook-tier-silver'] }]);
    const values = await told();
    expect(values).toHaveLength(3);
    expect(values.at(-1)).toMatchObject({
      tier: 'Silver',
      perks: { discountPercent: 5, freeShipping: true, pointsTimes: 100, earlyAccess: true },
    });
    expect(await changes()).toHaveLength(2);
  });
});

describe('Shopify Flow', () => {
  it('is handed each change once if the shop wants it, but none by new rules', async () => {
    await rule(DRAFTS, { basis: 'orders', flow: true });
    await tell(sale(1, '2026-11-10'));
    await tell(sale(2, '2026-11-11'));
    await rule(
      DRAFTS.filter(({ name }) => name !== 'Silver'),
      { basis: 'orders', flow: true },
    );
    await reviewPages(platform, scope.shop, 'rules');
    await giveTier(scope, { customerId: CUSTOMER, tierId: await idOf('Friends'), until: '', reason: 'x' });
    const rows = await prisma().outboxMessage.findMany({ where: { ...mine(), kind: 'loyalty.flow' }, orderBy: { id: 'asc' } });
    expect(rows.map(({ payload }) => payload)).toEqual([
      { customerId: '50', before: 'Bronze', tier: 'Silver', direction: 'up', cause: 'order' },
      { customerId: '50', before: 'Bronze', tier: 'Friends', direction: 'up', cause: 'manual' },
    ]);
    expect(await changes()).toHaveLength(4);
  });
});

describe('the form', () => {
  it('says by field what is wrong, foresees without saving, and saves as a version', async () => {
    await rule(DRAFTS, { basis: 'orders' });
    await tell(sale(1, '2026-11-10'), sale(2, '2026-11-11'), sale(3, '2026-11-12', { customerId: 51n }));
    const { rules, tiers } = await tierBoard(scope);
    const form = typedTiers(rules, tiers, scope.shop);
    expect(
      await saveTierForm(scope, {
        ...form,
        months: '',
        graceDays: 'x',
        tiers: form.tiers.map((tier) => ({ ...tier, threshold: '1.5', times: '99' })),
      }),
    ).toMatchObject({
      kind: 'invalid',
      fields: {
        months: 'tiers.error.months',
        graceDays: 'tiers.error.grace',
        'tiers.0.threshold': 'tiers.error.whole',
        'tiers.1.times': 'tiers.error.times',
      },
    });
    const preview = await previewTiers(scope, {
      ...form,
      basis: 'spend',
      tiers: form.tiers.map((tier) => ({ ...tier, threshold: tier.name === 'Bronze' ? '150.00' : `${900 + Number(tier.threshold)}` })),
    });
    expect(preview).toMatchObject({
      value: { tiers: [{ name: 'Bronze', members: 1 }, { members: 0 }, { name: 'Friends', members: null }, { members: 0 }], below: 1 },
    });
    expect(await prisma().loyaltyRules.count({ where: mine() })).toBe(1);
    expect(
      await saveTierForm(scope, { ...form, graceDays: '5', tiers: form.tiers.map((tier) => ({ ...tier, name: `${tier.name} club` })) }),
    ).toMatchObject({ kind: 'ok' });
    const renamed = await tierBoard(scope);
    expect(renamed.tiers.map(({ id, name }) => [id, name])).toEqual(tiers.map(({ id, name }) => [id, `${name} club`]));
    expect([renamed.rules.graceDays, await prisma().loyaltyRules.count({ where: mine() })]).toEqual([5, 2]);
  });

  it('never gives the number of a tier that is gone to another', async () => {
    await rule(DRAFTS);
    const gone = await idOf('Gold');
    await rule(DRAFTS.slice(0, 3));
    await rule([...DRAFTS.slice(0, 3), { name: 'Platinum', threshold: 9n }]);
    expect(await idOf('Platinum')).not.toBe(gone);
  });
});

describe('what it costs', () => {
  const fill = async (from: number, count: number): Promise<void> => {
    await prisma().$executeRaw`
      INSERT INTO orders (shop_id, id, name, customer_id, created_at, processed_at, updated_at, day, channel, currency, presentment_currency, presentment_total,
        total, shipping, tax, gross, discounts, returned, cancelled, net, units, tags)
      SELECT ${scope.shop.id}, n, '#' || n, 1000 + n / 3, '2026-06-01', '2026-06-01', '2026-06-01', '2026-06-01', 'web', 'GBP', 'GBP', 100, 100, 0, 0, 100, 0, 0, 0, 100, 1, '{}'
      FROM generate_series(${from}::int, ${from + count - 1}::int) AS n`;
    await prisma().$executeRaw`
      INSERT INTO loyalty_members (shop_id, customer_id, spend, value, reviewed_at, due_at)
      SELECT ${scope.shop.id}, id, 0, 0, '2026-11-20', '2027-06-01' FROM (SELECT DISTINCT 1000 + n / 3 AS id FROM generate_series(${from}::int, ${from + count - 1}::int) AS n) AS ids
      ON CONFLICT DO NOTHING`;
    await prisma().$executeRaw`ANALYZE orders, loyalty_members, refunds, tier_grants`;
  };
  const rowsOf = (work: (tx: Parameters<Parameters<typeof inShop>[0]>[0]) => Promise<unknown>) =>
    inShop(async (tx) => {
      const { tx: measured, cost } = measuringTx(tx);
      await work(measured);
      return cost;
    });

  it('an order, and the sweep, read as many rows in a small shop as in a large one, and no table from end to end', async () => {
    await rule(DRAFTS, { basis: 'orders' });
    await tell(sale(1, '2025-11-25'), sale(2, '2026-11-10'));
    const order = () =>
      rowsOf((tx) => reviewIn(tx, { shop: scope.shop, now: platform.clock.now(), customerIds: [CUSTOMER], cause: 'orders' }));
    const sweep = () => rowsOf((tx) => dueForReview(tx, scope.shop.id, { by: at('2026-11-26'), after: -1n, limit: 500 }));
    await fill(10_000, 3_000);
    const small = [await order(), await sweep()];
    await fill(20_000, 60_000);
    const large = [await order(), await sweep()];
    expect(
      large.map(({ rowsTouched, seqScans }) => [
        rowsTouched,
        seqScans.filter((table) => table === 'orders' || table === 'loyalty_members'),
      ]),
    ).toEqual(small.map(({ rowsTouched }) => [rowsTouched, []]));
    expect(large[0]?.queries).toBeGreaterThan(2);
    expect(large[0]?.rowsTouched).toBeGreaterThan(0);
    expect(large[0]?.rowsTouched).toBeLessThan(20);
    expect(large[1]?.rowsTouched).toBe(1);
  });
});

const FORM: ProgrammeForm = {
  points: '1',
  per: '1.00',
  rounding: 'down',
  discounts: 'after',
  after: 'order',
  days: '0',
  expiry: 'never',
  months: '',
  firstOrder: '20',
  signUp: '',
  mostAMonth: '',
  from: '2026-01-01',
  tax: false,
  shipping: false,
  belowZero: true,
  goods: [],
  bonusDays: [],
  events: [],
};
const paid = (id: number, day: string, extra: Partial<OrderFacts> = {}): OrderFacts => sale(id, day, { financialStatus: 'paid', ...extra });

describe('tiers by points', () => {
  it('count what the ledger says was issued and not taken back, whatever was spent', async () => {
    await saveProgramme(scope, FORM);
    await rule(
      [
        { name: 'Silver', threshold: 120n },
        { name: 'Gold', threshold: 240n },
      ],
      { basis: 'points' },
    );
    await tell(paid(1, '2026-11-10'));
    await tell(paid(2, '2026-11-11'));
    expect(await memberOf(scope, CUSTOMER)).toMatchObject({ value: 220n, tier: { name: 'Silver' }, next: { missing: 20n } });
    await adjustPoints(scope, { customerId: CUSTOMER, points: '30', reason: 'a gift' });
    await reviewDirty(platform, scope.shop);
    expect((await changes())[0]).toEqual(['Silver', 'Gold', 'points']);
    const { issued, withdrawn } = await prisma().pointsBalance.findFirstOrThrow({ where: { ...mine(), customerId: CUSTOMER } });
    expect((await memberOf(scope, CUSTOMER)).value).toBe(-issued - withdrawn);
    expect(
      await previewTiers(scope, typedTiers({ ...PLAIN_RULES, basis: 'points' }, (await tierBoard(scope)).tiers, scope.shop)),
    ).toMatchObject({
      value: { tiers: [{ members: 0 }, { members: 1 }] },
    });
    expect([await verifyLoyalty(scope), await verifyPoints(scope)]).toEqual([[], []]);
  });
});

describe('points by the tier', () => {
  const PERKS = { ...NO_PERKS, times: 150, birthdayPoints: 40 };
  const WITH_PERKS: TierDraft[] = [
    { name: 'Silver', threshold: 1n },
    { name: 'Gold', threshold: 2n, perks: PERKS },
  ];
  const entries = async () => {
    const rows = await prisma().pointsEntry.findMany({
      where: { ...mine(), customerId: CUSTOMER },
      orderBy: [{ bookedAt: 'asc' }, { topic: 'asc' }, { seq: 'asc' }],
    });
    return rows
      .filter(({ fromAccount, toAccount }) => fromAccount === 3 || toAccount === 4)
      .map(({ topic, points, toAccount }) => `${topic} ${toAccount === 4 ? '-' : ''}${points}`);
  };
  const noBonus: ProgrammeForm = { ...FORM, firstOrder: '' };

  it('an order earns by the tier before it, and its refund takes the same share back', async () => {
    platform.clock.set(at('2026-11-01'));
    await saveProgramme(scope, noBonus);
    await rule(WITH_PERKS, { basis: 'orders' });
    platform.clock.set(at('2026-11-20'));
    await tell(paid(1, '2026-11-10'));
    await tell(paid(2, '2026-11-11'));
    await tell(paid(3, '2026-11-12'));
    const half = refundOf({
      id: 9n,
      createdAt: at('2026-11-20'),
      lines: [{ id: 1n, lineId: 30n, quantity: 1, restockType: null, locationId: null, subtotal: 10_000n, tax: 0n }],
    });
    await tell(paid(3, '2026-11-12', { updatedAt: at('2026-11-20'), refunds: [half] }));
    expect((await entries()).toSorted()).toEqual([
      'order/1 100',
      'order/2 100',
      'order/3 100',
      'order/3/refund/9 -100',
      'order/3/tier 50',
      'order/3/tier/refund/9 -50',
    ]);
    expect([await verifyLoyalty(scope), await verifyPoints(scope)]).toEqual([[], []]);
  });

  it('come out the same when an earlier order is learnt of later', async () => {
    platform.clock.set(at('2026-11-01'));
    await saveProgramme(scope, noBonus);
    await rule(WITH_PERKS, { basis: 'orders' });
    platform.clock.set(at('2026-11-20'));
    for (const id of [3, 2, 1]) await tell(paid(id, `2026-11-1${id}`));
    const sums = await prisma().pointsEntry.groupBy({
      by: ['topic'],
      where: { ...mine(), fromAccount: 3 },
      _sum: { points: true },
      orderBy: { topic: 'asc' },
    });
    expect(sums.map(({ topic, _sum }) => [topic, _sum.points])).toEqual([
      ['order/1', 100],
      ['order/2', 100],
      ['order/3', 100],
      ['order/3/tier', 50],
    ]);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('raise no tier by themselves', async () => {
    platform.clock.set(at('2026-11-01'));
    await saveProgramme(scope, noBonus);
    await rule(
      [
        { name: 'Silver', threshold: 100n, perks: PERKS },
        { name: 'Gold', threshold: 230n },
      ],
      { basis: 'points' },
    );
    platform.clock.set(at('2026-11-20'));
    await tell(paid(1, '2026-11-10'), paid(2, '2026-11-11'));
    // 250 in the books; 200 count.
    expect((await entries()).at(-1)).toBe('order/2/tier 50');
    expect(await memberOf(scope, CUSTOMER)).toMatchObject({ value: 200n, tier: { name: 'Silver' } });
  });

  it('a birthday gives them once a year to who is in the tier, by the sweep of its day', async () => {
    platform.clock.set(at('2026-11-01'));
    await saveProgramme(scope, noBonus);
    await rule(WITH_PERKS, { basis: 'orders' });
    platform.clock.set(at('2026-11-20'));
    await tell(paid(1, '2026-11-10'), paid(2, '2026-11-11'));
    const person = customerOf({ id: CUSTOMER, updatedAt: at('2026-11-12'), birthDay: 1125 });
    await inShop((tx) => applyReadCustomers(tx, personKeys(scope), [person]));
    await reviewDirty(platform, scope.shop);
    expect(await entries()).toHaveLength(2);
    platform.clock.set(at('2026-11-25'));
    await sweepPoints(platform, scope.shop);
    await sweepPoints(platform, scope.shop);
    expect((await entries()).slice(2)).toEqual(['birthday/2026 40']);
    expect((await pointsOf(scope, CUSTOMER)).entries[0]).toMatchObject({ cause: 'available' });
    expect(await verifyPoints(scope)).toEqual([]);
    expect((await prisma().pointsMember.findFirstOrThrow({ where: mine() })).dueAt).toBeNull();
  });
});
