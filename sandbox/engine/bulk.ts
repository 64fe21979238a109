import fs from 'node:fs';
import path from 'node:path';
import {
  getNamedType,
  isCompositeType,
  isObjectType,
  Kind,
  parse,
  validate,
  type GraphQLCompositeType,
  type SelectionSetNode,
  type FieldNode,
} from 'graphql';
import { schema, type Caller } from './execute.ts';
import { CONNECTIONS, orderNode, readField } from './fields.ts';
import { isNode, NotImplementedError, text, type Node } from './node.ts';
import { searchOf } from './search.ts';
import type { Store } from './store.ts';

export type BulkOperation = {
  id: string;
  shop: string;
  query: string;
  status: 'CREATED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELED';
  errorCode: string | null;
  objectCount: number;
  rootObjectCount: number;
  fileSize: number;
  file: string | null;
  token: string;
  createdAt: string;
  completedAt: string | null;
};

type Write = (line: object) => void;
/** Copies what a selection asks for out of a node; connections below it are written as lines of their own. */
type Project = (node: Node, emit: Write | null) => Node;

const typename = (node: Node, declared: GraphQLCompositeType): string =>
  isObjectType(declared) ? declared.name : text(node, '__typename');

/** Turns a selection into a function, once for the whole export. */
function compile(selections: SelectionSetNode, declared: GraphQLCompositeType, store: Store): Project {
  const steps = selections.selections.map((selection): ((node: Node, into: Node, emit: Write | null) => void) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      const type = condition ? schema.getType(condition) : declared;
      if (!isCompositeType(type)) throw new NotImplementedError(`fragment on ${condition}`);
      const inner = compile(selection.selectionSet, type, store);
      return (node, into, emit) => {
        if (!condition || typename(node, declared) === condition || text(node, '__typename') === condition)
          Object.assign(into, inner(node, emit));
      };
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new NotImplementedError('fragment spreads in bulk operations');
    return fieldStep(selection, declared, store);
  });
  return (node, emit) => {
    const into: Node = {};
    for (const step of steps) step(node, into, emit);
    return into;
  };
}

function fieldStep(field: FieldNode, declared: GraphQLCompositeType, store: Store): (node: Node, into: Node, emit: Write | null) => void {
  const name = field.name.value;
  const key = field.alias?.value ?? name;
  if (name === '__typename') return (node, into) => void (into[key] = typename(node, declared));
  const definition = 'getFields' in declared ? declared.getFields()[name] : undefined;
  const type = definition ? getNamedType(definition.type) : undefined;
  if (!field.selectionSet || !isCompositeType(type)) {
    return (node, into) => void (into[key] = readField(node, typename(node, declared), { name, store }));
  }
  if (type.name.endsWith('Connection')) return connectionStep(field, declared, store);
  const inner = compile(field.selectionSet, type, store);
  return (node, into) => {
    const value = readField(node, typename(node, declared), { name, store });
    if (Array.isArray(value)) into[key] = value.filter(isNode).map((entry) => inner(entry, null));
    else into[key] = isNode(value) ? inner(value, null) : null;
  };
}

/** The selection of a connection's nodes, by `edges { node }` or `nodes`. */
function nodeSelection(field: FieldNode): SelectionSetNode {
  const pick = (set: SelectionSetNode | undefined, name: string): FieldNode | undefined =>
    set?.selections.find((selection): selection is FieldNode => selection.kind === Kind.FIELD && selection.name.value === name);
  const found =
    pick(pick(field.selectionSet, 'edges')?.selectionSet, 'node')?.selectionSet ?? pick(field.selectionSet, 'nodes')?.selectionSet;
  if (!found) throw new NotImplementedError(`${field.name.value} without nodes`);
  return found;
}

function connectionNodeType(declared: GraphQLCompositeType, name: string): GraphQLCompositeType {
  const connection = 'getFields' in declared ? declared.getFields()[name] : undefined;
  const type = connection ? getNamedType(connection.type) : undefined;
  const nodes = type && 'getFields' in type ? type.getFields()['nodes'] : undefined;
  const node = nodes ? getNamedType(nodes.type) : undefined;
  if (!isCompositeType(node)) throw new NotImplementedError(`${declared.name}.${name}`);
  return node;
}

function connectionStep(
  field: FieldNode,
  declared: GraphQLCompositeType,
  store: Store,
): (node: Node, into: Node, emit: Write | null) => void {
  const name = field.name.value;
  const inner = compile(nodeSelection(field), connectionNodeType(declared, name), store);
  return (node, _into, emit) => {
    const read = CONNECTIONS[`${typename(node, declared)}.${name}`];
    if (!read) throw new NotImplementedError(`${typename(node, declared)}.${name}`);
    for (const child of read(node, store)) emitObject(inner, child, { parentId: text(node, 'id'), emit });
  };
}

/** A line for the object, then the lines of its connections. */
function emitObject(project: Project, node: Node, target: { parentId: string | null; emit: Write | null }): void {
  const children: object[] = [];
  const line = project(node, (child) => children.push(child));
  target.emit?.(target.parentId === null ? line : { ...line, __parentId: target.parentId });
  for (const child of children) target.emit?.(child);
}

/** The root objects of an export, one by one, filtered by the root connection's own `query`. */
function* rootNodes(store: Store, name: string, query: string | null): Generator<Node> {
  const fits = searchOf(query);
  const all = (nodes: Iterable<Node>): Node[] =>
    [...nodes].filter((node) => fits({ id: text(node, 'id'), updatedAt: text(node, 'updatedAt'), createdAt: text(node, 'createdAt') }));
  switch (name) {
    case 'orders':
      for (const entry of store.orderEntries()) {
        const group = fits(entry) ? store.order(entry.id) : undefined;
        if (group) yield orderNode(group);
      }
      return;
    case 'customers':
      return yield* all(store.customers.values());
    case 'products':
      return yield* all(store.products.values());
    case 'locations':
      return yield* store.locations.values();
    case 'inventoryItems':
      for (const variant of store.variants.values()) {
        const item = variant['inventoryItem'];
        if (isNode(item)) yield { __typename: 'InventoryItem', ...item };
      }
      return;
    default:
      throw new NotImplementedError(`a bulk operation over ${name}`);
  }
}

/** What Shopify refuses in a bulk query, in its own words; null when it takes it. */
export function bulkProblem(query: string): string | null {
  const document = parse(query);
  const wrong = validate(schema, document);
  if (wrong[0]) return `Invalid bulk query: ${wrong[0].message}`;
  let connections = 0;
  let problem: string | null = null;
  const walk = (set: SelectionSetNode, declared: GraphQLCompositeType, at: { depth: number; inList: boolean }): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : declared;
        if (isCompositeType(type)) walk(selection.selectionSet, type, at);
        continue;
      }
      if (selection.kind !== Kind.FIELD || !selection.selectionSet || !('getFields' in declared)) continue;
      const definition = declared.getFields()[selection.name.value];
      const type = definition ? getNamedType(definition.type) : undefined;
      if (!definition || !isCompositeType(type)) continue;
      if (type.name.endsWith('Connection')) {
        connections += 1;
        if (at.inList) problem = 'Queries that contain a connection field within a list field are not currently supported.';
        if (at.depth > 2) problem = 'Bulk queries cannot contain connections with a nesting depth greater than 2.';
        walk(nodeSelection(selection), connectionNodeType(declared, selection.name.value), { depth: at.depth + 1, inList: false });
      } else walk(selection.selectionSet, type, { depth: at.depth, inList: at.inList || String(definition.type).includes('[') });
    }
  };
  const [definition] = document.definitions;
  const root = schema.getQueryType();
  if (definition?.kind !== Kind.OPERATION_DEFINITION || !root) return 'Bulk queries must contain one query.';
  walk(definition.selectionSet, root, { depth: 0, inList: false });
  if (connections === 0) return 'Bulk queries must contain at least one connection.';
  if (connections > 5) return 'Bulk queries cannot contain more than 5 connections.';
  return problem;
}

/** Writes an export to its file, letting other requests through now and then. */
export async function runBulk(operation: BulkOperation, caller: Caller, folder: string): Promise<void> {
  const document = parse(operation.query);
  const [definition] = document.definitions;
  const field = definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections[0] : undefined;
  const root = schema.getQueryType();
  if (!root || field?.kind !== Kind.FIELD) throw new NotImplementedError('this bulk query');
  const name = field.name.value;
  const argument = field.arguments?.find((candidate) => candidate.name.value === 'query')?.value;
  const project = compile(nodeSelection(field), connectionNodeType(root, name), caller.store);
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${operation.token}.jsonl`);
  const out = fs.openSync(file, 'w');
  operation.status = 'RUNNING';
  try {
    let buffer: string[] = [];
    let breath = Date.now();
    const flush = (): void => {
      if (buffer.length > 0) operation.fileSize += fs.writeSync(out, `${buffer.join('\n')}\n`);
      buffer = [];
    };
    for (const node of rootNodes(caller.store, name, argument?.kind === Kind.STRING ? argument.value : null)) {
      if (operation.status !== 'RUNNING') return;
      operation.rootObjectCount += 1;
      emitObject(project, node, {
        parentId: null,
        emit: (line) => {
          operation.objectCount += 1;
          buffer.push(JSON.stringify(line));
        },
      });
      if (buffer.length > 2_000) flush();
      if (Date.now() - breath > 20) {
        await new Promise((resolve) => setImmediate(resolve));
        breath = Date.now();
      }
    }
    flush();
    operation.file = operation.objectCount > 0 ? file : null;
    operation.status = 'COMPLETED';
  } catch (error) {
    operation.status = 'FAILED';
    operation.errorCode = error instanceof NotImplementedError ? error.message : 'INTERNAL_SERVER_ERROR';
  } finally {
    fs.closeSync(out);
    operation.completedAt = caller.now().toISOString();
  }
}
