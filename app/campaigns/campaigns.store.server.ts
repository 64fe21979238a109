import { z } from 'zod';
import type { Db, ShopTx } from '../platform/db.server.ts';
import { nameOf, openPerson, type PersonKeys } from '../record/index.server.ts';
import { parseAudience } from './audience.store.server.ts';
import { offerSchema, STATUSES, type Audience, type CampaignStatus, type CheckedCampaign, type Offer } from './campaign.ts';

export type Campaign = {
  id: number;
  name: string;
  status: CampaignStatus;
  audience: Audience;
  offer: Offer;
  startsAt: Date;
  endsAt: Date | null;
  discountGid: string | null;
  /** Customers with a code; 0 until all codes are written. */
  audienceSize: number;
  error: string | null;
  createdAt: Date;
};

const stored = z.object({ status: z.enum(STATUSES), offer: offerSchema });
type Row = Omit<Campaign, 'status' | 'audience' | 'offer'> & { status: string; audience: unknown; offer: unknown };

function campaignOf(row: Row): Campaign {
  const { id, name, startsAt, endsAt, discountGid, audienceSize, error, createdAt } = row;
  const audience = parseAudience(row.audience);
  if (!audience) throw new Error(`campaign ${id} has an audience that no rule understands`);
  return { id, name, startsAt, endsAt, discountGid, audienceSize, error, createdAt, audience, ...stored.parse(row) };
}

export async function insertCampaign(tx: ShopTx, shopId: number, campaign: CheckedCampaign & { now: Date }): Promise<number> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7326, ${shopId}::int)`;
  const last = await tx.campaign.aggregate({ where: { shopId }, _max: { id: true } });
  const id = (last._max.id ?? 0) + 1;
  const { now, ...data } = campaign;
  await tx.campaign.create({
    data: { shopId, id, status: 'creating', createdAt: now, updatedAt: now, ...data, audience: [...data.audience] },
  });
  return id;
}

export async function readCampaign(tx: ShopTx, shopId: number, id: number): Promise<Campaign | null> {
  const row = await tx.campaign.findUnique({ where: { shopId_id: { shopId, id } } });
  return row && campaignOf(row);
}

/** Newest first, at most `limit`. */
export async function readCampaigns(tx: ShopTx, shopId: number, limit: number): Promise<Campaign[]> {
  return (await tx.campaign.findMany({ where: { shopId }, orderBy: { id: 'desc' }, take: limit })).map(campaignOf);
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
  move: { id: number; from: readonly CampaignStatus[]; to: CampaignStatus; now: Date; error?: string | null },
): Promise<boolean> {
  const { count } = await tx.campaign.updateMany({
    where: { shopId, id: move.id, status: { in: [...move.from] } },
    data: { status: move.to, updatedAt: move.now, error: move.error ?? null },
  });
  return count === 1;
}

export async function noteCampaign(
  tx: ShopTx,
  shopId: number,
  note: { id: number; now: Date; discountGid?: string; audienceSize?: number },
): Promise<void> {
  const { id, now, ...data } = note;
  await tx.campaign.update({ where: { shopId_id: { shopId, id } }, data: { ...data, updatedAt: now } });
}

export async function lastCodeHolder(tx: ShopTx, shopId: number, campaignId: number): Promise<bigint> {
  const last = await tx.campaignCode.aggregate({ where: { shopId, campaignId }, _max: { customerId: true } });
  return last._max.customerId ?? -1n;
}

/** Writes codes before any is sent. A customer who has one already keeps it. */
export async function issueCodes(
  tx: ShopTx,
  shopId: number,
  issue: { campaignId: number; codes: readonly { code: string; customerId: bigint }[] },
): Promise<void> {
  const { campaignId } = issue;
  await tx.campaignCode.createMany({
    data: issue.codes.map((code) => ({ shopId, campaignId, status: 'issued', ...code })),
    skipDuplicates: true,
  });
}

export async function countCodes(tx: ShopTx, shopId: number, campaignId: number): Promise<{ all: number; added: number; refused: number }> {
  const rows = await tx.campaignCode.groupBy({ by: ['status'], where: { shopId, campaignId }, _count: true });
  const of = (status: string): number => rows.find((row) => row.status === status)?._count ?? 0;
  return { all: rows.reduce((sum, row) => sum + row._count, 0), added: of('added'), refused: of('refused') };
}

/** The first code of a campaign, which its discount is created with. */
export async function firstCode(tx: ShopTx, shopId: number, campaignId: number): Promise<string | null> {
  const row = await tx.campaignCode.findFirst({ where: { shopId, campaignId }, orderBy: { code: 'asc' }, select: { code: true } });
  return row?.code ?? null;
}

/** Codes that the store is not known to have, in code order: the same until one is marked. */
export async function unsentCodes(tx: ShopTx, shopId: number, wanted: { campaignId: number; limit: number }): Promise<string[]> {
  const rows = await tx.campaignCode.findMany({
    where: { shopId, campaignId: wanted.campaignId, status: 'issued' },
    orderBy: { code: 'asc' },
    take: wanted.limit,
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

export type Batch = { position: number; bulkCreationGid: string | null };

/** The batch that is on its way, if there is one; one is sent at a time. */
export async function openBatch(tx: ShopTx, shopId: number, campaignId: number): Promise<Batch | null> {
  return tx.campaignBatch.findFirst({
    where: { shopId, campaignId, status: { in: ['open', 'sent'] } },
    orderBy: { position: 'asc' },
    select: { position: true, bulkCreationGid: true },
  });
}

export async function startBatch(tx: ShopTx, shopId: number, batch: { campaignId: number; codes: number; now: Date }): Promise<Batch> {
  const { campaignId, codes, now } = batch;
  const last = await tx.campaignBatch.aggregate({ where: { shopId, campaignId }, _max: { position: true } });
  const position = (last._max.position ?? -1) + 1;
  await tx.campaignBatch.create({ data: { shopId, campaignId, position, status: 'open', codes, updatedAt: now } });
  return { position, bulkCreationGid: null };
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

export type CodeRow = {
  code: string;
  customerId: bigint;
  customerName: string | null;
  email: string | null;
  status: string;
  error: string | null;
  orderId: bigint | null;
  orderName: string | null;
  revenue: bigint | null;
  redeemedAt: Date | null;
};

/** A campaign's codes by customer, with the order that used each (the first, where there are several). */
export async function readCodes(
  tx: ShopTx,
  persons: PersonKeys,
  page: { campaignId: number; after: bigint; limit: number; redeemedOnly: boolean },
): Promise<CodeRow[]> {
  const { shopId } = persons;
  const rows = await tx.$queryRaw<(Omit<CodeRow, 'customerName' | 'email'> & { person: string | null })[]>`
    SELECT k.code, k.customer_id AS "customerId", c.person, k.status, k.error, d.order_id AS "orderId", o.name AS "orderName", d.revenue, d.at AS "redeemedAt"
    FROM campaign_codes k
    LEFT JOIN customers c ON c.shop_id = k.shop_id AND c.id = k.customer_id
    LEFT JOIN LATERAL (SELECT * FROM campaign_redemptions r WHERE r.shop_id = k.shop_id AND r.campaign_id = k.campaign_id AND r.code = k.code
      ORDER BY r.at LIMIT 1) AS d ON true
    LEFT JOIN orders o ON o.shop_id = k.shop_id AND o.id = d.order_id
    WHERE k.shop_id = ${shopId} AND k.campaign_id = ${page.campaignId} AND k.customer_id > ${page.after}
      AND (NOT ${page.redeemedOnly} OR d.order_id IS NOT NULL)
    ORDER BY k.customer_id LIMIT ${page.limit}`;
  return rows.map(({ person, ...row }) => {
    const opened = openPerson(persons, { id: row.customerId, person });
    return { ...row, customerName: nameOf(opened), email: opened.email };
  });
}

export type CustomerCode = { code: string; campaignId: number; campaign: string; status: string; redeemed: boolean };

export async function codesOfCustomer(tx: ShopTx, shopId: number, customerId: bigint): Promise<CustomerCode[]> {
  return tx.$queryRaw<CustomerCode[]>`
    SELECT k.code, k.campaign_id AS "campaignId", p.name AS campaign, k.status,
      EXISTS (SELECT 1 FROM campaign_redemptions r WHERE r.shop_id = k.shop_id AND r.campaign_id = k.campaign_id AND r.code = k.code) AS redeemed
    FROM campaign_codes k JOIN campaigns p ON p.shop_id = k.shop_id AND p.id = k.campaign_id
    WHERE k.shop_id = ${shopId} AND k.customer_id = ${customerId} ORDER BY k.campaign_id DESC LIMIT 50`;
}
