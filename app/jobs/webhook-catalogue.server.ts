import { privacyWebhooks } from '../privacy/webhooks.server.ts';
import { topicCatalogue, type TopicCatalogue } from '../record/index.server.ts';
import { recordWebhooks } from '../record/webhooks.server.ts';
import { shopifyWebhooks } from '../shopify/webhooks.server.ts';

/** Every topic that the app takes, and who handles it. shopify.app.toml declares the same (a test holds them together). */
export function webhookCatalogue(): TopicCatalogue {
  return topicCatalogue([...recordWebhooks, ...shopifyWebhooks, ...privacyWebhooks]);
}
