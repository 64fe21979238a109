import type { Platform, ShopRef } from '../../../platform/context.server.ts';
import { readProgrammes } from '../points.store.server.ts';
import { standingsOf } from '../review-points.server.ts';
import type { CohortCell } from './breakage.ts';
import { cohortsOf } from './cohorts.ts';
import { sampleMembers, writeCohorts } from './liability.store.server.ts';

/** Members looked at; all where there are no more. */
export const SAMPLE = 20_000;
const BATCH = 500;

/**
 * Follows the points of members from their issue to their end and keeps what became of them by month; books nothing.
 * @returns how many members were looked at.
 */
export async function estimateCohorts(platform: Platform, shop: ShopRef): Promise<number> {
  const now = platform.clock.now();
  const { members, customerIds } = await platform.db.forShop(shop.id, (tx) => sampleMembers(tx, shop.id, SAMPLE));
  const cells = new Map<string, CohortCell>();
  for (let at = 0; at < customerIds.length; at += BATCH) {
    const page = customerIds.slice(at, at + BATCH);
    const standings = await platform.db.forShop(shop.id, async (tx) =>
      standingsOf(tx, { shop, customerIds: page, now }, await readProgrammes(tx, shop.id)),
    );
    for (const { transfers } of standings.values())
      for (const { points, ...cell } of cohortsOf(transfers, shop.timezone)) {
        const key = `${cell.issued} ${cell.used} ${cell.kind}`;
        cells.set(key, { ...cell, points: (cells.get(key)?.points ?? 0n) + BigInt(points) });
      }
  }
  const look = { cells: [...cells.values()].filter(({ points }) => points !== 0n), sampled: customerIds.length, members, estimatedAt: now };
  await platform.db.forShop(shop.id, (tx) => writeCohorts(tx, shop.id, look));
  return customerIds.length;
}
