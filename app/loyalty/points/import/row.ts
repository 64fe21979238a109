import type { Columns, Field } from './columns.ts';

/** What is wrong with a row; of one that nobody was found for, `unmatched`. */
export const REASONS = [
  'columns',
  'points-missing',
  'points-number',
  'points-fraction',
  'points-large',
  'points-negative',
  'nobody',
  'id',
  'email',
  'several',
  'other',
  'again',
  'unmatched',
] as const;
export type Reason = (typeof REASONS)[number];
/** `line`: of the file, the first being 1. `of`: the earlier line that names the same customer. */
export type Problem = { readonly line: number; readonly column: Field | null; readonly reason: Reason; readonly of?: number };
export type Row = { readonly line: number; readonly id: bigint | null; readonly email: string | null; readonly points: number };

export const MOST_POINTS = 10_000_000;

export type Separators = { readonly thousands: RegExp; readonly decimal: ',' | '.' };
const SPACES = "[ \\u00A0\\u202F'\\u2019]";
/** What stands between thousands and before a fraction, in a file whose cells are parted by a comma or by a semicolon. */
export function separatorsOf(delimiter: string): Separators {
  return delimiter === ';'
    ? { thousands: new RegExp(`[.]|${SPACES}`, 'gu'), decimal: ',' }
    : { thousands: new RegExp(`[,]|${SPACES}`, 'gu'), decimal: '.' };
}

/**
 * Points of a cell: "1234", "1,234", "+12", "-5", "(5)", "12.0". Thousands are told from fractions by what parts the cells
 * (`separatorsOf`): "1.234" of a file with commas is a fraction, which no points have.
 */
export function pointsIn(text: string, { thousands, decimal }: Separators): number | Reason {
  const typed = text.trim();
  if (typed === '') return 'points-missing';
  const inBrackets = /^\((.+)\)$/.exec(typed)?.[1];
  const signed = (inBrackets === undefined ? typed : `-${inBrackets}`).replace('−', '-');
  const [whole = '', fraction = '', ...more] = signed.split(decimal);
  const grouped = digitsOf(whole, thousands);
  if (more.length > 0 || grouped === null || !/^\d*$/.test(fraction)) return 'points-number';
  if (/[1-9]/.test(fraction)) return 'points-fraction';
  const points = Number(grouped);
  return Math.abs(points) > MOST_POINTS ? 'points-large' : points + 0;
}

/** A whole number without what parts its thousands; null for none, or where they are not three each. */
function digitsOf(whole: string, thousands: RegExp): string | null {
  const grouped = whole.replaceAll(thousands, '');
  if (!/^[+-]?\d+$/.test(grouped)) return null;
  return grouped === whole || /^[+-]?\d{1,3}(?:\D\d{3})+$/.test(whole) ? grouped : null;
}

/** Shopify's number of a customer, plain or as a gid; null for none, 'id' for what cannot be one (a spreadsheet's 1.2E+12). */
function idIn(text: string): bigint | null | 'id' {
  const typed = text.trim().replace(/^'/, '');
  if (typed === '') return null;
  const digits = /^(?:gid:\/\/shopify\/Customer\/)?(\d{1,18})$/.exec(typed)?.[1];
  return digits === undefined ? 'id' : BigInt(digits);
}

/** An address; null for none. */
const emailIn = (text: string): string | null => text.trim() || null;
const isEmail = (email: string): boolean => /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 254;

/** A row of the file, or what is wrong with it. */
export function readRow(
  cells: readonly string[],
  { line, width, columns, separators }: { line: number; width: number; columns: Columns; separators: Separators },
): Row | Problem {
  const wrong = (column: Field | null, reason: Reason): Problem => ({ line, column, reason });
  if (cells.length !== width) return wrong(null, 'columns');
  const cell = (field: Field): string => (columns[field] === null ? '' : (cells[columns[field]] ?? ''));
  const [id, email, points] = [idIn(cell('id')), emailIn(cell('email')), pointsIn(cell('points'), separators)];
  if (typeof points === 'string') return wrong('points', points);
  if (id === 'id') return wrong('id', 'id');
  if (email !== null && !isEmail(email)) return wrong('email', 'email');
  if (id === null && email === null) return wrong(columns.email === null ? 'id' : 'email', 'nobody');
  return { line, id, email, points };
}

export const isProblem = (row: Row | Problem): row is Problem => 'reason' in row;

/** Customers by their own number, and the numbers of those who have an address, by the address as the file writes it. */
export type Found = { readonly ids: ReadonlySet<bigint>; readonly byEmail: ReadonlyMap<string, readonly bigint[]> };

/**
 * Who a row is about: by Shopify's number, else by the address. A number and an address of two people are nobody's, as is
 * an address that several have. @returns the customer, or why there is none.
 */
export function customerOf({ id, email }: Row, { ids, byEmail }: Found): bigint | Extract<Reason, 'unmatched' | 'several' | 'other'> {
  const others = email === null ? [] : (byEmail.get(email) ?? []);
  if (id !== null && ids.has(id)) return others.length > 0 && !others.includes(id) ? 'other' : id;
  const [first] = others;
  return others.length > 1 ? 'several' : (first ?? 'unmatched');
}
