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

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;

/** Shopify's pair of amounts as decimal texts: in the shop's own money, and in the buyer's where that is told. */
export type MoneySet = { readonly shop: string; readonly presentment: string | null };
const isMoneySet: Read<MoneySet> = (value) => {
  const shop = isDecimal(field(field(value, 'shop_money'), 'amount'));
  const theirs = field(value, 'presentment_money');
  const presentment = missing(theirs) ? null : isDecimal(field(theirs, 'amount'));
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
