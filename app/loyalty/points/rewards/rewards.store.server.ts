import type { ShopTx } from '../../../platform/db.server.ts';
import type { Redeemed } from '../facts.ts';
import { storedTerms, termsSchema } from './reward-rules.ts';
import { backOf, type Redemption, type Reward, type RewardTerms, type Use } from './reward.ts';

const list = (ids: readonly bigint[]): string => `{${ids.join(',')}}`;
const columns = { id: true, title: true, points: true, terms: true, active: true } as const;

type RewardRow = { id: number; title: string; points: number; terms: unknown; active: boolean };
const rewardOf = ({ terms, ...row }: RewardRow): Reward => ({ ...row, terms: termsSchema.parse(terms) });

/** The rewards of a shop, the cheapest first; those put away last. */
export async function readRewards(tx: ShopTx, shopId: number): Promise<Reward[]> {
  const orderBy = [{ active: 'desc' }, { points: 'asc' }, { id: 'asc' }] as const;
  return (await tx.pointsReward.findMany({ where: { shopId }, orderBy: [...orderBy], select: columns })).map(rewardOf);
}

export async function readReward(tx: ShopTx, shopId: number, id: number): Promise<Reward | null> {
  const row = await tx.pointsReward.findUnique({ where: { shopId_id: { shopId, id } }, select: columns });
  return row && rewardOf(row);
}

/** @param id of the reward that is changed; null makes one. @returns its number, or null where there is none. */
export async function writeReward(
  tx: ShopTx,
  shopId: number,
  { id, reward, now }: { id: number | null; reward: Pick<Reward, 'title' | 'points' | 'terms'>; now: Date },
): Promise<number | null> {
  const data = { title: reward.title, points: reward.points, terms: storedTerms(reward.terms) };
  if (id === null) return (await tx.pointsReward.create({ data: { shopId, ...data, createdAt: now } })).id;
  return (await tx.pointsReward.updateMany({ where: { shopId, id }, data })).count === 1 ? id : null;
}

/** @returns false where there is no such reward. */
export async function putAway(tx: ShopTx, shopId: number, { id, active }: { id: number; active: boolean }): Promise<boolean> {
  return (await tx.pointsReward.updateMany({ where: { shopId, id }, data: { active } })).count === 1;
}

/** The dearest of a product's variants, minor units; null where the record has none. */
export async function dearestOf(tx: ShopTx, shopId: number, productId: string): Promise<bigint | null> {
  const text = 'SELECT max(price) AS price FROM variants WHERE shop_id = $1 AND product_id = $2::bigint';
  const [row] = await tx.sql.rows<{ price: bigint | null }>({ text }, [shopId, productId]);
  return row?.price ?? null;
}

export type NewRedemption = {
  readonly customerId: bigint;
  readonly reward: Reward;
  readonly key: string;
  readonly points: number;
  readonly worth: bigint | null;
  readonly at: Date;
  readonly status: 'making' | 'open';
  readonly code: string | null;
  readonly endsAt: Date | null;
  readonly staffId: string | null;
};

/** @returns its number. */
export async function addRedemption(tx: ShopTx, shopId: number, { reward, ...redemption }: NewRedemption): Promise<bigint> {
  const data = { shopId, ...redemption, rewardId: reward.id, title: reward.title, terms: storedTerms(reward.terms) };
  return (await tx.pointsRedemption.create({ data })).id;
}

/** The redemption that a caller asked for by this key before. */
export async function redemptionOfKey(
  tx: ShopTx,
  shopId: number,
  of: { customerId: bigint; key: string },
): Promise<{ id: bigint; points: number } | null> {
  const where = { shopId_customerId_key: { shopId, ...of } };
  return tx.pointsRedemption.findUnique({ where, select: { id: true, points: true } });
}

/** How often a customer has each reward: what was refused, or came back, does not count. */
export async function hadBy(tx: ShopTx, shopId: number, customerId: bigint): Promise<Map<number, number>> {
  const had = (await readRedemptions(tx, shopId, { customerId, limit: 10_000 })).filter((each) => backOf(each, each.use) === null);
  return new Map([...Map.groupBy(had, ({ rewardId }) => rewardId)].map(([id, of]) => [id, of.length]));
}

export type RedemptionRow = Redemption & {
  readonly id: bigint;
  readonly customerId: bigint;
  readonly rewardId: number;
  readonly title: string;
  readonly kind: RewardTerms['value']['kind'];
  readonly points: number;
  readonly worth: bigint | null;
  readonly at: Date;
  readonly code: string | null;
  readonly discountGid: string | null;
  readonly error: string | null;
  readonly use: Use | null;
};

// The order that used a code; of several one that stands.
const REDEMPTIONS = `SELECT r.id, r.customer_id AS "customerId", r.reward_id AS "rewardId", r.title, r.terms, r.points, r.worth, r.at, r.status, r.code,
    r.discount_gid AS "discountGid", r.ends_at AS "endsAt", r.back_at AS "backAt", r.error, used.id AS "orderId", used.cancelled_at AS "cancelledAt"
  FROM points_redemptions r
  LEFT JOIN LATERAL (SELECT o.id, o.cancelled_at FROM discount_uses u JOIN orders o ON o.shop_id = u.shop_id AND o.id = u.order_id
    WHERE u.shop_id = r.shop_id AND u.code = r.code AND NOT o.test AND o.deleted_at IS NULL
    ORDER BY o.cancelled_at NULLS FIRST, o.processed_at, o.id LIMIT 1) AS used ON true
  WHERE r.shop_id = $1`;
type Row = Omit<RedemptionRow, 'use' | 'kind' | 'givesBack'> & { terms: unknown; orderId: bigint | null; cancelledAt: Date | null };

function redemptionOf({ terms, orderId, cancelledAt, ...row }: Row): RedemptionRow {
  const { value, givesBack } = termsSchema.parse(terms);
  return { ...row, kind: value.kind, givesBack, use: orderId === null ? null : { orderId, cancelledAt } };
}

/** A customer's redemptions, the latest first. */
export async function readRedemptions(
  tx: ShopTx,
  shopId: number,
  { customerId, limit }: { customerId: bigint; limit: number },
): Promise<RedemptionRow[]> {
  const query = { name: 'redemptions-of', text: `${REDEMPTIONS} AND r.customer_id = $2 ORDER BY r.id DESC LIMIT $3` };
  return (await tx.sql.rows<Row>(query, [shopId, customerId, limit])).map(redemptionOf);
}

/** Locks the redemption against another writer to the end of the transaction. */
export async function lockRedemption(tx: ShopTx, shopId: number, id: bigint): Promise<RedemptionRow | null> {
  const query = { name: 'redemption', text: `${REDEMPTIONS} AND r.id = $2 FOR UPDATE OF r` };
  const [row] = await tx.sql.rows<Row>(query, [shopId, id]);
  return row ? redemptionOf(row) : null;
}

/** Gifts that wait for staff, the oldest first. */
export async function openGifts(tx: ShopTx, shopId: number, limit: number): Promise<RedemptionRow[]> {
  const query = { text: `${REDEMPTIONS} AND r.status = 'open' ORDER BY r.id LIMIT $2` };
  return (await tx.sql.rows<Row>(query, [shopId, limit])).map(redemptionOf);
}

/** Points of customers that went for rewards, as the ledger's facts. */
export async function redeemedOf(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Map<bigint, Redeemed[]>> {
  const query = { name: 'redeemed', text: `${REDEMPTIONS} AND r.customer_id = ANY($2::bigint[])` };
  const rows = (await tx.sql.rows<Row>(query, [shopId, list(customerIds)])).map(redemptionOf);
  return new Map(
    [...Map.groupBy(rows, ({ customerId }) => customerId)].map(([id, of]) => [
      id,
      of.map((row): Redeemed => ({ id: row.id, at: row.at, points: row.points, back: backOf(row, row.use) })),
    ]),
  );
}

type Change = {
  readonly id: bigint;
  readonly from: readonly string[];
  readonly to: string;
  readonly discountGid?: string | null;
  readonly backAt?: Date;
  readonly error?: string | null;
};

/** Moves a redemption on from where it stands. @returns whose it is, or null where it stands elsewhere by now. */
export async function moveRedemption(tx: ShopTx, shopId: number, { id, from, to, ...data }: Change): Promise<bigint | null> {
  const { count } = await tx.pointsRedemption.updateMany({
    where: { shopId, id, status: { in: [...from] } },
    data: { ...data, status: to },
  });
  if (count === 0) return null;
  return (await tx.pointsRedemption.findUnique({ where: { shopId_id: { shopId, id } }, select: { customerId: true } }))?.customerId ?? null;
}

export type RewardFigures = { readonly redeemed: number; readonly spent: bigint; readonly used: number };

/** How often each reward was redeemed, for how many points, and how many of its codes orders used. */
export async function rewardFigures(tx: ShopTx, shopId: number): Promise<Map<number, RewardFigures>> {
  const text = `SELECT r.reward_id AS id, count(*)::int AS redeemed, sum(r.points)::bigint AS spent,
      (count(*) FILTER (WHERE EXISTS (SELECT 1 FROM discount_uses u JOIN orders o ON o.shop_id = u.shop_id AND o.id = u.order_id
        WHERE u.shop_id = r.shop_id AND u.code = r.code AND NOT o.test AND o.deleted_at IS NULL)))::int AS used
    FROM points_redemptions r WHERE r.shop_id = $1 AND r.status NOT IN ('refused', 'cancelled') GROUP BY r.reward_id`;
  const rows = await tx.sql.rows<RewardFigures & { id: number }>({ text }, [shopId]);
  return new Map(rows.map(({ id, ...figures }) => [id, figures]));
}
