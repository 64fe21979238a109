import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  collectionsById,
  drainInbox,
  markDirty,
  reconcile,
  runBackfill,
  startBackfill,
  topicCatalogue,
} from '../../app/record/index.server.ts';
import { applyCollections } from '../../app/record/collections.store.server.ts';
import { refetchNow } from '../../app/record/refetch.server.ts';
import { recordWebhooks } from '../../app/record/webhooks.server.ts';
import { tail, text } from '../../sandbox/engine/node.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { sandboxShop, type SandboxShop } from '../support/sandbox-shop.ts';

const START = new Date('2026-11-20T12:00:00Z');
const noPause = async (): Promise<void> => undefined;
const catalogue = topicCatalogue(recordWebhooks);

let database: TestDatabase;
let shop: SandboxShop;
let now = START;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  now = START;
  shop = await sandboxShop(database, { now: () => now });
  store().put({ t: 'facts', v: { installed: true } });
  await startBackfill(shop.scope, { anew: false });
});
afterEach(() => shop.close());

const sandbox = () => shop.sandbox.shop(shop.scope.shop.domain);
const store = () => sandbox().store;
const shopId = () => shop.scope.shop.id;
const importAll = () => runBackfill(shop.platform, { client: shop.scope.admin, pause: noPause }, shop.scope.shop);
const refetch = () => refetchNow(shop.platform, shop.scope.admin, shop.scope.shop);
const compare = () => reconcile(shop.platform, { client: shop.scope.admin, pause: noPause }, shop.scope.shop);
function later(hours: number): void {
  now = new Date(now.getTime() + hours * 3_600_000);
  shop.platform.clock.set(now);
}

/** Lets what the store has sent in. @returns its topics */
async function arrive(): Promise<string[]> {
  await sandbox().deliveries.idle();
  const received = shop.app.received.splice(0);
  for (const { topic, body, webhookId } of received)
    await database.db.prisma.inboxEvent.create({ data: { shopId: shopId(), topic, webhookId, body, triggeredAt: now } });
  await drainInbox(shop.platform, catalogue, shop.scope.shop);
  return received.map(({ topic }) => topic);
}

/** Titles of the record's living collections, with how many products each has. */
async function held(): Promise<Record<string, number>> {
  const rows = await database.db.prisma.collection.findMany({ where: { shopId: shopId(), deletedAt: null }, orderBy: { id: 'asc' } });
  const entries = await Promise.all(
    rows.map(async ({ id, title }): Promise<[string, number]> => [
      title,
      await database.db.prisma.collectionProduct.count({ where: { shopId: shopId(), collectionId: id } }),
    ]),
  );
  return Object.fromEntries(entries);
}
const idOf = (title: string): string =>
  text(
    [...store().collections.values()].find((one) => one['title'] === title),
    'id',
  );
const productNamed = (title: string): string =>
  text(
    [...store().products.values()].find((one) => one['title'] === title),
    'id',
  );
const marks = (feed: string) => database.db.prisma.dirtyEntity.count({ where: { shopId: shopId(), feed } });
const exportsOf = (name: string): number => [...store().operations.values()].filter(({ query }) => query.includes(name)).length;
const SEEDED = { 'Home page': 4, 'Staff picks': 3, Kitchen: 1, 'Coming soon': 0 };

describe('collections', () => {
  it('come with the first import: by hand, by a condition, empty', async () => {
    await importAll();
    expect(await held()).toEqual(SEEDED);
    const rows = await database.db.prisma.collection.findMany({ where: { shopId: shopId() }, orderBy: { id: 'asc' } });
    expect(rows.map(({ smart, handle }) => [smart, handle])).toEqual([
      [false, 'frontpage'],
      [false, 'staff-picks'],
      [true, 'kitchen'],
      [false, 'coming-soon'],
    ]);
    const kitchen = await shop.scope.db.forShop(shopId(), (tx) => collectionsById(tx, shopId(), [tail(idOf('Kitchen')), '77']));
    expect(kitchen).toEqual([{ id: tail(idOf('Kitchen')), title: 'Kitchen', productIds: [tail(productNamed('Blue mug'))] }]);
  });

  it('are read again when their webhook comes, which tells nothing of the products', async () => {
    await importAll();
    const products = [...store().products.keys()];
    sandbox().actions.collections.create({ title: 'Christmas', productIds: products.slice(2, 8) });
    sandbox().actions.collections.update({ id: idOf('Home page'), changes: { title: 'Welcome', productIds: products.slice(0, 2) } });
    expect(await arrive()).toEqual(['collections/create', 'collections/update']);
    expect(await held()).toEqual({ ...SEEDED, 'Home page': undefined, Welcome: 4, Christmas: 0 });
    expect(await shop.scope.db.forShop(shopId(), (tx) => collectionsById(tx, shopId(), [tail(idOf('Christmas'))]))).toEqual([]);
    await refetch();
    expect(await held()).toEqual({ ...SEEDED, 'Home page': undefined, Welcome: 2, Christmas: 6 });
    expect([await marks('refetch-collections'), await marks('refetch-collections-asked')]).toEqual([0, 0]);
    // Nothing had been missed.
    expect(await database.db.prisma.reconcileMend.count({ where: { shopId: shopId() } })).toBe(0);
  });

  it('by a condition follow their products, of which alone the store tells', async () => {
    await importAll();
    sandbox().actions.setTags('product', productNamed('Cake stand'), ['kitchen', 'new']);
    sandbox().actions.setTags('product', productNamed('Blue mug'), []);
    expect(await arrive()).toEqual(['products/update', 'products/update']);
    expect((await held())['Kitchen']).toBe(1);
    await refetch();
    const kitchen = await shop.scope.db.forShop(shopId(), (tx) => collectionsById(tx, shopId(), [tail(idOf('Kitchen'))]));
    expect(kitchen[0]?.productIds).toEqual([tail(productNamed('Cake stand'))]);
    expect(await held()).toEqual(SEEDED);
  });

  it('go, and no late word of them or of a deleted product brings them back', async () => {
    await importAll();
    const [id, product] = [idOf('Home page'), [...store().products.keys()][0] ?? ''];
    sandbox().actions.collections.update({ id: idOf('Staff picks'), changes: { productIds: [product] } });
    sandbox().actions.collections.update({ id, changes: { title: 'Late' } });
    await sandbox().deliveries.idle();
    const [staff, late] = shop.app.received.splice(0);
    sandbox().actions.collections.delete(id);
    sandbox().actions.deleteProduct(product);
    expect((await arrive()).slice(0, 2)).toEqual(['collections/delete', 'products/delete']);
    if (staff && late) shop.app.received.push(staff, late);
    await arrive();
    await shop.scope.db.forShop(shopId(), (tx) =>
      applyCollections(tx, shopId(), {
        at: now,
        collections: ['Home page', 'Staff picks'].map((title, at) => ({
          id: BigInt(tail(at === 0 ? id : idOf(title))),
          title,
          handle: null,
          smart: false,
          updatedAt: now,
          productIds: [BigInt(tail(product))],
        })),
      }),
    );
    await refetch();
    expect(await held()).toEqual({ 'Staff picks': 0, Kitchen: 0, 'Coming soon': 0 });
    expect(await database.db.prisma.collectionProduct.count({ where: { shopId: shopId(), productId: BigInt(tail(product)) } })).toBe(0);
  });

  it('wait with their marks until the first import has read them', async () => {
    await shop.scope.db.forShop(shopId(), (tx) =>
      markDirty(
        tx,
        shopId(),
        { feed: 'refetch-memberships', ids: [1n] },
        { feed: 'refetch-collections', ids: [BigInt(tail(idOf('Kitchen')))] },
      ),
    );
    await refetch();
    expect([await marks('refetch-memberships'), await marks('refetch-collections')]).toEqual([1, 1]);
    await importAll();
    await refetch();
    expect([await marks('refetch-memberships'), await marks('refetch-collections')]).toEqual([0, 0]);
  });

  it('picked by hand all of them: no product is asked about', async () => {
    sandbox().actions.collections.delete(idOf('Kitchen'));
    await importAll();
    await arrive();
    sandbox().actions.setTags('product', productNamed('Red mug'), ['kitchen']);
    expect(await arrive()).toEqual(['products/update']);
    expect(await marks('refetch-memberships')).toBe(0);
  });

  it('are read whole where very many products changed at once', async () => {
    await importAll();
    const ids = Array.from({ length: 1_001 }, (_, at) => BigInt(at + 1));
    await shop.scope.db.forShop(shopId(), (tx) => markDirty(tx, shopId(), { feed: 'refetch-memberships', ids }));
    const before = [exportsOf('BulkCollections'), exportsOf('BulkMemberships')];
    await refetch();
    expect([exportsOf('BulkCollections'), exportsOf('BulkMemberships')]).toEqual([(before[0] ?? 0) + 1, before[1]]);
    expect(await marks('refetch-memberships')).toBe(0);
  });
});

describe('reconciliation of collections', () => {
  it('finds what no webhook told: made, changed, deleted', async () => {
    await importAll();
    later(0.2);
    store().put({ t: 'facts', v: { installed: false } });
    sandbox().actions.collections.create({ title: 'Unheard', productIds: [...store().products.keys()].slice(0, 5) });
    sandbox().actions.collections.update({ id: idOf('Home page'), changes: { productIds: [] } });
    sandbox().actions.collections.delete(idOf('Coming soon'));
    later(0.3);
    const report = await compare();
    expect(report.kind === 'done' && report.kinds.find(({ kind }) => kind === 'collections')).toEqual({
      kind: 'collections',
      checked: 3,
      mended: 3,
      error: null,
    });
    expect(await held()).toEqual({ 'Home page': 0, 'Staff picks': 3, Kitchen: 1, Unheard: 5 });
    const missed = await database.db.prisma.missedTopic.findMany({ where: { shopId: shopId() }, orderBy: { topic: 'asc' } });
    expect(missed.map(({ topic }) => topic)).toEqual(['collections/create', 'collections/delete', 'collections/update']);
    later(0.3);
    expect(await compare()).toMatchObject({ mended: 0 });
  });

  it('reads everything once a day, for what nobody is told of', async () => {
    await importAll();
    const mug = store().products.get(productNamed('Blue mug')) ?? {};
    // A condition on what is no part of the product: neither its version nor the collection's moves.
    store().put({ t: 'product', v: { ...mug, tags: [] } });
    store().put({ t: 'collection-gone', v: idOf('Staff picks') });
    later(1);
    await compare();
    expect(await held()).toEqual(SEEDED);
    later(20);
    await compare();
    expect(await held()).toEqual({ 'Home page': 4, Kitchen: 0, 'Coming soon': 0 });
    const mends = await database.db.prisma.reconcileMend.findMany({
      where: { shopId: shopId(), kind: 'collections' },
      orderBy: { id: 'asc' },
    });
    expect(mends.map(({ what, entityId }) => [what, String(entityId)])).toEqual([
      ['stale', tail(idOf('Kitchen'))],
      ['deleted', '4100000000037'],
    ]);
    const missed = await database.db.prisma.missedTopic.findMany({ where: { shopId: shopId() } });
    expect(missed.map(({ topic }) => topic)).toEqual(['collections/delete']);
  });
});
