/** The record's front door: what other rooms, jobs and doors may call. */
export { applyOrders, applyOrderEvents, type Applied } from './apply-orders.server.ts';
export { applyInventoryItems, applyInventoryLevels, applyLocations, applyProducts } from './catalogue.store.server.ts';
export { collectionsById, type HeldCollection } from './collections.store.server.ts';
export { applyCustomers } from './customers.store.server.ts';
export { markDirty, shopsWithDirty, takeDirty, type Feed } from './dirty.store.server.ts';
export { drainInbox, topicCatalogue, type Drained, type TopicCatalogue } from './drain-inbox.server.ts';
export { projectionLock, tryProjectionLock, type FailedEvent } from './inbox.store.server.ts';
export { askForReconciliation, listFailedEvents, replayFailedEvents, syncState } from './failed-events.server.ts';
export { emailHashes, exactHashes, openPerson, personKeys, type PersonKeys } from './person.server.ts';
export { foldPhone, nameOf, type Person } from './person.ts';
export { personById, personsByContact, type FoundPerson } from './person-search.store.server.ts';
export { customerKeys, resealCustomers, sealPlainCustomers, type Resealed } from './reseal-customers.server.ts';
export { takeAction, takePixelEvents } from './take-events.server.ts';
export { moveDays, rebuildRollups, verifyRecord, type Difference } from './verify-record.server.ts';
export { webhookDoor, type DoorOutcome, type WebhookDoor } from './webhook-door.server.ts';
export type {
  CustomerFacts,
  InventoryItemFacts,
  InventoryLevelFacts,
  LocationFacts,
  OrderFacts,
  OrderLineFacts,
  ProductFacts,
  RefundFacts,
} from './facts.ts';
export { backfillProgress, runBackfill, startBackfill } from './backfill.server.ts';
export type { BackfillKind, BackfillStep } from './backfill.store.server.ts';
export { reconcile, type ReconcileReport } from './reconcile.server.ts';
export { reconcileMarks, type ReconcileMark } from './reconcile.store.server.ts';
export { syncPage, type MendedObject, type TopicState } from './sync-page.server.ts';
export {
  allCustomers,
  allOrders,
  customerPage,
  customersByIds,
  homePage,
  listChannels,
  listCustomers,
  listOrders,
  orderFilter,
  orderPage,
  salesFigures,
  type HomePage,
  type OrderChoice,
  type Page,
  type Period,
  type TimelineEntry,
} from './read-pages.server.ts';
export { readCustomer, type CustomerRow, type CustomerSort, type OrderRow } from './record-read.store.server.ts';
