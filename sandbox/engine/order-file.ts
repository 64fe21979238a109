import fs from 'node:fs';
import { z } from 'zod';
import { isNode, text, type Node, type OrderGroup } from './node.ts';

export type OrderEntry = {
  id: string;
  name: string;
  updatedAt: string;
  processedAt: string;
  createdAt: string;
  customerId: string | null;
  offset: number;
  length: number;
};

const NEWLINE = 10;
const WINDOW = 8 * 1024 * 1024;

/**
 * The orders of a store folder stay in their file, for a history may be larger than memory: this keeps where each
 * stands, and reads it when it is asked for. The index is kept beside the file's own size and time.
 */
export class OrderFile {
  readonly entries = new Map<string, OrderEntry>();
  readonly #fd: number;

  constructor(file: string, indexFile: string) {
    this.#fd = fs.openSync(file, 'r');
    const { size, mtimeMs } = fs.fstatSync(this.#fd);
    const stamp = `2/${size}/${Math.round(mtimeMs)}`;
    const known = readIndex(indexFile, stamp);
    if (known) {
      for (const entry of known) this.entries.set(entry.id, entry);
      return;
    }
    this.#scan(size);
    fs.writeFileSync(indexFile, JSON.stringify({ stamp, entries: [...this.entries.values()] }));
  }

  read(id: string): OrderGroup | undefined {
    const entry = this.entries.get(id);
    if (!entry) return undefined;
    const bytes = Buffer.allocUnsafe(entry.length);
    fs.readSync(this.#fd, bytes, 0, entry.length, entry.offset);
    return groupOf(bytes.toString('utf8'));
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  /** One pass over the file: a line without a parent begins an order. */
  #scan(size: number): void {
    let current: OrderEntry | undefined;
    const window = Buffer.allocUnsafe(WINDOW);
    let position = 0;
    while (position < size) {
      const read = fs.readSync(this.#fd, window, 0, WINDOW, position);
      let from = 0;
      for (let end = window.indexOf(NEWLINE, from); end !== -1 && end < read; end = window.indexOf(NEWLINE, from)) {
        const offset = position + from;
        if (isOrderLine(window, from, end)) {
          if (current) current.length = offset - current.offset;
          current = entryOf(JSON.parse(window.toString('utf8', from, end)), offset);
          this.entries.set(current.id, current);
        }
        from = end + 1;
      }
      if (from === 0) throw new Error('a line of orders.jsonl is longer than 8 MB, or the last one has no end');
      position += from;
    }
    if (current) current.length = size - current.offset;
  }
}

/** A line without a parent is an order, as in a bulk export; a quote inside a value is escaped, so the key is found only as a key. */
function isOrderLine(window: Buffer, from: number, end: number): boolean {
  return end > from && window.subarray(from, end).lastIndexOf('"__parentId"') === -1;
}

function entryOf(line: unknown, offset: number): OrderEntry {
  const node: Node = isNode(line) ? line : {};
  const customer = node['customer'];
  return {
    id: text(node, 'id'),
    name: text(node, 'name'),
    updatedAt: text(node, 'updatedAt'),
    processedAt: text(node, 'processedAt'),
    createdAt: text(node, 'createdAt'),
    customerId: isNode(customer) ? text(customer, 'id') : null,
    offset,
    length: 0,
  };
}

const indexFileShape = z.object({
  stamp: z.string(),
  entries: z.custom<OrderEntry[]>((value) => Array.isArray(value)),
});

/** The index of an earlier start; null when it is of another file or cannot be read. */
function readIndex(file: string, stamp: string): OrderEntry[] | null {
  if (!fs.existsSync(file)) return null;
  const held = indexFileShape.safeParse(JSON.parse(fs.readFileSync(file, 'utf8')));
  return held.success && held.data.stamp === stamp ? held.data.entries : null;
}

/** Parses the lines of one order. */
export function groupOf(lines: string): OrderGroup {
  const group: OrderGroup = { order: {}, lines: [], applications: [], agreements: [], sales: [] };
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const node: unknown = JSON.parse(line);
    if (!isNode(node)) continue;
    if (node['__parentId'] === undefined) group.order = { __typename: 'Order', ...node };
    else if (text(node, 'id').startsWith('gid://shopify/LineItem/')) group.lines.push({ __typename: 'LineItem', ...node });
    else if (text(node, '__typename').endsWith('Agreement')) group.agreements.push(node);
    else if (text(node, '__typename').endsWith('Sale')) group.sales.push(node);
    else group.applications.push(node);
  }
  return group;
}
