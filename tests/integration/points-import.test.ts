import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  adjustPoints,
  checkImport,
  confirmImport,
  discardImport,
  importsPage,
  pointsOf,
  saveProgramme,
  typedOf,
  undoImport,
  verifyPoints,
  type ProgrammeForm,
} from '../../app/loyalty/index.server.ts';
import { dropOldDrafts, runImports } from '../../app/loyalty/points/import/run-import.server.ts';
import { shopsWithImports } from '../../app/loyalty/points/import/imports.store.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { applyCustomers, personKeys } from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
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
  scope = { ...(await testShop(platform, { domain: `imports-${(shops += 1)}.myshopify.com` })), actor: { kind: 'staff', id: '7' } };
});

const prisma = () => database.db.prisma;
const save = async (change: Partial<ProgrammeForm> = {}): Promise<void> => {
  const saved = await saveProgramme(scope, { ...typedOf(null, scope.shop), ...change });
  expect(saved.kind).toBe('ok');
};
const customers = async (count: number): Promise<void> => {
  const all = Array.from({ length: count }, (_, at) => customerOf({ id: BigInt(at + 1), email: `p${at + 1}@example.com`, createdAt: NOW }));
  await database.db.forShop(scope.shop.id, (tx) => applyCustomers(tx, personKeys(scope), all));
  await prisma().dirtyEntity.deleteMany({ where: { shopId: scope.shop.id } });
};
const check = async (text: string): Promise<number> => {
  const checked = await checkImport(scope, { bytes: Buffer.from(text), chosen: null });
  if (checked.kind !== 'ok') throw new Error(JSON.stringify(checked));
  return checked.value;
};
const latest = async () => {
  const [first] = (await importsPage(scope)).imports;
  if (!first) throw new Error('no import');
  return first;
};
const book = async (text: string): Promise<number> => {
  const id = await check(text);
  expect(await confirmImport(scope, { id, agreed: false })).toEqual({ kind: 'ok', value: id });
  await runImports(platform, scope.shop);
  return id;
};
const available = async (customerId: bigint): Promise<bigint> => (await pointsOf(scope, customerId)).available;
const entries = () => prisma().pointsEntry.count({ where: { shopId: scope.shop.id } });

const FILE = `Email,Points Balance,VIP Tier,Shopify Customer ID
P1@Example.com,"1,200",Gold,
,30,,2
nobody@example.com,5,,
p3@example.com,12.5,,
p1@example.com,7,,
p4@example.com,0,,
p5@example.com,-4,,
p6@example.com,8,,7
`;

describe('an import', () => {
  it('is looked at first: what would happen, and what is wrong by line, and nothing is booked', async () => {
    await save();
    await customers(7);
    await check(FILE);
    const draft = await latest();
    expect(draft).toMatchObject({ status: 'checked', rows: 8, matched: 2, unmatched: 1, wrong: 4, zero: 1, points: 1_230n });
    expect(draft.ignored).toEqual(['tier']);
    expect(draft.problems).toEqual([
      { line: 4, column: 'email', reason: 'unmatched' },
      { line: 5, column: 'points', reason: 'points-fraction' },
      { line: 6, column: 'email', reason: 'again', of: 2 },
      { line: 8, column: 'points', reason: 'points-negative' },
      { line: 9, column: 'id', reason: 'other' },
    ]);
    expect([await entries(), await available(1n)]).toEqual([0, 0n]);
    // Nothing of what the file says of persons is kept.
    const stored = await database.db.pool.query(
      `SELECT (SELECT json_agg(i)::text FROM points_imports i) || (SELECT json_agg(r)::text FROM points_import_rows r) AS all`,
    );
    expect(String(stored.rows[0]?.['all'])).not.toMatch(/example|Gold/i);
    expect(await discardImport(scope, draft.id)).toEqual({ kind: 'ok', value: draft.id });
    expect(await prisma().pointsImportRow.count({ where: { shopId: scope.shop.id } })).toBe(0);
  });

  it('needs a programme, and a draft that nobody books goes after a week', async () => {
    expect(await checkImport(scope, { bytes: Buffer.from('email,points\np1@example.com,5\n'), chosen: null })).toMatchObject({
      kind: 'invalid',
    });
    await save();
    await customers(1);
    const id = await check('email,points\np1@example.com,5\n');
    platform.clock.set(new Date(NOW.getTime() + 6 * 86_400_000));
    await dropOldDrafts(platform, scope.shop);
    expect((await latest()).id).toBe(id);
    platform.clock.set(new Date(NOW.getTime() + 7 * 86_400_000));
    await dropOldDrafts(platform, scope.shop);
    expect((await importsPage(scope)).imports).toEqual([]);
  });

  it('is booked as facts with their reason, once, and audited; the same file is known again', async () => {
    await save();
    await customers(7);
    const id = await book(FILE);
    expect(await confirmImport(scope, { id, agreed: true })).toEqual({
      kind: 'invalid',
      fields: { import: 'pointsImport.error.notThere' },
    });
    await runImports(platform, scope.shop);
    expect([await available(1n), await available(2n), await available(5n)]).toEqual([1_200n, 30n, 0n]);
    const member = await pointsOf(scope, 1n);
    expect(member.entries.map(({ topic, cause }) => [topic, cause]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))).toEqual([
      [`import/${id}`, 'import'],
      [`import/${id}/available`, 'available'],
    ]);
    expect(await latest()).toMatchObject({ status: 'booked', done: 2 });
    expect(await verifyPoints(scope)).toEqual([]);
    const again = await check(FILE);
    expect((await latest()).twin).toEqual(NOW);
    expect(await confirmImport(scope, { id: again, agreed: false })).toEqual({
      kind: 'invalid',
      fields: { import: 'pointsImport.error.twin' },
    });
    const actions = await prisma().auditEntry.findMany({
      where: { shopId: scope.shop.id },
      orderBy: { seq: 'asc' },
      select: { action: true, subject: true },
    });
    expect(actions.slice(1)).toEqual([{ action: 'loyalty.points.import-booked', subject: `import/${id}` }]);
  });

  it('goes on where a process died, and is found when its job is lost', async () => {
    await save();
    await customers(1_200);
    const lines = Array.from({ length: 1_200 }, (_, at) => `p${at + 1}@example.com,${at + 1}`);
    const id = await check(`email,points\n${lines.join('\n')}\n`);
    await confirmImport(scope, { id, agreed: false });
    expect(await shopsWithImports(platform.db)).toContain(scope.shop.id);
    // The second page's transaction dies.
    let pages = 0;
    const dying = {
      ...platform,
      db: {
        ...platform.db,
        forShop: <T>(shopId: number, work: Parameters<typeof platform.db.forShop<T>>[1]): Promise<T> =>
          platform.db.forShop(shopId, async (tx) => {
            const result = await work(tx);
            if ((pages += 1) === 2) throw new Error('killed');
            return result;
          }),
      },
    };
    await expect(runImports(dying, scope.shop)).rejects.toThrow('killed');
    expect(await latest()).toMatchObject({ status: 'booking', done: 500 });
    // What is booked by then, and what is not, is what the facts say.
    expect(await verifyPoints(scope)).toEqual([]);
    await Promise.all([runImports(platform, scope.shop), runImports(platform, scope.shop)]);
    expect(await latest()).toMatchObject({ status: 'booked', done: 1_200 });
    expect(await shopsWithImports(platform.db)).not.toContain(scope.shop.id);
    expect(await entries()).toBe(2_400);
    expect(await available(1_200n)).toBe(1_200n);
    expect(await verifyPoints(scope)).toEqual([]);
  });
});

describe('undoing an import', () => {
  it('books all of it back; the ledger only grows', async () => {
    await save();
    await customers(7);
    const id = await book(FILE);
    const before = await entries();
    expect(await undoImport(scope, { id, agreed: false })).toEqual({ kind: 'ok', value: id });
    await runImports(platform, scope.shop);
    expect([await available(1n), await available(2n)]).toEqual([0n, 0n]);
    expect(await entries()).toBe(before * 2);
    expect(await latest()).toMatchObject({ status: 'undone', short: 0, kept: 0n });
    expect(await verifyPoints(scope)).toEqual([]);
    // An import that was undone is no twin.
    await check(FILE);
    expect((await latest()).twin).toBeNull();
  });

  it('is refused until somebody agrees, where points were spent; then they are owed', async () => {
    await save({ belowZero: true });
    await customers(7);
    const id = await book(FILE);
    await adjustPoints(scope, { customerId: 1n, points: '-200', reason: 'spent' });
    expect((await latest()).wouldBeShort).toEqual({ customers: 1, points: 200n, some: [1n] });
    expect(await undoImport(scope, { id, agreed: false })).toEqual({ kind: 'invalid', fields: { import: 'pointsImport.error.short' } });
    await undoImport(scope, { id, agreed: true });
    await runImports(platform, scope.shop);
    expect([await available(1n), await available(2n)]).toEqual([-200n, 0n]);
    expect(await latest()).toMatchObject({ status: 'undone', short: 1, kept: 0n });
    expect(await verifyPoints(scope)).toEqual([]);
  });

  it('forgives what was spent where the programme allows nothing below zero', async () => {
    await save({ belowZero: false });
    await customers(7);
    const id = await book(FILE);
    await adjustPoints(scope, { customerId: 1n, points: '-200', reason: 'spent' });
    await undoImport(scope, { id, agreed: true });
    await runImports(platform, scope.shop);
    expect([await available(1n), await available(2n)]).toEqual([0n, 0n]);
    expect(await latest()).toMatchObject({ status: 'undone', short: 1, kept: 200n });
    expect(await verifyPoints(scope)).toEqual([]);
  });
});
