import { Prisma } from '../../generated/prisma/client.ts';
import { pairsAmong } from '../../identity/index.server.ts';
import type { Db, ShopTx } from '../../platform/db.server.ts';
import type { OtherUse } from './misuse.ts';

export type FoundUse = OtherUse & {
  readonly campaign: string;
  readonly orderId: bigint;
  readonly orderName: string;
  readonly at: Date;
};

/** The latest orders that used a personal code of another account. */
export async function usesByOthers(tx: ShopTx, shopId: number, { since, limit }: { since: Date; limit: number }): Promise<FoundUse[]> {
  const text = `SELECT r.campaign_id AS "campaignId", c.name AS campaign, r.code, k.customer_id AS holder, r.customer_id AS buyer,
      r.order_id AS "orderId", o.name AS "orderName", r.at
    FROM campaign_redemptions r
    JOIN campaign_codes k ON k.shop_id = r.shop_id AND k.code = r.code
    JOIN campaigns c ON c.shop_id = r.shop_id AND c.id = r.campaign_id
    JOIN orders o ON o.shop_id = r.shop_id AND o.id = r.order_id
    WHERE r.shop_id = $1 AND r.at >= $2 AND r.customer_id IS DISTINCT FROM k.customer_id
    ORDER BY r.at DESC, r.order_id DESC LIMIT $3`;
  return tx.sql.rows<FoundUse>({ text }, [shopId, since, limit]);
}

/** How many orders used a campaign's codes at all, by campaign. */
export async function usesOf(
  tx: ShopTx,
  shopId: number,
  wanted: { campaignIds: readonly number[]; since: Date },
): Promise<Map<number, number>> {
  const text = `SELECT campaign_id AS id, count(*)::int AS uses FROM campaign_redemptions
    WHERE shop_id = $1 AND campaign_id = ANY($2::int[]) AND at >= $3 GROUP BY campaign_id`;
  const rows = await tx.sql.rows<{ id: number; uses: number }>({ text }, [shopId, `{${wanted.campaignIds.join(',')}}`, wanted.since]);
  return new Map(rows.map(({ id, uses }) => [id, uses]));
}

/** Pairs that look like one person among some customers, as "1/2". */
export async function samePersons(tx: ShopTx, shopId: number, ids: readonly bigint[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const pairs = await pairsAmong(tx, shopId, Prisma.sql`SELECT unnest(${`{${ids.join(',')}}`}::bigint[]) AS id`);
  return new Set(pairs.flatMap(({ one, other }) => [`${one}/${other}`, `${other}/${one}`]));
}

/** Pairs that look like one person among those who were made an offer since a moment. */
export async function offeredLookalikes(tx: ShopTx, shopId: number, since: Date): Promise<Awaited<ReturnType<typeof pairsAmong>>> {
  return pairsAmong(
    tx,
    shopId,
    Prisma.sql`SELECT customer_id AS id FROM campaign_assignments WHERE shop_id = ${shopId} AND at >= ${since} AND arm > 0`,
  );
}

/** How many offers and used codes some customers had since a moment. */
export async function offersOf(
  tx: ShopTx,
  shopId: number,
  { ids, since }: { ids: readonly bigint[]; since: Date },
): Promise<Map<bigint, { offers: number; used: number }>> {
  const text = `SELECT a.customer_id AS id, count(*)::int AS offers, (count(*) FILTER (WHERE EXISTS (
      SELECT 1 FROM campaign_codes k JOIN campaign_redemptions r ON r.shop_id = k.shop_id AND r.campaign_id = k.campaign_id AND r.code = k.code
      WHERE k.shop_id = a.shop_id AND k.campaign_id = a.campaign_id AND k.customer_id = a.customer_id)))::int AS used
    FROM campaign_assignments a WHERE a.shop_id = $1 AND a.customer_id = ANY($2::bigint[]) AND a.at >= $3 AND a.arm > 0 GROUP BY a.customer_id`;
  const rows = await tx.sql.rows<{ id: bigint; offers: number; used: number }>({ text }, [shopId, `{${ids.join(',')}}`, since]);
  return new Map(rows.map(({ id, offers, used }) => [id, { offers, used }]));
}

export type Revocable = {
  readonly code: string;
  readonly campaignId: number;
  readonly customerId: bigint;
  readonly replaces: string | null;
  readonly status: string;
  readonly used: boolean;
};

/** What some codes are; those that are none of ours are left out. */
export async function codesOf(tx: ShopTx, shopId: number, codes: readonly string[]): Promise<Revocable[]> {
  const text = `SELECT k.code, k.campaign_id AS "campaignId", k.customer_id AS "customerId", k.replaces, k.status, EXISTS (SELECT 1 FROM campaign_redemptions r
      WHERE r.shop_id = k.shop_id AND r.campaign_id = k.campaign_id AND r.code = k.code) AS used
    FROM campaign_codes k WHERE k.shop_id = $1 AND k.code = ANY($2::text[])`;
  return tx.sql.rows<Revocable>({ text }, [shopId, codes]);
}

/** Marks codes to be taken back. @returns those that were marked now. */
export async function markRevoking(tx: ShopTx, shopId: number, codes: readonly string[]): Promise<string[]> {
  const text = `UPDATE campaign_codes SET status = 'revoking', error = NULL WHERE shop_id = $1 AND code = ANY($2::text[]) AND status = 'added' RETURNING code`;
  return (await tx.sql.rows<{ code: string }>({ text }, [shopId, codes])).map(({ code }) => code);
}

export type Revoking = { readonly code: string; readonly discountGid: string };

/** Codes to be taken back at the store, those tried least first. */
export async function revokingCodes(tx: ShopTx, shopId: number, limit: number): Promise<Revoking[]> {
  const text = `SELECT k.code, a.discount_gid AS "discountGid" FROM campaign_codes k
    JOIN campaign_arms a ON a.shop_id = k.shop_id AND a.campaign_id = k.campaign_id AND a.position = k.arm AND a.discount_gid IS NOT NULL
    WHERE k.shop_id = $1 AND k.status = 'revoking' ORDER BY k.error IS NOT NULL, a.discount_gid, k.code LIMIT $2`;
  return tx.sql.rows<Revoking>({ text }, [shopId, limit]);
}

export async function markRevoked(tx: ShopTx, shopId: number, codes: readonly string[]): Promise<void> {
  const text = `UPDATE campaign_codes SET status = 'revoked', error = NULL WHERE shop_id = $1 AND code = ANY($2::text[]) AND status = 'revoking'`;
  await tx.sql.run({ text }, [shopId, codes]);
}

/** Notes why codes could not be taken back yet; they stay to be. */
export async function noteRevokeError(
  tx: ShopTx,
  shopId: number,
  { codes, error }: { codes: readonly string[]; error: string },
): Promise<void> {
  const text = `UPDATE campaign_codes SET error = $3 WHERE shop_id = $1 AND code = ANY($2::text[]) AND status = 'revoking'`;
  await tx.sql.run({ text }, [shopId, codes, error.slice(0, 300)]);
}

export async function shopsWithRevoking(db: Db): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_revoking() AS id' });
  return rows.map((row) => row.id);
}

/** One that takes codes back in a shop at a time, to the end of the transaction. */
export async function lockRevoking(tx: ShopTx, shopId: number): Promise<boolean> {
  const [row] = await tx.sql.rows<{ mine: boolean }>({ text: 'SELECT pg_try_advisory_xact_lock(7350, $1::int) AS mine' }, [shopId]);
  return row?.mine ?? false;
}
