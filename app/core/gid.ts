/** Shopify's global ids ("gid://shopify/Order/123") and the numbers in them, which pass 2^53 and so are bigint. */
const GID = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d+)(?:\?.*)?$/;

export class GidError extends Error {
  override readonly name = 'GidError';
}

const PREFIX = 'gid://shopify/';
/** So many digits are exact in a number. */
const MOST_DIGITS = 15;
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** The number of a gid of the usual shape, without the expression's groups; null for all else. */
function plainNumber(gid: string): number | null {
  let at = PREFIX.length;
  while (isLetter(gid.charCodeAt(at))) at += 1;
  const first = at + 1;
  if (!gid.startsWith(PREFIX) || at === PREFIX.length || gid.charCodeAt(at) !== 47) return null;
  if (first >= gid.length || gid.length - first > MOST_DIGITS) return null;
  let number = 0;
  for (at = first; at < gid.length; at += 1) {
    const digit = gid.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return null;
    number = number * 10 + digit;
  }
  return number;
}

/** Is this the gid of such a thing? Its prefix is known to be right. */
const isOfType = (gid: string, type: string): boolean =>
  gid.startsWith(type, PREFIX.length) && gid.charCodeAt(PREFIX.length + type.length) === 47;

/** The number of a gid. @throws GidError when the text is no gid, or of another type than asked for. */
export function gidNumber(gid: string, type?: string): bigint {
  const plain = plainNumber(gid);
  if (plain !== null && (type === undefined || isOfType(gid, type))) return BigInt(plain);
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
