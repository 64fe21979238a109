/** A piece of the store as Shopify's GraphQL would give it: field names of the schema, ids as gids, amounts as decimals. */
export type Node = { [field: string]: unknown };

/** An order with everything that hangs on it, as the lines of a bulk export bring it. */
export type OrderGroup = { order: Node; lines: Node[]; applications: Node[]; agreements: Node[]; sales: Node[] };

export const text = (node: Node | undefined, field: string): string => {
  const value = node?.[field];
  return typeof value === 'string' ? value : '';
};
export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
export const nodeAt = (node: Node | undefined, field: string): Node | undefined => {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
};
export const listAt = (node: Node, field: string): Node[] => {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
};
/** The nodes of a page of a connection. */
export const nodesOfPage = (page: Node): Node[] => listAt(page, 'nodes');
export const numberAt = (node: Node | undefined, field: string): number => {
  const value = node?.[field];
  return typeof value === 'number' ? value : 0;
};
/** The digits at the end of a gid. */
export const tail = (gid: string): string => /(\d+)(?:\?.*)?$/.exec(gid)?.[1] ?? '';

/** A field that the sandbox does not know; it says so and never makes a value up. */
export class NotImplementedError extends Error {
  override readonly name = 'NotImplementedError';
  readonly field: string;
  constructor(field: string) {
    super(`Sandbox does not implement ${field}`);
    this.field = field;
  }
}
