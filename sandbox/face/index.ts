/** The sandbox's face: admin frame, App Bridge stand-in, storefront, control page, and the lists they read. */
import path from 'node:path';
import express, { type Express, type Request, type Response } from 'express';
import { z } from 'zod';
import type { FaceDoors, FaceQuery, FaceShop } from './doors.ts';
import { flowPage } from './flow.ts';
import { inboxPage, mailPage } from './inbox.ts';
import { controlPage, framePage, nameOf, storefrontPage } from './pages.ts';

export type {
  FaceCustomer,
  FaceDoors,
  FaceFlow,
  FaceList,
  FaceMail,
  FaceOrder,
  FaceOrderRow,
  FaceProduct,
  FaceQuery,
  FaceShop,
  FaceVariant,
} from './doors.ts';

const PUBLIC = path.join(import.meta.dirname, 'public');

const listQuery = z.object({
  q: z.string().max(200).default(''),
  from: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(250).default(50),
  onSale: z.literal('1').optional(),
});

/** Nothing of the face is to be shown inside another site, and nothing comes from elsewhere but the app in its frame. */
function safeHeaders(response: Response, appUrl: string): void {
  response.set({
    'content-security-policy': `default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-src ${new URL(appUrl).origin}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
}

type Parsed = { shop: FaceShop; query: FaceQuery };

/** Adds the face's routes: pages at /, /store/*, /checkout, /sandbox, /sandbox/inbox, /sandbox/flow; /app-bridge.js; lists below /sandbox/face. */
export function mountFace(app: Express, doors: FaceDoors): void {
  const html = (response: Response, text: string): void => {
    safeHeaders(response, doors.appUrl);
    response.type('html').send(text);
  };
  const refuse = (response: Response, status: number, message: string): void => {
    response.status(status).json({ errors: [{ code: status === 404 ? 'NOT_FOUND' : 'INVALID', message }] });
  };
  const shopOf = (domain: unknown): FaceShop | undefined => {
    const shops = doors.shops();
    return domain === undefined ? shops[0] : shops.find((shop) => shop.domain === domain);
  };
  const list = (give: (parsed: Parsed) => unknown) => (request: Request, response: Response) => {
    const shop = shopOf(request.query['shop']);
    if (!shop) return refuse(response, 404, 'The sandbox has no such shop');
    const parsed = listQuery.safeParse(request.query);
    if (!parsed.success) return refuse(response, 400, z.prettifyError(parsed.error));
    const { q, from, limit, onSale } = parsed.data;
    response.set('cache-control', 'no-store').json(give({ shop, query: { search: q.trim(), from, limit, onSale: onSale === '1' } }));
  };

  app.get('/', (_request, response) => {
    const [shop] = doors.shops();
    if (!shop) return void response.status(404).type('text').send('The sandbox has no store');
    response.redirect(302, `/store/${nameOf(shop)}/apps/storebook`);
  });
  app.get(['/store/:name', '/store/:name/*'], (request, response) => {
    const shop = shopOf(`${request.params['name'] ?? ''}.myshopify.com`);
    if (!shop) return void response.status(404).type('text').send('The sandbox has no such store');
    html(response, framePage(shop, doors.appUrl));
  });
  app.get('/checkout', (request, response) => {
    const shop = shopOf(request.query['shop']);
    if (!shop) return void response.status(404).type('text').send('The sandbox has no such store');
    html(response, storefrontPage(shop));
  });
  app.get('/sandbox', (_request, response) => html(response, controlPage(doors.shops())));
  app.get('/sandbox/inbox', (_request, response) => html(response, inboxPage(doors.mails())));
  app.get('/sandbox/flow', (_request, response) => html(response, flowPage(doors.flows())));
  app.get('/sandbox/inbox/:id', (request, response) => {
    const mail = doors.mails().find(({ id }) => String(id) === request.params.id);
    if (!mail) return refuse(response, 404, 'The sandbox has no such mail');
    html(response, mailPage(mail));
  });
  // Loaded by the app's page from another origin, as Shopify's own is from its CDN.
  app.get('/app-bridge.js', (_request, response) => {
    response
      .set({ 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-cache' })
      .sendFile('app-bridge.js', { root: PUBLIC });
  });
  app.use(
    '/sandbox/face/public',
    express.static(PUBLIC, { index: false, cacheControl: false, setHeaders: (response) => void response.set('cache-control', 'no-cache') }),
  );
  app.get(
    '/sandbox/face/orders',
    list(({ shop, query }) => doors.orders(shop.domain, query)),
  );
  app.get(
    '/sandbox/face/products',
    list(({ shop, query }) => doors.products(shop.domain, query)),
  );
  app.get(
    '/sandbox/face/collections',
    list(({ shop, query }) => doors.collections(shop.domain, query)),
  );
  app.get(
    '/sandbox/face/customers',
    list(({ shop, query }) => doors.customers(shop.domain, query)),
  );
  app.get('/sandbox/face/orders/:number', (request, response) => {
    const shop = shopOf(request.query['shop']);
    const order = shop && doors.order(shop.domain, request.params.number);
    if (!order) return refuse(response, 404, 'The sandbox has no such order');
    response.set('cache-control', 'no-store').json(order);
  });
}
