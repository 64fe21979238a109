/** Letters and digits that are not taken for each other: no 0 O, 1 I L, 5 S, 8 B, 2 Z, U V. */
export const ALPHABET = '34679ACDEFGHJKMNPQRTWXY';
const LENGTH = 16;

/**
 * A personal code: 16 letters of 23, 72 bits of chance, in groups of four ("K3PD-9WQA-…"), after a word where there is
 * one. `bytes` are random; a byte past the last whole multiple of the alphabet is passed over, so that every letter is
 * equally likely. @throws RangeError when the bytes run out (32 are enough but for one time in 10^9).
 */
export function personalCode(bytes: Uint8Array, word = ''): string {
  const limit = 256 - (256 % ALPHABET.length);
  let letters = '';
  for (const byte of bytes) {
    if (letters.length === LENGTH) break;
    if (byte < limit) letters += ALPHABET[byte % ALPHABET.length];
  }
  if (letters.length < LENGTH) throw new RangeError('too few random bytes for a code');
  const groups = letters.match(/.{4}/g) ?? [];
  return [...(word === '' ? [] : [word]), ...groups].join('-');
}

/** The word of a code as it can stand in one; null where it cannot: 2 to 12 letters or digits. */
export function codeWord(text: string): string | null {
  const word = text.trim().toUpperCase();
  return word === '' || /^[A-Z0-9]{2,12}$/.test(word) ? word : null;
}
