/** Shopify's search syntax as far as the sandbox knows it: `field:value`, `field:>='time'`, AND (or a blank), OR. */
export type SearchEntry = { id: string; name?: string; updatedAt?: string; processedAt?: string; createdAt?: string; email?: string };

export class SearchError extends Error {
  override readonly name = 'SearchError';
}

const FIELDS: Readonly<Record<string, (entry: SearchEntry) => string | undefined>> = {
  id: (entry) => /\d+$/.exec(entry.id)?.[0],
  name: (entry) => entry.name,
  email: (entry) => entry.email,
  updated_at: (entry) => entry.updatedAt,
  processed_at: (entry) => entry.processedAt,
  created_at: (entry) => entry.createdAt ?? entry.processedAt,
};
const TERM = /^([a-z_]+):(>=|<=|>|<)?(?:'([^']*)'|"([^"]*)"|(\S+))$/;

function termOf(source: string): (entry: SearchEntry) => boolean {
  const match = TERM.exec(source);
  const read = FIELDS[match?.[1] ?? ''];
  if (!match || !read) throw new SearchError(`Sandbox does not implement the search term ${source}`);
  const wanted = match[3] ?? match[4] ?? match[5] ?? '';
  const isTime = (match[1] ?? '').endsWith('_at');
  const order = (entry: SearchEntry): number => {
    const value = read(entry) ?? '';
    if (isTime) return Date.parse(value) - Date.parse(wanted);
    return value === wanted ? 0 : value < wanted ? -1 : 1;
  };
  switch (match[2]) {
    case '>=':
      return (entry) => order(entry) >= 0;
    case '<=':
      return (entry) => order(entry) <= 0;
    case '>':
      return (entry) => order(entry) > 0;
    case '<':
      return (entry) => order(entry) < 0;
    default:
      return (entry) => order(entry) === 0;
  }
}

/** A predicate for a `query` argument. @throws SearchError on what the sandbox does not know. */
export function searchOf(query: string | null | undefined): (entry: SearchEntry) => boolean {
  if (!query || query.trim() === '') return () => true;
  const anyOf = query
    .split(/\s+OR\s+/)
    .map((part) => (part.match(/[a-z_]+:(?:>=|<=|>|<)?(?:'[^']*'|"[^"]*"|\S+)|\S+/g) ?? []).filter((term) => term !== 'AND').map(termOf));
  return (entry) => anyOf.some((all) => all.every((holds) => holds(entry)));
}
