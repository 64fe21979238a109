import { messageVariables, queueMessages, type NewMessage } from '../delivery/index.server.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { markDirty } from '../record/index.server.ts';
import { codesToAnnounce, type Campaign, type CodeToAnnounce } from './campaigns.store.server.ts';
import { readCadence } from './economics.store.server.ts';
import { queueFlows, type WordsFor } from './hand-over/flow.server.ts';
import { messageKey } from './message-key.ts';
import { ownProducts, titlesOf } from './offered-products.store.server.ts';
import { offerWords } from './offer-words.ts';
import { namedProducts, reducedProducts } from './product-names.ts';
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
  const found = await codesToAnnounce(tx, shop.id, { campaignId: campaign.id, after, limit, wave });
  await announceCodes(tx, shop, { campaign, found, now });
  // The campaign's customers were looked at when it began; those of later waves got their codes since.
  if (wave !== null && wave > 0) await markDirty(tx, shop.id, { feed: 'offers', ids: found.map(({ customerId }) => customerId) });
  return found.length < limit ? null : (found.at(-1)?.customerId ?? null);
}

/** Queues what tells these customers of their codes. */
export async function announceCodes(
  tx: ShopTx,
  shop: ShopRef,
  { campaign, found, now }: { campaign: Campaign; found: readonly CodeToAnnounce[]; now: Date },
): Promise<void> {
  const { startsAt, delivery } = campaign;
  const earliest = startsAt > now ? startsAt : now;
  const { quietFrom, quietTo } = await readCadence(tx, shop.id);
  const quiet = quietFrom === null || quietTo === null ? null : { from: quietFrom, to: quietTo };
  const codes = found.map((code) => ({ ...code, notBefore: firstLoud(earliest, zoneOfCustomer(code.country, shop.timezone), quiet) }));
  if (delivery === null) return;
  const words = await wordsOf(tx, shop, { campaign, customerIds: codes.map(({ customerId }) => customerId) });
  if (delivery === 'mail') await queueMails(tx, shop, { campaign, codes, now, words });
  if (delivery === 'flow') await queueFlows(tx, shop, { campaign, codes, words });
}

/** What is said of the offer of an arm to a customer: of some products with their names, in a clearance their own first. */
async function wordsOf(
  tx: ShopTx,
  shop: ShopRef,
  { campaign, customerIds }: { campaign: Campaign; customerIds: readonly bigint[] },
): Promise<WordsFor> {
  const { arms, standingId, run } = campaign;
  const products = [...new Set(arms.flatMap(({ offer }) => (offer ? reducedProducts(offer) : [])))];
  const titles = await titlesOf(tx, shop.id, products);
  const isRun = products.length > 0 && standingId !== null && run !== null;
  const own = isRun ? await ownProducts(tx, shop.id, { standingId, run, customerIds }) : new Map<bigint, string>();
  const told = new Map<string, ReturnType<WordsFor>>();
  return ({ arm, customerId }) => {
    const offer = arms.find(({ position }) => position === arm)?.offer;
    if (!offer) return {};
    const mine = own.get(customerId) ?? null;
    const key = `${arm}/${mine}`;
    const words = told.get(key) ?? offerWords(offer, shop.currency, namedProducts(reducedProducts(offer), { own: mine, titles }));
    told.set(key, words);
    return words;
  };
}

type Mailed = {
  readonly campaign: Campaign;
  readonly words: WordsFor;
  readonly codes: readonly (CodeToAnnounce & { readonly notBefore: Date })[];
  readonly now: Date;
};

async function queueMails(tx: ShopTx, shop: ShopRef, { campaign, codes, now, words }: Mailed): Promise<void> {
  const { id, endsAt } = campaign;
  const messages = codes.map(({ code, arm, customerId, replaces, notBefore, lapsePoints, lapseAt }): NewMessage => ({
    key: `campaign/${messageKey(id, { customerId, code, replaces })}`,
    template: templateOf(campaign),
    campaignId: id,
    customerId,
    notBefore,
    // The end is the first instant after the last day.
    variables: messageVariables.parse({
      code,
      offer: words({ arm, customerId }),
      ...(endsAt ? { ends: new Date(endsAt.getTime() - 1).toISOString() } : {}),
      ...(lapsePoints !== null && lapseAt !== null ? { lapse: { points: lapsePoints, at: lapseAt.toISOString() } } : {}),
    }),
  }));
  await queueMessages(tx, shop.id, { messages, now });
}
