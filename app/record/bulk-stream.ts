import { isRoot, type BulkLine } from './bulk-lines.ts';
import type { BulkGroup } from './bulk-facts.ts';
import { quickBulkLine } from './read-bulk-line.ts';

/** The chunks of a response's body. Stopping early lets go of the connection. */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

const LINE_END = 0x0a;

/** The lines of a byte stream, those of a chunk together; memory holds one chunk and one line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  // Bytes and not text: a chunk may end within a character, but no line does.
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = bytes.lastIndexOf(LINE_END);
    if (end < 0) {
      rest.push(bytes);
      continue;
    }
    // Only the line that began in an earlier chunk is put together; what is copied here is for the collector to find.
    const first = rest.length === 0 ? 0 : bytes.indexOf(LINE_END) + 1;
    const begun = rest.length === 0 ? [] : [Buffer.concat([...rest, bytes.subarray(0, first - 1)]).toString()];
    yield first > end ? begun : [...begun, ...bytes.toString('utf8', first, end).split('\n')];
    rest = [bytes.subarray(end + 1)];
  }
  const last = Buffer.concat(rest).toString();
  if (last !== '') yield [last];
}

export type Batch<Told> = {
  told: Told[];
  /** Lines of the file up to and with this batch: where to go on after it. */
  lines: bigint;
};

/** The file ended before all its lines came; what was complete has been given. */
export class TruncatedFileError extends Error {
  override readonly name = 'TruncatedFileError';
}

/** Lines parsed between two looks at what else there is to do. */
const SLICE = 16;

/**
 * Reads the lines of an export as batches of whole root objects, leaving out the first `skip` lines.
 * The last object is given only when all `total` lines have come: until then more of its children may follow.
 * @param read makes of each object what the batch holds of it; what it was made of is let go at once.
 * @param options.rest is awaited every few lines, so that other work of the process has its turn: a millisecond for which
 * the answer of the database lies there is one in which the database has nothing to do.
 * @throws TruncatedFileError when the file has fewer lines than the store said.
 */
export async function* batchesOf<Told>(
  lines: AsyncIterable<readonly string[]>,
  read: (group: BulkGroup) => Told,
  options: { skip: bigint; total: bigint; size: number; rest?: () => Promise<unknown> },
): AsyncGenerator<Batch<Told>> {
  const [skip, total] = [Number(options.skip), Number(options.total)];
  const grouped = grouper();
  let told: Told[] = [];
  let count = 0;
  for await (const texts of lines) {
    for (const text of texts) {
      if (text === '') continue;
      count += 1;
      if (count <= skip) continue;
      const whole = grouped.add(parseLine(text, count === total));
      if (whole) told.push(read(whole));
      if (told.length === options.size) {
        yield { told, lines: BigInt(count - 1) };
        told = [];
      }
      if (count % SLICE === 0) await options.rest?.();
    }
  }
  if (count < total) throw new TruncatedFileError(`the export has ${count} of ${total} lines`);
  const last = grouped.rest();
  if (last) told.push(read(last));
  if (told.length > 0) yield { told, lines: BigInt(count) };
}

/** Puts lines together to root objects with their children. */
function grouper(): { add(line: BulkLine): BulkGroup | null; rest(): BulkGroup | null } {
  let current: BulkGroup | null = null;
  return {
    /** @returns an object that is whole, now that another one begins. */
    add(line) {
      if (!isRoot(line)) {
        current?.children.push(line);
        return null;
      }
      const whole = current;
      current = { root: line, children: [] };
      return whole;
    },
    rest: () => current,
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
  return quickBulkLine(value);
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
