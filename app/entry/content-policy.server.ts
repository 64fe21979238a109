import crypto from 'node:crypto';
import type { Env } from '../platform/env.server.ts';
import { SHOP_DOMAIN } from '../shopify/index.server.ts';

/** Where App Bridge and what it loads come from; the rest of that host holds files of merchants. */
const APP_BRIDGE = 'https://cdn.shopify.com/shopifycloud/';

export function newNonce(): string {
  return crypto.randomBytes(16).toString('base64');
}

/** The shop that a document's address names, where it is a shop's name at all. */
export function namedShop(request: Request): string | null {
  const shop = new URL(request.url).searchParams.get('shop') ?? '';
  return SHOP_DOMAIN.test(shop) ? shop : null;
}

/**
 * The content security policy of a document. Scripts: the app's own files, those with the nonce, App Bridge. Styles may
 * stand inline, since Polaris puts its measures into `style` attributes and App Bridge adds sheets of its own; they run
 * nothing. Framed by the shop's admin alone; by nobody where no shop is known.
 */
export function contentPolicy(
  env: Pick<Env, 'SANDBOX_URL' | 'APP_BRIDGE_URL' | 'NODE_ENV'>,
  document: { shop: string | null; nonce: string },
): string {
  const sandbox = env.SANDBOX_URL === undefined ? null : new URL(env.SANDBOX_URL).origin;
  const bridge = env.APP_BRIDGE_URL === undefined ? (sandbox ?? APP_BRIDGE) : new URL(env.APP_BRIDGE_URL).origin;
  const { shop, nonce } = document;
  const admin = sandbox ? [sandbox] : shop ? [`https://${shop}`, 'https://admin.shopify.com'] : [];
  // App Bridge tells Shopify how fast pages were.
  const calls = sandbox ? [sandbox] : [...admin, 'https://*.shopifysvc.com'];
  // Vite's reload while developing.
  const reload = env.NODE_ENV === 'development' ? ['ws:'] : [];
  const directives: [string, string[]][] = [
    ['default-src', ["'self'"]],
    ['script-src', ["'self'", `'nonce-${nonce}'`, bridge]],
    ['style-src', ["'self'", "'unsafe-inline'", ...(sandbox ? [] : ['https://cdn.shopify.com'])]],
    ['img-src', ["'self'", 'data:', 'https://cdn.shopify.com']],
    ['font-src', ["'self'", 'https://cdn.shopify.com']],
    ['connect-src', ["'self'", ...calls, ...reload]],
    ['object-src', ["'none'"]],
    ['base-uri', ["'none'"]],
    ['form-action', ["'self'"]],
    ['frame-ancestors', admin.length > 0 ? admin : ["'none'"]],
  ];
  return directives.map(([name, sources]) => `${name} ${sources.join(' ')}`).join('; ');
}
