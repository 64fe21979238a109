import '@shopify/shopify-app-remix/adapters/node';
import type { Session } from '@shopify/shopify-api';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';
import { ApiVersion, AppDistribution, LogSeverity, shopifyApp } from '@shopify/shopify-app-remix/server';
import type { Platform } from '../platform/context.server.ts';
import { storeFetch } from './fetch.server.ts';
import { SCOPES } from './scopes.ts';
import { sessionStorage } from './session.store.server.ts';

/**
 * Shopify's own authentication for the admin's pages: token exchange, expiring offline tokens.
 * @param afterAuth called with each new offline session; the first one of a shop is its installation.
 */
export function createShopifyApp(platform: Platform, afterAuth: (session: Session) => Promise<void>) {
  setAbstractFetchFunc(storeFetch(platform.env));
  return shopifyApp({
    apiKey: platform.env.SHOPIFY_API_KEY,
    apiSecretKey: platform.env.SHOPIFY_API_SECRET,
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

export type ShopifyApp = ReturnType<typeof createShopifyApp>;
