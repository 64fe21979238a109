import { readSigned, senderOf, takeEvent } from '../../events/index.server.ts';
import { addressKey, rateLimit } from '../../platform/rate-limit.server.ts';
import { jsonOf } from '../../shopify/index.server.ts';
import type { Services } from '../services.server.ts';
import type { Answer, Arrival, Door } from './door.server.ts';

export type EventLimits = {
  /** Requests a minute from one address, whoever signed them. */
  readonly eventsAddressMinute: number;
  /** Signed events a minute of one shop. */
  readonly eventsShopMinute: number;
};
export const EVENT_LIMITS: EventLimits = { eventsAddressMinute: 1_200, eventsShopMinute: 600 };

const TOO_MANY: Answer = { outcome: 'too-many', status: 429, headers: { 'retry-after': '60' } };
const said = (header: Arrival['header']) => ({
  key: header('x-storebook-key'),
  timestamp: header('x-storebook-timestamp'),
  signature: header('x-storebook-signature'),
});

/** A tool of the merchant's tells what a customer did, signed by a key that staff made. */
export function eventsDoor({ platform }: Services, limits: EventLimits): Door {
  const byAddress = rateLimit({ most: limits.eventsAddressMinute, seconds: 60 }, platform.clock);
  const byShop = rateLimit({ most: limits.eventsShopMinute, seconds: 60 }, platform.clock);
  return {
    name: 'events',
    path: '/events/customer',
    method: 'POST',
    cors: false,
    mostBytes: 16_384,
    before({ address, header }) {
      if (!byAddress.take(addressKey(address))) return TOO_MANY;
      return readSigned(said(header)) ? null : { outcome: 'bad-signature', status: 401 };
    },
    async receive({ header, body }) {
      const sender = await senderOf(platform, { ...said(header), body });
      if (sender.kind === 'refused') return { outcome: sender.reason, status: 401 };
      // Only what is signed counts against a shop: nobody else can use up what it may send.
      if (!byShop.take(String(sender.shopId))) return TOO_MANY;
      const json = jsonOf(body);
      if (json === undefined) return { outcome: 'not-json', status: 400 };
      const taken = await takeEvent(platform, { shopId: sender.shopId, json });
      if (taken.kind === 'invalid') return { outcome: 'bad-event', status: 400, json: { error: 'bad-event', fields: taken.fields } };
      if (taken.kind === 'no-such-customer') return { outcome: taken.kind, status: 422 };
      return { outcome: taken.kind, status: 202, json: { outcome: taken.kind } };
    },
  };
}
