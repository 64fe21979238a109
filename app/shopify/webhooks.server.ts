import { z } from 'zod';
import { isTimezone } from '../core/calendar.ts';
import { webhookHandler, type WebhookHandler } from '../platform/webhooks.server.ts';
import { markUninstalled, saveDetails, saveScopes } from './shops.store.server.ts';

const shopUpdate = z.object({
  name: z.string(),
  currency: z.string().length(3),
  iana_timezone: z.string().refine(isTimezone, 'no known time zone'),
  email: z.string().nullish(),
  plan_display_name: z.string().nullish(),
});

/** What happens to the installation itself. */
export const shopifyWebhooks: readonly WebhookHandler[] = [
  webhookHandler({
    topics: ['shop/update'],
    schema: shopUpdate,
    apply: async (tx, shop, events) => {
      const newest = events.toSorted((a, b) => a.at.getTime() - b.at.getTime()).at(-1)?.payload;
      if (!newest) return;
      await saveDetails(tx, shop.id, {
        name: newest.name,
        currency: newest.currency,
        timezone: newest.iana_timezone,
        email: newest.email ?? null,
        plan: newest.plan_display_name ?? null,
      });
    },
  }),
  webhookHandler({
    topics: ['app/scopes_update'],
    schema: z.object({ current: z.array(z.string()) }),
    apply: async (tx, shop, events) => {
      const newest = events.toSorted((a, b) => a.at.getTime() - b.at.getTime()).at(-1)?.payload;
      if (newest) await saveScopes(tx, shop.id, newest.current);
    },
  }),
  webhookHandler({
    topics: ['app/uninstalled'],
    schema: z.object({}).loose(),
    apply: async (tx, shop, events) => {
      for (const { at } of events) await markUninstalled(tx, shop, at);
    },
  }),
];
