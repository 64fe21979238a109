import type { ShopTx } from '../../platform/db.server.ts';
import type { Promised } from '../points/facts.ts';
import { referralSchema, storedReferral } from './referral-rules.ts';
import { lostAt, type HeldFor, type ReferralTerms } from './referral.ts';

const list = (ids: readonly bigint[]): string => `{${ids.join(',')}}`;

export type ReferralSettings = {
  readonly active: boolean;
  readonly terms: ReferralTerms;
  readonly version: number;
  readonly houseCode: string;
  readonly discountGid: string | null;
  readonly error: string | null;
};

export async function readReferralSettings(tx: ShopTx, shopId: number): Promise<ReferralSettings | null> {
  const row = await tx.referralSettings.findUnique({ where: { shopId }, omit: { shopId: true } });
  return row && { ...row, terms: referralSchema.parse(row.terms) };
}

/** @returns the settings as they are now; a version more than before. */
export async function writeReferralSettings(
  tx: ShopTx,
  shopId: number,
  { active, terms, houseCode }: Pick<ReferralSettings, 'active' | 'terms' | 'houseCode'>,
): Promise<ReferralSettings> {
  const data = { active, terms: storedReferral(terms), error: null };
  await tx.referralSettings.upsert({
    where: { shopId },
    create: { shopId, ...data, version: 1, houseCode },
    update: { ...data, version: { increment: 1 } },
  });
  const saved = await readReferralSettings(tx, shopId);
  if (!saved) throw new Error('the settings of referral were not saved');
  return saved;
}

export async function noteReferralDiscount(
  tx: ShopTx,
  shopId: number,
  data: { discountGid?: string; error: string | null },
): Promise<void> {
  await tx.referralSettings.updateMany({ where: { shopId }, data });
}

export type ReferralCodeRow = { readonly code: string; readonly status: string; readonly error: string | null };

export async function codeOfMember(tx: ShopTx, shopId: number, customerId: bigint): Promise<ReferralCodeRow | null> {
  const where = { shopId_customerId: { shopId, customerId } };
  return tx.referralCode.findUnique({ where, select: { code: true, status: true, error: true } });
}

/** Makes a member's code, unless there is one. @returns whether it was made now. */
export async function addMemberCode(
  tx: ShopTx,
  shopId: number,
  { customerId, code, status, now }: { customerId: bigint; code: string; status: 'waiting' | 'making'; now: Date },
): Promise<boolean> {
  const data = [{ shopId, customerId, code, status, createdAt: now }];
  return (await tx.referralCode.createMany({ data, skipDuplicates: true })).count === 1;
}

/** Codes that waited for the discount begin to be made. */
export async function takeWaitingCodes(tx: ShopTx, shopId: number): Promise<{ customerId: bigint; code: string }[]> {
  const text = `UPDATE referral_codes SET status = 'making' WHERE shop_id = $1 AND status = 'waiting' RETURNING customer_id AS "customerId", code`;
  return tx.sql.rows({ text }, [shopId]);
}

export async function noteMemberCode(
  tx: ShopTx,
  shopId: number,
  { customerId, status, error }: { customerId: bigint; status: 'ready' | 'refused'; error: string | null },
): Promise<void> {
  await tx.referralCode.updateMany({ where: { shopId, customerId }, data: { status, error } });
}

const NOT_FIRST = `EXISTS (SELECT 1 FROM orders e WHERE e.shop_id = o.shop_id AND e.customer_id = o.customer_id AND NOT e.test AND e.deleted_at IS NULL
    AND (e.processed_at, e.id) < (o.processed_at, o.id))`;

/** Notes first orders of customers with somebody's code, with what is promised now. One's own code is noted as refused. */
export async function noteReferrals(
  tx: ShopTx,
  shopId: number,
  { customerIds, now }: { customerIds: readonly bigint[]; now: Date },
): Promise<void> {
  const text = `INSERT INTO referrals (shop_id, friend_id, referrer_id, order_id, referrer_points, friend_points, days, minimum, status, signals, noted_at)
    SELECT DISTINCT ON (o.customer_id) o.shop_id, o.customer_id, c.customer_id, o.id, (s.terms->>'referrerPoints')::int, (s.terms->>'friendPoints')::int,
      (s.terms->>'days')::int, (s.terms->>'minimum')::bigint, CASE WHEN c.customer_id = o.customer_id THEN 'refused' ELSE 'new' END,
      CASE WHEN c.customer_id = o.customer_id THEN ARRAY['self'] ELSE ARRAY[]::text[] END, $3
    FROM orders o
    JOIN discount_uses u ON u.shop_id = o.shop_id AND u.order_id = o.id
    JOIN referral_codes c ON c.shop_id = u.shop_id AND c.code = u.code
    JOIN referral_settings s ON s.shop_id = o.shop_id
    WHERE o.shop_id = $1 AND o.customer_id = ANY($2::bigint[]) AND NOT o.test AND o.deleted_at IS NULL AND NOT ${NOT_FIRST}
    ORDER BY o.customer_id, o.processed_at, o.id
    ON CONFLICT (shop_id, friend_id) DO NOTHING`;
  await tx.sql.run({ name: 'note-referrals', text }, [shopId, list(customerIds), now]);
}

/** Those who brought these customers: what becomes of a friend's order concerns both. */
export async function referrersOf(tx: ShopTx, shopId: number, friendIds: readonly bigint[]): Promise<bigint[]> {
  const text = `SELECT DISTINCT referrer_id AS id FROM referrals WHERE shop_id = $1 AND friend_id = ANY($2::bigint[]) AND status = 'counts'`;
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'referrers-of', text }, [shopId, list(friendIds)]);
  return rows.map(({ id }) => id);
}

export type Noted = { readonly friendId: bigint; readonly referrerId: bigint };

/** Referrals that nobody has judged yet, and for each the other friends of its referrer. */
export async function newReferrals(tx: ShopTx, shopId: number, limit: number): Promise<(Noted & { others: bigint[]; circle: boolean })[]> {
  const text = `SELECT r.friend_id AS "friendId", r.referrer_id AS "referrerId",
      ARRAY(SELECT o.friend_id FROM referrals o WHERE o.shop_id = r.shop_id AND o.referrer_id = r.referrer_id AND o.friend_id <> r.friend_id) AS others,
      EXISTS (SELECT 1 FROM referrals c WHERE c.shop_id = r.shop_id AND c.friend_id = r.referrer_id AND c.referrer_id = r.friend_id) AS circle
    FROM referrals r WHERE r.shop_id = $1 AND r.status = 'new' ORDER BY r.friend_id LIMIT $2`;
  return tx.sql.rows({ name: 'new-referrals', text }, [shopId, limit]);
}

/** Moves a referral on. @returns false where somebody else did. */
export async function moveReferral(
  tx: ShopTx,
  shopId: number,
  move: {
    friendId: bigint;
    from: readonly string[];
    to: 'held' | 'counts' | 'refused';
    signals?: readonly HeldFor[];
    staffId?: string | null;
  },
): Promise<Noted | null> {
  const { friendId, from, to, signals, staffId } = move;
  const data = { status: to, ...(signals ? { signals: [...signals] } : {}), ...(staffId === undefined ? {} : { decidedBy: staffId }) };
  const { count } = await tx.referral.updateMany({ where: { shopId, friendId, status: { in: [...from] } }, data });
  if (count === 0) return null;
  return tx.referral.findUnique({ where: { shopId_friendId: { shopId, friendId } }, select: { friendId: true, referrerId: true } });
}

export type ReferralRow = Noted & {
  readonly orderId: bigint;
  readonly orderName: string | null;
  readonly at: Date | null;
  readonly referrerPoints: number;
  readonly friendPoints: number;
  readonly days: number;
  readonly status: string;
  readonly signals: readonly string[];
  readonly lost: boolean;
};

const ROWS = `SELECT r.friend_id AS "friendId", r.referrer_id AS "referrerId", r.order_id AS "orderId", o.name AS "orderName", o.processed_at AS at,
    r.referrer_points AS "referrerPoints", r.friend_points AS "friendPoints", r.days, r.status, r.signals,
    COALESCE(o.cancelled_at IS NOT NULL OR o.net < r.minimum OR o.net <= 0 OR o.deleted_at IS NOT NULL, true) AS lost
  FROM referrals r LEFT JOIN orders o ON o.shop_id = r.shop_id AND o.id = r.order_id
  WHERE r.shop_id = $1`;

/** The latest referrals: those held first. */
export async function readReferrals(tx: ShopTx, shopId: number, limit: number): Promise<ReferralRow[]> {
  return tx.sql.rows({ text: `${ROWS} ORDER BY r.status = 'held' DESC, r.noted_at DESC, r.friend_id LIMIT $2` }, [shopId, limit]);
}

/** Whom a member brought, and who brought them. */
export async function referralsOfMember(tx: ShopTx, shopId: number, customerId: bigint): Promise<ReferralRow[]> {
  const text = `${ROWS} AND (r.referrer_id = $2 OR r.friend_id = $2) ORDER BY r.noted_at DESC, r.friend_id LIMIT 100`;
  return tx.sql.rows({ text }, [shopId, customerId]);
}

type PromisedRow = {
  friendId: bigint;
  referrerId: bigint;
  referrerPoints: number;
  friendPoints: number;
  days: number;
  minimum: bigint;
  at: Date;
  cancelledAt: Date | null;
  net: bigint;
  refundedAt: Date | null;
};

/** Points that are promised to customers for friends, and as friends, by customer. */
export async function promisedTo(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Map<bigint, Promised[]>> {
  const text = `SELECT r.friend_id AS "friendId", r.referrer_id AS "referrerId", r.referrer_points AS "referrerPoints", r.friend_points AS "friendPoints",
      r.days, r.minimum, o.processed_at AS at, o.cancelled_at AS "cancelledAt", o.net,
      (SELECT max(f.created_at) FROM refunds f WHERE f.shop_id = o.shop_id AND f.order_id = o.id) AS "refundedAt"
    FROM referrals r JOIN orders o ON o.shop_id = r.shop_id AND o.id = r.order_id AND o.customer_id = r.friend_id
    WHERE r.shop_id = $1 AND r.status = 'counts' AND (r.friend_id = ANY($2::bigint[]) OR r.referrer_id = ANY($2::bigint[]))
      AND NOT o.test AND o.deleted_at IS NULL AND NOT ${NOT_FIRST}`;
  const rows = await tx.sql.rows<PromisedRow>({ name: 'referral-promised', text }, [shopId, list(customerIds)]);
  const asked = new Set(customerIds);
  const all = rows.flatMap((row) => {
    const common = { at: row.at, days: row.days, lostAt: lostAt(row, row.minimum) };
    return [
      {
        customerId: row.referrerId,
        promised: { ...common, topic: `referral/${row.friendId}`, cause: 'referral', points: row.referrerPoints },
      },
      { customerId: row.friendId, promised: { ...common, topic: 'referred', cause: 'referred', points: row.friendPoints } },
    ].filter(({ customerId, promised }) => asked.has(customerId) && promised.points > 0);
  });
  return new Map([...Map.groupBy(all, ({ customerId }) => customerId)].map(([id, of]) => [id, of.map(({ promised }) => promised)]));
}
