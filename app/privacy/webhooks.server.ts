import { addDays, dayOf, dayToDate } from '../core/calendar.ts';
import type { ShopRef } from '../platform/context.server.ts';
import { webhookHandler, type WebhookHandler } from '../platform/webhooks.server.ts';
import { acceptRedaction } from './redact-customers.server.ts';
import { findCustomers } from './person.store.server.ts';
import { insertRequest } from './requests.store.server.ts';
import * as schemas from './schemas.ts';

/** Shopify gives 30 days from the request. */
export function dueOn(shop: ShopRef, at: Date): Date {
  return dayToDate(addDays(dayOf(at, shop.timezone), 30));
}

/** The three topics that Shopify demands of every app. Each leaves a row first; what is heavy is done by the privacy job. */
export const privacyWebhooks: readonly WebhookHandler[] = [
  webhookHandler({
    topics: ['customers/data_request'],
    schema: schemas.dataRequest,
    apply: async (tx, shop, events) => {
      for (const { payload, at } of events) {
        const known = await findCustomers(tx, { shopId: shop.id, keys: shop.keys }, payload.customer);
        const ids = payload.customer.id === null ? known.map((customer) => customer.id) : [payload.customer.id];
        for (const customerId of ids.length > 0 ? ids : [null]) {
          await insertRequest(tx, shop.id, {
            kind: 'data_request',
            customerId,
            orders: payload.orders_requested,
            receivedAt: at,
            dueOn: dueOn(shop, at),
          });
        }
      }
    },
  }),
  webhookHandler({
    topics: ['customers/redact'],
    schema: schemas.customerRedact,
    apply: async (tx, shop, events) => {
      for (const { payload, at } of events)
        await acceptRedaction(tx, shop, { person: payload.customer, orders: payload.orders_to_redact, at, dueOn: dueOn(shop, at) });
    },
  }),
  webhookHandler({
    topics: ['shop/redact'],
    schema: schemas.shopRedact,
    apply: async (tx, shop, events) => {
      // The door has found the shop by its domain; what is in the body says nothing more.
      for (const { at } of events)
        await insertRequest(tx, shop.id, { kind: 'shop_redact', customerId: null, orders: [], receivedAt: at, dueOn: dueOn(shop, at) });
    },
  }),
];
