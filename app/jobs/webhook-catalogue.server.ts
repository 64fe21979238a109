import { loyaltyActions } from '../loyalty/webhooks.server.ts';
import { privacyWebhooks } from '../privacy/webhooks.server.ts';
import { topicCatalogue, type TopicCatalogue } from '../record/index.server.ts';
import { recordWebhooks } from '../record/webhooks.server.ts';
import { shopifyWebhooks } from '../shopify/webhooks.server.ts';

/** Every topic of Shopify's that the app takes, and who handles it. shopify.app.toml declares the same (a test holds them together). */
export const webhooks = [...recordWebhooks, ...shopifyWebhooks, ...privacyWebhooks];

/** Actions of merchants' workflows, by their topic in the inbox; they come through a door of their own. */
export const actions = [...loyaltyActions];

/** All that the drain applies. */
export function webhookCatalogue(): TopicCatalogue {
  return topicCatalogue([...webhooks, ...actions]);
}

/** What the webhook door lets in. */
export function webhookTopics(): ReadonlySet<string> {
  return new Set(webhooks.flatMap((handler) => handler.topics));
}
