import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parseDay } from '../../app/core/calendar.ts';
import {
  adjustPoints,
  askForCohorts,
  checkImport,
  confirmImport,
  liabilityPage,
  saveProgramme,
  saveValuation,
  typedOf,
} from '../../app/loyalty/index.server.ts';
import { runImports } from '../../app/loyalty/points/import/run-import.server.ts';
import { estimateCohorts } from '../../app/loyalty/points/liability/estimate.server.ts';
import { reviewPoints } from '../../app/loyalty/points/review-points.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyCustomers, applyOrderEvents, personKeys } from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf, lineOf, orderOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

const START = new Date('2025-01-10T12:00:00Z');
const monthAt = (month: number, day = 10): Date => new Date(Date.UTC(2025, month, day, 12));
let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: START });
  scope = { ...(await testShop(platform, { domain: `liability-${(shops += 1)}.myshopify.com` })), actor: { kind: 'staff', id: '7' } };
  await saveProgramme(scope, { ...typedOf(null, scope.shop), after: 'order', days: '0', expiry: 'never', from: '2025-01-01' });
});

const forShop = <T>(work: Parameters<typeof database.db.forShop<T>>[1]): Promise<T> => database.db.forShop(scope.shop.id, work);
const look = (customerId: bigint) =>
  forShop((tx) => reviewPoints(tx, { shop: scope.shop, customerIds: [customerId], now: platform.clock.now() }));
async function order(id: number, customerId: bigint, price: bigint): Promise<void> {
  const now = platform.clock.now();
  const line = lineOf({ id: BigInt(id * 10), quantity: 1, currentQuantity: 1, unitPrice: price, discount: 0n, tax: 0n });
  const facts = orderOf({
    id: BigInt(id),
    name: `#${id}`,
    customerId,
    createdAt: now,
    processedAt: now,
    updatedAt: now,
    shipping: 0n,
    tax: 0n,
    lines: [line],
  });
  await forShop((tx) => applyOrderEvents(tx, scope.shop, [{ kind: 'version', orderId: facts.id, facts, triggeredAt: null }]));
  await look(customerId);
}

it('a day’s liability, its months and its revenue follow the books, and tie out', async () => {
  expect(await liabilityPage(scope, null)).toMatchObject({ pending: 0n, available: 0n, owed: null, rolled: [], redemption: 10_000 });
  await order(1, 1n, 100_000n);
  platform.clock.set(monthAt(1));
  await adjustPoints(scope, { customerId: 1n, points: '-400', reason: 'x' });
  await forShop((tx) => applyCustomers(tx, personKeys(scope), [customerOf({ id: 2n, email: 'p2@example.com', createdAt: START })]));
  const checked = await checkImport(scope, { bytes: Buffer.from('email,points\np2@example.com,50\n'), chosen: null });
  await confirmImport(scope, { id: checked.kind === 'ok' ? checked.value : 0, agreed: false });
  await runImports(platform, scope.shop);
  expect((await saveValuation(scope, { perHundred: 'much', redemption: '101' })).kind).toBe('invalid');
  expect(await saveValuation(scope, { perHundred: '1.00', redemption: '' })).toEqual({ kind: 'ok', value: null });
  const page = await liabilityPage(scope, null);
  expect(page).toMatchObject({ day: '2025-02-10', pending: 0n, available: 650n, owed: { full: 650n, expected: 650n } });
  expect(page.rolled.map(({ month, opening, issued, withdrawn, closing }) => [month, opening, issued, withdrawn, closing])).toEqual([
    ['2025-01', 0n, 1_000n, 0n, 1_000n],
    ['2025-02', 1_000n, 50n, 400n, 650n],
  ]);
  // 1,000.00 sold, 1,000 points worth 10.00: 1,000 · 100,000 / 101,000 are the points'; of it 400 of 1,000 went, and 50 points came.
  expect(page.revenue.map(({ deferred, brought, recognised, closing }) => [deferred, brought, recognised, closing])).toEqual([
    [990n, 0n, 0n, 990n],
    [-396n, 50n, 0n, 644n],
  ]);
  // As of a day before.
  expect(await liabilityPage(scope, parseDay('2025-01-31'))).toMatchObject({
    day: '2025-01-31',
    available: 1_000n,
    owed: { deferred: 990n },
  });
  expect(await liabilityPage(scope, parseDay('2025-01-09'))).toMatchObject({ available: 0n, rolled: [] });
  expect((await liabilityPage(scope, parseDay('2031-01-01'))).day).toBe('2025-02-10');
  const [audit] = await database.db.prisma.auditEntry.findMany({ where: { shopId: scope.shop.id, action: 'loyalty.points.valued' } });
  expect(JSON.parse(audit?.after ?? '')).toEqual({ perHundred: '100', redemption: null });
});

it('what became of points is looked at, kept by month, and the merchant’s own share goes before it', { timeout: 60_000 }, async () => {
  await saveProgramme(scope, { ...typedOf(null, scope.shop), after: 'order', days: '0', expiry: 'age', months: '6', from: '2025-01-10' });
  for (let month = 0; month < 14; month += 1) {
    platform.clock.set(monthAt(month));
    await order(month + 1, BigInt(month + 1), 10_000n);
    // A third of each month's points is spent a month later, the rest lapses after six.
    platform.clock.set(monthAt(month, 20));
    if (month > 0)
      await database.db.prisma.pointsAdjustment.create({
        data: {
          shopId: scope.shop.id,
          customerId: BigInt(month),
          topic: `adjust/${month}`,
          at: monthAt(month, 15),
          points: -33,
          cause: 'adjust',
        },
      });
  }
  expect(await estimateCohorts(platform, scope.shop)).toBe(14);
  const cells = await database.db.prisma.pointsCohort.findMany({ where: { shopId: scope.shop.id } });
  const sum = (kind: string): bigint => cells.reduce((all, cell) => all + (cell.kind === kind ? cell.points : 0n), 0n);
  // Taken by staff, so not spent: nothing is said of redemption.
  expect([sum('issued'), sum('withdrawn'), sum('expired')]).toEqual([1_400n, 429n, 536n]);
  const page = await liabilityPage(scope, null);
  expect(page).toMatchObject({ estimate: { kind: 'none', why: 'unspent' }, redemption: 10_000, setting: { sampled: 14, members: 14 } });
  await database.db.prisma.pointsCohort.updateMany({ where: { shopId: scope.shop.id, kind: 'withdrawn' }, data: { kind: 'spent' } });
  expect(await liabilityPage(scope, null)).toMatchObject({ estimate: { kind: 'estimated', redemption: 3_300 }, redemption: 3_300 });
  await saveValuation(scope, { perHundred: '1.00', redemption: '80' });
  expect(await liabilityPage(scope, null)).toMatchObject({ redemption: 8_000 });
  // Looked at again: in the place of what stood.
  expect(await estimateCohorts(platform, scope.shop)).toBe(14);
  expect((await liabilityPage(scope, null)).estimate).toMatchObject({ why: 'unspent' });
  await askForCohorts(scope);
  expect(platform.queue.jobs.at(-1)?.name).toBe('loyalty.points-cohorts');
});
