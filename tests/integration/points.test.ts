import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseDay } from '../../app/core/calendar.ts';
import {
  adjustPoints,
  liabilityAt,
  pointsOf,
  pointsPage,
  reviewDirty,
  saveProgramme,
  simulateCart,
  sweepPoints,
  verifyPoints,
  type ProgrammeForm,
} from '../../app/loyalty/index.server.ts';
import { reviewAllPoints, reviewPoints } from '../../app/loyalty/points/review-points.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyOrderEvents, applyCustomers, personKeys } from '../../app/record/index.server.ts';
import type { OrderFacts } from '../../app/record/facts.ts';
import { seeded } from '../../sandbox/random.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf, lineOf, orderOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);
const FORM: ProgrammeForm = {
  points: '1',
  per: '1.00',
  rounding: 'down',
  discounts: 'after',
  after: 'order',
  days: '14',
  expiry: 'age',
  months: '12',
  firstOrder: '',
  signUp: '',
  mostAMonth: '',
  from: '2026-01-01',
  tax: false,
  shipping: false,
  belowZero: true,
  goods: [],
  bonusDays: [],
  events: [],
};

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: NOW });
  scope = { ...(await testShop(platform, { domain: `points-${(shops += 1)}.myshopify.com` })), actor: { kind: 'staff', id: '7' } };
});

const prisma = () => database.db.prisma;
const inShop = scopeTx();
function scopeTx() {
  return <T>(work: Parameters<typeof database.db.forShop<T>>[1]): Promise<T> => database.db.forShop(scope.shop.id, work);
}
const save = async (change: Partial<ProgrammeForm> = {}): Promise<number> => {
  const saved = await saveProgramme(scope, { ...FORM, ...change });
  if (saved.kind !== 'ok') throw new Error(JSON.stringify(saved));
  return saved.value;
};
/** An order of one customer at so much, in the record, and looked at. */
async function order(id: number, change: Partial<OrderFacts> & { price?: bigint } = {}): Promise<void> {
  const { price = 10_000n, ...rest } = change;
  const facts = orderOf({
    id: BigInt(id),
    name: `#${id}`,
    customerId: 1n,
    createdAt: NOW,
    processedAt: NOW,
    updatedAt: platform.clock.now(),
    shipping: 0n,
    tax: 0n,
    lines: [lineOf({ id: BigInt(id * 10), quantity: 2, currentQuantity: 2, unitPrice: price / 2n, discount: 0n, tax: 0n })],
    ...rest,
  });
  await inShop((tx) => applyOrderEvents(tx, scope.shop, [{ kind: 'version', orderId: facts.id, facts, triggeredAt: null }]));
}
/** Takes the marks as the job does: verify passes over who is still marked. */
const unmarked = () => prisma().dirtyEntity.deleteMany({ where: { shopId: scope.shop.id } });
const look = async (): Promise<void> => {
  await unmarked();
  await inShop((tx) => reviewPoints(tx, { shop: scope.shop, customerIds: [1n], now: platform.clock.now() }));
};
const has = async (): Promise<[bigint, bigint]> => {
  const { available, pending } = await pointsOf(scope, 1n);
  return [available, pending];
};

describe('points of orders', () => {
  it('wait, become available by the sweep alone, are taken back by a refund, and lapse', async () => {
    await save();
    await order(1);
    await look();
    expect(await has()).toEqual([0n, 100n]);
    expect(await sweepPoints(platform, scope.shop)).toBe(0);
    platform.clock.set(later(14));
    expect(await sweepPoints(platform, scope.shop)).toBe(1);
    expect(await has()).toEqual([100n, 0n]);
    platform.clock.set(later(20));
    const refund = {
      id: 5n,
      createdAt: later(20),
      note: null,
      amount: 5_000n,
      adjustment: 0n,
      lines: [{ id: 6n, lineId: 10n, quantity: 1, restockType: null, locationId: null, subtotal: 5_000n, tax: 0n }],
    };
    await order(1, {
      refunds: [refund],
      lines: [lineOf({ id: 10n, quantity: 2, currentQuantity: 1, unitPrice: 5_000n, discount: 0n, tax: 0n })],
    });
    await look();
    expect(await has()).toEqual([50n, 0n]);
    const { entries, lots } = await pointsOf(scope, 1n);
    expect(lots).toEqual([{ topic: 'order/1', left: 50, since: later(14), expiresAt: new Date('2027-06-15T12:00:00Z') }]);
    expect(entries.map(({ topic, from, to, points }) => `${topic}: ${from} ${points} ${to}`)).toEqual([
      'order/1/refund/5: available 50 withdrawn',
      'order/1/available: pending 100 available',
      'order/1: issued 100 pending',
    ]);
    platform.clock.set(new Date('2027-06-15T12:00:00Z'));
    expect(await sweepPoints(platform, scope.shop)).toBe(1);
    expect(await has()).toEqual([0n, 0n]);
    expect(await sweepPoints(platform, scope.shop)).toBe(0);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('come through the feed of changed orders, and a second look books nothing', async () => {
    await save();
    for (const [position, kind] of ['locations', 'products', 'inventory', 'customers', 'orders'].entries())
      await prisma().backfill.create({ data: { shopId: scope.shop.id, kind, position, status: 'done' } });
    await order(1);
    await reviewDirty(platform, scope.shop);
    expect(await has()).toEqual([0n, 100n]);
    const count = await prisma().pointsEntry.count({ where: { shopId: scope.shop.id } });
    await look();
    expect(await prisma().pointsEntry.count({ where: { shopId: scope.shop.id } })).toBe(count);
  });

  it('unpaid, tests, deleted and from before the programme earn nothing; of another customer go over', async () => {
    await save({ days: '0' });
    await order(1, { financialStatus: 'pending' });
    await order(2, { test: true });
    await order(3, { processedAt: new Date('2025-12-31T12:00:00Z') });
    await look();
    expect(await has()).toEqual([0n, 0n]);
    platform.clock.set(later(1));
    await order(1, { financialStatus: 'paid' });
    await look();
    expect(await has()).toEqual([100n, 0n]);
    platform.clock.set(later(2));
    await order(1, { customerId: 2n });
    await inShop((tx) => reviewPoints(tx, { shop: scope.shop, customerIds: [1n, 2n], now: later(2) }));
    expect(await has()).toEqual([0n, 0n]);
    expect((await pointsOf(scope, 2n)).available).toBe(100n);
    await unmarked();
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('wait for all of the order to be sent, where the programme says so', async () => {
    await save({ after: 'fulfilment', days: '3' });
    await order(1);
    await look();
    platform.clock.set(later(100));
    await sweepPoints(platform, scope.shop);
    expect(await has()).toEqual([0n, 100n]);
    const sent = {
      id: 8n,
      status: 'success',
      shipmentStatus: null,
      locationId: null,
      trackingCompany: null,
      createdAt: later(98),
      updatedAt: later(98),
    };
    await order(1, { fulfilmentStatus: 'fulfilled', fulfilments: [sent] });
    await look();
    expect(await has()).toEqual([0n, 100n]);
    platform.clock.set(later(101));
    await sweepPoints(platform, scope.shop);
    expect(await has()).toEqual([100n, 0n]);
  });

  it('keep the rules of the day on which they were earned', async () => {
    expect(await save({ days: '0' })).toBe(1);
    await order(1);
    await look();
    expect(await saveProgramme(scope, { ...FORM, from: '2025-01-01' })).toEqual({
      kind: 'invalid',
      fields: { from: 'points.error.before' },
    });
    platform.clock.set(later(1));
    expect(await save({ points: '3', days: '0', from: '' })).toBe(2);
    await order(2, { processedAt: later(2) });
    platform.clock.set(later(3));
    await reviewAllPoints(platform, scope.shop);
    expect(await has()).toEqual([400n, 0n]);
    expect((await pointsPage(scope)).totals).toMatchObject({ members: 1, available: 400n });
  });
});

describe('points by staff', () => {
  it('are given and taken for a reason, seen in the log, and never below zero where that is not allowed', async () => {
    expect(await adjustPoints(scope, { customerId: 1n, points: '5', reason: 'x' })).toEqual({
      kind: 'invalid',
      fields: { points: 'points.error.noProgramme' },
    });
    await save({ belowZero: false });
    expect(await adjustPoints(scope, { customerId: 1n, points: '0', reason: ' ' })).toEqual({
      kind: 'invalid',
      fields: { points: 'points.error.adjust', reason: 'points.error.reason' },
    });
    expect(await adjustPoints(scope, { customerId: 1n, points: '+120', reason: 'Broken cup' })).toEqual({ kind: 'ok', value: null });
    expect(await adjustPoints(scope, { customerId: 1n, points: '-121', reason: 'Mistake' })).toEqual({
      kind: 'invalid',
      fields: { points: 'points.error.tooFew' },
    });
    expect(await adjustPoints(scope, { customerId: 1n, points: '-20', reason: 'Mistake' })).toEqual({ kind: 'ok', value: null });
    expect(await has()).toEqual([100n, 0n]);
    expect((await pointsOf(scope, 1n)).entries.map(({ reason, cause }) => [cause, reason])).toContainEqual(['adjust', 'Broken cup']);
    const log = await prisma().auditEntry.findMany({
      where: { shopId: scope.shop.id, action: 'loyalty.points.adjusted' },
      orderBy: { seq: 'asc' },
    });
    expect(log.map(({ after, actorId }) => [after, actorId])).toEqual([
      ['{"available":"120","points":120}', '7'],
      ['{"available":"100","points":-20}', '7'],
    ]);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('go to nobody who was erased: it is said, and nothing is written', async () => {
    await save();
    await inShop((tx) => applyCustomers(tx, personKeys(scope), [customerOf({ id: 1n })]));
    await prisma().customer.updateMany({ where: { shopId: scope.shop.id }, data: { redactedAt: NOW } });
    const refused = await adjustPoints(scope, { customerId: 1n, points: '5', reason: 'x' });
    expect(refused).toEqual({ kind: 'invalid', fields: { points: 'points.error.gone' } });
    expect(await prisma().pointsAdjustment.count({ where: { shopId: scope.shop.id } })).toBe(0);
  });

  it('taken by many at once are taken no oftener than there are points', async () => {
    await save({ belowZero: false });
    await adjustPoints(scope, { customerId: 1n, points: '100', reason: 'x' });
    const taken = await Promise.all(
      Array.from({ length: 12 }, () => adjustPoints(scope, { customerId: 1n, points: '-30', reason: 'at once' })),
    );
    expect(taken.filter(({ kind }) => kind === 'ok')).toHaveLength(3);
    expect(await has()).toEqual([10n, 0n]);
    expect(await verifyPoints(scope)).toEqual([]);
  });
});

describe('the books', () => {
  it('are told as of any past day', async () => {
    await save({ days: '0' });
    await order(1);
    await look();
    platform.clock.set(later(2));
    await order(2, { processedAt: later(2), price: 3_000n });
    await look();
    const at = (day: string) => liabilityAt(scope, parseDay(day));
    expect([await at('2026-05-31'), await at('2026-06-01'), await at('2026-06-02'), await at('2026-06-03')]).toEqual([
      { pending: 0n, available: 0n },
      { pending: 0n, available: 100n },
      { pending: 0n, available: 100n },
      { pending: 0n, available: 130n },
    ]);
  });

  it('cannot be written, changed or taken away by the app, and a booking twice is refused as a whole', async () => {
    await save({ days: '0' });
    await order(1);
    await look();
    const wrongs = [
      `UPDATE points_balances SET available = 1`,
      `INSERT INTO points_entries SELECT * FROM points_entries`,
      `DELETE FROM points_entries`,
      `UPDATE points_days SET points = 0`,
      `INSERT INTO points_balances (shop_id, customer_id, available) VALUES (${scope.shop.id}, 9, 9)`,
    ];
    for (const text of wrongs) await expect(inShop((tx) => tx.sql.run({ text }))).rejects.toThrow('permission denied');
    // The owner may not change entries either.
    await expect(database.db.pool.query(`UPDATE points_entries SET points = points + 1 WHERE shop_id = ${scope.shop.id}`)).rejects.toThrow(
      'append-only',
    );
    const post = (points: number, from: number, to: number, seq = 9) =>
      inShop((tx) =>
        tx.sql.run({ text: `SELECT storebook_post_points($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)` }, [
          [1n],
          ['order/1'],
          [seq],
          [from],
          [to],
          [points],
          [NOW],
          ['x'],
          [1],
          NOW,
          '2026-06-01',
        ]),
      );
    await expect(post(5, 3, 1, 1)).rejects.toThrow('points_entries_pkey');
    await expect(post(0, 3, 1)).rejects.toThrow('points_entries_move');
    await expect(post(5, 1, 1)).rejects.toThrow('points_entries_move');
    await expect(post(5, 3, 8)).rejects.toThrow('points_entries_move');
    expect(await has()).toEqual([100n, 0n]);
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('that somebody else changed are found by verify', async () => {
    await save({ days: '0' });
    await order(1);
    await look();
    const owner = async (text: string): Promise<void> => {
      await database.db.pool.query(text);
    };
    await owner(`UPDATE points_balances SET available = available + 1 WHERE shop_id = ${scope.shop.id}`);
    expect(await verifyPoints(scope)).toEqual([{ table: 'points_balances', what: 'customer/1', live: 101n, rebuilt: 100n }]);
    await owner(`UPDATE points_balances SET available = available - 1 WHERE shop_id = ${scope.shop.id}`);
    await owner(`ALTER TABLE points_entries DISABLE TRIGGER points_entries_no_change`);
    await owner(`UPDATE points_entries SET points = 90 WHERE shop_id = ${scope.shop.id} AND topic = 'order/1'`);
    await owner(`ALTER TABLE points_entries ENABLE TRIGGER points_entries_no_change`);
    const found = await verifyPoints(scope);
    expect(found.map(({ table, what }) => `${table} ${what}`)).toEqual([
      'points_balances customer/1',
      'points_balances days/3-1',
      'points_entries customer/1 order/1 issued-pending',
    ]);
  });
});

it('a hundred lives in any order of delivery, with looks and sweeps between, end with the same books', { timeout: 120_000 }, async () => {
  await save({ days: '14', after: 'fulfilment', firstOrder: '50', signUp: '20', belowZero: false });
  const random = seeded(11);
  const pick = (most: number): number => Math.floor(random.next() * most);
  const lives = Array.from({ length: 100 }, (_, at) => BigInt(at + 1));
  await inShop((tx) =>
    applyCustomers(
      tx,
      personKeys(scope),
      lives.map((id) => customerOf({ id, email: `p${id}@example.com`, createdAt: later(pick(50)) })),
    ),
  );
  const events = lives.flatMap((customerId) =>
    Array.from({ length: 1 + pick(3) }, (_, at) => {
      const id = customerId * 10n + BigInt(at);
      const placed = later(pick(200));
      const lines = [
        lineOf({ id: id * 10n, quantity: 4, currentQuantity: 4, unitPrice: BigInt(500 + pick(5_000)), discount: 0n, tax: 0n }),
      ];
      const facts = orderOf({
        id,
        name: `#${id}`,
        customerId,
        createdAt: placed,
        processedAt: placed,
        updatedAt: placed,
        shipping: 0n,
        tax: 0n,
        lines,
      });
      const version = (change: Partial<OrderFacts>, days: number) => ({
        kind: 'version' as const,
        orderId: id,
        triggeredAt: null,
        facts: { ...facts, ...change, updatedAt: new Date(placed.getTime() + days * 86_400_000) },
      });
      const all = [version({}, 0)];
      if (random.next() < 0.7)
        all.push(
          version(
            {
              fulfilmentStatus: 'fulfilled',
              fulfilments: [
                {
                  id,
                  status: 'success',
                  shipmentStatus: null,
                  locationId: null,
                  trackingCompany: null,
                  createdAt: new Date(placed.getTime() + 86_400_000),
                  updatedAt: placed,
                },
              ],
            },
            1,
          ),
        );
      if (random.next() < 0.2) all.push(version({ ...all.at(-1)?.facts, cancelledAt: new Date(placed.getTime() + 3 * 86_400_000) }, 3));
      const refund = {
        id: id * 100n,
        createdAt: new Date(placed.getTime() + 5 * 86_400_000),
        note: null,
        amount: 1n,
        adjustment: 0n,
        lines: [{ id, lineId: id * 10n, quantity: 1 + pick(2), restockType: null, locationId: null, subtotal: 1n, tax: 0n }],
      };
      return [...all, ...(random.next() < 0.4 ? [{ kind: 'refund' as const, orderId: id, refund }] : [])];
    }).flat(),
  );
  for (const [at, event] of events.toSorted(() => random.next() - 0.5).entries()) {
    await inShop((tx) => applyOrderEvents(tx, scope.shop, [event]));
    if (at % 9 === 0)
      await inShop((tx) => reviewPoints(tx, { shop: scope.shop, customerIds: lives.slice(pick(90), 100), now: platform.clock.now() }));
    if (at % 25 === 0) {
      platform.clock.set(new Date(platform.clock.now().getTime() + pick(40) * 86_400_000));
      await sweepPoints(platform, scope.shop);
    }
  }
  platform.clock.set(later(700));
  await inShop((tx) => reviewPoints(tx, { shop: scope.shop, customerIds: lives, now: platform.clock.now() }));
  const books = async () =>
    prisma().pointsBalance.findMany({ where: { shopId: scope.shop.id }, orderBy: { customerId: 'asc' }, omit: { shopId: true } });
  const shuffled = await books();
  await unmarked();
  expect(await verifyPoints(scope)).toEqual([]);
  expect(await prisma().pointsEntry.count({ where: { shopId: scope.shop.id, cause: 'correction' } })).toBeGreaterThan(0);
  // The same in good order, in another shop.
  scope = { ...(await testShop(platform, { domain: `points-${(shops += 1)}.myshopify.com` })), actor: { kind: 'staff', id: '7' } };
  platform.clock.set(NOW);
  await save({ days: '14', after: 'fulfilment', firstOrder: '50', signUp: '20', belowZero: false });
  const joined = await prisma().customer.findMany({
    where: { shopId: scope.shop.id - 1 },
    orderBy: { id: 'asc' },
    select: { id: true, createdAt: true },
  });
  await inShop((tx) =>
    applyCustomers(
      tx,
      personKeys(scope),
      joined.map(({ id, createdAt }) => customerOf({ id, email: `p${id}@example.com`, createdAt })),
    ),
  );
  for (const event of events) await inShop((tx) => applyOrderEvents(tx, scope.shop, [event]));
  platform.clock.set(later(700));
  await inShop((tx) => reviewPoints(tx, { shop: scope.shop, customerIds: lives, now: platform.clock.now() }));
  expect(await books()).toEqual(shuffled);
});

describe('a cart that is not bought', () => {
  it('tells what it would earn, as the order then does, and writes nothing', async () => {
    await save({ firstOrder: '40', goods: [{ kind: 'types', names: 'Tea', times: '3' }] });
    const mine = { shopId: scope.shop.id, updatedAt: NOW };
    await inShop((tx) => applyCustomers(tx, personKeys(scope), [customerOf({ id: 1n })]));
    for (const [id, productType, price] of [
      [1n, 'Tea', 500n],
      [2n, 'Mugs', 1_250n],
    ] as const) {
      await prisma().product.create({ data: { ...mine, id, title: 'x', status: 'active', tags: [], productType } });
      await prisma().variant.create({ data: { ...mine, id, productId: id, title: 'x', price, position: 1 } });
    }
    const lines = [
      { productId: 1n, pieces: 4 },
      { productId: 2n, pieces: 1 },
      { productId: 404n, pieces: 1 },
    ];
    const told = await simulateCart(scope, { customerId: 1n, lines });
    expect(told).toEqual({
      kind: 'ok',
      worth: 3_250n,
      earned: [
        { cause: 'order', points: 72 },
        { cause: 'first-order', points: 40 },
      ],
      availableAt: later(14),
    });
    expect(await prisma().pointsEntry.count({ where: { shopId: scope.shop.id } })).toBe(0);
    const bought = [
      lineOf({ id: 10n, productId: 1n, quantity: 4, currentQuantity: 4, unitPrice: 500n, discount: 0n, tax: 0n }),
      lineOf({ id: 11n, productId: 2n, quantity: 1, currentQuantity: 1, unitPrice: 1_250n, discount: 0n, tax: 0n }),
    ];
    await order(1, { lines: bought });
    await look();
    expect(await has()).toEqual([0n, 112n]);
    const again = await simulateCart(scope, { customerId: 1n, lines });
    expect(again).toMatchObject({ earned: [{ cause: 'order', points: 72 }] });
    expect(await simulateCart(scope, { customerId: 1n, lines: [] })).toEqual({ kind: 'none', why: 'no-goods' });
  });
});
