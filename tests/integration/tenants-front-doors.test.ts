import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../app/platform/db.server.ts';
import type { AdminClient } from '../../app/shopify/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { CALLS, NOT_OF_A_SHOP, ROOMS, type DoorScope } from '../support/front-door-calls.ts';
import { testPlatform } from '../support/platform.ts';
import { rowsOf, SHARED_KEY, twoShops, type Tenant, type TwoShops } from '../support/two-shops.ts';

const EVERY_CALL = Object.entries(CALLS).flatMap(([room, calls]) =>
  Object.entries(calls).map(([name, call]) => ({ name: `${room}.${name}`, call })),
);

let database: TestDatabase;
let shops: TwoShops;
/** Domains that were asked for at the store. */
const asked: string[] = [];
/** A store that lets nobody in, and remembers whose it was. */
const denied: AdminClient['run'] = async (shop) => {
  asked.push(shop.domain);
  return { kind: 'access-denied', message: 'no' };
};
const admin: AdminClient = {
  run: denied,
  runOnce: denied,
  download: () => Promise.reject(new Error('no')),
};
const scopeOf = (tenant: Tenant): DoorScope => ({ ...tenant.scope, admin });
const asText = (answer: unknown): string =>
  JSON.stringify(answer, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  ) ?? '';
const tells = (text: string, { word, digits }: Tenant): boolean => text.includes(word) || new RegExp(`${digits}\\d{2}`).test(text);

beforeAll(() => {
  const missing = Object.entries(ROOMS).flatMap(([room, door]) => {
    const known: string[] = [...Object.entries(CALLS), ...Object.entries(NOT_OF_A_SHOP)].flatMap(([of, names]) =>
      of === room ? Object.keys(names) : [],
    );
    return Object.keys(door).flatMap((name) => (known.includes(name) ? [] : [`${room}.${name}`]));
  });
  expect(missing, 'front-door exports without a line in tests/support/front-door-calls.ts').toEqual([]);
});
beforeEach(async () => {
  database = await testDatabase();
  shops = await twoShops(database, testPlatform(database));
  asked.length = 0;
  return () => database.close();
});

/** Calls everything in one shop's scope with the other's ids and words; each time, the other's rows are as they were. */
async function tryAll(
  scope: DoorScope,
  { own, other, mayRefuse }: { own: Tenant; other: Tenant; mayRefuse: RegExp | null },
): Promise<string[]> {
  const before = await rowsOf(database, other);
  const telling: string[] = [];
  for (const { name, call } of EVERY_CALL) {
    for (const [id, word] of [
      [other.own, other.word],
      [SHARED_KEY, own.word],
    ] as const) {
      const answer = await call(scope, id, word).catch((error: unknown) => {
        if (mayRefuse && error instanceof Error && mayRefuse.test(error.message)) return `refused: ${error.name}`;
        throw new Error(`${name} failed`, { cause: error });
      });
      const text = asText(answer);
      expect(tells(text, other), `${name} tells of the other shop: ${text}`).toBe(false);
      if (tells(text, own)) telling.push(name);
    }
    expect({ name, rows: await rowsOf(database, other) }).toEqual({ name, rows: before });
  }
  return [...new Set(telling)];
}

describe('every use case of every front door', () => {
  it.each(['ada', 'bob'] as const)(
    'called in the scope of %s with the other’s ids tells nothing of the other and changes none of its rows',
    async (who) => {
      const [own, other] = who === 'ada' ? [shops.ada, shops.bob] : [shops.bob, shops.ada];
      const telling = await tryAll(scopeOf(own), { own, other, mayRefuse: /the store refused/ });
      // The calls do find what is their own, or this would prove nothing.
      expect(telling.length).toBeGreaterThan(20);
      expect([...new Set(asked)]).toEqual([own.scope.shop.domain]);
    },
  );

  it('finds nothing of another shop where its own filter names that shop: the wall does not lean on the filter', async () => {
    const { ada, bob } = shops;
    const { db } = ada.scope;
    // Every statement asks for Bob's rows by Bob's id; the transactions are bound to Ada's shop.
    const bound: Db = {
      ...db,
      forShop: (_id, work, options) => db.forShop(ada.scope.shop.id, work, options),
      forDomain: (_domain, work, options) => db.forDomain(ada.scope.shop.domain, work, options),
    };
    const scope: DoorScope = { ...ada.scope, db: bound, shop: bob.scope.shop, admin };
    const mayRefuse = /row-level security|No record was found|the store refused|not found/i;
    const own = await rowsOf(database, ada);
    await tryAll(scope, { own: ada, other: bob, mayRefuse });
    expect(await rowsOf(database, ada)).toEqual(own);
  });

  it('finds nothing where no shop is bound', async () => {
    const { ada, bob } = shops;
    const { db } = ada.scope;
    const unbound: Db = { ...db, forShop: (_id, work, options) => db.forDomain('nobody.myshopify.com', work, options) };
    const scope: DoorScope = { ...bob.scope, db: unbound, admin };
    const own = await rowsOf(database, ada);
    await tryAll(scope, { own: ada, other: bob, mayRefuse: /row-level security|No record was found|the store refused|not found/i });
    expect(await rowsOf(database, ada)).toEqual(own);
  });
});
