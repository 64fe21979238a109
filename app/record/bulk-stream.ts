import { bulkLine, isRoot, type BulkLine } from './bulk-lines.ts';
import type { BulkGroup } from './bulk-facts.ts';

/** The chunks of a response's body. Stopping early lets go of the connection. */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

/** The lines of a byte stream, those of a chunk together; memory holds one chunk and one line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}

export type Batch<Told = BulkGroup[]> = {
  groups: Told;
  /** Lines of the file up to and with this batch: where to go on after it. */
  lines: bigint;
};

/** The file ended before all its lines came; what was complete has been given. */
export class TruncatedFileError extends Error {
  override readonly name = 'TruncatedFileError';
}

/**
 * Groups the lines of an export into batches of whole root objects, leaving out the first `skip` lines.
 * The last object is given only when all `total` lines have come: until then more of its children may follow.
 * @param options.rest is awaited after each chunk, so that other work of the process has its turn.
 * @throws TruncatedFileError when the file has fewer lines than the store said.
 */
export async function* batchesOf(
  lines: AsyncIterable<readonly string[]>,
  options: { skip: bigint; total: bigint; size: number; rest?: () => Promise<unknown> },
): AsyncGenerator<Batch> {
  const [skip, total] = [Number(options.skip), Number(options.total)];
  const grouped = grouper(options.size);
  let count = 0;
  for await (const texts of lines) {
    for (const text of texts) {
      if (text === '') continue;
      count += 1;
      if (count <= skip) continue;
      const full = grouped.add(parseLine(text, count === total));
      if (full) yield { groups: full, lines: BigInt(count - 1) };
    }
    await options.rest?.();
  }
  if (count < total) throw new TruncatedFileError(`the export has ${count} of ${total} lines`);
  const last = grouped.rest();
  if (last.length > 0) yield { groups: last, lines: BigInt(count) };
}

/** Puts lines together to root objects with their children, and those to batches of `size`. */
function grouper(size: number): { add(line: BulkLine): BulkGroup[] | null; rest(): BulkGroup[] } {
  let groups: BulkGroup[] = [];
  let current: BulkGroup | null = null;
  return {
    /** @returns a batch that is full, now that another object begins. */
    add(line) {
      if (!isRoot(line)) {
        current?.children.push(line);
        return null;
      }
      if (current) groups.push(current);
      current = { root: line, children: [] };
      if (groups.length < size) return null;
      const full = groups;
      groups = [];
      return full;
    },
    rest: () => (current ? [...groups, current] : groups),
  };
}

function parseLine(text: string, last: boolean): BulkLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Half a line is what a file that was cut off ends with.
    throw new TruncatedFileError(last ? 'the last line of the export is cut off' : 'a line of the export is cut off');
  }
  return bulkLine.parse(value);
}

/** The same batches, each as `read` makes it; what it was made of is let go. */
export async function* readEach<Told>(batches: AsyncGenerator<Batch>, read: (groups: BulkGroup[]) => Told): AsyncGenerator<Batch<Told>> {
  for await (const { groups, lines } of batches) yield { groups: read(groups), lines };
}

/** The same items, the next one always under way while the last is worked on. */
export async function* oneAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done) return;
      next = items.next();
      // What fails meanwhile is told when it is asked for.
      next.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await next.catch(() => undefined);
    await items.return(undefined);
  }
}
