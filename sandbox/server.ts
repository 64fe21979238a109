import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import express, { type Express, type Request, type Response } from 'express';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { Actions, type CheckoutInput } from './engine/actions.ts';
import { PointBucket } from './engine/bucket.ts';
import { Deliveries, type Chaos } from './engine/deliveries.ts';
import { costOf, MOST_POINTS } from './engine/cost.ts';
import { finishCreation } from './engine/discount-fields.ts';
import { parseOperation, runOperation, type Caller } from './engine/execute.ts';
import { faceDoors } from './engine/face-doors.ts';
import { isNode, text, type Node } from './engine/node.ts';
import { accessToken, idToken } from './engine/oauth.ts';
import { playerDoors } from './engine/player-doors.ts';
import { rootFields, startBulk, type SandboxShared } from './engine/roots.ts';
import { Store } from './engine/store.ts';
import { mountFace } from './face/index.ts';
import { createPlayer, type Player } from './player.ts';

export type SandboxOptions = {
  /** Store folders (sandbox/README.md). */
  stores: readonly string[];
  /** Where what happens after the history is kept. */
  dataFolder: string;
  port?: number;
  appUrl: string;
  apiKey?: string;
  apiSecret?: string;
  scopes?: readonly string[];
  ordersPerMinute?: number;
  /** Points a second; the bucket holds twenty times as many. Shopify's standard plan: 100. */
  restoreRate?: number;
  /** The pause before a webhook's first retry, doubled each time. */
  retryScaleMs?: number;
  now?: () => Date;
};

type Shop = { store: Store; actions: Actions; deliveries: Deliveries; bucket: PointBucket; player: Player };
export type Sandbox = {
  readonly url: string;
  readonly shops: readonly string[];
  shop(domain: string): Shop;
  close(): Promise<void>;
};

const ALL_SCOPES = [
  'read_all_orders',
  'read_customers',
  'read_discounts',
  'read_inventory',
  'read_locations',
  'read_orders',
  'read_products',
  'write_customers',
  'write_discounts',
];
const API_VERSION = '2026-07';

const line = z.object({ variantId: z.string(), quantity: z.number() });
const customer = z.union([
  z.object({ id: z.string() }),
  z.object({
    email: z.email(),
    firstName: z.string().optional(),
    lastName: z.string().optional(),
    acceptsMarketing: z.boolean().optional(),
  }),
  z.null(),
]);
const checkout = z.object({
  lines: z.array(line).max(250),
  customer: customer.default(null),
  discountCodes: z.array(z.string().max(255)).max(10).default([]),
  sourceName: z.string().optional(),
});
const pieces = z.array(z.object({ lineItemId: z.string(), quantity: z.number().int() }));
const bodies = {
  refund: z.object({ orderId: z.string(), lines: pieces, restock: z.boolean().default(true) }),
  order: z.object({ orderId: z.string() }),
  edit: z.object({ orderId: z.string(), add: z.array(line).default([]), remove: pieces.default([]) }),
  changes: z.object({ id: z.string(), changes: z.record(z.string(), z.unknown()) }),
  stock: z.object({ inventoryItemId: z.string(), locationId: z.string(), available: z.number().int() }),
  player: z.object({ ordersPerMinute: z.number().min(0).max(600) }),
  chaos: z.object({
    duplicate: z.number().min(0).max(1).default(0),
    shuffle: z.boolean().default(false),
    drop: z.number().min(0).max(1).default(0),
    delayMs: z.tuple([z.number().min(0), z.number().min(0)]).default([0, 0]),
  }),
  play: z.object({ orders: z.number().int().min(1).max(100_000), seed: z.number().int().default(1) }),
  nothing: z.object({}).loose(),
};

/** Starts a sandbox over its stores; everything on 127.0.0.1. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const now = options.now ?? (() => new Date());
  const app = { apiKey: options.apiKey ?? 'sandbox-api-key', apiSecret: options.apiSecret ?? 'sandbox-api-secret-0123456789abcdef' };
  const scopes = options.scopes ?? ALL_SCOPES;
  fs.mkdirSync(options.dataFolder, { recursive: true });
  const shops = new Map<string, Shop>();
  for (const folder of options.stores) {
    const store = new Store(folder, options.dataFolder);
    const deliveries = new Deliveries({
      url: `${options.appUrl}/webhooks`,
      secret: () => app.apiSecret,
      retryScaleMs: options.retryScaleMs ?? 5_000,
      apiVersion: API_VERSION,
    });
    const actions = new Actions(store, deliveries, now);
    const restoreRate = options.restoreRate ?? 100;
    const player = createPlayer({ doors: playerDoors(store, actions, now), seed: now().getTime(), salt: String(now().getTime()) });
    player.setRate(options.ordersPerMinute ?? 0);
    shops.set(store.domain, {
      store,
      actions,
      deliveries,
      bucket: new PointBucket({ maximum: restoreRate * 20, restoreRate, now: now().getTime() }),
      player,
    });
  }
  let url = '';
  const shared: SandboxShared = {
    bulkFolder: path.join(options.dataFolder, 'bulk'),
    url: () => url,
  };
  const server = express();
  server.disable('x-powered-by');
  server.use(express.json({ limit: '6mb', type: ['application/json', 'text/plain'] }));
  server.use(express.urlencoded({ extended: false }));
  const byHeader = (request: Request): Shop | undefined => shops.get(String(request.headers['x-sandbox-shop'] ?? ''));
  mountShopify(server, { byHeader, app, scopes, now, shared });
  mountControl(server, { shops, app, now });
  mountFace(server, faceDoors(new Map([...shops].map(([domain, shop]) => [domain, shop.store])), options.appUrl));
  server.use((error: unknown, _request: Request, response: Response, _next: () => void) => {
    response
      .status(error instanceof SyntaxError ? 400 : 500)
      .json({ errors: [{ code: 'SANDBOX_ERROR', message: error instanceof Error ? error.message : 'unknown' }] });
  });

  const listener = http.createServer(server);
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = listener.address() as AddressInfo;
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    shops: [...shops.keys()],
    shop(domain) {
      const shop = shops.get(domain);
      if (!shop) throw new Error(`the sandbox has no shop ${domain}`);
      return shop;
    },
    async close() {
      for (const shop of shops.values()) {
        await shop.player.stop();
        shop.deliveries.close();
      }
      listener.closeAllConnections();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const shop of shops.values()) shop.store.close();
    },
  };
}

/** What Shopify answers: tokens, GraphQL, exports. */
function mountShopify(
  server: Express,
  tools: {
    byHeader: (request: Request) => Shop | undefined;
    app: { apiKey: string; apiSecret: string };
    scopes: readonly string[];
    now: () => Date;
    shared: SandboxShared;
  },
): void {
  const { byHeader, app, scopes, now, shared } = tools;
  const roots = rootFields(shared);
  server.post('/admin/oauth/access_token', (request, response) => {
    const shop = byHeader(request);
    if (!shop) return void response.status(404).json({ errors: 'Not Found' });
    const { status, body } = accessToken(app, shop.store, { body: request.body, scopes, now: now() });
    response.status(status).json(body);
  });
  server.post('/admin/api/:version/graphql.json', (request, response, next) => {
    const shop = byHeader(request);
    if (!shop || request.params.version !== API_VERSION) return void response.status(404).json({ errors: 'Not Found' });
    const token = shop.store.tokens.get(String(request.headers['x-shopify-access-token'] ?? ''));
    if (!token || token.expiresAt < now().getTime())
      return void response.status(401).json({ errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' });
    answerGraphql(shop, { store: shop.store, actions: shop.actions, scopes: token.scopes, now }, { roots, body: request.body }).then(
      (body) => response.json(body),
      next,
    );
  });
  server.get('/bulk/:file', (request, response) => {
    const token = /^([\w-]+)\.jsonl$/.exec(request.params.file)?.[1];
    const operation = findOperation(token);
    if (!operation?.file) return void response.status(404).type('text').send('Not Found');
    response.type('application/jsonl').sendFile(path.resolve(operation.file), { acceptRanges: true, dotfiles: 'allow' });
  });
}

const graphqlBody = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() });

async function answerGraphql(
  shop: Shop,
  caller: Caller,
  request: { roots: ReturnType<typeof rootFields>; body: unknown },
): Promise<Record<string, unknown>> {
  const parsed = graphqlBody.safeParse(request.body);
  if (!parsed.success) return { errors: [{ message: 'Required parameter missing or invalid: query' }] };
  const variables = parsed.data.variables ?? {};
  try {
    const document = parseOperation(parsed.data.query);
    const cost = costOf(document, variables);
    const at = caller.now().getTime();
    const extensions = (actual: number | null) => ({
      cost: { requestedQueryCost: cost, actualQueryCost: actual, throttleStatus: shop.bucket.status(at) },
    });
    if (cost > MOST_POINTS) {
      const message = `Query cost is ${cost}, which exceeds the single query max cost limit (${MOST_POINTS}).`;
      return { errors: [{ message, extensions: { code: 'MAX_COST_EXCEEDED', cost, maxCost: MOST_POINTS } }] };
    }
    if (!shop.bucket.take(cost, at))
      return { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }], extensions: extensions(null) };
    const result = await runOperation(caller, request.roots, { document, variables });
    return { ...result, extensions: extensions(cost) };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [{ message: error.message, locations: error.locations }] };
    throw error;
  }
}

/** The sandbox's own side: what people do in the store, and the switches of the control page. */
function mountControl(
  server: Express,
  tools: { shops: ReadonlyMap<string, Shop>; app: { apiKey: string; apiSecret: string }; now: () => Date },
): void {
  const { shops, app, now } = tools;
  const shopOf = (request: Request): Shop | undefined => {
    const fromBody = isNode(request.body) ? text(request.body, 'shop') : '';
    const domain = fromBody || String(request.query['shop'] ?? '');
    return domain === '' ? [...shops.values()][0] : shops.get(domain);
  };
  const control = <Body>(route: string, schema: z.ZodType<Body>, act: (shop: Shop, body: Body) => unknown): void => {
    server.post(`/sandbox/${route}`, (request, response, next) => {
      const shop = shopOf(request);
      if (!shop) return void response.status(404).json({ errors: [{ code: 'SHOP_NOT_FOUND', message: 'The sandbox has no such shop.' }] });
      const parsed = schema.safeParse(request.body);
      if (!parsed.success)
        return void response
          .status(422)
          .json({
            errors: parsed.error.issues.map((issue) => ({ code: 'INVALID', message: `${issue.path.join('.')}: ${issue.message}` })),
          });
      Promise.resolve(act(shop, parsed.data)).then((result) => {
        const refused = isNode(result) && result['kind'] === 'refused';
        response.status(refused ? 422 : 200).json(refused ? { errors: result['errors'] } : (result ?? { done: true }));
      }, next);
    });
  };
  server.get('/sandbox/state', (request, response) => {
    const shop = shopOf(request);
    if (!shop) return void response.status(404).json({ errors: [{ code: 'SHOP_NOT_FOUND', message: 'The sandbox has no such shop.' }] });
    response.json(stateOf(shop));
  });
  server.get('/sandbox/id-token', (request, response) => {
    const shop = shopOf(request);
    if (!shop) return void response.status(404).json({ errors: [{ code: 'SHOP_NOT_FOUND', message: 'The sandbox has no such shop.' }] });
    // The app's own page asks for it too, from its own origin.
    response.set('access-control-allow-origin', '*').json({ token: idToken(app, shop.store.domain, now()) });
  });
  control('checkout', checkout, (shop, body) => placed(shop.actions.checkout(asCheckout(body))));
  control('checkout/quote', checkout, (shop, body) => {
    const quote = shop.actions.quote(asCheckout(body));
    return quote.kind === 'quote' ? { totalPrice: quote.total, subtotalPrice: quote.subtotal, applied: quote.applied } : quote;
  });
  control('checkout/abandon', checkout, (shop, body) => ({ abandoned: shop.actions.abandon(asCheckout(body)) }));
  control('orders/refund', bodies.refund, (shop, body) => placed(shop.actions.refund(body)));
  control('orders/cancel', bodies.order, (shop, body) => placed(shop.actions.cancel(body.orderId)));
  control('orders/fulfill', bodies.order, (shop, body) => placed(shop.actions.fulfil(body.orderId)));
  control('orders/edit', bodies.edit, (shop, body) => placed(shop.actions.edit(body)));
  control('customers/update', bodies.changes, (shop, body) => shop.actions.updateCustomer(body));
  control('products/update', bodies.changes, (shop, body) => shop.actions.updateProduct(body));
  control('inventory/set', bodies.stock, (shop, body) => shop.actions.inventorySet(body));
  control('player', bodies.player, (shop, body) => {
    shop.player.setRate(body.ordersPerMinute);
    return stateOf(shop);
  });
  control('chaos', bodies.chaos, (shop, body) => {
    const chaos: Chaos = body;
    shop.deliveries.chaos = chaos;
    return stateOf(shop);
  });
  control('play', bodies.play, async (shop, body) => {
    shop.deliveries.seed(body.seed);
    const played = await shop.player.play(body);
    await shop.deliveries.idle();
    return {
      ...played,
      deliveries: shop.deliveries.counts.sent,
      duplicates: shop.deliveries.counts.duplicates,
      dropped: shop.deliveries.counts.dropped,
    };
  });
  control('install', bodies.nothing, (shop) => shop.store.put({ t: 'facts', v: { installed: true } }));
  control('uninstall', bodies.nothing, (shop) => shop.actions.uninstall());
}

const asCheckout = (body: z.output<typeof checkout>): CheckoutInput => body;

function placed(result: ReturnType<Actions['checkout']>): unknown {
  if (result.kind === 'refused') return result;
  const { order, lines } = result.group;
  const total = order['totalPriceSet'];
  return {
    order: {
      id: order['id'],
      name: order['name'],
      totalPrice: isNode(total) && isNode(total['shopMoney']) ? total['shopMoney']['amount'] : null,
      lines: lines.map((entry: Node) => ({ id: entry['id'], quantity: entry['currentQuantity'] })),
    },
    applied: result.applied,
  };
}

function stateOf(shop: Shop): object {
  return {
    counts: {
      orders: shop.store.history.entries.size + [...shop.store.changed.keys()].filter((id) => !shop.store.history.entries.has(id)).length,
      customers: shop.store.customers.size,
      products: shop.store.products.size,
      variants: shop.store.variants.size,
      discounts: shop.store.discounts.size,
      codes: shop.store.codes.size,
    },
    deliveries: shop.deliveries.counts,
    chaos: shop.deliveries.chaos,
    ordersPerMinute: shop.player.rate,
    played: shop.player.played,
    lastError: shop.player.lastError ?? null,
    installed: shop.store.installed,
  };
}
