import { addDays, dateToDay, dayFromNumber, dayNumber, dayOf, dayToDate, type Day } from '../core/calendar.ts';
import { currencyDigits } from '../core/money.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import { backfillProgress } from '../record/index.server.ts';
import { fitAside } from './fit-aside.server.ts';
import { weeksToNextOrder } from './next-order.ts';
import { PurchaseColumns, type Bought } from './purchase-columns.ts';
import { refreshRfm } from './rfm.store.server.ts';
import { expectedAt, historyAt, type ValueModel } from './value.ts';
import { endValues, purchasesPage, readModel, withRefreshLock, writeValues, type ModelRow, type ValueRow } from './value.store.server.ts';

const READ_PAGE = 10_000;
const WRITE_PAGE = 5_000;
const WHOLE_SHOP_MS = 600_000;

export type Refreshed =
  | {
      readonly kind: 'refreshed';
      readonly scoresChanged: number;
      readonly state: ModelRow['state'];
      readonly buyers: number;
      readonly days: number;
    }
  /** The import has not ended, or another process is at it. */
  | { readonly kind: 'importing' | 'busy' };

/**
 * Scores a shop's customers, fits its model of repeat buying to what was bought up to yesterday (the last whole day in the
 * shop's zone), and writes what each is expected to do. Doing it again on the same day changes nothing; killed anywhere,
 * the next run does it whole.
 */
export async function refreshAudience(platform: Platform, shop: ShopRef): Promise<Refreshed> {
  const steps = await backfillProgress({ ...platform, shop });
  // Half a history would score people who have only just been read.
  if (steps.some((step) => step.status !== 'done')) return { kind: 'importing' };
  const refreshed = await withRefreshLock(platform.db, shop.id, async (): Promise<Refreshed> => {
    const scoresChanged = await refreshScores(platform, shop);
    return { kind: 'refreshed', scoresChanged, ...(await refreshValues(platform, shop)) };
  });
  return refreshed ?? { kind: 'busy' };
}

/** @returns how many customers' rows changed. */
export async function refreshScores({ db, clock }: Platform, shop: ShopRef): Promise<number> {
  const as = { today: dayOf(clock.now(), shop.timezone), timezone: shop.timezone };
  return db.forShop(shop.id, (tx) => refreshRfm(tx, shop.id, as), { timeoutMs: WHOLE_SHOP_MS });
}

export async function refreshValues(platform: Platform, shop: ShopRef): Promise<Pick<ModelRow, 'state' | 'buyers' | 'days'>> {
  const now = platform.clock.now();
  const until = addDays(dayOf(now, shop.timezone), -1);
  const bought = await purchases(platform, shop, until);
  const fit = await fitAside(bought);
  const model = fit.kind === 'fitted' ? fit.model : null;
  const spend52w = model && (await writeAll(platform, shop, { bought, model, until }));
  const row: ModelRow = {
    fittedAt: now,
    untilDay: until,
    state: fit.kind,
    parameters: model && { bgnbd: model.bgnbd, gammaGamma: model.gammaGamma },
    logLikelihood: model && model.logLikelihood,
    buyers: bought.ids.length,
    days: bought.days,
    spend52w,
  };
  await platform.db.forShop(shop.id, (tx) => endValues(tx, shop.id, row), { timeoutMs: WHOLE_SHOP_MS });
  const { state, buyers, days } = row;
  return { state, buyers, days };
}

/** Page by page into columns of numbers. Amounts in whole units of money, as on the command line. */
async function purchases({ db }: Platform, shop: ShopRef, until: Day): Promise<Bought> {
  const columns = new PurchaseColumns();
  const unit = 10 ** currencyDigits(shop.currency);
  for (let after = -1n; ;) {
    const from = after;
    const page = await db.forShop(shop.id, (tx) => purchasesPage(tx, shop.id, { after: from, limit: READ_PAGE, until }));
    if (!page) return columns.until(dayNumber(until));
    for (const row of page.rows) columns.add({ ...row, spent: row.spent / unit });
    after = page.last;
  }
}

/** @returns what all together are expected to spend, in minor units; null where the amounts have no model. */
async function writeAll({ db }: Platform, shop: ShopRef, of: { bought: Bought; model: ValueModel; until: Day }): Promise<bigint | null> {
  const { bought, model, until } = of;
  const unit = 10 ** currencyDigits(shop.currency);
  const untilDay = dayToDate(until);
  let total = model.gammaGamma ? 0n : null;
  for (let from = 0; from < bought.ids.length; from += WRITE_PAGE) {
    const rows: ValueRow[] = [];
    for (let at = from; at < Math.min(from + WRITE_PAGE, bought.ids.length); at += 1) {
      const expected = expectedAt(bought, at, model);
      const spend52w = expected.expectedSpend52w === null ? null : BigInt(Math.round(expected.expectedSpend52w * unit));
      if (total !== null) total += spend52w ?? 0n;
      rows.push({
        customerId: bought.ids[at] ?? 0n,
        untilDay,
        alive: expected.probabilityAlive,
        orders52w: expected.expectedOrders52w,
        spend52w,
        nextOrderOn: nextOrder(bought, at, model),
      });
    }
    // Written again by the next run, should the server lose it.
    await db.forShop(shop.id, (tx) => writeValues(tx, shop.id, rows), { repeatable: true });
  }
  return total;
}

function nextOrder(bought: Bought, at: number, { bgnbd }: ValueModel): Date | null {
  const weeks = weeksToNextOrder(bgnbd, historyAt(bought, at));
  return weeks === null ? null : dayToDate(dayFromNumber((bought.lasts[at] ?? 0) + Math.ceil(weeks * 7)));
}

/** Whether a day of the shop has ended since its audience was refreshed last. */
export async function isAudienceBehind({ db, clock }: Platform, shop: ShopRef): Promise<boolean> {
  const until = addDays(dayOf(clock.now(), shop.timezone), -1);
  const model = await db.forShop(shop.id, (tx) => readModel(tx, shop.id));
  return model === null || dateToDay(model.untilDay) < until;
}
