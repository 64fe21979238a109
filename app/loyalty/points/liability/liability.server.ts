import { writeAudit } from '../../../audit/index.server.ts';
import { addDays, dayOf, parseDay, type Day } from '../../../core/calendar.ts';
import { amountOf } from '../../../core/money.ts';
import { invalid, ok, type Invalid, type Ok } from '../../../core/result.ts';
import type { ShopScope } from '../../../platform/context.server.ts';
import { pointsCohortsJob } from '../../job-definitions.ts';
import { sumsAt } from '../points.store.server.ts';
import { deferredRevenue, expectedValue, fullValue, rollForward, type Deferred, type Rolled } from './books.ts';
import { redemptionOf, WHOLE, type Estimate } from './breakage.ts';
import type { Month } from './cohorts.ts';
import { readBrought, readCohorts, readFlows, readSales, readSetting, saveSetting, type Setting } from './liability.store.server.ts';

export type LiabilityPage = {
  readonly day: Day;
  readonly today: Day;
  readonly pending: bigint;
  readonly available: bigint;
  readonly setting: Setting;
  /** By the shop's own history, as of the day. */
  readonly estimate: Estimate;
  /** What counts: the merchant's own share, else the estimate's, else the whole. Hundredths of a per cent. */
  readonly redemption: number;
  /** What is owed in minor units: in full, by the chance that it is spent, and as deferred revenue; null without a value of points. */
  readonly owed: { readonly full: bigint; readonly expected: bigint; readonly deferred: bigint } | null;
  /** From the first month of the books to the day's; the last ends with the day. */
  readonly rolled: readonly Rolled[];
  readonly revenue: readonly Deferred[];
};

/** The last month that was complete at the end of a day. */
function completeBy(day: Day): Month {
  const next = addDays(day, 1);
  return (next.endsWith('-01') ? day : addDays(parseDay(`${day.slice(0, 7)}-01`), -1)).slice(0, 7);
}

/** What points are owed at the end of a day, what they are worth, how that came about month by month, and as revenue put off. */
export async function liabilityPage(scope: ShopScope, asked: Day | null): Promise<LiabilityPage> {
  const { id: shopId, timezone } = scope.shop;
  const today = dayOf(scope.clock.now(), timezone);
  const day = asked && asked < today ? asked : today;
  const { setting, cells, flows, sales, brought, sums } = await scope.db.forShop(shopId, async (tx) => ({
    setting: await readSetting(tx, shopId),
    cells: await readCohorts(tx, shopId),
    flows: await readFlows(tx, shopId, day),
    sales: await readSales(tx, shopId, day),
    brought: await readBrought(tx, shopId, { until: day, timezone }),
    sums: await sumsAt(tx, shopId, day),
  }));
  const held = (account: string): bigint => sums.find((sum) => sum.account === account)?.points ?? 0n;
  const [pending, available] = [held('pending'), held('available')];
  const estimate = redemptionOf(cells, completeBy(day));
  const redemption = setting.redemption ?? (estimate.kind === 'estimated' ? estimate.redemption : WHOLE);
  const rolled = rollForward(flows, day.slice(0, 7));
  const common = { day, today, pending, available, setting, estimate, redemption, rolled };
  if (setting.perHundred === null) return { ...common, owed: null, revenue: [] };
  const valuation = { perHundred: setting.perHundred, redemption };
  const revenue = deferredRevenue(rolled, valuation, { sales, brought });
  const points = pending + available;
  const owed = { full: fullValue(points, valuation), expected: expectedValue(points, valuation), deferred: revenue.at(-1)?.closing ?? 0n };
  return { ...common, owed, revenue };
}

/** "85" or "85.5" per cent in hundredths; null for none, undefined for what is no share. */
function shareOf(text: string): number | null | undefined {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return null;
  const share = /^\d{1,3}(?:\.\d{1,2})?$/.test(typed) ? Math.round(Number(typed) * 100) : WHOLE + 1;
  return share <= WHOLE ? share : undefined;
}

/** Says what points are worth, and perhaps which share is ever spent. @returns what is wrong by field. */
export async function saveValuation(
  scope: ShopScope,
  typed: { readonly perHundred: string; readonly redemption: string },
): Promise<Ok<null> | Invalid> {
  const { id: shopId, currency } = scope.shop;
  const [perHundred, redemption] = [amountOf(typed.perHundred, currency), shareOf(typed.redemption)];
  const fields = {
    ...(perHundred === null || perHundred <= 0n ? { perHundred: 'liability.error.perHundred' } : {}),
    ...(redemption === undefined ? { redemption: 'liability.error.redemption' } : {}),
  };
  if (Object.keys(fields).length > 0) return invalid(fields);
  await scope.db.forShop(shopId, async (tx) => {
    const before = await readSetting(tx, shopId);
    const after = { perHundred, redemption: redemption ?? null };
    await saveSetting(tx, shopId, after);
    const told = { perHundred: before.perHundred, redemption: before.redemption };
    await writeAudit(tx, scope, { action: 'loyalty.points.valued', before: told, after });
  });
  return ok(null);
}

/** Asks for what became of points to be looked at now instead of in the night. */
export async function askForCohorts(scope: ShopScope): Promise<Ok<null>> {
  await scope.queue.enqueue(pointsCohortsJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return ok(null);
}
