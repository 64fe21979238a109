import { addDays, dateToDay, dayNumber, dayOf, dayToDate, type Day } from '../core/calendar.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { takeDirty } from '../record/index.server.ts';
import {
  dropForecasts,
  forecastLock,
  hasForecastBefore,
  readLeadTime,
  readShopWeek,
  readSold,
  readStock,
  readStockDays,
  variantsAfter,
  writeForecasts,
  type ForecastRow,
  type VariantStock,
} from './forecast.store.server.ts';
import { buildSeries, shopWeek, type StockDay, type WeekProfile } from './demand-series.ts';
import { factorOn, withoutPlans, withPlans, type DemandPlan } from './demand-plan.ts';
import { plansOf } from './demand-plans.store.server.ts';
import { forecastDemand } from './registry.ts';
import { reorder } from './reorder.ts';

export const HORIZON = 28;
const HISTORY_DAYS = 365;
const BATCH = 250;

type Known = {
  /** Units by day number, today included. */
  units: ReadonlyMap<number, number>;
  stock: readonly StockDay[];
  week: WeekProfile;
  plans: readonly DemandPlan[];
  today: Day;
  defaultLeadTime: number;
  now: Date;
};

function rowOf(stock: VariantStock, known: Known): ForecastRow {
  const { today, now, units, plans } = known;
  const { series: seen, outOfStockDays } = buildSeries({ until: today, historyDays: HISTORY_DAYS, units, stock: known.stock });
  // A model learns what demand is without campaigns; those to come are put on what it expects.
  const series = withoutPlans(seen, plans);
  const soldToday = units.get(dayNumber(today)) ?? 0;
  const plain = forecastDemand({ series, shopWeek: known.week, horizon: HORIZON, soldToday: soldToday / factorOn(plans, today) });
  const forecast = { model: plain.model, daily: withPlans(plain.daily, today, plans) };
  const leadTimeDays = stock.leadTimeDays ?? known.defaultLeadTime;
  const available = stock.tracked ? (stock.available ?? 0) : null;
  const plan = reorder({ available, daily: forecast.daily, soldToday, leadTimeDays, today });
  const since = dayNumber(today) - HORIZON;
  const dateOf = (day: Day | null): Date | null => (day === null ? null : dayToDate(day));
  return {
    variantId: stock.variantId,
    model: forecast.model,
    computedAt: now,
    fromDay: dayToDate(today),
    daily: forecast.daily,
    next28: forecast.daily.reduce((sum, expected) => sum + expected, 0),
    historyDays: series.values.length,
    outOfStockDays,
    sold28: [...units].reduce((sum, [day, count]) => (day > since ? sum + count : sum), 0),
    available,
    onHandValue: available === null || stock.unitCost === null ? null : stock.unitCost * BigInt(Math.max(0, available)),
    daysOfCover: plan.daysOfCover,
    stockoutOn: dateOf(plan.stockoutOn),
    leadTimeDays,
    reorderBy: dateOf(plan.reorderBy),
    status: plan.status,
  };
}

async function refreshIn(tx: ShopTx, work: { shop: ShopRef; now: Date; variantIds: bigint[] }): Promise<void> {
  const { shop, now, variantIds } = work;
  if (variantIds.length === 0) return;
  const today = dayOf(now, shop.timezone);
  const from = addDays(today, -HISTORY_DAYS);
  const stock = await readStock(tx, shop.id, { variantIds, currency: shop.currency });
  const sold = Map.groupBy(await readSold(tx, shop.id, { variantIds, from }), (row) => row.variantId);
  const readings = Map.groupBy(await readStockDays(tx, shop.id, { variantIds, from, timezone: shop.timezone }), (row) => row.variantId);
  const trade = await readShopWeek(tx, shop.id, { from, to: today });
  const plans = await plansOf(tx, shop.id, { variantIds, from });
  const common = { week: shopWeek(trade.units, trade.days / 7), today, now, defaultLeadTime: await readLeadTime(tx, shop.id) };
  const rows = stock.map((entry) =>
    rowOf(entry, {
      ...common,
      plans: plans.get(entry.variantId) ?? [],
      units: new Map((sold.get(entry.variantId) ?? []).map((row) => [dayNumber(dateToDay(row.day)), row.units])),
      stock: (readings.get(entry.variantId) ?? []).map((row) => ({ ...row, day: dateToDay(row.day) })),
    }),
  );
  await writeForecasts(tx, shop.id, rows);
  const living = new Set(stock.map((entry) => entry.variantId));
  await dropForecasts(
    tx,
    shop.id,
    variantIds.filter((id) => !living.has(id)),
  );
}

/** Forecasts the variants that the record marked, batch by batch; a crash leaves the rest marked. @returns how many. */
export async function refreshDirty(platform: Platform, shop: ShopRef): Promise<number> {
  let count = 0;
  for (;;) {
    const taken = await platform.db.forShop(shop.id, async (tx) => {
      await forecastLock(tx, shop.id);
      const variantIds = await takeDirty(tx, shop.id, { feed: 'forecast', limit: BATCH });
      await refreshIn(tx, { shop, now: platform.clock.now(), variantIds });
      return variantIds.length;
    });
    count += taken;
    if (taken < BATCH) return count;
  }
}

/** Forecasts every variant: days pass without any event, and a new lead time touches all. @returns how many. */
export async function refreshAll(platform: Platform, shop: ShopRef): Promise<number> {
  let count = 0;
  for (let after = -1n; ;) {
    const page = await platform.db.forShop(shop.id, async (tx) => {
      await forecastLock(tx, shop.id);
      const variantIds = await variantsAfter(tx, shop.id, { after, limit: BATCH });
      await refreshIn(tx, { shop, now: platform.clock.now(), variantIds });
      return variantIds;
    });
    count += page.length;
    const last = page.at(-1);
    if (last === undefined) return count;
    after = last;
  }
}

/** True when the shop's day has changed since its forecasts were made. */
export async function isBehind(platform: Platform, shop: ShopRef): Promise<boolean> {
  const today = dayOf(platform.clock.now(), shop.timezone);
  return platform.db.forShop(shop.id, (tx) => hasForecastBefore(tx, shop.id, today));
}

/** One variant at once, for the page on which its lead time was just changed. */
export async function refreshOne(platform: Platform, shop: ShopRef, variantId: bigint): Promise<void> {
  await platform.db.forShop(shop.id, async (tx) => {
    await forecastLock(tx, shop.id);
    await refreshIn(tx, { shop, now: platform.clock.now(), variantIds: [variantId] });
  });
}
