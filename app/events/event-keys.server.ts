import { randomBytes } from 'node:crypto';
import { writeAudit } from '../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { Platform, ShopRef, ShopScope } from '../platform/context.server.ts';
import { isSignedBy, seal, sealedKeyId, unseal } from '../platform/crypto.server.ts';
import {
  endKey,
  insertKey,
  kindsSince,
  listKeys,
  lockKeys,
  nextKey,
  noteUse,
  readSecret,
  secretsOf,
  writeSecret,
  type KeyRow,
  type KindRow,
} from './events.store.server.ts';

const DAY_MS = 86_400_000;
const SECRET_BYTES = 32;
const MOST_KEYS = 20;
/** A signed request is taken so long before and after its time. */
const AWAY_SECONDS = 300;

const contextOf = (shopId: number, id: number): string => `events/${shopId}/${id}`;
/** What names a key in a request. */
const nameOfKey = (shopId: number, id: number): string => `${shopId}.${id}`;

export type EventsPage = { readonly keys: readonly (KeyRow & { readonly key: string })[]; readonly kinds: readonly KindRow[] };

/** The keys of a shop, never their secrets, and what came within 30 days. */
export async function eventsPage({ db, shop, clock }: ShopScope): Promise<EventsPage> {
  return db.forShop(shop.id, async (tx) => ({
    keys: (await listKeys(tx, shop.id)).map((row) => ({ ...row, key: nameOfKey(shop.id, row.id) })),
    kinds: await kindsSince(tx, shop.id, new Date(clock.now().getTime() - 30 * DAY_MS)),
  }));
}

/** Makes a key. @returns its secret, which is told here and never again. */
export async function makeEventKey(
  scope: ShopScope,
  typed: string,
): Promise<Ok<{ readonly key: string; readonly secret: string }> | Invalid> {
  const { shop, env } = scope;
  const name = typed.trim();
  if (name === '' || name.length > 100) return invalid({ name: 'events.error.name' });
  return scope.db.forShop(shop.id, async (tx) => {
    await lockKeys(tx, shop.id);
    if ((await listKeys(tx, shop.id)).length >= MOST_KEYS) return invalid({ name: 'events.error.tooMany' });
    const id = await nextKey(tx, shop.id);
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const sealed = seal(secret, env.keys, contextOf(shop.id, id));
    await insertKey(tx, shop.id, { id, name, secret: sealed, createdAt: scope.clock.now() });
    await writeAudit(tx, scope, { action: 'settings.event-key.made', subject: `event-key/${id}` });
    return ok({ key: nameOfKey(shop.id, id), secret });
  });
}

/** Revokes a key: what it signs is refused from now on. @returns false where there is none such. */
export async function revokeEventKey(scope: ShopScope, id: number): Promise<boolean> {
  const { shop } = scope;
  return scope.db.forShop(shop.id, async (tx) => {
    const ended = await endKey(tx, shop.id, { id, now: scope.clock.now() });
    if (ended) await writeAudit(tx, scope, { action: 'settings.event-key.revoked', subject: `event-key/${id}` });
    return ended;
  });
}

/** What a tool sends beside its event; texts as they came. */
export type Signed = Readonly<Record<'key' | 'timestamp' | 'signature', string>> & { readonly body: Buffer };

/** The shop and key that a request names, and its time; null where these are none. Says nothing of who sent it. */
export function readSigned({ key, timestamp }: Pick<Signed, 'key' | 'timestamp'>): { shopId: number; id: number; seconds: number } | null {
  const match = /^([1-9]\d{0,9})\.([1-9]\d{0,8})$/.exec(key);
  const [shopId, id] = [Number(match?.[1]), Number(match?.[2])];
  return match && shopId <= 2_147_483_647 && /^\d{10}$/.test(timestamp) ? { shopId, id, seconds: Number(timestamp) } : null;
}

export type Sender =
  | { readonly kind: 'shop'; readonly shopId: number }
  | { readonly kind: 'refused'; readonly reason: 'wrong-time' | 'bad-signature' };

/** Whose key signed a request: base64 HMAC-SHA256 under its secret over the time, a full stop and the raw body. */
export async function senderOf({ db, env, clock }: Pick<Platform, 'db' | 'env' | 'clock'>, signed: Signed): Promise<Sender> {
  const said = readSigned(signed);
  if (!said) return { kind: 'refused', reason: 'bad-signature' };
  const { shopId, id, seconds } = said;
  const now = clock.now();
  if (Math.abs(now.getTime() / 1_000 - seconds) > AWAY_SECONDS) return { kind: 'refused', reason: 'wrong-time' };
  return db.forShop(shopId, async (tx) => {
    const sealed = await readSecret(tx, shopId, id);
    const secret = sealed === null ? null : unseal(sealed, env.keys, contextOf(shopId, id));
    const bytes = Buffer.concat([Buffer.from(`${signed.timestamp}.`), signed.body]);
    if (secret === null || !isSignedBy(secret, bytes, signed.signature)) return { kind: 'refused', reason: 'bad-signature' };
    await noteUse(tx, shopId, { id, now });
    return { kind: 'shop', shopId };
  });
}

/** Seals a shop's secrets under the first key of the ring. */
export async function resealEventKeys({ db, env }: Pick<Platform, 'db' | 'env'>, shop: Pick<ShopRef, 'id'>): Promise<void> {
  await db.forShop(shop.id, async (tx) => {
    for (const { id, secret } of await secretsOf(tx, shop.id)) {
      if (sealedKeyId(secret) === env.keys[0]?.id) continue;
      const context = contextOf(shop.id, id);
      await writeSecret(tx, shop.id, { id, secret: seal(unseal(secret, env.keys, context), env.keys, context) });
    }
  });
}
