import { auditKeyRows, keepAuditKeys, noteAudit } from '../audit/index.server.ts';
import type { Actor, Platform } from '../platform/context.server.ts';
import { resealMail } from '../delivery/index.server.ts';
import { resealEventKeys } from '../events/index.server.ts';
import { customerKeys, resealCustomers } from '../record/index.server.ts';
import { allShops, resealSessions, sessionKeys, type InstalledShop } from '../shopify/index.server.ts';

/** What a key still holds, in all shops. */
type Holding = {
  customers: number;
  sessions: number;
  /** Rows of the audit log that can be followed with this key alone. */ audit: number;
};

/** A key with nothing can leave the ring; `missing` keys hold rows and are not in it. */
export type KeyHoldings = { first: string; keys: Record<string, Holding>; plainCustomers: number; missing: string[]; removable: string[] };

/** How many rows each key holds, over all shops, those that have uninstalled included. */
export async function keyHoldings(platform: Platform): Promise<KeyHoldings> {
  const ring = platform.env.keys.map(({ id }) => id);
  const keys = new Map<string, Holding>(ring.map((id) => [id, { customers: 0, sessions: 0, audit: 0 }]));
  const of = (id: string): Holding => {
    const holding = keys.get(id) ?? { customers: 0, sessions: 0, audit: 0 };
    keys.set(id, holding);
    return holding;
  };
  let plainCustomers = 0;
  for (const shop of await allShops(platform)) {
    for (const [key, rows] of Object.entries(await customerKeys(platform, shop.id))) {
      if (key === 'plain') plainCustomers += rows;
      else of(key).customers += rows;
    }
    for (const [key, rows] of Object.entries(await sessionKeys(platform, shop))) of(key).sessions += rows;
    const { rows: audit, keptUnder } = await auditKeyRows(platform, shop.id);
    // What is kept of an old key for the log is held by the key that it is sealed under.
    for (const [key, rows] of Object.entries(audit)) of(keptUnder[key] ?? key).audit += rows;
  }
  const holds = (id: string): boolean => Object.values(of(id)).some((rows) => rows > 0);
  return {
    first: ring[0] ?? '',
    keys: Object.fromEntries(keys),
    plainCustomers,
    missing: [...keys.keys()].filter((id) => !ring.includes(id) && holds(id)),
    removable: ring.slice(1).filter((id) => !holds(id)),
  };
}

export type RotatedShop = {
  shop: string;
  customers: number;
  sessions: number;
  auditKeys: number;
  keyMissing: Record<string, number>;
  damaged: number;
};

/** Seals all of one shop under the first key of the ring, and notes in its audit log that it was done. */
async function rotateShop(platform: Platform, shop: InstalledShop, actor: Actor): Promise<RotatedShop> {
  const auditKeys = await keepAuditKeys(platform, shop.id);
  // By the customers' old hashes.
  await resealMail(platform, shop);
  const [customers, sessions] = [await resealCustomers(platform, shop.id), await resealSessions(platform, shop)];
  await resealEventKeys(platform, shop);
  const keyMissing: Record<string, number> = { ...customers.keyMissing };
  for (const [key, rows] of Object.entries(sessions.keyMissing)) keyMissing[key] = (keyMissing[key] ?? 0) + rows;
  const rotated = { customers: customers.sealed, sessions: sessions.sealed, auditKeys };
  if (Object.values(rotated).some((count) => count > 0)) {
    await noteAudit({ ...platform, shop, actor }, { action: 'keys.rotated', after: { key: platform.env.keys[0]?.id, ...rotated } });
  }
  return { shop: shop.domain, ...rotated, keyMissing, damaged: customers.damaged + sessions.damaged };
}

/**
 * Seals everything under the first key of the ring, shop by shop, while the program runs. Killed anywhere, the next run
 * goes on with what is left; a second run finds nothing. @returns whether all of it could be opened.
 */
export async function rotateKeys(platform: Platform, actor: Actor, tell: (done: object) => void): Promise<boolean> {
  let whole = true;
  for (const shop of await allShops(platform)) {
    const done = await rotateShop(platform, shop, actor);
    tell(done);
    whole &&= done.damaged === 0 && Object.keys(done.keyMissing).length === 0;
  }
  const holdings = await keyHoldings(platform);
  tell(holdings);
  for (const id of holdings.missing) {
    tell({
      problem: `rows are sealed under the key "${id}", which is not in ENCRYPTION_KEYS; they stand as they stood: put the key back at the end of the list and run again`,
    });
  }
  return whole && holdings.missing.length === 0;
}
