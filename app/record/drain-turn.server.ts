import type { Platform, ShopRef } from '../platform/context.server.ts';
import { drainWithin, type DrainLimits, type TopicCatalogue } from './drain-inbox.server.ts';

/** Batches of one turn: about a second of work, which is as long as others may have to wait behind a shop. */
const BATCHES = 5;
/** A backfill's batch of the same shop takes less; then the turn is given up and comes again. */
const LOCK_WAIT_MS = 2_000;

export type DrainTurn = {
  readonly applied: number;
  /** Events may still wait: the shop is to get in line again. */
  readonly more: boolean;
};

/**
 * Drains a shop for a turn of bounded length, so that a shop with a hundred thousand events holds nobody up.
 *
 * In one process a shop has one turn at a time: who comes meanwhile makes that turn look once more and leaves, so a busy
 * shop takes one slot and not all. Without the second look an event could be missed that came after the turn's last look
 * and whose own job found the shop busy; it would wait for the sweeper.
 */
export function drainTurns(
  platform: Platform,
  catalogue: TopicCatalogue,
  limits: DrainLimits = { batches: BATCHES, lockWaitMs: LOCK_WAIT_MS },
): (shop: ShopRef) => Promise<DrainTurn> {
  const turns = new Map<number, { again: boolean }>();
  return async (shop) => {
    const running = turns.get(shop.id);
    if (running) {
      running.again = true;
      return { applied: 0, more: false };
    }
    const turn = { again: false };
    turns.set(shop.id, turn);
    try {
      const drained = await drainWithin(platform, { catalogue, shop, limits });
      return { applied: drained.applied, more: drained.more || drained.busy || turn.again };
    } finally {
      turns.delete(shop.id);
    }
  };
}
