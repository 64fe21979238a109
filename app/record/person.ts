/** Who a customer is: what the record seals. */
export type Person = {
  readonly email: string | null;
  readonly phone: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** Street and postcode of the default address, as they were typed. */
  readonly address: string | null;
};

export const NOBODY: Person = { email: null, phone: null, firstName: null, lastName: null, address: null };

/** First and last name in one text; null where neither is known. */
export function nameOf({ firstName, lastName }: Pick<Person, 'firstName' | 'lastName'>): string | null {
  return [firstName, lastName].filter(Boolean).join(' ') || null;
}

/** Letters that Unicode does not take apart into a letter and a mark. */
const LETTERS: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ħ: 'h' };

/** As a text is compared: no accents (Latin, Greek, Cyrillic), small letters, one blank between words. "  Łukasz  Ó Néil" is "lukasz o neil". */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036F]/g, '')
    .replaceAll(/[ßæœøłđðþıħ]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFC')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** An address as it is compared: trimmed, small letters; null for nothing. */
export function foldEmail(email: string | null): string | null {
  return email?.trim().toLowerCase() || null;
}

/** Mail to these goes to one mailbox wherever the dots are. */
const DOTLESS = new Set(['gmail.com', 'googlemail.com']);

/** The mailbox that an address reaches: without what comes after "+", and without dots where the provider ignores them. */
export function mailboxOf(email: string | null): string | null {
  const folded = foldEmail(email);
  const at = folded?.lastIndexOf('@') ?? -1;
  if (!folded || at < 1) return null;
  const domain = folded.slice(at + 1);
  const name = folded.slice(0, at).split('+')[0] || folded.slice(0, at);
  return DOTLESS.has(domain) ? `${name.replaceAll('.', '')}@gmail.com` : `${name}@${domain}`;
}

/** How words of an address are cut short; by their folded form. */
const SHORT: Readonly<Record<string, string>> = {
  street: 'st',
  road: 'rd',
  avenue: 'ave',
  lane: 'ln',
  drive: 'dr',
  apartment: 'apt',
  flat: 'apt',
  unit: 'apt',
  strasse: 'str',
};

/** A place as it is compared: letters and digits, usual words cut short; null where there is not both street and postcode. */
export function placeOf(address: string | null, country: string | null): string | null {
  if (address === null) return null;
  const words = foldText(address)
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => SHORT[word] ?? word);
  return [country ?? '', ...words].join('').toLowerCase();
}

/** Street and postcode in one text; null unless both are told, since half an address is no place. */
export function addressOf(lines: readonly (string | null | undefined)[], postcode: string | null | undefined): string | null {
  const street = lines.filter(Boolean).join(', ');
  return street === '' || !postcode ? null : `${street}, ${postcode}`;
}

/** A number as it is compared: its digits, with "+" where the country is in it; null for nothing. "0044 20 79" is "+442079". */
export function foldPhone(phone: string | null): string | null {
  const digits = phone?.replaceAll(/\D/g, '') ?? '';
  if (digits === '') return null;
  if (phone?.trim().startsWith('+')) return `+${digits}`;
  return digits.startsWith('00') ? `+${digits.slice(2)}` : digits;
}

/** Whether the first name, the last name or the e-mail begins with a folded text, or first and last name stand in it, in any order. */
export function beginsWith(person: Person, folded: string): boolean {
  const [first, last, email] = [person.firstName, person.lastName, person.email].map((text) => foldText(text ?? ''));
  if ([first, last, email].some((text) => text?.startsWith(folded))) return true;
  return splits(folded).some(([a, b]) => (first?.startsWith(a) && last?.startsWith(b)) || (first?.startsWith(b) && last?.startsWith(a)));
}

/** A text of several words cut in two at each blank, at the first three: "ada king noel" is "ada" and "king noel", "ada king" and "noel". */
export function splits(folded: string): [string, string][] {
  const words = folded.split(' ');
  return words.slice(1, 4).map((_, at) => [words.slice(0, at + 1).join(' '), words.slice(at + 1).join(' ')]);
}
