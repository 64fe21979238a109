import crypto from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookDoor } from '../../app/record/index.server.ts';

export type WebhookOptions = {
  topic: string;
  body: string | Buffer;
  shop: string;
  secret: string;
  id?: string;
  headers?: Record<string, string>;
  method?: string;
};

/** Headers as Shopify sends them, signed over the raw body. */
export function webhookHeaders(options: WebhookOptions): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-shopify-topic': options.topic,
    'x-shopify-shop-domain': options.shop,
    'x-shopify-api-version': '2026-07',
    'x-shopify-webhook-id': options.id ?? crypto.randomUUID(),
    'x-shopify-event-id': crypto.randomUUID(),
    'x-shopify-triggered-at': '2026-11-20T10:00:00.000Z',
    'x-shopify-hmac-sha256': crypto.createHmac('sha256', options.secret).update(options.body).digest('base64'),
    ...options.headers,
  };
}

/** Serves a door on a free port. */
export async function serveDoor(
  door: WebhookDoor,
): Promise<{ send(options: WebhookOptions): Promise<number>; url: string; close(): Promise<void> }> {
  const server = http.createServer(door);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  return {
    url,
    async send(options) {
      const response = await fetch(url, {
        method: options.method ?? 'POST',
        headers: webhookHeaders(options),
        body: options.method === 'GET' ? undefined : new Uint8Array(Buffer.from(options.body)),
      });
      await response.arrayBuffer();
      return response.status;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
