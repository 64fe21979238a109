import http from 'node:http';
import path from 'node:path';
import express, { type Express } from 'express';
import { build } from 'vite';
import { mountFace, type FaceDoors, type FaceOrder, type FaceProduct, type FaceQuery } from '../../sandbox/face/index.ts';

export const SHOP = 'corner-shop.myshopify.com';

const product = (at: number): FaceProduct => ({
  id: `gid://shopify/Product/${at}`,
  title: at === 1 ? 'RED <b>MUG</b>' : `GIFT ${at}`,
  vendor: 'Alder & Finch',
  variants: [
    {
      id: `gid://shopify/ProductVariant/${at}`,
      title: 'Default Title',
      sku: `SKU${at}`,
      price: '2.50',
      available: at === 3 ? 0 : 40,
      sellsWithoutStock: false,
    },
  ],
});
const order = (number: number): FaceOrder => ({
  id: `gid://shopify/Order/${number}`,
  number: String(number),
  name: `#${number}`,
  processedAt: '2026-11-20T10:00:00Z',
  customer: number % 2 ? 'Ada Reid' : null,
  total: '10.00',
  financialStatus: 'PAID',
  fulfilmentStatus: 'UNFULFILLED',
  items: 4,
  tags: number === 1002 ? ['opening'] : [],
  cancelledAt: null,
  discount: '0.00',
  discountCodes: [],
  lines: [{ id: `gid://shopify/LineItem/${number}`, title: 'RED MUG', sku: 'SKU1', quantity: 4, left: 4, price: '2.50' }],
});

const cut = <Row>(rows: Row[], { search, from, limit }: FaceQuery): { rows: Row[]; total: number } => {
  const found = rows.filter((row) => JSON.stringify(row).toLowerCase().includes(search.toLowerCase()));
  return { rows: found.slice(from, from + limit), total: found.length };
};

export function fakeDoors(appUrl: string): FaceDoors {
  return {
    appUrl,
    shops: () => [
      {
        domain: SHOP,
        title: 'Corner <Shop>',
        currency: 'GBP',
        timezone: 'Europe/London',
        madeUp: ['stock', 'unit cost'],
        source: 'A test </script><script>alert(1)</script>',
      },
    ],
    collections: (_shop, query) => cut([{ id: 'gid://shopify/Collection/1', title: 'Kitchen', products: 2 }], query),
    orders: (_shop, query) =>
      cut(
        Array.from({ length: 120 }, (_, at) => order(1120 - at)),
        query,
      ),
    order: (_shop, number) => (Number(number) > 1000 && Number(number) <= 1120 ? order(Number(number)) : undefined),
    products: (_shop, query) =>
      cut(
        Array.from({ length: 30 }, (_, at) => product(at + 1)),
        query,
      ),
    customers: (_shop, query) =>
      cut([{ id: 'gid://shopify/Customer/1', name: 'Ada Reid', email: 'ada@example.com', orders: 3, spent: '30.00' }], query),
    flows: () => [
      { shop: SHOP, at: '2026-11-20T10:00:00Z', handle: 'offer-made', payload: { customer_id: 1, Code: 'TEA-1', Offer: '<b>10%</b> off' } },
    ],
    mails: () => [
      {
        id: 1,
        at: '2026-11-20T10:00:00.000Z',
        from: 'shop@example.com',
        to: ['ada@example.com'],
        subject: 'Tea <b>for you</b>',
        text: 'Hello',
        html: '<html><head></head><body>Hello "Ada"</body></html>',
        headers: { subject: 'Tea' },
      },
    ],
  };
}

export type Served = { url: string; close(): Promise<void> };

export async function serve(app: Express): Promise<Served> {
  const server = http.createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The face over fake doors, with the engine's few JSON routes that it calls; `calls` holds what was posted to them. */
export async function serveFace(appUrl: string): Promise<Served & { calls: { path: string; body: unknown }[] }> {
  const app = express();
  const calls: { path: string; body: unknown }[] = [];
  app.use(express.json());
  app.get('/sandbox/id-token', (request, response) => {
    const shop = typeof request.query['shop'] === 'string' ? request.query['shop'] : '';
    const now = Math.floor(Date.now() / 1000);
    response.json({
      token: `${base64({ alg: 'HS256' })}.${base64({ dest: `https://${shop}`, exp: now + 60 })}.c2ln`,
    });
  });
  app.get('/sandbox/state', (_request, response) => {
    response.json({
      counts: { orders: 120, customers: 1 },
      deliveries: { sent: 5, ok: 4, failed: 1, pending: 0, dropped: 0 },
      ordersPerMinute: 6,
      installed: true,
    });
  });
  app.post('/sandbox/*', (request, response) => {
    calls.push({ path: request.path, body: request.body });
    const codes: string[] = request.body.discountCodes ?? [];
    if (codes.includes('WRONG'))
      return void response.status(422).json({ errors: [{ code: 'UNKNOWN_CODE', message: 'The code WRONG does not exist.' }] });
    const total = request.body.lines?.reduce((sum: number, line: { quantity: number }) => sum + line.quantity * 2.5, 0) ?? 0;
    const applied = codes.map((code) => ({ code, amount: (total / 10).toFixed(2) }));
    const totalPrice = (codes.length > 0 ? total * 0.9 : total).toFixed(2);
    if (request.path === '/sandbox/checkout')
      return void response.json({ order: { id: 'gid://shopify/Order/1', name: '#1121', totalPrice }, applied });
    response.json({ totalPrice, applied, orders: 3 });
  });
  mountFace(app, fakeDoors(appUrl));
  return { ...(await serve(app)), calls };
}

/** A tiny embedded app at /app/*, with /echo to see what its requests carry. `sandboxUrl` is asked for at each page. */
export async function serveApp(sandboxUrl: () => string): Promise<Served> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    esbuild: { jsx: 'automatic', jsxDev: false },
    build: { write: false, lib: { entry: path.resolve('tests/fixtures/face-app.tsx'), formats: ['iife'], name: 'app', fileName: 'app' } },
  });
  const output = [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  const code = output.find((one) => one.type === 'chunk')?.code ?? '';
  const app = express();
  app.get('/app.js', (_request, response) => void response.type('js').send(code));
  app.post('/echo', (request, response) => void response.send(request.headers.authorization ?? 'no token'));
  app.get(['/app', '/app/*'], (request, response) => {
    const reload = typeof request.query['bounce'] === 'string';
    const bridge = `<script src="${sandboxUrl()}/app-bridge.js" data-api-key="key"></script>`;
    if (reload) {
      const back = new URL(request.originalUrl, `http://${request.headers.host}`);
      back.searchParams.delete('bounce');
      back.searchParams.delete('id_token');
      return response.redirect(`/session-token?shopify-reload=${encodeURIComponent(back.href)}`);
    }
    response.send(
      `<!doctype html><html lang="en"><head><title>Fake app</title></head><body>${bridge}<div id="root"></div><script src="/app.js"></script></body></html>`,
    );
  });
  app.get(
    '/session-token',
    (_request, response) => void response.send(`<script data-api-key="key" src="${sandboxUrl()}/app-bridge.js"></script>`),
  );
  return serve(app);
}
