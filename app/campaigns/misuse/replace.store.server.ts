import type { Db, ShopTx } from '../../platform/db.server.ts';
import type { CodeToAnnounce } from '../campaigns.store.server.ts';

export type Replaceable = {
  readonly campaignId: number;
  readonly arm: number;
  readonly customerId: bigint;
  readonly status: string;
  /** An order used it, or a code stands in its place. */
  readonly used: boolean;
  readonly replaced: boolean;
};

/** A code in view of another in its place; null where it is none of the shop's. Waits for whoever replaces it at the same time. */
export async function lockReplaceable(tx: ShopTx, shopId: number, code: string): Promise<Replaceable | null> {
  // By itself: whoever had to wait sees only in a statement of their own what the other one wrote.
  await tx.sql.run({ text: 'SELECT 1 FROM campaign_codes WHERE shop_id = $1 AND code = $2 FOR UPDATE' }, [shopId, code]);
  const text = `SELECT k.campaign_id AS "campaignId", k.arm, k.customer_id AS "customerId", k.status,
      EXISTS (SELECT 1 FROM campaign_redemptions r WHERE r.shop_id = k.shop_id AND r.code = k.code) AS used,
      EXISTS (SELECT 1 FROM campaign_codes n WHERE n.shop_id = k.shop_id AND n.replaces = k.code) AS replaced
    FROM campaign_codes k WHERE k.shop_id = $1 AND k.code = $2`;
  return (await tx.sql.rows<Replaceable>({ text }, [shopId, code]))[0] ?? null;
}

export async function insertReplacement(
  tx: ShopTx,
  shopId: number,
  { code, replaces, ...place }: { code: string; replaces: string; campaignId: number; arm: number; customerId: bigint },
): Promise<void> {
  await tx.campaignCode.create({ data: { shopId, code, replaces, status: 'issued', ...place } });
}

/** Campaigns that run and have such codes that are not at the store yet, or not told of. */
export async function campaignsWithReplacements(tx: ShopTx, shopId: number): Promise<number[]> {
  const text = `SELECT DISTINCT k.campaign_id AS id FROM campaign_codes k
    JOIN campaigns c ON c.shop_id = k.shop_id AND c.id = k.campaign_id AND c.status = 'active'
    WHERE k.shop_id = $1 AND k.replaces IS NOT NULL AND k.told_at IS NULL AND k.status IN ('issued', 'added') ORDER BY 1`;
  return (await tx.sql.rows<{ id: number }>({ text }, [shopId])).map(({ id }) => id);
}

/** Those that the store has and that are to be told of. */
export async function replacementsToTell(tx: ShopTx, shopId: number, campaignId: number): Promise<CodeToAnnounce[]> {
  const text = `SELECT k.code, k.arm, k.customer_id AS "customerId", k.replaces, c.country, c.locale,
      m.lapse_points AS "lapsePoints", m.lapse_at AS "lapseAt" FROM campaign_codes k
    LEFT JOIN customers c ON c.shop_id = k.shop_id AND c.id = k.customer_id
    LEFT JOIN points_members m ON m.shop_id = k.shop_id AND m.customer_id = k.customer_id
    WHERE k.shop_id = $1 AND k.campaign_id = $2 AND k.status = 'added' AND k.replaces IS NOT NULL AND k.told_at IS NULL
    ORDER BY k.code LIMIT 1000`;
  return tx.sql.rows<CodeToAnnounce>({ text }, [shopId, campaignId]);
}

export async function markTold(tx: ShopTx, shopId: number, { codes, at }: { codes: readonly string[]; at: Date }): Promise<void> {
  await tx.campaignCode.updateMany({ where: { shopId, code: { in: [...codes] } }, data: { toldAt: at } });
}

/** Notes what the store said against codes that are to be made in place of others; they are tried again. */
export async function noteReplaceError(
  tx: ShopTx,
  shopId: number,
  { campaignId, error }: { campaignId: number; error: string },
): Promise<void> {
  const where = { shopId, campaignId, status: 'issued', replaces: { not: null } };
  await tx.campaignCode.updateMany({ where, data: { error: error.slice(0, 300) } });
}

export async function shopsWithReplacements(db: Db): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_replacements() AS id' });
  return rows.map(({ id }) => id);
}

/** Which of these codes are taken back, or about to be. */
export async function takenBack(tx: ShopTx, shopId: number, codes: readonly string[]): Promise<Set<string>> {
  const text = `SELECT code FROM campaign_codes WHERE shop_id = $1 AND code = ANY($2::text[]) AND status IN ('revoking', 'revoked')`;
  return new Set((await tx.sql.rows<{ code: string }>({ text }, [shopId, codes])).map(({ code }) => code));
}
