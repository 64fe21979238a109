import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  adjustPoints,
  cancelRedemption,
  handOverGift,
  pointsOf,
  redeemReward,
  rewardsOf,
  rewardsPage,
  saveProgramme,
  saveReward,
  sweepPoints,
  switchReward,
  typedOf,
  typedReward,
  verifyPoints,
  type RewardForm,
} from '../../app/loyalty/index.server.ts';
import { loyaltyOutbox } from '../../app/loyalty/jobs.server.ts';
import { reviewPoints } from '../../app/loyalty/points/review-points.server.ts';
import type { Platform, ShopScope } from '../../app/platform/context.server.ts';
import { applyOrders } from '../../app/record/index.server.ts';
import type { OrderFacts } from '../../app/record/facts.ts';
import { listDeadOutbox, retryDeadOutbox, sendOutbox, type AdminClient } from '../../app/shopify/index.server.ts';
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
let customer = 0n;
let clock = START;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  clock = START;
  shop = await sandboxShop(database, { now: () => new Date(clock), restoreRate: 100_000 });
  platform = shop.platform;
  scope = { ...shop.scope, actor: { kind: 'staff', id: '7' } };
  const [gid = ''] = [...store().customers.keys()].toSorted();
  customer = BigInt(gid.split('/').at(-1) ?? '');
  await prisma().customer.create({ data: { shopId: scope.shop.id, id: customer, tags: [], updatedAt: new Date(clock) } });
  const saved = await saveProgramme(scope, { ...typedOf(null, scope.shop), expiry: 'never', days: '0', after: 'order' });
  if (saved.kind !== 'ok') throw new Error(JSON.stringify(saved));
  await adjustPoints(scope, { customerId: customer, points: '1000', reason: 'to spend' });
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const store = () => shop.sandbox.shop(TINY_DOMAIN).store;
const pass = (ms: number): void => platform.clock.set(new Date((clock += ms)));
const gidOf = (id: bigint): string => `gid://shopify/Customer/${id}`;
const variant = (): { id: string; productId: string } => {
  const [id = '', node] = [...store().variants][0] ?? [];
  return { id, productId: String(node?.['__parentId']) };
};

async function reward(change: Partial<RewardForm> = {}): Promise<number> {
  const form = { ...typedReward(null, scope.shop), title: '5 off', points: '300', amount: '5', codeDays: '30', ...change };
  const saved = await saveReward(scope, { id: null, form });
  if (saved.kind !== 'ok') throw new Error(JSON.stringify(saved));
  return saved.value;
}
const redeem = (rewardId: number, change: { steps?: number; key?: string; customerId?: bigint } = {}) =>
  redeemReward(scope, { customerId: customer, rewardId, steps: 1, key: 'once', ...change });
const send = (client: AdminClient = scope.admin, on: Platform = platform) =>
  sendOutbox(on, { client, handlers: loyaltyOutbox }, scope.shop);
const has = async (): Promise<bigint> => (await pointsOf(scope, customer)).available;
const latest = async () => {
  const [first] = (await rewardsOf(scope, customer)).redemptions;
  if (!first) throw new Error('nothing was redeemed');
  return first;
};
/** An order with a code comes to the record, and the customer is looked at. */
async function order(code: string, change: Partial<OrderFacts> = {}): Promise<void> {
  const use = { position: 0, kind: 'code' as const, code, title: null, valueType: 'fixed_amount', value: '5.0', amount: 500n };
  const at = platform.clock.now();
  const facts = orderOf({ id: 900n, customerId: customer, processedAt: at, createdAt: at, updatedAt: at, discountUses: [use], ...change });
  await platform.db.forShop(scope.shop.id, async (tx) => {
    await applyOrders(tx, scope.shop, [facts]);
    await reviewPoints(tx, { shop: scope.shop, customerIds: [customer], now: at });
  });
}

describe('a reward', () => {
  it('becomes a code of the customer alone, which others are refused, and its points are spent', async () => {
    const id = await reward();
    expect(await redeem(id)).toMatchObject({ kind: 'ok', points: 300 });
    expect(await has()).toBe(700n);
    expect((await latest()).state).toBe('making');
    expect(await send()).toEqual({ sent: 1, failed: 0 });
    const { state, code, endsAt } = await latest();
    expect([state, endsAt]).toEqual(['ready', new Date(START + 30 * DAY_MS)]);
    const [discount] = [...store().discounts.values()];
    expect(discount).toMatchObject({ customers: [gidOf(customer)], usageLimit: 1, value: { kind: 'amount', amount: '5.00' } });
    const cart = { lines: [{ variantId: variant().id, quantity: 1 }], discountCodes: [code ?? ''] };
    const actions = shop.sandbox.shop(TINY_DOMAIN).actions;
    const stranger = [...store().customers.keys()].find((gid) => gid !== gidOf(customer)) ?? '';
    expect(actions.quote({ ...cart, customer: { id: stranger } })).toMatchObject({ errors: [{ code: 'DISCOUNT_CUSTOMER_NOT_ELIGIBLE' }] });
    expect(actions.quote({ ...cart, customer: { id: gidOf(customer) } })).toMatchObject({ kind: 'quote', applied: [{ code }] });
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('pressed on several devices at once never spends twice; the same press twice is one', async () => {
    const id = await reward();
    const outcomes = await Promise.all(Array.from({ length: 12 }, (_, at) => redeem(id, { key: `device-${at}` })));
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome.kind === 'refused' && outcome.why === 'too-few')).toHaveLength(9);
    expect(await has()).toBe(100n);
    await adjustPoints(scope, { customerId: customer, points: '1000', reason: 'more' });
    const same = await Promise.all(Array.from({ length: 6 }, () => redeem(id, { key: 'the same' })));
    expect(new Set(same.map((outcome) => outcome.kind === 'ok' && String(outcome.id))).size).toBe(1);
    expect(await has()).toBe(800n);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('slides, is limited for each customer, and is not had once it is put away', async () => {
    const sliding = await reward({ sliding: true, points: '100', amount: '1' });
    expect(await redeem(sliding, { steps: 11 })).toEqual({ kind: 'refused', why: 'too-few' });
    expect(await redeem(sliding, { steps: 0 })).toEqual({ kind: 'refused', why: 'too-few' });
    expect(await redeem(sliding, { steps: 4 })).toMatchObject({ kind: 'ok', points: 400 });
    expect((await latest()).worth).toBe(400n);
    const once = await reward({ mostEach: '1', points: '10' });
    expect(await redeem(once, { key: 'first' })).toMatchObject({ kind: 'ok' });
    expect(await redeem(once, { key: 'second' })).toEqual({ kind: 'refused', why: 'too-often' });
    await switchReward(scope, { id: sliding, active: false });
    expect(await redeem(sliding, { key: 'late' })).toEqual({ kind: 'refused', why: 'no-reward' });
  });

  it('of a product is worth its dearest price off that product; of an unknown one is refused when it is made', async () => {
    const productId = variant().productId.split('/').at(-1) ?? '';
    await prisma().product.create({
      data: { shopId: scope.shop.id, id: BigInt(productId), title: 'Tea', status: 'ACTIVE', tags: [], updatedAt: new Date(clock) },
    });
    for (const [at, price] of [1_200n, 1_500n].entries())
      await prisma().variant.create({
        data: {
          shopId: scope.shop.id,
          id: BigInt(at + 1),
          productId: BigInt(productId),
          title: 'v',
          price,
          position: at,
          updatedAt: new Date(clock),
        },
      });
    const id = await reward({ kind: 'product', productId });
    await redeem(id);
    await send();
    expect([...store().discounts.values()][0]).toMatchObject({
      value: { kind: 'amount', amount: '15.00' },
      products: [`gid://shopify/Product/${productId}`],
    });
    const unknown = { ...typedReward(null, scope.shop), title: 'x', points: '5', kind: 'product', productId: '404' };
    expect(await saveReward(scope, { id: null, form: unknown })).toMatchObject({
      kind: 'invalid',
      fields: { productId: 'rewards.error.product' },
    });
  });
});

describe('points of a reward come back', () => {
  it('at once when the store refuses its code, and nobody can send it afterwards', async () => {
    const id = await reward();
    const gone = 999_999_999n;
    await prisma().customer.create({ data: { shopId: scope.shop.id, id: gone, tags: [], updatedAt: new Date(clock) } });
    await adjustPoints(scope, { customerId: gone, points: '500', reason: 'x' });
    await redeem(id, { customerId: gone });
    expect((await pointsOf(scope, gone)).available).toBe(200n);
    expect(await send()).toEqual({ sent: 0, failed: 1 });
    expect((await pointsOf(scope, gone)).available).toBe(500n);
    expect((await rewardsOf(scope, gone)).redemptions[0]).toMatchObject({ state: 'refused', error: expect.stringContaining('Customer') });
    expect(await listDeadOutbox(scope)).toEqual([]);
    expect(await retryDeadOutbox(scope, 'all')).toBe(0);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('an hour after its code lapsed unused, by the sweep; an order that comes later still takes them again', async () => {
    await redeem(await reward());
    await send();
    const { code } = await latest();
    pass(30 * DAY_MS);
    expect((await latest()).state).toBe('lapsed');
    expect(await sweepPoints(platform, scope.shop)).toBe(0);
    pass(3_600_000);
    expect(await sweepPoints(platform, scope.shop)).toBe(1);
    expect(await has()).toBe(1_000n);
    await order(code ?? '', { lines: [] });
    expect([await has(), (await latest()).state]).toEqual([700n, 'used']);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('when the order that used it is cancelled, where the reward says so', async () => {
    await redeem(await reward());
    await send();
    const { code } = await latest();
    await order(code ?? '', { lines: [] });
    expect((await latest()).use).toEqual({ orderId: 900n, cancelledAt: null });
    pass(60_000);
    await order(code ?? '', { lines: [], cancelledAt: platform.clock.now() });
    expect([await has(), (await latest()).state]).toEqual([1_000n, 'returned']);
    await redeem(await reward({ cancelled: false }), { key: 'kept' });
    await send();
    await order((await latest()).code ?? '', { id: 901n, lines: [], cancelledAt: platform.clock.now() });
    expect([await has(), (await latest()).state]).toEqual([700n, 'used']);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('when staff cancel it, once its code is off at the store; not when an order used it', async () => {
    await redeem(await reward());
    await send();
    const { id } = await latest();
    expect(await cancelRedemption(scope, { id, customerId: 1n })).toBe(false);
    expect(await cancelRedemption(scope, { id, customerId: customer })).toBe(true);
    expect(await cancelRedemption(scope, { id, customerId: customer })).toBe(false);
    expect([await has(), (await latest()).state]).toEqual([700n, 'cancelling']);
    await send();
    expect([await has(), (await latest()).state]).toEqual([1_000n, 'cancelled']);
    expect([...store().discounts.values()][0]?.active).toBe(false);
    await redeem(await reward(), { key: 'another' });
    await send();
    const used = await latest();
    await order(used.code ?? '', { lines: [] });
    expect(await cancelRedemption(scope, { id: used.id, customerId: customer })).toBe(false);
    expect(await verifyPoints(scope)).toEqual([]);
  });
});

describe('the store hears of a reward', () => {
  it('once, though the process dies between the call and the commit', async () => {
    await redeem(await reward());
    const dies: AdminClient = {
      ...scope.admin,
      run: async (on, operation, variables) => {
        const outcome = await scope.admin.run(on, operation, variables);
        if (String(operation).includes('CreateCampaignDiscount')) throw new Error('killed');
        return outcome;
      },
    };
    expect(await send(dies)).toEqual({ sent: 0, failed: 1 });
    expect([store().discounts.size, (await latest()).state, await has()]).toEqual([1, 'making', 700n]);
    pass(60_000);
    expect(await send()).toEqual({ sent: 1, failed: 0 });
    expect([store().discounts.size, (await latest()).state]).toEqual([1, 'ready']);
  });

  it('of store credit once at most: where nobody knows, a person looks', async () => {
    const id = await reward({ kind: 'credit', amount: '7' });
    await redeem(id);
    await send();
    expect(store().credits).toMatchObject([{ customerId: gidOf(customer), amount: '7.00' }]);
    expect((await latest()).state).toBe('done');
    await redeem(id, { key: 'second' });
    const dies: AdminClient = {
      ...scope.admin,
      runOnce: async (on, operation, variables) => {
        await scope.admin.runOnce(on, operation, variables);
        throw new Error('killed');
      },
    };
    expect(await send(dies)).toEqual({ sent: 0, failed: 1 });
    pass(DAY_MS);
    await send();
    expect([store().credits.length, (await latest()).state]).toEqual([2, 'making']);
    expect(await listDeadOutbox(scope)).toHaveLength(1);
    expect(await has()).toBe(400n);
  });

  it('nothing of a gift, which staff hand over once', async () => {
    await redeem(await reward({ kind: 'gift' }));
    const { gifts } = await rewardsPage(scope);
    const [gift] = gifts;
    expect(gifts).toMatchObject([{ customerId: customer, state: 'open' }]);
    expect([await handOverGift(scope, gift?.id ?? 0n), await handOverGift(scope, gift?.id ?? 0n)]).toEqual([true, false]);
    expect(await cancelRedemption(scope, { id: gift?.id ?? 0n, customerId: customer })).toBe(false);
    expect((await rewardsPage(scope)).rewards).toMatchObject([{ redeemed: 1, spent: 300n, used: 0 }]);
    expect(await send()).toEqual({ sent: 0, failed: 0 });
  });
});
