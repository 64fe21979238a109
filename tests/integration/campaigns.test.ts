import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import { countRedemptions } from '../../app/campaigns/campaigns.server.ts';
import {
  audienceCount,
  campaignPage,
  createCampaign,
  endCampaign,
  pauseCampaign,
  resumeCampaign,
  retryCampaign,
  verifyCampaigns,
  type WantedCampaign,
} from '../../app/campaigns/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyOrders } from '../../app/record/index.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { lineOf, orderOf, refundOf } from '../support/order-facts.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const SHOP = TINY_DOMAIN;
const CUSTOMERS = 620;

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
  shop = await sandboxShop(database, { now: NOW });
  ({ sandbox, platform, scope } = shop);
  await database.db.prisma.customer.createMany({
    data: Array.from({ length: CUSTOMERS }, (_, at) => ({
      shopId: scope.shop.id,
      id: BigInt(at + 1),
      tags: [],
      emailConsent: at % 2 === 0 ? 'subscribed' : 'unsubscribed',
      updatedAt: NOW,
    })),
  });
});
afterEach(() => shop.close());

const draft = (change: Partial<WantedCampaign> = {}): WantedCampaign => ({
  name: 'Come back',
  audience: [],
  offers: [{ value: { kind: 'percent', percent: 20 }, minimum: null }],
  holdOut: 0,
  startsAt: new Date('2026-11-01T00:00:00Z'),
  endsAt: new Date('2026-12-01T00:00:00Z'),
  ...change,
});
const begin = async (change: Partial<WantedCampaign> = {}): Promise<number> => {
  const made = await createCampaign(scope, draft(change));
  if (made.kind !== 'ok') throw new Error(made.kind);
  return made.value;
};
const go = (client: AdminClient = scope.admin) => continueCampaigns(platform, scope.shop, { client });
const pageOf = async (id: number) => {
  const page = await campaignPage(scope, { id, after: -1n, redeemedOnly: false });
  if (!page) throw new Error('no campaign');
  return page;
};

/** A client that dies at its n-th call: before the store hears of it, or after it has done the work. */
function dyingClient(at: number, when: 'before' | 'after'): AdminClient {
  let calls = 0;
  return {
    ...scope.admin,
    run: (async (...call: Parameters<AdminClient['run']>) => {
      calls += 1;
      if (calls === at && when === 'before') throw new Error('killed');
      const outcome = await scope.admin.run(...call);
      if (calls === at) throw new Error('killed');
      return outcome;
    }) as AdminClient['run'],
  };
}

describe('a campaign', () => {
  it('gives each customer of its audience one code under one discount', async () => {
    expect(await audienceCount(scope, [{ code: 'consent' }])).toBe(CUSTOMERS / 2);
    const id = await begin({ audience: [{ code: 'consent' }] });
    await go();
    const page = await pageOf(id);
    expect(page.campaign).toMatchObject({ status: 'active', shown: 'active', audienceSize: CUSTOMERS / 2, error: null });
    expect(page.codes).toEqual({ all: CUSTOMERS / 2, added: CUSTOMERS / 2, refused: 0 });
    expect(page.rows.every((row) => /^([2-9A-HJKMNP-Z]{5}-){2}[2-9A-HJKMNP-Z]{5}$/.test(row.code))).toBe(true);
    expect(sandbox.shop(SHOP).store.discounts.size).toBe(1);
  });

  it.each(
    (['before', 'after'] as const).flatMap((when) => Array.from({ length: 8 }, (_, at): [number, 'before' | 'after'] => [at + 1, when])),
  )('killed at call %i (%s the store did its work) goes on and issues no code twice', async (at, when) => {
    const id = await begin();
    await go(dyingClient(at, when)).catch((error: Error) => expect(error.message).toBe('killed'));
    await go();
    await go();
    expect((await pageOf(id)).codes).toEqual({ all: CUSTOMERS, added: CUSTOMERS, refused: 0 });
    const held = [...sandbox.shop(SHOP).store.codes.keys()];
    const ours = await database.db.prisma.campaignCode.findMany({ where: { shopId: scope.shop.id } });
    expect([sandbox.shop(SHOP).store.discounts.size, held.toSorted()]).toEqual([1, ours.map((row) => row.code).toSorted()]);
    expect(new Set(ours.map((row) => row.customerId)).size).toBe(CUSTOMERS);
  });

  it('is paused, resumed and ended at the store', async () => {
    const id = await begin();
    await go();
    const discount = () => [...sandbox.shop(SHOP).store.discounts.values()].at(-1);
    expect(await pauseCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect([discount()?.active, (await pageOf(id)).campaign.status]).toEqual([false, 'paused']);
    expect(await resumeCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect([discount()?.active, discount()?.endsAt]).toEqual([true, '2026-12-01T00:00:00.000Z']);
    expect(await endCampaign(scope, id)).toEqual({ kind: 'ok' });
    expect([discount()?.active, await resumeCampaign(scope, id)]).toEqual([false, { kind: 'wrong-status' }]);
  });

  it('that the store refuses says why, and can be tried again', async () => {
    const id = await begin();
    const refusing = { ...scope.admin, run: (async () => ({ kind: 'access-denied', message: 'no discounts' })) as AdminClient['run'] };
    await go(refusing);
    expect((await pageOf(id)).campaign).toMatchObject({ status: 'failed', error: 'access denied: no discounts' });
    expect(await retryCampaign(scope, id)).toEqual({ kind: 'ok' });
    await go();
    expect((await pageOf(id)).campaign).toMatchObject({ status: 'active', error: null });
  });

  it('counts what its codes bring and cost, and follows returns', async () => {
    const id = await begin();
    await go();
    const [first] = (await pageOf(id)).rows;
    const order = (change: object = {}) =>
      orderOf({
        id: 9n,
        processedAt: NOW,
        updatedAt: NOW,
        customerId: first?.customerId ?? null,
        lines: [lineOf({ id: 90n, quantity: 1, unitPrice: 5_000n, discount: 1_000n })],
        discountUses: [
          { position: 0, code: first?.code ?? '', kind: 'code', title: null, valueType: 'percentage', value: '20.0', amount: 1_000n },
        ],
        ...change,
      });
    const apply = (facts: ReturnType<typeof order>) => scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, [facts]));
    await apply(order());
    expect(await countRedemptions(platform, scope.shop)).toBe(1);
    expect((await pageOf(id)).campaign.figures).toMatchObject({ redemptions: 1, revenue: 4_000n, discountCost: 1_000n });
    expect((await pageOf(id)).rows[0]).toMatchObject({ code: first?.code, orderId: 9n, revenue: 4_000n });
    const refund = refundOf({
      createdAt: NOW,
      lines: [{ id: 1n, lineId: 90n, quantity: 1, restockType: null, locationId: null, subtotal: 4_000n, tax: 0n }],
    });
    await apply(order({ updatedAt: new Date(NOW.getTime() + 1_000), refunds: [refund] }));
    await countRedemptions(platform, scope.shop);
    await countRedemptions(platform, scope.shop);
    expect((await pageOf(id)).campaign.figures).toMatchObject({ redemptions: 1, revenue: 0n });
    expect(await verifyCampaigns(scope)).toEqual([]);
    await database.db.prisma.campaignRedemption.updateMany({ where: { shopId: scope.shop.id }, data: { revenue: 7n } });
    expect(await verifyCampaigns(scope)).toEqual([{ table: 'campaign_redemptions', campaignId: id, orderId: 9n, live: 7n, rebuilt: 0n }]);
  });

  it('with something wrong is not begun, and says where', async () => {
    const offers = [{ value: { kind: 'percent', percent: 120 }, minimum: null }];
    const wrong = await createCampaign(scope, draft({ name: ' ', offers, endsAt: new Date('2026-10-01T00:00:00Z') }));
    expect(wrong).toEqual({
      kind: 'invalid',
      fields: { name: 'campaigns.error.name', 'offer.0': 'campaigns.error.offer', endsAt: 'campaigns.error.endsBeforeStart' },
    });
    const nobody = await createCampaign(scope, draft({ audience: [{ code: 'spend', least: '999999', most: null }] }));
    expect(nobody).toEqual({ kind: 'invalid', fields: { audience: 'campaigns.error.nobody' } });
    expect(await database.db.prisma.campaign.count({ where: { shopId: scope.shop.id } })).toBe(0);
  });
});
