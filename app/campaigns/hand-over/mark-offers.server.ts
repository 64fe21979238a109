import { createHash } from 'node:crypto';
import { writeAudit } from '../../audit/index.server.ts';
import type { CustomerOffers } from '../../../contracts/customer-offers.ts';
import { languageOf, type Language } from '../../i18n/i18n.ts';
import type { Platform, ShopRef, ShopScope } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { takeDirty } from '../../record/index.server.ts';
import { enqueueOutbox, sendOutboxJob, type NewMessage } from '../../shopify/index.server.ts';
import { readOnSite, writeOnSite } from '../economics.store.server.ts';
import { markOffersJob } from '../job-definitions.ts';
import {
  customersWithCode,
  heldOffers,
  lockOffers,
  nextPass,
  notePass,
  readMarks,
  writeMarks,
  type NewMark,
} from './offer-marks.store.server.ts';
import { offersContent } from './offers-content.ts';
import type { Offer } from '../offer.ts';
import { offerWords } from '../offer-words.ts';

const PAGE = 1_000;
export const OFFERS_KIND = 'campaigns.offers-metafield';

export const hashOf = (content: CustomerOffers): Buffer => createHash('sha256').update(JSON.stringify(content)).digest();
const NOTHING = hashOf([]);

/**
 * Brings customers' metafields of offers up to date: those of campaigns whose codes began or ceased to work, and single
 * customers in whose code something changed. A page of customers is one transaction with what it tells the store and with
 * how far it got, so a crash repeats nothing and loses nothing. @returns how many customers are told anew.
 */
export async function markOffers(platform: Platform, shop: ShopRef): Promise<number> {
  const inShop = <T>(work: (tx: ShopTx) => Promise<T>): Promise<T> => platform.db.forShop(shop.id, work);
  const onWay = { told: 0 };
  const all = async (page: (tx: ShopTx) => Promise<Turn>): Promise<void> => {
    for (let more = true; more;) {
      const turn = await inShop(page);
      onWay.told += turn.told;
      ({ more } = turn);
    }
  };
  // The lock lives as long as this transaction, whose connection does nothing else.
  await platform.db.forShop(
    shop.id,
    async (lock) => {
      if (!(await lockOffers(lock, shop.id))) return;
      await all((tx) => passPage(tx, { platform, shop }));
      await all((tx) => dirtyPage(tx, { platform, shop }));
    },
    { timeoutMs: 1_800_000 },
  );
  if (onWay.told > 0) await platform.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return onWay.told;
}

type Work = { readonly platform: Platform; readonly shop: ShopRef };
type Turn = { readonly told: number; readonly more: boolean };

async function passPage(tx: ShopTx, work: Work): Promise<Turn> {
  const { id: shopId } = work.shop;
  const now = work.platform.clock.now();
  const pass = await nextPass(tx, shopId, now);
  if (!pass) return { told: 0, more: false };
  const { campaignId, live, after } = pass;
  const customerIds = await customersWithCode(tx, shopId, { campaignId, after, limit: PAGE });
  const told = await tell(tx, work, { customerIds, now });
  const last = customerIds.length < PAGE ? null : (customerIds.at(-1) ?? null);
  await notePass(tx, shopId, { campaignId, live, after: last, now });
  return { told, more: true };
}

async function dirtyPage(tx: ShopTx, work: Work): Promise<Turn> {
  const customerIds = await takeDirty(tx, work.shop.id, { feed: 'offers', limit: PAGE });
  return { told: await tell(tx, work, { customerIds, now: work.platform.clock.now() }), more: customerIds.length === PAGE };
}

/** Writes down, and tells the store, what changed of these customers. @returns of how many. */
async function tell(tx: ShopTx, { shop }: Work, { customerIds, now }: { customerIds: readonly bigint[]; now: Date }): Promise<number> {
  if (customerIds.length === 0) return 0;
  const held = (await readOnSite(tx, shop.id)) ? await heldOffers(tx, shop.id, { customerIds, now }) : new Map<bigint, never[]>();
  // A page's customers have few offers between them, and words are dear to make.
  const words = new Map<Offer, Record<Language, string>>();
  const wordsOf = (offer: Offer): Record<Language, string> => {
    const said = words.get(offer) ?? offerWords(offer, shop.currency);
    words.set(offer, said);
    return said;
  };
  const marks: NewMark[] = [];
  const messages: NewMessage[] = [];
  for (const { customerId, locale, hash, version } of await readMarks(tx, shop.id, customerIds)) {
    const title = (offer: Offer): string => wordsOf(offer)[languageOf(locale)];
    const offers = offersContent(held.get(customerId) ?? [], { now, currency: shop.currency, title });
    const next = hashOf(offers);
    // To whom nothing was ever told, nothing need be said of nothing.
    if (next.equals(hash ?? (version === 0 ? NOTHING : EMPTY))) continue;
    marks.push({ customerId, hash: next, version: version + 1 });
    messages.push({
      kind: OFFERS_KIND,
      entity: `customer/${customerId}`,
      idempotencyKey: `offers/${customerId}/${version + 1}`,
      payload: { customerId: String(customerId), offers },
    });
  }
  await writeMarks(tx, shop.id, { marks, now });
  await enqueueOutbox(tx, shop.id, messages);
  return messages.length;
}

/** No content has this hash. */
const EMPTY = Buffer.alloc(0);

/** Whether customers' offers stand in their metafields. */
export async function onSiteOffers(scope: ShopScope): Promise<boolean> {
  return scope.db.forShop(scope.shop.id, (tx) => readOnSite(tx, scope.shop.id));
}

/** Switches that on or off; off takes away what stands there. */
export async function saveOnSiteOffers(scope: ShopScope, onSite: boolean): Promise<{ readonly kind: 'ok'; readonly value: boolean }> {
  await scope.db.forShop(scope.shop.id, async (tx) => {
    const before = await readOnSite(tx, scope.shop.id);
    await writeOnSite(tx, scope.shop.id, { onSite, at: scope.clock.now() });
    await writeAudit(tx, scope, { action: 'campaign.on-site.saved', before: { onSite: before }, after: { onSite } });
  });
  await scope.queue.enqueue(markOffersJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return { kind: 'ok', value: onSite };
}
