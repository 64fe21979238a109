import { addDays, dateToDay, dayOf, daysBetween, type Day } from '../core/calendar.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { overstocked, productDemand, type Overstock, type ProductDemand } from './forecast.store.server.ts';
import { coverDays } from './reorder.ts';

export type RunningOut = { readonly productId: string; readonly title: string; readonly on: Day };

/**
 * Which of some products are sold out before a day, all variants and places together, if demand is `uplift` times what is
 * expected; with the first day whose demand the stock does not meet in full, in its order. A product whose stock is not
 * tracked, or which nobody buys while it has stock, never is.
 */
export async function runningOut(
  scope: ShopScope,
  wanted: { productIds: readonly string[]; before: Day; uplift: number },
): Promise<RunningOut[]> {
  const today = dayOf(scope.clock.now(), scope.shop.timezone);
  const rows = await scope.db.forShop(scope.shop.id, (tx) => productDemand(tx, scope.shop.id, wanted.productIds.map(BigInt)));
  const found = Map.groupBy(rows, (row) => row.productId);
  const out = [...found].flatMap(([productId, variants]): RunningOut[] => {
    const on = outOn(variants, { today, uplift: wanted.uplift });
    return on !== null && on < wanted.before ? [{ productId: String(productId), title: variants[0]?.title ?? '', on }] : [];
  });
  return out.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
}

/** The day on which a product's variants, taken together, are sold out; null: not within sight. */
function outOn(variants: readonly ProductDemand[], { today, uplift }: { today: Day; uplift: number }): Day | null {
  if (variants.some((variant) => variant.available === null)) return null;
  const available = variants.reduce((sum, variant) => sum + Math.max(0, variant.available ?? 0), 0);
  if (available === 0) return today;
  const days = Math.max(...variants.map((variant) => variant.daily.length));
  const daily = Array.from({ length: days }, () => 0);
  for (const { daily: expected, fromDay } of variants) {
    // A forecast that was made some days ago begins with those; it is repeated beyond its end.
    const passed = Math.max(0, daysBetween(dateToDay(fromDay), today));
    for (let at = 0; at < days; at += 1) daily[at] = (daily[at] ?? 0) + (expected[(at + passed) % expected.length] ?? 0) * uplift;
  }
  const cover = coverDays(daily, available);
  return Number.isFinite(cover) && cover < 3_650 ? addDays(today, Math.floor(cover)) : null;
}

/** What lasts longer than so many days lies too long. */
export const OVERSTOCK_DAYS = 183;

/** Products that last longest, those with the most money in them first: what a campaign could help to clear. */
export async function overstock(scope: ShopScope, wanted: { coverDays: number; limit: number }): Promise<Overstock[]> {
  return scope.db.forShop(scope.shop.id, (tx) => overstocked(tx, scope.shop.id, wanted));
}
