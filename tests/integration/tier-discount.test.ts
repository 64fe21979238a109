import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearerOf, boundCode } from '../../contracts/bound-code.ts';
import { TIER_DISCOUNT_METAFIELD, tierDiscountConfig } from '../../contracts/tier-discount.ts';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import { createCampaign } from '../../app/campaigns/index.server.ts';
import { codeKeyOf } from '../../app/campaigns/code-key.store.server.ts';
import { saveTierDiscount, tierDiscountPage, type TierDiscountForm } from '../../app/loyalty/index.server.ts';
import { loyaltyOutbox } from '../../app/loyalty/jobs.server.ts';
import { AdminUnavailableError, sendOutbox, type AdminClient } from '../../app/shopify/index.server.ts';
import { nodeAt, text } from '../../sandbox/engine/node.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

// Later than any real day: messages are due from the moment at which the database wrote them.
const NOW = new Date('2036-11-20T12:00:00Z');
let database: TestDatabase;
let shop: SandboxShop;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: NOW, restoreRate: 100_000 });
});
afterEach(() => shop.close());

const FORM: TierDiscountForm = { isOn: true, tags: '', collections: '', products: '', combines: true, holdersOnly: false };
const { namespace, key } = TIER_DISCOUNT_METAFIELD;
const sandbox = () => shop.sandbox.shop(TINY_DOMAIN);
const discounts = () => [...sandbox().store.automatic.values()];
const configs = () =>
  discounts().map(({ id }) =>
    tierDiscountConfig.parse(JSON.parse(text(sandbox().store.metafields.get(`${id}/${namespace}/${key}`), 'value'))),
  );
const customerAt = (at: number): string => [...sandbox().store.customers.keys()][at] ?? '';
const state = async () => (await tierDiscountPage(shop.scope)).state;
const send = (client: AdminClient = shop.scope.admin) => sendOutbox(shop.platform, { client, handlers: loyaltyOutbox }, shop.scope.shop);
async function save(change: Partial<TierDiscountForm> = {}): Promise<void> {
  expect(await saveTierDiscount(shop.scope, { ...FORM, ...change })).toMatchObject({ kind: 'ok' });
  expect(await send()).toMatchObject({ failed: 0 });
}
function give(customerId: string, discountPercent: number, freeShipping = false): void {
  const value = {
    version: 1,
    tier: 'Gold',
    since: null,
    spend: '0',
    currency: 'GBP',
    next: null,
    perks: { discountPercent, freeShipping },
  };
  sandbox().store.put({
    t: 'metafield',
    v: { ownerId: customerId, namespace: '$app:storebook', key: 'loyalty', type: 'json', value: JSON.stringify(value) },
  });
}
const goods = () => [...sandbox().store.variants.values()].filter((variant) => Number(variant['price']) > 0);
const checkout = (customerId: string | null, codes: string[] = [], shipping = '4.00') =>
  sandbox().actions.checkout({
    lines: goods()
      .slice(0, 2)
      .map((variant) => ({ variantId: text(variant, 'id'), quantity: 2 })),
    customer: customerId === null ? null : { id: customerId },
    discountCodes: codes,
    shipping,
  });

describe('the tiers’ discount', () => {
  it('is made in the store when it is turned on, changed there, and gone when it is turned off', async () => {
    expect(await state()).toBe('off');
    expect(await saveTierDiscount(shop.scope, { ...FORM, tags: 'sale, Final Sale', products: '7', collections: '12，13' })).toMatchObject({
      kind: 'ok',
    });
    expect(await state()).toBe('waiting');
    await send();
    expect(await state()).toBe('on');
    expect(discounts()).toMatchObject([
      {
        functionHandle: 'tier-discount',
        classes: ['ORDER', 'SHIPPING'],
        startsAt: NOW.toISOString(),
        combinesWith: { order: true, product: true, shipping: true },
      },
    ]);
    expect(configs()).toEqual([
      {
        version: 1,
        tags: ['sale', 'Final Sale'],
        products: ['gid://shopify/Product/7'],
        collections: ['gid://shopify/Collection/12', 'gid://shopify/Collection/13'],
        codeKey: null,
      },
    ]);
    const [made] = discounts();
    await save({ tags: 'sale', combines: false, holdersOnly: true });
    expect(discounts()).toMatchObject([{ id: made?.id, combinesWith: { order: false, product: false, shipping: false } }]);
    expect(configs()).toMatchObject([{ tags: ['sale'], products: [], codeKey: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    await save({ isOn: false });
    expect([discounts(), await state()]).toEqual([[], 'off']);
    const audited = await database.db.prisma.auditEntry.findMany({
      where: { shopId: shop.scope.shop.id, action: 'loyalty.discount.saved' },
    });
    expect(audited).toHaveLength(3);
    expect(JSON.stringify(audited, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(
      /[0-9a-f]{64}","|codeKey/,
    );
  });

  it('is one, however often and however broken off the store was told, and one that was ended by hand goes on', async () => {
    await saveTierDiscount(shop.scope, FORM);
    const { admin } = shop.scope;
    // The store made it, and nobody heard of it.
    const deaf: AdminClient = {
      ...admin,
      async run(of, operation, variables) {
        const outcome = await admin.run(of, operation, variables);
        if (String(operation).includes('discountAutomaticAppCreate')) throw new AdminUnavailableError('gone');
        return outcome;
      },
    };
    expect(await send(deaf)).toMatchObject({ failed: 1 });
    expect(discounts()).toHaveLength(1);
    const [made] = discounts();
    if (!made) throw new Error('no discount');
    sandbox().store.put({ t: 'automatic', v: { ...made, endsAt: '2036-01-01T00:00:00Z' } });
    shop.platform.clock.set(new Date(NOW.getTime() + 3_600_000));
    expect(await send()).toMatchObject({ sent: 1, failed: 0 });
    expect(discounts()).toMatchObject([{ id: made.id, endsAt: null }]);
  });

  it('of several that are there but the first goes', async () => {
    await save();
    const [made] = discounts();
    if (!made) throw new Error('no discount');
    const twin = { ...made, id: 'gid://shopify/DiscountAutomaticNode/999999' };
    sandbox().store.put({ t: 'automatic', v: twin });
    sandbox().store.put({
      t: 'metafield',
      v: { id: 'gid://shopify/Metafield/1', ownerId: twin.id, namespace, key, type: 'json', value: '{}' },
    });
    // Another app's, or the merchant's own, stays.
    sandbox().store.put({ t: 'automatic', v: { ...made, id: 'gid://shopify/DiscountAutomaticNode/999998' } });
    await save({ tags: 'x' });
    expect(discounts().map(({ id }) => id)).toEqual([made.id, 'gid://shopify/DiscountAutomaticNode/999998']);
  });

  it('that the store refuses is said to be', async () => {
    await saveTierDiscount(shop.scope, FORM);
    const { admin } = shop.scope;
    const refusing = {
      ...admin,
      run: async (...[of, operation, variables]: Parameters<AdminClient['run']>) =>
        String(operation).includes('discountAutomaticAppCreate')
          ? { kind: 'user-errors' as const, errors: [{ field: null, message: 'too many', code: 'MAX_APP_DISCOUNTS' }], data: {} }
          : admin.run(of, operation, variables),
    } as AdminClient;
    await send(refusing);
    expect(await state()).toBe('refused');
    await save();
    expect(await state()).toBe('on');
  });

  it.each([
    [{ products: 'abc' }, 'products'],
    [{ collections: '1, -2' }, 'collections'],
    [{ tags: 'x'.repeat(256) }, 'tags'],
    [{ tags: Array.from({ length: 101 }, (_unused, at) => `tag${at}`).join() }, 'tags'],
    [{ tags: Array.from({ length: 60 }, (_unused, at) => `${at}${'长'.repeat(80)}`).join() }, 'tags'],
  ])('with %j is not taken', async (change, field) => {
    const result = await saveTierDiscount(shop.scope, { ...FORM, ...change });
    expect(result.kind === 'invalid' ? Object.keys(result.fields) : []).toEqual([field]);
    expect(await state()).toBe('off');
  });
});

describe('at the checkout', () => {
  it('a member pays less by their tier, and not for shipping; a guest and somebody without a tier pay all', async () => {
    await save();
    const [gold, plain] = [customerAt(0), customerAt(1)];
    give(gold, 10, true);
    const totalOf = (who: string | null): number => {
      const placed = checkout(who);
      if (placed.kind === 'refused') throw new Error(placed.errors[0]?.message);
      return Number(text(nodeAt(nodeAt(placed.group.order, 'totalPriceSet'), 'shopMoney'), 'amount'));
    };
    const full = totalOf(null);
    expect(totalOf(plain)).toBe(full);
    const subtotal = full - 4;
    expect(totalOf(gold)).toBeCloseTo(subtotal - Math.round(subtotal * 10) / 100, 2);
    const placed = checkout(gold);
    expect(placed.kind === 'placed' ? placed.group.applications : []).toMatchObject([
      { __typename: 'AutomaticDiscountApplication', title: 'Gold', value: { percentage: 10 }, targetType: 'LINE_ITEM' },
      { __typename: 'AutomaticDiscountApplication', title: 'Gold', value: { percentage: 100 }, targetType: 'SHIPPING_LINE' },
    ]);
    await save({ isOn: false });
    expect(totalOf(gold)).toBe(full);
  });

  it('a product that is left out is paid in full', async () => {
    const [variant] = goods();
    const product = text(variant, '__parentId').split('/').at(-1) ?? '';
    await save({ products: product });
    give(customerAt(0), 50);
    const placed = checkout(customerAt(0));
    if (placed.kind === 'refused') throw new Error('refused');
    const [first, second] = placed.group.lines;
    expect(first?.['discountAllocations']).toEqual([]);
    const same = text(goods()[1], '__parentId') === text(variant, '__parentId');
    expect(second?.['discountAllocations']).toHaveLength(same ? 0 : 1);
  });

  it('a code that a campaign made for its holder is refused for others and for guests, and works for its holder', async () => {
    await save({ holdersOnly: true });
    const ids = [customerAt(0), customerAt(1)].map((gid) => BigInt(gid.split('/').at(-1) ?? ''));
    await database.db.prisma.customer.createMany({
      data: ids.map((id) => ({ shopId: shop.scope.shop.id, id, tags: [], updatedAt: NOW })),
    });
    const made = await createCampaign(shop.scope, {
      name: 'Come back',
      audience: [],
      offers: [{ value: { kind: 'percent', percent: 20 }, minimum: null }],
      holdOut: 0,
      startsAt: new Date(NOW.getTime() - 86_400_000),
      endsAt: new Date(NOW.getTime() + 86_400_000),
      agreed: ['below-floor'],
    });
    expect(made.kind).toBe('ok');
    await continueCampaigns(shop.platform, shop.scope.shop, { client: shop.scope.admin });
    const [one] = await database.db.prisma.campaignCode.findMany({ where: { shopId: shop.scope.shop.id }, orderBy: { customerId: 'asc' } });
    const codeKey = await shop.scope.db.forShop(shop.scope.shop.id, (tx) => codeKeyOf(tx, shop.scope.shop.id));
    expect(bearerOf(codeKey ?? '', String(one?.customerId))(one?.code ?? '')).toBe('holder');
    await expect.poll(() => sandbox().store.codes.has(one?.code ?? '')).toBe(true);
    const holder = `gid://shopify/Customer/${one?.customerId}`;
    const other = `gid://shopify/Customer/${ids.find((id) => id !== one?.customerId)}`;
    const refusedFor = (who: string | null): string | undefined => {
      const placed = checkout(who, [one?.code ?? '']);
      return placed.kind === 'refused' ? placed.errors[0]?.code : 'placed';
    };
    expect([refusedFor(other), refusedFor(null), refusedFor(holder)]).toEqual(['DISCOUNT_REJECTED', 'DISCOUNT_REJECTED', 'placed']);
    // Turned off, it is everybody's again.
    await save({ holdersOnly: false });
    expect(await shop.scope.db.forShop(shop.scope.shop.id, (tx) => codeKeyOf(tx, shop.scope.shop.id))).toBeNull();
    expect(boundCode('7KQ2M9X', { customerId: '1', key: codeKey ?? '' })).toMatch(/^7KQ2M-9X/);
  });
});
