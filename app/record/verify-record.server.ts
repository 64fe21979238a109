import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { deltaOf, NOTHING } from './contribution.ts';
import { countAnew, differingCounts } from './customer-counts.store.server.ts';
import { ensureAllRollupRows } from './customers.store.server.ts';
import { projectionLock } from './inbox.store.server.ts';
import { eachHeldOrder, heldContribution } from './order.store.server.ts';
import { addAside, createAsideTables, differingRollups, fillOrderDatesAside, replaceRollups } from './rollups.store.server.ts';

/** A row that is not what the orders (or, for the count of customers, the customers) say; `live` or `rebuilt` null: it stands on one side only. */
export type Difference = { table: string; key: unknown; live: unknown; rebuilt: unknown };

const HOUR = 3_600_000;

/** Derives every rollup of the shop anew, into temporary tables, from the orders alone. */
async function rebuildAside(tx: ShopTx, shop: ShopRef) {
  // Nobody writes the shop's record meanwhile; webhooks wait in the inbox.
  await projectionLock(tx, shop.id);
  const aside = await createAsideTables(tx);
  for await (const page of eachHeldOrder((work) => work(tx), shop.id)) {
    await addAside(tx, shop.id, deltaOf(page.map(([, held]) => ({ before: NOTHING, after: heldContribution(held, shop) }))));
  }
  await fillOrderDatesAside(tx, shop.id);
  return aside;
}

/** Rebuilds the rollups aside and compares: an empty list means that every row is what the orders say. */
export async function verifyRecord(platform: Platform, shop: ShopRef, limit = 50): Promise<Difference[]> {
  return platform.db.forShop(
    shop.id,
    async (tx) => {
      const aside = await rebuildAside(tx, shop);
      return [
        ...(await differingRollups(tx, shop.id, { aside, limit })),
        ...(await differingCounts(tx, shop, { customerRollups: aside.customers, limit })),
      ];
    },
    { timeoutMs: HOUR },
  );
}

/** Puts rebuilt rollups in place of the live ones, in one transaction: readers see the old rows until it lands. */
export async function rebuildRollups(platform: Platform, shop: ShopRef): Promise<void> {
  await platform.db.forShop(
    shop.id,
    async (tx) => {
      await rebuildAside(tx, shop);
      await replaceRollups(tx, shop.id);
      // Those without orders, whom the orders do not name.
      await ensureAllRollupRows(tx, shop.id);
      await countAnew(tx, shop);
    },
    { timeoutMs: HOUR },
  );
}
