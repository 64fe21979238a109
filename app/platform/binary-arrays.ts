/**
 * One-dimensional arrays in PostgreSQL's binary form (`array_recv`): the server copies what its text form would make it
 * read, and here no text is made of a number or a time.
 */
export type ElementType = 'int' | 'bigint' | 'float8' | 'boolean' | 'date' | 'timestamptz' | 'text';
export type Element = bigint | number | boolean | string | Date | null | undefined;

/** The types' numbers in pg_type: the same in every database. */
const OIDS: Readonly<Record<ElementType, number>> = {
  boolean: 16,
  bigint: 20,
  int: 23,
  text: 25,
  float8: 701,
  date: 1082,
  timestamptz: 1184,
};

const HEADER = 20;
/** Bytes that a number or a time takes at most, with its length before it. */
const MOST_FIXED = 12;
/** PostgreSQL counts from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const MS_PER_DAY = 86_400_000;
const HIGH = 2 ** 32;

/** Where an array is written before it is copied out; it grows and is kept, since there is no end to the arrays of an import. */
let bytes = Buffer.allocUnsafeSlow(65_536);
let view = new DataView(bytes.buffer);

function makeRoom(at: number, more: number): void {
  if (at + more <= bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(2 * (at + more));
  bytes.copy(larger, 0, 0, at);
  bytes = larger;
  view = new DataView(bytes.buffer);
}

/** Writes a value with its length before it at a place with room enough. @returns where the next one goes. */
type Writer = (value: Exclude<Element, null | undefined>, at: number) => number;

function misfit(type: ElementType): RangeError {
  return new RangeError(`a value does not fit the type ${type}`);
}

const writeBigint: Writer = (value, at) => {
  const whole = typeof value === 'bigint' ? value : BigInt(Number(value));
  if (BigInt.asIntN(64, whole) !== whole) throw misfit('bigint');
  view.setInt32(at, 8);
  view.setBigInt64(at + 4, whole);
  return at + 12;
};

const writeInt: Writer = (value, at) => {
  const whole = Number(value);
  if (Math.trunc(whole) !== whole || Math.abs(whole) > 0x7fff_ffff) throw misfit('int');
  view.setInt32(at, 4);
  view.setInt32(at + 4, whole);
  return at + 8;
};

const writeFloat: Writer = (value, at) => {
  view.setInt32(at, 8);
  view.setFloat64(at + 4, Number(value));
  return at + 12;
};

const writeBoolean: Writer = (value, at) => {
  view.setInt32(at, 1);
  bytes[at + 4] = value === true ? 1 : 0;
  return at + 5;
};

const timeOf = (value: unknown): number =>
  value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : Number.NaN;

/** A Date, or the text of a day. */
const writeDate: Writer = (value, at) => {
  const days = Math.floor((timeOf(value) - EPOCH_MS) / MS_PER_DAY);
  if (Number.isNaN(days)) throw misfit('date');
  view.setInt32(at, 4);
  view.setInt32(at + 4, days);
  return at + 8;
};

const writeTime: Writer = (value, at) => {
  const microseconds = (timeOf(value) - EPOCH_MS) * 1_000;
  // Past the year 2285 a number no longer holds every microsecond.
  if (!Number.isSafeInteger(microseconds)) return writeBigint(BigInt(timeOf(value) - EPOCH_MS) * 1_000n, at);
  const high = Math.floor(microseconds / HIGH);
  view.setInt32(at, 8);
  view.setInt32(at + 4, high);
  view.setUint32(at + 8, microseconds - high * HIGH);
  return at + 12;
};

/** Texts shorter than this are copied here; for longer ones the engine's own way is worth its call. */
const SHORT = 48;

const writeText: Writer = (value, at) => {
  const text = String(value);
  const from = at + 4;
  let length = 0;
  if (text.length <= SHORT) {
    while (length < text.length) {
      const code = text.charCodeAt(length);
      if (code > 127) break;
      bytes[from + length] = code;
      length += 1;
    }
  }
  if (length < text.length) length = bytes.write(text, from);
  view.setInt32(at, length);
  return from + length;
};

const WRITERS: Readonly<Record<ElementType, Writer>> = {
  int: writeInt,
  bigint: writeBigint,
  float8: writeFloat,
  boolean: writeBoolean,
  date: writeDate,
  timestamptz: writeTime,
  text: writeText,
};

/** An array of one value a row. @throws RangeError when a value does not fit the type. */
export function binaryArray<Row>(rows: readonly Row[], read: (row: Row) => Element, type: ElementType): Buffer {
  const write = WRITERS[type];
  let at = HEADER;
  let hasNull = 0;
  for (const row of rows) {
    const value = read(row);
    // In UTF-8 a unit of UTF-16 takes three bytes at most.
    makeRoom(at, typeof value === 'string' ? 4 + 3 * value.length : MOST_FIXED);
    if (value === null || value === undefined) {
      hasNull = 1;
      view.setInt32(at, -1);
      at += 4;
    } else {
      at = write(value, at);
    }
  }
  view.setInt32(0, rows.length === 0 ? 0 : 1);
  view.setInt32(4, hasNull);
  view.setInt32(8, OIDS[type]);
  view.setInt32(12, rows.length);
  view.setInt32(16, 1);
  return Buffer.from(bytes.subarray(0, rows.length === 0 ? 12 : at));
}
