import { languageOf } from '../../i18n/i18n.ts';
import type { ShopRef, ShopScope } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { countOutbox, dropOutbox, dropOutboxKeys, enqueueOutbox, type NewMessage, type OutboxCounts } from '../../shopify/index.server.ts';
import type { Campaign, CodeToAnnounce } from '../campaigns.store.server.ts';
import { messageKey } from '../message-key.ts';

export const FLOW_KIND = 'campaigns.flow';
const ofCampaign = (campaignId: number) => ({ kind: FLOW_KIND, keyPrefix: `flow/${campaignId}/` });

/** What is said of an arm's offer to a customer, by language. */
export type WordsFor = (code: Pick<CodeToAnnounce, 'arm' | 'customerId'>) => Readonly<Record<string, string>>;
type Handed = {
  readonly codes: readonly (CodeToAnnounce & { readonly notBefore: Date })[];
  readonly campaign: Campaign;
  readonly words: WordsFor;
};

/** Hands codes to Shopify Flow from their hour on. The key is the campaign's and the customer's, so nobody is handed over twice. */
export async function queueFlows(tx: ShopTx, shop: ShopRef, { campaign, codes, words }: Handed): Promise<void> {
  const { id, name, endsAt } = campaign;
  const messages = codes.map(({ code, arm, customerId, replaces, locale, notBefore }): NewMessage => ({
    kind: FLOW_KIND,
    // By itself, so that what waits for its hour keeps nothing else of the customer waiting.
    entity: `customer/${customerId}/flow/${id}`,
    idempotencyKey: flowKey(id, { customerId, code, replaces }),
    notBefore,
    payload: {
      customerId: String(customerId),
      code,
      campaign: name,
      offer: words({ arm, customerId })[languageOf(locale)] ?? '',
      endsAt: endsAt?.toISOString() ?? '',
    },
  }));
  await enqueueOutbox(tx, shop.id, messages);
}

type OfCode = Pick<CodeToAnnounce, 'customerId' | 'code' | 'replaces'>;
const flowKey = (campaignId: number, code: OfCode): string => `flow/${messageKey(campaignId, code)}`;

/** Takes out of the line what of these codes was not handed over yet. */
export async function cancelFlowsOf(
  tx: ShopTx,
  shopId: number,
  { campaignId, codes }: { campaignId: number; codes: readonly OfCode[] },
): Promise<void> {
  await dropOutboxKeys(tx, shopId, { kind: FLOW_KIND, keys: codes.map((code) => flowKey(campaignId, code)) });
}

/** Takes out of the line what of a campaign was not handed over yet. */
export async function cancelFlows(tx: ShopTx, shopId: number, campaignId: number): Promise<void> {
  await dropOutbox(tx, shopId, ofCampaign(campaignId));
}

/** How many customers of a campaign were handed to Flow, and how many were not. */
export async function flowsOf(scope: ShopScope, campaignId: number): Promise<OutboxCounts> {
  return scope.db.forShop(scope.shop.id, (tx) => countOutbox(tx, scope.shop.id, ofCampaign(campaignId)));
}
