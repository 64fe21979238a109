import { dayOf } from '../core/calendar.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import { variantsAfter } from './forecast.store.server.ts';
import { dropIntervals, intervalsLock, writeIntervals } from './intervals.store.server.ts';

const BATCH = 250;

/**
 * Tells anew after how long each variant is bought again, and whose pieces are about to be used up, batch by batch. Doing it
 * again on the same day changes nothing; killed anywhere, the next run does it whole.
 */
export async function refreshIntervals({ db, clock }: Platform, shop: ShopRef): Promise<void> {
  const today = dayOf(clock.now(), shop.timezone);
  for (let after = -1n; ;) {
    const from = after;
    const page = await db.forShop(
      shop.id,
      async (tx) => {
        await intervalsLock(tx, shop.id);
        const variantIds = await variantsAfter(tx, shop.id, { after: from, limit: BATCH });
        if (variantIds.length > 0) await writeIntervals(tx, shop.id, { variantIds, today });
        return variantIds;
      },
      { timeoutMs: 600_000 },
    );
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
  }
  await db.forShop(shop.id, (tx) => dropIntervals(tx, shop.id));
}
