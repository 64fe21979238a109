import { hmacSha256 } from './hmac-sha256.ts';

/** The symbols of codes. No 0/O, 1/I/L: a code is read aloud and typed from paper. */
export const CODE_SYMBOLS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const FREE = 7;
const SEAL = 4;
const BOUND = /^(?:[A-Z0-9]{2,12}-)?([2-9A-HJKMNP-Z]{5})-([2-9A-HJKMNP-Z]{5})-([2-9A-HJKMNP-Z]{5})$/;

const bytesOf = (hex: string): number[] =>
  Array.from({ length: hex.length / 2 }, (_unused, at) => parseInt(hex.slice(at * 2, at * 2 + 2), 16));

type Seals = { ours(free: string): string; holder(free: string, customerId: string): string };

/** 20 bits each of a keyed hash, as symbols. */
function sealsOf(key: string): Seals {
  const hash = hmacSha256(bytesOf(key));
  const seal = (text: string): string => {
    let rest = hash(text)
      .slice(0, 6)
      .reduce((sum, byte) => sum * 256 + byte, 0);
    let symbols = '';
    for (let at = 0; at < SEAL; at += 1) {
      symbols += CODE_SYMBOLS[rest % CODE_SYMBOLS.length] ?? '';
      rest = Math.floor(rest / CODE_SYMBOLS.length);
    }
    return symbols;
  };
  return { ours: (free) => seal(`code/${free}`), holder: (free, customerId) => seal(`holder/${free}/${customerId}`) };
}

/**
 * A code that tells by a key of its shop, and by nothing else, that it is bound and to whom: of its fifteen symbols seven
 * are free, four seal those and four seal them with the customer's number. No list has to be at hand where it is looked at.
 */
export function boundCode(free: string, to: { readonly customerId: string; readonly key: string; readonly word?: string | null }): string {
  if (!new RegExp(`^[${CODE_SYMBOLS}]{${FREE}}$`).test(free)) throw new RangeError(`a bound code takes ${FREE} of its symbols`);
  const seals = sealsOf(to.key);
  const symbols = free + seals.ours(free) + seals.holder(free, to.customerId);
  return [...(to.word ? [to.word] : []), symbols.slice(0, 5), symbols.slice(5, 10), symbols.slice(10)].join('-');
}

export type Bearer = 'unbound' | 'holder' | 'somebody-else';

/**
 * Whose codes are, as typed. `unbound`: not sealed by this key. A code of another make is taken for a bound one with a
 * chance of 31^-4, one in 923,521; so is somebody else for the holder.
 */
export function bearerOf(key: string, customerId: string | null): (code: string) => Bearer {
  let seals: Seals | null = null;
  return (code) => {
    const match = BOUND.exec(code.trim().toUpperCase());
    if (!match) return 'unbound';
    seals ??= sealsOf(key);
    const symbols = match.slice(1).join('');
    const free = symbols.slice(0, FREE);
    if (symbols.slice(FREE, FREE + SEAL) !== seals.ours(free)) return 'unbound';
    const isHolder = customerId !== null && symbols.slice(FREE + SEAL) === seals.holder(free, customerId);
    return isHolder ? 'holder' : 'somebody-else';
  };
}
