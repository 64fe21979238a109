import { languageOf } from '../../i18n/i18n.ts';
import type { ShopRef, ShopScope } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { countOutbox, dropOutbox, enqueueOutbox, type NewMessage, type OutboxCounts } from '../../shopify/index.server.ts';
import type { Campaign, CodeToAnnounce } from '../campaigns.store.server.ts';
import type { Offer } from '../offer.ts';
import { offerWords } from '../offer-words.ts';

export const FLOW_KIND = 'campaigns.flow';
const ofCampaign = (campaignId: number) => ({ kind: FLOW_KIND, keyPrefix: `flow/${campaignId}/` });

type Handed = { readonly codes: readonly (CodeToAnnounce & { readonly notBefore: Date })[]; readonly campaign: Campaign };

/** Hands codes to Shopify Flow from their hour on. The key is the campaign's and the customer's, so nobody is handed over twice. */
export async function queueFlows(tx: ShopTx, shop: ShopRef, { campaign, codes }: Handed): Promise<void> {
  const { id, name, arms, endsAt } = campaign;
  const words = new Map(arms.flatMap(({ position, offer }) => (offer ? [[position, said(offer, shop)]] : [])));
  const messages = codes.map(({ code, arm, customerId, locale, notBefore }): NewMessage => ({
    kind: FLOW_KIND,
    // By itself, so that what waits for its hour keeps nothing else of the customer waiting.
    entity: `customer/${customerId}/flow/${id}`,
    idempotencyKey: `flow/${id}/${customerId}`,
    notBefore,
    payload: {
      customerId: String(customerId),
      code,
      campaign: name,
      offer: words.get(arm)?.[languageOf(locale)] ?? '',
      endsAt: endsAt?.toISOString() ?? '',
    },
  }));
  await enqueueOutbox(tx, shop.id, messages);
}

const said = (offer: Offer, { currency }: ShopRef) => offerWords(offer, currency);

/** Takes out of the line what of a campaign was not handed over yet. */
export async function cancelFlows(tx: ShopTx, shopId: number, campaignId: number): Promise<void> {
  await dropOutbox(tx, shopId, ofCampaign(campaignId));
}

/** How many customers of a campaign were handed to Flow, and how many were not. */
export async function flowsOf(scope: ShopScope, campaignId: number): Promise<OutboxCounts> {
  return scope.db.forShop(scope.shop.id, (tx) => countOutbox(tx, scope.shop.id, ofCampaign(campaignId)));
}
