import { writeAudit } from '../audit/index.server.ts';
import { addDays, dayOf, startOfDay } from '../core/calendar.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { Platform, ShopRef, ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { retentionProblems, type Retention } from './retention.ts';
import {
  deleteOldCheckouts,
  deleteOldDeliveries,
  deleteOldEvents,
  deleteOldMessages,
  deleteOldPixelEvents,
  emptyOldEvents,
  emptyOldFailures,
  readRetention,
  writeRetention,
} from './retention.store.server.ts';

const BATCH = 2_000;
/** A failure may be mended and tried again for this many times the period of what was applied. */
const FAILED_FACTOR = 3;

export async function retentionOf(scope: ShopScope): Promise<Retention> {
  return scope.db.forShop(scope.shop.id, (tx) => readRetention(tx, scope.shop.id));
}

/** @returns the periods in force, or what is wrong by field. */
export async function saveRetention(scope: ShopScope, retention: Retention): Promise<Ok<Retention> | Invalid> {
  const problems = retentionProblems(retention);
  if (Object.keys(problems).length > 0) return invalid(problems);
  await scope.db.forShop(scope.shop.id, async (tx) => {
    const before = await readRetention(tx, scope.shop.id);
    await writeRetention(tx, scope.shop.id, { retention, at: scope.clock.now() });
    await writeAudit(tx, scope, { action: 'settings.retention.saved', before, after: retention });
  });
  return ok(retention);
}

export type Pruned = {
  deliveries: number;
  failures: number;
  messages: number;
  checkouts: number;
  pixelEvents: number;
  customerEvents: number;
};

/** Lets go what is past its period, in small transactions, so that nobody waits for it. A second run finds nothing. */
export async function keepRetention(platform: Platform, shop: ShopRef): Promise<Pruned> {
  const { inboxDays, checkoutDays } = await platform.db.forShop(shop.id, (tx) => readRetention(tx, shop.id));
  const today = dayOf(platform.clock.now(), shop.timezone);
  const prune = async (days: number, step: (tx: ShopTx, shopId: number, page: { before: Date; limit: number }) => Promise<number>) => {
    const before = startOfDay(addDays(today, -days), shop.timezone);
    for (let sum = 0; ;) {
      const count = await platform.db.forShop(shop.id, (tx) => step(tx, shop.id, { before, limit: BATCH }));
      sum += count;
      if (count < BATCH) return sum;
    }
  };
  return {
    deliveries: await prune(inboxDays, deleteOldDeliveries),
    failures: await prune(inboxDays * FAILED_FACTOR, emptyOldFailures),
    messages: await prune(inboxDays, deleteOldMessages),
    checkouts: await prune(checkoutDays, deleteOldCheckouts),
    pixelEvents: await prune(checkoutDays, deleteOldPixelEvents),
    customerEvents: (await prune(checkoutDays, deleteOldEvents)) + (await prune(checkoutDays, emptyOldEvents)),
  };
}
