import { messageVariables, queueMessages, type NewMessage } from '../delivery/index.server.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { markDirty } from '../record/index.server.ts';
import { codesToAnnounce, type Campaign, type CodeToAnnounce } from './campaigns.store.server.ts';
import { readCadence } from './economics.store.server.ts';
import { queueFlows } from './hand-over/flow.server.ts';
import { offerWords } from './offer-words.ts';
import { firstLoud, zoneOfCustomer } from './standing/quiet.ts';

/** Where the texts of a campaign's mail stand; the runs of a standing one have its own. */
export const templateOf = ({ id, standingId }: { id: number; standingId?: number | null }): string =>
  standingId ? `standing/${standingId}` : `campaign/${id}`;

/** `wave`: of whose customers; null: of all. */
type Page = {
  readonly campaign: Campaign;
  readonly after: bigint;
  readonly limit: number;
  readonly now: Date;
  readonly wave: number | null;
};

/**
 * Queues a mail, or a trigger of Shopify Flow, for each of the next customers whose code the store has, from the
 * campaign's start on and not in quiet hours. The key is the campaign's and the customer's, so nobody gets two.
 * @returns the last customer looked at; null when that was the end.
 */
export async function announcePage(tx: ShopTx, shop: ShopRef, { campaign, after, limit, now, wave }: Page): Promise<bigint | null> {
  const { id, startsAt, delivery } = campaign;
  const found = await codesToAnnounce(tx, shop.id, { campaignId: id, after, limit, wave });
  const earliest = startsAt > now ? startsAt : now;
  const { quietFrom, quietTo } = await readCadence(tx, shop.id);
  const quiet = quietFrom === null || quietTo === null ? null : { from: quietFrom, to: quietTo };
  const codes = found.map((code) => ({ ...code, notBefore: firstLoud(earliest, zoneOfCustomer(code.country, shop.timezone), quiet) }));
  if (delivery === 'mail') await queueMails(tx, shop, { campaign, codes, now });
  if (delivery === 'flow') await queueFlows(tx, shop, { campaign, codes });
  // The campaign's customers were looked at when it began; those of later waves got their codes since.
  if (wave !== null && wave > 0) await markDirty(tx, shop.id, { feed: 'offers', ids: found.map(({ customerId }) => customerId) });
  return found.length < limit ? null : (found.at(-1)?.customerId ?? null);
}

type Mailed = {
  readonly campaign: Campaign;
  readonly codes: readonly (CodeToAnnounce & { readonly notBefore: Date })[];
  readonly now: Date;
};

async function queueMails(tx: ShopTx, shop: ShopRef, { campaign, codes, now }: Mailed): Promise<void> {
  const { id, arms, endsAt } = campaign;
  const words = new Map(arms.flatMap(({ position, offer }) => (offer ? [[position, offerWords(offer, shop.currency)]] : [])));
  const messages = codes.map(({ code, arm, customerId, notBefore }): NewMessage => ({
    key: `campaign/${id}/${customerId}`,
    template: templateOf(campaign),
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
}
