import { dateToDay, dayToDate, type Day } from '../../core/calendar.ts';
import type { Db, ShopTx } from '../../platform/db.server.ts';
import { ranked, NO_PERKS, type Tier, type TierDraft } from '../tier.ts';
import { storedVersion, versionSchema } from './stored-rules.ts';
import { PLAIN_RULES, type TierRules, type TierVersion } from './tier-rules.ts';
import type { OrderFacts } from './counted.ts';

const list = (ids: readonly bigint[]): string => `{${ids.join(',')}}`;

/** The tiers that stand, the lowest first. */
export async function readTiers(tx: ShopTx, shopId: number): Promise<Tier[]> {
  const rows = await tx.loyaltyTier.findMany({ where: { shopId }, orderBy: [{ rank: 'asc' }, { threshold: 'asc' }, { id: 'asc' }] });
  return rows.map(({ id, name, threshold, times, freeShipping, discountPercent, earlyTag, birthdayPoints }, rank) => ({
    id,
    name,
    threshold,
    rank,
    perks: { times, freeShipping, discountPercent, earlyTag, birthdayPoints },
  }));
}

/** Rules and tiers by their versions, in the order of their moments. */
export async function readTierVersions(tx: ShopTx, shopId: number): Promise<TierVersion[]> {
  const rows = await tx.loyaltyRules.findMany({ where: { shopId }, orderBy: [{ fromAt: 'asc' }, { version: 'asc' }] });
  return rows.map(({ version, fromAt, rules }) => ({ version, from: fromAt, ...versionSchema.parse(rules) }));
}

/** The rules that stand. */
export async function readTierRules(tx: ShopTx, shopId: number): Promise<TierRules> {
  const row = await tx.loyaltyRules.findFirst({ where: { shopId }, orderBy: { version: 'desc' }, select: { rules: true } });
  return row ? versionSchema.parse(row.rules).rules : PLAIN_RULES;
}

/**
 * Puts the merchant's tiers in place of the old ones, as a version of their own. A tier keeps its number by its id or its
 * name; a number that was given is never given to another.
 */
export async function replaceTiers(
  tx: ShopTx,
  shopId: number,
  { drafts, rules, now }: { drafts: readonly TierDraft[]; rules: TierRules; now: Date },
): Promise<{ tiers: Tier[]; version: number }> {
  const standing = await readTiers(tx, shopId);
  const versions = await readTierVersions(tx, shopId);
  let free = Math.max(0, ...standing.map(({ id }) => id), ...versions.flatMap(({ tiers }) => tiers.map(({ id }) => id)));
  const taken = new Set<number>();
  const numberOf = ({ id, name }: TierDraft): number => {
    const old =
      standing.find((tier) => tier.id === id && !taken.has(tier.id)) ??
      standing.find((tier) => tier.name.toLowerCase() === name.trim().toLowerCase() && !taken.has(tier.id));
    const number = old?.id ?? (free += 1);
    taken.add(number);
    return number;
  };
  const tiers = ranked(drafts).map((draft, rank) => ({
    id: numberOf(draft),
    name: draft.name.trim(),
    threshold: draft.threshold,
    rank,
    perks: draft.perks ?? standing.find((tier) => tier.name.toLowerCase() === draft.name.trim().toLowerCase())?.perks ?? NO_PERKS,
  }));
  await tx.loyaltyTier.deleteMany({ where: { shopId } });
  await tx.loyaltyTier.createMany({ data: tiers.map(({ perks, ...tier }) => ({ shopId, ...tier, ...perks })) });
  const version = Math.max(0, ...versions.map((each) => each.version)) + 1;
  await tx.loyaltyRules.create({ data: { shopId, version, fromAt: now, rules: storedVersion(rules, tiers) } });
  return { tiers, version };
}

type OrderRow = {
  customerId: bigint;
  id: bigint;
  name: string;
  day: Date;
  at: Date;
  cancelledAt: Date | null;
  net: bigint;
  cancelled: bigint;
};
const COUNTING = 'o.shop_id = $1 AND o.customer_id = ANY($2::bigint[]) AND o.processed_at >= $3 AND NOT o.test AND o.deleted_at IS NULL';
const ORDERS = `SELECT o.customer_id AS "customerId", o.id, o.name, o.day, o.processed_at AS at, o.cancelled_at AS "cancelledAt", o.net, o.cancelled
  FROM orders o WHERE ${COUNTING} ORDER BY o.customer_id, o.processed_at, o.id`;
const RETURNS = `SELECT f.order_id AS "orderId", f.created_at AS at, f.items_returned AS amount
  FROM orders o JOIN refunds f ON f.shop_id = o.shop_id AND f.order_id = o.id WHERE ${COUNTING} AND f.items_returned <> 0 ORDER BY f.order_id, f.created_at, f.id`;
const TWO_DAYS_MS = 172_800_000;

/** The orders of customers that count, since a day of the shop (or a little before it; null: ever), by customer. */
export async function readOrderFacts(
  tx: ShopTx,
  shopId: number,
  { customerIds, since }: { customerIds: readonly bigint[]; since: Day | null },
): Promise<Map<bigint, OrderFacts[]>> {
  const from = since === null ? new Date(0) : new Date(dayToDate(since).getTime() - TWO_DAYS_MS);
  const values = [shopId, list(customerIds), from];
  const rows = await tx.sql.rows<OrderRow>({ name: 'tier-orders', text: ORDERS }, values);
  const returns = Map.groupBy(
    await tx.sql.rows<{ orderId: bigint; at: Date; amount: bigint }>({ name: 'tier-returns', text: RETURNS }, values),
    ({ orderId }) => orderId,
  );
  const orders = rows.map(({ customerId, day, ...order }) => ({
    customerId,
    ...order,
    day: dateToDay(day),
    returns: returns.get(order.id) ?? [],
  }));
  return Map.groupBy(orders, ({ customerId }) => customerId);
}

export type GrantRow = {
  readonly id: string;
  readonly customerId: bigint;
  readonly tierId: number;
  readonly from: Date;
  readonly until: Date | null;
  readonly reason: string | null;
  readonly staffId: string | null;
};

/** Tiers that staff gave, by customer; `until` is their end, or when they were taken back if that was earlier. */
export async function readGrants(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Map<bigint, GrantRow[]>> {
  const text = `SELECT id::text AS id, customer_id AS "customerId", tier_id AS "tierId", from_at AS "from", LEAST(until_at, revoked_at) AS until, reason, staff_id AS "staffId"
    FROM tier_grants WHERE shop_id = $1 AND customer_id = ANY($2::bigint[]) ORDER BY from_at, id`;
  const rows = await tx.sql.rows<GrantRow>({ name: 'tier-grants', text }, [shopId, list(customerIds)]);
  return Map.groupBy(rows, ({ customerId }) => customerId);
}

export async function addGrant(
  tx: ShopTx,
  shopId: number,
  grant: { customerId: bigint; tierId: number; from: Date; until: Date | null; reason: string; staffId: string | null },
): Promise<void> {
  const { customerId, tierId, from, until, reason, staffId } = grant;
  await tx.tierGrant.create({ data: { shopId, customerId, tierId, fromAt: from, untilAt: until, reason, staffId } });
}

/** Takes a given tier back. @returns false where it had ended by then. */
export async function revokeGrant(
  tx: ShopTx,
  shopId: number,
  { customerId, id, now }: { customerId: bigint; id: bigint; now: Date },
): Promise<boolean> {
  const { count } = await tx.tierGrant.updateMany({
    where: { shopId, customerId, id, revokedAt: null, OR: [{ untilAt: null }, { untilAt: { gt: now } }] },
    data: { revokedAt: now },
  });
  return count === 1;
}

/** Members for whom time has changed something by a moment, in the order of their ids. */
export async function dueForReview(tx: ShopTx, shopId: number, due: { by: Date; after: bigint; limit: number }): Promise<bigint[]> {
  const text = `SELECT customer_id AS id FROM loyalty_members WHERE shop_id = $1 AND due_at <= $2 AND customer_id > $3 ORDER BY customer_id LIMIT $4`;
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'tiers-due', text }, [shopId, due.by, due.after, due.limit]);
  return rows.map(({ id }) => id);
}

export async function shopsWithTiersDue(db: Db, by: Date): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_tiers_due($1) AS id' }, [by]);
  return rows.map(({ id }) => id);
}

// Every arm is read by its key, and no further than a page.
const KNOWN = ['customer_rollups', 'loyalty_members', 'points_members']
  .map((table) => `(SELECT customer_id AS id FROM ${table} WHERE shop_id = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3)`)
  .join(' UNION ');

/** All who may have a tier: customers with orders, points or a tier, in the order of their ids. */
export async function knownAfter(tx: ShopTx, shopId: number, page: { after: bigint; limit: number }): Promise<bigint[]> {
  const text = `SELECT k.id FROM (${KNOWN}) AS k ORDER BY k.id LIMIT $3`;
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'tiers-known', text }, [shopId, page.after, page.limit]);
  return rows.map(({ id }) => id);
}

/** The same, and who of them waits to be reviewed. */
export async function settledAfter(
  tx: ShopTx,
  shopId: number,
  page: { after: bigint; limit: number; now: Date },
): Promise<{ id: bigint; waits: boolean }[]> {
  const text = `SELECT k.id, EXISTS (SELECT 1 FROM dirty_entities d WHERE d.shop_id = $1 AND d.feed = 'loyalty' AND d.entity_id = k.id)
      OR EXISTS (SELECT 1 FROM loyalty_members m WHERE m.shop_id = $1 AND m.customer_id = k.id AND m.due_at <= $4) AS waits
    FROM (${KNOWN}) AS k ORDER BY k.id LIMIT $3`;
  return tx.sql.rows({ name: 'tiers-settled', text }, [shopId, page.after, page.limit, page.now]);
}

/** Birthdays as MMDD, of those of whom one is known. */
export async function readBirthDays(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Map<bigint, number>> {
  const text = 'SELECT id, birth_day AS "birthDay" FROM customers WHERE shop_id = $1 AND id = ANY($2::bigint[]) AND birth_day IS NOT NULL';
  const rows = await tx.sql.rows<{ id: bigint; birthDay: number }>({ name: 'tier-birthdays', text }, [shopId, list(customerIds)]);
  return new Map(rows.map(({ id, birthDay }) => [id, birthDay]));
}
