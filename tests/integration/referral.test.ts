import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  decideReferral,
  makeReferralCode,
  pointsOf,
  referralOf,
  referralPage,
  saveProgramme,
  saveReferral,
  sweepPoints,
  typedOf,
  typedReferral,
  verifyPoints,
  type ReferralForm,
} from '../../app/loyalty/index.server.ts';
import { loyaltyOutbox } from '../../app/loyalty/jobs.server.ts';
import { judgeReferrals } from '../../app/loyalty/referral/referral.server.ts';
import { reviewDirty } from '../../app/loyalty/index.server.ts';
import type { Platform, ShopScope } from '../../app/platform/context.server.ts';
import { applyCustomers, applyOrders, personKeys } from '../../app/record/index.server.ts';
import type { CustomerFacts, OrderFacts } from '../../app/record/facts.ts';
import { sendOutbox, type AdminClient } from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf, orderOf } from '../support/order-facts.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const DAY_MS = 86_400_000;
// Later than any real day: messages are due from the moment at which the database wrote them.
const START = Date.UTC(2036, 10, 20, 12);
const [MEMBER, FRIEND, OTHER] = [1n, 2n, 3n];
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
  platform = shop.platform;
  scope = { ...shop.scope, actor: { kind: 'staff', id: '7' } };
  for (const [position, kind] of ['locations', 'products', 'inventory', 'customers', 'orders'].entries())
    await database.db.prisma.backfill.create({ data: { shopId: scope.shop.id, kind, position, status: 'done' } });
  await people([person(MEMBER, 'ada'), person(FRIEND, 'ben'), person(OTHER, 'cleo')]);
  const rules = { ...typedOf(null, scope.shop), per: '1000000', expiry: 'never', days: '0', after: 'order' };
  const saved = await saveProgramme(scope, rules);
  if (saved.kind !== 'ok') throw new Error(JSON.stringify(saved));
});
afterEach(() => shop.close());

const store = () => shop.sandbox.shop(TINY_DOMAIN).store;
const pass = (ms: number): void => platform.clock.set(new Date((clock += ms)));
const send = (on: Platform = platform) => sendOutbox(on, { client: scope.admin, handlers: loyaltyOutbox }, scope.shop);
const person = (id: bigint, name: string): CustomerFacts =>
  customerOf({ id, email: `${name}@example.com`, firstName: name, lastName: null, phone: null, address: null });
const people = async (facts: CustomerFacts[]): Promise<void> => {
  await platform.db.forShop(scope.shop.id, (tx) => applyCustomers(tx, personKeys(scope), facts));
};
const referral = async (change: Partial<ReferralForm> = {}): Promise<void> => {
  const form = { ...typedReferral(null, scope.shop), referrerPoints: '200', friendPoints: '50', days: '30', ...change };
  expect(await saveReferral(scope, form)).toMatchObject({ kind: 'ok' });
  await send();
};
async function codeOf(customerId = MEMBER): Promise<string> {
  expect(await makeReferralCode(scope, customerId)).toBe(true);
  await send();
  const { code } = await referralOf(scope, customerId);
  if (code?.status !== 'ready') throw new Error(JSON.stringify(code));
  return code.code;
}
/** An order comes to the record and is looked at, as the worker does. */
async function order(id: bigint, customerId: bigint, change: Partial<OrderFacts> & { code?: string } = {}): Promise<void> {
  const { code, ...rest } = change;
  const at = platform.clock.now();
  const use = { position: 0, kind: 'code' as const, title: null, valueType: 'percentage', value: '10', amount: 100n };
  const facts = orderOf({
    id,
    customerId,
    processedAt: at,
    createdAt: at,
    updatedAt: at,
    discountUses: code ? [{ ...use, code }] : [],
    ...rest,
  });
  await platform.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [facts]));
  await reviewDirty(platform, scope.shop);
  await judgeReferrals(platform, scope.shop);
}
const has = async (id: bigint): Promise<[bigint, bigint]> => {
  const { available, pending } = await pointsOf(scope, id);
  return [available, pending];
};
const statuses = async (): Promise<string[]> =>
  (await referralPage(scope)).referrals.map((row) => `${row.friendId} ${row.status} ${row.signals.join()}`);

describe('a friend', () => {
  it('with a member’s code gives both points, once the return window is over', async () => {
    await referral();
    const code = await codeOf();
    expect(store().codes.get(code)).toMatchObject({ discountId: [...store().discounts.keys()][0] });
    await order(10n, FRIEND, { code });
    expect(await statuses()).toEqual(['2 counts ']);
    expect([await has(MEMBER), await has(FRIEND)]).toEqual([
      [0n, 200n],
      [0n, 50n],
    ]);
    pass(30 * DAY_MS);
    await sweepPoints(platform, scope.shop);
    expect([await has(MEMBER), await has(FRIEND)]).toEqual([
      [200n, 0n],
      [50n, 0n],
    ]);
    await order(11n, FRIEND, { code });
    expect(await has(MEMBER)).toEqual([200n, 0n]);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('whose order is cancelled, or who bought before, gives nobody points; also when that is heard late', async () => {
    await referral();
    const code = await codeOf();
    await order(10n, FRIEND, { code });
    pass(DAY_MS);
    await order(10n, FRIEND, { code, processedAt: new Date(START), cancelledAt: platform.clock.now() });
    expect([await has(MEMBER), await has(FRIEND)]).toEqual([
      [0n, 0n],
      [0n, 0n],
    ]);
    await order(12n, OTHER, { code });
    expect(await has(MEMBER)).toEqual([0n, 200n]);
    await order(13n, OTHER, { processedAt: new Date(START - 100 * DAY_MS), createdAt: new Date(START - 100 * DAY_MS) });
    expect([await has(MEMBER), await has(OTHER)]).toEqual([
      [0n, 0n],
      [0n, 0n],
    ]);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('keeps what was promised when the promise changes, and the store’s one discount follows', async () => {
    await referral();
    const code = await codeOf();
    await order(10n, FRIEND, { code });
    await referral({ referrerPoints: '5', kind: 'amount', amount: '3', active: false });
    expect(await has(MEMBER)).toEqual([0n, 200n]);
    expect([...store().discounts.values()]).toMatchObject([{ value: { kind: 'amount', amount: '3.00' }, active: false, usageLimit: null }]);
    await order(11n, OTHER, { code });
    expect(await has(MEMBER)).toEqual([0n, 205n]);
    expect(await makeReferralCode(scope, OTHER)).toBe(false);
  });
});

describe('what looks like one person', () => {
  it('is held with its reason, and staff decide', async () => {
    const shared = { phone: '+44 20 7946 0000', address: null };
    await people([
      { ...person(MEMBER, 'ada'), ...shared, email: 'ada.reid@gmail.com', updatedAt: new Date(START) },
      { ...person(FRIEND, 'ben'), ...shared, email: 'adareid+2@gmail.com', updatedAt: new Date(START) },
    ]);
    await referral();
    const code = await codeOf();
    await order(10n, FRIEND, { code });
    expect(await statuses()).toEqual(['2 held mailbox,phone']);
    expect(await has(MEMBER)).toEqual([0n, 0n]);
    expect(await decideReferral(scope, { friendId: FRIEND, counts: true })).toBe(true);
    expect(await decideReferral(scope, { friendId: FRIEND, counts: true })).toBe(false);
    expect(await has(MEMBER)).toEqual([0n, 200n]);
    expect(await decideReferral(scope, { friendId: FRIEND, counts: false })).toBe(true);
    expect(await has(MEMBER)).toEqual([0n, 0n]);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('one’s own code, and two who bring each other, are seen', async () => {
    await referral();
    const code = await codeOf();
    await order(10n, MEMBER, { code });
    expect(await statuses()).toEqual(['1 refused self']);
    const others = await codeOf(FRIEND);
    await order(11n, OTHER, { code: others });
    const back = await codeOf(OTHER);
    await order(12n, FRIEND, { code: back });
    expect((await statuses()).toSorted()).toEqual(['1 refused self', '2 held circle', '3 counts ']);
  });
});

it('codes asked for before the discount is there are made with it', async () => {
  expect(await makeReferralCode(scope, MEMBER)).toBe(false);
  const form = typedReferral(null, scope.shop);
  await saveReferral(scope, form);
  for (const id of [MEMBER, FRIEND, OTHER]) await makeReferralCode(scope, id);
  expect((await referralOf(scope, MEMBER)).code?.status).toBe('waiting');
  await send();
  expect((await referralOf(scope, OTHER)).code?.status).toBe('ready');
  expect(store().codesOf.get([...store().discounts.keys()][0] ?? '')?.size).toBe(4);
  expect(await saveReferral(scope, { ...form, percent: '0' })).toMatchObject({
    kind: 'invalid',
    fields: { percent: 'referral.error.number' },
  });
});
