import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { memberView, programmeView, redeemAnswer } from '../../../contracts/member-view.ts';
import { parseDay } from '../../../app/core/calendar.ts';
import {
  adjustPoints,
  saveProgramme,
  saveReferral,
  saveReward,
  switchReward,
  typedOf,
  typedReferral,
  typedReward,
} from '../../../app/loyalty/index.server.ts';
import { shopByDomain } from '../../../app/shopify/index.server.ts';
import type { ShopScope } from '../../../app/platform/context.server.ts';
import { CUSTOMER, FORGE, OTHER_SHOP, send, serveDoors, SHOP, type DoorsUnderTest, type Reply, type Spoil } from '../../support/doors.ts';
import { testPlatform } from '../../support/platform.ts';

const MOST = 20;
let doors: DoorsUnderTest;
let scope: ShopScope;
const NEW = 8_000_000_000_002n;
/** Whose points move while this is looked at. */
const MOVED = 8_000_000_000_003n;

beforeAll(async () => {
  doors = await serveDoors({ limits: { memberMinute: MOST } });
  const platform = testPlatform(doors.database, { now: new Date() });
  const shop = await shopByDomain(platform, SHOP);
  if (!shop) throw new Error('no shop');
  scope = { ...platform, shop };
  const at = new Date(Date.now() - 86_400_000);
  const person = { createdAt: at, updatedAt: at, locale: 'zh-TW', tags: [] };
  await doors.database.db.prisma.customer.upsert({
    where: { shopId_id: { shopId: shop.id, id: CUSTOMER } },
    create: { shopId: shop.id, id: CUSTOMER, ...person },
    update: person,
  });
  await doors.database.db.prisma.customer.create({ data: { shopId: shop.id, id: MOVED, updatedAt: at, tags: [] } });
  const typed = { ...typedOf(null, shop), signUp: '25', points: '2', per: '1.00', expiry: 'age', months: '12', from: '2026-01-01' };
  const saved = await saveProgramme(scope, typed as Parameters<typeof saveProgramme>[1]);
  expect(saved.kind).toBe('ok');
  expect((await adjustPoints(scope, { customerId: CUSTOMER, points: '-5', reason: 'a private word of staff' })).kind).toBe('ok');
});
afterAll(() => doors.close());

describe.each(['redeem-proxy', 'redeem-account'] as const)('%s: a member redeems', (door) => {
  const SPENDER = door === 'redeem-proxy' ? 8_000_000_000_004n : 8_000_000_000_005n;
  const redeem = (body: object): Promise<Reply> =>
    send(
      doors.port,
      FORGE[door]({
        body: JSON.stringify(body),
        params: { logged_in_customer_id: String(SPENDER), lang: 'en' },
        claims: { sub: `gid://shopify/Customer/${SPENDER}` },
      }),
    );
  const seen = async () => {
    const params = { logged_in_customer_id: String(SPENDER), lang: 'en' };
    return memberView.parse(JSON.parse((await send(doors.port, FORGE['member-proxy']({ params }))).text)).member;
  };

  it('once a press, sees what was redeemed, and is told what is missing', async () => {
    await doors.database.db.prisma.customer.create({ data: { shopId: scope.shop.id, id: SPENDER, updatedAt: new Date(), tags: [] } });
    await adjustPoints(scope, { customerId: SPENDER, points: '150', reason: 'x' });
    const saved = await saveReward(scope, {
      id: null,
      form: { ...typedReward(null, scope.shop), title: 'Five off', points: '100', amount: '5' },
    });
    if (saved.kind !== 'ok') throw new Error('no reward');
    const asked = { reward: String(saved.value), key: 'press-number-one' };
    expect((await seen())?.rewards.find(({ id }) => id === asked.reward)).toMatchObject({ affordable: true, steps: 1, worth: '£5.00 off' });
    const first = await redeem(asked);
    expect([first.status, redeemAnswer.parse(JSON.parse(first.text))]).toEqual([200, { kind: 'ok', points: 100 }]);
    expect((await redeem(asked)).status).toBe(200);
    expect(await seen()).toMatchObject({
      points: { available: 50 },
      redemptions: [{ title: 'Five off', code: null, state: 'making', shown: 'On its way' }],
      referral: null,
    });
    const second = await redeem({ ...asked, key: 'press-number-two' });
    expect([second.status, JSON.parse(second.text)]).toMatchObject([409, { why: 'too-few' }]);
    await switchReward(scope, { id: saved.value, active: false });
    // Friends are asked for: the first look makes the member's code, the next ones find it.
    await saveReferral(scope, typedReferral(null, scope.shop));
    const made = (await seen())?.referral;
    expect(made).toMatchObject({ code: expect.stringMatching(/^[2-9A-Z-]{17}$/), link: null });
    expect((await seen())?.referral).toEqual(made);
    await saveReferral(scope, { ...typedReferral(null, scope.shop), active: false });
  });
});

describe.each(['member-proxy', 'member-account'] as const)('%s: what a member sees', (door) => {
  const asked = (id: bigint | null, more: { shop?: string; lang?: string } = {}): Spoil =>
    door === 'member-proxy'
      ? { params: { logged_in_customer_id: String(id ?? ''), shop: more.shop ?? SHOP, lang: more.lang } }
      : {
          claims: { sub: id === null ? undefined : `gid://shopify/Customer/${id}`, dest: more.shop ?? SHOP },
          path: `/customer-account/member${more.lang ? `?lang=${more.lang}` : ''}`,
        };
  const ask = async (id: bigint | null, more: { shop?: string; lang?: string } = {}) => {
    const reply = await send(doors.port, FORGE[door](asked(id, more)));
    expect(reply.status).toBe(200);
    return { reply, view: memberView.parse(JSON.parse(reply.text)) };
  };

  it('is their own: points, tier, the way to the next, the next lapse and every step with its reason', async () => {
    const { reply, view } = await ask(CUSTOMER, { lang: 'en' });
    expect(reply.headers).toMatchObject({ 'cache-control': 'private, max-age=60', 'content-type': 'application/json' });
    expect(view).toMatchObject({
      language: 'en',
      earns: ['2 points for each £1.00 spent', 'Points for signing up: 25'],
      tiers: [
        { name: 'Bronze', from: '£0.01' },
        { name: 'Gold', from: '£1,000.00' },
      ],
      member: {
        customerId: String(CUSTOMER),
        points: { available: 20, pending: 0, nextLapse: { points: 20 } },
        tier: { name: 'Bronze', since: null },
        progress: { tier: 'Gold', missing: '£700.00', share: 30, text: '£700.00 to Gold' },
        rewards: [],
      },
    });
    const { member } = view;
    expect(member?.history.map(({ points, reason }) => [points, reason])).toEqual([
      [-5, 'Changed by the shop'],
      [25, 'Welcome'],
    ]);
    expect(member?.points?.nextLapse?.text).toMatch(/^20 points lapse on /);
    expect(parseDay(member?.points?.nextLapse?.on ?? '')).toBe(member?.points?.nextLapse?.on);
    expect(reply.text).not.toContain('private word');
  });

  it('is in their language where none is asked for', async () => {
    const { view } = await ask(CUSTOMER);
    expect(view.language).toBe('zh-CN');
    expect(view.member?.history[1]?.reason).toBe('欢迎加入');
    expect(view.member?.progress?.text).toBe('距 Gold 还差 £700.00');
  });

  it('is of one shop alone, and of a customer without orders nothing much', async () => {
    expect((await ask(CUSTOMER, { shop: OTHER_SHOP })).view).toMatchObject({
      earns: [],
      member: { points: null, tier: { name: 'Gold' }, progress: null, history: [] },
    });
    expect((await ask(NEW)).view.member).toMatchObject({ points: { available: 0 }, tier: null, progress: { share: 0 }, history: [] });
  });

  it('is nothing to a guest but the programme’s words, and no cache may keep that it was a guest', async () => {
    const { reply, view } = await ask(null, { lang: 'zh-CN' });
    expect([view.member, view.earns[0]]).toEqual([null, '每消费 £1.00 得 2 积分']);
    expect(reply.headers['cache-control']).toBe('private, no-cache');
  });

  it('is not sent again where it is there already, and is once it has changed', async () => {
    const wire = (etag: string) => {
      const good = FORGE[door](asked(MOVED));
      return { ...good, headers: { ...good.headers, 'if-none-match': etag } };
    };
    const etag = String((await ask(MOVED)).reply.headers.etag);
    const again: Reply = await send(doors.port, wire(`"x", W/${etag}`));
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
    expect(again.headers['content-type']).toBeUndefined();
    await adjustPoints(scope, { customerId: MOVED, points: '1', reason: 'x' });
    expect((await send(doors.port, wire(etag))).status).toBe(200);
  });

  it('writes nothing', async () => {
    const before = await doors.rows();
    await ask(CUSTOMER);
    expect(await doors.rows()).toBe(before);
  });

  it('is told so often a minute, by customer', async () => {
    // The limit counts by the minute of the clock; in this test no minute turns. A minute of its own, so that no other test has used it.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (door === 'member-proxy' ? 120_000 : 240_000) });
    onTestFinished(() => void vi.useRealTimers());
    const statuses: number[] = [];
    for (let at = 0; at < MOST + 3; at += 1) statuses.push((await send(doors.port, FORGE[door](asked(CUSTOMER)))).status);
    expect(statuses).toEqual([...Array.from({ length: MOST }, () => 200), 429, 429, 429]);
    expect((await send(doors.port, FORGE[door](asked(NEW)))).status).toBe(200);
    expect((await send(doors.port, FORGE[door](asked(CUSTOMER, { shop: OTHER_SHOP })))).status).toBe(200);
  });
});

describe('the programme’s words', () => {
  it('are for anybody and may be kept by any cache', async () => {
    const replies = await Promise.all(
      [String(CUSTOMER), ''].map((id) => send(doors.port, FORGE['programme-proxy']({ params: { logged_in_customer_id: id } }))),
    );
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    for (const { headers, text } of replies) {
      expect(headers['cache-control']).toBe('public, max-age=300');
      expect(programmeView.parse(JSON.parse(text)).language).toBe('en');
    }
  });

  it('have no line of points in a shop without a programme', async () => {
    const reply = await send(doors.port, FORGE['programme-proxy']({ params: { shop: OTHER_SHOP, lang: 'zh-CN' } }));
    expect(programmeView.parse(JSON.parse(reply.text))).toMatchObject({
      language: 'zh-CN',
      earns: [],
      tiers: [{ name: 'Bronze' }, { name: 'Gold' }],
    });
  });
});
