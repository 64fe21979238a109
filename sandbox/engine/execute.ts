import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import {
  buildClientSchema,
  execute,
  isAbstractType,
  parse,
  validate,
  visit,
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { CONNECTIONS, readField } from './fields.ts';
import { isNode, NotImplementedError, text, type Node } from './node.ts';
import type { Store } from './store.ts';

export type Caller = { store: Store; scopes: readonly string[]; now: () => Date };
export type RootField = (args: Record<string, unknown>, caller: Caller) => unknown;

/** Shopify's own Admin schema, version 2026-07. */
export const schema: GraphQLSchema = buildClientSchema(
  (
    JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(import.meta.dirname, '../schema/admin_2026-07.json.gz'))).toString()) as {
      data: IntrospectionQuery;
    }
  ).data,
);

/** Pages through a list as a connection: first/after, last/before, reverse; a cursor is the position, opaque. */
export function connectionOf(items: readonly Node[], args: Record<string, unknown>): Node {
  const list = args['reverse'] === true ? items.toReversed() : items;
  const position = (cursor: unknown): number =>
    typeof cursor === 'string' ? Number(Buffer.from(cursor, 'base64url').toString()) : Number.NaN;
  const after = position(args['after']);
  const before = position(args['before']);
  let from = Number.isNaN(after) ? 0 : after + 1;
  let to = Number.isNaN(before) ? list.length : before;
  if (typeof args['first'] === 'number') to = Math.min(to, from + args['first']);
  else if (typeof args['last'] === 'number') from = Math.max(from, to - args['last']);
  const cursor = (index: number): string => Buffer.from(String(index)).toString('base64url');
  const nodes = list.slice(from, to);
  return {
    nodes,
    edges: nodes.map((node, index) => ({ node, cursor: cursor(from + index) })),
    pageInfo: {
      hasNextPage: to < list.length,
      hasPreviousPage: from > 0,
      startCursor: nodes.length > 0 ? cursor(from) : null,
      endCursor: nodes.length > 0 ? cursor(from + nodes.length - 1) : null,
    },
  };
}

function resolverOf(roots: Readonly<Record<string, RootField>>): GraphQLFieldResolver<unknown, Caller, Record<string, unknown>> {
  return (source, args, caller, info) => {
    const key = `${info.parentType.name}.${info.fieldName}`;
    if (!isNode(source)) {
      const root = roots[key];
      if (!root) throw new NotImplementedError(key);
      return root(args, caller);
    }
    const connection = CONNECTIONS[key];
    return connection
      ? connectionOf(connection(source, caller.store), args)
      : readField(source, info.parentType.name, { name: info.fieldName, store: caller.store });
  };
}

export type Answer = { status: number; body: Record<string, unknown> };

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
        const size = node.arguments?.find((argument) => argument.name.value === 'first' || argument.name.value === 'last')?.value;
        const count =
          size?.kind === 'IntValue' ? Number(size.value) : size?.kind === 'Variable' ? Number(variables[size.name.value] ?? 0) : 0;
        if (count > 0) {
          cost += factor * 2;
          factor *= count;
        } else if (node.selectionSet && !['nodes', 'edges', 'node', 'pageInfo', 'userErrors'].includes(node.name.value)) cost += factor;
      },
      leave: () => {
        factor = stack.pop() ?? 1;
      },
    },
  });
  return Math.max(1, Math.round(cost));
}

/** Runs an operation on the real schema. What the sandbox does not know is an error that names the field. */
export async function runOperation(
  caller: Caller,
  roots: Readonly<Record<string, RootField>>,
  request: { document: DocumentNode; variables: Record<string, unknown> },
): Promise<Record<string, unknown>> {
  const wrong = validate(schema, request.document);
  if (wrong.length > 0)
    return {
      errors: wrong.map((error) => ({ message: error.message, locations: error.locations, extensions: { code: 'undefinedField' } })),
    };
  const result = await execute({
    schema,
    document: request.document,
    variableValues: request.variables,
    contextValue: caller,
    fieldResolver: resolverOf(roots),
    typeResolver: (value, _context, info, abstract) => {
      const named = isNode(value) ? text(value, '__typename') : '';
      if (named !== '' && isAbstractType(abstract) && info.schema.isSubType(abstract, info.schema.getType(named) as never)) return named;
      throw new NotImplementedError(abstract.name);
    },
  });
  const errors = result.errors?.map((error) => {
    const cause = error.originalError;
    return cause instanceof NotImplementedError
      ? { message: cause.message, path: error.path, extensions: { code: 'SANDBOX_NOT_IMPLEMENTED', field: cause.field } }
      : { message: error.message, path: error.path, extensions: error.extensions };
  });
  return { data: result.data, ...(errors ? { errors } : {}) };
}

/** @throws GraphQLError on a text that is no GraphQL. */
export function parseOperation(query: string): DocumentNode {
  return parse(query, { noLocation: false });
}
