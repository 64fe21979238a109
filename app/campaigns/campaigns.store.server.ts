import { z } from 'zod';
import { Prisma } from '../generated/prisma/client.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';
import { nameOf, openPerson, type PersonKeys } from '../record/index.server.ts';
import { parseAudience } from './audience.store.server.ts';
import type { Arm } from './arms.ts';
import { budgetSchema, type Budget } from './budget.ts';
import { STATUSES, type Audience, type CampaignStatus, type CheckedCampaign } from './campaign.ts';
import { DELIVERIES, type Delivery } from './delivery.ts';
import { offerSchema } from './offer.ts';
import { policySchema, type Policy } from './policy/policy.ts';

/** An arm as it stands in the store; without a discount as long as that is not made, or for the hold-out. */
export type CampaignArm = Arm & { readonly discountGid: string | null };

export type Campaign = {
  id: number;
  name: string;
  status: CampaignStatus;
  audience: Audience;
  /** By position; the first is the hold-out. */
  arms: readonly CampaignArm[];
  startsAt: Date;
  endsAt: Date | null;
  /** How many days before an assignment its `before` looks back. */
  beforeDays: number;
  /** Of the always-valid intervals, minor units squared; null until every customer is in an arm. */
  mixture: number | null;
  /** Mean square of what an order brought before the campaign, minor units squared. */
  orderSquare: number;
  /** Customers in any arm; 0 until all are assigned. */
  audienceSize: number;
  /** How the codes reach the customers; null: the merchant hands them over. */
  delivery: Delivery;
  /** What the codes begin with. */
  word: string | null;
  budget: Budget | null;
  /** So many codes the budget bears; null for any number. */
  mostCodes: number | null;
  /** What was believed of the arms when this run was made; null where the shares alone decide. */
  policy: Policy | null;
  /** The program chooses the arms, from wave to wave. */
  learns: boolean;
  /** Days between two waves; null where everybody goes at once. */
  waveDays: number | null;
  /** Whose run it is; null for a campaign of its own. */
  standingId: number | null;
  run: number | null;
  /** By how much it was expected to change demand when it was made. */
  demandFactor: number;
  /** The chance below which a customer gets in; null until it is told, or where all do. */
  inclusion: number | null;
  error: string | null;
  createdAt: Date;
};

const stored = z.object({ status: z.enum(STATUSES), delivery: z.enum(DELIVERIES).nullable() });
type ArmRow = { campaignId: number; position: number; share: number; offer: unknown; discountGid: string | null };
type Row = Omit<Campaign, 'status' | 'delivery' | 'audience' | 'arms' | 'budget' | 'policy'> & {
  policy: unknown;
  status: string;
  delivery: string | null;
  audience: unknown;
  budget: unknown;
};

function campaignOf(row: Row, armRows: readonly ArmRow[]): Campaign {
  const { id, name, startsAt, endsAt, beforeDays, mixture, orderSquare, audienceSize, error, createdAt } = row;
  const { word, mostCodes, inclusion, demandFactor, standingId, run, learns, waveDays } = row;
  const audience = parseAudience(row.audience);
  if (!audience) throw new Error(`campaign ${id} has an audience that no rule understands`);
  const arms = armRows
    .filter((arm) => arm.campaignId === id)
    .map(({ position, share, offer, discountGid }) => ({ position, share, discountGid, offer: offerSchema.nullable().parse(offer) }));
  return {
    id,
    name,
    startsAt,
    endsAt,
    beforeDays,
    mixture,
    orderSquare,
    audienceSize,
    error,
    createdAt,
    word,
    mostCodes,
    inclusion,
    demandFactor,
    standingId,
    run,
    learns,
    waveDays,
    budget: budgetSchema.nullable().parse(row.budget),
    policy: policySchema.nullable().parse(row.policy),
    audience,
    arms,
    ...stored.parse(row),
  };
}

const armsOfCampaigns = (tx: ShopTx, shopId: number, ids: readonly number[]): Promise<ArmRow[]> =>
  tx.campaignArm.findMany({ where: { shopId, campaignId: { in: [...ids] } }, orderBy: { position: 'asc' } });

type NewCampaign = Omit<CheckedCampaign, 'offers' | 'holdOut' | 'mail' | 'flow' | 'waves' | 'learns'> & {
  arms: readonly Arm[];
  mostCodes: number | null;
  demandFactor: number;
  delivery: Delivery;
  standingId?: number;
  run?: number;
  policy?: Policy | null;
  learns?: boolean;
  waveDays?: number;
  seed: Uint8Array;
  beforeDays: number;
  now: Date;
};

export async function insertCampaign(tx: ShopTx, shopId: number, campaign: NewCampaign): Promise<number> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7326, ${shopId}::int)`;
  const last = await tx.campaign.aggregate({ where: { shopId }, _max: { id: true } });
  const id = (last._max.id ?? 0) + 1;
  const { now, arms, seed, ...data } = campaign;
  const row = { shopId, id, status: 'creating', createdAt: now, updatedAt: now, ...data, seed: Uint8Array.from(seed) };
  await tx.campaign.create({
    data: { ...row, audience: [...data.audience], budget: data.budget ?? Prisma.DbNull, policy: data.policy ?? Prisma.DbNull },
  });
  await tx.campaignArm.createMany({
    data: arms.map(({ position, share, offer }) => ({ shopId, campaignId: id, position, share, offer: offer ?? Prisma.DbNull })),
  });
  return id;
}

export async function readCampaign(tx: ShopTx, shopId: number, id: number): Promise<Campaign | null> {
  const row = await tx.campaign.findUnique({ where: { shopId_id: { shopId, id } } });
  return row && campaignOf(row, await armsOfCampaigns(tx, shopId, [id]));
}

/** The key that says who is in which arm; it leaves the server with no page. @throws where there is no such campaign. */
export async function readSeed(tx: ShopTx, shopId: number, id: number): Promise<Uint8Array> {
  return (await tx.campaign.findUniqueOrThrow({ where: { shopId_id: { shopId, id } }, select: { seed: true } })).seed;
}

/** Those of their own, newest first, at most `limit`. */
export async function readCampaigns(tx: ShopTx, shopId: number, limit: number): Promise<Campaign[]> {
  const rows = await tx.campaign.findMany({ where: { shopId, standingId: null }, orderBy: { id: 'desc' }, take: limit });
  const ids = rows.map((row) => row.id);
  const arms = await armsOfCampaigns(tx, shopId, ids);
  return rows.map((row) => campaignOf(row, arms));
}

/**
 * Campaigns of their own of which something can be proved: with a hold-out, everybody assigned by chance alone, no wave to
 * come, begun between two instants, oldest first.
 */
export async function readProved(tx: ShopTx, shopId: number, { since, now }: { since: Date; now: Date }): Promise<Campaign[]> {
  const is = { standingId: null, learns: false, policy: { equals: Prisma.DbNull }, mixture: { not: null }, audienceSize: { gt: 0 } };
  const waiting = await tx.campaignWave.findMany({
    where: { shopId, status: { in: ['planned', 'making'] } },
    select: { campaignId: true },
  });
  const id = { notIn: waiting.map(({ campaignId }) => campaignId) };
  const where = { shopId, ...is, id, startsAt: { gte: since, lte: now } };
  const rows = await tx.campaign.findMany({ where, orderBy: [{ startsAt: 'asc' }, { id: 'asc' }] });
  const arms = Map.groupBy(
    await armsOfCampaigns(
      tx,
      shopId,
      rows.map(({ id }) => id),
    ),
    ({ campaignId }) => campaignId,
  );
  return rows.map((row) => campaignOf(row, arms.get(row.id) ?? []));
}

export async function creatingCampaigns(tx: ShopTx, shopId: number): Promise<number[]> {
  const rows = await tx.campaign.findMany({ where: { shopId, status: 'creating' }, orderBy: { id: 'asc' }, select: { id: true } });
  return rows.map((row) => row.id);
}

export async function shopsWithCreating(db: Db): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_creating() AS id' });
  return rows.map((row) => row.id);
}

/** Moves a campaign on from one of the given states. @returns false when it is in another by now. */
export async function moveCampaign(
  tx: ShopTx,
  shopId: number,
  move: { id: number; from: readonly CampaignStatus[]; to: CampaignStatus; now: Date; error?: string | null; endsAt?: Date },
): Promise<boolean> {
  const { id, from, to, now, error, endsAt } = move;
  const { count } = await tx.campaign.updateMany({
    where: { shopId, id, status: { in: [...from] } },
    data: { status: to, updatedAt: now, error: error ?? null, ...(endsAt ? { endsAt } : {}) },
  });
  return count === 1;
}

export async function noteCampaign(
  tx: ShopTx,
  shopId: number,
  note: { id: number; now: Date; audienceSize: number; mixture: number | null; orderSquare: number },
): Promise<void> {
  const { id, now, ...data } = note;
  await tx.campaign.update({ where: { shopId_id: { shopId, id } }, data: { ...data, updatedAt: now } });
}

export async function noteInclusion(tx: ShopTx, shopId: number, { id, inclusion }: { id: number; inclusion: number }): Promise<void> {
  await tx.campaign.update({ where: { shopId_id: { shopId, id } }, data: { inclusion } });
}

type ArmPlace = { readonly campaignId: number; readonly arm: number };

export async function noteDiscount(tx: ShopTx, shopId: number, { campaignId, arm, gid }: ArmPlace & { gid: string }): Promise<void> {
  const place = { shopId, campaignId, position: arm };
  await tx.campaignArm.update({ where: { shopId_campaignId_position: place }, data: { discountGid: gid } });
}

export async function countCodes(tx: ShopTx, shopId: number, campaignId: number): Promise<{ all: number; added: number; refused: number }> {
  // One in place of another is no further code: of the two one works at most.
  const rows = await tx.campaignCode.groupBy({ by: ['status'], where: { shopId, campaignId, replaces: null }, _count: true });
  const of = (status: string): number => rows.find((row) => row.status === status)?._count ?? 0;
  return { all: rows.reduce((sum, row) => sum + row._count, 0), added: of('added'), refused: of('refused') };
}

/** The first code of an arm, which its discount is created with; null where nobody is in it. */
export async function firstCode(tx: ShopTx, shopId: number, place: ArmPlace): Promise<string | null> {
  const row = await tx.campaignCode.findFirst({ where: { shopId, ...place }, orderBy: { code: 'asc' }, select: { code: true } });
  return row?.code ?? null;
}

/** Codes that the store is not known to have, in code order: the same until one is marked. */
export async function unsentCodes(tx: ShopTx, shopId: number, wanted: ArmPlace & { limit: number }): Promise<string[]> {
  const { limit, ...place } = wanted;
  const rows = await tx.campaignCode.findMany({
    where: { shopId, ...place, status: 'issued' },
    orderBy: { code: 'asc' },
    take: limit,
    select: { code: true },
  });
  return rows.map((row) => row.code);
}

export async function markAdded(tx: ShopTx, shopId: number, added: { codes: string[]; at: Date }): Promise<void> {
  await tx.campaignCode.updateMany({
    where: { shopId, code: { in: added.codes } },
    data: { status: 'added', addedAt: added.at, error: null },
  });
}

export async function markRefused(tx: ShopTx, shopId: number, refused: { code: string; error: string }): Promise<void> {
  const { code, error } = refused;
  await tx.campaignCode.update({ where: { shopId_code: { shopId, code } }, data: { status: 'refused', error: error.slice(0, 300) } });
}

export type Batch = { position: number; arm: number; bulkCreationGid: string | null };

/** The batch that is on its way, if there is one; one is sent at a time. */
export async function openBatch(tx: ShopTx, shopId: number, campaignId: number): Promise<Batch | null> {
  return tx.campaignBatch.findFirst({
    where: { shopId, campaignId, status: { in: ['open', 'sent'] } },
    orderBy: { position: 'asc' },
    select: { position: true, arm: true, bulkCreationGid: true },
  });
}

export async function startBatch(tx: ShopTx, shopId: number, batch: ArmPlace & { codes: number; now: Date }): Promise<Batch> {
  const { campaignId, arm, codes, now } = batch;
  const last = await tx.campaignBatch.aggregate({ where: { shopId, campaignId }, _max: { position: true } });
  const position = (last._max.position ?? -1) + 1;
  await tx.campaignBatch.create({ data: { shopId, campaignId, position, arm, status: 'open', codes, updatedAt: now } });
  return { position, arm, bulkCreationGid: null };
}

export async function noteBatch(
  tx: ShopTx,
  shopId: number,
  note: {
    campaignId: number;
    position: number;
    now: Date;
    status: 'open' | 'sent' | 'done';
    bulkCreationGid?: string | null;
    failed?: number;
  },
): Promise<void> {
  const { campaignId, position, now, ...data } = note;
  await tx.campaignBatch.update({
    where: { shopId_campaignId_position: { shopId, campaignId, position } },
    data: { ...data, updatedAt: now },
  });
}

export type CodeToAnnounce = {
  readonly code: string;
  readonly arm: number;
  readonly customerId: bigint;
  /** The code in whose place it is. */
  readonly replaces: string | null;
  readonly country: string | null;
  readonly locale: string | null;
  /** The points that lapse next, and when. */
  readonly lapsePoints: number | null;
  readonly lapseAt: Date | null;
};

/** The next codes that the store has, by customer; of a wave, or of all. */
export async function codesToAnnounce(
  tx: ShopTx,
  shopId: number,
  { campaignId, after, limit, wave }: { campaignId: number; after: bigint; limit: number; wave: number | null },
): Promise<CodeToAnnounce[]> {
  const text = `SELECT k.code, k.arm, k.customer_id AS "customerId", k.replaces, c.country, c.locale,
      m.lapse_points AS "lapsePoints", m.lapse_at AS "lapseAt" FROM campaign_codes k
    LEFT JOIN customers c ON c.shop_id = k.shop_id AND c.id = k.customer_id
    LEFT JOIN points_members m ON m.shop_id = k.shop_id AND m.customer_id = k.customer_id
    WHERE k.shop_id = $1 AND k.campaign_id = $2 AND k.status = 'added' AND k.customer_id > $3 AND k.replaces IS NULL
      AND ($5::int IS NULL OR EXISTS (SELECT 1 FROM campaign_assignments a
        WHERE a.shop_id = k.shop_id AND a.campaign_id = k.campaign_id AND a.customer_id = k.customer_id AND a.wave = $5))
    ORDER BY k.customer_id LIMIT $4`;
  return tx.sql.rows<CodeToAnnounce>({ text }, [shopId, campaignId, after, limit, wave]);
}

export type CodeRow = {
  code: string;
  arm: number;
  customerId: bigint;
  customerName: string | null;
  email: string | null;
  status: string;
  /** The code that was taken back, in whose place it is. */
  replaces: string | null;
  error: string | null;
  orderId: bigint | null;
  orderName: string | null;
  revenue: bigint | null;
  redeemedAt: Date | null;
};

/** A campaign's codes by customer, the newest of each, with the order that used each (the first, where there are several). */
export async function readCodes(
  tx: ShopTx,
  persons: PersonKeys,
  page: { campaignId: number; after: bigint; limit: number; redeemedOnly: boolean },
): Promise<CodeRow[]> {
  const { shopId } = persons;
  const rows = await tx.$queryRaw<(Omit<CodeRow, 'customerName' | 'email'> & { person: string | null })[]>`
    SELECT k.code, k.arm, k.customer_id AS "customerId", c.person, k.status, k.replaces, k.error, d.order_id AS "orderId", o.name AS "orderName", d.revenue, d.at AS "redeemedAt"
    FROM campaign_codes k
    LEFT JOIN customers c ON c.shop_id = k.shop_id AND c.id = k.customer_id
    LEFT JOIN LATERAL (SELECT * FROM campaign_redemptions r WHERE r.shop_id = k.shop_id AND r.campaign_id = k.campaign_id AND (r.code = k.code OR r.code = k.replaces)
      ORDER BY r.at LIMIT 1) AS d ON true
    LEFT JOIN orders o ON o.shop_id = k.shop_id AND o.id = d.order_id
    WHERE k.shop_id = ${shopId} AND k.campaign_id = ${page.campaignId} AND k.customer_id > ${page.after}
      AND (NOT ${page.redeemedOnly} OR d.order_id IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM campaign_codes n WHERE n.shop_id = k.shop_id AND n.replaces = k.code)
    ORDER BY k.customer_id LIMIT ${page.limit}`;
  return rows.map(({ person, ...row }) => {
    const opened = openPerson(persons, { id: row.customerId, person });
    return { ...row, customerName: nameOf(opened), email: opened.email };
  });
}

/** An offer that a customer was made, or what they were held out of, with what else there was. */
export type OfferMade = {
  readonly at: Date;
  readonly campaignId: number;
  readonly standingId: number | null;
  readonly campaign: string;
  readonly audience: Audience;
  readonly endsAt: Date | null;
  readonly status: CampaignStatus;
  readonly arm: number;
  /** The chance with which the arm was drawn. */
  readonly propensity: number;
  readonly arms: readonly Arm[];
  readonly code: string | null;
  /** The code that was taken back, in whose place it is. */
  readonly replaces: string | null;
  readonly redeemed: boolean;
};

/** The latest 50 campaigns that a customer was in. */
export async function offersOfCustomer(tx: ShopTx, shopId: number, customerId: bigint): Promise<OfferMade[]> {
  const text = `SELECT a.campaign_id AS "campaignId", a.at, a.arm, a.propensity, k.code, k.replaces,
      EXISTS (SELECT 1 FROM campaign_redemptions r WHERE r.shop_id = a.shop_id AND r.campaign_id = a.campaign_id AND r.code = k.code) AS redeemed
    FROM campaign_assignments a
    LEFT JOIN campaign_codes k ON k.shop_id = a.shop_id AND k.campaign_id = a.campaign_id AND k.customer_id = a.customer_id
      AND NOT EXISTS (SELECT 1 FROM campaign_codes n WHERE n.shop_id = k.shop_id AND n.replaces = k.code)
    WHERE a.shop_id = $1 AND a.customer_id = $2 ORDER BY a.at DESC LIMIT 50`;
  const rows = await tx.sql.rows<Pick<OfferMade, 'campaignId' | 'at' | 'arm' | 'propensity' | 'code' | 'replaces' | 'redeemed'>>({ text }, [
    shopId,
    customerId,
  ]);
  const made: OfferMade[] = [];
  for (const row of rows) {
    const campaign = await readCampaign(tx, shopId, row.campaignId);
    if (!campaign) continue;
    const { name, audience, endsAt, status, standingId, arms } = campaign;
    made.push({ ...row, campaign: name, audience, endsAt, status, standingId, arms });
  }
  return made;
}
