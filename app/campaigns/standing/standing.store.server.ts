import { z } from 'zod';
import type { Db, ShopTx } from '../../platform/db.server.ts';
import { DELIVERIES } from '../delivery.ts';
import { offerSchema } from '../offer.ts';
import { STANDING_STATUSES, type Standing, type StandingStatus } from './standing.ts';
import { triggerSchema } from './trigger.ts';

const stored = z.object({
  status: z.enum(STANDING_STATUSES),
  trigger: triggerSchema,
  offers: z.array(offerSchema),
  delivery: z.enum(DELIVERIES).nullable(),
});
const WITHOUT = { seed: true, shopId: true, updatedAt: true, endedAt: true } as const;

export async function readStanding(tx: ShopTx, shopId: number, id: number): Promise<Standing | null> {
  const row = await tx.standingCampaign.findUnique({ where: { shopId_id: { shopId, id } }, omit: WITHOUT });
  return row && { ...row, ...stored.parse(row) };
}

/** Of a status, the highest priority first. */
export async function readStandings(tx: ShopTx, shopId: number, statuses: readonly StandingStatus[]): Promise<Standing[]> {
  const where = { shopId, status: { in: [...statuses] } };
  const rows = await tx.standingCampaign.findMany({ where, omit: WITHOUT, orderBy: [{ priority: 'desc' }, { id: 'asc' }] });
  return rows.map((row) => ({ ...row, ...stored.parse(row) }));
}

/** Those with a hold-out whose arms chance alone decided, with a run since an instant; oldest first. */
export async function readProvedStandings(tx: ShopTx, shopId: number, since: Date): Promise<Standing[]> {
  const runs = { shopId, standingId: { not: null }, startsAt: { gte: since } };
  const found = await tx.campaign.findMany({ where: runs, distinct: ['standingId'], select: { standingId: true } });
  const where = { shopId, id: { in: found.flatMap(({ standingId }) => standingId ?? []) }, holdOut: { gt: 0 }, learns: false };
  const rows = await tx.standingCampaign.findMany({ where, omit: WITHOUT, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return rows.map((row) => ({ ...row, ...stored.parse(row) }));
}

/** The key that says who is in which arm; it leaves the server with no page. */
export async function readStandingSeed(tx: ShopTx, shopId: number, id: number): Promise<Uint8Array> {
  return (await tx.standingCampaign.findUniqueOrThrow({ where: { shopId_id: { shopId, id } }, select: { seed: true } })).seed;
}

export async function insertStanding(
  tx: ShopTx,
  shopId: number,
  standing: Omit<Standing, 'id' | 'status'> & { seed: Uint8Array },
): Promise<number> {
  const { offers, seed, createdAt, ...rest } = standing;
  const row = await tx.standingCampaign.create({
    data: { shopId, ...rest, status: 'active', offers: [...offers], seed: Uint8Array.from(seed), createdAt, updatedAt: createdAt },
    select: { id: true },
  });
  return row.id;
}

/** @returns false when it is in another state by now. */
export async function moveStanding(
  tx: ShopTx,
  shopId: number,
  move: { id: number; from: readonly StandingStatus[]; to: StandingStatus; now: Date },
): Promise<boolean> {
  const { id, from, to, now } = move;
  const data = { status: to, updatedAt: now, ...(to === 'ended' ? { endedAt: now } : {}) };
  return (await tx.standingCampaign.updateMany({ where: { shopId, id, status: { in: [...from] } }, data })).count === 1;
}

/** One run of a shop's standing campaigns at a time, to the end of the transaction. */
export async function lockStanding(tx: ShopTx, shopId: number): Promise<boolean> {
  const [row] = await tx.sql.rows<{ mine: boolean }>({ text: 'SELECT pg_try_advisory_xact_lock(7345, $1::int) AS mine' }, [shopId]);
  return row?.mine ?? false;
}

export type Outcome = 'offered' | 'capped' | 'outbid';
export type Noted = { readonly customerId: bigint; readonly occasion: string; readonly outcome: Outcome };

/** Writes what came of occasions; one that was offered stays so. `run` is that of those offered now. */
export async function noteOccasions(
  tx: ShopTx,
  shopId: number,
  note: { standingId: number; run: number | null; at: Date; noted: readonly Noted[] },
): Promise<void> {
  const { standingId, run, at, noted } = note;
  const text = `INSERT INTO standing_occasions (shop_id, standing_id, customer_id, occasion, outcome, run, at)
    SELECT $1, $2, n.customer_id, n.occasion, n.outcome, CASE WHEN n.outcome = 'offered' THEN $3::int END, $4
    FROM unnest($5::bigint[], $6::text[], $7::text[]) AS n(customer_id, occasion, outcome)
    ON CONFLICT (shop_id, standing_id, customer_id, occasion) DO UPDATE SET outcome = excluded.outcome, run = excluded.run, at = excluded.at
    WHERE standing_occasions.outcome <> 'offered'`;
  const ids = `{${noted.map(({ customerId }) => customerId).join(',')}}`;
  await tx.sql.run({ text }, [
    shopId,
    standingId,
    run,
    at,
    ids,
    noted.map(({ occasion }) => occasion),
    noted.map(({ outcome }) => outcome),
  ]);
}

export async function nextRun(tx: ShopTx, shopId: number, standingId: number): Promise<number> {
  const last = await tx.campaign.aggregate({ where: { shopId, standingId }, _max: { run: true } });
  return (last._max.run ?? 0) + 1;
}

/**
 * Of these customers, those who have been in so many campaigns since a moment, in any arm of them, those that a run has
 * chosen and not yet assigned included.
 */
export async function cappedOf(
  tx: ShopTx,
  shopId: number,
  wanted: { customerIds: readonly bigint[]; since: Date; most: number },
): Promise<Set<bigint>> {
  const text = `SELECT customer_id AS id FROM (
      SELECT customer_id, 'campaign/' || campaign_id AS what FROM campaign_assignments
      WHERE shop_id = $1 AND customer_id = ANY($2::bigint[]) AND at > $3
      UNION SELECT o.customer_id, 'campaign/' || c.id FROM standing_occasions o
      JOIN campaigns c ON c.shop_id = o.shop_id AND c.standing_id = o.standing_id AND c.run = o.run
      WHERE o.shop_id = $1 AND o.customer_id = ANY($2::bigint[]) AND o.outcome = 'offered' AND o.at > $3) AS offers
    GROUP BY customer_id HAVING count(*) >= $4`;
  const { customerIds, since, most } = wanted;
  const rows = await tx.sql.rows<{ id: bigint }>({ text }, [shopId, `{${customerIds.join(',')}}`, since, most]);
  return new Set(rows.map(({ id }) => id));
}

export type StandingFigures = { readonly offered: number; readonly capped: number; readonly outbid: number; readonly lastRun: Date | null };
export const NO_OCCASIONS: StandingFigures = { offered: 0, capped: 0, outbid: 0, lastRun: null };

export async function occasionCounts(tx: ShopTx, shopId: number): Promise<Map<number, StandingFigures>> {
  const text = `SELECT standing_id AS id, (count(*) FILTER (WHERE outcome = 'offered'))::int AS offered,
      (count(*) FILTER (WHERE outcome = 'capped'))::int AS capped, (count(*) FILTER (WHERE outcome = 'outbid'))::int AS outbid,
      max(at) AS "lastRun" FROM standing_occasions WHERE shop_id = $1 GROUP BY standing_id`;
  const rows = await tx.sql.rows<StandingFigures & { id: number }>({ text }, [shopId]);
  return new Map(rows.map(({ id, ...figures }) => [id, figures]));
}

/** The runs' campaigns whose discounts may still work. */
export async function openRuns(
  tx: ShopTx,
  shopId: number,
  of: { standingId: number; now: Date },
): Promise<{ id: number; status: string }[]> {
  return tx.campaign.findMany({
    where: {
      shopId,
      standingId: of.standingId,
      status: { in: ['creating', 'active', 'paused'] },
      OR: [{ endsAt: null }, { endsAt: { gt: of.now } }],
    },
    select: { id: true, status: true },
    orderBy: { id: 'asc' },
  });
}

export async function shopsWithStanding(db: Db): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_standing() AS id' });
  return rows.map((row) => row.id);
}

/** How many customers of a run fell to each arm, by position. */
export type RunShares = {
  readonly run: number;
  readonly at: Date;
  readonly customers: readonly { readonly arm: number; readonly count: number }[];
};

/** The latest 20 runs, the last first. */
export async function runShares(tx: ShopTx, shopId: number, standingId: number): Promise<RunShares[]> {
  const text = `SELECT c.run, c.created_at AS at, a.arm, count(*)::int AS count
    FROM (SELECT id, run, created_at FROM campaigns WHERE shop_id = $1 AND standing_id = $2 ORDER BY run DESC LIMIT 20) AS c
    JOIN campaign_assignments a ON a.shop_id = $1 AND a.campaign_id = c.id GROUP BY 1, 2, 3 ORDER BY 1 DESC, 3`;
  const rows = await tx.sql.rows<{ run: number; at: Date; arm: number; count: number }>({ text }, [shopId, standingId]);
  return [...Map.groupBy(rows, ({ run }) => run)].map(([run, of]) => ({
    run,
    at: of[0]?.at ?? new Date(0),
    customers: of.map(({ arm, count }) => ({ arm, count })),
  }));
}
