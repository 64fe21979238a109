import { z } from 'zod';
import { TIER_CHANGED, type TierChangedPayload } from '../../../contracts/tier-changed.ts';
import { failureText, outboxHandler, type OutboxHandler, type SendResult } from '../../shopify/index.server.ts';
import { SEND_TIER_TO_FLOW } from '../loyalty.shopify.server.ts';
import { FLOW_KIND } from '../review-members.server.ts';

/** One trigger a change, once at most: a second call would set off the merchant's workflow a second time. */
export const tierFlows: OutboxHandler = outboxHandler({
  kind: FLOW_KIND,
  most: 1,
  once: true,
  schema: z.object({
    customerId: z.string().regex(/^\d+$/),
    before: z.string(),
    tier: z.string(),
    direction: z.enum(['up', 'down']),
    cause: z.string(),
  }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const { customerId, before, tier, direction, cause } = payload;
      const given: TierChangedPayload = {
        customer_id: Number(customerId),
        'Tier before': before,
        Tier: tier,
        Direction: direction,
        Cause: cause,
      };
      const outcome = await client.runOnce(shop, SEND_TIER_TO_FLOW, { handle: TIER_CHANGED, payload: given });
      results.push(outcome.kind === 'ok' ? { id, kind: 'sent' } : { id, kind: 'refused', error: failureText(outcome) });
    }
    return results;
  },
});
