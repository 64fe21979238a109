import type { z } from 'zod';
import type { KeyedShop, ShopRef } from './context.server.ts';
import type { ShopTx } from './db.server.ts';

/** One delivery of a topic, its body parsed by the handler's schema. */
export type WebhookEvent<Payload> = {
  readonly payload: Payload;
  readonly topic: string;
  /** When Shopify says that it happened; when it came, where Shopify does not say. */
  readonly at: Date;
};

/**
 * What a room does with topics. `apply` gets all events of a batch at once, in one transaction with everything else of
 * the batch, and must be safe to run again with the same events, in any order.
 * Topics are written as Shopify's header writes them: "orders/create".
 */
export type WebhookHandler<Payload = unknown, Told = unknown> = {
  readonly topics: readonly string[];
  readonly schema: z.ZodType<Payload>;
  /**
   * Makes of an event what `apply` takes: outside of the transaction, while the database writes others. What it throws
   * parks the event.
   */
  readonly read: (event: WebhookEvent<Payload>, shop: ShopRef) => Told;
  readonly apply: (tx: ShopTx, shop: KeyedShop, told: readonly Told[]) => Promise<void>;
};

/** Forgets the types between a handler's steps, so that handlers of all kinds fit one list. */
function untyped<Payload, Told>(handler: WebhookHandler<Payload, Told>): WebhookHandler {
  return {
    topics: handler.topics,
    schema: handler.schema,
    // The drain hands on what this very schema and this very step gave: the payloads and what is told are of these types.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    read: (event, shop) => handler.read(event as WebhookEvent<Payload>, shop),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    apply: (tx, shop, told) => handler.apply(tx, shop, told as readonly Told[]),
  };
}

/** A handler whose `apply` takes the events as they are. */
export function webhookHandler<Payload>(handler: Omit<WebhookHandler<Payload, WebhookEvent<Payload>>, 'read'>): WebhookHandler {
  return untyped({ ...handler, read: (event) => event });
}

/** A handler that makes something of each event beforehand. */
export function readingHandler<Payload, Told>(handler: WebhookHandler<Payload, Told>): WebhookHandler {
  return untyped(handler);
}
