import http from 'node:http';
import path from 'node:path';
import { createRequestHandler } from '@remix-run/express';
import type { ServerBuild } from '@remix-run/node';
import type { Session } from '@shopify/shopify-api';
import compression from 'compression';
import express, { type Express } from 'express';
import { healthHandler, metricsHandler } from '../platform/health.server.ts';
import type { Env } from '../platform/env.server.ts';
import { opsBoard } from '../platform/ops-board.server.ts';
import { PRIVACY_TOPICS } from '../privacy/index.server.ts';
import { startBackfill, webhookDoor } from '../record/index.server.ts';
import { drainInboxJob } from '../record/jobs.server.ts';
import { anyShopByDomain, createShopifyApp, installShop, type ShopifyApp } from '../shopify/index.server.ts';
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
export async function startWeb(env: Env, pagesOf: () => Promise<Pages>): Promise<Web> {
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
  mountDoors(app, services);
  const pages = await pagesOf();
  app.use(compression());
  pages.assets(app);
  const loadContext: LoadContext = { services, shopify, install };
  const handle = createRequestHandler({ build: pages.build, getLoadContext: () => ({ ...loadContext }), mode: env.NODE_ENV });
  app.all('*', (request, response, next) => void handle(request, response, next));

  const server = http.createServer({ keepAliveTimeout: 65_000 }, app);
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

/** The plain handlers, before anything that parses bodies. */
function mountDoors(app: Express, services: Services): void {
  const { platform, metrics } = services;
  const jobNames = services.jobs.map((job) => job.definition.name);
  const door = webhookDoor(platform, {
    topics: new Set(services.topics.byTopic.keys()),
    fineUnknown: PRIVACY_TOPICS,
    wake: async (shopIds) => {
      for (const shopId of shopIds) await platform.queue.enqueue(drainInboxJob, { shopId }, { key: String(shopId) });
    },
    count: ({ outcome, topic, seconds }) => {
      metrics.webhooks.inc({ outcome, topic });
      metrics.webhookSeconds.observe(seconds);
    },
  });
  app.all('/webhooks', door);
  app.get('/healthz', healthHandler(platform, jobNames));
  app.get('/metrics', metricsHandler(platform, metrics, jobNames));
  const { OPS_PASSWORD: password } = platform.env;
  if (password) app.use('/ops/queues', opsBoard(platform, { password, jobs: services.jobs.map((job) => job.definition) }));
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
