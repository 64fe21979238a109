import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyReadCustomers } from '../../app/record/customers.store.server.ts';
import { markDirty } from '../../app/record/dirty.store.server.ts';
import type { CustomerFacts } from '../../app/record/facts.ts';
import { applyCustomers, personKeys, runBackfill, startBackfill } from '../../app/record/index.server.ts';
import { refetchNow } from '../../app/record/refetch.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { customerOf } from '../support/order-facts.ts';
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

const numberOf = (gid: unknown): bigint => BigInt(String(gid).split('/').at(-1) ?? '');
const metafield = (ownerId: string, value: string) => ({
  __typename: 'Metafield',
  id: `${ownerId.replace('Customer', 'Metafield')}`,
  namespace: 'facts',
  key: 'birth_date',
  type: 'date',
  value,
  ownerId,
});
const held = async (id: bigint) => {
  const where = { shopId_id: { shopId: shop.scope.shop.id, id } };
  return database.db.prisma.customer.findUnique({ where, select: { birthDay: true, city: true } });
};
const inShop = (work: typeof applyCustomers, facts: Partial<CustomerFacts>) =>
  shop.scope.db.forShop(shop.scope.shop.id, (tx) => work(tx, personKeys(shop.scope), [customerOf(facts)]));

describe('a birthday', () => {
  it('comes with the import, by month and day, and is asked for again with what changed', async () => {
    const { store, actions } = shop.sandbox.shop(TINY_DOMAIN);
    const [one, other, third] = [...store.customers.values()].map((node) => String(node['id']));
    if (!one || !other || !third) throw new Error('too few customers');
    const id = numberOf(one);
    store.put({ t: 'metafield', v: metafield(one, '1992-02-29') });
    store.put({ t: 'metafield', v: metafield(other, 'in spring') });
    await startBackfill(shop.scope, { anew: false });
    await runBackfill(shop.platform, { client: shop.scope.admin, pause: async () => undefined }, shop.scope.shop);
    expect([await held(id), await held(numberOf(other)), await held(numberOf(third))]).toMatchObject([
      { birthDay: 229 },
      { birthDay: null },
      { birthDay: null },
    ]);
    const dump = JSON.stringify(
      await database.db.prisma.customer.findUnique({ where: { shopId_id: { shopId: shop.scope.shop.id, id } } }),
      (_, v) => (typeof v === 'bigint' ? String(v) : v),
    );
    expect(dump).not.toContain('1992');

    // A webhook of a later version does not speak of it.
    actions.updateCustomer({ id: one, changes: { firstName: 'Renamed' } });
    const updatedAt = new Date(String(store.customers.get(one)?.['updatedAt']));
    await inShop(applyCustomers, { id, updatedAt, city: 'Leeds' });
    expect(await held(id)).toEqual({ birthDay: 229, city: 'Leeds' });

    const refetched = async (): Promise<number | null | undefined> => {
      await shop.scope.db.forShop(shop.scope.shop.id, (tx) => markDirty(tx, shop.scope.shop.id, { feed: 'refetch-customers', ids: [id] }));
      expect(await refetchNow(shop.platform, shop.scope.admin, shop.scope.shop)).toMatchObject({ customers: { checked: 1 } });
      return (await held(id))?.birthDay;
    };
    store.put({ t: 'metafield', v: metafield(one, '1992-12-31') });
    expect(await refetched()).toBe(1_231);
    store.put({ t: 'metafield-gone', v: metafield(one, '') });
    expect(await refetched()).toBeNull();
  });

  it('is taken from an earlier version only where none is held; nothing else is', async () => {
    const at = (hour: number): Date => new Date(NOW.getTime() + hour * 3_600_000);
    await inShop(applyCustomers, { id: 5n, updatedAt: at(2), city: 'Leeds' });
    await inShop(applyReadCustomers, { id: 5n, updatedAt: at(1), city: 'York', birthDay: 514 });
    expect(await held(5n)).toEqual({ birthDay: 514, city: 'Leeds' });
    await inShop(applyReadCustomers, { id: 5n, updatedAt: at(1), city: 'York', birthDay: 601 });
    expect(await held(5n)).toEqual({ birthDay: 514, city: 'Leeds' });
    await inShop(applyReadCustomers, { id: 5n, updatedAt: at(2), city: 'Leeds', birthDay: 601 });
    expect(await held(5n)).toEqual({ birthDay: 601, city: 'Leeds' });
  });

  it('does not come back to somebody who was forgotten', async () => {
    await inShop(applyReadCustomers, { id: 6n, birthDay: 514 });
    const where = { shopId: shop.scope.shop.id, id: 6n };
    await database.db.prisma.customer.updateMany({ where, data: { redactedAt: NOW, birthDay: null } });
    await inShop(applyReadCustomers, { id: 6n, updatedAt: NOW, birthDay: 514 });
    expect((await held(6n))?.birthDay).toBeNull();
  });
});
