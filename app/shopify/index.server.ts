/** The shopify room's front door. */
export {
  AdminOperationError,
  AdminUnclearError,
  AdminUnavailableError,
  createAdminClient,
  failureText,
  type AdminClient,
  type AdminOutcome,
  type UserError,
} from './admin-client.server.ts';
export { createShopifyApp, type ShopifyApp } from './app.server.ts';
export { cancelBulk, pollBulk, startBulk, type BulkState } from './bulk.server.ts';
export { readProxyVisit, type ProxyVisit } from './doors/app-proxy.server.ts';
export { jsonOf, readFlowAction, type FlowAction } from './doors/flow-action.server.ts';
export { appSecrets, SHOP_DOMAIN, type Secrets } from './doors/secrets.server.ts';
export { bearerToken, customerOf, readSessionToken, type SessionToken } from './doors/session-token.server.ts';
export { installShop, type Installation } from './install.server.ts';
export {
  countOutbox,
  dropOutbox,
  dropOutboxKeys,
  enqueueOutbox,
  shopsWithDueOutbox,
  type DeadMessage,
  type NewMessage,
  type OutboxCounts,
  type OutboxMessage,
} from './outbox.store.server.ts';
export {
  listDeadOutbox,
  outboxHandler,
  retryDeadOutbox,
  sendOutbox,
  sendOutboxJob,
  type OutboxHandler,
  type SendResult,
  type Settled,
} from './send-outbox.server.ts';
export { resealSessions, sessionKeys, type ResealedSessions } from './session.store.server.ts';
export {
  allShops,
  anyShopByDomain,
  listShopIds,
  listShops,
  shopByDomain,
  shopById,
  shopsWithNextTimezone,
  takeTimezone,
  zonesOf,
  type InstalledShop,
} from './shops.store.server.ts';
