/** Shopify's times have whole seconds. */
export function seconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** A later version of something that stands at `previous`: never the same second, so that versions can be told apart. */
export function nextVersion(previous: string, now: Date): string {
  const least = Date.parse(previous) + 1_000;
  return seconds(new Date(Number.isNaN(least) ? now.getTime() : Math.max(least, now.getTime())));
}
