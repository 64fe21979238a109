import { isNode, type Node } from './node.ts';

/** A search that the sandbox does not know; Shopify would search by more. */
export class SearchError extends Error {
  override readonly name = 'SearchError';
}

/** Search fields that stand in a node under a name of the schema. */
const FIELDS: Readonly<Record<string, string>> = {
  name: 'name',
  email: 'email',
  first_name: 'firstName',
  last_name: 'lastName',
  state: 'state',
  sku: 'sku',
  title: 'title',
  handle: 'handle',
  vendor: 'vendor',
  product_type: 'productType',
  status: 'status',
  updated_at: 'updatedAt',
  processed_at: 'processedAt',
  created_at: 'createdAt',
  occurred_at: 'occurredAt',
  customer_id: 'customerId',
};
const TERM = /^([a-z_]+):(>=|<=|>|<)?(?:'([^']*)'|"([^"]*)"|(\S+))$/;
const TERMS = /[a-z_]+:(?:>=|<=|>|<)?(?:'[^']*'|"[^"]*"|\S+)|\S+/g;

const digits = (value: string): string => /\d+$/.exec(value)?.[0] ?? value;
const HOLDS: Readonly<Record<string, (order: number) => boolean>> = {
  '>=': (order) => order >= 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '<': (order) => order < 0,
  '': (order) => order === 0,
};

/** Compares texts as Shopify does: letters of either size are alike. */
function compareTexts(a: string, b: string): number {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one === other ? 0 : one < other ? -1 : 1;
}

function termOf(source: string): (node: Node) => boolean {
  const match = TERM.exec(source);
  const name = match?.[1] ?? '';
  const field = name === 'id' ? 'id' : name === 'tag' ? 'tags' : FIELDS[name];
  if (!match || !field) throw new SearchError(`Sandbox does not implement the search term ${source}`);
  const wanted = match[3] ?? match[4] ?? match[5] ?? '';
  const holds = HOLDS[match[2] ?? ''] ?? HOLDS[''];
  if (!holds) return () => false;
  if (name === 'tag') return (node) => Array.isArray(node['tags']) && node['tags'].includes(wanted);
  if (name === 'id' || name === 'customer_id')
    return (node) => holds(Number(BigInt(digits(textAt(node, field)) || 0) - BigInt(digits(wanted) || 0)));
  if (name.endsWith('_at')) {
    const time = Date.parse(wanted);
    if (Number.isNaN(time)) throw new SearchError(`not a time: ${source}`);
    return (node) => holds(Date.parse(textAt(node, field)) - time);
  }
  return (node) => holds(compareTexts(textAt(node, field), wanted));
}

const textAt = (node: Node, field: string): string => {
  const value = node[field];
  return typeof value === 'string' ? value : '';
};

/**
 * A predicate for a `query` argument, of Shopify's search syntax as far as the sandbox knows it:
 * `field:value`, `field:>='time'`, AND (or a blank), OR.
 * @throws SearchError on what the sandbox does not know.
 */
export function searchOf(query: unknown): (node: Node) => boolean {
  if (typeof query !== 'string' || query.trim() === '') return () => true;
  const anyOf = query.split(/\s+OR\s+/).map((part) => (part.match(TERMS) ?? []).filter((term) => term !== 'AND').map(termOf));
  return (node) => isNode(node) && anyOf.some((all) => all.every((holds) => holds(node)));
}
