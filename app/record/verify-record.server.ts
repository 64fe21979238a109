import { writeAudit } from '../audit/index.server.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { takeTimezone, zonesOf } from '../shopify/index.server.ts';
import { deltaOf, NOTHING } from './contribution.ts';
import { countAnew, differingCounts } from './customer-counts.store.server.ts';
import { ensureAllRollupRows } from './customers.store.server.ts';
import { addDerivedAside, createDerivedAside, differingDerived, replaceDerived } from './derived.store.server.ts';
import { markWhole } from './dirty.store.server.ts';
import { projectionLock } from './inbox.store.server.ts';
import { derivedRows } from './order-rows.ts';
import { eachHeldOrder, heldContribution } from './order.store.server.ts';
import {
  addAside,
  createAsideTables,
  differingRollups,
  fillOrderDatesAside,
  replaceRollups,
  type Difference,
} from './rollups.store.server.ts';

export type { Difference } from './rollups.store.server.ts';

const HOUR = 3_600_000;

/** Derives the days and sums of every order and every rollup of the shop anew, into temporary tables, from the orders alone. */
async function rebuildAside(tx: ShopTx, shop: ShopRef) {
  const aside = await createAsideTables(tx);
  await createDerivedAside(tx);
  for await (const page of eachHeldOrder((work) => work(tx), shop.id)) {
    const orders = page.map(([id, held]) => ({ id, held, before: NOTHING, after: heldContribution(held, shop) }));
    await addDerivedAside(tx, shop.id, derivedRows(orders, shop));
    await addAside(tx, shop.id, deltaOf(orders));
  }
  await fillOrderDatesAside(tx, shop.id);
  return aside;
}

/** Puts what is aside in place of what stands. */
async function replaceAll(tx: ShopTx, shop: ShopRef): Promise<void> {
  await replaceDerived(tx, shop.id);
  await replaceRollups(tx, shop.id);
  // Those without orders, whom the orders do not name.
  await ensureAllRollupRows(tx, shop.id);
  await countAnew(tx, shop);
}

/** Works in one transaction while nobody else writes the shop's record (webhooks wait in the inbox), in the zone that its days are kept in. */
function alone<T>(
  { db }: Platform,
  shop: ShopRef,
  work: (tx: ShopTx, shop: ShopRef, nextTimezone: string | null) => Promise<T>,
): Promise<T> {
  return db.forShop(
    shop.id,
    async (tx) => {
      await projectionLock(tx, shop.id);
      const { timezone, nextTimezone } = await zonesOf(tx, shop.id);
      return work(tx, { ...shop, timezone }, nextTimezone);
    },
    { timeoutMs: HOUR },
  );
}

/** Derives everything aside and compares: an empty list means that every row is what the orders say. */
export async function verifyRecord(platform: Platform, shop: ShopRef, limit = 50): Promise<Difference[]> {
  return alone(platform, shop, async (tx, now) => {
    const aside = await rebuildAside(tx, now);
    return [
      ...(await differingDerived(tx, now.id, limit)),
      ...(await differingRollups(tx, now.id, { aside, limit })),
      ...(await differingCounts(tx, now, { customerRollups: aside.customers, limit })),
    ];
  });
}

/** Puts what the orders say in place of what stands, in one transaction: readers see the old rows until it lands. */
export async function rebuildRollups(platform: Platform, shop: ShopRef): Promise<void> {
  await alone(platform, shop, async (tx, now) => {
    await rebuildAside(tx, now);
    await replaceAll(tx, now);
  });
}

/**
 * Moves every day of the record to the zone that the store has changed to. Until it lands, in one transaction, all is told
 * in the old zone; who has read the shop before and writes after it is told so (DaysMovedError).
 * @returns false when there is nothing to move.
 */
export async function moveDays(platform: Platform, shop: ShopRef): Promise<boolean> {
  return alone(platform, shop, async (tx, now, timezone) => {
    if (timezone === null) return false;
    const moved = { ...now, timezone };
    await takeTimezone(tx, shop.id, timezone);
    await rebuildAside(tx, moved);
    await replaceAll(tx, moved);
    // Tiers look back so many days, and forecasts begin with the day that it is.
    await markWhole(tx, shop.id);
    await writeAudit(tx, { ...platform, shop: moved }, { action: 'record.days.moved', before: now.timezone, after: timezone });
    return true;
  });
}
