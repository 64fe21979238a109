import {
  getArgumentValues,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  validate,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLOutputType,
  type SelectionSetNode,
} from 'graphql';
import { NotImplementedError } from './node.ts';
import { schema } from './schema.ts';

const MOST_CONNECTIONS = 5;
const DEEPEST = 2;

export const fieldOf = (declared: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined =>
  'getFields' in declared ? declared.getFields()[name] : undefined;

/** A field's arguments; a bulk query has no variables. */
export function argumentsOf(declared: GraphQLCompositeType, field: FieldNode): Record<string, unknown> {
  const definition = fieldOf(declared, field.name.value);
  return definition ? getArgumentValues(definition, field) : {};
}

/** The selection of a connection's nodes, by `edges { node }` or `nodes`. */
export function nodeSelection(field: FieldNode): SelectionSetNode {
  const pick = (set: SelectionSetNode | undefined, name: string): FieldNode | undefined =>
    set?.selections.find((selection): selection is FieldNode => selection.kind === Kind.FIELD && selection.name.value === name);
  const found =
    pick(pick(field.selectionSet, 'edges')?.selectionSet, 'node')?.selectionSet ?? pick(field.selectionSet, 'nodes')?.selectionSet;
  if (!found) throw new NotImplementedError(`${field.name.value} without nodes`);
  return found;
}

export function connectionNodeType(declared: GraphQLCompositeType, name: string): GraphQLCompositeType {
  const connection = fieldOf(declared, name);
  const type = connection ? getNamedType(connection.type) : undefined;
  const nodes = type && isCompositeType(type) ? fieldOf(type, 'nodes') : undefined;
  const node = nodes ? getNamedType(nodes.type) : undefined;
  if (!isCompositeType(node)) throw new NotImplementedError(`${declared.name}.${name}`);
  return node;
}

/** The type that an inline fragment is on. */
export function fragmentType(condition: string | undefined, declared: GraphQLCompositeType): GraphQLCompositeType {
  const type = condition === undefined ? declared : schema.getType(condition);
  if (!isCompositeType(type)) throw new NotImplementedError(`fragment on ${condition}`);
  return type;
}

const isList = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type);

type At = { depth: number; inList: boolean };

/** Counts connections, and notes the first thing that Shopify would not take. */
class BulkRules {
  connections = 0;
  problem: string | null = null;

  walk(set: SelectionSetNode, declared: GraphQLCompositeType, at: At): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.walk(selection.selectionSet, fragmentType(selection.typeCondition?.name.value, declared), at);
      } else if (selection.kind === Kind.FIELD) this.#field(selection, declared, at);
    }
  }

  #field(field: FieldNode, declared: GraphQLCompositeType, at: At): void {
    const definition = fieldOf(declared, field.name.value);
    const type = definition ? getNamedType(definition.type) : undefined;
    if (!definition || !field.selectionSet || !isCompositeType(type)) return;
    if (type.name.endsWith('Connection')) return this.#connection(field, declared, at);
    this.walk(field.selectionSet, type, { depth: at.depth, inList: at.inList || isList(definition.type) });
  }

  #connection(field: FieldNode, declared: GraphQLCompositeType, at: At): void {
    this.connections += 1;
    if (at.inList) this.problem ??= 'Queries that contain a connection field within a list field are not currently supported.';
    if (at.depth > DEEPEST) this.problem ??= `Bulk queries cannot contain connections with a nesting depth greater than ${DEEPEST}.`;
    this.walk(nodeSelection(field), connectionNodeType(declared, field.name.value), { depth: at.depth + 1, inList: false });
  }
}

/** The one root connection of a bulk query. @throws GraphQLError, NotImplementedError */
export function rootOf(query: string): { field: FieldNode; type: GraphQLCompositeType } {
  const [definition] = parse(query).definitions;
  const [field] = definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : [];
  const type = schema.getQueryType();
  if (!type || field?.kind !== Kind.FIELD) throw new NotImplementedError('this bulk query');
  return { field, type };
}

/** What Shopify refuses in a bulk query, in its own words; null when it takes it. */
export function bulkProblem(query: string): string | null {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return `Invalid bulk query: ${error instanceof Error ? error.message : 'syntax'}`;
  }
  const [wrong] = validate(schema, document);
  if (wrong) return `Invalid bulk query: ${wrong.message}`;
  const [definition, ...more] = document.definitions;
  const root = schema.getQueryType();
  if (definition?.kind !== Kind.OPERATION_DEFINITION || definition.operation !== 'query' || more.length > 0 || !root)
    return 'Bulk queries must contain one query.';
  const rules = new BulkRules();
  rules.walk(definition.selectionSet, root, { depth: 0, inList: false });
  if (rules.connections === 0) return 'Bulk queries must contain at least one connection.';
  if (definition.selectionSet.selections.length > 1) return 'Bulk queries must contain one top level connection.';
  if (rules.connections > MOST_CONNECTIONS) return `Bulk queries cannot contain more than ${MOST_CONNECTIONS} connections.`;
  return rules.problem;
}
