import { z } from 'zod';
import { toGid } from '../core/gid.ts';
import { languageOf, type Language } from '../i18n/i18n.ts';
import type { Platform } from '../platform/context.server.ts';
import { openPerson } from '../record/index.server.ts';
import { enqueueOutbox, failureText, outboxHandler, sendOutboxJob, shopById, type SendResult } from '../shopify/index.server.ts';
import { addressHashes } from './address.server.ts';
import { UPDATE_EMAIL_CONSENT } from './delivery.shopify.server.ts';
import { readRecipient, skipQueued, suppress } from './delivery.store.server.ts';
import { readUnsubscribeToken, type Whose } from './unsubscribe-token.server.ts';

const CONSENT_KIND = 'delivery.consent';

/** Whose link was opened, and in which language to speak; null for a link that we did not give out. */
export async function readUnsubscribeLink(platform: Platform, token: string): Promise<{ whose: Whose; language: Language } | null> {
  const whose = readUnsubscribeToken(platform.env.keys, token);
  const shop = whose && (await shopById(platform, whose.shopId));
  if (!whose || !shop) return null;
  const recipient = await platform.db.forShop(shop.id, (tx) => readRecipient(tx, shop.id, whose.customerId));
  return { whose, language: languageOf(recipient?.locale) };
}

/**
 * Takes a customer off the list: never written to again, what waits is not sent, and the store is told. Doing so twice
 * changes nothing. Who has been erased has no address any more, and gets nothing.
 */
export async function unsubscribe(platform: Platform, { shopId, customerId }: Whose): Promise<void> {
  const shop = await shopById(platform, shopId);
  if (!shop) return;
  const now = platform.clock.now();
  await platform.db.forShop(shopId, async (tx) => {
    await skipQueued(tx, shopId, { customerId, reason: 'suppressed', now });
    const recipient = await readRecipient(tx, shopId, customerId);
    if (!recipient || recipient.gone) return;
    const { email } = openPerson({ shopId, keys: platform.env.keys }, { id: customerId, person: recipient.person });
    const [hash] = addressHashes({ shop, env: platform.env }, email);
    if (!hash) return;
    await suppress(tx, shopId, { hash, reason: 'unsubscribed', at: now });
    if (recipient.emailConsent !== 'subscribed') return;
    await enqueueOutbox(tx, shopId, [
      {
        kind: CONSENT_KIND,
        entity: `customer/${customerId}`,
        idempotencyKey: `consent/${customerId}/${now.getTime()}`,
        payload: { customerId: String(customerId), at: now.toISOString() },
      },
    ]);
  });
  await platform.queue.enqueue(sendOutboxJob, { shopId }, { key: String(shopId) });
}

const consents = outboxHandler({
  kind: CONSENT_KIND,
  most: 1,
  lastWins: true,
  schema: z.object({ customerId: z.string().regex(/^\d+$/), at: z.iso.datetime() }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const emailMarketingConsent = { marketingState: 'UNSUBSCRIBED' as const, consentUpdatedAt: payload.at };
      const input = { customerId: toGid('Customer', payload.customerId), emailMarketingConsent };
      const outcome = await client.run(shop, UPDATE_EMAIL_CONSENT, { input });
      results.push(outcome.kind === 'ok' ? { id, kind: 'sent' } : { id, kind: 'refused', error: failureText(outcome) });
    }
    return results;
  },
});

export const deliveryOutbox = [consents];
