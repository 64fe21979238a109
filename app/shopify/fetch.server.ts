import type { Env } from '../platform/env.server.ts';

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * How requests reach the store: straight to https://{shop}.myshopify.com, or with SANDBOX_URL to the sandbox, which
 * learns the shop from a header.
 */
export function storeFetch(env: Pick<Env, 'SANDBOX_URL'>): Fetch {
  const { SANDBOX_URL: sandbox } = env;
  if (!sandbox) return fetch;
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (!url.hostname.endsWith('.myshopify.com')) return fetch(request);
    const target = new URL(url.pathname + url.search, sandbox);
    const headers = new Headers(request.headers);
    headers.set('x-sandbox-shop', url.hostname);
    const body = request.method === 'GET' || request.method === 'HEAD' ? undefined : await request.arrayBuffer();
    return fetch(target, { method: request.method, headers, body, redirect: request.redirect });
  };
}
