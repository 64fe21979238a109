import { Kind, visit, type DocumentNode, type FieldNode } from 'graphql';

/** A single operation may ask for this many points at most. */
export const MOST_POINTS = 1_000;

const PLUMBING = new Set(['nodes', 'edges', 'node', 'pageInfo', 'userErrors']);

function pageSize(field: FieldNode, variables: Record<string, unknown>): number {
  const size = field.arguments?.find((argument) => argument.name.value === 'first' || argument.name.value === 'last')?.value;
  if (size?.kind === Kind.INT) return Number(size.value);
  return size?.kind === Kind.VARIABLE ? Number(variables[size.name.value] ?? 0) : 0;
}

/** Points of an operation, roughly as Shopify counts: 1 an object, 2 and its size a connection, 10 a mutation. */
export function costOf(document: DocumentNode, variables: Record<string, unknown>): number {
  let cost = 0;
  let factor = 1;
  const stack: number[] = [];
  visit(document, {
    OperationDefinition: (node) => {
      if (node.operation === 'mutation') cost += 10;
    },
    Field: {
      enter: (node) => {
        stack.push(factor);
        const count = pageSize(node, variables);
        if (count > 0) {
          cost += factor * 2;
          factor *= count;
        } else if (node.selectionSet && !PLUMBING.has(node.name.value)) cost += factor;
      },
      leave: () => {
        factor = stack.pop() ?? 1;
      },
    },
  });
  return Math.max(1, Math.round(cost));
}
