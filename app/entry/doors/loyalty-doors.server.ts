import { memberOf } from '../../loyalty/index.server.ts';
import { REVIEW_TIER } from '../../loyalty/webhooks.server.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { takeAction } from '../../record/index.server.ts';
import { appSecrets, bearerToken, customerOf, readFlowAction, readProxyVisit, readSessionToken } from '../../shopify/index.server.ts';
import type { Services } from '../services.server.ts';
import type { Answer, Door } from './door.server.ts';

const UNKNOWN_SHOP: Answer = { outcome: 'unknown-shop', status: 404 };

/** The customer's own tier, as it also stands in the customer's metafield; null for a guest. */
async function loyaltyAnswer(scope: ShopScope, customerId: bigint | null): Promise<Answer> {
  if (customerId === null) return { outcome: 'guest', status: 200, json: { loyalty: null } };
  const { told } = await memberOf(scope, customerId);
  return { outcome: 'answered', status: 200, json: { loyalty: told } };
}

/** The storefront asks at /apps/storebook/loyalty; Shopify forwards it signed, with who is logged in. */
export function appProxyDoor(services: Services): Door {
  const { platform } = services;
  const secrets = appSecrets(platform.env);
  return {
    name: 'app-proxy',
    path: '/proxy/loyalty',
    method: 'GET',
    cors: false,
    mostBytes: 0,
    async receive({ query }) {
      const visit = readProxyVisit(query, { secrets, now: platform.clock.now() });
      if (visit.kind === 'refused') return { outcome: visit.reason, status: visit.reason === 'bad-query' ? 400 : 401 };
      const scope = await services.scopeOf(visit.shop);
      return scope ? loyaltyAnswer(scope, visit.customerId) : UNKNOWN_SHOP;
    },
  };
}

/** A customer account extension asks with its session token. */
export function customerAccountDoor(services: Services): Door {
  const { platform } = services;
  const known = { secrets: appSecrets(platform.env), apiKey: platform.env.SHOPIFY_API_KEY };
  return {
    name: 'customer-account',
    path: '/customer-account/loyalty',
    method: 'GET',
    cors: true,
    mostBytes: 0,
    async receive({ header }) {
      const text = bearerToken(header('authorization'));
      const token = text === null ? null : await readSessionToken(text, { ...known, now: platform.clock.now() });
      if (!token) return { outcome: 'bad-token', status: 401 };
      const customer = customerOf(token);
      if (customer.kind === 'somebody-else') return { outcome: 'not-a-customer', status: 401 };
      const scope = await services.scopeOf(token.shop);
      return scope ? loyaltyAnswer(scope, customer.kind === 'customer' ? customer.id : null) : UNKNOWN_SHOP;
    },
  };
}

/** A merchant's workflow asks for a customer's tier to be looked at now. */
export function flowDoor(services: Services): Door {
  const { platform } = services;
  const secrets = appSecrets(platform.env);
  return {
    name: 'flow',
    path: '/flow/review-tier',
    method: 'POST',
    cors: false,
    mostBytes: 256_000,
    async receive({ body, header }) {
      const request = readFlowAction({ body, signature: header('x-shopify-hmac-sha256') }, secrets);
      if (request.kind === 'refused') return { outcome: request.reason, status: request.reason === 'bad-signature' ? 401 : 400 };
      const { shop, handle, runId, customerId } = request.action;
      if (handle !== 'review-tier') return { outcome: 'unknown-handle', status: 404 };
      const scope = await services.scopeOf(shop);
      if (!scope) return UNKNOWN_SHOP;
      const { kind } = await takeAction(scope, { topic: REVIEW_TIER, runId, body: JSON.stringify({ customer_id: String(customerId) }) });
      return { outcome: kind, status: 200, json: { outcome: kind } };
    },
  };
}
