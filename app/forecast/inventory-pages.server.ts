import { writeAudit } from '../audit/index.server.ts';
import { addDays, dateToDay, dayOf, type Day } from '../core/calendar.ts';
import type { Cursor } from '../core/cursor.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { plansOf } from './demand-plans.store.server.ts';
import {
  hasVariant,
  inventoryRows,
  readLeadTime,
  readSold,
  statusCounts,
  variantDetails,
  writeLeadTime,
  writeVariantLeadTime,
  type InventoryQuery,
  type InventoryRow,
} from './forecast.store.server.ts';
import { readInterval } from './intervals.store.server.ts';
import { refreshAllJob } from './job-definitions.ts';
import { refreshOne } from './refresh-forecasts.server.ts';

export type InventoryPage = {
  rows: InventoryRow[];
  before: Cursor | null;
  after: Cursor | null;
  counts: Record<string, number>;
  leadTimeDays: number;
};

const CHART_DAYS = 90;

/** Variants with their forecasts: the most urgent first, or the best selling. */
export async function listInventory(scope: ShopScope, query: InventoryQuery): Promise<InventoryPage> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const rows = await inventoryRows(tx, scope.shop.id, { ...query, limit: query.limit + 1 });
    const more = rows.length > query.limit;
    const up = query.cursor?.way === 'before';
    const shown = more ? (up ? rows.slice(1) : rows.slice(0, query.limit)) : rows;
    const cursorOf = (row: InventoryRow | undefined): Cursor | null =>
      row
        ? {
            value: query.sort === 'next28' ? String(row.next28) : row.reorderBy ? dateToDay(row.reorderBy) : null,
            id: String(row.variantId),
          }
        : null;
    return {
      rows: shown,
      before: (up ? more : query.cursor !== null) ? cursorOf(shown[0]) : null,
      after: up || more ? cursorOf(shown.at(-1)) : null,
      counts: await statusCounts(tx, scope.shop.id),
      leadTimeDays: await readLeadTime(tx, scope.shop.id),
    };
  });
}

const EXPORT_BATCH = 1_000;

/** Every variant of a list, page by page: memory holds one page, whatever the shop's size. */
export async function* allInventory(
  scope: ShopScope,
  query: Pick<InventoryQuery, 'search' | 'status' | 'sort'>,
): AsyncGenerator<InventoryRow> {
  let cursor: InventoryQuery['cursor'] = null;
  for (;;) {
    const page: InventoryPage = await listInventory(scope, { ...query, cursor, limit: EXPORT_BATCH });
    yield* page.rows;
    if (!page.after) return;
    cursor = { at: page.after, way: 'after' };
  }
}

/** A variant with its history, forecast, stock and the days after which it is bought again; null when the record has none such. */
export async function variantPage(scope: ShopScope, id: bigint) {
  const today = dayOf(scope.clock.now(), scope.shop.timezone);
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const details = await variantDetails(tx, scope.shop.id, id);
    if (!details) return null;
    const from = addDays(today, -CHART_DAYS);
    const sold = new Map((await readSold(tx, scope.shop.id, { variantIds: [id], from })).map((row) => [dateToDay(row.day), row.units]));
    const history = Array.from({ length: CHART_DAYS + 1 }, (_, index): { day: Day; sold: number | null; expected: number | null } => {
      const day = addDays(from, index);
      return { day, sold: sold.get(day) ?? 0, expected: null };
    });
    const first = details.forecast ? dateToDay(details.forecast.fromDay) : today;
    const expected = (details.forecast?.daily ?? []).map((units, index) => ({ day: addDays(first, index), sold: null, expected: units }));
    return {
      ...details,
      days: [...history.filter((row) => row.day < first), ...expected],
      plans: (await plansOf(tx, scope.shop.id, { variantIds: [id], from })).get(id) ?? [],
      defaultLeadTime: await readLeadTime(tx, scope.shop.id),
      boughtAgain: await readInterval(tx, scope.shop.id, id),
    };
  });
}

/** How many variants stand in each status; for Home. */
export async function stockStatus(scope: ShopScope): Promise<Record<string, number>> {
  return scope.db.forShop(scope.shop.id, (tx) => statusCounts(tx, scope.shop.id));
}

const isLeadTime = (days: number): boolean => Number.isInteger(days) && days >= 0 && days <= 365;

/** The shop's lead time; every forecast is made anew in the background. */
export async function saveLeadTime(scope: ShopScope, leadTimeDays: number): Promise<Ok<number> | Invalid> {
  if (!isLeadTime(leadTimeDays)) return invalid({ leadTimeDays: 'inventory.error.leadTime' });
  await scope.db.forShop(scope.shop.id, async (tx) => {
    const before = await readLeadTime(tx, scope.shop.id);
    await writeLeadTime(tx, scope.shop.id, { leadTimeDays, at: scope.clock.now() });
    await writeAudit(tx, scope, { action: 'forecast.lead-time.saved', before, after: leadTimeDays });
  });
  await scope.queue.enqueue(refreshAllJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return ok(leadTimeDays);
}

/** Days from ordering to goods on the shelf, for variants without their own. */
export async function shopLeadTime(scope: ShopScope): Promise<number> {
  return scope.db.forShop(scope.shop.id, (tx) => readLeadTime(tx, scope.shop.id));
}

/** One variant's own lead time, or null for the shop's; its reorder date moves at once. */
export async function saveVariantLeadTime(scope: ShopScope, variantId: bigint, leadTimeDays: number | null): Promise<Ok<null> | Invalid> {
  if (leadTimeDays !== null && !isLeadTime(leadTimeDays)) return invalid({ leadTimeDays: 'inventory.error.leadTime' });
  const known = await scope.db.forShop(scope.shop.id, async (tx) => {
    if (!(await hasVariant(tx, scope.shop.id, variantId))) return false;
    await writeVariantLeadTime(tx, scope.shop.id, { variantId, leadTimeDays, at: scope.clock.now() });
    await writeAudit(tx, scope, { action: 'forecast.lead-time.saved', subject: `variant/${variantId}`, after: leadTimeDays });
    return true;
  });
  if (!known) return invalid({ leadTimeDays: 'inventory.error.unknown' });
  await refreshOne(scope, scope.shop, variantId);
  return ok(null);
}
