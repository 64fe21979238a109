import crypto from 'node:crypto';

/** Keys for data at rest: the first is used to write, all are tried by their id to read. */
export type KeyRing = readonly { readonly id: string; readonly key: Buffer }[];

/** "id:64 hex digits" separated by commas, the key in use first. @throws Error on a wrong shape. */
export function parseKeyRing(text: string): KeyRing {
  const ring = text.split(',').map((part) => {
    const [id = '', hex = ''] = part.trim().split(':');
    if (!/^[a-z0-9-]{1,20}$/i.test(id) || !/^[0-9a-f]{64}$/i.test(hex)) throw new Error('an encryption key is written id:64 hex digits');
    return { id, key: Buffer.from(hex, 'hex') };
  });
  if (new Set(ring.map((entry) => entry.id)).size !== ring.length) throw new Error('two encryption keys have the same id');
  return ring;
}

/** AES-256-GCM; the text is "v1.keyId.nonce.tag.ciphertext" in base64url. `context` is bound to the ciphertext and not stored. */
export function seal(plain: string, ring: KeyRing, context: string): string {
  const [first] = ring;
  if (!first) throw new Error('no encryption key');
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', first.key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return ['v1', first.id, nonce.toString('base64url'), cipher.getAuthTag().toString('base64url'), body.toString('base64url')].join('.');
}

/** @throws Error when the text was changed, belongs to another context, or its key is not in the ring. */
export function unseal(sealed: string, ring: KeyRing, context: string): string {
  const [version, keyId, nonce, tag, body] = sealed.split('.');
  const entry = ring.find((candidate) => candidate.id === keyId);
  if (version !== 'v1' || !entry || !nonce || !tag || body === undefined) throw new Error('sealed text cannot be opened');
  const decipher = crypto.createDecipheriv('aes-256-gcm', entry.key, Buffer.from(nonce, 'base64url'));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  return Buffer.concat([decipher.update(Buffer.from(body, 'base64url')), decipher.final()]).toString('utf8');
}

/**
 * HMAC-SHA256 over parts, each with its length before it, under a key of its own for each purpose (HKDF of the ring's
 * first key), so that a hash of one purpose says nothing in another.
 */
export function keyedHash(
  ring: KeyRing,
  what: { purpose: string; parts: readonly (string | Uint8Array)[] },
): { keyId: string; hash: Buffer } {
  const [first] = ring;
  if (!first) throw new Error('no encryption key');
  const key = Buffer.from(crypto.hkdfSync('sha256', first.key, '', what.purpose, 32));
  const hmac = crypto.createHmac('sha256', key);
  for (const part of what.parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hmac.update(`${bytes.length}:`).update(bytes);
  }
  return { keyId: first.id, hash: hmac.digest() };
}

/** Equality in constant time for texts of any length. */
export function sameText(a: string, b: string): boolean {
  const key = crypto.randomBytes(16);
  const digest = (text: string) => crypto.createHmac('sha256', key).update(text).digest();
  return crypto.timingSafeEqual(digest(a), digest(b));
}

/** Base64 HMAC-SHA256 of raw bytes, as Shopify signs webhooks. */
export function hmacBase64(secret: string, body: Buffer): string {
  return crypto.createHmac('sha256', secret).update(body).digest('base64');
}

/** Is this Shopify's signature (base64 HMAC-SHA256) of these bytes? In constant time; whatever is not written as one is none. */
export function isSignedBy(secret: string, body: Buffer, signature: string): boolean {
  const expected = crypto.createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(signature, 'base64');
  // Buffer passes over what is no base64; the text must be the very one that the digest is written as.
  const written = given.length === expected.length ? given : Buffer.alloc(expected.length);
  return crypto.timingSafeEqual(expected, written) && signature === expected.toString('base64');
}
