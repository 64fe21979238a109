/**
 * The store's side of a bulk export, in a thread of its own: says that the operation is completed and streams the file.
 * Only what the import asks for; the sandbox would make the export anew, which is the store's work and not ours.
 */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';

const task = z.object({ file: z.string(), lines: z.int() });
const OPERATION = 'gid://shopify/BulkOperation/1';

export type BulkStore = { readonly url: string; stop(): Promise<void> };

/** Serves the file as the result of any bulk operation. */
export async function startBulkStore(options: z.infer<typeof task>): Promise<BulkStore> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options, execArgv: ['--no-warnings'] });
  const messages: unknown[] = await once(worker, 'message');
  return {
    url: z.string().parse(messages[0]),
    async stop() {
      await worker.terminate();
    },
  };
}

async function serve({ file, lines }: z.infer<typeof task>): Promise<string> {
  let url = '';
  const server = http.createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/jsonl', 'content-length': fs.statSync(file).size });
      // Who stops reading early is told so by its own end of the connection.
      pipeline(fs.createReadStream(file), response).catch(() => undefined);
      return;
    }
    request.resume();
    const bulkOperation = {
      id: OPERATION,
      status: 'COMPLETED',
      errorCode: null,
      objectCount: String(lines),
      url: `${url}/result.jsonl`,
      partialDataUrl: null,
    };
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { bulkOperation, bulkOperationRunQuery: { bulkOperation, userErrors: [] } } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server has an address of this shape
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url;
}

if (!isMainThread && parentPort) parentPort.postMessage(await serve(task.parse(workerData)));
