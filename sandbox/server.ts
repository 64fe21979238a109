import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import express, { type NextFunction, type Request, type Response } from 'express';
import { mountControl } from './engine/control-routes.ts';
import { faceDoors } from './engine/face-doors.ts';
import { openMailBox, type MailBox } from './engine/mail.ts';
import { openShop, type Shop } from './engine/shop.ts';
import { mountProxy } from './engine/proxy-routes.ts';
import { API_VERSION, mountShopify } from './engine/shopify-routes.ts';
import { mountFace } from './face/index.ts';

export type SandboxOptions = {
  /** Store folders (sandbox/README.md). */
  stores: readonly string[];
  /** Where what happens after the history is kept. */
  dataFolder: string;
  /** 0 or nothing: a free one. */
  port?: number;
  appUrl: string;
  apiKey?: string;
  apiSecret?: string;
  /** Access scopes that an install grants. */
  scopes?: readonly string[];
  ordersPerMinute?: number;
  /** Points a second; the bucket holds twenty times as many. Shopify's standard plan: 100. */
  restoreRate?: number;
  /** The pause before a webhook's first retry, doubled each time. */
  retryScaleMs?: number;
  now?: () => Date;
};

export type Sandbox = {
  readonly url: string;
  readonly shops: readonly string[];
  /** What the app sent by e-mail. */
  readonly mail: MailBox;
  shop(domain: string): Shop;
  /** A new secret of the app: from now on it signs webhooks and tokens, as after a rotation. */
  rotateSecret(secret: string): void;
  close(): Promise<void>;
};

/** What the app asks for in shopify.app.toml. */
export const ALL_SCOPES: readonly string[] = [
  'read_all_orders',
  'read_customers',
  'read_discounts',
  'read_inventory',
  'read_locations',
  'read_orders',
  'read_products',
  'read_store_credit_account_transactions',
  'write_customers',
  'write_discounts',
  'write_store_credit_account_transactions',
];

/** Starts a sandbox over its stores; everything on 127.0.0.1. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const now = options.now ?? (() => new Date());
  const app = { apiKey: options.apiKey ?? 'sandbox-api-key', apiSecret: options.apiSecret ?? 'sandbox-api-secret-0123456789abcdef' };
  const bulkFolder = path.join(options.dataFolder, 'bulk');
  fs.mkdirSync(options.dataFolder, { recursive: true });
  const shops = new Map<string, Shop>();
  for (const folder of options.stores) {
    const shop = openShop({
      folder,
      dataFolder: options.dataFolder,
      bulkFolder,
      webhookUrl: `${options.appUrl}/webhooks`,
      app,
      ordersPerMinute: options.ordersPerMinute ?? 0,
      restoreRate: options.restoreRate ?? 100,
      retryScaleMs: options.retryScaleMs ?? 5_000,
      apiVersion: API_VERSION,
      now,
    });
    if (shops.has(shop.store.domain)) throw new Error(`two store folders are both of ${shop.store.domain}`);
    shops.set(shop.store.domain, shop);
  }
  const mail = await openMailBox(now);
  let url = '';
  const server = express();
  server.disable('x-powered-by');
  server.use(express.json({ limit: '6mb' }));
  server.use(express.urlencoded({ extended: false }));
  mountShopify(server, { shops, app, scopes: options.scopes ?? ALL_SCOPES, now, shared: { bulkFolder, url: () => url } });
  mountControl(server, { shops, app, appUrl: options.appUrl, now });
  mountProxy(server, { shops, app, appUrl: options.appUrl, now });
  server.get('/sandbox/mail/server', (_request, response) => void response.json({ host: mail.host, port: mail.port }));
  mountFace(
    server,
    faceDoors(new Map([...shops].map(([domain, shop]) => [domain, shop.store])), { appUrl: options.appUrl, mails: () => mail.mails }),
  );
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  server.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const message = error instanceof Error ? error.message : 'unknown';
    response.status(error instanceof SyntaxError ? 400 : 500).json({ errors: [{ code: 'SANDBOX_ERROR', message }] });
  });

  const listener = http.createServer(server);
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : options.port}`;
  return {
    url,
    shops: [...shops.keys()],
    mail,
    shop(domain) {
      const shop = shops.get(domain);
      if (!shop) throw new Error(`the sandbox has no shop ${domain}`);
      return shop;
    },
    rotateSecret(secret) {
      app.apiSecret = secret;
    },
    async close() {
      listener.closeAllConnections();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
      await mail.close();
      for (const shop of shops.values()) await shop.close();
    },
  };
}
