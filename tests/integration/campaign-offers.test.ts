import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import {
  createCampaign,
  endCampaign,
  foreseeFromForm,
  pauseCampaign,
  resumeCampaign,
  type WantedCampaign,
} from '../../app/campaigns/index.server.ts';
import { messagesOf, sendMail, unsubscribe } from '../../app/delivery/index.server.ts';
import { deliveryOutbox } from '../../app/delivery/jobs.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyCustomers, applyOrders } from '../../app/record/index.server.ts';
import { sendOutbox, type AdminClient } from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf, lineOf, orderOf } from '../support/order-facts.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');

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
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const fillCustomers = (count: number) =>
  prisma().customer.createMany({
    data: Array.from({ length: count }, (_, at) => ({ ...mine(), id: BigInt(at + 1), tags: [], updatedAt: NOW })),
  });

const wanted = (change: Partial<WantedCampaign>): WantedCampaign => ({
  name: 'Tea time',
  audience: [],
  offers: [],
  holdOut: 0,
  startsAt: new Date('2026-11-20T00:00:00Z'),
  endsAt: new Date('2026-12-18T00:00:00Z'),
  agreed: ['below-floor'],
  ...change,
});
async function launch(change: Partial<WantedCampaign>): Promise<{ id: number; codes: string[] }> {
  const made = await createCampaign(scope, wanted(change));
  if (made.kind !== 'ok') throw new Error(made.kind);
  await continueCampaigns(platform, scope.shop, { client: scope.admin, pause: () => new Promise((resolve) => setTimeout(resolve, 5)) });
  const rows = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: made.value }, orderBy: { customerId: 'asc' } });
  expect(rows.every(({ status }) => status === 'added')).toBe(true);
  return { id: made.value, codes: rows.map(({ code }) => code) };
}

/** The sandbox's goods: of the tiny store, by product. */
const goods = () => {
  const { store } = shop.sandbox.shop(TINY_DOMAIN);
  return [...store.variants.values()].map((variant) => ({
    variantId: z.string().parse(variant['id']),
    productId: z.string().parse(variant['__parentId']).split('/').at(-1) ?? '',
    price: BigInt(Math.round(Number(variant['price']) * 100)),
  }));
};
type Lines = { variantId: string; quantity: number }[];
const buy = (lines: Lines, discountCodes: string[], more: { shipping?: string } = {}) =>
  shop.sandbox.shop(TINY_DOMAIN).actions.checkout({ lines, customer: null, discountCodes, ...more });

const FORM = {
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
  products: ['7'],
  word: '',
  budgetKind: '',
  budget: '',
  combines: [],
  mail: [],
  agreed: [],
};

describe('an offer', () => {
  beforeEach(() => fillCustomers(3));

  it('of free shipping takes it off at the checkout, up to the rate that it names, also after a pause', async () => {
    const { id, codes } = await launch({ offers: [{ value: { kind: 'shipping', upTo: '500' }, minimum: null }], word: 'post' });
    expect(codes[0]).toMatch(/^POST-/);
    const [good] = goods();
    const lines = [{ variantId: good?.variantId ?? '', quantity: 1 }];
    expect(buy(lines, [codes[0] ?? ''], { shipping: '5.01' })).toMatchObject({ errors: [{ code: 'DISCOUNT_NOT_ENTITLED' }] });
    expect(await pauseCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect(buy(lines, [codes[0] ?? ''], { shipping: '4.95' })).toMatchObject({ errors: [{ code: 'DISCOUNT_DISABLED' }] });
    expect(await resumeCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect(buy(lines, [codes[0] ?? ''], { shipping: '4.95' })).toMatchObject({ kind: 'placed', applied: [{ amount: '4.95' }] });
    expect(buy(lines, [codes[0] ?? ''], { shipping: '4.95' })).toMatchObject({ errors: [{ code: 'DISCOUNT_LIMIT_REACHED' }] });
  });

  it('of pieces that come along gives them to who buys enough, also after a pause', async () => {
    const [bought, given] = goods();
    if (!bought || !given) throw new Error('too few goods');
    const value = { kind: 'gets', buys: 2, gets: 1, ids: [given.productId], percent: 100 };
    const offer = { value, minimum: null, items: { kind: 'products', ids: [bought.productId] } };
    const { id, codes } = await launch({ offers: [offer] });
    expect(await pauseCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect(await resumeCampaign(scope, id)).toEqual({ kind: 'ok' });
    const lines = (quantity: number): Lines => [
      { variantId: bought.variantId, quantity },
      { variantId: given.variantId, quantity: 1 },
    ];
    expect(buy(lines(1), [codes[0] ?? ''])).toMatchObject({ errors: [{ code: 'DISCOUNT_MINIMUM_NOT_MET' }] });
    const amount = (Number(given.price) / 100).toFixed(2);
    expect(buy(lines(2), [codes[0] ?? ''])).toMatchObject({ kind: 'placed', applied: [{ amount }] });
  });

  it('stands beside another where both may, and needs its pieces', async () => {
    const combines = { order: true, product: false, shipping: true };
    const post = { value: { kind: 'shipping', upTo: null }, minimum: null, combines: { ...combines, shipping: false } };
    const shipping = await launch({ offers: [post] });
    const tenth = await launch({ offers: [{ value: { kind: 'percent', percent: 10 }, minimum: null, pieces: 2, combines }] });
    const alone = await launch({ offers: [{ value: { kind: 'percent', percent: 10 }, minimum: null }] });
    const [good] = goods();
    const lines = (quantity: number): Lines => [{ variantId: good?.variantId ?? '', quantity }];
    const with1 = (other: { codes: string[] }): string[] => [shipping.codes[0] ?? '', other.codes[0] ?? ''];
    expect(buy(lines(2), with1(alone), { shipping: '3.00' })).toMatchObject({ errors: [{ code: 'DISCOUNT_CANNOT_COMBINE' }] });
    expect(buy(lines(1), with1(tenth), { shipping: '3.00' })).toMatchObject({ errors: [{ code: 'DISCOUNT_MINIMUM_NOT_MET' }] });
    expect(buy(lines(2), with1(tenth), { shipping: '3.00' })).toMatchObject({ kind: 'placed', applied: [{ amount: '3.00' }, {}] });
  });
});

describe('a campaign by mail', () => {
  const TEXTS = [{ locale: 'en', subject: '{{offer}}', body: 'Hello {{first_name}}, {{code}}' }];
  const offers = [
    { value: { kind: 'percent', percent: 10 }, minimum: '2000' },
    { value: { kind: 'shipping', upTo: null }, minimum: null },
  ];
  /** The store's customers as the record has them; every other one agreed to mail. */
  async function fillPeople(): Promise<bigint[]> {
    const { store } = shop.sandbox.shop(TINY_DOMAIN);
    const people = [...store.customers.values()].map((customer, at) =>
      customerOf({
        id: BigInt(String(customer['id']).split('/').at(-1) ?? ''),
        email: String(customer['email']),
        firstName: String(customer['firstName']),
        emailConsent: at % 2 === 0 ? 'subscribed' : 'not_subscribed',
        updatedAt: NOW,
      }),
    );
    await platform.db.forShop(scope.shop.id, (tx) => applyCustomers(tx, { shopId: scope.shop.id, keys: platform.env.keys }, people));
    return people.map(({ id }) => id);
  }

  it('writes to who gets a code and agreed, in the words of their own offer, when it has begun', async () => {
    const people = await fillPeople();
    const start = new Date(NOW.getTime() + 3_600_000);
    const { id } = await launch({ offers, mail: TEXTS, startsAt: start });
    expect(await sendMail(platform, scope.shop)).toMatchObject({ sent: 0 });
    platform.clock.set(start);
    await sendMail(platform, scope.shop);
    const counts = await messagesOf(scope, id);
    const agreed = Math.ceil(people.length / 2);
    expect(counts).toEqual({ sent: agreed, skipped: people.length - agreed });
    const { mails } = shop.sandbox.mail;
    const codes = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: id } });
    expect(mails).toHaveLength(agreed);
    for (const { subject, text, to } of mails) {
      const code = codes.find((one) => text.includes(one.code));
      expect(subject).toBe(code?.arm === 1 ? '10% off from £20.00' : 'Free shipping');
      const held = shop.sandbox.shop(TINY_DOMAIN).store.customers.get(`gid://shopify/Customer/${code?.customerId}`);
      expect(to).toEqual([held?.['email']]);
    }
    // Made once more from the start, as after a crash: the same keys, nothing new.
    await prisma().campaign.updateMany({ where: { ...mine(), id }, data: { status: 'creating' } });
    await continueCampaigns(platform, scope.shop, { client: scope.admin });
    expect(await prisma().mailMessage.count({ where: mine() })).toBe(people.length);
  });

  it('says which points lapse and when, where any do', async () => {
    const people = await fillPeople();
    const noted = { shopId: scope.shop.id, replayedAt: NOW, lapseAt: new Date('2027-02-28T23:30:00Z'), lapsePoints: 1_250 };
    await prisma().pointsMember.create({ data: { ...noted, customerId: people[0] ?? 0n } });
    await prisma().pointsMember.create({ data: { ...noted, customerId: people[2] ?? 0n, lapseAt: null, lapsePoints: null } });
    const body = '{{points_lapsing|no}} points until {{points_until|ever}}';
    await launch({ offers, mail: [{ locale: 'en', subject: 'x', body }] });
    await sendMail(platform, scope.shop);
    const said = shop.sandbox.mail.mails.map(({ text }) => text.split('\n')[0]);
    expect(new Set(said)).toEqual(new Set(['1,250 points until February 28, 2027', 'no points until ever']));
    expect(said.filter((text) => text?.startsWith('1,250'))).toHaveLength(1);
  });

  it('that is ended writes to nobody more, and who unsubscribes is known to the store', async () => {
    const [first = 0n] = await fillPeople();
    const { id } = await launch({ offers, mail: TEXTS });
    await unsubscribe(platform, { shopId: scope.shop.id, customerId: first });
    platform.clock.set(new Date('2036-01-01T00:00:00Z'));
    await sendOutbox(platform, { client: scope.admin, handlers: deliveryOutbox }, scope.shop);
    platform.clock.set(NOW);
    const held = shop.sandbox.shop(TINY_DOMAIN).store.customers.get(`gid://shopify/Customer/${first}`);
    expect(held?.['emailMarketingConsent']).toMatchObject({ marketingState: 'UNSUBSCRIBED', consentUpdatedAt: NOW.toISOString() });
    expect(await endCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect(await sendMail(platform, scope.shop)).toMatchObject({ sent: 0 });
    expect(Object.keys(await messagesOf(scope, id))).toEqual(['skipped']);
  });

  it('needs texts that can be filled', async () => {
    await fillPeople();
    const mail = [
      { locale: 'en', subject: ' ', body: 'Hello' },
      { locale: 'zh-CN', subject: 'x', body: '{{cod}}' },
    ];
    expect(await createCampaign(scope, wanted({ offers, mail }))).toEqual({
      kind: 'invalid',
      fields: { 'mail.en.subject': 'delivery.error.empty', 'mail.zh-CN.body': 'delivery.error.meant' },
    });
  });
});

describe('a budget', () => {
  const amount = { value: { kind: 'amount', amount: '300' }, minimum: null };

  it('is kept however many pay at once: no more codes are out than it bears', async () => {
    await fillCustomers(2_500);
    const { id, codes } = await launch({ offers: [amount], holdOut: 2_000, budget: { kind: 'money', most: '10000' } });
    expect(codes).toHaveLength(33);
    const [good] = goods();
    shop.sandbox.shop(TINY_DOMAIN).store.levels.forEach((level) => (level.available = 1_000_000));
    const lines = [{ variantId: good?.variantId ?? '', quantity: 5 }];
    const placed = codes.map((code) => buy(lines, [code]));
    const given = placed.reduce((sum, one) => sum + (one.kind === 'placed' ? Number(one.applied[0]?.amount) : 0), 0);
    expect([placed.every(({ kind }) => kind === 'placed'), given]).toEqual([true, 99]);
    // Beside them a hold-out in the shares of the campaign, drawn from the same customers; nobody else is in it.
    const held = await prisma().campaignAssignment.count({ where: { ...mine(), campaignId: id, arm: 0 } });
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(33);
  });

  it('draws by chance, not the first to come', async () => {
    await fillCustomers(2_500);
    const { id } = await launch({ offers: [amount], budget: { kind: 'uses', most: 500 } });
    const rows = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: id } });
    const early = rows.filter(({ customerId }) => customerId <= 1_250n).length;
    expect(rows).toHaveLength(500);
    // Binomial with 500 and a half: five standard deviations are 56.
    expect(Math.abs(early - 250)).toBeLessThan(56);
  });

  it('goes on after a crash with the same customers, and who comes later lifts it over nothing', async () => {
    await fillCustomers(2_500);
    const made = await createCampaign(scope, wanted({ offers: [amount], budget: { kind: 'uses', most: 100 } }));
    if (made.kind !== 'ok') throw new Error(made.kind);
    let left = 3;
    const dies = (): Uint8Array => {
      left -= 1;
      if (left < 0) throw new Error('killed');
      return crypto.getRandomValues(new Uint8Array(16));
    };
    await expect(continueCampaigns(platform, scope.shop, { client: scope.admin, bytes: dies })).rejects.toThrow('killed');
    const drawn = await prisma().campaign.findFirstOrThrow({ where: { ...mine(), id: made.value } });
    expect(drawn.inclusion).toBeGreaterThan(0);
    await prisma().customer.createMany({
      data: Array.from({ length: 5_000 }, (_, at) => ({ ...mine(), id: BigInt(at + 10_001), tags: [], updatedAt: NOW })),
    });
    await continueCampaigns(platform, scope.shop, { client: scope.admin });
    expect(await prisma().campaignCode.count({ where: { ...mine(), campaignId: made.value } })).toBe(100);
    const after = await prisma().campaign.findFirstOrThrow({ where: { ...mine(), id: made.value } });
    expect([after.inclusion, after.status, after.mostCodes]).toEqual([drawn.inclusion, 'active', 100]);
  });

  it('of money is refused for what no sum bounds, or where it bears no code', async () => {
    await fillCustomers(3);
    const budget = { kind: 'money', most: '200' };
    const made = (offer: unknown) => createCampaign(scope, wanted({ offers: [offer], budget }));
    expect(await made({ value: { kind: 'percent', percent: 10 }, minimum: null })).toMatchObject({
      fields: { budget: 'offers.error.unbounded' },
    });
    expect(await made(amount)).toMatchObject({ fields: { budget: 'offers.error.tooSmall' } });
  });
});

it('foresees what free shipping and pieces that come along leave', async () => {
  await fillCustomers(3);
  await prisma().product.createMany({
    data: [7n, 8n].map((id) => ({ ...mine(), id, title: `P${id}`, status: 'active', tags: [], updatedAt: NOW })),
  });
  await prisma().inventoryItem.createMany({
    data: [7n, 8n].map((id) => ({ ...mine(), id: id * 10n, unitCost: id * 100n, unitCostCurrency: scope.shop.currency, updatedAt: NOW })),
  });
  await prisma().variant.createMany({
    data: [7n, 8n].map((id) => ({
      ...mine(),
      id,
      productId: id,
      inventoryItemId: id * 10n,
      title: 'One',
      price: id * 200n,
      position: 1,
      updatedAt: NOW,
    })),
  });
  const margins = async (offer: Record<string, string>) => {
    const typed = { kind: 'gets', value: '100', minimum: '', pieces: '', buys: '1', gets: '1', given: '8', ...offer };
    return (await foreseeFromForm(scope, { ...FORM, offers: [typed] })).margins;
  };
  // No order yet: nothing can be told.
  expect(await margins({})).toEqual([null]);

  const at = new Date('2026-11-10T12:00:00Z');
  const line = lineOf({ variantId: 7n, productId: 7n, quantity: 2, currentQuantity: 2, unitPrice: 1_400n });
  const order = orderOf({
    id: 1n,
    customerId: 1n,
    processedAt: at,
    createdAt: at,
    updatedAt: at,
    currency: scope.shop.currency,
    lines: [line],
  });
  await platform.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [order]));
  // Two for 14.00 that cost 7.00; one for 16.00 that costs 8.00 comes along: 28 − 14 − 8.
  expect(await margins({})).toMatchObject([{ paid: 2_800n, discount: 1_600n, margin: 600n }]);
  expect(await margins({ value: '50' })).toMatchObject([{ paid: 3_600n, discount: 800n, margin: 1_400n }]);
  expect(await margins({ buys: '3' })).toEqual([null]);
  // 5.00 of shipping.
  expect(await margins({ kind: 'shipping', value: '' })).toMatchObject([{ paid: 2_800n, discount: 500n, margin: 900n }]);
  expect(await margins({ kind: 'shipping', value: '4.99' })).toMatchObject([{ discount: 0n, margin: 1_400n }]);
  expect(await margins({ kind: 'percent', value: '10', pieces: '2' })).toMatchObject([{ paid: 2_520n, margin: 1_120n }]);
  expect(await margins({ kind: 'percent', value: '10', pieces: '3' })).toEqual([null]);
});
