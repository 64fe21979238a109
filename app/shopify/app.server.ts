import '@shopify/shopify-app-remix/adapters/node';
import type { Session } from '@shopify/shopify-api';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';
import { ApiVersion, AppDistribution, LogSeverity, shopifyApp } from '@shopify/shopify-app-remix/server';
import type { Platform } from '../platform/context.server.ts';
import { appSecrets } from './doors/secrets.server.ts';
import { bearerToken, isStaff, readSessionToken, type SessionToken } from './doors/session-token.server.ts';
import { storeFetch } from './fetch.server.ts';
import { SCOPES } from './scopes.ts';
import { sessionStorage } from './session.store.server.ts';

type AfterAuth = (session: Session) => Promise<void>;

function libraryApp(platform: Platform, secret: string, afterAuth: AfterAuth) {
  return shopifyApp({
    apiKey: platform.env.SHOPIFY_API_KEY,
    apiSecretKey: secret,
    apiVersion: ApiVersion.July26,
    appUrl: platform.env.APP_URL,
    scopes: platform.env.SCOPES?.split(',') ?? [...SCOPES],
    authPathPrefix: '/auth',
    sessionStorage: sessionStorage(platform),
    distribution: AppDistribution.AppStore,
    isEmbeddedApp: true,
    useOnlineTokens: false,
    future: { unstable_newEmbeddedAuthStrategy: true, expiringOfflineAccessTokens: true },
    hooks: { afterAuth: ({ session }) => afterAuth(session) },
    logger: {
      level: LogSeverity.Warning,
      // Messages of the library can hold addresses with tokens in them; only its severity and first words are kept.
      log: (severity, message) =>
        platform.log.info({ severity, problem: message.replaceAll(/\{.*/gs, '').slice(0, 200) }, 'shopify library'),
    },
  });
}

type LibraryApp = ReturnType<typeof libraryApp>;
type AdminContext = Awaited<ReturnType<LibraryApp['authenticate']['admin']>>;

/** The admin's door. */
export type ShopifyApp = {
  /** Lets a member of a shop's staff in, or throws Shopify's own answer (a redirect, 401, 410). */
  admin(request: Request): Promise<AdminContext>;
};

/** The token where Shopify's library looks for it: the header first, then the address of a document. */
function tokenOf(request: Request): string | null {
  const header = request.headers.get('authorization');
  return header === null ? new URL(request.url).searchParams.get('id_token') : (bearerToken(header) ?? '');
}

const unauthorized = (headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 401, statusText: 'Unauthorized', headers });
/** Tells App Bridge to come again with a fresh token, as the library does. */
const RETRY = { 'X-Shopify-Retry-Invalid-Session-Request': '1' };

/** Whether the library can read the `host` of a document's address; it stumbles over what is no base64. */
function hasGoodHost(request: Request): boolean {
  const host = new URL(request.url).searchParams.get('host');
  if (host === null) return true;
  try {
    atob(host);
    return true;
  } catch {
    return false;
  }
}

/** The same document without its token: the library sends it where a fresh one is fetched. */
function withoutToken(request: Request): Request {
  const url = new URL(request.url);
  url.searchParams.delete('id_token');
  return new Request(url, { headers: request.headers });
}

/**
 * Shopify's own authentication for the admin's pages: token exchange, expiring offline tokens. Its library knows one
 * secret, and takes any token of this app for one of staff, so that the token is read before and held to both.
 * @param afterAuth called with each new offline session; the first one of a shop is its installation.
 */
export function createShopifyApp(platform: Platform, afterAuth: AfterAuth): ShopifyApp {
  setAbstractFetchFunc(storeFetch(platform.env));
  const secrets = appSecrets(platform.env);
  const apps = secrets.map((secret) => libraryApp(platform, secret, afterAuth));
  const appOf = (token: SessionToken | null): LibraryApp => {
    const app = apps[token?.secret ?? 0];
    if (!app) throw new Error('no secret');
    return app;
  };
  return {
    async admin(request) {
      if (!hasGoodHost(request)) throw new Response(null, { status: 400, statusText: 'Bad Request' });
      const text = tokenOf(request);
      const known = { secrets, apiKey: platform.env.SHOPIFY_API_KEY, now: platform.clock.now() };
      const token = text === null ? null : await readSessionToken(text, known);
      if (token && !isStaff(token)) throw unauthorized();
      const isDocument = request.headers.get('authorization') === null;
      if (!token && !isDocument) throw unauthorized(RETRY);
      const context = await appOf(token).authenticate.admin(token ? request : withoutToken(request));
      // The library throws its answer where there is no good token; should it ever not, nobody comes in.
      if (!token || context.session.shop !== token.shop) throw unauthorized();
      return context;
    },
  };
}
