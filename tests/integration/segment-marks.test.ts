import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audienceOutbox } from '../../app/audience/jobs.server.ts';
import { deleteSegment, markedCustomers, markSegments, saveSegment, saveSegmentMark } from '../../app/audience/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { sendOutbox, type AdminClient } from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import type { TestPlatform } from '../support/platform.ts';
import { sandboxShop, TINY_DOMAIN, type SandboxShop } from '../support/sandbox-shop.ts';

let database: TestDatabase;
let shop: SandboxShop;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope & { admin: AdminClient };
// Later than any real day: messages are due from the moment at which the database wrote them.
let clock = Date.UTC(2036, 10, 20, 12);

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shop = await sandboxShop(database, { now: () => new Date((clock += 60_000)), restoreRate: 100_000 });
  ({ platform, scope } = shop);
});
afterEach(() => shop.close());

const prisma = () => database.db.prisma;
/** The store's customers, as the record has them. */
const ids = (): bigint[] =>
  [...shop.sandbox.shop(TINY_DOMAIN).store.customers.keys()]
    .map((gid) => BigInt(gid.split('/').at(-1) ?? ''))
    .toSorted((a, b) => (a < b ? -1 : 1));
async function fill(): Promise<bigint[]> {
  const all = ids();
  await prisma().customer.createMany({
    data: all.map((id, at) => ({ shopId: scope.shop.id, id, tags: at % 2 === 0 ? ['even'] : [], updatedAt: new Date() })),
  });
  return all;
}
const segment = async (name: string, query: string): Promise<number> => {
  const saved = await saveSegment(scope, { id: null, version: null, name, query });
  if (saved.kind !== 'ok') throw new Error(saved.kind);
  return saved.value.id;
};
/** Brings the marks up to date, a day later, and sends what there is to send. */
async function night(): Promise<{ changed: number; sent: number; failed: number }> {
  platform.clock.now = () => new Date((clock += 86_400_000));
  const changed = await markSegments(platform, scope.shop);
  return { changed, ...(await sendOutbox(platform, { client: scope.admin, handlers: audienceOutbox }, scope.shop)) };
}
const tagsOf = (id: bigint): unknown => shop.sandbox.shop(TINY_DOMAIN).store.customers.get(`gid://shopify/Customer/${id}`)?.['tags'];
const wordsOf = (id: bigint): string | undefined => {
  const held = shop.sandbox.shop(TINY_DOMAIN).store.metafieldsOf.get(`gid://shopify/Customer/${id}`)?.values() ?? [];
  return [...held].map((field) => String(field['value']))[0];
};

describe('a segment’s mark', () => {
  it('is put on who is in it and taken off who falls out, and leaves other tags alone', async () => {
    const [first = 0n, second = 0n] = await fill();
    const id = await segment('Even', "customer_tags CONTAINS 'even'");
    const before = tagsOf(second);
    expect(await saveSegmentMark(scope, { id, as: 'tag', word: ' sb  even ' })).toEqual({ kind: 'ok', value: null });
    const evens = Math.ceil(ids().length / 2);
    expect(await night()).toEqual({ changed: evens, sent: evens, failed: 0 });
    expect([tagsOf(first), tagsOf(second), await markedCustomers(scope, id)]).toEqual([expect.arrayContaining(['sb even']), before, evens]);
    // Nothing changed: nothing is sent.
    expect(await night()).toEqual({ changed: 0, sent: 0, failed: 0 });

    await prisma().customer.updateMany({ where: { shopId: scope.shop.id, id: first }, data: { tags: [] } });
    expect(await night()).toEqual({ changed: 1, sent: 1, failed: 0 });
    expect(tagsOf(first)).not.toContain('sb even');

    // Another word: the old one goes.
    await saveSegmentMark(scope, { id, as: 'tag', word: 'pair' });
    await night();
    const third = ids()[2] ?? 0n;
    expect(tagsOf(third)).toContain('pair');
    expect(tagsOf(third)).not.toContain('sb even');

    await deleteSegment(scope, id);
    await night();
    expect(tagsOf(third)).not.toContain('pair');
    expect(await prisma().segmentMark.count({ where: { shopId: scope.shop.id } })).toBe(0);
  });

  it('in a metafield is a list of all the words of a customer', async () => {
    const [first = 0n, second = 0n] = await fill();
    const even = await segment('Even', "customer_tags CONTAINS 'even'");
    const all = await segment('All', 'number_of_orders >= 0');
    await saveSegmentMark(scope, { id: even, as: 'metafield', word: 'even' });
    await saveSegmentMark(scope, { id: all, as: 'metafield', word: 'all' });
    expect((await night()).failed).toBe(0);
    expect([wordsOf(first), wordsOf(second)]).toEqual(['["all","even"]', '["all"]']);
    await saveSegmentMark(scope, { id: all, as: '', word: '' });
    await night();
    expect([wordsOf(first), wordsOf(second)]).toEqual(['["even"]', '[]']);
  });

  it('goes on after a crash: a row and its message are one', async () => {
    await fill();
    const id = await segment('All', 'number_of_orders >= 0');
    await saveSegmentMark(scope, { id, as: 'tag', word: 'all' });
    const dying = { ...platform, db: { ...platform.db, forShop: platform.db.forShop.bind(platform.db) } };
    let calls = 0;
    // The second page of work dies; what the first wrote stands with its messages.
    dying.db.forShop = (async (...call: Parameters<typeof platform.db.forShop>) => {
      calls += 1;
      if (calls === 5) throw new Error('killed');
      return platform.db.forShop(...call);
    }) as typeof platform.db.forShop;
    await expect(markSegments(dying, scope.shop)).rejects.toThrow('killed');
    const marks = await prisma().segmentMark.count({ where: { shopId: scope.shop.id } });
    expect(await prisma().outboxMessage.count({ where: { shopId: scope.shop.id } })).toBe(marks);
    await night();
    expect(await prisma().segmentMark.count({ where: { shopId: scope.shop.id } })).toBe(ids().length);
    expect(ids().every((one) => JSON.stringify(tagsOf(one)).includes('"all"'))).toBe(true);
  });

  it('needs a word that the store takes, that no other segment has, and a segment', async () => {
    const one = await segment('One', 'number_of_orders > 1');
    const two = await segment('Two', 'number_of_orders > 2');
    const problem = (text: string) => ({ kind: 'invalid', fields: { word: text } });
    expect(await saveSegmentMark(scope, { id: one, as: 'tag', word: 'a,b' })).toEqual(problem('segments.error.mark'));
    expect(await saveSegmentMark(scope, { id: one, as: 'tag', word: ' ' })).toEqual(problem('segments.error.mark'));
    expect(await saveSegmentMark(scope, { id: one, as: 'tag', word: 'x'.repeat(41) })).toEqual(problem('segments.error.mark'));
    expect(await saveSegmentMark(scope, { id: one, as: 'tag', word: 'VIP' })).toMatchObject({ kind: 'ok' });
    expect(await saveSegmentMark(scope, { id: two, as: 'tag', word: 'vip' })).toEqual(problem('segments.error.markTaken'));
    expect(await saveSegmentMark(scope, { id: two, as: 'metafield', word: 'vip' })).toMatchObject({ kind: 'ok' });
    expect(await saveSegmentMark(scope, { id: 99_999, as: 'tag', word: 'y' })).toEqual({ kind: 'gone' });
  });
});
