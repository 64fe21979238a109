import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Store } from '../../sandbox/engine/store.ts';

export const TINY_STORE = path.join(import.meta.dirname, '../../sandbox/fixtures/tiny-store');
export const SECRET = 'sandbox-api-secret-0123456789abcdef';

/** The tiny store on a data folder of its own; `again()` closes it and opens it as a restart would. */
export function openTinyStore(): { store: Store; dataFolder: string; again(): Store; close(): void } {
  const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-tiny-'));
  let store = new Store(TINY_STORE, dataFolder);
  const first = store;
  return {
    store: first,
    dataFolder,
    again() {
      store.close();
      store = new Store(TINY_STORE, dataFolder);
      return store;
    },
    close() {
      store.close();
      fs.rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

export type Received = { topic: string; shop: string; webhookId: string; eventId: string; body: string; signed: boolean };

/** Takes webhooks as an app would; `answer` says with which status, by default 200. */
export async function receiveWebhooks(
  answer: (received: Received, count: number) => number = () => 200,
): Promise<{ url: string; received: Received[]; topics(): string[]; close(): Promise<void> }> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const header = (name: string): string => String(request.headers[name] ?? '');
      const one: Received = {
        topic: header('x-shopify-topic'),
        shop: header('x-shopify-shop-domain'),
        webhookId: header('x-shopify-webhook-id'),
        eventId: header('x-shopify-event-id'),
        body: raw.toString(),
        signed: header('x-shopify-hmac-sha256') === createHmac('sha256', SECRET).update(raw).digest('base64'),
      };
      received.push(one);
      const status = answer(one, received.length);
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    topics: () => received.map((one) => one.topic),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
