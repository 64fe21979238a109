import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  allMembers,
  checkSegment,
  countAllSegments,
  deleteSegment,
  listSegments,
  saveSegment,
  segmentById,
  SEGMENT_FROM,
  segmentCondition,
  segmentPage,
  wordsForSegments,
} from '../../app/audience/index.server.ts';
import { MOST_SEGMENTS } from '../../app/audience/saved-segment.ts';
import { applyCustomers } from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform, type TestScope } from '../support/platform.ts';

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestScope;
let shops = 0;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database);
  scope = await testShop(platform, { domain: `saved-${(shops += 1)}.myshopify.com` });
});

const save = (name: string, query: string, over: { id: number; version: number } | null = null) =>
  saveSegment(scope, { id: null, version: null, ...over, name, query });
const made = async (name: string, query: string): Promise<number> => {
  const saved = await save(name, query);
  if (saved.kind !== 'ok') throw new Error(JSON.stringify(saved));
  return saved.value.id;
};
const audit = async (): Promise<string[]> =>
  (await database.db.prisma.auditEntry.findMany({ where: { shopId: scope.shop.id }, orderBy: { seq: 'asc' } })).map(
    ({ action, subject }) => `${action} ${subject}`,
  );
/** Customers 1 to n; every third is a VIP, all of London but the last. */
async function fill(n: number): Promise<void> {
  const at = new Date('2026-11-01');
  await scope.db.forShop(scope.shop.id, (tx) =>
    applyCustomers(
      tx,
      { shopId: scope.shop.id, keys: scope.env.keys },
      Array.from({ length: n }, (_, index) => ({
        id: BigInt(index + 1),
        email: `person${index + 1}@example.com`,
        firstName: 'Person',
        lastName: String(index + 1),
        phone: null,
        state: 'enabled',
        locale: 'en',
        tags: index % 3 === 0 ? ['VIP', `only-${index}`] : [],
        country: 'GB',
        province: null,
        city: index === n - 1 ? 'Leeds' : 'London',
        address: null,
        emailConsent: null,
        emailConsentAt: null,
        smsConsent: null,
        smsConsentAt: null,
        createdAt: at,
        updatedAt: at,
      })),
    ),
  );
}

describe('a saved segment', () => {
  it('is made, found by another room, changed by who read the newest version, and deleted; all of it audited', async () => {
    await fill(7);
    const id = await made('  VIPs \n of London ', "customer_tags CONTAINS 'vip' AND customer_cities CONTAINS 'London'\n");
    const text = "customer_tags CONTAINS 'vip' AND customer_cities CONTAINS 'London'";
    expect(await segmentById(scope, id)).toEqual({ id, name: 'VIPs of London', query: text, version: 1 });
    expect(await listSegments(scope)).toMatchObject([{ id, counted: 2, countedAt: platform.clock.now(), source: 'own', trouble: null }]);

    expect(await save('VIPs', "customer_tags CONTAINS 'vip'", { id, version: 1 })).toEqual({ kind: 'ok', value: { id, version: 2 } });
    expect(await save('Others', 'number_of_orders = 1', { id, version: 1 })).toEqual({ kind: 'stale' });
    expect(await segmentById(scope, id)).toEqual({ id, name: 'VIPs', query: "customer_tags CONTAINS 'vip'", version: 2 });
    expect(await listSegments(scope)).toMatchObject([{ counted: 3 }]);
    // Saving what stands there already changes nothing.
    expect(await save('VIPs', "customer_tags CONTAINS 'vip'", { id, version: 2 })).toEqual({ kind: 'ok', value: { id, version: 2 } });
    expect(await segmentById(scope, id)).toMatchObject({ version: 2 });

    expect(await deleteSegment(scope, id)).toEqual({ kind: 'ok' });
    expect(await deleteSegment(scope, id)).toEqual({ kind: 'gone' });
    expect(await save('VIPs', 'number_of_orders = 1', { id, version: 2 })).toEqual({ kind: 'gone' });
    expect([await segmentById(scope, id), await segmentPage(scope, { id, after: -1n })]).toEqual([null, null]);
    expect(await audit()).toEqual([`segment.created segment/${id}`, `segment.changed segment/${id}`, `segment.deleted segment/${id}`]);
    // A number that something may still name never comes to mean another segment.
    expect(await made('VIPs', 'number_of_orders = 1')).not.toBe(id);
  });

  it('is refused with what is wrong: its name, its text, what is not kept', async () => {
    const id = await made('Café', 'number_of_orders = 1');
    const other = await made('Tea', 'number_of_orders = 1');
    const taken = { kind: 'invalid', fields: { name: 'segments.error.taken' } };
    const unnamed = { kind: 'invalid', fields: { name: 'segments.error.name' } };
    expect(await save('CAFÉ', 'number_of_orders = 2')).toEqual(taken);
    expect(await save('cafe\u0301', 'number_of_orders = 2')).toEqual(taken);
    expect(await save('café', 'number_of_orders = 2', { id: other, version: 1 })).toEqual(taken);
    expect([await save(' \t\u0000', 'number_of_orders = 2'), await save('x'.repeat(101), 'number_of_orders = 2')]).toEqual([
      unnamed,
      unnamed,
    ]);
    expect(await save('New', 'number_of_order = 2')).toMatchObject({ kind: 'problem', problem: { suggestion: 'number_of_orders' } });
    expect(await save('New', '')).toMatchObject({ kind: 'problem', problem: { code: 'empty' } });
    expect((await listSegments(scope)).map(({ name, version }) => [name, version])).toEqual([
      ['Café', 1],
      ['Tea', 1],
    ]);
    expect(await save('Café', 'number_of_orders = 2', { id, version: 1 })).toEqual({ kind: 'ok', value: { id, version: 2 } });
  });

  it('comes in any number up to the limit, also when many are made at once', async () => {
    const rows = Array.from({ length: MOST_SEGMENTS - 3 }, (_, at) => ({
      shopId: scope.shop.id,
      name: `Segment ${at}`,
      nameKey: `segment ${at}`,
      query: 'number_of_orders = 1',
      source: 'own',
      createdAt: platform.clock.now(),
      updatedAt: platform.clock.now(),
    }));
    await database.db.prisma.segment.createMany({ data: rows });
    const outcomes = await Promise.all(Array.from({ length: 6 }, (_, at) => save(`New ${at}`, 'number_of_orders = 1')));
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['invalid', 'invalid', 'invalid', 'ok', 'ok', 'ok']);
    expect(await listSegments(scope)).toHaveLength(MOST_SEGMENTS);
  });

  it('is changed once by two who read the same version', async () => {
    const id = await made('Twice', 'number_of_orders = 1');
    const outcomes = await Promise.all([2, 3].map((n) => save('Twice', `number_of_orders = ${n}`, { id, version: 1 })));
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['ok', 'stale']);
    expect(await segmentById(scope, id)).toMatchObject({ version: 2 });
  });

  it('shows its customers page by page with their names, and all of them for a file', async () => {
    await fill(121);
    const id = await made('London', "customer_cities CONTAINS 'london'");
    const first = await segmentPage(scope, { id, after: -1n });
    if (first?.members.kind !== 'members') throw new Error('no members');
    expect(first.members).toMatchObject({ count: 120, of: 121, next: 50n });
    expect(first.members.rows[0]).toMatchObject({ id: 1n, name: 'Person 1', email: 'person1@example.com', orders: 0, net: 0n });
    const last = await segmentPage(scope, { id, after: 100n });
    if (last?.members.kind !== 'members') throw new Error('no members');
    expect([last.members.rows.length, last.members.next]).toEqual([20, null]);
    const ids: bigint[] = [];
    for await (const row of allMembers(scope, id)) ids.push(row.id);
    expect(ids).toEqual(Array.from({ length: 120 }, (_, at) => BigInt(at + 1)));
  });

  it('is counted anew for all, but a count of an older text is not noted', async () => {
    await fill(3);
    const id = await made('All', 'number_of_orders = 0');
    await fill(9);
    expect((await listSegments(scope))[0]?.counted).toBe(3);
    expect(await countAllSegments(scope)).toBe(1);
    expect((await listSegments(scope))[0]?.counted).toBe(9);
    await save('All', 'number_of_orders = 5', { id, version: 1 });
    expect((await listSegments(scope))[0]?.counted).toBe(0);
  });

  it('is a condition in another room’s own statement', async () => {
    await fill(7);
    const condition = segmentCondition(scope, "customer_tags CONTAINS 'VIP'");
    if (condition.kind !== 'condition') throw new Error(condition.kind);
    const { where, values } = condition;
    const text = `SELECT c.id ${SEGMENT_FROM} WHERE ${where} AND c.id > $${values.length + 1}::bigint ORDER BY c.id`;
    const rows = await scope.db.forShop(scope.shop.id, (tx) => tx.sql.rows<{ id: bigint }>({ text }, [...values, 1n]));
    expect(rows.map((row) => row.id)).toEqual([4n, 7n]);
    // An OR of the segment stays inside of its brackets.
    const either = segmentCondition(scope, 'number_of_orders = 0 OR number_of_orders > 0');
    expect(either).toMatchObject({ where: expect.stringMatching(/AND \(.*\)$/s) });
    expect(segmentCondition(scope, 'nothing = 1')).toMatchObject({ kind: 'problem' });
  });

  it('is checked while it is written, and helped with the shop’s own words', async () => {
    await fill(7);
    expect(await checkSegment(scope, "customer_tags CONTAINS 'VIP'")).toEqual({ kind: 'count', count: 3, of: 7 });
    expect(await checkSegment(scope, 'customer_tags')).toMatchObject({ kind: 'problem' });
    const words = await wordsForSegments(scope);
    // "only-0" and Leeds are one customer's alone.
    expect(words).toMatchObject({ customer_tags: ['VIP'], customer_countries: ['GB'], customer_cities: ['London'], loyalty_tier: [] });
  });
});
