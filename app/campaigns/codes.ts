import { boundCode, CODE_SYMBOLS } from '../../contracts/bound-code.ts';

export const ALPHABET = CODE_SYMBOLS;
/** Random bytes that one code takes. */
export const CODE_BYTES = 16;
const SYMBOLS = 15;
const BOUND_SYMBOLS = 7;

/** A word that codes may begin with: 2 to 12 capitals and digits. */
export const WORD = /^[A-Z0-9]{2,12}$/;

/**
 * A personal code in three groups of five ("7KQ2M-9XWAB-HT4RD"): 31^15, over 74 bits. 128 random bits are folded into it,
 * so no symbol is likelier than another by more than 2^-53. A word goes before it and tells nothing: "TEA-7KQ2M-9XWAB-HT4RD".
 * @throws RangeError when there are fewer bytes than a code takes.
 */
export function codeFrom(bytes: Uint8Array, word: string | null = null): string {
  const symbols = symbolsFrom(bytes, SYMBOLS);
  return [...(word === null ? [] : [word]), symbols.slice(0, 5), symbols.slice(5, 10), symbols.slice(10)].join('-');
}

/**
 * A code of the same form that tells by the shop's key whose it is (contracts/bound-code.ts); to who has not the key its
 * fifteen symbols are as hard to guess.
 * @throws RangeError when there are fewer bytes than a code takes.
 */
export function boundCodeFrom(bytes: Uint8Array, to: { customerId: bigint; key: string; word: string | null }): string {
  return boundCode(symbolsFrom(bytes, BOUND_SYMBOLS), { ...to, customerId: String(to.customerId) });
}

function symbolsFrom(bytes: Uint8Array, count: number): string {
  if (bytes.length < CODE_BYTES) throw new RangeError(`a code takes ${CODE_BYTES} random bytes`);
  const base = BigInt(ALPHABET.length);
  let rest = bytes.subarray(0, CODE_BYTES).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let symbols = '';
  for (let at = 0; at < count; at += 1) {
    symbols += ALPHABET[Number(rest % base)] ?? '';
    rest /= base;
  }
  return symbols;
}
