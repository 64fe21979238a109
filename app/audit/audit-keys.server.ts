import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Platform } from '../platform/context.server.ts';
import { deriveKeys, KeyMissingError, seal, sealedKeyId, unseal, type KeyRing } from '../platform/crypto.server.ts';
import { keptKeys, rowsByKey, writeKeptKey, type KeptKey } from './audit-keys.store.server.ts';

/** What the keys of the log are derived for; good for nothing else. */
export const AUDIT_PURPOSE = 'audit-log';
const contextOf = (shopId: number, keyId: string): string => `audit-keys/${shopId}/${keyId}`;

function auditKey(entry: KeyRing[number]): KeyObject {
  const [key] = deriveKeys(entry, AUDIT_PURPOSE);
  if (!key) throw new Error('no derived key');
  return key;
}

/** Finds the key of a row's `key_id`: in the ring, or among what was kept of keys that have left it; null when neither has it. */
export function auditKeyFinder(shopId: number, ring: KeyRing, kept: readonly KeptKey[]): (keyId: string) => KeyObject | null {
  const found = new Map<string, KeyObject | null>();
  return (keyId) => {
    const known = found.get(keyId);
    if (known !== undefined) return known;
    const entry = ring.find((candidate) => candidate.id === keyId);
    const key = entry
      ? auditKey(entry)
      : openKept(
          shopId,
          ring,
          kept.find((candidate) => candidate.keyId === keyId),
        );
    found.set(keyId, key);
    return key;
  };
}

function openKept(shopId: number, ring: KeyRing, kept: KeptKey | undefined): KeyObject | null {
  if (!kept) return null;
  try {
    return createSecretKey(Buffer.from(unseal(kept.sealed, ring, contextOf(shopId, kept.keyId)), 'hex'));
  } catch (error) {
    if (error instanceof KeyMissingError) return null;
    throw error;
  }
}

/**
 * Keeps, sealed under the first key of the ring, what the log needs of every older key that rows were hashed under, so
 * that the chain can be followed when those keys are gone. @returns how many were sealed anew.
 */
export async function keepAuditKeys({ db, env }: Pick<Platform, 'db' | 'env'>, shopId: number): Promise<number> {
  const [first] = env.keys;
  if (!first) throw new Error('no encryption key');
  return db.forShop(shopId, async (tx) => {
    const kept = await keptKeys(tx, shopId);
    const find = auditKeyFinder(shopId, env.keys, kept);
    let sealed = 0;
    for (const keyId of Object.keys(await rowsByKey(tx, shopId))) {
      const held = kept.find((candidate) => candidate.keyId === keyId);
      const key = find(keyId);
      if (keyId === first.id || !key || (held && sealedKeyId(held.sealed) === first.id)) continue;
      await writeKeptKey(tx, shopId, { keyId, sealed: seal(key.export().toString('hex'), env.keys, contextOf(shopId, keyId)) });
      sealed += 1;
    }
    return sealed;
  });
}

/** How many rows of the log stand under each key, and under which key what was kept of older ones is sealed. */
export async function auditKeyRows(
  { db }: Pick<Platform, 'db'>,
  shopId: number,
): Promise<{ rows: Record<string, number>; keptUnder: Record<string, string> }> {
  return db.forShop(shopId, async (tx) => ({
    rows: await rowsByKey(tx, shopId),
    keptUnder: Object.fromEntries((await keptKeys(tx, shopId)).map(({ keyId, sealed }) => [keyId, sealedKeyId(sealed) ?? '?'])),
  }));
}
