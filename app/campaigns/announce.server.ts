import { messageVariables, queueMessages, type NewMessage } from '../delivery/index.server.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { codesToAnnounce, type Campaign } from './campaigns.store.server.ts';
import { readCadence } from './economics.store.server.ts';
import { offerWords } from './offer-words.ts';
import { firstLoud, zoneOfCustomer } from './standing/quiet.ts';

/** Where the texts of a campaign's mail stand; the runs of a standing one have its own. */
export const templateOf = ({ id, standingId }: { id: number; standingId?: number | null }): string =>
  standingId ? `standing/${standingId}` : `campaign/${id}`;

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
  const earliest = startsAt > now ? startsAt : now;
  const { quietFrom, quietTo } = await readCadence(tx, shop.id);
  const quiet = quietFrom === null || quietTo === null ? null : { from: quietFrom, to: quietTo };
  const messages = codes.map(({ code, arm, customerId, country }): NewMessage => ({
    key: `campaign/${id}/${customerId}`,
    template: templateOf(campaign),
    campaignId: id,
    customerId,
    notBefore: firstLoud(earliest, zoneOfCustomer(country, shop.timezone), quiet),
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
