import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { continueCampaigns } from '../../app/campaigns/create-codes.server.ts';
import {
  campaignPage,
  createCampaign,
  endCampaign,
  markOffers,
  offersTo,
  replaceCode,
  revokeCodes,
  type WantedCampaign,
} from '../../app/campaigns/index.server.ts';
import { campaignOutbox } from '../../app/campaigns/jobs.server.ts';
import { shopsWithReplacements } from '../../app/campaigns/misuse/replace.store.server.ts';
import { revokeAtStore } from '../../app/campaigns/misuse/revoke.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { sendOutbox, type AdminClient } from '../../app/shopify/index.server.ts';
import { claimDue } from '../../app/shopify/outbox.store.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';
import { DAY, standingShop } from '../support/standing-shop.ts';

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
  shop = await sandboxShop(database, { now: () => platform?.clock.now() ?? NOW, restoreRate: 100_000 });
  ({ platform, scope } = shop);
  platform.clock.set(NOW);
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
const mine = () => ({ shopId: scope.shop.id });
const store = () => shop.sandbox.shop(TINY_DOMAIN).store;
const soon = { pause: () => new Promise<void>((done) => setTimeout(done, 40)) };
const go = (client: AdminClient = scope.admin) => continueCampaigns(platform, scope.shop, { client, pause: () => Promise.resolve() });
const send = () => sendOutbox(platform, { client: scope.admin, handlers: campaignOutbox }, scope.shop);
const ids = (): bigint[] =>
  [...store().customers.keys()]
    .map((gid) => BigInt(gid.split('/').at(-1) ?? ''))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .slice(0, 4);
const ada = (): bigint => ids()[0] ?? 0n;
const flows = (): string[] => store().flows.map(({ payload }) => String(payload['Code']));

async function campaign(change: Partial<WantedCampaign> = {}): Promise<{ id: number; codes: string[] }> {
  await prisma().customer.createMany({
    data: ids().map((id) => ({ ...mine(), id, tags: [], updatedAt: NOW })),
    skipDuplicates: true,
  });
  const made = await createCampaign(scope, {
    name: 'Come back',
    audience: [],
    offers: [{ value: { kind: 'percent', percent: 20 }, minimum: null }],
    holdOut: 0,
    startsAt: NOW,
    endsAt: new Date(NOW.getTime() + 10 * DAY),
    word: 'TEA',
    agreed: ['below-floor'],
    ...change,
  });
  if (made.kind !== 'ok') throw new Error(made.kind);
  await go();
  const rows = await prisma().campaignCode.findMany({ where: { ...mine(), campaignId: made.value }, orderBy: { customerId: 'asc' } });
  return { id: made.value, codes: rows.map(({ code }) => code) };
}
async function taken(code: string): Promise<void> {
  await revokeCodes(scope, code);
  await revokeAtStore(platform, scope.shop, { client: scope.admin, ...soon });
}
const shownOf = async (id: number) => (await campaignPage(scope, { id, after: -1n, redeemedOnly: false }))?.rows ?? [];

describe('a code that is taken back', () => {
  it('is not handed to Flow any more: not what waits, nor what is claimed when it is taken back', async () => {
    const { codes } = await campaign({ flow: true });
    const [waits = '', claimed = '', ...rest] = codes;
    await revokeCodes(scope, waits);
    const outbox = await prisma().outboxMessage.findMany({ where: { ...mine(), kind: 'campaigns.flow' }, orderBy: { id: 'asc' } });
    expect(outbox.map(({ status }) => status)).toEqual(['superseded', 'pending', 'pending', 'pending']);
    // Taken back in a moment at which the line was read already: as if the mark came after the claim.
    await prisma().campaignCode.update({ where: { shopId_code: { ...mine(), code: claimed } }, data: { status: 'revoking' } });
    expect(await send()).toEqual({ sent: 2, failed: 0 });
    expect(flows().toSorted()).toEqual(rest.toSorted());
    const after = await prisma().outboxMessage.findMany({ where: { ...mine(), kind: 'campaigns.flow' }, orderBy: { id: 'asc' } });
    expect(after.map(({ status }) => status)).toEqual(['superseded', 'superseded', 'sent', 'sent']);
    expect(await claimDue(platform.db, scope.shop.id, { now: new Date(NOW.getTime() + DAY), count: 10 })).toEqual([]);
  });

  it('gets another in its place, of the same offer and end, told of once; the old one stays taken back', async () => {
    const { id, codes } = await campaign({ flow: true });
    await send();
    const [old = ''] = codes;
    expect(await replaceCode(scope, old)).toEqual({ kind: 'not-replaced', reason: 'working' });
    await revokeCodes(scope, old);
    expect(await replaceCode(scope, old)).toEqual({ kind: 'not-replaced', reason: 'revoking' });
    await revokeAtStore(platform, scope.shop, { client: scope.admin, ...soon });
    expect(await replaceCode(scope, 'NOT-OURS')).toEqual({ kind: 'not-replaced', reason: 'unknown' });
    const outcomes = await Promise.all([replaceCode(scope, old.toLowerCase()), replaceCode(scope, old)]);
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['not-replaced', 'replaced']);
    expect(await replaceCode(scope, old)).toEqual({ kind: 'not-replaced', reason: 'already' });
    expect(await shopsWithReplacements(database.db)).toEqual([scope.shop.id]);
    await go();
    await go();
    expect(await shopsWithReplacements(database.db)).toEqual([]);
    await send();
    const made = outcomes.flatMap((outcome) => (outcome.kind === 'replaced' ? [outcome.code] : []))[0] ?? '';
    expect(made).toMatch(/^TEA-/);
    expect(flows()).toHaveLength(5);
    expect(flows().at(-1)).toBe(made);
    // Under the same discount, whose end it has.
    const [arm] = await prisma().campaignArm.findMany({ where: { ...mine(), campaignId: id, position: 1 } });
    expect([store().codes.get(made)?.discountId, store().codes.has(old)]).toEqual([arm?.discountGid, false]);
    const rows = await prisma().campaignCode.findMany({
      where: { ...mine(), customerId: ada() },
      orderBy: { replaces: { sort: 'asc', nulls: 'first' } },
    });
    expect(rows.map(({ code, status, replaces, arm: of }) => [code, status, replaces, of])).toEqual([
      [old, 'revoked', null, 1],
      [made, 'added', old, 1],
    ]);
    // The lists have each customer once, with what holds now.
    expect((await shownOf(id)).map(({ code, replaces }) => [code, replaces])).toEqual([
      [made, old],
      ...codes.slice(1).map((code) => [code, null]),
    ]);
    expect((await offersTo(scope, ada())).made).toMatchObject([{ code: made, replaces: old, holds: true }]);
    expect((await campaignPage(scope, { id, after: -1n, redeemedOnly: false }))?.codes).toMatchObject({ all: 4 });
    await markOffers(platform, scope.shop);
    const audit = await prisma().auditEntry.findMany({ where: { ...mine(), action: 'campaign.code.replaced' } });
    expect(audit.map(({ subject, after }) => [subject, after])).toEqual([[`campaign/${id}`, `{"customer":"${ada()}","arm":1}`]]);
    expect(JSON.stringify(audit.map(({ after }) => after))).not.toContain(made);
  });

  it('that replaced another may be taken back and replaced in turn; a mail goes with each, and none with the old', async () => {
    const mail = [{ locale: 'en', subject: 'Hello', body: '{{code}}' }];
    const { id, codes } = await campaign({ mail });
    let [code = ''] = codes;
    for (const turn of [1, 2]) {
      await taken(code);
      const outcome = await replaceCode(scope, code);
      if (outcome.kind !== 'replaced') throw new Error(`${turn}: ${outcome.reason}`);
      code = outcome.code;
      await go();
    }
    const mails = await prisma().mailMessage.findMany({ where: { ...mine(), customerId: ada() }, orderBy: { id: 'asc' } });
    expect(mails.map(({ status, reason }) => [status, reason])).toEqual([
      ['skipped', 'cancelled'],
      ['skipped', 'cancelled'],
      ['queued', null],
    ]);
    expect(mails.at(-1)?.variables).toMatchObject({ code });
    expect((await shownOf(id)).filter(({ customerId }) => customerId === ada()).map((row) => row.code)).toEqual([code]);
  });

  it('killed after the store took it, is told of by the next turn; what the store refuses waits with its reason', async () => {
    const { codes } = await campaign({ flow: true });
    const [old = ''] = codes;
    await taken(old);
    await replaceCode(scope, old);
    const refusing = { ...scope.admin, run: (async () => ({ kind: 'access-denied', message: 'no discounts' })) as AdminClient['run'] };
    await go(refusing);
    const made = () => prisma().campaignCode.findFirstOrThrow({ where: { ...mine(), replaces: old } });
    expect(await made()).toMatchObject({ status: 'issued', error: 'access denied: no discounts', toldAt: null });
    let calls = 0;
    const dying = {
      ...scope.admin,
      run: (async (...call: Parameters<AdminClient['run']>) => {
        calls += 1;
        const outcome = await scope.admin.run(...call);
        if (calls === 1) throw new Error('killed');
        return outcome;
      }) as AdminClient['run'],
    };
    await expect(go(dying)).rejects.toThrow('killed');
    await go();
    expect(await made()).toMatchObject({ status: 'added', error: null, toldAt: NOW });
    const queued = await prisma().outboxMessage.count({
      where: { ...mine(), kind: 'campaigns.flow', idempotencyKey: { startsWith: 'flow/', contains: `/${ada()}/` } },
    });
    expect(queued).toBeGreaterThan(0);
  });

  it('gets none where an order used it, or the campaign is over', async () => {
    const { id, codes } = await campaign();
    const [one = '', two = ''] = codes;
    await taken(one);
    await taken(two);
    const order = await standingShop(scope, NOW).order(1, NOW, { variantId: 1 });
    await prisma().campaignRedemption.create({
      data: {
        ...mine(),
        campaignId: id,
        orderId: BigInt(order),
        code: one,
        customerId: ada(),
        at: NOW,
        revenue: 1n,
        discountCost: 1n,
        goodsCost: null,
      },
    });
    expect(await replaceCode(scope, one)).toEqual({ kind: 'not-replaced', reason: 'used' });
    await endCampaign(scope, id);
    expect(await replaceCode(scope, two)).toEqual({ kind: 'not-replaced', reason: 'over' });
  });
});
