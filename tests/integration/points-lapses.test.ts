import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  adjustPoints,
  allLapsing,
  lapsingPage,
  saveProgramme,
  sweepPoints,
  typedOf,
  verifyPoints,
  type LapsingRow,
} from '../../app/loyalty/index.server.ts';
import { reviewAllPoints, reviewPoints } from '../../app/loyalty/points/review-points.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { standingShop } from '../support/standing-shop.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

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
  scope = await testShop(platform, { domain: `lapses-${(shops += 1)}.myshopify.com` });
  store = standingShop(scope, NOW);
});

const programme = async (expiry: 'age' | 'activity', months = 1) => {
  const saved = await saveProgramme(scope, { ...typedOf(null, scope.shop), expiry, months: String(months), belowZero: true });
  expect(saved.kind).toBe('ok');
};
const give = async (customerId: number, points: number) => {
  const given = await adjustPoints(scope, { customerId: BigInt(customerId), points: String(points), reason: 'a gift' });
  expect(given).toEqual({ kind: 'ok', value: null });
};
const noted = async (customerId: number): Promise<[string | undefined, number | null]> => {
  const where = { shopId_customerId: { shopId: scope.shop.id, customerId: BigInt(customerId) } };
  const row = await scope.db.prisma.pointsMember.findUniqueOrThrow({ where });
  return [row.lapseAt?.toISOString().slice(0, 10), row.lapsePoints];
};
const told = ({ customerId, points, day }: LapsingRow) => [Number(customerId), points, day];

it('what lapses next is noted by age with all of its day, and goes on to the next when it has lapsed or is spent', async () => {
  await programme('age');
  await store.customer(1);
  await give(1, 100);
  platform.clock.set(store.later(3_600_000));
  await give(1, 20);
  platform.clock.set(later(10));
  await give(1, 7);
  expect(await noted(1)).toEqual(['2026-07-01', 120]);
  await give(1, -110);
  expect(await noted(1)).toEqual(['2026-07-01', 10]);
  expect(await verifyPoints(scope)).toEqual([]);
  platform.clock.set(new Date('2026-07-01T13:00:00Z'));
  expect(await sweepPoints(platform, scope.shop)).toBe(1);
  expect(await noted(1)).toEqual(['2026-07-11', 7]);
  platform.clock.set(new Date('2026-07-11T12:00:00Z'));
  await sweepPoints(platform, scope.shop);
  expect(await noted(1)).toEqual([undefined, null]);
});

it('by activity it moves with each, and verify sees a note that did not', async () => {
  await programme('activity');
  await store.customer(1);
  await give(1, 100);
  expect(await noted(1)).toEqual(['2026-07-01', 100]);
  platform.clock.set(later(10));
  await give(1, 1);
  expect(await noted(1)).toEqual(['2026-07-11', 101]);
  const where = { shopId: scope.shop.id };
  // Verify passes over those who are still to be looked at.
  await scope.db.prisma.dirtyEntity.deleteMany({ where });
  await scope.db.prisma.pointsMember.updateMany({ where, data: { lapseAt: later(30) } });
  expect(await verifyPoints(scope)).toEqual([{ table: 'points_members', what: 'customer/1 lapse', live: 101n, rebuilt: 101n }]);
  // As after the columns came: a look at everybody notes it.
  await scope.db.prisma.pointsMember.updateMany({ where, data: { lapseAt: null, lapsePoints: null } });
  await reviewAllPoints(platform, scope.shop);
  expect(await noted(1)).toEqual(['2026-07-11', 101]);
});

it('the list has who loses points within so many days, the soonest first, by pages', async () => {
  await programme('age', 2);
  for (const id of [1, 2, 3, 4, 5]) {
    platform.clock.set(later(id === 5 ? 40 : 10 - id));
    await store.customer(id);
    await give(id, id * 10);
  }
  platform.clock.set(later(41));
  await scope.db.prisma.customer.updateMany({ where: { shopId: scope.shop.id, id: 3n }, data: { deletedAt: NOW } });
  const first = await lapsingPage(scope, { days: 30, after: null, limit: 2 });
  expect(first.rows.map(told)).toEqual([
    [4, 40, '2026-08-07'],
    [2, 20, '2026-08-09'],
  ]);
  const second = await lapsingPage(scope, { days: 30, after: first.next, limit: 2 });
  expect([second.rows.map(told), second.next]).toEqual([[[1, 10, '2026-08-10']], null]);
  // An address that somebody changed shows the first page.
  for (const after of [
    { value: 'soon', id: '1' },
    { value: null, id: '9'.repeat(20) },
  ])
    expect((await lapsingPage(scope, { days: 30, after, limit: 2 })).rows).toEqual(first.rows);
  const all: LapsingRow[] = [];
  for await (const row of allLapsing(scope, 90)) all.push(row);
  expect(all.map(({ customerId }) => Number(customerId))).toEqual([4, 2, 1, 5]);
  expect((await lapsingPage(scope, { days: 5, after: null, limit: 2 })).rows).toEqual([]);
});

it('sets a standing campaign off once a lapse, and anew where activity has moved it', async () => {
  await programme('activity');
  for (const id of [1, 2, 3]) await store.customer(id);
  await give(1, 100);
  await give(3, 30);
  await store.stand({ kind: 'points-expiring', days: 7 }, { againDays: 1 });
  expect(await store.runAt(later(22))).toEqual([]);
  await scope.db.prisma.customer.updateMany({ where: { shopId: scope.shop.id, id: 3n }, data: { redactedAt: NOW } });
  expect(await store.runAt(later(23))).toEqual([[1, 'lapse/2026-07-01']]);
  expect(await store.runAt(later(25))).toEqual([]);
  platform.clock.set(later(25));
  await give(1, 5);
  expect(await store.runAt(later(26))).toEqual([]);
  expect(await store.runAt(later(50))).toEqual([[1, 'lapse/2026-07-26']]);
  // What has lapsed is no occasion, though no sweep has booked it yet.
  await scope.db.prisma.standingOccasion.deleteMany({ where: { shopId: scope.shop.id } });
  expect(await store.runAt(later(56))).toEqual([]);
});

it('is nothing of who was erased', async () => {
  await programme('age');
  await store.customer(1);
  await give(1, 100);
  await scope.db.prisma.customer.updateMany({ where: { shopId: scope.shop.id, id: 1n }, data: { redactedAt: NOW } });
  await scope.db.forShop(scope.shop.id, (tx) => reviewPoints(tx, { shop: scope.shop, customerIds: [1n], now: NOW }));
  expect((await lapsingPage(scope, { days: 90, after: null, limit: 2 })).rows).toEqual([]);
});
