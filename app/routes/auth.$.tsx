import type { LoaderFunctionArgs } from '@remix-run/node';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { contentPolicy, namedShop, newNonce } from '../entry/content-policy.server.ts';

/** Shopify's own ways in (the page that fetches a session token, among them). */
export async function loader({ request, context }: LoaderFunctionArgs) {
  try {
    await authenticateAdmin(request, context);
  } catch (thrown) {
    if (!(thrown instanceof Response) || !thrown.headers.get('content-type')?.startsWith('text/html')) throw thrown;
    // The library's own pages: the same policy as ours, their scripts by the nonce.
    const nonce = newNonce();
    const html = (await thrown.text()).replaceAll('<script', `<script nonce="${nonce}"`);
    const policy = contentPolicy(context.services.platform.env, { shop: namedShop(request), nonce });
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, 'cache-control': 'no-store' };
    throw new Response(html, { status: thrown.status, headers });
  }
  return null;
}
