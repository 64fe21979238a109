import fs from 'node:fs';
import path from 'node:path';
import type { ActionFunctionArgs, AppLoadContext, LoaderFunctionArgs } from '@remix-run/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { saveSegment } from '../../app/audience/index.server.ts';
import { createFromForm, createStanding } from '../../app/campaigns/index.server.ts';
import {
  adjustPoints,
  redeemReward,
  saveProgramme,
  saveReward,
  typedOf,
  typedReferral,
  typedReward,
  typedTiers,
} from '../../app/loyalty/index.server.ts';
import { EMPTY_TIER } from '../../app/loyalty/tiers/tier-form.ts';
import { PLAIN_RULES } from '../../app/loyalty/tiers/tier-rules.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { privacyBench } from '../support/privacy.ts';
import { ADA, ada, fillWithAda, TRACES } from '../support/privacy-person.ts';

const ROUTES = 'app/routes';
type Route = { loader?: (args: LoaderFunctionArgs) => Promise<unknown>; action?: (args: ActionFunctionArgs) => Promise<unknown> };
/** What is asked for (`params` of the address, its query, a form), and what the log must hold afterwards. */
type Ask = { params?: Record<string, string>; query?: string; form?: Record<string, string>; audit: string[] };

const CAMPAIGN_FORM = {
  name: 'Autumn',
  segment: '',
  kind: 'percent',
  value: '10',
  startsAt: '2026-12-01',
  lastOrder: '',
  days: '',
  least: '1',
  most: '',
  minimum: '',
  endsAt: '',
  holdOut: '10',
};

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let request = '';
let campaign = '';
let segment = '';
let standing = '';
let reward = '';
let gift = '';
let handed = '';
const GIFT = { ...typedReward(null, { currency: 'EUR' }), title: 'A mug', points: '10', kind: 'gift' };

beforeAll(async () => {
  database = await testDatabase();
  platform = testPlatform(database);
  scope = await testShop(platform);
  const bench = await privacyBench(platform);
  await fillWithAda(bench, scope);
  await bench.send(scope.shop.domain, 'customers/data_request', { customer: { id: ADA, email: ada.email }, orders_requested: [1001] });
  await bench.drain(scope);
  await bench.close();
  request = String((await scope.db.prisma.privacyRequest.findFirstOrThrow()).id);
  const { kind, value, minimum, ...texts } = CAMPAIGN_FORM;
  const offers = [{ kind, value, minimum, pieces: '', buys: '', gets: '', given: '' }];
  const more = {
    consent: false,
    tiers: [],
    products: [],
    agreed: [],
    combines: [],
    mail: [],
    word: '',
    budgetKind: '',
    budget: '',
    offers,
  };
  const made = await createFromForm(scope, { ...texts, ...more });
  if (made.kind !== 'ok') throw new Error('no campaign');
  campaign = String(made.value);
  const saved = await saveSegment(scope, { id: null, version: null, name: 'All', query: 'number_of_orders >= 0' });
  if (saved.kind !== 'ok') throw new Error('no segment');
  segment = String(saved.value.id);
  const stood = await createStanding(scope, {
    name: 'Stands',
    trigger: { kind: 'welcome' },
    segment: '',
    offers: [{ value: { kind: 'percent', percent: 10 }, minimum: null }],
    holdOut: 1_000,
    priority: 1,
    validDays: 7,
    againDays: null,
    mail: null,
    agreed: true,
  });
  if (stood.kind !== 'ok') throw new Error('no standing campaign');
  standing = String(stood.value);
  await saveProgramme(scope, { ...typedOf(null, scope.shop), months: '2' });
  await adjustPoints(scope, { customerId: ADA, points: '100', reason: 'to spend' });
  const offered = await saveReward(scope, { id: null, form: GIFT });
  if (offered.kind !== 'ok') throw new Error('no reward');
  reward = String(offered.value);
  await scope.db.prisma.referral.create({
    data: {
      shopId: scope.shop.id,
      friendId: 2n,
      referrerId: ADA,
      orderId: 1n,
      referrerPoints: 5,
      friendPoints: 5,
      days: 0,
      minimum: 0n,
      status: 'held',
      signals: ['phone'],
      notedAt: new Date(),
    },
  });
  [gift, handed] = [await redeemed('one'), await redeemed('two')];
  const counted = { rows: 1, matched: 1, unmatched: 0, wrong: 0, zero: 0, points: 5n, problems: [], createdAt: platform.clock.now() };
  const imported = ['checked', 'booked', 'checked'].map((status, at) => ({ ...counted, shopId: scope.shop.id, id: at + 1, status }));
  await scope.db.prisma.pointsImport.createMany({ data: imported.map((row) => ({ ...row, fileHash: Uint8Array.of(row.id) })) });
  await scope.db.prisma.campaignCode.create({
    data: { shopId: scope.shop.id, code: 'SPRING-1', campaignId: Number(campaign), arm: 1, customerId: ADA, status: 'issued' },
  });
  const added = { shopId: scope.shop.id, campaignId: Number(campaign), arm: 1, status: 'added' };
  await scope.db.prisma.campaignCode.create({ data: { ...added, code: 'WINTER-1', customerId: 3n, status: 'revoked' } });
  await scope.db.prisma.campaignWave.create({
    data: { shopId: scope.shop.id, campaignId: Number(campaign), wave: 1, status: 'planned', dueAt: new Date('2027-01-01T00:00:00Z') },
  });
  for (const at of [1, 2]) await scope.db.prisma.campaignCode.create({ data: { ...added, code: `AUTUMN-${at}`, customerId: BigInt(at) } });
});
async function redeemed(key: string): Promise<string> {
  const outcome = await redeemReward(scope, { customerId: ADA, rewardId: Number(reward), steps: 1, key });
  if (outcome.kind !== 'ok') throw new Error(outcome.why);
  return String(outcome.id);
}
afterAll(() => database.close());
beforeEach(async () => {
  await scope.db.prisma.campaign.updateMany({ data: { status: 'active' } });
});

/** As the web process hands it on; who comes in is decided by Shopify's library, here by the test. */
const context = (): AppLoadContext => {
  const scopeOf = async () => ({
    ...scope,
    admin: { run: async () => ({ kind: 'ok', data: { segments: { nodes: [], pageInfo: { hasNextPage: false } } } }) },
  });
  const admin = async () => ({ session: { shop: scope.shop.domain }, sessionToken: { sub: String(Math.random()) } });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of all that a process is made of, the doors take these two
  return { services: { scopeOf }, shopify: { admin } } as unknown as AppLoadContext;
};
const auditCount = async (): Promise<number> => scope.db.prisma.auditEntry.count({ where: { shopId: scope.shop.id } });

/** Calls a door. @returns what the log got, and the answer as text. */
async function call(route: Route, kind: 'loader' | 'action', ask: Ask): Promise<{ audit: string[]; text: string }> {
  const before = await auditCount();
  const form = new URLSearchParams(ask.form);
  const init = kind === 'action' ? { method: 'POST', body: form } : {};
  const args = { request: new Request(`https://app.example/app?${ask.query ?? ''}`, init), params: ask.params ?? {}, context: context() };
  let answer: unknown;
  try {
    answer = await route[kind]?.(args);
  } catch (thrown) {
    if (!(thrown instanceof Response)) throw thrown;
    answer = thrown;
  }
  const text =
    answer instanceof Response
      ? await answer.text()
      : (JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? '');
  const rows = await scope.db.prisma.auditEntry.findMany({ where: { shopId: scope.shop.id }, orderBy: { seq: 'asc' }, skip: before });
  return { audit: rows.map((row) => row.action), text };
}

const order = '1001';
/** Every loader of the admin. A file that is not in here fails the test. */
const LOADERS: Record<string, () => Ask[]> = {
  '_index.tsx': () => [],
  'auth.$.tsx': () => [],
  'app.tsx': () => [{ audit: [] }],
  'app._index.tsx': () => [{ audit: [] }],
  'app.audit.tsx': () => [{ audit: [] }],
  'app.audience._index.tsx': () => [{ audit: [] }],
  'app.audience.members.tsx': () => [
    { query: 'q=number_of_orders+%3E+0', audit: ['list.viewed'] },
    { query: 'q=number_of_order', audit: [] },
  ],
  'app.campaigns.$id.tsx': () => [{ params: { id: campaign }, audit: ['list.viewed'] }],
  'app.campaigns._index.tsx': () => [{ audit: [] }],
  'app.campaigns.compare.tsx': () => [{ audit: [] }, { query: 'by=channel', audit: [] }],
  'app.campaigns.new.tsx': () => [{ audit: [] }],
  'app.customers.$id.tsx': () => [{ params: { id: String(ADA) }, audit: ['customer.viewed'] }],
  'app.customers._index.tsx': () => [{ audit: ['list.viewed'] }, { query: 'q=adalia', audit: ['list.viewed'] }],
  'app.export.$list.ts': () =>
    ['customers', 'orders', 'inventory', `campaign-${campaign}`, `segment-${segment}`, 'audit', 'points-lapsing', 'points-liability'].map(
      (list) => ({
        params: { list },
        audit: ['list.exported'],
      }),
    ),
  'app.inventory.$id.tsx': () => [{ params: { id: '70' }, audit: [] }],
  'app.inventory._index.tsx': () => [{ audit: [] }],
  'app.loyalty.tsx': () => [{ audit: ['list.viewed'] }],
  'app.orders.$id.tsx': () => [{ params: { id: order }, audit: ['order.viewed'] }],
  'app.orders._index.tsx': () => [{ audit: ['list.viewed'] }],
  'app.privacy.$id.ts': () => [{ params: { id: request }, audit: ['privacy.file.downloaded'] }],
  'app.delivery.tsx': () => [{ audit: [] }],
  'app.misuse.tsx': () => [{ audit: [] }],
  'app.points.tsx': () => [{ audit: [] }],
  'app.rewards.tsx': () => [{ audit: [] }],
  'app.referral.tsx': () => [{ audit: ['list.viewed'] }],
  'app.points_.lapsing.tsx': () => [
    { query: 'days=90', audit: ['list.viewed'] },
    { query: 'days=30', audit: [] },
  ],
  'app.points_.import.tsx': () => [{ audit: [] }],
  'app.points_.liability.tsx': () => [{ audit: [] }],
  'app.standing._index.tsx': () => [{ audit: [] }],
  'app.standing.new.tsx': () => [{ audit: [] }],
  'app.standing.$id.tsx': () => [{ params: { id: standing }, audit: [] }],
  'app.segments.$id.tsx': () => [{ params: { id: segment }, audit: ['list.viewed'] }],
  'app.segments._index.tsx': () => [{ audit: [] }],
  'app.segments.check.ts': () => [{ audit: [] }],
  'app.segments.new.tsx': () => [{ audit: [] }, { query: `from=${segment}`, audit: [] }],
  'app.settings.tsx': () => [{ audit: [] }],
  'app.settings_.events.tsx': () => [{ audit: [] }],
  'app.sync.tsx': () => [{ audit: [] }],
};
/** Every action of the admin with every intent that changes something. */
const ACTIONS: Record<string, () => Ask[]> = {
  'app.campaigns.$id.tsx': (): Ask[] => [
    { params: { id: campaign }, form: { intent: 'pause' }, audit: ['campaign.paused'] },
    { params: { id: campaign }, form: { intent: 'resume' }, audit: ['campaign.resumed'] },
    { params: { id: campaign }, form: { intent: 'revoke', codes: 'AUTUMN-1' }, audit: ['campaign.codes.revoked'] },
    { params: { id: campaign }, form: { intent: 'replace', code: 'WINTER-1' }, audit: ['campaign.code.replaced'] },
    { params: { id: campaign }, form: { intent: 'stop-waves' }, audit: ['campaign.waves.stopped'] },
    { params: { id: campaign }, form: { intent: 'end' }, audit: ['campaign.ended'] },
  ],
  'app.points.tsx': () => [
    { form: { intent: 'trial', programme: JSON.stringify(typedOf(null, scope.shop)) }, audit: [] },
    { form: { intent: 'programme', programme: JSON.stringify(typedOf(null, scope.shop)) }, audit: ['loyalty.points.saved'] },
  ],
  'app.points_.liability.tsx': (): Ask[] => [
    { form: { intent: 'estimate' }, audit: [] },
    { form: { intent: 'value', perHundred: '1.00', redemption: '' }, audit: ['loyalty.points.valued'] },
  ],
  'app.points_.import.tsx': (): Ask[] => [
    { form: { intent: 'check' }, audit: [] },
    { form: { intent: 'confirm', import: '1' }, audit: ['loyalty.points.import-booked'] },
    { form: { intent: 'undo', import: '2' }, audit: ['loyalty.points.import-undone'] },
    { form: { intent: 'discard', import: '3' }, audit: [] },
  ],
  'app.customers.$id.tsx': (): Ask[] => [
    { params: { id: String(ADA) }, form: { intent: 'points', points: '5', reason: 'a gift' }, audit: ['loyalty.points.adjusted'] },
    { params: { id: String(ADA) }, form: { intent: 'give-tier', tier: '1', until: '', reason: 'a friend' }, audit: ['loyalty.tier.given'] },
    { params: { id: String(ADA) }, form: { intent: 'take-tier', grant: '1' }, audit: ['loyalty.tier.taken-back'] },
    { params: { id: String(ADA) }, form: { intent: 'redeem', reward, steps: '1', key: 'once' }, audit: ['loyalty.reward.redeemed'] },
    { params: { id: String(ADA) }, form: { intent: 'referral' }, audit: [] },
    { params: { id: String(ADA) }, form: { intent: 'simulate', cart: '[{"product":"1","pieces":"2"}]' }, audit: [] },
    { params: { id: String(ADA) }, form: { intent: 'cancel', redemption: gift }, audit: ['loyalty.reward.cancelled'] },
  ],
  'app.referral.tsx': (): Ask[] => [
    {
      form: { intent: 'save', referral: JSON.stringify(typedReferral(null, { currency: 'EUR' })) },
      audit: ['loyalty.referral.saved'],
    },
    { form: { intent: 'decide', friend: '2', counts: 'true' }, audit: ['loyalty.referral.decided'] },
  ],
  'app.rewards.tsx': (): Ask[] => [
    { form: { intent: 'reward', id: '', reward: JSON.stringify(GIFT) }, audit: ['loyalty.reward.saved'] },
    { form: { intent: 'gift', gift: handed }, audit: ['loyalty.gift.handed-over'] },
    { form: { intent: 'switch', id: reward, active: 'false' }, audit: ['loyalty.reward.switched'] },
  ],
  'app.misuse.tsx': () => [{ form: { intent: 'revoke', codes: 'autumn-2, nothing' }, audit: ['campaign.codes.revoked'] }],
  'app.campaigns.new.tsx': () => [
    { form: { ...CAMPAIGN_FORM, intent: 'foresee' }, audit: [] },
    { form: CAMPAIGN_FORM, audit: ['campaign.created'] },
  ],
  'app.inventory.$id.tsx': () => [{ params: { id: '70' }, form: { leadTimeDays: '9' }, audit: ['forecast.lead-time.saved'] }],
  'app.loyalty.tsx': () => {
    const form = JSON.stringify({
      ...typedTiers(PLAIN_RULES, [], scope.shop),
      tiers: [{ ...EMPTY_TIER, name: 'Silver', threshold: '50' }],
    });
    return [
      { form: { intent: 'preview', form }, audit: [] },
      { form: { intent: 'save', form }, audit: ['loyalty.tiers.saved'] },
    ];
  },
  'app.standing.new.tsx': () => [
    {
      form: { name: 'Hello', trigger: 'welcome', kind: 'percent', value: '10', holdOut: '10', priority: '50', validDays: '7' },
      audit: ['standing.created'],
    },
  ],
  'app.standing.$id.tsx': () => [{ params: { id: standing }, form: { intent: 'end' }, audit: ['standing.ended'] }],
  'app.delivery.tsx': () => [
    {
      form: {
        intent: 'server',
        host: 'smtp.example.com',
        port: '587',
        security: 'starttls',
        fromName: 'Shop',
        fromAddress: 'shop@example.com',
        postal: 'Shop Road 1',
        perMinute: '60',
      },
      audit: ['delivery.settings.saved'],
    },
  ],
  'app.segments.$id.tsx': (): Ask[] => [
    { params: { id: segment }, form: { intent: 'save', version: '9', name: 'All', query: 'number_of_orders > 1' }, audit: [] },
    {
      params: { id: segment },
      form: { intent: 'save', version: '1', name: 'All', query: 'number_of_orders > 1' },
      audit: ['segment.changed'],
    },
    { params: { id: segment }, form: { intent: 'delete' }, audit: ['segment.deleted'] },
  ],
  'app.segments._index.tsx': () => [{ form: {}, audit: ['segments.imported'] }],
  'app.segments.check.ts': () => [{ form: { text: 'number_of_orders > 1' }, audit: [] }],
  'app.segments.new.tsx': () => [
    { form: { name: 'New', query: 'number_of_orders > 1' }, audit: ['segment.created'] },
    { form: { name: 'Wrong', query: 'number_of_order > 1' }, audit: [] },
  ],
  'app.settings.tsx': (): Ask[] => [
    { form: { intent: 'replay' }, audit: ['settings.events.replayed'] },
    { form: { intent: 'retry' }, audit: ['settings.messages.retried'] },
    { form: { intent: 'sync' }, audit: ['settings.reconciliation.asked'] },
    { form: { intent: 'leadTime', leadTimeDays: '10' }, audit: ['forecast.lead-time.saved'] },
    { form: { intent: 'retention', inboxDays: '20', checkoutDays: '40' }, audit: ['settings.retention.saved'] },
    { form: { intent: 'cadence', mostOffers: '3', capDays: '30', quietFrom: '', quietTo: '' }, audit: ['campaign.cadence.saved'] },
    { form: { intent: 'onSite' }, audit: ['campaign.on-site.saved'] },
    { form: { intent: 'something else' }, audit: [] },
  ],
  'app.settings_.events.tsx': (): Ask[] => [
    { form: { intent: 'make', name: 'Reviews' }, audit: ['settings.event-key.made'] },
    { form: { intent: 'make', name: ' ' }, audit: [] },
    { form: { intent: 'revoke', id: '1' }, audit: ['settings.event-key.revoked'] },
    { form: { intent: 'revoke', id: '1' }, audit: [] },
  ],
  'app.sync.tsx': () => [{ form: {}, audit: ['settings.reconciliation.asked'] }],
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a route's module is what its file says
const load = async (file: string): Promise<Route> => (await import(path.resolve(ROUTES, file))) as Route;

describe.each(fs.readdirSync(ROUTES).filter((file) => /\.tsx?$/.test(file)))('the door %s', (file) => {
  it('is known with all that it offers', async () => {
    const route = await load(file);
    expect([file, Boolean(route.loader), Boolean(route.action)]).toEqual([file, file in LOADERS && Boolean(route.loader), file in ACTIONS]);
  });

  it('writes down who sees a person, exports, or changes something, and nothing else', async () => {
    const route = await load(file);
    for (const ask of LOADERS[file]?.() ?? []) {
      const { audit, text } = await call(route, 'loader', ask);
      expect(audit, `${file} ${JSON.stringify(ask.params ?? {})}`).toEqual(ask.audit);
      // An answer that says who Ada is must have left an entry.
      if (audit.length === 0) expect(TRACES.filter((trace) => text.toLowerCase().includes(trace.toLowerCase()))).toEqual([]);
      if (audit.some((action) => action.endsWith('viewed'))) expect(text).toContain('Lovelock');
      // Nor does a sealed text or a hash leave in any answer.
      expect(text).not.toMatch(/v1\.sandbox\.|emailHash|NamePath/);
    }
    for (const ask of ACTIONS[file]?.() ?? []) {
      const { audit } = await call(route, 'action', ask);
      expect(audit, `${file} ${JSON.stringify(ask.form)}`).toEqual(ask.audit);
    }
  });
});
