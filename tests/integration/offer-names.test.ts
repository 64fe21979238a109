import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { armsOf } from '../../app/campaigns/arms.ts';
import { insertCampaign } from '../../app/campaigns/campaigns.store.server.ts';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import { createCampaign } from '../../app/campaigns/index.server.ts';
import { offerSchema } from '../../app/campaigns/offer.ts';
import { clearanceOffers } from '../../app/campaigns/standing/clearance.ts';
import { noteOccasions } from '../../app/campaigns/standing/standing.store.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';
import { DAY, standingShop } from '../support/standing-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const MAIL = [{ locale: 'en', subject: 'Hello', body: '{{offer}}: {{code}}' }];

let database: TestDatabase;
let shop: SandboxShop;
let products: string[];
let scope: TestPlatform & ShopScope & { admin: AdminClient };
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: NOW, restoreRate: 100_000 });
  ({ scope } = shop);
  await prisma().product.deleteMany({ where: mine() });
  // The store knows no others.
  const known = [...shop.sandbox.shop(TINY_DOMAIN).store.products.keys()];
  products = known
    .map((gid) => gid.split('/').at(-1) ?? '')
    .toSorted()
    .slice(0, 5);
  const titles = ['Green tea', 'Cup', 'Pot', 'Tray', 'Spoon'];
  await prisma().product.createMany({
    data: titles.map((title, at) => ({ ...mine(), id: BigInt(products[at] ?? at), title, status: 'active', tags: [], updatedAt: NOW })),
  });
  await prisma().customer.createMany({
    data: [1n, 2n].map((id) => ({ ...mine(), id, tags: [], locale: id === 2n ? 'zh-CN' : 'en', updatedAt: NOW })),
  });
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const go = () => continueCampaigns(scope, scope.shop, { client: scope.admin, pause: () => Promise.resolve() });
const offer = offerSchema.parse({ value: { kind: 'percent', percent: 20 }, minimum: null });

it('a clearance tells each customer of which products, by mail: their own first, the others up to three and how many more', async () => {
  const standing = await standingShop(scope, NOW).stand({ kind: 'overstock' }, { mail: MAIL });
  const audience = { code: 'occasion', standing, run: 1 };
  const occasions = products.map((product) => `clearance/${product}/2026-11`);
  await scope.db.forShop(scope.shop.id, async (tx) => {
    const noted = [
      { customerId: 1n, occasion: `clearance/${products[3]}/2026-11`, outcome: 'offered' },
      { customerId: 2n, occasion: `clearance/${products[1]}/2026-11`, outcome: 'offered' },
    ] as const;
    await noteOccasions(tx, scope.shop.id, { standingId: standing, run: 1, at: NOW, noted });
    await insertCampaign(tx, scope.shop.id, {
      name: 'Clearance',
      audience: [audience],
      startsAt: NOW,
      endsAt: new Date(NOW.getTime() + 7 * DAY),
      word: null,
      budget: null,
      arms: armsOf(clearanceOffers([offer], occasions), 0),
      mostCodes: null,
      demandFactor: 1,
      delivery: 'mail',
      standingId: standing,
      run: 1,
      policy: null,
      seed: new Uint8Array(32),
      beforeDays: 28,
      now: NOW,
    });
  });
  await go();
  const mails = await prisma().mailMessage.findMany({ where: mine(), orderBy: { customerId: 'asc' } });
  expect(mails.map(({ variables }) => Object(variables)['offer'])).toEqual([
    { en: '20% off Tray, Green tea, Cup, and 2 more', 'zh-CN': 'Tray、Green tea、Cup和另外 2 种商品减 20%' },
    { en: '20% off Cup, Green tea, Pot, and 2 more', 'zh-CN': 'Cup、Green tea、Pot和另外 2 种商品减 20%' },
  ]);
});

it('an offer on products that goes to Flow names them in the customer’s language', async () => {
  const made = await createCampaign(scope, {
    name: 'Pots',
    audience: [],
    offers: [{ ...offer, items: { kind: 'products', ids: [products[2], products[4]] } }],
    holdOut: 0,
    startsAt: NOW,
    endsAt: null,
    flow: true,
    agreed: ['below-floor'],
  });
  expect(made.kind).toBe('ok');
  await go();
  const rows = await prisma().outboxMessage.findMany({ where: { ...mine(), kind: 'campaigns.flow' }, orderBy: { id: 'asc' } });
  expect(rows.map(({ payload }) => Object(payload)['offer'])).toEqual(['20% off Pot and Spoon', 'Pot和Spoon减 20%']);
});
