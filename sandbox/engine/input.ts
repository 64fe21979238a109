import { isNode, NotImplementedError, type Node } from './node.ts';

/** Arguments of a mutation, read with care: GraphQL has checked their types, this tells TypeScript. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(textOf) : []);
export const nodeOf = (value: unknown): Node => (isNode(value) ? value : {});
export const nodesOf = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
export const at = (input: Node, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (isNode(value) ? value[key] : undefined), input);
/** A decimal or a number as Shopify takes it for amounts; empty where there is none. */
export const decimalOf = (value: unknown): string => (typeof value === 'number' || typeof value === 'string' ? String(value) : '');

export const userError = (field: string[] | null, message: string, code: string): Node => ({ field, message, code, extraInfo: null });

/** Refuses input fields that would be silently passed over. @throws NotImplementedError */
export function onlyKnown(input: Node, known: readonly string[], name: string): void {
  for (const [key, value] of Object.entries(input)) {
    if (value !== null && value !== undefined && !known.includes(key)) throw new NotImplementedError(`${name}.${key}`);
  }
}
