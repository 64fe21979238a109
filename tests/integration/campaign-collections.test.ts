import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import {
  campaignPage,
  createCampaign,
  createStanding,
  endCampaign,
  foreseeFromForm,
  pauseCampaign,
  resumeCampaign,
  type CampaignForm,
  type WantedCampaign,
} from '../../app/campaigns/index.server.ts';
import { piecesOfCampaigns } from '../../app/campaigns/uplift.store.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyOrders, reconcile, runBackfill, startBackfill } from '../../app/record/index.server.ts';
import { applyCollections } from '../../app/record/collections.store.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { tail, text } from '../../sandbox/engine/node.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { lineOf, orderOf } from '../support/order-facts.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const DAY = 86_400_000;

let database: TestDatabase;
let shop: SandboxShop;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope & { admin: AdminClient };

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: NOW, restoreRate: 100_000 });
  ({ platform, scope } = shop);
  await startBackfill(scope, { anew: false });
  await runBackfill(platform, { client: scope.admin, pause: async () => undefined }, scope.shop);
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const store = () => shop.sandbox.shop(TINY_DOMAIN).store;
const idOf = (title: string): string =>
  tail(
    text(
      [...store().collections.values()].find((one) => one['title'] === title),
      'id',
    ),
  );
const productOf = (title: string) => {
  const product = [...store().products.values()].find((one) => one['title'] === title);
  const [variant] = store().variantsOf.get(text(product, 'id')) ?? [];
  return { gid: text(product, 'id'), id: tail(text(product, 'id')), variantId: text(variant, 'id'), sku: text(variant, 'sku') };
};
const on = (...titles: string[]) => ({
  value: { kind: 'percent', percent: 50 },
  minimum: null,
  items: { kind: 'collections', ids: titles.map(idOf) },
});
const wanted = (change: Partial<WantedCampaign>): WantedCampaign => ({
  name: 'Kitchen weeks',
  audience: [],
  offers: [on('Kitchen')],
  holdOut: 0,
  startsAt: new Date('2026-11-20T00:00:00Z'),
  endsAt: new Date('2026-12-18T00:00:00Z'),
  agreed: ['below-floor'],
  ...change,
});
async function launch(change: Partial<WantedCampaign> = {}): Promise<{ id: number; codes: string[] }> {
  const made = await createCampaign(scope, wanted(change));
  if (made.kind !== 'ok') throw new Error(made.kind);
  await continueCampaigns(platform, scope.shop, { client: scope.admin, pause: () => new Promise((resolve) => setTimeout(resolve, 5)) });
  const rows = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: made.value }, orderBy: { customerId: 'asc' } });
  expect(rows.length > 0 && rows.every(({ status }) => status === 'added')).toBe(true);
  return { id: made.value, codes: rows.map(({ code }) => code) };
}
const buy = (lines: { variantId: string; quantity: number }[], code: string | undefined) =>
  shop.sandbox.shop(TINY_DOMAIN).actions.checkout({ lines, customer: null, discountCodes: [code ?? ''] });
const page = (id: number) => campaignPage(scope, { id, after: -1n, redeemedOnly: false });

/** Stock that lasts so many days, at one piece a day. */
async function lasts(product: string, days: number): Promise<void> {
  const { variantId } = productOf(product);
  const made = { model: 'mean-28', computedAt: NOW, fromDay: new Date('2026-11-20'), historyDays: 90, outOfStockDays: 0 };
  const stock = { next28: 28, sold28: 28, daily: Array.from({ length: 28 }, () => 1), available: days, leadTimeDays: 7, status: 'ok' };
  const row = { ...made, ...stock };
  const id = BigInt(tail(variantId));
  await prisma().variantForecast.upsert({
    where: { shopId_variantId: { ...mine(), variantId: id } },
    create: { ...mine(), variantId: id, ...row },
    update: row,
  });
}

describe('an offer on a collection', () => {
  it('takes off from what is in it when somebody buys, not from what was', async () => {
    const { id, codes } = await launch();
    const [mug, red] = [productOf('Blue mug'), productOf('Red mug')];
    const one = ({ variantId }: { variantId: string }) => [{ variantId, quantity: 1 }];
    expect(buy(one(red), codes[0])).toMatchObject({ errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }] });
    expect(buy([...one(mug), ...one(red)], codes[0])).toMatchObject({ kind: 'placed', applied: [{ amount: '4.25' }] });
    store().put({ t: 'product', v: { ...store().products.get(red.gid), tags: ['kitchen'] } });
    expect(buy(one(red), codes[1])).toMatchObject({ kind: 'placed', applied: [{ amount: '1.48' }] });
    expect((await page(id))?.collections).toEqual([{ title: 'Kitchen', products: 1 }]);
    store().put({ t: 'collection-gone', v: `gid://shopify/Collection/${idOf('Kitchen')}` });
    platform.clock.set(new Date(NOW.getTime() + DAY));
    await reconcile(platform, { client: scope.admin, pause: async () => undefined }, scope.shop);
    expect((await page(id))?.collections).toEqual([{ title: '', products: null }]);
  });

  it('says what has to be bought, and stays so after a pause', async () => {
    const given = productOf('Candle');
    const value = { kind: 'gets', buys: 2, gets: 1, ids: [given.id], percent: 100 };
    const { id, codes } = await launch({ offers: [{ ...on('Kitchen'), value }] });
    expect(await pauseCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect(await resumeCampaign(scope, id)).toEqual({ kind: 'ok' });
    const cart = (product: string, quantity: number) => [
      { variantId: productOf(product).variantId, quantity },
      { variantId: given.variantId, quantity: 1 },
    ];
    expect(buy(cart('Red mug', 2), codes[0])).toMatchObject({ errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }] });
    expect(buy(cart('Blue mug', 1), codes[0])).toMatchObject({ errors: [{ code: 'DISCOUNT_MINIMUM_NOT_MET' }] });
    expect(buy(cart('Blue mug', 2), codes[0])).toMatchObject({ kind: 'placed', applied: [{ code: codes[0] }] });
  });

  it('is refused where the collection is empty or not known, in campaigns and standing ones', async () => {
    const unknown = { ...on(), items: { kind: 'collections', ids: ['12345'] } };
    const standing = (offer: unknown) =>
      createStanding(scope, {
        name: 'Welcome',
        offers: [offer],
        holdOut: 0,
        trigger: { kind: 'welcome' },
        segment: '',
        priority: 50,
        validDays: 14,
        againDays: null,
        mail: null,
        agreed: true,
      });
    for (const create of [(offer: unknown) => createCampaign(scope, wanted({ offers: [offer] })), standing]) {
      expect(await create(unknown)).toEqual({ kind: 'invalid', fields: { collections: 'offers.error.collectionUnknown' } });
      expect(await create(on('Coming soon'))).toEqual({ kind: 'invalid', fields: { collections: 'offers.error.collectionEmpty' } });
      expect(await create(on('Coming soon', 'Kitchen'))).toMatchObject({ kind: 'ok' });
    }
    expect(await prisma().campaign.count({ where: mine() })).toBe(1);
  });

  it('leaves what one on the same products leaves', async () => {
    const form: CampaignForm = {
      name: '',
      segment: '',
      lastOrder: '',
      days: '',
      least: '',
      most: '',
      holdOut: '10',
      startsAt: '2026-11-20',
      endsAt: '',
      consent: false,
      tiers: [],
      products: [],
      word: '',
      budgetKind: '',
      budget: '',
      combines: [],
      mail: [],
      agreed: [],
      offers: [{ kind: 'percent', value: '20', minimum: '', pieces: '', buys: '', gets: '', given: '' }],
    };
    const margins = async (change: Partial<CampaignForm>) => (await foreseeFromForm(scope, { ...form, ...change })).margins;
    const home = [...store().products.keys()].slice(0, 4).map(tail);
    const [byCollection, byProducts, byAll] = [
      await margins({ collections: [idOf('Home page')] }),
      await margins({ products: home }),
      await margins({}),
    ];
    expect(byCollection).toEqual(byProducts);
    expect(byCollection).not.toEqual([null]);
    expect(byCollection).not.toEqual(byAll);
  });

  it('tells the forecast of the products in it, and learns from what was bought of them', async () => {
    const { id } = await launch({ offers: [on('Home page')], holdOut: 5_000 });
    const products = [...store().products.keys()].slice(0, 4).map((gid) => BigInt(tail(gid)));
    const plans = await prisma().demandPlan.findMany({ where: { ...mine(), source: `campaign/${id}` }, orderBy: { productId: 'asc' } });
    expect(plans.map(({ productId }) => productId)).toEqual(products.toSorted((a, b) => (a < b ? -1 : 1)));
    const [offered] = await prisma().campaignAssignment.findMany({ where: { ...mine(), campaignId: id, arm: 1 }, take: 1 });
    const at = new Date(NOW.getTime() + DAY);
    const lines = [products[0], BigInt(productOf('Candle').id)].map((productId, place) =>
      lineOf({ id: BigInt(place + 1), productId: productId ?? null, quantity: 3 }),
    );
    const order = orderOf({ id: 99n, customerId: offered?.customerId ?? null, processedAt: at, createdAt: at, updatedAt: at, lines });
    await platform.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [order]));
    platform.clock.set(new Date(NOW.getTime() + 2 * DAY));
    await endCampaign(scope, id);
    const [pieces] = await platform.db.forShop(scope.shop.id, (tx) => piecesOfCampaigns(tx, scope.shop.id, platform.clock.now()));
    expect(pieces?.offered.pieces).toBe(3);
  });
});

describe('a collection of which a product runs out', () => {
  it('is refused with the product and the day; the offer can be on the products that are left', async () => {
    await lasts('Red mug', 10);
    const [, red] = [...store().products.values()];
    const refused = await createCampaign(scope, wanted({ offers: [on('Home page')] }));
    expect(refused).toEqual({
      kind: 'risky',
      runningOut: [{ productId: tail(text(red, 'id')), title: 'Red mug', on: '2026-11-30' }],
      canLeaveOut: true,
      narrowed: 3,
      belowFloor: [],
    });
    const { id, codes } = await launch({ offers: [on('Home page')], agreed: ['below-floor', 'leave-out'] });
    const arm = await prisma().campaignArm.findFirst({ where: { ...mine(), campaignId: id, position: 1 } });
    const left = [...store().products.keys()]
      .slice(0, 4)
      .map(tail)
      .filter((product) => product !== tail(text(red, 'id')));
    expect(arm?.offer).toMatchObject({ items: { kind: 'products', ids: left.toSorted() } });
    expect(buy([{ variantId: productOf('Red mug').variantId, quantity: 1 }], codes[0])).toMatchObject({
      errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }],
    });
    expect(buy([{ variantId: productOf('Blue mug').variantId, quantity: 1 }], codes[0])).toMatchObject({ kind: 'placed' });
    // One that ends before has nothing to fear.
    expect(await createCampaign(scope, wanted({ offers: [on('Home page')], endsAt: new Date('2026-11-29T00:00:00Z') }))).toMatchObject({
      kind: 'ok',
    });
  });

  it('stays refused where nothing, or more than a discount names, would be left', async () => {
    await lasts('Blue mug', 5);
    const agreed = ['below-floor', 'leave-out'] as const;
    const only = await createCampaign(scope, wanted({ agreed }));
    expect(only).toMatchObject({ kind: 'risky', canLeaveOut: false, narrowed: null });
    const mug = BigInt(productOf('Blue mug').id);
    const many = Array.from({ length: 102 }, (_, at) => BigInt(at + 1));
    await prisma().product.createMany({
      data: many.map((id) => ({ ...mine(), id, title: `Thing ${id}`, status: 'active', tags: [], updatedAt: NOW })),
    });
    const collection = { id: BigInt(idOf('Staff picks')), title: 'Staff picks', handle: null, smart: false, updatedAt: NOW };
    await platform.db.forShop(scope.shop.id, (tx) =>
      applyCollections(tx, scope.shop.id, { at: NOW, collections: [{ ...collection, productIds: [mug, ...many] }] }),
    );
    const large = await createCampaign(scope, wanted({ offers: [on('Staff picks')], agreed }));
    expect(large).toMatchObject({ kind: 'risky', runningOut: [{ title: 'Blue mug' }], canLeaveOut: false, narrowed: 'too-many' });
    expect(await prisma().campaign.count({ where: mine() })).toBe(0);
  });
});
