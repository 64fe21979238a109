import crypto from 'node:crypto';

/** Keys for data at rest: the first is used to write, all are tried by their id to read. */
export type KeyRing = readonly { readonly id: string; readonly key: Buffer }[];

const KEY_ID = /^[a-z0-9-]{1,20}$/i;

/** "id:64 hex digits" separated by commas, the key in use first. @throws Error on a wrong shape. */
export function parseKeyRing(text: string): KeyRing {
  const ring = text.split(',').map((part) => {
    const [id = '', hex = ''] = part.trim().split(':');
    if (!KEY_ID.test(id) || !/^[0-9a-f]{64}$/i.test(hex)) throw new Error('an encryption key is written id:64 hex digits');
    return { id, key: Buffer.from(hex, 'hex') };
  });
  if (new Set(ring.map((entry) => entry.id)).size !== ring.length) throw new Error('two encryption keys have the same id');
  return ring;
}

/** Keys that texts are sealed under: a ring itself, or keys derived from it that carry its ids. */
export type SealingKeys = readonly { readonly id: string; readonly key: Buffer | crypto.KeyObject }[];

/** A text was sealed under a key that is not in the ring; nothing is wrong with the text. */
export class KeyMissingError extends Error {
  override readonly name = 'KeyMissingError';
  readonly keyId: string;
  constructor(keyId: string) {
    super(`sealed text cannot be opened: the key "${keyId}" is not in ENCRYPTION_KEYS`);
    this.keyId = keyId;
  }
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM; the text is "v1.keyId.nonce.tag.ciphertext" in base64url. The context is bound to the ciphertext and not stored.
 * A nonce is 12 bytes that never stand for two texts under one key; random where it is left out.
 */
export function seal(plain: string, ring: SealingKeys, bound: string | { context: string; nonce: Buffer }): string {
  const { context, nonce } = typeof bound === 'string' ? { context: bound, nonce: crypto.randomBytes(NONCE_BYTES) } : bound;
  const [first] = ring;
  if (!first) throw new Error('no encryption key');
  const cipher = crypto.createCipheriv('aes-256-gcm', first.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return ['v1', first.id, nonce.toString('base64url'), cipher.getAuthTag().toString('base64url'), body.toString('base64url')].join('.');
}

/** Under which key a text was sealed; null when it is no sealed text. */
export function sealedKeyId(sealed: string): string | null {
  const [version, keyId] = sealed.split('.', 2);
  return version === 'v1' && keyId !== undefined && KEY_ID.test(keyId) ? keyId : null;
}

/** The bytes of a part, as `seal` writes them and no other way: the decoder by itself skips what it does not know. @throws Error */
function bytesOf(part: string | undefined, length?: number): Buffer {
  const bytes = Buffer.from(part ?? '', 'base64url');
  const wellWritten = bytes.toString('base64url') === part && (length === undefined || bytes.length === length);
  if (!wellWritten) throw new Error('sealed text cannot be opened');
  return bytes;
}

/** @throws KeyMissingError when its key is not in the ring; Error when the text was changed in any character or belongs to another context. */
export function unseal(sealed: string, ring: SealingKeys, context: string): string {
  const parts = sealed.split('.');
  const keyId = sealedKeyId(sealed);
  if (keyId === null || parts.length !== 5) throw new Error('sealed text cannot be opened');
  const entry = ring.find((candidate) => candidate.id === keyId);
  if (!entry) throw new KeyMissingError(keyId);
  const decipher = crypto.createDecipheriv('aes-256-gcm', entry.key, bytesOf(parts[2], NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytesOf(parts[3], TAG_BYTES));
  return Buffer.concat([decipher.update(bytesOf(parts[4])), decipher.final()]).toString('utf8');
}

const derived = new WeakMap<KeyRing[number], Map<string, readonly crypto.KeyObject[]>>();
/** So many purposes (most have a shop in them) keep their keys; about 1 kB each. */
const MOST_DERIVED = 2_000;

/** Keys of 32 bytes for one purpose: HKDF-SHA256 of a key of the ring, made once and kept. */
export function deriveKeys(entry: KeyRing[number], purpose: string, count = 1): readonly crypto.KeyObject[] {
  const kept = derived.get(entry) ?? new Map<string, readonly crypto.KeyObject[]>();
  derived.set(entry, kept);
  const known = kept.get(purpose);
  if (known && known.length >= count) return known;
  const bytes = Buffer.from(crypto.hkdfSync('sha256', entry.key, '', purpose, 32 * count));
  const keys = Array.from({ length: count }, (_, at) => crypto.createSecretKey(bytes.subarray(at * 32, at * 32 + 32)));
  const [oldest] = kept.keys();
  if (kept.size >= MOST_DERIVED && oldest !== undefined) kept.delete(oldest);
  kept.set(purpose, keys);
  return keys;
}

/** HMAC-SHA256 over parts, each with its length before it, so that nothing can move from one into another. */
export function hashParts(key: crypto.KeyObject, parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = crypto.createHmac('sha256', key);
  // Each call into the cipher costs more than the bytes it hashes: texts go in one piece.
  if (parts.every((part) => typeof part === 'string')) {
    return hmac.update(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')).digest();
  }
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hmac.update(`${bytes.length}:`).update(bytes);
  }
  return hmac.digest();
}

/** `hashParts` under the first key of the ring, by a key of its own for each purpose: a hash of one says nothing in another. */
export function keyedHash(
  ring: KeyRing,
  what: { purpose: string; parts: readonly (string | Uint8Array)[] },
): { keyId: string; hash: Buffer } {
  const [first] = ring;
  if (!first) throw new Error('no encryption key');
  const [key] = deriveKeys(first, what.purpose);
  if (!key) throw new Error('no derived key');
  return { keyId: first.id, hash: hashParts(key, what.parts) };
}

/**
 * A path of hashes for each word: `bytes` bytes for each of its first `depth` code points, each of them a MAC of the
 * word up to there. Words that begin alike have paths that begin alike, so a range of an index finds a beginning.
 * The MAC is AES-CBC-MAC, encrypted once more under a second key (ISO/IEC 9797-1, MAC algorithm 2, one block a code
 * point): all words of a batch go through the cipher together, which makes a hash cost nanoseconds where an HMAC
 * costs microseconds. `tag` (0 to 255) keeps words of different kinds apart.
 */
export function prefixPaths(
  keys: readonly [crypto.KeyObject, crypto.KeyObject],
  words: readonly { readonly tag: number; readonly text: string }[],
  shape: { depth: number; bytes: number },
): Buffer[] {
  const points = words.map(({ text }) => Array.from(text, (sign) => sign.codePointAt(0) ?? 0).slice(0, shape.depth));
  const paths = points.map((word) => Buffer.alloc(word.length * shape.bytes));
  let chain: Buffer = Buffer.alloc(words.length * 16);
  words.forEach(({ tag }, at) => chain.writeUInt8(tag, at * 16));
  const deepest = Math.max(0, ...points.map((word) => word.length));
  for (let level = 0; level < deepest; level += 1) {
    points.forEach((word, at) => {
      const point = word[level];
      if (point !== undefined) chain.writeUInt32BE((chain.readUInt32BE(at * 16 + 12) ^ point) >>> 0, at * 16 + 12);
    });
    chain = encryptBlocks(keys[0], chain);
    const macs = encryptBlocks(keys[1], chain);
    points.forEach((word, at) => {
      if (level < word.length) macs.copy(paths[at] ?? macs, level * shape.bytes, at * 16, at * 16 + shape.bytes);
    });
  }
  return paths;
}

/** Each block of 16 bytes by itself under AES-256: the bare permutation that a MAC is built from, never a way to hide a text. */
function encryptBlocks(key: crypto.KeyObject, blocks: Buffer): Buffer {
  const cipher = crypto.createCipheriv('aes-256-ecb', key, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
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
