import type { Session } from '@shopify/shopify-api';
import { parseScopes } from '../core/text.ts';
import type { Platform } from '../platform/context.server.ts';
import type { AdminClient } from './admin-client.server.ts';
import { SHOP_DETAILS } from './shop.shopify.server.ts';
import { saveInstallation, type InstalledShop } from './shops.store.server.ts';

export type Installation = { kind: 'installed' | 'renewed'; shop: InstalledShop } | { kind: 'refused'; reason: string };

/**
 * Makes or renews a shop's row after its token came: asks the store who it is and what it granted.
 * `installed` for the first time and for a return after an uninstall; the caller then starts the first import.
 */
export async function installShop(
  platform: Platform,
  client: AdminClient,
  session: Pick<Session, 'shop' | 'scope'>,
): Promise<Installation> {
  const outcome = await client.run({ domain: session.shop }, SHOP_DETAILS, {});
  if (outcome.kind !== 'ok') return { kind: 'refused', reason: outcome.kind };
  const { shop, currentAppInstallation } = outcome.data;
  const granted = currentAppInstallation.accessScopes.map((scope) => scope.handle);
  const scopes = granted.length > 0 ? granted : parseScopes(session.scope ?? '');
  const saved = await saveInstallation(platform, {
    domain: session.shop,
    details: {
      name: shop.name,
      currency: shop.currencyCode,
      timezone: shop.ianaTimezone,
      email: shop.email,
      plan: shop.plan.publicDisplayName,
    },
    scopes: scopes.join(','),
    historyLimited: !scopes.includes('read_all_orders'),
    at: platform.clock.now(),
  });
  return { kind: saved.fresh ? 'installed' : 'renewed', shop: saved.shop };
}
