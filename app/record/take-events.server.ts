import type { PixelEvent } from '../../contracts/pixel-event.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { drainInboxJob } from './job-definitions.ts';
import { insertAction, insertPixelEvents } from './taken.store.server.ts';

/**
 * Takes an action that Shopify asked for (a step of a merchant's workflow) into the inbox: it is applied as webhooks
 * are, by its topic's handler, with their retries and their parking. A run that comes again changes nothing.
 */
export async function takeAction(
  scope: ShopScope,
  action: { topic: string; runId: string; body: string },
): Promise<{ kind: 'taken' | 'repeated' }> {
  const taken = await scope.db.forShop(scope.shop.id, (tx) => insertAction(tx, scope.shop.id, action));
  if (!taken) return { kind: 'repeated' };
  try {
    await scope.queue.enqueue(drainInboxJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  } catch (error) {
    scope.log.warn({ problem: error instanceof Error ? error.name : 'unknown' }, 'no job for a new action; the sweeper will find it');
  }
  return { kind: 'taken' };
}

/** Browsers may send late, and their clocks may run ahead: by how many milliseconds of each. */
const LATE = 2 * 24 * 3_600_000;
const AHEAD = 5 * 60_000;

/** Writes what browsers of the shop's storefront did; what is there already is passed over. @returns how many rows were new. */
export async function takePixelEvents(
  scope: ShopScope,
  events: readonly PixelEvent[],
): Promise<{ kind: 'taken'; rows: number } | { kind: 'wrong-time' }> {
  const now = scope.clock.now().getTime();
  const away = events.map((event) => Date.parse(event.at) - now);
  if (away.some((ms) => ms < -LATE || ms > AHEAD)) return { kind: 'wrong-time' };
  return { kind: 'taken', rows: await scope.db.forShop(scope.shop.id, (tx) => insertPixelEvents(tx, scope.shop.id, events)) };
}
