import type { Platform } from '../platform/context.server.ts';
import { KeyMissingError } from '../platform/crypto.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { openPerson, sealPersons, type PersonKeys, type ToSeal } from './person.server.ts';
import { customersByKey, customersNotUnder, plainCustomers, writeSealed, type StandingPerson } from './reseal.store.server.ts';

const BATCH = 1_000;

/** What became of rows that were to be sealed anew. Those that could not be opened stand as they stood. */
export type Resealed = {
  sealed: number;
  /** By the key that is not in the ring. */ keyMissing: Readonly<Record<string, number>>;
  damaged: number;
};

type Page = (tx: ShopTx, shopId: number, page: { after: bigint; limit: number }) => Promise<StandingPerson[]>;

/**
 * Seals every customer of a shop under the first key of the ring who is plain or sealed under another, in batches of a
 * transaction each, while others read and write. Killed anywhere, the next run goes on with those that are left.
 */
export async function resealCustomers(platform: Pick<Platform, 'db' | 'env'>, shopId: number): Promise<Resealed> {
  const keyId = platform.env.keys[0]?.id ?? '';
  return reseal(platform, shopId, (tx, shop, page) => customersNotUnder(tx, shop, { ...page, keyId }));
}

/** Seals the customers who are still plain; cheap where there are none. */
export async function sealPlainCustomers(platform: Pick<Platform, 'db' | 'env'>, shopId: number): Promise<Resealed> {
  return reseal(platform, shopId, plainCustomers);
}

async function reseal({ db, env }: Pick<Platform, 'db' | 'env'>, shopId: number, read: Page): Promise<Resealed> {
  const persons = { shopId, keys: env.keys };
  const total = { sealed: 0, keyMissing: new Map<string, number>(), damaged: 0 };
  for (let after: bigint | null = 0n; after !== null;) {
    const from: bigint = after;
    after = await db.forShop(shopId, async (tx) => {
      const rows = await read(tx, shopId, { after: from, limit: BATCH });
      const opened = rows.flatMap((row) => openOrCount(persons, row, total) ?? []);
      const sealed = sealPersons(persons, opened);
      await writeSealed(
        tx,
        shopId,
        sealed.map((row, at) => ({ ...row, id: opened[at]?.id ?? 0n })),
      );
      total.sealed += opened.length;
      return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null);
    });
  }
  return { ...total, keyMissing: Object.fromEntries(total.keyMissing) };
}

function openOrCount(persons: PersonKeys, row: StandingPerson, total: { keyMissing: Map<string, number>; damaged: number }): ToSeal | null {
  try {
    return { id: row.id, country: row.country, ...openPerson(persons, row) };
  } catch (error) {
    if (error instanceof KeyMissingError) total.keyMissing.set(error.keyId, (total.keyMissing.get(error.keyId) ?? 0) + 1);
    else total.damaged += 1;
    return null;
  }
}

/** How many customers each key holds; "plain" for those that no key holds yet. */
export async function customerKeys(platform: Pick<Platform, 'db'>, shopId: number): Promise<Record<string, number>> {
  const rows = await platform.db.forShop(shopId, (tx) => customersByKey(tx, shopId));
  return Object.fromEntries(rows.map(({ key, rows: count }) => [key, count]));
}
