const MOST_ID = 2n ** 63n - 1n;

/** Numbers of a query as ids; one that no id can be (a part, a sign, too long) is none of anybody's. */
export function gidless(texts: readonly string[]): string[] {
  return texts.filter((text) => /^\d{1,19}$/.test(text) && BigInt(text) <= MOST_ID);
}
