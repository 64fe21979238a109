import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Store } from './store.ts';

export type App = { apiKey: string; apiSecret: string };
const HOUR = 3_600;
const MONTH = 30 * 24 * HOUR;

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A session token as Shopify's admin gives it to the app's page: HS256, one minute. */
export function idToken(app: App, shop: string, now: Date): string {
  const at = Math.floor(now.getTime() / 1_000);
  const claims = {
    iss: `https://${shop}/admin`,
    dest: `https://${shop}`,
    aud: app.apiKey,
    sub: '42',
    exp: at + 60,
    nbf: at - 5,
    iat: at,
    jti: randomBytes(12).toString('hex'),
    sid: randomBytes(12).toString('hex'),
  };
  const head = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`;
  return `${head}.${createHmac('sha256', app.apiSecret).update(head).digest('base64url')}`;
}

const claimsShape = z.object({ dest: z.string(), aud: z.string(), exp: z.number() });

function tokenShop(app: App, token: string, now: Date): string | null {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const expected = createHmac('sha256', app.apiSecret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const claims = claimsShape.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  if (!claims.success || claims.data.aud !== app.apiKey || claims.data.exp * 1_000 < now.getTime()) return null;
  return claims.data.dest.replace('https://', '');
}

const request = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  grant_type: z.string(),
  subject_token: z.string().optional(),
  requested_token_type: z.string().optional(),
  refresh_token: z.string().optional(),
});

/** `POST /admin/oauth/access_token`: token exchange, and refreshing an offline token. Old tokens end when they are refreshed. */
export function accessToken(
  app: App,
  store: Store,
  input: { body: unknown; scopes: readonly string[]; now: Date },
): { status: number; body: object } {
  const refuse = (error: string, description: string) => ({ status: 400, body: { error, error_description: description } });
  const parsed = request.safeParse(input.body);
  if (!parsed.success) return refuse('invalid_request', 'a field is missing');
  const { client_id: id, client_secret: secret, grant_type: grant } = parsed.data;
  if (id !== app.apiKey || secret !== app.apiSecret) return refuse('invalid_client', 'client_id or client_secret is wrong');
  const { now } = input;
  if (grant === 'refresh_token') {
    const old = [...store.tokens.values()].find((token) => token.refreshToken !== '' && token.refreshToken === parsed.data.refresh_token);
    if (!old) return refuse('invalid_grant', 'the refresh token is not valid');
    store.put({ t: 'token', v: { ...old, refreshToken: '', expiresAt: Math.min(old.expiresAt, now.getTime() + 60_000) } });
    return { status: 200, body: grantToken(store, { scopes: old.scopes, now, online: false }) };
  }
  if (grant !== 'urn:ietf:params:oauth:grant-type:token-exchange') return refuse('unsupported_grant_type', grant);
  if (tokenShop(app, parsed.data.subject_token ?? '', now) !== store.domain)
    return refuse('invalid_subject_token', 'the session token is not of this shop');
  store.put({ t: 'facts', v: { installed: true } });
  const online =
    parsed.data.requested_token_type?.includes('online-access-token') === true && !parsed.data.requested_token_type.includes('offline');
  return { status: 200, body: grantToken(store, { scopes: input.scopes, now, online }) };
}

function grantToken(store: Store, grant: { scopes: readonly string[]; now: Date; online: boolean }): object {
  const token = `shpat_${randomBytes(16).toString('hex')}`;
  const refreshToken = `shprt_${randomBytes(16).toString('hex')}`;
  store.put({
    t: 'token',
    v: { token, refreshToken, scopes: [...grant.scopes], expiresAt: grant.now.getTime() + HOUR * 1_000, online: grant.online },
  });
  return {
    access_token: token,
    scope: grant.scopes.join(','),
    expires_in: HOUR,
    refresh_token: refreshToken,
    refresh_token_expires_in: MONTH,
  };
}
