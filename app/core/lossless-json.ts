declare global {
  interface JSON {
    /** ECMAScript "JSON.parse source text access": a primitive's text, written as it stands. */
    rawJSON(text: string): unknown;
  }
}

const RUN = 16;
const HALF = RUN / 2;
const MINUS = 45;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
/** What a number may stand behind: a colon, a comma, an opening bracket or white space. Within a text it proves nothing, and costs time only. */
const opensValue = (code: number): boolean => code === 58 || code === 44 || code === 91 || code <= 32;

/**
 * Whether an integer of sixteen digits or more stands somewhere. One character in sixteen is looked at, since one of the
 * digits would be among these.
 */
function hasLongInteger(text: string): boolean {
  for (let at = RUN - 1; at < text.length; at += RUN) {
    if (!isDigit(text.charCodeAt(at))) continue;
    // A run of sixteen that this digit is of reaches eight further to one side at least.
    if (!isDigit(text.charCodeAt(at - HALF)) && !isDigit(text.charCodeAt(at + HALF))) continue;
    let from = at;
    while (from > 0 && isDigit(text.charCodeAt(from - 1))) from -= 1;
    let to = at + 1;
    while (to < text.length && isDigit(text.charCodeAt(to))) to += 1;
    if (to - from < RUN) continue;
    const before = text.charCodeAt(from - 1);
    if (opensValue(before === MINUS ? text.charCodeAt(from - 2) : before)) return true;
  }
  return false;
}

/**
 * JSON.parse that keeps integers past 2^53 as bigint (Shopify's ids) instead of rounding them.
 * Texts without an integer of 16 digits take the engine's plain and fast way.
 * @throws SyntaxError when the text is no JSON.
 */
export function parseLossless(text: string): unknown {
  if (!hasLongInteger(text)) return JSON.parse(text);
  // The third argument carries the source text of a primitive (ECMAScript "JSON.parse source text access").
  const revive = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source)
      ? BigInt(context.source)
      : value;
  return JSON.parse(text, revive);
}

/** JSON text with bigint written as bare numbers; the counterpart of parseLossless. */
export function stringifyLossless(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? JSON.rawJSON(inner.toString()) : inner));
}
