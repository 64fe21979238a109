import type { Day } from '../core/calendar.ts';
import { dayToDate } from '../core/calendar.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import { nameOf, openPerson, type PersonKeys } from '../record/index.server.ts';

/** One review of a shop's members at a time, to the end of the transaction. */
export async function loyaltyLock(tx: ShopTx, shopId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7324, ${shopId}::int)`;
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

/** A customer as tiers left them. `tags`: those that the store was told to set. `told`: what it was told that the tier gives. */
export type Member = {
  readonly customerId: bigint;
  readonly tierId: number | null;
  /** Net spend in the window. */
  readonly spend: bigint;
  /** What the rules count. */
  readonly value: bigint;
  readonly since: Date | null;
  readonly dueAt: Date | null;
  readonly told: string | null;
  readonly tags: readonly string[];
};

export async function readMembers(
  tx: ShopTx,
  shopId: number,
  customerIds: readonly bigint[],
): Promise<Map<bigint, Member & { reviewedAt: Date }>> {
  const rows = await tx.loyaltyMember.findMany({ where: { shopId, customerId: { in: [...customerIds] } } });
  return new Map(rows.map((row) => [row.customerId, row]));
}

export async function writeMembers(tx: ShopTx, shopId: number, members: readonly (Member & { reviewedAt: Date })[]): Promise<void> {
  if (members.length === 0) return;
  const rows = members.map((member) => ({
    ...member,
    customerId: String(member.customerId),
    spend: String(member.spend),
    value: String(member.value),
  }));
  await tx.$executeRaw`
    INSERT INTO loyalty_members AS m (shop_id, customer_id, tier_id, spend, value, since, reviewed_at, due_at, told, tags)
    SELECT ${shopId}, r."customerId", r."tierId", r.spend, r.value, r.since, r."reviewedAt", r."dueAt", r.told, r.tags
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r("customerId" bigint, "tierId" int, spend bigint, value bigint,
      since timestamptz, "reviewedAt" timestamptz, "dueAt" timestamptz, told text, tags text[])
    ON CONFLICT (shop_id, customer_id) DO UPDATE SET tier_id = excluded.tier_id, spend = excluded.spend, value = excluded.value,
      since = excluded.since, reviewed_at = excluded.reviewed_at, due_at = excluded.due_at, told = excluded.told, tags = excluded.tags`;
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

export type TierCount = {
  readonly tierId: number | null;
  readonly members: number;
  /** What counts of those who were reviewed since a moment: before, it may have been something else. */
  readonly value: bigint;
  /** Members who were not reviewed since then. */
  readonly waiting: number;
};

/** Members by tier, and what counts of them together under the rules of a moment. */
export async function tierCounts(tx: ShopTx, shopId: number, since: Date): Promise<TierCount[]> {
  return tx.$queryRaw<TierCount[]>`
    SELECT tier_id AS "tierId", count(*)::int AS members, COALESCE(sum(value) FILTER (WHERE reviewed_at >= ${since}), 0)::bigint AS value,
      (count(*) FILTER (WHERE reviewed_at < ${since}))::int AS waiting
    FROM loyalty_members WHERE shop_id = ${shopId} GROUP BY tier_id`;
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
