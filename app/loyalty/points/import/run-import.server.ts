import type { Platform, ShopRef } from '../../../platform/context.server.ts';
import type { ShopTx } from '../../../platform/db.server.ts';
import { lockMembers, readProgrammes } from '../points.store.server.ts';
import { programmeAt } from '../programme.ts';
import { reviewPoints, standingsOf } from '../review-points.server.ts';
import { customersOfImport, dropDrafts, endRun, noteProgress, setCounts, takeRunning, type Running } from './imports.store.server.ts';

const BATCH = 500;
const DRAFT_DAYS = 7;

type Page = {
  readonly shop: ShopRef;
  readonly run: Running;
  readonly now: Date;
  readonly rows: readonly { customerId: bigint; points: number }[];
};

/**
 * Takes the openings of customers out of the facts. Who would end below zero where the programme allows none keeps as many
 * points as they are short of, and no more than they got: what was spent of them is forgiven.
 */
async function takeOut(tx: ShopTx, { shop, run, now, rows }: Page): Promise<{ short: number; kept: bigint }> {
  const customerIds = rows.map(({ customerId }) => customerId);
  await lockMembers(tx, shop.id, { customerIds, now });
  await setCounts(tx, shop.id, { id: run.id, counts: customerIds.map((customerId) => ({ customerId, counts: 0 })) });
  const versions = await readProgrammes(tx, shop.id);
  const standings = await standingsOf(tx, { shop, customerIds, now }, versions);
  const missing = rows.flatMap(({ customerId, points }) => {
    const available = standings.get(customerId)?.available ?? 0;
    return points > 0 && available < 0 ? [{ customerId, counts: Math.min(points, -available) }] : [];
  });
  if (programmeAt(versions, now)?.belowZero !== false) return { short: missing.length, kept: 0n };
  await setCounts(tx, shop.id, { id: run.id, counts: missing });
  return { short: missing.length, kept: missing.reduce((sum, { counts }) => sum + BigInt(counts), 0n) };
}

async function bringIn(tx: ShopTx, { shop, run, rows }: Page): Promise<{ short: number; kept: bigint }> {
  await setCounts(tx, shop.id, { id: run.id, counts: rows.map(({ customerId, points }) => ({ customerId, counts: points })) });
  return { short: 0, kept: 0n };
}

/** A page of what is to be booked or booked back: facts, books and progress change in one transaction. @returns whether there is more. */
async function turnPage(platform: Platform, shop: ShopRef): Promise<boolean> {
  const now = platform.clock.now();
  return platform.db.forShop(shop.id, async (tx) => {
    const run = await takeRunning(tx, shop.id);
    if (!run) return false;
    const rows = await customersOfImport(tx, shop.id, { id: run.id, after: run.through, limit: BATCH });
    const last = rows.at(-1);
    if (!last) {
      await endRun(tx, shop.id, { ...run, now });
      return true;
    }
    const page = { shop, run, now, rows };
    const changed = await (run.status === 'booking' ? bringIn(tx, page) : takeOut(tx, page));
    await reviewPoints(tx, { shop, customerIds: rows.map(({ customerId }) => customerId), now });
    await noteProgress(tx, shop.id, { id: run.id, through: last.customerId, done: rows.length, ...changed });
    return true;
  });
}

/** Books and books back what imports of a shop are to, page by page; goes on where a process that died was. */
export async function runImports(platform: Platform, shop: ShopRef): Promise<void> {
  while (await turnPage(platform, shop));
}

/** Takes away drafts that nobody booked in a week. */
export async function dropOldDrafts(platform: Platform, shop: ShopRef): Promise<void> {
  const until = new Date(platform.clock.now().getTime() - DRAFT_DAYS * 86_400_000);
  await platform.db.forShop(shop.id, (tx) => dropDrafts(tx, shop.id, until));
}
