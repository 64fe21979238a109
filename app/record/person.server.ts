import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { ShopScope } from '../platform/context.server.ts';
import { deriveKeys, hashParts, prefixPaths, seal, unseal, type KeyRing } from '../platform/crypto.server.ts';
import { foldEmail, foldPhone, foldText, mailboxOf, NOBODY, placeOf, type Person } from './person.ts';

/** For whom persons are sealed and opened: each shop has keys of its own, derived from the ring. */
export type PersonKeys = { readonly shopId: number; readonly keys: KeyRing };

export const personKeys = ({ shop, env }: Pick<ShopScope, 'shop' | 'env'>): PersonKeys => ({ shopId: shop.id, keys: env.keys });

/** What stands in the database of a person. All null where nothing is known. */
export type SealedPerson = {
  readonly person: string | null;
  readonly emailHash: Buffer | null;
  readonly phoneHash: Buffer | null;
  readonly emailPath: Buffer | null;
  readonly firstNamePath: Buffer | null;
  readonly lastNamePath: Buffer | null;
  readonly mailboxHash: Buffer | null;
  readonly addressHash: Buffer | null;
};

/** A customer as they are sealed: who they are, and the country that tells one address from another. */
export type ToSeal = { readonly id: bigint; readonly country: string | null } & Person;

/** So many code points of a name or an address can be searched for; a longer text is compared after opening. */
export const PATH_DEPTH = 16;
/** 24 bits a step: among a thousand siblings two share one in 30 times of a million. */
const PATH = { depth: PATH_DEPTH, bytes: 3 };
const HASH_BYTES = 16;
const TAGS = { email: 1, firstName: 2, lastName: 3 } as const;
export type PathField = keyof typeof TAGS;

type Derived = {
  readonly id: string;
  readonly seal: KeyObject;
  readonly nonce: KeyObject;
  readonly hash: KeyObject;
  readonly path: [KeyObject, KeyObject];
};

function derivedFor({ shopId, keys }: PersonKeys): Derived[] {
  return keys.map((entry) => {
    const [sealing, nonce, hash, first, second] = deriveKeys(entry, `persons/${shopId}`, 5);
    if (!sealing || !nonce || !hash || !first || !second) throw new Error('no derived keys');
    return { id: entry.id, seal: sealing, nonce, hash, path: [first, second] };
  });
}

/** A ciphertext opens in its own row alone. */
const contextOf = (shopId: number, id: bigint): string => `customers/${shopId}/${id}`;

/** Seals a batch under the first key, with the hashes that it can be found by; in the order given. */
export function sealPersons(persons: PersonKeys, rows: readonly ToSeal[]): SealedPerson[] {
  const [first] = derivedFor(persons);
  if (!first) throw new Error('no encryption key');
  const words = rows.flatMap(({ email, firstName, lastName }) => [
    { tag: TAGS.email, text: foldText(email ?? '') },
    { tag: TAGS.firstName, text: foldText(firstName ?? '') },
    { tag: TAGS.lastName, text: foldText(lastName ?? '') },
  ]);
  const paths = prefixPaths(first.path, words, PATH).map((path) => (path.length > 0 ? path : null));
  return rows.map((row, at) => ({
    person: sealOne(first, persons.shopId, row),
    emailHash: exactHash(first, 'email', foldEmail(row.email)),
    phoneHash: exactHash(first, 'phone', foldPhone(row.phone)),
    emailPath: paths[at * 3] ?? null,
    firstNamePath: paths[at * 3 + 1] ?? null,
    lastNamePath: paths[at * 3 + 2] ?? null,
    mailboxHash: exactHash(first, 'mailbox', mailboxOf(row.email)),
    addressHash: exactHash(first, 'address', placeOf(row.address, row.country)),
  }));
}

function sealOne(
  first: Derived,
  shopId: number,
  { id, email, phone, firstName, lastName, address }: { readonly id: bigint } & Person,
): string | null {
  if ((email ?? phone ?? firstName ?? lastName ?? address) === null) return null;
  // Without an address as before there were any: the same version of a customer stays the same text.
  const plain = JSON.stringify([email, phone, firstName, lastName, ...(address === null ? [] : [address])]);
  const context = contextOf(shopId, id);
  // The nonce is a MAC of all that is sealed: the same version of a customer gives the same text, so that applying it
  // twice or in another order ends with the same row, and no two texts share a nonce but by a chance of 2^-96.
  const nonce = hashParts(first.nonce, [context, plain]).subarray(0, 12);
  return seal(plain, [{ id: first.id, key: first.seal }], { context, nonce });
}

function exactHash(derived: Derived, field: 'email' | 'phone' | 'mailbox' | 'address', folded: string | null): Buffer | null {
  return folded === null ? null : hashParts(derived.hash, [field, folded]).subarray(0, HASH_BYTES);
}

const told = z.string().nullable();
const stored = z.tuple([told, told, told, told]).rest(z.string());

/** A row of before persons were sealed: plain JSON. */
export const isPlain = (person: string): boolean => person.startsWith('[');

/**
 * Opens what stands in a customer's row; the one place that does.
 * @throws KeyMissingError when its key is not in the ring; Error when the text was changed or moved from another row.
 */
export function openPerson(persons: PersonKeys, row: { readonly id: bigint; readonly person: string | null }): Person {
  if (row.person === null) return NOBODY;
  const plain = isPlain(row.person)
    ? row.person
    : unseal(
        row.person,
        derivedFor(persons).map(({ id, seal: key }) => ({ id, key })),
        contextOf(persons.shopId, row.id),
      );
  const [email, phone, firstName, lastName, address = null] = stored.parse(JSON.parse(plain));
  return { email, phone, firstName, lastName, address };
}

/** By what an address or a number may be found: its hash under every key of the ring, since rows are sealed anew one after the other. */
export function exactHashes(persons: PersonKeys, field: 'email' | 'phone', text: string | null): Buffer[] {
  const folded = field === 'email' ? foldEmail(text) : foldPhone(text);
  return derivedFor(persons).flatMap((derived) => exactHash(derived, field, folded) ?? []);
}

/** `exactHashes` of many addresses, in the order given. */
export function emailHashes(persons: PersonKeys, emails: readonly string[]): Buffer[][] {
  const keys = derivedFor(persons);
  return emails.map((email) => keys.flatMap((derived) => exactHash(derived, 'email', foldEmail(email)) ?? []));
}

/** From (included) to (not included; null: no end) of the paths that begin as a word's does. */
export type PathRange = { readonly from: Buffer; readonly to: Buffer | null };

/** The ranges in which the rows lie whose field begins with a folded text that is not empty, one for each key of the ring. */
export function pathRanges(persons: PersonKeys, field: PathField, folded: string): PathRange[] {
  return derivedFor(persons).flatMap(({ path }) =>
    prefixPaths(path, [{ tag: TAGS[field], text: folded }], PATH).map((from) => ({ from, to: after(from) })),
  );
}

/** The first text of bytes behind all that begin with `from`. */
function after(from: Buffer): Buffer | null {
  const end = from.findLastIndex((byte) => byte < 255);
  return end < 0 ? null : Buffer.from([...from.subarray(0, end), (from[end] ?? 0) + 1]);
}
