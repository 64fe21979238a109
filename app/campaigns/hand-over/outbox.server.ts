import { z } from 'zod';
import { customerOffers, OFFERS_METAFIELD, type CustomerOffers } from '../../../contracts/customer-offers.ts';
import { OFFER_MADE, type OfferMadePayload } from '../../../contracts/offer-made.ts';
import { toGid } from '../../core/gid.ts';
import type { ShopRef } from '../../platform/context.server.ts';
import { failureText, outboxHandler, type AdminClient, type AdminOutcome, type SendResult } from '../../shopify/index.server.ts';
import { takenBack } from '../misuse/replace.store.server.ts';
import { FLOW_KIND } from './flow.server.ts';
import { DELETE_OFFERS_METAFIELDS, SEND_TO_FLOW, SET_OFFERS_METAFIELDS } from './hand-over.shopify.server.ts';
import { OFFERS_KIND } from './mark-offers.server.ts';

const customerId = z.string().regex(/^\d+$/);
type Message = { readonly id: bigint; readonly payload: { readonly customerId: string; readonly offers: CustomerOffers } };
type Store = { readonly client: AdminClient; readonly shop: Pick<ShopRef, 'domain'> };

/** The whole list of a customer's offers; the newest says all. Without any the metafield goes. */
const metafields = outboxHandler({
  kind: OFFERS_KIND,
  // Shopify takes at most 25 metafields a call.
  most: 25,
  lastWins: true,
  schema: z.object({ customerId, offers: customerOffers }),
  async send(client, shop, messages) {
    const { some = [], none = [] } = Object.groupBy(messages, ({ payload }) => (payload.offers.length > 0 ? 'some' : 'none'));
    return [...(await inOneCall(set, { client, shop }, some)), ...(await inOneCall(remove, { client, shop }, none))];
  },
});

type Call = (store: Store, messages: readonly Message[]) => Promise<AdminOutcome<unknown>>;
const ownerOf = ({ payload }: Message): string => toGid('Customer', payload.customerId);

const set: Call = ({ client, shop }, messages) =>
  client.run(shop, SET_OFFERS_METAFIELDS, {
    metafields: messages.map((message) => ({
      ownerId: ownerOf(message),
      ...OFFERS_METAFIELD,
      value: JSON.stringify(message.payload.offers),
    })),
  });

const remove: Call = ({ client, shop }, messages) => {
  const { namespace, key } = OFFERS_METAFIELD;
  return client.run(shop, DELETE_OFFERS_METAFIELDS, {
    metafields: messages.map((message) => ({ ownerId: ownerOf(message), namespace, key })),
  });
};

async function inOneCall(call: Call, store: Store, messages: readonly Message[]): Promise<SendResult[]> {
  if (messages.length === 0) return [];
  const outcome = await call(store, messages);
  if (outcome.kind === 'ok') return messages.map(({ id }) => ({ id, kind: 'sent' }));
  // All or nothing: one customer whom the store has not would hold back the rest, so they go one by one.
  if (outcome.kind === 'user-errors' && messages.length > 1)
    return (await Promise.all(messages.map((message) => inOneCall(call, store, [message])))).flat();
  const error = failureText(outcome);
  return messages.map(({ id }) => ({ id, kind: 'refused', error }));
}

/** One trigger a customer and campaign, once at most: a second call would set off the merchant's workflow a second time. */
const flows = outboxHandler({
  kind: FLOW_KIND,
  most: 1,
  once: true,
  // A code that was taken back meanwhile is nobody's to hand over.
  async unwanted(tx, shopId, messages) {
    const gone = await takenBack(
      tx,
      shopId,
      messages.map(({ payload }) => payload.code),
    );
    return messages.flatMap(({ id, payload }) => (gone.has(payload.code) ? [id] : []));
  },
  schema: z.object({ customerId, code: z.string(), campaign: z.string(), offer: z.string(), endsAt: z.string() }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const { customerId: number, code, campaign, offer, endsAt } = payload;
      const given: OfferMadePayload = { customer_id: Number(number), Code: code, Campaign: campaign, Offer: offer, 'Ends at': endsAt };
      const outcome = await client.runOnce(shop, SEND_TO_FLOW, { handle: OFFER_MADE, payload: given });
      results.push(outcome.kind === 'ok' ? { id, kind: 'sent' } : { id, kind: 'refused', error: failureText(outcome) });
    }
    return results;
  },
});

export const campaignOutbox = [metafields, flows];
