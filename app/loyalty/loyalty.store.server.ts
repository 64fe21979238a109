import type { Day } from '../core/calendar.ts';
import { dayToDate } from '../core/calendar.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { nameOf, openPerson, type PersonKeys } from '../record/index.server.ts';
import type { Tier, TierDraft } from './tier.ts';

/** One review of a shop's members at a time, to the end of the transaction. */
export async function loyaltyLock(tx: ShopTx, shopId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7324, ${shopId}::int)`;
}

export async function readTiers(tx: ShopTx, shopId: number): Promise<Tier[]> {
  return tx.loyaltyTier.findMany({ where: { shopId }, orderBy: { threshold: 'asc' }, select: { id: true, name: true, threshold: true } });
}

/** Puts the merchant's tiers in place of the old ones; a tier keeps its id by its name. */
export async function replaceTiers(tx: ShopTx, shopId: number, drafts: readonly TierDraft[]): Promise<Tier[]> {
  const old = new Map((await readTiers(tx, shopId)).map((tier) => [tier.name.toLowerCase(), tier.id]));
  let free = Math.max(0, ...old.values());
  const tiers = drafts.map(({ name, threshold }) => ({
    id: old.get(name.trim().toLowerCase()) ?? (free += 1),
    name: name.trim(),
    threshold,
  }));
  await tx.loyaltyTier.deleteMany({ where: { shopId } });
  await tx.loyaltyTier.createMany({ data: tiers.map((tier) => ({ shopId, ...tier })) });
  return tiers;
}

/** Net spend at 80 % and 95 % of the customers who bought in the window. */
export async function spendQuantiles(tx: ShopTx, shopId: number, after: Day): Promise<{ p80: bigint; p95: bigint }> {
  const [row] = await tx.$queryRaw<{ p80: bigint | null; p95: bigint | null }[]>`
    SELECT percentile_disc(0.8) WITHIN GROUP (ORDER BY spend) AS p80, percentile_disc(0.95) WITHIN GROUP (ORDER BY spend) AS p95
    FROM (SELECT sum(net)::bigint AS spend FROM orders
      WHERE shop_id = ${shopId} AND day > ${dayToDate(after)} AND customer_id IS NOT NULL AND NOT test AND deleted_at IS NULL
      GROUP BY customer_id HAVING sum(net) > 0) AS spends`;
  return { p80: row?.p80 ?? 0n, p95: row?.p95 ?? 0n };
}

export type Spend = { customerId: bigint; spend: bigint; /** Of the orders that count. */ firstDay: Date | null };

/** Net spend of each customer by orders after a day. A customer without any has 0. */
export async function readSpends(tx: ShopTx, shopId: number, window: { customerIds: bigint[]; after: Day }): Promise<Spend[]> {
  return tx.$queryRaw<Spend[]>`
    SELECT wanted.id AS "customerId", COALESCE(sum(o.net), 0)::bigint AS spend, min(o.day) FILTER (WHERE o.net <> 0) AS "firstDay"
    FROM unnest(${window.customerIds}::bigint[]) AS wanted(id)
    LEFT JOIN orders o ON o.shop_id = ${shopId} AND o.customer_id = wanted.id AND o.day > ${dayToDate(window.after)}
      AND NOT o.test AND o.deleted_at IS NULL
    GROUP BY wanted.id ORDER BY wanted.id`;
}

export type Member = { customerId: bigint; tierId: number | null; spend: bigint; since: Date | null; reviewOn: Date | null };

export async function readMembers(tx: ShopTx, shopId: number, customerIds: bigint[]): Promise<Map<bigint, Member>> {
  const rows = await tx.loyaltyMember.findMany({ where: { shopId, customerId: { in: customerIds } } });
  return new Map(rows.map((row) => [row.customerId, row]));
}

export async function writeMembers(tx: ShopTx, shopId: number, members: readonly (Member & { reviewedAt: Date })[]): Promise<void> {
  if (members.length === 0) return;
  const rows = members.map((member) => ({
    ...member,
    customerId: String(member.customerId),
    spend: String(member.spend),
    reviewOn: member.reviewOn?.toISOString().slice(0, 10) ?? null,
  }));
  await tx.$executeRaw`
    INSERT INTO loyalty_members AS m (shop_id, customer_id, tier_id, spend, since, reviewed_at, review_on)
    SELECT ${shopId}, r."customerId", r."tierId", r.spend, r.since, r."reviewedAt", r."reviewOn"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r("customerId" bigint, "tierId" int, spend bigint, since timestamptz,
      "reviewedAt" timestamptz, "reviewOn" date)
    ON CONFLICT (shop_id, customer_id) DO UPDATE SET tier_id = excluded.tier_id, spend = excluded.spend, since = excluded.since,
      reviewed_at = excluded.reviewed_at, review_on = excluded.review_on`;
}

export type NewTierChange = {
  customerId: bigint;
  fromTier: string | null;
  toTier: string | null;
  spend: bigint;
  reason: Prisma.InputJsonObject;
  at: Date;
};

/** @returns the changes' own numbers, in the order given. */
export async function addTierChanges(tx: ShopTx, shopId: number, changes: readonly NewTierChange[]): Promise<bigint[]> {
  if (changes.length === 0) return [];
  const rows = await tx.tierChange.createManyAndReturn({ data: changes.map((change) => ({ shopId, ...change })), select: { id: true } });
  return rows.map((row) => row.id);
}

/** The order of a customer that changed last: what most likely moved the tier. */
export async function lastTouchedOrder(
  tx: ShopTx,
  shopId: number,
  customerId: bigint,
): Promise<{ id: bigint; name: string; returned: bigint; cancelledAt: Date | null } | null> {
  return tx.order.findFirst({
    where: { shopId, customerId, test: false, deletedAt: null },
    orderBy: [{ updatedAt: 'desc' }, { id: 'desc' }],
    select: { id: true, name: true, returned: true, cancelledAt: true },
  });
}

/** Customers whose spend may lapse by a day, in id order. */
export async function dueForReview(tx: ShopTx, shopId: number, due: { by: Day; after: bigint; limit: number }): Promise<bigint[]> {
  const rows = await tx.loyaltyMember.findMany({
    where: { shopId, reviewOn: { lte: dayToDate(due.by) }, customerId: { gt: due.after } },
    orderBy: { customerId: 'asc' },
    take: due.limit,
    select: { customerId: true },
  });
  return rows.map((row) => row.customerId);
}

/** All customers who ever ordered, in id order; for a review of everybody. */
export async function customersAfter(tx: ShopTx, shopId: number, page: { after: bigint; limit: number }): Promise<bigint[]> {
  const rows = await tx.customerRollup.findMany({
    where: { shopId, customerId: { gt: page.after } },
    orderBy: { customerId: 'asc' },
    take: page.limit,
    select: { customerId: true },
  });
  return rows.map((row) => row.customerId);
}

export async function tierCounts(tx: ShopTx, shopId: number): Promise<{ tierId: number | null; members: number; spend: bigint }[]> {
  const rows = await tx.loyaltyMember.groupBy({ by: ['tierId'], where: { shopId }, _count: true, _sum: { spend: true } });
  return rows.map((row) => ({ tierId: row.tierId, members: row._count, spend: row._sum.spend ?? 0n }));
}

export type TierChangeRow = {
  id: bigint;
  customerId: bigint;
  fromTier: string | null;
  toTier: string | null;
  spend: bigint;
  reason: unknown;
  at: Date;
  customerName: string | null;
};

export async function recentChanges(
  tx: ShopTx,
  persons: PersonKeys,
  wanted: { customerId: bigint | null; limit: number },
): Promise<TierChangeRow[]> {
  const { shopId } = persons;
  const rows = await tx.$queryRaw<(Omit<TierChangeRow, 'customerName'> & { person: string | null })[]>`
    SELECT t.id, t.customer_id AS "customerId", t.from_tier AS "fromTier", t.to_tier AS "toTier", t.spend, t.reason, t.at, c.person
    FROM tier_changes t LEFT JOIN customers c ON c.shop_id = t.shop_id AND c.id = t.customer_id
    WHERE t.shop_id = ${shopId} AND (${wanted.customerId}::bigint IS NULL OR t.customer_id = ${wanted.customerId}::bigint)
    ORDER BY t.id DESC LIMIT ${wanted.limit}`;
  return rows.map(({ person, ...row }) => ({ ...row, customerName: nameOf(openPerson(persons, { id: row.customerId, person })) }));
}

export type CountingOrder = { id: bigint; name: string; day: Date; net: bigint };

/** The orders that make a customer's spend, oldest first (the next to fall out of the window). */
export async function countingOrders(tx: ShopTx, shopId: number, window: { customerId: bigint; after: Day }): Promise<CountingOrder[]> {
  return tx.order.findMany({
    where: { shopId, customerId: window.customerId, day: { gt: dayToDate(window.after) }, test: false, deletedAt: null, NOT: { net: 0n } },
    orderBy: [{ day: 'asc' }, { id: 'asc' }],
    select: { id: true, name: true, day: true, net: true },
  });
}

/** Members whose spend is not what their orders say, but for those whose change is marked and still to be reviewed. */
export async function differingMembers(
  tx: ShopTx,
  shopId: number,
  window: { after: Day; limit: number },
): Promise<{ customerId: bigint; live: bigint | null; rebuilt: bigint }[]> {
  return tx.$queryRaw<{ customerId: bigint; live: bigint | null; rebuilt: bigint }[]>`
    SELECT COALESCE(m.customer_id, s.customer_id) AS "customerId", m.spend AS live, COALESCE(s.spend, 0)::bigint AS rebuilt
    FROM (SELECT customer_id, spend FROM loyalty_members WHERE shop_id = ${shopId}) AS m
    FULL JOIN (SELECT customer_id, sum(net)::bigint AS spend FROM orders
      WHERE shop_id = ${shopId} AND customer_id IS NOT NULL AND day > ${dayToDate(window.after)} AND NOT test AND deleted_at IS NULL GROUP BY customer_id) AS s
      ON s.customer_id = m.customer_id
    WHERE COALESCE(m.spend, 0) <> COALESCE(s.spend, 0)
      AND NOT EXISTS (SELECT 1 FROM dirty_entities d
        WHERE d.shop_id = ${shopId} AND d.feed = 'loyalty' AND d.entity_id = COALESCE(m.customer_id, s.customer_id))
    LIMIT ${window.limit}`;
}
