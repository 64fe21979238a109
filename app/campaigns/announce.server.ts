import { messageVariables, queueMessages, type NewMessage } from '../delivery/index.server.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { codesToAnnounce, type Campaign } from './campaigns.store.server.ts';
import { offerWords } from './offer-words.ts';

/** Where the texts of a campaign's mail stand. */
export const templateOf = (campaignId: number): string => `campaign/${campaignId}`;

/**
 * Queues a mail for each of the next customers whose code the store has, from the campaign's start on. The key is the
 * campaign's and the customer's, so nobody gets two.
 * @returns the last customer looked at; null when that was the end.
 */
export async function announcePage(
  tx: ShopTx,
  shop: ShopRef,
  { campaign, after, limit, now }: { campaign: Campaign; after: bigint; limit: number; now: Date },
): Promise<bigint | null> {
  const { id, arms, startsAt, endsAt } = campaign;
  const words = new Map(arms.flatMap(({ position, offer }) => (offer ? [[position, offerWords(offer, shop.currency)]] : [])));
  const codes = await codesToAnnounce(tx, shop.id, { campaignId: id, after, limit });
  const notBefore = startsAt > now ? startsAt : now;
  const messages = codes.map(({ code, arm, customerId }): NewMessage => ({
    key: `${templateOf(id)}/${customerId}/0`,
    template: templateOf(id),
    campaignId: id,
    customerId,
    notBefore,
    // The end is the first instant after the last day.
    variables: messageVariables.parse({
      code,
      offer: words.get(arm),
      ...(endsAt ? { ends: new Date(endsAt.getTime() - 1).toISOString() } : {}),
    }),
  }));
  await queueMessages(tx, shop.id, { messages, now });
  return codes.length < limit ? null : (codes.at(-1)?.customerId ?? null);
}
