import { text, type Node } from './node.ts';

/** An argument that Shopify refuses, in its words. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

const MOST_A_PAGE = 250;

const cursorOf = (index: number, node: Node): string => Buffer.from(`${index} ${text(node, 'id')}`).toString('base64url');

/** Where a cursor points now: by the node's id when others have come or gone meanwhile. */
function positionOf(cursor: unknown, list: readonly Node[]): number | null {
  if (typeof cursor !== 'string') return null;
  const match = /^(\d+) (.*)$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw new ArgumentError('Invalid cursor for current pagination sort.');
  const [, at = '0', id = ''] = match;
  const index = Number(at);
  if (id === '' || text(list[index], 'id') === id) return index;
  const moved = list.findIndex((node) => text(node, 'id') === id);
  return moved === -1 ? index : moved;
}

/** Checks the page arguments of a connection. @throws ArgumentError as Shopify refuses them. */
export function checkPage(args: Record<string, unknown>): void {
  const size = args['first'] ?? args['last'];
  if (typeof size !== 'number') throw new ArgumentError('you must provide one of first or last');
  if (size < 0) throw new ArgumentError('first and last must not be negative');
  if (size > MOST_A_PAGE)
    throw new ArgumentError(`The value ${size} for the page size is greater than the maximum allowed value ${MOST_A_PAGE}.`);
}

/** A page of a list: first/after, last/before, reverse. `full` makes the node of an entry; only those of the page are made. */
export function connectionOf(
  items: readonly Node[],
  args: Record<string, unknown>,
  full: (node: Node) => Node | null = (node) => node,
): Node {
  const list = args['reverse'] === true ? items.toReversed() : items;
  const after = positionOf(args['after'], list);
  const before = positionOf(args['before'], list);
  let from = after === null ? 0 : after + 1;
  let to = before ?? list.length;
  if (typeof args['first'] === 'number') to = Math.min(to, from + args['first']);
  else if (typeof args['last'] === 'number') from = Math.max(from, to - args['last']);
  const page = list.slice(from, to);
  const edges = page.map((node, index) => ({ node: full(node), cursor: cursorOf(from + index, node) }));
  return {
    nodes: edges.map((edge) => edge.node),
    edges,
    pageInfo: {
      hasNextPage: to < list.length,
      hasPreviousPage: from > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
