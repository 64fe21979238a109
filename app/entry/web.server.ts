import http from 'node:http';
import path from 'node:path';
import { createRequestHandler } from '@remix-run/express';
import type { ServerBuild } from '@remix-run/node';
import type { Session } from '@shopify/shopify-api';
import compression from 'compression';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { webhookTopics } from '../jobs/webhook-catalogue.server.ts';
import { healthHandler, metricsHandler } from '../platform/health.server.ts';
import type { Env } from '../platform/env.server.ts';
import { opsBoard } from '../platform/ops-board.server.ts';
import { PRIVACY_TOPICS } from '../privacy/index.server.ts';
import { startBackfill, webhookDoor, type WebhookDoor } from '../record/index.server.ts';
import { drainInboxJob } from '../record/jobs.server.ts';
import { createShopifyApp, installShop, type ShopifyApp } from '../shopify/index.server.ts';
import { mountDoors, WEB_LIMITS, type WebLimits } from './doors/mount-doors.server.ts';
import { createServices, type Services } from './services.server.ts';

/** What routes get through Remix's load context. */
export type LoadContext = {
  services: Services;
  shopify: ShopifyApp;
  /** Puts a shop into the record whose token has come; a second time changes nothing. */
  install: (session: Pick<Session, 'shop' | 'scope'>) => Promise<void>;
};

export type Web = { readonly url: string; close(): Promise<void> };

/** Where the admin's pages come from: the built bundle, or Vite while developing. */
export type Pages = { build: ServerBuild | (() => Promise<ServerBuild>); assets(app: Express): void };

/** Starts the web process: the webhook door first, health and metrics, then the admin's pages. */
export async function startWeb(env: Env, pagesOf: () => Promise<Pages>, limits: WebLimits = WEB_LIMITS): Promise<Web> {
  const services = await createServices(env, 'web');
  const { platform } = services;
  const install: LoadContext['install'] = async (session) => {
    const installation = await installShop(platform, services.admin, session);
    if (installation.kind === 'refused') throw new Error(`the store refused to say who it is: ${installation.reason}`);
    // A shop that comes back has lived on without us; one whose first start was cut short is started again.
    await startBackfill({ ...platform, shop: installation.shop }, { anew: installation.kind === 'installed' });
  };
  const shopify = createShopifyApp(platform, install);
  const app = express();
  app.disable('x-powered-by');
  const webhooks = webhookHandler(services);
  app.all('/webhooks', webhooks);
  app.use(safeHeaders(env));
  mountHealth(app, services);
  mountDoors(app, services, limits);
  const pages = await pagesOf();
  app.use(compression());
  pages.assets(app);
  const loadContext: LoadContext = { services, shopify, install };
  const handle = createRequestHandler({ build: pages.build, getLoadContext: () => ({ ...loadContext }), mode: env.NODE_ENV });
  app.use(boundedBodies);
  app.all('*', (request, response, next) => void handle(request, response, next));
  app.use(plainErrors(platform));

  const server = http.createServer(
    {
      keepAliveTimeout: 65_000,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    // What Shopify posts to its one address goes straight to the door; Express takes the same path a longer way.
    (request, response) => (request.url === '/webhooks' ? webhooks(request, response) : void app(request, response)),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(env.PORT, env.HOST, resolve);
  });
  return {
    url: env.APP_URL,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await services.close();
    },
  };
}

/** The webhook door: a plain handler, before everything else. */
function webhookHandler({ platform, metrics }: Services): WebhookDoor {
  return webhookDoor(platform, {
    topics: webhookTopics(),
    fineUnknown: PRIVACY_TOPICS,
    wake: async (shopIds) => {
      for (const shopId of shopIds) await platform.queue.enqueue(drainInboxJob, { shopId }, { key: String(shopId) });
    },
    count: ({ outcome, topic, seconds }) => {
      metrics.webhooks.inc({ outcome, topic });
      metrics.webhookSeconds.observe(seconds);
    },
  });
}

function mountHealth(app: Express, { platform, metrics, jobs }: Services): void {
  const jobNames = jobs.map((job) => job.definition.name);
  app.get('/healthz', healthHandler(platform, jobNames));
  app.get('/metrics', metricsHandler(platform, metrics, jobNames));
  const { OPS_PASSWORD: password } = platform.env;
  if (password) app.use('/ops/queues', opsBoard(platform, { password, jobs: jobs.map((job) => job.definition) }));
}

/** Headers of every answer that a browser may see. */
function safeHeaders(env: Env): RequestHandler {
  const strict = env.NODE_ENV === 'production' && !env.sandbox;
  return (_request, response, next) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (strict) response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
    next();
  };
}

/** A form of the admin is small, and browsers say how long it is: what is larger, or does not say, is not read. */
const MOST_FORM_BYTES = 1_000_000;
/** Pages to which a file is sent, and its most bytes. */
const FILE_BYTES: Readonly<Record<string, number>> = { '/app/points/import': 20_000_000 };
const boundedBodies: RequestHandler = (request, response, next) => {
  const chunked = request.headers['transfer-encoding'] !== undefined;
  if (!chunked && Number(request.headers['content-length'] ?? 0) <= (FILE_BYTES[request.path] ?? MOST_FORM_BYTES)) return next();
  response.setHeader('connection', 'close');
  response
    .status(chunked ? 411 : 413)
    .type('text')
    .send(chunked ? 'length required' : 'too large');
};

/** What failed on the way to a page: its status, and nothing of what it was. */
function plainErrors({ log }: Services['platform']): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express knows a handler of errors by its four
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const told = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
    const status = told >= 400 && told < 500 ? told : 500;
    if (status === 500) log.error({ problem: error instanceof Error ? error.name : 'unknown' }, 'a request failed');
    response
      .status(status)
      .type('text')
      .send(status === 500 ? 'something went wrong' : 'bad request');
  };
}

/** The admin as `npm run build` leaves it. */
export async function builtPages(root = process.cwd()): Promise<Pages> {
  const client = path.join(root, 'build/client');
  return {
    // What Remix's build wrote; its shape is Remix's own affair.
    // oxlint-disable-next-line typescript/no-unsafe-assignment
    build: await import(path.join(root, 'build/server/index.js')),
    assets: (app) => {
      app.use('/assets', express.static(path.join(client, 'assets'), { immutable: true, maxAge: '1y' }));
      app.use(express.static(client, { maxAge: '1h' }));
    },
  };
}
