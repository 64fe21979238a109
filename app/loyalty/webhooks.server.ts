import { z } from 'zod';
import { webhookHandler, type WebhookHandler } from '../platform/webhooks.server.ts';
import { markDirty } from '../record/index.server.ts';

/** The topic under which a Flow action stands in the inbox. */
export const REVIEW_TIER = 'flow/review-tier';

/** A merchant's workflow asks for a customer's tier to be looked at now: as if an order of the customer had come. */
export const loyaltyActions: readonly WebhookHandler[] = [
  webhookHandler({
    topics: [REVIEW_TIER],
    schema: z.object({ customer_id: z.string().regex(/^\d+$/).transform(BigInt) }),
    apply: (tx, shop, events) => markDirty(tx, shop.id, { feed: 'loyalty', ids: events.map(({ payload }) => payload.customer_id) }),
  }),
];
