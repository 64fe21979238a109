import { z } from 'zod';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Db, ShopTx } from '../../platform/db.server.ts';
import { policySchema, type Policy } from '../policy/policy.ts';
import { WAVE_STATUSES, type WaveSpent, type WaveStatus } from './waves.ts';

export type Wave = {
  readonly wave: number;
  readonly status: WaveStatus;
  /** Of one that is planned, when it goes out. */
  readonly dueAt: Date;
  /** What was believed of the arms when it began; null where the arms are drawn evenly. */
  readonly policy: Policy | null;
  /** So many codes the budget bears in it; null for any number. */
  readonly mostCodes: number | null;
  /** The chance below which a customer gets in; null until it is told, or where all do. */
  readonly inclusion: number | null;
  /** Of a code, by what came of the codes before, minor units. */
  readonly expectedCost: bigint | null;
  /** It was put off because the budget did not bear it. */
  readonly waits: boolean;
  readonly startedAt: Date | null;
  readonly assignedAt: Date | null;
  readonly madeAt: Date | null;
  readonly error: string | null;
};

const stored = z.object({ status: z.enum(WAVE_STATUSES), policy: policySchema.nullable() });
type Place = { readonly campaignId: number; readonly wave: number };
const at = (shopId: number, { campaignId, wave }: Place) => ({ shopId, campaignId, wave });

export async function insertWaves(
  tx: ShopTx,
  shopId: number,
  { campaignId, due }: { campaignId: number; due: readonly Date[] },
): Promise<void> {
  await tx.campaignWave.createMany({ data: due.map((dueAt, wave) => ({ shopId, campaignId, wave, status: 'planned', dueAt })) });
}

/** A campaign's waves, the first first; none where everybody goes at once. */
export async function readWaves(tx: ShopTx, shopId: number, campaignId: number): Promise<Wave[]> {
  const omit = { shopId: true, campaignId: true } as const;
  const rows = await tx.campaignWave.findMany({ where: { shopId, campaignId }, omit, orderBy: { wave: 'asc' } });
  return rows.map((row) => ({ ...row, ...stored.parse(row) }));
}

/** Changes a wave that is in one of the given states. @returns false when it is in another by now. */
export async function noteWave(
  tx: ShopTx,
  shopId: number,
  { from, data, ...place }: Place & { from: readonly WaveStatus[]; data: Partial<Omit<Wave, 'wave'>> },
): Promise<boolean> {
  const { policy, ...rest } = data;
  const change = { ...rest, ...(policy === undefined ? {} : { policy: policy ?? Prisma.DbNull }) };
  const { count } = await tx.campaignWave.updateMany({ where: { ...at(shopId, place), status: { in: [...from] } }, data: change });
  return count === 1;
}

/** Sets when the waves after one go out. */
export async function planNext(tx: ShopTx, shopId: number, next: Place & { after: Date; days: number }): Promise<void> {
  const { campaignId, wave, after, days } = next;
  const text = `UPDATE campaign_waves SET due_at = $4::timestamptz + (wave - $3) * $5::int * interval '1 day'
    WHERE shop_id = $1 AND campaign_id = $2 AND wave > $3 AND status = 'planned'`;
  await tx.sql.run({ text }, [shopId, campaignId, wave, after, days]);
}

/** Ends the waves of a campaign that are in one of the given states. @returns how many. */
export async function stopWaves(
  tx: ShopTx,
  shopId: number,
  { campaignId, from, to }: { campaignId: number; from: readonly WaveStatus[]; to: 'stopped' | 'over' },
): Promise<number> {
  return (await tx.campaignWave.updateMany({ where: { shopId, campaignId, status: { in: [...from] } }, data: { status: to } })).count;
}

/** Campaigns that run and have a wave that is due or being made, oldest first. */
export async function campaignsWithWaves(tx: ShopTx, shopId: number, now: Date): Promise<number[]> {
  const text = `SELECT DISTINCT w.campaign_id AS id FROM campaign_waves w
    JOIN campaigns c ON c.shop_id = w.shop_id AND c.id = w.campaign_id AND c.status = 'active'
    WHERE w.shop_id = $1 AND w.status IN ('planned', 'making') AND w.due_at <= $2 ORDER BY 1`;
  return (await tx.sql.rows<{ id: number }>({ text }, [shopId, now])).map(({ id }) => id);
}

export async function shopsWithWaves(db: Db, now: Date): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_waves($1) AS id' }, [now]);
  return rows.map(({ id }) => id);
}

/** What the codes of each wave that was assigned came to. */
export async function spentByWave(tx: ShopTx, shopId: number, campaignId: number): Promise<WaveSpent[]> {
  const text = `SELECT w.assigned_at AS at, count(k.code)::int AS codes, count(r.code)::int AS used, COALESCE(sum(r.spent), 0)::bigint AS spent
    FROM campaign_waves w
    JOIN campaign_assignments a ON a.shop_id = w.shop_id AND a.campaign_id = w.campaign_id AND a.wave = w.wave
    JOIN campaign_codes k ON k.shop_id = a.shop_id AND k.campaign_id = a.campaign_id AND k.customer_id = a.customer_id
    LEFT JOIN LATERAL (SELECT min(u.code) AS code, sum(u.discount_cost) AS spent FROM campaign_redemptions u
      WHERE u.shop_id = k.shop_id AND u.code = k.code) AS r ON true
    WHERE w.shop_id = $1 AND w.campaign_id = $2 AND w.assigned_at IS NOT NULL GROUP BY w.wave, w.assigned_at ORDER BY w.wave`;
  return tx.sql.rows<WaveSpent>({ text }, [shopId, campaignId]);
}

export async function codesOfWave(tx: ShopTx, shopId: number, { campaignId, wave }: Place): Promise<number> {
  const text = `SELECT count(*)::int AS codes FROM campaign_assignments WHERE shop_id = $1 AND campaign_id = $2 AND wave = $3 AND arm > 0`;
  const [row] = await tx.sql.rows<{ codes: number }>({ text }, [shopId, campaignId, wave]);
  return row?.codes ?? 0;
}

/** How many customers of a wave are in an arm, with how many codes at the store and mails sent. */
export type WaveArm = {
  readonly wave: number;
  readonly arm: number;
  readonly held: boolean;
  readonly customers: number;
  readonly made: number;
  readonly sent: number;
};

export async function armsByWave(tx: ShopTx, shopId: number, campaignId: number): Promise<WaveArm[]> {
  const text = `SELECT a.wave, a.arm, a.held, count(*)::int AS customers,
      (count(k.code) FILTER (WHERE k.status NOT IN ('issued', 'refused')))::int AS made,
      (count(*) FILTER (WHERE m.status = 'sent' OR f.status = 'sent'))::int AS sent
    FROM campaign_assignments a
    LEFT JOIN campaign_codes k ON k.shop_id = a.shop_id AND k.campaign_id = a.campaign_id AND k.customer_id = a.customer_id
      AND k.replaces IS NULL
    LEFT JOIN mail_messages m ON m.shop_id = a.shop_id AND m.key = 'campaign/' || a.campaign_id || '/' || a.customer_id
    LEFT JOIN outbox_messages f ON f.shop_id = a.shop_id AND f.idempotency_key = 'flow/' || a.campaign_id || '/' || a.customer_id
      AND f.kind = 'campaigns.flow'
    WHERE a.shop_id = $1 AND a.campaign_id = $2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
  return tx.sql.rows<WaveArm>({ text }, [shopId, campaignId]);
}
