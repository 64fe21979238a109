import { pixelPost } from '../../../contracts/pixel-event.ts';
import { addressKey, rateLimit } from '../../platform/rate-limit.server.ts';
import { takePixelEvents } from '../../record/index.server.ts';
import { jsonOf, SHOP_DOMAIN } from '../../shopify/index.server.ts';
import type { Services } from '../services.server.ts';
import type { Answer, Door } from './door.server.ts';

export type PixelLimits = {
  /** Requests a minute from one address. */
  readonly addressMinute: number;
  /** Events a minute of one shop. */
  readonly shopMinute: number;
};
export const PIXEL_LIMITS: PixelLimits = { addressMinute: 120, shopMinute: 12_000 };

const TOO_MANY: Answer = { outcome: 'too-many', status: 429, headers: { 'retry-after': '60' } };
/** What sendBeacon and fetch send a JSON text as; a browser asks nobody before it sends the first. */
const TYPES = new Set(['text/plain', 'application/json']);

/** Any browser may post here what it did in a storefront: nothing is known of it, so all is small, plain and counted. */
export function pixelDoor(services: Services, limits: PixelLimits): Door {
  const { platform } = services;
  const byAddress = rateLimit({ most: limits.addressMinute, seconds: 60 }, platform.clock);
  const byShop = rateLimit({ most: limits.shopMinute, seconds: 60 }, platform.clock);
  return {
    name: 'pixel',
    path: '/pixel',
    method: 'POST',
    cors: true,
    // A beacon carries at most 64 KiB.
    mostBytes: 65_536,
    before({ address, header }) {
      if (!byAddress.take(addressKey(address))) return TOO_MANY;
      const [type = ''] = header('content-type').split(';');
      return TYPES.has(type.trim().toLowerCase()) ? null : { outcome: 'bad-type', status: 415 };
    },
    async receive({ body }) {
      const json = jsonOf(body);
      if (json === undefined) return { outcome: 'not-json', status: 400 };
      const post = pixelPost.safeParse(json);
      if (!post.success || !SHOP_DOMAIN.test(post.data.shop)) return { outcome: 'bad-body', status: 400 };
      const scope = await services.scopeOf(post.data.shop);
      if (!scope) return { outcome: 'unknown-shop', status: 404 };
      if (!byShop.take(scope.shop.domain, post.data.events.length)) return TOO_MANY;
      const taken = await takePixelEvents(scope, post.data.events);
      return taken.kind === 'taken' ? { outcome: 'taken', status: 204 } : { outcome: 'wrong-time', status: 400 };
    },
  };
}
