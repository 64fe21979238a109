import type { Db, ShopTx } from '../../platform/db.server.ts';
import type { CampaignStatus } from '../campaign.ts';
import { offerSchema } from '../offer.ts';
import type { HeldOffer } from './offers-content.ts';

/** Whoever brings a shop's metafields of offers up to date, one after the other. */
export async function lockOffers(tx: ShopTx, shopId: number): Promise<boolean> {
  const [row] = await tx.sql.rows<{ mine: boolean }>({ text: 'SELECT pg_try_advisory_xact_lock(7365, $1::int) AS mine' }, [shopId]);
  return row?.mine ?? false;
}

export type Pass = { readonly campaignId: number; readonly live: boolean; readonly after: bigint };

/**
 * The next campaign whose codes began or ceased to work since its customers were looked at, and after which customer to go
 * on. What changed while they were looked at, or was seen before the app was installed again, begins anew.
 */
export async function nextPass(tx: ShopTx, shopId: number, now: Date): Promise<Pass | null> {
  const text = `WITH state AS (
      SELECT c.id, COALESCE(g.on_site, true) AND c.status = 'active' AND c.starts_at <= $2 AND (c.ends_at IS NULL OR c.ends_at > $2) AS live,
        COALESCE(p.live, false) AS was, p.after, p.live AND p.at < s.installed_at AS unknown
      FROM campaigns c JOIN shops s ON s.id = c.shop_id
      LEFT JOIN campaign_settings g ON g.shop_id = c.shop_id
      LEFT JOIN offer_passes p ON p.shop_id = c.shop_id AND p.campaign_id = c.id
      WHERE c.shop_id = $1)
    SELECT id AS "campaignId", live, CASE WHEN live = was AND unknown IS NOT TRUE THEN after ELSE -1 END AS after
    FROM state WHERE live <> was OR after IS NOT NULL OR unknown ORDER BY id LIMIT 1`;
  return (await tx.sql.rows<Pass>({ text }, [shopId, now]))[0] ?? null;
}

/** @param note `after` null: all have been looked at. */
export async function notePass(
  tx: ShopTx,
  shopId: number,
  note: { campaignId: number; live: boolean; after: bigint | null; now: Date },
): Promise<void> {
  const { campaignId, live, after, now } = note;
  const data = { live, after, at: now };
  await tx.offerPass.upsert({
    where: { shopId_campaignId: { shopId, campaignId } },
    create: { shopId, campaignId, ...data },
    update: data,
  });
}

/** The next customers with a code of a campaign, by id. */
export async function customersWithCode(
  tx: ShopTx,
  shopId: number,
  page: { campaignId: number; after: bigint; limit: number },
): Promise<bigint[]> {
  const rows = await tx.campaignCode.findMany({
    where: { shopId, campaignId: page.campaignId, customerId: { gt: page.after }, replaces: null },
    orderBy: { customerId: 'asc' },
    take: page.limit,
    select: { customerId: true },
  });
  return rows.map(({ customerId }) => customerId);
}

type HeldRow = Omit<HeldOffer, 'offer'> & { readonly customerId: bigint; readonly offer: unknown; readonly arm: number };

/** Codes of these customers in campaigns that run, by customer. */
export async function heldOffers(
  tx: ShopTx,
  shopId: number,
  { customerIds, now }: { customerIds: readonly bigint[]; now: Date },
): Promise<Map<bigint, HeldOffer[]>> {
  const status: CampaignStatus = 'active';
  const text = `SELECT k.customer_id AS "customerId", k.code, k.status AS "codeStatus", k.campaign_id AS "campaignId", k.arm,
      c.name AS campaign, c.status, c.starts_at AS "startsAt", c.ends_at AS "endsAt", a.offer,
      EXISTS (SELECT 1 FROM campaign_redemptions r WHERE r.shop_id = k.shop_id AND r.code = k.code) AS redeemed
    FROM campaign_codes k
    JOIN campaigns c ON c.shop_id = k.shop_id AND c.id = k.campaign_id
    JOIN campaign_arms a ON a.shop_id = k.shop_id AND a.campaign_id = k.campaign_id AND a.position = k.arm
    WHERE k.shop_id = $1 AND k.customer_id = ANY($2::bigint[]) AND k.status = 'added'
      AND c.status = $4 AND c.starts_at <= $3 AND (c.ends_at IS NULL OR c.ends_at > $3)`;
  const rows = await tx.sql.rows<HeldRow>({ text }, [shopId, `{${customerIds.join(',')}}`, now, status]);
  const offers = new Map<string, HeldOffer['offer']>();
  const held = rows.map(({ customerId, arm, offer, ...row }) => {
    const place = `${row.campaignId}/${arm}`;
    const read = offers.get(place) ?? offerSchema.parse(offer);
    offers.set(place, read);
    return { customerId, one: { ...row, offer: read } };
  });
  const byCustomer = Map.groupBy(held, ({ customerId }) => customerId);
  return new Map([...byCustomer].map(([customerId, of]) => [customerId, of.map(({ one }) => one)]));
}

export type Marked = {
  readonly customerId: bigint;
  readonly locale: string | null;
  readonly hash: Uint8Array | null;
  readonly version: number;
};

/**
 * Of these customers those whom the store has, with the hash of what it was told last; null where that is not known, as
 * before anything was told or after the app was away.
 */
export async function readMarks(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Marked[]> {
  const text = `SELECT c.id AS "customerId", c.locale, CASE WHEN m.at >= s.installed_at THEN m.hash END AS hash, COALESCE(m.version, 0) AS version
    FROM customers c JOIN shops s ON s.id = c.shop_id
    LEFT JOIN offer_marks m ON m.shop_id = c.shop_id AND m.customer_id = c.id
    WHERE c.shop_id = $1 AND c.id = ANY($2::bigint[]) AND c.deleted_at IS NULL AND c.redacted_at IS NULL ORDER BY c.id`;
  return tx.sql.rows<Marked>({ text }, [shopId, `{${customerIds.join(',')}}`]);
}

export type NewMark = { readonly customerId: bigint; readonly hash: Buffer; readonly version: number };

export async function writeMarks(tx: ShopTx, shopId: number, { marks, now }: { marks: readonly NewMark[]; now: Date }): Promise<void> {
  if (marks.length === 0) return;
  const text = `INSERT INTO offer_marks (shop_id, customer_id, hash, version, at)
    SELECT $1, m.customer_id, decode(m.hash, 'hex'), m.version, $5
    FROM unnest($2::bigint[], $3::text[], $4::int[]) AS m(customer_id, hash, version)
    ON CONFLICT (shop_id, customer_id) DO UPDATE SET hash = excluded.hash, version = excluded.version, at = excluded.at`;
  const ids = `{${marks.map(({ customerId }) => customerId).join(',')}}`;
  const hashes = marks.map(({ hash }) => hash.toString('hex'));
  await tx.sql.run({ text }, [shopId, ids, hashes, marks.map(({ version }) => version), now]);
}

export async function shopsWithOffers(db: Db, now: Date): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_offers($1) AS id' }, [now]);
  return rows.map(({ id }) => id);
}
