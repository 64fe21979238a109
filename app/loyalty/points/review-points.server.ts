import { dayOf } from '../../core/calendar.ts';
import type { Platform, ShopRef } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { difference } from './difference.ts';
import { factsOf } from './facts.ts';
import { nextLapse } from './lapse.ts';
import {
  bookEntries,
  dueMembers,
  lockMembers,
  mayHavePoints,
  noteDue,
  readBooked,
  readKnown,
  readProgrammes,
  redactedOf,
  type CustomerEntry,
} from './points.store.server.ts';
import type { Programme } from './programme.ts';
import { replay, type Standing } from './replay.ts';

const BATCH = 1_000;

type Members = { readonly shop: ShopRef; readonly customerIds: readonly bigint[]; readonly now: Date };

/** What should stand of customers now, from what the record says of them. */
export async function standingsOf(
  tx: ShopTx,
  { shop, customerIds, now }: Members,
  versions: readonly Programme[],
): Promise<Map<bigint, Standing>> {
  const [first] = versions;
  if (!first) return new Map();
  const known = await readKnown(tx, shop.id, { customerIds, since: first.from });
  return new Map([...known].map(([id, of]) => [id, replay(factsOf(of, versions, shop.timezone), now)]));
}

/**
 * Books what is missing of customers' points, in the caller's transaction. The books of a redacted customer stay as they
 * stand: nobody is there to earn or to spend. @returns how many entries were booked.
 */
export async function reviewPoints(tx: ShopTx, members: Members): Promise<number> {
  const { shop, customerIds, now } = members;
  const versions = await readProgrammes(tx, shop.id);
  if (versions.length === 0 || customerIds.length === 0) return 0;
  const gone = await redactedOf(tx, shop.id, customerIds);
  const ids = [...new Set(customerIds)].filter((id) => !gone.has(id)).toSorted((a, b) => (a < b ? -1 : 1));
  await lockMembers(tx, shop.id, { customerIds: ids, now });
  const standings = await standingsOf(tx, { shop, customerIds: ids, now }, versions);
  const booked = await readBooked(tx, shop.id, ids);
  const entries = [...standings].flatMap(([customerId, { transfers }]) =>
    difference(transfers, booked.get(customerId) ?? [], now).map((entry): CustomerEntry => ({ ...entry, customerId })),
  );
  await bookEntries(tx, entries, { now, day: dayOf(now, shop.timezone) });
  await noteDue(
    tx,
    shop.id,
    [...standings].map(([customerId, { dueAt, lots }]) => ({ customerId, dueAt, lapse: nextLapse(lots, shop.timezone) })),
  );
  return entries.length;
}

/** Books what time alone has changed: points that became available, and points that lapsed. @returns how many members were due. */
export async function sweepPoints(platform: Platform, shop: ShopRef): Promise<number> {
  let swept = 0;
  for (let after = -1n; ;) {
    const from = after;
    const now = platform.clock.now();
    const customerIds = await platform.db.forShop(shop.id, async (tx) => {
      const due = await dueMembers(tx, shop.id, { by: now, after: from, limit: BATCH });
      await reviewPoints(tx, { shop, customerIds: due, now });
      return due;
    });
    swept += customerIds.length;
    const last = customerIds.at(-1);
    if (last === undefined || customerIds.length < BATCH) return swept;
    after = last;
  }
}

/** Books the points of everybody, page by page; after the programme has changed. @returns how many entries were booked. */
export async function reviewAllPoints(platform: Platform, shop: ShopRef): Promise<number> {
  let booked = 0;
  for (let after = -1n; ;) {
    const from = after;
    const turn = await platform.db.forShop(shop.id, async (tx) => {
      const customerIds = await mayHavePoints(tx, shop.id, { after: from, limit: BATCH });
      return { last: customerIds.at(-1), booked: await reviewPoints(tx, { shop, customerIds, now: platform.clock.now() }) };
    });
    booked += turn.booked;
    if (turn.last === undefined) return booked;
    after = turn.last;
  }
}
