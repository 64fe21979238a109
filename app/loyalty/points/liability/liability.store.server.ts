import { z } from 'zod';
import type { Day } from '../../../core/calendar.ts';
import type { ShopTx } from '../../../platform/db.server.ts';
import { ACCOUNT_NAMES, ACCOUNTS, type Account } from '../replay.ts';
import type { CohortCell } from './breakage.ts';
import type { Flow } from './books.ts';
import { KINDS, type Month } from './cohorts.ts';

const NAMES = new Map<number, Account>(ACCOUNT_NAMES.map((name) => [ACCOUNTS[name], name]));
const kindSchema = z.enum(KINDS);

/** What moved between accounts, by month of booking, up to and with a day of the shop; from the days' sums. */
export async function readFlows(tx: ShopTx, shopId: number, until: Day): Promise<Flow[]> {
  const text = `SELECT to_char(day, 'YYYY-MM') AS month, from_account AS "from", to_account AS "to", sum(points)::bigint AS points
    FROM points_days WHERE shop_id = $1 AND day <= $2::date GROUP BY 1, 2, 3`;
  const rows = await tx.sql.rows<{ month: Month; from: number; to: number; points: bigint }>({ name: 'points-flows', text }, [
    shopId,
    until,
  ]);
  return rows.map(({ month, from, to, points }) => ({ month, points, from: NAMES.get(from) ?? 'issued', to: NAMES.get(to) ?? 'issued' }));
}

/** Net sales by month, up to and with a day. Minor units of the shop's currency. */
export async function readSales(tx: ShopTx, shopId: number, until: Day): Promise<Map<Month, bigint>> {
  const text = `SELECT to_char(day, 'YYYY-MM') AS month, sum(net)::bigint AS net FROM day_channel_rollups WHERE shop_id = $1 AND day <= $2::date GROUP BY 1`;
  const rows = await tx.sql.rows<{ month: Month; net: bigint }>({ name: 'points-sales', text }, [shopId, until]);
  return new Map(rows.map(({ month, net }) => [month, net]));
}

/** Points of imports by the month of their booking, less those that were undone by the month of that. */
export async function readBrought(
  tx: ShopTx,
  shopId: number,
  { until, timezone }: { until: Day; timezone: string },
): Promise<Map<Month, bigint>> {
  const text = `SELECT to_char(moved.at AT TIME ZONE $3, 'YYYY-MM') AS month, sum(moved.points)::bigint AS points FROM (
      SELECT COALESCE(booked_at, at) AS at, points FROM points_imports WHERE shop_id = $1 AND status <> 'checked'
      UNION ALL SELECT undone_at, kept - points FROM points_imports WHERE shop_id = $1 AND status = 'undone') AS moved
    WHERE (moved.at AT TIME ZONE $3)::date <= $2::date GROUP BY 1`;
  const rows = await tx.sql.rows<{ month: Month; points: bigint }>({ name: 'points-brought', text }, [shopId, until, timezone]);
  return new Map(rows.map(({ month, points }) => [month, points]));
}

export type Setting = {
  /** What 100 points are worth when they are spent, minor units; null: nobody said. */
  readonly perHundred: bigint | null;
  /** The merchant's own share of points that is ever spent, hundredths of a per cent; null: by the shop's history. */
  readonly redemption: number | null;
  readonly sampled: number;
  readonly members: number;
  readonly estimatedAt: Date | null;
};

export async function readSetting(tx: ShopTx, shopId: number): Promise<Setting> {
  const row = await tx.pointsValuation.findUnique({ where: { shopId }, omit: { shopId: true } });
  return row ?? { perHundred: null, redemption: null, sampled: 0, members: 0, estimatedAt: null };
}

export async function saveSetting(tx: ShopTx, shopId: number, setting: Pick<Setting, 'perHundred' | 'redemption'>): Promise<void> {
  await tx.pointsValuation.upsert({ where: { shopId }, create: { shopId, ...setting }, update: setting });
}

export async function readCohorts(tx: ShopTx, shopId: number): Promise<CohortCell[]> {
  const text = `SELECT to_char(issued, 'YYYY-MM') AS issued, to_char(used, 'YYYY-MM') AS used, kind, points FROM points_cohorts WHERE shop_id = $1`;
  const rows = await tx.sql.rows<{ issued: Month; used: Month; kind: string; points: bigint }>({ name: 'points-cohorts', text }, [shopId]);
  return rows.map((row) => ({ ...row, kind: kindSchema.parse(row.kind) }));
}

/** Puts new cohorts in the place of the old ones. */
export async function writeCohorts(
  tx: ShopTx,
  shopId: number,
  { cells, ...look }: { cells: readonly CohortCell[]; sampled: number; members: number; estimatedAt: Date },
): Promise<void> {
  await tx.sql.run({ text: 'SELECT pg_advisory_xact_lock(7391, $1::int)' }, [shopId]);
  await tx.pointsCohort.deleteMany({ where: { shopId } });
  const first = (month: Month): Date => new Date(`${month}-01T00:00:00Z`);
  const data = cells.map(({ issued, used, kind, points }) => ({ shopId, issued: first(issued), used: first(used), kind, points }));
  await tx.pointsCohort.createMany({ data });
  await tx.pointsValuation.upsert({ where: { shopId }, create: { shopId, ...look }, update: look });
}

/** Up to so many members who were not erased, chosen by a hash of their numbers: the same ones each time. In the order of their ids. */
export async function sampleMembers(tx: ShopTx, shopId: number, limit: number): Promise<{ members: number; customerIds: bigint[] }> {
  const living = `FROM points_members m WHERE m.shop_id = $1
    AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.shop_id = m.shop_id AND c.id = m.customer_id AND c.redacted_at IS NOT NULL)`;
  const [count] = await tx.sql.rows<{ members: number }>({ text: `SELECT count(*)::int AS members ${living}` }, [shopId]);
  const text = `SELECT id FROM (SELECT m.customer_id AS id ${living} ORDER BY hashint8(m.customer_id), m.customer_id LIMIT $2) AS chosen ORDER BY id`;
  const rows = await tx.sql.rows<{ id: bigint }>({ text }, [shopId, limit]);
  return { members: count?.members ?? 0, customerIds: rows.map(({ id }) => id) };
}
