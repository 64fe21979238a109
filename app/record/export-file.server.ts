import type { ShopRef } from '../platform/context.server.ts';
import { AdminUnavailableError, pollBulk, startBulk, type AdminClient } from '../shopify/index.server.ts';
import { chunksOf, linesOf } from './bulk-stream.ts';

export type ExportTools = { client: AdminClient; shop: ShopRef; pause: (ms: number) => Promise<void> };
export type ExportFile = {
  /** Some at a time, as they come. */
  lines: AsyncIterable<readonly string[]>;
  /** Lines that the file has. */
  total: bigint;
  /** When the export began, by the store's clock: it shows nothing older and may miss what is newer. */
  at: Date;
};

const MOST_DOWNLOADS = 4;

/**
 * Has the store export a query and gives the lines of the file. An address that has expired and a file that ends too
 * early are asked for again; the lines go on after the last one that was given.
 * @throws AdminUnavailableError when the store refuses, or the file does not come.
 */
export async function exportOf(tools: ExportTools, query: string): Promise<ExportFile> {
  const started = await startBulk(tools.client, tools.shop, query);
  if (started.kind === 'refused') throw new AdminUnavailableError(`the store refused: ${started.reason}`);
  const { id, at } = started;
  const file = await finished(tools, id);
  return { at, total: file.total, lines: linesOfFile(tools, id, file) };
}

type Finished = { url: string | null; total: bigint };

async function finished(tools: ExportTools, id: string): Promise<Finished> {
  for (let wait = 100; ; wait = Math.min(5_000, wait * 1.5)) {
    const state = await pollBulk(tools.client, tools.shop, id);
    if (state.kind === 'completed') return { url: state.url, total: state.objects };
    if (state.kind !== 'running')
      throw new AdminUnavailableError(`the export did not come: ${state.kind === 'failed' ? state.code : 'unknown'}`);
    await tools.pause(wait);
  }
}

async function* linesOfFile(tools: ExportTools, id: string, file: Finished): AsyncGenerator<string[]> {
  let { url } = file;
  let given = 0n;
  for (let tried = 1; given < file.total; tried += 1) {
    if (tried > MOST_DOWNLOADS) throw new AdminUnavailableError(`the export's file did not come whole: ${given} of ${file.total} lines`);
    if (tried > 1) {
      await tools.pause(500 * tried);
      url = (await finished(tools, id)).url;
    }
    if (url === null) continue;
    for await (const lines of download(tools.client, url, given)) {
      given += BigInt(lines.length);
      yield lines;
    }
  }
}

/** The next lines; null at the end. A connection that breaks in the middle is as good as a file that ends there. */
async function nextOf(chunks: AsyncGenerator<string[]>): Promise<string[] | null> {
  const next = await chunks.next().catch(() => null);
  return next === null || next.done === true ? null : next.value.filter((line) => line !== '');
}

/** The whole lines that come after the first `skip`; ends without a word where the address or the connection fails. */
async function* download(client: AdminClient, url: string, skip: bigint): AsyncGenerator<string[]> {
  const response = await client.download(url).catch(() => null);
  if (!response?.ok || !response.body) return;
  const chunks = linesOf(chunksOf(response.body));
  let left = Number(skip);
  let held: string[] = [];
  for (;;) {
    const next = await nextOf(chunks);
    // The last line may be cut off: it counts when it is whole.
    const lines = next === null ? held.filter(isWhole) : [...held, ...next];
    held = next === null ? [] : lines.splice(-1);
    const given = lines.slice(left);
    left = Math.max(0, left - lines.length);
    if (given.length > 0) yield given;
    if (next === null) return;
  }
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
