import type { AppLoadContext } from '@remix-run/node';
import type { ShopScope } from '../platform/context.server.ts';
import type { AdminClient } from '../shopify/index.server.ts';

export type AdminScope = ShopScope & { readonly admin: AdminClient };

/**
 * Lets a request of the admin in, or throws Shopify's own answer (a redirect, 401, 410).
 * @returns the scope in which the shop's use cases work.
 */
export async function authenticateAdmin(request: Request, context: AppLoadContext): Promise<AdminScope> {
  const { session } = await context.shopify.authenticate.admin(request);
  const scope = await context.services.scopeOf(session.shop);
  // The token came a moment ago, so the shop is installed, unless it left in between.
  if (!scope) throw new Response(null, { status: 403, statusText: 'The shop is not installed' });
  return scope;
}
