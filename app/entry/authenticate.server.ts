import type { AppLoadContext } from '@remix-run/node';
import { z } from 'zod';
import type { Actor, ShopScope } from '../platform/context.server.ts';
import { anyShopByDomain, type AdminClient } from '../shopify/index.server.ts';

export type AdminScope = ShopScope & { readonly admin: AdminClient };

const claims = z.object({ dest: z.url(), iat: z.number() });

/** What a request's session token says of itself, unchecked: enough to refuse by, never to let in by. */
function uncheckedClaims(request: Request): { domain: string; issuedAt: Date } | null {
  const header = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const token = header ?? new URL(request.url).searchParams.get('id_token');
  try {
    const { dest, iat } = claims.parse(JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8')));
    return { domain: new URL(dest).hostname, issuedAt: new Date(iat * 1_000) };
  } catch {
    // No token, or none that Shopify's library will take.
    return null;
  }
}

/**
 * A page that was open when the app was uninstalled holds a token for another minute; exchanged for a new access token
 * it would install the app again. Who installs anew comes with a token of after that.
 * @throws Response 401
 */
async function refuseEnded(request: Request, { services }: AppLoadContext): Promise<void> {
  const said = uncheckedClaims(request);
  if (!said) return;
  const shop = await anyShopByDomain(services.platform, said.domain);
  if (shop?.uninstalledAt && said.issuedAt <= shop.uninstalledAt) throw new Response(null, { status: 401 });
}

/**
 * Lets a request of the admin in, or throws Shopify's own answer (a redirect, 401, 410).
 * @returns the scope in which the shop's use cases work.
 */
export async function authenticateAdmin(request: Request, context: AppLoadContext): Promise<AdminScope> {
  await refuseEnded(request, context);
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
