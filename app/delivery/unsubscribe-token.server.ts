import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKeys, type KeyRing } from '../platform/crypto.server.ts';

const PURPOSE = 'unsubscribe';
const MAC_BYTES = 16;

const macOf = (entry: KeyRing[number], text: string): Buffer => {
  const [key] = deriveKeys(entry, PURPOSE);
  if (!key) throw new Error('no key');
  return createHmac('sha256', key).update(text).digest().subarray(0, MAC_BYTES);
};

export type Whose = { readonly shopId: number; readonly customerId: bigint };

/** What the link in a mail bears: shop and customer in numbers, and a MAC over them. @throws Error where the ring is empty. */
export function unsubscribeToken(keys: KeyRing, { shopId, customerId }: Whose): string {
  const [first] = keys;
  if (!first) throw new Error('no encryption key');
  const text = `${shopId}.${customerId}`;
  return `${text}.${macOf(first, text).toString('base64url')}`;
}

/** Whose token it is; null for any that we did not give out. */
export function readUnsubscribeToken(keys: KeyRing, token: string): Whose | null {
  const match = /^([1-9]\d{0,9})\.([1-9]\d{0,18})\.([\w-]{22})$/.exec(token);
  const [, shop = '', customer = '', mac = ''] = match ?? [];
  if (!match || Number(shop) > 2_147_483_647 || BigInt(customer) >= 2n ** 63n) return null;
  const given = Buffer.from(mac, 'base64url');
  if (given.toString('base64url') !== mac) return null;
  const holds = keys.some((entry) => timingSafeEqual(macOf(entry, `${shop}.${customer}`), given));
  return holds ? { shopId: Number(shop), customerId: BigInt(customer) } : null;
}
