import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { takeEvent } from '../../app/events/index.server.ts';
import { pointsOf, reviewDirty, saveProgramme, typedOf, verifyPoints, type ProgrammeForm } from '../../app/loyalty/index.server.ts';
import { reviewAllPoints } from '../../app/loyalty/points/review-points.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { DAY, standingShop } from '../support/standing-shop.ts';

const NOW = new Date('2026-06-20T12:00:00Z');

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let store: ReturnType<typeof standingShop>;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: NOW });
  scope = await testShop(platform, { domain: `event-points-${(shops += 1)}.myshopify.com` });
  store = standingShop(scope, NOW);
  for (const [position, kind] of ['locations', 'products', 'inventory', 'customers', 'orders'].entries())
    await scope.db.prisma.backfill.create({ data: { shopId: scope.shop.id, kind, position, status: 'done' } });
  for (const id of [1, 2]) await store.customer(id);
});

const programme = async (change: Partial<ProgrammeForm> = {}) => {
  const events = [{ kind: 'review', points: '50', mostAMonth: '2' }];
  const saved = await saveProgramme(scope, { ...typedOf(null, scope.shop), from: '2026-01-01', expiry: 'never', events, ...change });
  expect(saved.kind).toBe('ok');
};
const tell = async (id: string, at: Date, change: object = {}) => {
  const json = { id, kind: 'review', customer: { id: '1' }, at: at.toISOString(), rating: 5, ...change };
  expect(await takeEvent(scope, { shopId: scope.shop.id, json })).toEqual({ kind: 'taken' });
};
const look = () => reviewDirty(platform, scope.shop);
const has = async (customerId = 1n): Promise<bigint> => (await pointsOf(scope, customerId)).available;
const days = (count: number): Date => store.later(count * DAY);

it('what another tool tells gives points by the review that its mark brings, with its kind as the reason', async () => {
  await programme();
  await tell('r:1', days(-3));
  await tell('r:1', days(-3));
  await tell('quiz:1', days(-3), { kind: 'quiz' });
  expect(await has()).toBe(0n);
  await look();
  expect(await has()).toBe(50n);
  expect((await pointsOf(scope, 1n)).entries.map(({ topic, cause, points, reason }) => [topic, cause, points, reason])).toEqual([
    ['event/r:1/available', 'available', 50, null],
    ['event/r:1', 'event', 50, 'review'],
  ]);
  expect(await verifyPoints(scope)).toEqual([]);
});

it('one that comes late takes the place of a later one of its month, and all ends as if told in time', async () => {
  await programme();
  await tell('c', days(-1), { points: 10 });
  await tell('b', days(-2));
  await look();
  expect(await has()).toBe(60n);
  await tell('a', days(-3), { points: 20 });
  await look();
  expect(await has()).toBe(70n);
  expect(await verifyPoints(scope)).toEqual([]);
  const { entries } = await pointsOf(scope, 1n);
  expect(entries.filter(({ cause }) => cause === 'correction').map(({ topic }) => topic)).toContain('event/c');
});

it('a first programme that begins in the past gives for what was told since, to who never ordered too', async () => {
  for (let at = 0; at < 5; at += 1) await tell(`r:${at}`, days(-at * 31));
  await tell('old', new Date('2025-12-31T00:00:00Z'));
  await tell('other', days(-1), { customer: { id: '2' } });
  await look();
  expect(await has()).toBe(0n);
  await programme();
  await reviewAllPoints(platform, scope.shop);
  expect([await has(), await has(2n)]).toEqual([250n, 50n]);
});

it('a review with enough stars sets a standing campaign off, each once and within a week', async () => {
  await store.stand({ kind: 'review', stars: 4 }, { againDays: 1 });
  platform.clock.set(days(1));
  await tell('good', days(1), { rating: 4 });
  await tell('poor', days(1), { rating: 3, customer: { id: '2' } });
  await tell('bare', days(1), { rating: undefined, customer: { id: '2' } });
  await tell('before', days(-1), { customer: { id: '2' } });
  await tell('quiz', days(1), { kind: 'quiz', customer: { id: '2' } });
  expect(await store.runAt(days(2))).toEqual([[1, 'review/good']]);
  expect(await store.runAt(days(4))).toEqual([]);
  platform.clock.set(days(5));
  await tell('better', days(5));
  expect(await store.runAt(days(5.5))).toEqual([[1, 'review/better']]);
  // One of which is told too late is none any more.
  platform.clock.set(days(20));
  await tell('late', days(12), { customer: { id: '2' } });
  expect(await store.runAt(days(20))).toEqual([]);
});
