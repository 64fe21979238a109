import { afterAll, beforeAll, expect, it } from 'vitest';
import { adjustPoints, saveProgramme, saveValuation, tryRules, typedOf, type ProgrammeForm } from '../../app/loyalty/index.server.ts';
import { reviewPoints } from '../../app/loyalty/points/review-points.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyOrderEvents } from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { lineOf, orderOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const ago = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
let database: TestDatabase;
let scope: TestPlatform & ShopScope;
beforeAll(async () => {
  database = await testDatabase();
  scope = { ...(await testShop(testPlatform(database, { now: NOW }))), actor: { kind: 'staff', id: '7' } };
});
afterAll(() => database.close());

async function order(
  id: number,
  customerId: bigint,
  { days, price, back }: { days: number; price: bigint; back?: boolean },
): Promise<void> {
  const at = ago(days);
  const lines = [lineOf({ id: BigInt(id * 10), quantity: 2, currentQuantity: back ? 1 : 2, unitPrice: price / 2n, discount: 0n, tax: 0n })];
  const line = { id: BigInt(id), lineId: BigInt(id * 10), quantity: 1, restockType: null, locationId: null, subtotal: price / 2n, tax: 0n };
  const refunds = back ? [{ id: BigInt(id), createdAt: at, note: null, amount: price / 2n, adjustment: 0n, lines: [line] }] : [];
  const facts = orderOf({
    id: BigInt(id),
    name: `#${id}`,
    customerId,
    createdAt: at,
    processedAt: at,
    updatedAt: at,
    shipping: 0n,
    tax: 0n,
    lines,
    refunds,
  });
  await database.db.forShop(scope.shop.id, (tx) =>
    applyOrderEvents(tx, scope.shop, [{ kind: 'version', orderId: facts.id, facts, triggeredAt: null }]),
  );
}

it('new rules are tried on the orders of the past year, beside those that stand, and nothing is booked', async () => {
  const stands: ProgrammeForm = { ...typedOf(null, scope.shop), after: 'order', days: '0', expiry: 'never', from: '2026-05-01' };
  const trial = async (change: Partial<ProgrammeForm>) => {
    const tried = await tryRules(scope, { ...stands, ...change });
    if (tried.kind !== 'ok') throw new Error(JSON.stringify(tried));
    return tried.value;
  };
  expect(await trial({})).toMatchObject({ sampled: 0, members: 0, deciles: [] });
  await order(1, 1n, { days: 400, price: 50_000n });
  await order(2, 1n, { days: 100, price: 10_000n });
  await order(3, 2n, { days: 50, price: 20_000n, back: true });
  await order(4, 3n, { days: 5, price: 900n });
  // Nothing stands yet: what the new rules would have given.
  expect(await trial({})).toMatchObject({ before: { issued: 0 }, after: { issued: 209, held: 209 }, gain: 3 });
  await saveProgramme(scope, stands);
  await adjustPoints(scope, { customerId: 3n, points: '500', reason: 'x' });
  await saveValuation(scope, { perHundred: '2.00', redemption: '' });
  const books = await database.db.prisma.pointsEntry.count();
  // Twice as many for 10.00 each instead of one for 1.00; and 50 for a first order, which the first customer's was not.
  const tried = await trial({ points: '2', per: '10.00', firstOrder: '50', expiry: 'age', months: '1' });
  expect(tried).toMatchObject({ sampled: 3, members: 3, perHundred: 200n, gain: 1, lose: 2, same: 0 });
  expect(tried.before).toEqual({ issued: 209, expired: 0, held: 209 });
  // 20; 20 and 50; 1 and 50, which have not lapsed.
  expect(tried.after).toEqual({ issued: 141, expired: 90, held: 51 });
  expect(tried.largest.map(({ customerId, before, after }) => [customerId, before, after])).toEqual([
    [1n, 100, 20],
    [3n, 9, 51],
    [2n, 100, 70],
  ]);
  expect(await database.db.prisma.pointsEntry.count()).toBe(books);
  expect(await database.db.prisma.pointsProgramme.count()).toBe(1);
  expect(await tryRules(scope, { ...stands, per: 'nothing' })).toEqual({ kind: 'invalid', fields: { per: 'points.error.per' } });
  // Who was erased is not looked at.
  await database.db.prisma.customer.create({ data: { shopId: scope.shop.id, id: 2n, tags: [], updatedAt: NOW, redactedAt: NOW } });
  expect(await trial({})).toMatchObject({ members: 2 });
  await database.db.forShop(scope.shop.id, (tx) => reviewPoints(tx, { shop: scope.shop, customerIds: [1n], now: NOW }));
});
