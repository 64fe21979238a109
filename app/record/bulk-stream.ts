import { bulkLine, isRoot } from './bulk-lines.ts';
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

/** The text of a byte stream, line by line; memory holds one chunk and one line. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let end = text.indexOf('\n', from); end !== -1; end = text.indexOf('\n', from)) {
      yield text.slice(from, end);
      from = end + 1;
    }
    rest = text.slice(from);
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

export type Batch = {
  groups: BulkGroup[];
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
 * @throws TruncatedFileError when the file has fewer lines than the store said.
 */
export async function* batchesOf(
  lines: AsyncIterable<string>,
  options: { skip: bigint; total: bigint; size: number },
): AsyncGenerator<Batch> {
  let groups: BulkGroup[] = [];
  let current: BulkGroup | null = null;
  let count = 0n;
  for await (const text of lines) {
    if (text === '') continue;
    if (count < options.skip) {
      count += 1n;
      continue;
    }
    const line = parseLine(text, count + 1n === options.total);
    if (isRoot(line)) {
      if (current) groups.push(current);
      if (groups.length >= options.size) {
        yield { groups, lines: count };
        groups = [];
      }
      current = { root: line, children: [] };
    } else current?.children.push(line);
    count += 1n;
  }
  if (count < options.total) throw new TruncatedFileError(`the export has ${count} of ${options.total} lines`);
  if (current) groups.push(current);
  if (groups.length > 0) yield { groups, lines: count };
}

function parseLine(text: string, last: boolean) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Half a line is what a file that was cut off ends with.
    throw new TruncatedFileError(last ? 'the last line of the export is cut off' : 'a line of the export is cut off');
  }
  return bulkLine.parse(value);
}
