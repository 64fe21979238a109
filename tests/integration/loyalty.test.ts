import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { customerLoyalty } from '../../contracts/customer-loyalty.ts';
import { memberOf, reviewDirty, saveTiers, tierBoard, verifyLoyalty } from '../../app/loyalty/index.server.ts';
import { reviewPages } from '../../app/loyalty/review-members.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import type { OrderFacts } from '../../app/record/facts.ts';
import { applyOrders } from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { lineOf, orderOf, refundOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: new Date('2026-11-20T12:00:00Z') });
  scope = await testShop(platform, { domain: `loyal-${(shops += 1)}.myshopify.com` });
  await saveTiers(scope, [
    { name: 'Silver', threshold: 10_000n },
    { name: 'Gold', threshold: 50_000n },
  ]);
});

const sale = (id: bigint, pence: bigint, extra: Partial<OrderFacts> = {}): OrderFacts =>
  orderOf({
    id,
    name: `#${id}`,
    processedAt: new Date('2026-11-10T12:00:00Z'),
    updatedAt: new Date('2026-11-10T12:00:00Z'),
    lines: [lineOf({ id: id * 10n, quantity: 1, unitPrice: pence, discount: 0n })],
    ...extra,
  });
const apply = (...orders: OrderFacts[]) => scope.db.forShop(scope.shop.id, (tx) => applyOrders(tx, scope.shop, orders));
const changes = async () =>
  (await tierBoard(scope)).changes.map((change) => [
    change.fromTier,
    change.toTier,
    (change.reason as { kind: string }).kind,
    (change.reason as { orderName?: string }).orderName,
  ]);

describe('tiers', () => {
  it('follow an order up and its refund down, with the reason, and tell the store each time', async () => {
    await apply(sale(1n, 9_000n));
    await reviewDirty(platform, scope.shop);
    await apply(sale(2n, 45_000n));
    await reviewDirty(platform, scope.shop);
    const back = refundOf({
      createdAt: new Date('2026-11-15T00:00:00Z'),
      lines: [{ id: 1n, lineId: 20n, quantity: 1, restockType: null, locationId: null, subtotal: 45_000n, tax: 0n }],
    });
    await apply(sale(2n, 45_000n, { updatedAt: new Date('2026-11-15T00:00:00Z'), refunds: [back] }));
    await reviewDirty(platform, scope.shop);
    expect(await changes()).toEqual([
      ['Gold', null, 'refund', '#2'],
      [null, 'Gold', 'order', '#2'],
    ]);
    const outbox = await scope.db.prisma.outboxMessage.findMany({ where: { shopId: scope.shop.id }, orderBy: { id: 'asc' } });
    const values = outbox.map((message) => customerLoyalty.parse((message.payload as { value: unknown }).value));
    expect(values.map((value) => [value.tier, value.spend, value.next?.missing])).toEqual([
      ['Gold', '54000', undefined],
      [null, '9000', '1000'],
    ]);
    expect(await verifyLoyalty(scope)).toEqual([]);
  });

  it('change nothing when nothing changed, however often they are reviewed', async () => {
    await apply(sale(1n, 20_000n));
    await reviewDirty(platform, scope.shop);
    await reviewPages(platform, scope.shop, 'rules');
    await reviewPages(platform, scope.shop, 'lapse');
    expect((await changes()).length).toBe(1);
  });

  it('lapse when the order has its birthday, and say so', async () => {
    await apply(sale(1n, 20_000n));
    await reviewDirty(platform, scope.shop);
    platform.clock.set(new Date('2027-11-09T12:00:00Z'));
    expect(await reviewPages(platform, scope.shop, 'lapse')).toBe(0);
    platform.clock.set(new Date('2027-11-10T12:00:00Z'));
    expect(await reviewPages(platform, scope.shop, 'lapse')).toBe(1);
    expect((await changes())[0]).toEqual(['Silver', null, 'lapse', undefined]);
    expect(await verifyLoyalty(scope)).toEqual([]);
  });

  it('are explained: what counts, until when, what is missing', async () => {
    await apply(
      sale(1n, 20_000n),
      sale(2n, 5_000n, { processedAt: new Date('2025-12-01T12:00:00Z') }),
      sale(3n, 99_000n, { processedAt: new Date('2025-11-20T12:00:00Z') }),
    );
    const member = await memberOf(scope, 50n);
    expect(member).toMatchObject({ tier: { name: 'Silver' }, spend: 25_000n, next: { tier: { name: 'Gold' }, missing: 25_000n } });
    expect(member.counts.map((row) => [row.source.name, row.countsUntil, row.daysLeft])).toEqual([
      ['#2', '2026-12-01', 11],
      ['#1', '2027-11-10', 355],
    ]);
  });

  it('are given anew by new rules', async () => {
    await apply(sale(1n, 20_000n));
    await reviewDirty(platform, scope.shop);
    expect(await saveTiers(scope, [{ name: 'Friend', threshold: 1n }])).toMatchObject({ kind: 'ok' });
    expect(platform.queue.jobs.at(-1)).toMatchObject({ name: 'loyalty.review-all' });
    await reviewPages(platform, scope.shop, 'rules');
    expect((await changes())[0]).toEqual(['Silver', 'Friend', 'rules', undefined]);
  });

  it('with something wrong are not saved', async () => {
    expect(await saveTiers(scope, [{ name: '', threshold: 1n }])).toEqual({
      kind: 'invalid',
      fields: { 'tiers.0.name': 'loyalty.error.name' },
    });
    expect((await tierBoard(scope)).tiers.map((tier) => tier.name)).toEqual(['Silver', 'Gold']);
  });

  it('wait for the whole history, then are proposed from it', async () => {
    const fresh = await testShop(platform, { domain: `fresh-${shops}.myshopify.com` });
    const row = { shopId: fresh.shop.id, kind: 'orders', position: 0 };
    await fresh.db.prisma.backfill.create({ data: { ...row, status: 'loading' } });
    await fresh.db.forShop(fresh.shop.id, (tx) =>
      applyOrders(tx, fresh.shop, [sale(1n, 20_000n), sale(2n, 100_000n, { customerId: 51n })]),
    );
    await reviewDirty(platform, fresh.shop);
    expect((await tierBoard(fresh)).tiers).toEqual([]);
    await fresh.db.prisma.backfill.updateMany({ where: { shopId: fresh.shop.id }, data: { status: 'done' } });
    await reviewDirty(platform, fresh.shop);
    const board = await tierBoard(fresh);
    expect(board.tiers.map((tier) => [tier.name, tier.members])).toEqual([
      ['Bronze', 1],
      ['Silver', 1],
      ['Gold', 0],
    ]);
    expect(board.changes.every((change) => (change.reason as { kind: string }).kind === 'backfill')).toBe(true);
  });
});

describe('verify', () => {
  it('passes over who is still to be reviewed, and finds whom nobody would review', async () => {
    await apply(sale(1n, 20_000n));
    expect(await verifyLoyalty(scope)).toEqual([]);
    await database.db.prisma.dirtyEntity.deleteMany({ where: { shopId: scope.shop.id, feed: 'loyalty' } });
    expect(await verifyLoyalty(scope)).toEqual([
      { table: 'loyalty_members', customerId: 50n, what: 'spend', live: null, rebuilt: 20_000n },
    ]);
  });
});
