import '@shopify/shopify-app-remix/adapters/node';
import { once } from 'node:events';
import http from 'node:http';
import { PrismaPg } from '@prisma/adapter-pg';
import { createRequestHandler } from '@remix-run/express';
import type { ActionFunctionArgs, ServerBuild } from '@remix-run/node';
import { ApiVersion, AppDistribution, Session, shopifyApp } from '@shopify/shopify-app-remix/server';
import type { SessionStorage } from '@shopify/shopify-app-session-storage';
import express from 'express';
import { PrismaClient } from '../app/generated/prisma/client.ts';

/** As the template's own: a row a session, read by each webhook. */
function prismaSessions(prisma: PrismaClient): SessionStorage {
  const unused = async (): Promise<never> => {
    throw new Error('a webhook only reads its session');
  };
  return {
    async loadSession(id) {
      const row = await prisma.session.findFirst({ where: { id } });
      if (!row) return undefined;
      const { state, isOnline, shopDomain: shop } = row;
      return new Session({ id, state, isOnline, shop, accessToken: row.accessToken ?? '' });
    },
    storeSession: unused,
    deleteSession: unused,
    deleteSessions: unused,
    findSessionsByShop: unused,
  };
}

/**
 * What Shopify's template for Remix leads to: a route whose action calls `authenticate.webhook` (body, HMAC, session) and
 * writes one row by Prisma, answered after its commit. Express as remix-serve mounts it.
 */
export async function serveTemplate(task: { port: number; databaseUrl: string; secret: string }): Promise<void> {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: task.databaseUrl, max: 20 }) });
  const shopify = shopifyApp({
    apiKey: 'bench',
    apiSecretKey: task.secret,
    apiVersion: ApiVersion.July26,
    appUrl: 'https://bench.example',
    scopes: [],
    sessionStorage: prismaSessions(prisma),
    distribution: AppDistribution.AppStore,
    logger: { level: 0 },
  });
  const action = async ({ request }: ActionFunctionArgs): Promise<Response> => {
    const { payload, topic, webhookId } = await shopify.authenticate.webhook(request);
    await prisma.inboxEvent.create({ data: { shopId: 1, topic, webhookId, body: JSON.stringify(payload) } });
    return new Response();
  };
  const id = 'routes/webhooks';
  const build: ServerBuild = {
    mode: 'production',
    entry: { module: { default: () => new Response(null, { status: 500 }) } },
    routes: { [id]: { id, path: 'webhooks', module: { action, default: undefined } } },
    assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '' },
    publicPath: '/',
    assetsBuildDirectory: '',
    future: {
      v3_fetcherPersist: true,
      v3_relativeSplatPath: true,
      v3_throwAbortReason: true,
      v3_singleFetch: true,
      v3_lazyRouteDiscovery: true,
    },
    isSpaMode: false,
  };
  const app = express();
  const handle = createRequestHandler({ build, mode: 'production' });
  app.all('*', (request, response, next) => void handle(request, response, next));
  const server = http.createServer({ keepAliveTimeout: 65_000 }, app);
  server.listen(task.port, '127.0.0.1');
  await once(server, 'listening');
}
