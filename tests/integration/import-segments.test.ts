import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  countAllSegments,
  deleteSegment,
  importSegments,
  listSegments,
  saveSegment,
  segmentById,
} from '../../app/audience/index.server.ts';
import { MOST_SEGMENTS } from '../../app/audience/saved-segment.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let database: TestDatabase;
let shop: SandboxShop;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: NOW });
});
afterEach(() => shop.close());

const store = () => shop.sandbox.shop(TINY_DOMAIN).store;
const inStore = (id: number, name: string, query: string): void =>
  store().put({
    t: 'segment',
    v: { __typename: 'Segment', id: `gid://shopify/Segment/${id}`, name, query, creationDate: '', lastEditDate: '' },
  });
const bring = async () => {
  const report = await importSegments(shop.scope);
  if (report.kind !== 'imported') throw new Error(report.error);
  return report;
};
const held = async (name: string) => (await listSegments(shop.scope)).find((one) => one.name === name);

describe('the store’s own segments', () => {
  it('are imported; those that cannot be answered stand in the list with the reason', async () => {
    expect(await bring()).toEqual({ kind: 'imported', created: 8, changed: 0, same: 0, kept: 0, unread: 2, over: [] });
    const all = await listSegments(shop.scope);
    expect(all.filter(({ trouble }) => trouble === null)).toHaveLength(6);
    expect(all.every(({ source, version }) => source === 'shopify' && version === 1)).toBe(true);
    expect(await held('Company buyers')).toMatchObject({
      trouble: { kind: 'problem', problem: { code: 'unknown-attribute', found: 'companies', from: 0, to: 9 } },
    });
    expect(shop.platform.queue.jobs.map(({ name }) => name)).toContain('audience.count-segments');
    expect(await countAllSegments(shop.scope)).toBe(6);
    // A second time nothing is new.
    expect(await bring()).toMatchObject({ created: 0, changed: 0, same: 8 });
    expect((await held('Email subscribers'))?.version).toBe(1);
    const entries = await database.db.prisma.auditEntry.findMany({ where: { shopId: shop.scope.shop.id } });
    expect(entries.map(({ action }) => action)).toEqual(['segments.imported', 'segments.imported']);
  });

  it('follow what changes in the store, raise their version, and are not changed here', async () => {
    inStore(1, 'Regulars', 'number_of_orders > 5');
    await bring();
    const before = await held('Regulars');
    inStore(1, 'Regulars', 'number_of_orders > 6');
    expect(await bring()).toMatchObject({ created: 0, changed: 1 });
    const id = before?.id ?? 0;
    expect(await segmentById(shop.scope, id)).toEqual({ id, name: 'Regulars', query: 'number_of_orders > 6', version: 2 });
    inStore(1, 'Faithful', 'number_of_orders > 6');
    expect(await bring()).toMatchObject({ changed: 1 });
    expect(await segmentById(shop.scope, id)).toMatchObject({ name: 'Faithful', version: 3 });
    const mine = await saveSegment(shop.scope, { id, version: 3, name: 'Mine', query: 'number_of_orders > 1' });
    expect(mine).toEqual({ kind: 'imported' });
  });

  it('get another name where one of the shop’s own has theirs, and keep it', async () => {
    await saveSegment(shop.scope, { id: null, version: null, name: 'email SUBSCRIBERS', query: 'number_of_orders = 1' });
    inStore(1, 'Email subscribers (Shopify)', 'number_of_orders > 5');
    await bring();
    const names = (await listSegments(shop.scope)).map(({ name }) => name).filter((name) => /subscribers/i.test(name));
    expect(names).toHaveLength(3);
    expect(names).toEqual(expect.arrayContaining(['email SUBSCRIBERS', 'Email subscribers (Shopify)']));
    expect(await bring()).toMatchObject({ created: 0, changed: 0, same: 9 });
  });

  it('that the store has no longer stay as own ones, but those that hold nobody go; deleted ones come back', async () => {
    inStore(1, 'Regulars', 'number_of_orders > 5');
    inStore(2, 'Companies', 'companies IS NOT NULL');
    await bring();
    const id = (await held('Regulars'))?.id ?? 0;
    store().put({ t: 'segment-gone', v: 'gid://shopify/Segment/1' });
    store().put({ t: 'segment-gone', v: 'gid://shopify/Segment/2' });
    await deleteSegment(shop.scope, (await held('Email subscribers'))?.id ?? 0);
    expect(await bring()).toMatchObject({ created: 1, changed: 0, same: 7, kept: 1 });
    expect(await held('Regulars')).toMatchObject({ id, source: 'own', version: 1 });
    expect(await held('Companies')).toBeUndefined();
  });

  it('come in pages, as many as a shop can have, and the rest is named', async () => {
    for (let at = 0; at < 252; at += 1) inStore(100 + at, `Number ${at}`, `number_of_orders > ${at}`);
    const report = await bring();
    expect([report.created, report.over.length]).toEqual([MOST_SEGMENTS, 60]);
    expect(await bring()).toMatchObject({ created: 0, same: MOST_SEGMENTS });
    expect(await listSegments(shop.scope)).toHaveLength(MOST_SEGMENTS);
  });

  it('change nothing where the store refuses', async () => {
    await bring();
    const admin = { ...shop.scope.admin, run: async () => ({ kind: 'access-denied' as const, message: 'no' }) };
    expect(await importSegments({ ...shop.scope, admin })).toEqual({ kind: 'refused', error: 'access denied: no' });
    expect(await listSegments(shop.scope)).toHaveLength(8);
  });
});
