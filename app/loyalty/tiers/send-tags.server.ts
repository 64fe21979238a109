import { z } from 'zod';
import { toGid } from '../../core/gid.ts';
import { failureText, outboxHandler, type OutboxHandler, type SendResult } from '../../shopify/index.server.ts';
import { TAG_TIER_MEMBER, UNTAG_TIER_MEMBER } from '../loyalty.shopify.server.ts';
import { TAGS_KIND } from '../review-members.server.ts';

const tags = z.array(z.string().min(1).max(255)).max(10);

/** Sets and takes away the tags of tiers; a tag that is there already, or gone, is no error, so a repeat is harmless. */
export const loyaltyTags: OutboxHandler = outboxHandler({
  kind: TAGS_KIND,
  most: 10,
  schema: z.object({ customerId: z.string().regex(/^\d+$/), add: tags, remove: tags }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const customer = toGid('Customer', payload.customerId);
      const gone = payload.remove.length === 0 ? null : await client.run(shop, UNTAG_TIER_MEMBER, { id: customer, tags: payload.remove });
      const set =
        payload.add.length === 0 || (gone && gone.kind !== 'ok')
          ? gone
          : await client.run(shop, TAG_TIER_MEMBER, { id: customer, tags: payload.add });
      results.push(set === null || set.kind === 'ok' ? { id, kind: 'sent' } : { id, kind: 'refused', error: failureText(set) });
    }
    return results;
  },
});
