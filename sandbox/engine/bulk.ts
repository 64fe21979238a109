import fs from 'node:fs';
import path from 'node:path';
import {
  getNamedType,
  isCompositeType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type SelectionSetNode,
} from 'graphql';
import { argumentsOf, connectionNodeType, fieldOf, fragmentType, nodeSelection, rootOf } from './bulk-query.ts';
import { CONNECTIONS, readField } from './fields.ts';
import { isNode, NotImplementedError, text, type Node } from './node.ts';
import type { BulkOperation } from './records.ts';
import { listOf, orderSummaries, wholeOrder } from './root-lists.ts';
import { AccessDeniedError, checkAccess } from './schema.ts';
import { searchOf } from './search.ts';
import type { Store } from './store.ts';

const BREATH_MS = 20;
const LINES_A_WRITE = 2_000;

type Asking = { store: Store; scopes: readonly string[]; now: () => Date };
type Write = (line: object) => void;
/** Copies what a selection asks for out of a node; connections below it are written as lines of their own. */
type Project = (node: Node, emit: Write | null) => Node;
type Step = (node: Node, into: Node, emit: Write | null) => void;

const typename = (node: Node, declared: GraphQLCompositeType): string =>
  isObjectType(declared) ? declared.name : text(node, '__typename');

/** Turns a selection into a function, once for the whole export. @throws AccessDeniedError, NotImplementedError */
function compile(selections: SelectionSetNode, declared: GraphQLCompositeType, asking: Asking): Project {
  const steps = selections.selections.map((selection): Step => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new NotImplementedError('fragment spreads in bulk operations');
    if (selection.kind === Kind.FIELD) return fieldStep(selection, declared, asking);
    const type = fragmentType(selection.typeCondition?.name.value, declared);
    const inner = compile(selection.selectionSet, type, asking);
    return (node, into, emit) => {
      if (type === declared || typename(node, declared) === type.name) Object.assign(into, inner(node, emit));
    };
  });
  return (node, emit) => {
    const into: Node = {};
    for (const step of steps) step(node, into, emit);
    return into;
  };
}

function fieldStep(field: FieldNode, declared: GraphQLCompositeType, asking: Asking): Step {
  const { store } = asking;
  const name = field.name.value;
  const key = field.alias?.value ?? name;
  if (name === '__typename') return (node, into) => void (into[key] = typename(node, declared));
  const definition = fieldOf(declared, name);
  const type = definition ? getNamedType(definition.type) : undefined;
  checkAccess(asking.scopes, { parent: declared.name, name, type: type?.name ?? '' });
  const args = argumentsOf(declared, field);
  const read = (node: Node): unknown => readField(node, typename(node, declared), { name, store, args });
  if (!field.selectionSet || !isCompositeType(type)) return (node, into) => void (into[key] = read(node));
  if (type.name.endsWith('Connection')) return connectionStep(field, declared, asking);
  const inner = compile(field.selectionSet, type, asking);
  return (node, into) => {
    const value = read(node);
    if (Array.isArray(value)) into[key] = value.filter(isNode).map((entry) => inner(entry, null));
    else into[key] = isNode(value) ? inner(value, null) : null;
  };
}

function connectionStep(field: FieldNode, declared: GraphQLCompositeType, asking: Asking): Step {
  const name = field.name.value;
  const args = argumentsOf(declared, field);
  const nodeType = connectionNodeType(declared, name);
  checkAccess(asking.scopes, { parent: declared.name, name, type: nodeType.name });
  const inner = compile(nodeSelection(field), nodeType, asking);
  return (node, _into, emit) => {
    const read = CONNECTIONS[`${typename(node, declared)}.${name}`];
    if (!read) throw new NotImplementedError(`${typename(node, declared)}.${name}`);
    for (const child of read(node, asking.store, args)) emitObject(inner, child, { parentId: text(node, 'id'), emit });
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
function* rootNodes(asking: Asking, name: string, query: unknown): Generator<Node> {
  const fits = searchOf(query);
  if (name !== 'orders') {
    for (const node of listOf(asking.store, name)) if (fits(node)) yield node;
    return;
  }
  for (const entry of orderSummaries(asking)) {
    const order = fits(entry) ? wholeOrder(asking, entry.id) : null;
    if (order) yield order;
  }
}

/** Lines of a file, written in large pieces. */
class ExportFile {
  readonly #fd: number;
  #lines: string[] = [];
  size = 0;
  constructor(file: string) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.#fd = fs.openSync(file, 'w');
  }
  add(line: object): void {
    this.#lines.push(JSON.stringify(line));
    if (this.#lines.length > LINES_A_WRITE) this.flush();
  }
  flush(): void {
    if (this.#lines.length > 0) this.size += fs.writeSync(this.#fd, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
  close(): void {
    fs.closeSync(this.#fd);
  }
}

async function writeExport(operation: BulkOperation, asking: Asking, out: ExportFile): Promise<void> {
  const { field, type } = rootOf(operation.query);
  const name = field.name.value;
  const nodeType = connectionNodeType(type, name);
  checkAccess(asking.scopes, { parent: type.name, name, type: nodeType.name });
  const project = compile(nodeSelection(field), nodeType, asking);
  const emit = (line: object): void => {
    operation.objectCount += 1;
    out.add(line);
  };
  let breath = Date.now();
  for (const node of rootNodes(asking, name, argumentsOf(type, field)['query'])) {
    operation.rootObjectCount += 1;
    emitObject(project, node, { parentId: null, emit });
    if (Date.now() - breath < BREATH_MS) continue;
    operation.fileSize = out.size;
    await new Promise((resolve) => setImmediate(resolve));
    // It may have been cancelled while others were let through.
    if (operation.status !== 'RUNNING') return;
    breath = Date.now();
  }
  out.flush();
}

/** Writes an export to its file, letting other requests through now and then; how it ended stands in the operation. */
export async function runBulk(operation: BulkOperation, asking: Asking, folder: string): Promise<void> {
  const file = path.join(folder, `${operation.token}.jsonl`);
  const out = new ExportFile(file);
  Object.assign(operation, { status: 'RUNNING', objectCount: 0, rootObjectCount: 0, fileSize: 0 });
  try {
    await writeExport(operation, asking, out);
    operation.fileSize = out.size;
    if (operation.status === 'RUNNING') Object.assign(operation, { status: 'COMPLETED', file: operation.objectCount > 0 ? file : null });
  } catch (error) {
    operation.status = 'FAILED';
    operation.errorCode = error instanceof AccessDeniedError ? 'ACCESS_DENIED' : 'INTERNAL_SERVER_ERROR';
    // Anything else is a fault of the sandbox, and is named the same way.
    if (!(error instanceof AccessDeniedError)) operation.missingField = error instanceof NotImplementedError ? error.field : String(error);
  } finally {
    out.close();
    operation.completedAt = asking.now().toISOString();
    if (!operation.file) fs.rmSync(file, { force: true });
  }
}
