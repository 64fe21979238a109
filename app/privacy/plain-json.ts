import { toDecimal } from '../core/money.ts';

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };
export type PlainObject = { [key: string]: Plain };

/** JSON that any reader takes as it stands: ids as texts, since many readers round long numbers; times in ISO 8601, UTC. */
export function plain(value: unknown): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object') return plainObject(value);
  throw new TypeError(`no JSON for a ${typeof value}`);
}

export function plainObject(value: object): PlainObject {
  return Object.fromEntries(Object.entries(value).map(([key, inner]: [string, unknown]) => [key, plain(inner)]));
}

/** A row in plain JSON, its amounts (minor units) written as decimals of their currency: 19900n GBP is "199.00". */
export function withAmounts<Row extends object>(row: Row, currencyOf: Partial<Record<keyof Row & string, string>>): PlainObject {
  const currencies = new Map<string, unknown>(Object.entries(currencyOf));
  return Object.fromEntries(
    Object.entries(row).map(([key, value]: [string, unknown]) => {
      const currency = currencies.get(key);
      return [key, typeof value === 'bigint' && typeof currency === 'string' ? toDecimal(value, currency) : plain(value)];
    }),
  );
}

/** The same currency for several amounts. */
export function allIn<Name extends string>(currency: string, names: readonly Name[]): Partial<Record<Name, string>> {
  const of: Partial<Record<Name, string>> = {};
  for (const name of names) of[name] = currency;
  return of;
}
