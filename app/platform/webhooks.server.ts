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
export type WebhookHandler<Payload = unknown, Told = unknown, Batch = unknown> = {
  readonly topics: readonly string[];
  /** What is read of a body. */
  readonly schema: z.ZodType<Payload>;
  /** Gives what the schema gives, in less time. */
  readonly quick?: (body: unknown) => Payload;
  /**
   * Makes of an event what `gather` takes: outside of the transaction, while the database writes others. What it throws
   * parks the event.
   */
  readonly read: (event: WebhookEvent<Payload>, shop: ShopRef) => Told;
  /** Makes of a batch's events what `apply` takes; outside of the transaction as well, wherever that can be. */
  readonly gather: (told: readonly Told[], shop: ShopRef) => Batch;
  readonly apply: (tx: ShopTx, shop: KeyedShop, batch: Batch) => Promise<void>;
};

/** A handler whose steps take what the step before made; its types are forgotten, so that handlers of all kinds fit one list. */
export function readingHandler<Payload, Told, Batch>(handler: WebhookHandler<Payload, Told, Batch>): WebhookHandler {
  return {
    topics: handler.topics,
    schema: handler.schema,
    ...(handler.quick ? { quick: handler.quick } : {}),
    // The drain hands on what this very schema and these very steps gave: all of it is of these types.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    read: (event, shop) => handler.read(event as WebhookEvent<Payload>, shop),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    gather: (told, shop) => handler.gather(told as readonly Told[], shop),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    apply: (tx, shop, batch) => handler.apply(tx, shop, batch as Batch),
  };
}

/** A handler whose `apply` takes the events as they are. */
export function webhookHandler<Payload>(handler: {
  topics: readonly string[];
  schema: z.ZodType<Payload>;
  apply: (tx: ShopTx, shop: KeyedShop, events: readonly WebhookEvent<Payload>[]) => Promise<void>;
}): WebhookHandler {
  return readingHandler({
    ...handler,
    read: (event: WebhookEvent<Payload>) => event,
    gather: (events: readonly WebhookEvent<Payload>[]) => events,
  });
}
