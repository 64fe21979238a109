import crypto from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import type { ServerBuild } from '@remix-run/node';
import { Session } from '@shopify/shopify-api';
import { authenticateAdmin } from '../../app/entry/authenticate.server.ts';
import { WEB_LIMITS, type WebLimits } from '../../app/entry/doors/mount-doors.server.ts';
import { startWeb, type Pages } from '../../app/entry/web.server.ts';
import { freePort } from '../../app/platform/embedded-postgres.server.ts';
import { seal } from '../../app/platform/crypto.server.ts';
import { parseEnv, type Env } from '../../app/platform/env.server.ts';
import { sessionStorage } from '../../app/shopify/session.store.server.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { testPlatform, testShop } from './platform.ts';
import { USER_AGENT } from './stack.ts';

export const API_KEY = 'the-key-of-this-app';
export const SECRET = 'the-secret-in-use-0123456789';
export const OLD_SECRET = 'the-secret-before-the-rotation';
/** Of the first key of SHOP; that of OTHER_SHOP has "-2" behind it. */
export const EVENT_SECRET = 'the-secret-of-a-tool';
export const SHOP = 'corner-shop.myshopify.com';
export const OTHER_SHOP = 'other-shop.myshopify.com';
export const STRANGER = 'stranger.myshopify.com';
export const CUSTOMER = 7_000_000_000_001n;
/** The keys for events, as `serveDoors` makes them. */
export const EVENT_KEYS: Readonly<Record<string, string>> = { [SHOP]: '1.1', [OTHER_SHOP]: '2.1' };
/** Stands in hostile input; no answer may hold it. */
export const MARKER = 'zx9marker';

const seconds = (): number => Math.floor(Date.now() / 1_000);
const hmac = (secret: string, text: string | Buffer, encoding: 'hex' | 'base64' | 'base64url'): string =>
  crypto.createHmac('sha256', secret).update(text).digest(encoding);

/** A page of the admin without its looks: Remix's own handler, the real way in, the shop as the answer. */
function probeBuild(): ServerBuild {
  const probe = async ({ request, context }: { request: Request; context: unknown }) => {
    const scope = await authenticateAdmin(request, context as Parameters<typeof authenticateAdmin>[1]);
    return Response.json({ shop: scope.shop.domain });
  };
  return {
    mode: 'test',
    entry: { module: { default: async () => new Response('a page', { status: 404 }) } },
    routes: {
      root: { id: 'root', path: '', module: { default: () => null } },
      probe: { id: 'probe', parentId: 'root', path: 'app/probe', module: { loader: probe, action: probe } as never },
    },
    assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '' },
    publicPath: '/',
    assetsBuildDirectory: '',
    future: { v3_singleFetch: true, v3_throwAbortReason: true, v3_relativeSplatPath: true } as never,
    isSpaMode: false,
  };
}

export type DoorsUnderTest = {
  readonly url: string;
  readonly port: number;
  readonly database: TestDatabase;
  readonly env: Env;
  /** How many rows each table of the app holds, all in one text. */
  rows(): Promise<string>;
  close(): Promise<void>;
};

/** The web process with two shops (one order of one customer) and an admin page, on a database of its own. */
export async function serveDoors(
  options: { limits?: Partial<WebLimits>; env?: Record<string, string>; pages?: () => Promise<Pages> } = {},
): Promise<DoorsUnderTest> {
  const database = await testDatabase();
  const port = await freePort();
  const env = parseEnv({
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    SANDBOX_URL: 'http://127.0.0.1:1',
    PORT: String(port),
    LOG_LEVEL: 'silent',
    SHOPIFY_API_KEY: API_KEY,
    SHOPIFY_API_SECRET: SECRET,
    SHOPIFY_API_SECRET_OLD: OLD_SECRET,
    ...options.env,
  });
  const web = await startWeb(env, options.pages ?? (async () => ({ build: probeBuild(), assets: () => undefined })), {
    ...WEB_LIMITS,
    addressMinute: 100_000,
    eventsAddressMinute: 100_000,
    eventsShopMinute: 100_000,
    ...options.limits,
  });
  const platform = { ...testPlatform(database), env };
  for (const domain of [SHOP, OTHER_SHOP]) {
    const { shop } = await testShop(platform, { domain });
    const session = {
      id: `offline_${domain}`,
      shop: domain,
      state: '',
      isOnline: false,
      accessToken: 'shpat_secret',
      scope: 'read_orders',
    };
    await sessionStorage(platform).storeSession(new Session({ ...session, expires: new Date(Date.now() + 3_600_000) }));
    const secret = domain === SHOP ? EVENT_SECRET : `${EVENT_SECRET}-2`;
    const key = { shopId: shop.id, id: 1, name: 'Reviews', secret: seal(secret, env.keys, `events/${shop.id}/1`) };
    await database.db.prisma.eventKey.create({ data: { ...key, createdAt: new Date() } });
    if (EVENT_KEYS[domain] !== `${shop.id}.1`) throw new Error('the shops have other numbers');
    await database.db.prisma.customer.create({ data: { shopId: shop.id, id: CUSTOMER, tags: [], updatedAt: new Date() } });
    await database.db.prisma.loyaltyTier.createMany({
      data: [
        { shopId: shop.id, id: 1, name: 'Bronze', threshold: 1n },
        { shopId: shop.id, id: 2, name: 'Gold', threshold: 100_000n },
      ],
    });
    const at = new Date(Date.now() - 86_400_000);
    const money = { presentmentTotal: 0n, total: 0n, shipping: 0n, tax: 0n, gross: 0n, discounts: 0n, returned: 0n, cancelled: 0n };
    await database.db.prisma.order.create({
      data: {
        ...money,
        shopId: shop.id,
        id: 1n,
        name: '#1',
        customerId: CUSTOMER,
        createdAt: at,
        processedAt: at,
        updatedAt: at,
        day: at,
        channel: 'web',
        currency: 'GBP',
        presentmentCurrency: 'GBP',
        net: domain === SHOP ? 30_000n : 200_000n,
        units: 1,
      },
    });
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    database,
    env,
    async rows() {
      const { rows: tables } = await database.db.pool.query<{ name: string }>(
        `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
      );
      const counts = await database.db.pool.query<{ text: string }>(
        tables.map(({ name }) => `SELECT '${name} ' || count(*) AS text FROM ${name}`).join(' UNION ALL '),
      );
      return counts.rows.map(({ text }) => text).join('\n');
    },
    async close() {
      await web.close();
      await database.close();
    },
  };
}

export type DoorName =
  | 'webhook'
  | 'admin'
  | 'app-proxy'
  | 'member-proxy'
  | 'programme-proxy'
  | 'customer-account'
  | 'member-account'
  | 'redeem-proxy'
  | 'redeem-account'
  | 'flow'
  | 'pixel'
  | 'events';
export type Wire = { method: string; path: string; headers: Record<string, string | string[]>; body: Buffer | null };

/** How a good request of a door is to be spoiled. What is signed is signed after `claims`, `params` and `body` are set. */
export type Spoil = {
  secret?: string;
  /** What becomes of the signature; null leaves it out. */
  signature?: (valid: string) => string | null;
  claims?: Record<string, unknown>;
  jwtHeader?: Record<string, unknown>;
  params?: Record<string, string | undefined>;
  /** Added to the query after it was signed, as it stands. */
  unsigned?: string;
  body?: string | Buffer;
  headers?: Record<string, string | string[]>;
  method?: string;
  path?: string;
};

export function jwt(
  claims: object,
  options: { secret?: string; header?: object; signature?: (valid: string) => string | null } = {},
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT', ...options.header })}.${part(claims)}`;
  const valid = hmac(options.secret ?? SECRET, signed, 'base64url');
  return `${signed}.${(options.signature ? options.signature(valid) : valid) ?? ''}`;
}

export const staffClaims = () => ({
  iss: `https://${SHOP}/admin`,
  dest: `https://${SHOP}`,
  aud: API_KEY,
  sub: '42',
  exp: seconds() + 60,
  nbf: seconds() - 1,
  iat: seconds() - 1,
  jti: crypto.randomUUID(),
  sid: 'sid',
});
export const customerClaims = () => ({
  dest: SHOP,
  aud: API_KEY,
  sub: `gid://shopify/Customer/${CUSTOMER}`,
  exp: seconds() + 300,
  nbf: seconds() - 1,
  iat: seconds() - 1,
  jti: crypto.randomUUID(),
});

const withToken = (spoil: Spoil, claims: object): string | null => {
  const token = jwt({ ...claims, ...spoil.claims }, { secret: spoil.secret, header: spoil.jwtHeader, signature: spoil.signature });
  return spoil.signature && token.endsWith('.') && spoil.signature('x') === null ? null : `Bearer ${token}`;
};
const bearer = (value: string | null): Record<string, string> => (value === null ? {} : { authorization: value });
const without = (headers: Record<string, string | null | string[]>): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== null));

export const pixelBody = (event: object = {}, post: object = {}): string =>
  JSON.stringify({
    shop: SHOP,
    events: [
      {
        id: crypto.randomUUID(),
        name: 'product_viewed',
        clientId: crypto.randomUUID(),
        at: new Date().toISOString(),
        variantIds: ['41'],
        checkoutToken: null,
        ...event,
      },
    ],
    ...post,
  });
export const flowBody = (fields: object = {}): string =>
  JSON.stringify({
    shop_id: 1,
    shopify_domain: SHOP,
    action_run_id: crypto.randomUUID(),
    handle: 'review-tier',
    properties: { customer_id: `gid://shopify/Customer/${CUSTOMER}` },
    ...fields,
  });

export const eventBody = (fields: object = {}): string =>
  JSON.stringify({
    id: crypto.randomUUID(),
    kind: 'review',
    customer: { id: String(CUSTOMER) },
    at: new Date().toISOString(),
    product: '3',
    rating: 5,
    ...fields,
  });

function proxyQuery(spoil: Spoil): string {
  const params = Object.entries({
    shop: SHOP,
    path_prefix: '/apps/storebook',
    timestamp: String(seconds()),
    logged_in_customer_id: String(CUSTOMER),
    ...spoil.params,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const valid = hmac(
    spoil.secret ?? SECRET,
    params
      .map(([key, value]) => `${key}=${value}`)
      .toSorted()
      .join(''),
    'hex',
  );
  const signature = spoil.signature ? spoil.signature(valid) : valid;
  return `${new URLSearchParams([...params, ...(signature === null ? [] : [['signature', signature]])]).toString()}${spoil.unsigned ?? ''}`;
}

const signedBody = (spoil: Spoil, body: Buffer): Record<string, string | null> => {
  const valid = hmac(spoil.secret ?? SECRET, body, 'base64');
  return { 'x-shopify-hmac-sha256': spoil.signature ? spoil.signature(valid) : valid };
};

const proxied =
  (own: string) =>
  (spoil: Spoil): Wire => ({
    method: spoil.method ?? 'GET',
    path: `${spoil.path ?? own}?${proxyQuery(spoil)}`,
    headers: { ...spoil.headers },
    body: spoil.body === undefined ? null : Buffer.from(spoil.body),
  });
const ofCustomer =
  (own: string) =>
  (spoil: Spoil): Wire => ({
    method: spoil.method ?? 'GET',
    path: spoil.path ?? own,
    headers: { ...bearer(withToken(spoil, customerClaims())), ...spoil.headers },
    body: spoil.body === undefined ? null : Buffer.from(spoil.body),
  });

const redeeming = (spoil: Spoil): Spoil => ({
  method: 'POST',
  body: JSON.stringify({ reward: '1', key: 'one-press-of-one' }),
  ...spoil,
  headers: { 'content-type': 'application/json', ...spoil.headers },
});

/** A good request for each door, spoiled as asked. */
export const FORGE: Record<DoorName, (spoil: Spoil) => Wire> = {
  webhook(spoil) {
    const body = Buffer.from(spoil.body ?? '{"id":1}');
    const headers = without({
      'content-type': 'application/json',
      'x-shopify-topic': 'orders/create',
      'x-shopify-shop-domain': SHOP,
      'x-shopify-webhook-id': crypto.randomUUID(),
      ...signedBody(spoil, body),
      ...spoil.headers,
    });
    return { method: spoil.method ?? 'POST', path: spoil.path ?? '/webhooks', headers, body };
  },
  flow(spoil) {
    const body = Buffer.from(spoil.body ?? flowBody());
    const headers = without({ 'content-type': 'application/json', ...signedBody(spoil, body), ...spoil.headers });
    return { method: spoil.method ?? 'POST', path: spoil.path ?? '/flow/review-tier', headers, body };
  },
  pixel(spoil) {
    const headers = { 'content-type': 'text/plain;charset=UTF-8', ...spoil.headers };
    return { method: spoil.method ?? 'POST', path: spoil.path ?? '/pixel', headers, body: Buffer.from(spoil.body ?? pixelBody()) };
  },
  events(spoil) {
    const body = Buffer.from(spoil.body ?? eventBody());
    const { key = EVENT_KEYS[SHOP], timestamp = String(seconds()) } = spoil.params ?? {};
    const valid = hmac(spoil.secret ?? EVENT_SECRET, Buffer.concat([Buffer.from(`${timestamp}.`), body]), 'base64');
    const headers = without({
      'content-type': 'application/json',
      'x-storebook-key': key ?? '',
      'x-storebook-timestamp': timestamp,
      'x-storebook-signature': spoil.signature ? spoil.signature(valid) : valid,
      ...spoil.headers,
    });
    return { method: spoil.method ?? 'POST', path: spoil.path ?? '/events/customer', headers, body };
  },
  'app-proxy': proxied('/proxy/loyalty'),
  'member-proxy': proxied('/proxy/member'),
  'programme-proxy': proxied('/proxy/programme'),
  'customer-account': ofCustomer('/customer-account/loyalty'),
  'member-account': ofCustomer('/customer-account/member'),
  'redeem-proxy': (spoil) => proxied('/proxy/redeem')(redeeming(spoil)),
  'redeem-account': (spoil) => ofCustomer('/customer-account/redeem')(redeeming(spoil)),
  admin(spoil) {
    const headers = { 'user-agent': USER_AGENT, ...bearer(withToken(spoil, staffClaims())), ...spoil.headers };
    const path =
      spoil.path ?? `/app/probe?shop=${SHOP}&host=${Buffer.from('admin.shopify.com/store/corner-shop').toString('base64url')}&embedded=1`;
    return { method: spoil.method ?? 'GET', path, headers, body: spoil.body === undefined ? null : Buffer.from(spoil.body) };
  },
};

export type Reply = { status: number; headers: http.IncomingHttpHeaders; text: string };

/** Sends one request as it is written; the answer also where the server closes before it has read all. */
export function send(port: number, wire: Wire): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = wire.body && wire.headers['transfer-encoding'] === undefined ? { 'content-length': String(wire.body.length) } : {};
    const request = http.request(
      { host: '127.0.0.1', port, method: wire.method, path: wire.path, headers: { ...length, ...wire.headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        const done = (): void => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() });
          request.destroy();
        };
        response.on('end', done);
        response.on('error', done);
      },
    );
    request.on('error', reject);
    request.end(wire.body ?? undefined);
  });
}

/** Writes raw bytes and gives all that comes back until the server closes; a server that never does is the caller's time-out. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.write(bytes);
  });
}

/** A wire as it stands in HTTP/1.1; `lines` are put before the last empty line as they are. */
export function rawText(wire: Wire, options: { target?: string; lines?: string[]; close?: boolean } = {}): string {
  const headers = Object.entries(wire.headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  const length =
    wire.body && !options.lines?.some((line) => /^(content-length|transfer-encoding):/i.test(line))
      ? [`content-length: ${wire.body.length}`]
      : [];
  const last = options.close === false ? [] : ['connection: close'];
  return [
    `${wire.method} ${options.target ?? wire.path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...headers,
    ...length,
    ...(options.lines ?? []),
    ...last,
    '',
    wire.body?.toString('latin1') ?? '',
  ].join('\r\n');
}
export const statusesOf = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
