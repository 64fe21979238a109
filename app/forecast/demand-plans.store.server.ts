import { dateToDay, dayToDate, type Day } from '../core/calendar.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { markDirty } from '../record/index.server.ts';
import type { DemandPlan } from './demand-plan.ts';

/** As a row of a plan stands for all products. */
const ALL = 0n;

/** A plan by where it comes from ("campaign/7"); `productIds` null: all products. */
export type NewPlan = DemandPlan & {
  readonly source: string;
  /** What the merchant knows it by. */
  readonly label: string;
  readonly productIds: readonly bigint[] | null;
};

/** Puts a plan in place of what its source had planned; the forecasts that it touches follow. */
export async function planDemand(tx: ShopTx, shopId: number, plan: NewPlan): Promise<void> {
  const { source, label, from, to, factor, productIds } = plan;
  await touch(tx, shopId, source);
  await tx.demandPlan.deleteMany({ where: { shopId, source } });
  const row = { shopId, source, label, fromDay: dayToDate(from), toDay: to && dayToDate(to), factor };
  await tx.demandPlan.createMany({ data: (productIds ?? [ALL]).map((productId) => ({ ...row, productId })) });
  await touch(tx, shopId, source);
}

/** Lets a plan end with a day that is earlier than planned, or never come to be. */
export async function endPlan(tx: ShopTx, shopId: number, { source, on }: { source: string; on: Day }): Promise<void> {
  await touch(tx, shopId, source);
  const day = dayToDate(on);
  await tx.demandPlan.deleteMany({ where: { shopId, source, fromDay: { gt: day } } });
  await tx.demandPlan.updateMany({ where: { shopId, source, OR: [{ toDay: null }, { toDay: { gt: day } }] }, data: { toDay: day } });
}

/** Marks the variants that a source's plan is about. */
async function touch(tx: ShopTx, shopId: number, source: string): Promise<void> {
  const text = `SELECT v.id FROM variants v WHERE v.shop_id = $1 AND v.deleted_at IS NULL AND EXISTS (
    SELECT 1 FROM demand_plans d WHERE d.shop_id = $1 AND d.source = $2 AND d.product_id IN (0, v.product_id))`;
  const rows = await tx.sql.rows<{ id: bigint }>({ text }, [shopId, source]);
  await markDirty(tx, shopId, { feed: 'forecast', ids: rows.map(({ id }) => id) });
}

export type ShownPlan = DemandPlan & { readonly source: string; readonly label: string };

/** The plans of variants that touch the days from `from` on, by variant; a variant without any is not in it. */
export async function plansOf(
  tx: ShopTx,
  shopId: number,
  wanted: { variantIds: readonly bigint[]; from: Day },
): Promise<Map<bigint, ShownPlan[]>> {
  const text = `SELECT v.id AS "variantId", d.source, d.label, d.from_day AS "fromDay", d.to_day AS "toDay", d.factor
    FROM variants v JOIN demand_plans d ON d.shop_id = v.shop_id AND d.product_id IN (0, v.product_id)
    WHERE v.shop_id = $1 AND v.id = ANY($2::bigint[]) AND (d.to_day IS NULL OR d.to_day >= $3) ORDER BY d.from_day, d.source`;
  type Row = { variantId: bigint; source: string; label: string; fromDay: Date; toDay: Date | null; factor: number };
  const rows = await tx.sql.rows<Row>({ text }, [shopId, `{${wanted.variantIds.join(',')}}`, dayToDate(wanted.from)]);
  const shown = rows.map(({ variantId, fromDay, toDay, ...row }) => ({
    variantId,
    plan: { ...row, from: dateToDay(fromDay), to: toDay && dateToDay(toDay) },
  }));
  return new Map([...Map.groupBy(shown, (row) => row.variantId)].map(([id, of]) => [id, of.map(({ plan }) => plan)]));
}
