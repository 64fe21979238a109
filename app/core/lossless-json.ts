declare global {
  interface JSON {
    /** ECMAScript "JSON.parse source text access": a primitive's text, written as it stands. */
    rawJSON(text: string): unknown;
  }
}

const LONG_INTEGER = /[:[,\s]-?\d{16,}/;

/**
 * JSON.parse that keeps integers past 2^53 as bigint (Shopify's ids) instead of rounding them.
 * Texts without a run of 16 digits take the engine's plain and fast way.
 * @throws SyntaxError when the text is no JSON.
 */
export function parseLossless(text: string): unknown {
  if (!LONG_INTEGER.test(text)) return JSON.parse(text);
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
