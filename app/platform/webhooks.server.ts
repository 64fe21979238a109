import type { z } from 'zod';
import type { KeyedShop } from './context.server.ts';
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
export type WebhookHandler<Payload = unknown> = {
  readonly topics: readonly string[];
  readonly schema: z.ZodType<Payload>;
  readonly apply: (tx: ShopTx, shop: KeyedShop, events: readonly WebhookEvent<Payload>[]) => Promise<void>;
};

/** Ties a handler's schema to its payload type and forgets the type, so that handlers of all kinds fit one list. */
export function webhookHandler<Payload>(handler: WebhookHandler<Payload>): WebhookHandler {
  return {
    topics: handler.topics,
    schema: handler.schema,
    // The drain parses with this very schema before it calls: the payloads are of its type.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    apply: (tx, shop, events) => handler.apply(tx, shop, events as readonly WebhookEvent<Payload>[]),
  };
}
