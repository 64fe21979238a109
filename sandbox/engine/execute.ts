import {
  execute,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  validate,
  valueFromAST,
  GraphQLString,
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
} from 'graphql';
import type { Actions } from './actions.ts';
import { checkPage, connectionOf } from './connection.ts';
import { CONNECTIONS, readField } from './fields.ts';
import { isNode, NotImplementedError, text, type Node } from './node.ts';
import { AccessDeniedError, checkAccess, schema } from './schema.ts';
import type { Store } from './store.ts';

/** Who calls, and what can be done for them. */
export type Caller = { store: Store; actions: Actions; scopes: readonly string[]; now: () => Date };
export type RootField = (args: Record<string, unknown>, caller: Caller) => unknown;
export type RootFields = Readonly<Record<string, RootField>>;

/** Answers of mutations that came with a key, so that a repeated call does nothing twice. */
const answered = new WeakMap<Store, Map<string, { args: string; answer: unknown }>>();

function idempotencyKey(info: GraphQLResolveInfo): string | null {
  const directive = info.fieldNodes[0]?.directives?.find((candidate) => candidate.name.value === 'idempotent');
  const value = directive?.arguments?.find((argument) => argument.name.value === 'key')?.value;
  if (!value) return null;
  const key = valueFromAST(value, GraphQLString, info.variableValues);
  return typeof key === 'string' ? `${info.fieldName} ${key}` : null;
}

function callRoot(root: RootField, args: Record<string, unknown>, at: { caller: Caller; info: GraphQLResolveInfo }): unknown {
  const { caller, info } = at;
  const key = idempotencyKey(info);
  if (key === null) return root(args, caller);
  const own = answered.get(caller.store) ?? new Map<string, { args: string; answer: unknown }>();
  answered.set(caller.store, own);
  const held = own.get(key);
  if (held && held.args === JSON.stringify(args)) return held.answer;
  if (held) {
    const message = 'The same idempotency key cannot be used with different parameters.';
    const payload = getNamedType(info.returnType);
    const nothing = isObjectType(payload) ? Object.fromEntries(Object.keys(payload.getFields()).map((name) => [name, null])) : {};
    return { ...nothing, userErrors: [{ field: null, message, code: 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH' }] };
  }
  const answer = root(args, caller);
  own.set(key, { args: JSON.stringify(args), answer });
  return answer;
}

/** @throws AccessDeniedError, ArgumentError, NotImplementedError, which become errors of the answer that name the field. */
function resolverOf(roots: RootFields): GraphQLFieldResolver<unknown, Caller, Record<string, unknown>> {
  return (source, args, ...[caller, info]) => {
    const parent = info.parentType.name;
    const type = getNamedType(info.returnType).name;
    checkAccess(caller.scopes, { parent, name: info.fieldName, type });
    const key = `${parent}.${info.fieldName}`;
    const isPaged = type.endsWith('Connection');
    if (isPaged) checkPage(args);
    if (!isNode(source)) {
      const root = roots[key];
      if (!root) throw new NotImplementedError(key);
      return callRoot(root, args, { caller, info });
    }
    const connection = CONNECTIONS[key];
    if (connection) return connectionOf(connection(source, caller.store, args), args);
    return readField(source, parent, { name: info.fieldName, store: caller.store, args });
  };
}

function typeNamed(value: unknown, abstract: string): string {
  const named = isNode(value) ? text(value, '__typename') : '';
  const [wanted, type] = [schema.getType(abstract), schema.getType(named)];
  if (isAbstractType(wanted) && isObjectType(type) && schema.isSubType(wanted, type)) return named;
  throw new NotImplementedError(abstract);
}

function errorBody(error: { message: string; path?: unknown; originalError?: Error | null; extensions: object }): object {
  const { message, path, originalError: cause } = error;
  if (cause instanceof NotImplementedError) return { message, path, extensions: { code: 'SANDBOX_NOT_IMPLEMENTED', field: cause.field } };
  if (cause instanceof AccessDeniedError)
    return { message, path, extensions: { code: 'ACCESS_DENIED', requiredAccess: cause.required.join(' or ') } };
  return { message, path, extensions: { code: cause ? 'BAD_REQUEST' : undefined, ...error.extensions } };
}

/** Runs an operation on the real schema. What the sandbox does not know is an error that names the field. */
export async function runOperation(
  caller: Caller,
  roots: RootFields,
  request: { document: DocumentNode; variables: Record<string, unknown> },
): Promise<Node> {
  const wrong = validate(schema, request.document);
  if (wrong.length > 0)
    return {
      errors: wrong.map((error) => ({ message: error.message, locations: error.locations, extensions: { code: 'undefinedField' } })),
    };
  if (
    request.document.definitions.some(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'subscription',
    )
  )
    throw new NotImplementedError('subscription operations');
  const result = await execute({
    schema,
    document: request.document,
    variableValues: request.variables,
    contextValue: caller,
    fieldResolver: resolverOf(roots),
    typeResolver: (value, ...[, , abstract]) => typeNamed(value, abstract.name),
  });
  return { data: result.data, ...(result.errors ? { errors: result.errors.map(errorBody) } : {}) };
}

/** @throws GraphQLError on a text that is no GraphQL. */
export function parseOperation(query: string): DocumentNode {
  return parse(query);
}
