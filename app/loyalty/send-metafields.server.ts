import { z } from 'zod';
import { customerLoyalty, LOYALTY_METAFIELD, type CustomerLoyalty } from '../../contracts/customer-loyalty.ts';
import { toGid } from '../core/gid.ts';
import type { ShopRef } from '../platform/context.server.ts';
import { failureText, outboxHandler, type AdminClient, type OutboxHandler, type SendResult } from '../shopify/index.server.ts';
import { SET_LOYALTY_METAFIELDS } from './loyalty.shopify.server.ts';
import { OUTBOX_KIND } from './review-members.server.ts';

type Message = { id: bigint; payload: { customerId: string; value: CustomerLoyalty } };

/** Tells the store each customer's tier; setting the same value again changes nothing, so a repeat is harmless. */
export const loyaltyMetafields: OutboxHandler = outboxHandler({
  kind: OUTBOX_KIND,
  // Shopify takes at most 25 metafields a call.
  most: 25,
  lastWins: true,
  schema: z.object({ customerId: z.string().regex(/^\d+$/), value: customerLoyalty }),
  send: setMetafields,
});

async function setMetafields(client: AdminClient, shop: Pick<ShopRef, 'domain'>, messages: readonly Message[]): Promise<SendResult[]> {
  const outcome = await client.run(shop, SET_LOYALTY_METAFIELDS, {
    metafields: messages.map(({ payload }) => ({
      ownerId: toGid('Customer', payload.customerId),
      ...LOYALTY_METAFIELD,
      value: JSON.stringify(payload.value),
    })),
  });
  if (outcome.kind === 'ok') return messages.map(({ id }) => ({ id, kind: 'sent' }));
  // All or nothing: one customer whom the store has not would hold back the rest, so they go one by one.
  if (outcome.kind === 'user-errors' && messages.length > 1) {
    return (await Promise.all(messages.map((message) => setMetafields(client, shop, [message])))).flat();
  }
  const error = failureText(outcome);
  return messages.map(({ id }) => ({ id, kind: 'refused', error }));
}
