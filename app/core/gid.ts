/** Shopify's global ids ("gid://shopify/Order/123") and the numbers in them, which pass 2^53 and so are bigint. */
const GID = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d+)(?:\?.*)?$/;

export class GidError extends Error {
  override readonly name = 'GidError';
}

/** The number of a gid. @throws GidError when the text is no gid, or of another type than asked for. */
export function gidNumber(gid: string, type?: string): bigint {
  const match = GID.exec(gid);
  if (!match || (type !== undefined && match[1] !== type)) throw new GidError(`not a gid${type ? ` of ${type}` : ''}: ${gid.slice(0, 80)}`);
  return BigInt(match[2] ?? '0');
}

export function toGid(type: string, id: bigint | string): string {
  return `gid://shopify/${type}/${id}`;
}

/** The largest number that an id can be: the database's bigint. */
const MOST = 2n ** 63n - 1n;

/** The number of an address ("/customers/123"); null where it is none, or one that no id can be. */
export function parseId(text: string | undefined): bigint | null {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return null;
  const id = BigInt(text);
  return id <= MOST ? id : null;
}
