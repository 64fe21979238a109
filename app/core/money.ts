/** Money is bigint minor units (pence, cents, yen) and an ISO 4217 currency; a float never holds an amount. */
export type Money = { readonly minor: bigint; readonly currency: string };

// ISO 4217: the currencies whose minor unit is not a hundredth. Everything else has two digits.
const DIGITS: Readonly<Record<string, number>> = {
  BHD: 3,
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};

/** Digits after the decimal point of a currency: 2 for GBP, 0 for JPY, 3 for KWD. */
export function currencyDigits(currency: string): number {
  return DIGITS[currency] ?? 2;
}

export class MoneyFormatError extends Error {
  override readonly name = 'MoneyFormatError';
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Longer texts may hold more than a number can. */
const MOST_PLAIN = 12;

/** Minor units of a text of digits with one point at most and no more decimals than the currency has; null for all else. */
function plainMinor(decimal: string, digits: number): number | null {
  const { length } = decimal;
  if (length > MOST_PLAIN) return null;
  let minor = 0;
  let point = length;
  for (let at = 0; at < length; at += 1) {
    const digit = decimal.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9) minor = minor * 10 + digit;
    else if (digit === -2 && point === length) point = at;
    else return null;
  }
  const missing = digits - Math.max(0, length - 1 - point);
  if (point === 0 || point === length - 1 || missing < 0) return null;
  return minor * 10 ** missing;
}

/**
 * Minor units of a decimal string as Shopify writes amounts ("199.00", "-5", "0.125").
 * Digits past the currency's own are rounded half away from zero (Shopify rounds line totals so).
 * @throws MoneyFormatError when the text is no decimal number.
 */
export function parseMinor(decimal: string, currency: string): bigint {
  const digits = currencyDigits(currency);
  const plain = plainMinor(decimal, digits);
  if (plain !== null) return BigInt(plain);
  const match = DECIMAL.exec(decimal.trim());
  if (!match) throw new MoneyFormatError(`not an amount: ${JSON.stringify(decimal.slice(0, 40))}`);
  const [, sign, whole = '0', fraction = ''] = match;
  const kept = fraction.slice(0, digits).padEnd(digits, '0');
  const roundUp = (fraction[digits] ?? '0') >= '5' ? 1n : 0n;
  const minor = BigInt(whole + kept) + roundUp;
  return sign === '-' ? -minor : minor;
}

/** The decimal string of minor units, as Shopify's API takes it: 19900n GBP is "199.00". */
export function toDecimal(minor: bigint, currency: string): string {
  const digits = currencyDigits(currency);
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** numerator / denominator rounded half away from zero; the house's one rounding rule. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  if (denominator === 0n) throw new RangeError('division by zero');
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const rounded = (n * 2n + d) / (d * 2n);
  return negative ? -rounded : rounded;
}

/** `bps` hundredths of a percent of an amount: percentOf(1999n, 1000) is 200n (10 %). */
export function percentOf(minor: bigint, bps: number): bigint {
  return divideRounded(minor * BigInt(bps), 10_000n);
}

/**
 * Splits an amount by weights so that the parts sum to the whole (largest remainder, ties to the first).
 * All weights zero or no weights: everything goes to the first part, if there is one.
 */
export function allocate(minor: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) return [];
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n) return weights.map((_, index) => (index === 0 ? minor : 0n));
  const sign = minor < 0n ? -1n : 1n;
  const whole = minor * sign;
  const parts = weights.map((weight) => (whole * weight) / total);
  let rest = whole - parts.reduce((sum, part) => sum + part, 0n);
  const order = weights
    .map((weight, index) => ({ index, remainder: (whole * weight) % total }))
    .toSorted((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of order) {
    if (rest === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    rest -= 1n;
  }
  return parts.map((part) => part * sign);
}

const isNumeric = (text: string): text is `${number}` => DECIMAL.test(text);

/** Money in the reader's language: formatMoney(123456n, 'GBP', 'en') is "£1,234.56". Exact at any size. */
export function formatMoney(minor: bigint, currency: string, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
  const decimal = toDecimal(minor, currency);
  // Intl formats a decimal string without passing through a float.
  return isNumeric(decimal) ? format.format(decimal) : decimal;
}

/** Minor units of an amount as a person types it ("1,250.5", "1250"); null where it is none, negative ones included. */
export function amountOf(typed: string, currency: string): bigint | null {
  const plain = typed.trim().replaceAll(/[\s,](?=\d{3}(?:\D|$))/g, '');
  return /^\d{1,12}(?:\.\d{1,3})?$/.test(plain) ? parseMinor(plain, currency) : null;
}
