import type { AppLoadContext } from '@remix-run/node';
import type { Actor, ShopScope } from '../platform/context.server.ts';
import type { AdminClient } from '../shopify/index.server.ts';

export type AdminScope = ShopScope & { readonly admin: AdminClient };

/**
 * Lets a request of the admin in, or throws Shopify's own answer (a redirect, 401, 410).
 * @returns the scope in which the shop's use cases work.
 */
export async function authenticateAdmin(request: Request, context: AppLoadContext): Promise<AdminScope> {
  const { session, sessionToken } = await context.shopify.admin(request);
  const actor: Actor = { kind: 'staff', id: sessionToken?.sub ?? null };
  const { services } = context;
  const installed = await services.scopeOf(session.shop);
  if (installed) return { ...installed, actor };
  // Loaders run side by side: this one may see the new token before the other has written the installation.
  await context.install(session);
  const scope = await services.scopeOf(session.shop);
  if (!scope) throw new Response(null, { status: 403, statusText: 'The shop is not installed' });
  return { ...scope, actor };
}
