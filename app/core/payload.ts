import { z } from 'zod';

/**
 * The scalars of other programs' payloads, each as one zod step. Written as transforms and not as chains of zod's own
 * checks: an order has some hundred fields, and a pipe for each cost more than reading the JSON itself.
 * An absent field and a null one are the same; what does not fit is an issue that names what was expected, never the value.
 */
type Read<T> = (value: unknown) => T | undefined;

const missing = (value: unknown): value is null | undefined => value === undefined || value === null;

function refuse(context: { issues: unknown[]; value: unknown }, expected: string): void {
  context.issues.push({ code: 'custom', message: `expected ${expected}`, input: context.value });
}

function maybe<T>(expected: string, read: Read<T>) {
  return z.transform((value: unknown, context): T | null => {
    if (missing(value)) return null;
    const result = read(value);
    if (result !== undefined) return result;
    refuse(context, expected);
    return null;
  });
}

function must<T>(expected: string, read: Read<T>) {
  return z.transform((value: unknown, context): T => {
    const result = missing(value) ? undefined : read(value);
    if (result !== undefined) return result;
    refuse(context, expected);
    return z.NEVER;
  });
}

/** JSON can hold what no text of PostgreSQL can: the character NUL is left out, half a pair of UTF-16 becomes U+FFFD. */
const isText: Read<string> = (value) => {
  if (typeof value !== 'string') return undefined;
  const whole = value.isWellFormed() ? value : value.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole;
};
const isFlag: Read<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
const isWhole: Read<number> = (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined);
/** Decimal texts; some old payloads carry bare numbers. */
const isDecimal: Read<string> = (value) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined);

const DIGITS = /^\d{1,19}$/;
const MOST_ID = 2n ** 63n - 1n;
/**
 * Ids come as numbers, as bigint where they pass 2^53 (parseLossless), or as texts. A number with an exponent was rounded
 * before it came to us (see tests/fixtures/webhook-samples/README.md): it is an id all the same.
 */
const isId: Read<bigint> = (value) => {
  if (typeof value === 'number' && !Number.isInteger(value)) return undefined;
  if (typeof value === 'string' && !DIGITS.test(value)) return undefined;
  if (typeof value !== 'bigint' && typeof value !== 'number' && typeof value !== 'string') return undefined;
  const id = BigInt(value);
  return id >= 0n && id <= MOST_ID ? id : undefined;
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;
const isTime: Read<Date> = (value) => {
  if (typeof value !== 'string' || !TIME.test(value)) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Shopify's pair of amounts as decimal texts: in the shop's own money, and in the buyer's where that is told. */
export type MoneySet = { readonly shop: string; readonly presentment: string | null };
const isMoneySet: Read<MoneySet> = (value) => {
  if (!isObject(value)) return undefined;
  const { shop_money: ours, presentment_money: theirs } = value;
  const shop = isObject(ours) ? isDecimal(ours['amount']) : undefined;
  const presentment = missing(theirs) ? null : isObject(theirs) ? isDecimal(theirs['amount']) : undefined;
  return shop === undefined || presentment === undefined ? undefined : { shop, presentment };
};

/** Fields that may be absent or null: null then. */
export const optionalText = maybe('a text', isText);
export const optionalFlag = maybe('true or false', isFlag);
export const optionalWhole = maybe('a whole number', isWhole);
export const optionalDecimal = maybe('a decimal number', isDecimal);
export const optionalId = maybe('an id', isId);
export const optionalMoneySet = maybe('a set of amounts', isMoneySet);
export const optionalTime = maybe('a time with its offset', isTime);

/** Fields that must be there. */
export const text = must('a text', isText);
export const flag = must('true or false', isFlag);
export const whole = must('a whole number', isWhole);
export const decimal = must('a decimal number', isDecimal);
export const id = must('an id', isId);
export const time = must('a time with its offset', isTime);

/** An object that may be absent or null. */
export const optional = <T extends z.ZodType>(schema: T): z.ZodDefault<z.ZodNullable<T>> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- null is a value of every nullable schema, which zod's types cannot tell
  schema.nullable().default(() => null as never);

/** A list that may be absent or null: `each` reads it. */
export const list = <T extends z.ZodType>(schema: T) => optional(z.array(schema));

/** The entries of a list that may be absent. */
export const each = <T>(entries: readonly T[] | null): readonly T[] => entries ?? [];

/** What a plain reader throws where a value does not fit. One for all, since it says nothing: the schema does. */
const MISFIT = new Error('a value does not fit');

function fitting<T>(read: Read<T>) {
  return (value: unknown): T => {
    const result = read(value);
    if (result === undefined) throw MISFIT;
    return result;
  };
}

const orNull =
  <T>(read: (value: unknown) => T) =>
  (value: unknown): T | null =>
    value === undefined || value === null ? null : read(value);

const [plainText, plainFlag, plainWhole, plainDecimal] = [fitting(isText), fitting(isFlag), fitting(isWhole), fitting(isDecimal)];
const [plainId, plainTime, plainMoneySet] = [fitting(isId), fitting(isTime), fitting(isMoneySet)];

/**
 * The same scalars for readers that are written by hand, where zod's copies of an order cost more than all that comes
 * after. They are used by way of `quickly` only.
 */
export const plain = {
  text: plainText,
  flag: plainFlag,
  whole: plainWhole,
  decimal: plainDecimal,
  id: plainId,
  time: plainTime,
  optionalText: orNull(plainText),
  optionalFlag: orNull(plainFlag),
  optionalWhole: orNull(plainWhole),
  optionalDecimal: orNull(plainDecimal),
  optionalId: orNull(plainId),
  optionalTime: orNull(plainTime),
  optionalMoneySet: orNull(plainMoneySet),
  object: fitting((value) => (isObject(value) ? value : undefined)),
  optional: orNull,
  array:
    <T>(read: (value: unknown) => T) =>
    (value: unknown): T[] => {
      if (!Array.isArray(value)) throw MISFIT;
      return value.map((entry) => read(entry));
    },
  /** As `array`, for a list that may be absent or null. */
  list: <T>(read: (value: unknown) => T) => orNull(plain.array(read)),
  refuse: (): never => {
    throw MISFIT;
  },
  /** Any other reader; undefined where the value does not fit. */
  fitting,
};

/**
 * A parser that gives what the schema gives, by a plain reader. What the reader does not take goes to the schema, which
 * says what is wrong with it: a reader may refuse what it likes, and must not take what the schema would read otherwise.
 */
export function quickly<T>(read: (value: unknown) => T, schema: z.ZodType<T>): (value: unknown) => T {
  return (value) => {
    try {
      return read(value);
    } catch (error) {
      if (error !== MISFIT) throw error;
      return schema.parse(value);
    }
  };
}
