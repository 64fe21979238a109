import { writeAudit } from '../audit/index.server.ts';
import { addMonths, dateToDay, dayOf, daysBetween, type Day } from '../core/calendar.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { personKeys } from '../record/index.server.ts';
import { reviewAllJob } from './job-definitions.ts';
import {
  countingOrders,
  differingMembers,
  loyaltyLock,
  readMembers,
  readSpends,
  readTiers,
  recentChanges,
  replaceTiers,
  tierCounts,
  type TierChangeRow,
} from './loyalty.store.server.ts';
import { windowStart } from './review-members.server.ts';
import { nextTier, tierFor, tierProblems, type Tier, type TierDraft } from './tier.ts';

export type TierBoard = {
  tiers: (Tier & { members: number; spend: bigint })[];
  /** Customers whose spend reaches no tier. */
  below: number;
  changes: TierChangeRow[];
};

/** The tiers by themselves, for a choice or a name; lists of customers must not pay for the board's counts. */
export async function listTiers(scope: ShopScope): Promise<Tier[]> {
  return scope.db.forShop(scope.shop.id, (tx) => readTiers(tx, scope.shop.id));
}

/** The tiers with their members, and the latest changes with their reasons. */
export async function tierBoard(scope: ShopScope): Promise<TierBoard> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const tiers = await readTiers(tx, scope.shop.id);
    const counts = new Map((await tierCounts(tx, scope.shop.id)).map((row) => [row.tierId, row]));
    return {
      tiers: tiers.map((tier) => ({ ...tier, members: counts.get(tier.id)?.members ?? 0, spend: counts.get(tier.id)?.spend ?? 0n })),
      below: counts.get(null)?.members ?? 0,
      changes: await recentChanges(tx, personKeys(scope), { customerId: null, limit: 25 }),
    };
  });
}

/**
 * Puts the merchant's tiers in place and has everybody reviewed by them.
 * @returns the tiers, or what is wrong by field ("tiers.0.name").
 */
export async function saveTiers(scope: ShopScope, drafts: readonly TierDraft[]): Promise<Ok<Tier[]> | Invalid> {
  const problems = tierProblems(drafts);
  if (Object.keys(problems).length > 0) return invalid(problems);
  const tiers = await scope.db.forShop(scope.shop.id, async (tx) => {
    await loyaltyLock(tx, scope.shop.id);
    const plain = (list: readonly TierDraft[]): TierDraft[] => list.map(({ name, threshold }) => ({ name, threshold }));
    const before = plain(await readTiers(tx, scope.shop.id));
    const saved = await replaceTiers(tx, scope.shop.id, drafts);
    await writeAudit(tx, scope, { action: 'loyalty.tiers.saved', before, after: plain(saved) });
    return saved;
  });
  await scope.queue.enqueue(reviewAllJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return ok(tiers);
}

export type MemberPage = {
  tier: Tier | null;
  since: Date | null;
  spend: bigint;
  next: { tier: Tier; missing: bigint } | null;
  /** What counts, oldest first, with the day on which it counts no more. */
  orders: { id: bigint; name: string; day: Day; net: bigint; countsUntil: Day; daysLeft: number }[];
  changes: TierChangeRow[];
};

/** Why a customer has this tier: the orders that count, when each falls out of the window, what is missing. */
export async function memberOf(scope: ShopScope, customerId: bigint): Promise<MemberPage> {
  const today = dayOf(scope.clock.now(), scope.shop.timezone);
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const tiers = await readTiers(tx, scope.shop.id);
    const [spent] = await readSpends(tx, scope.shop.id, { customerIds: [customerId], after: windowStart(today) });
    const spend = spent?.spend ?? 0n;
    const member = (await readMembers(tx, scope.shop.id, [customerId])).get(customerId);
    const orders = await countingOrders(tx, scope.shop.id, { customerId, after: windowStart(today) });
    return {
      tier: tierFor({ spend, tiers }),
      since: member?.since ?? null,
      spend,
      next: nextTier({ spend, tiers }),
      orders: orders.map((order) => {
        const day = dateToDay(order.day);
        const countsUntil = addMonths(day, 12);
        return { ...order, day, countsUntil, daysLeft: daysBetween(today, countsUntil) };
      }),
      changes: await recentChanges(tx, personKeys(scope), { customerId, limit: 50 }),
    };
  });
}

export type LoyaltyDifference = { table: 'loyalty_members'; customerId: bigint; live: bigint | null; rebuilt: bigint };

/**
 * Derives every member's spend from the orders and compares. Customers that wait for their review are behind by
 * design, so callers review first.
 */
export async function verifyLoyalty(scope: ShopScope, limit = 50): Promise<LoyaltyDifference[]> {
  const today = dayOf(scope.clock.now(), scope.shop.timezone);
  const rows = await scope.db.forShop(scope.shop.id, (tx) => differingMembers(tx, scope.shop.id, { after: windowStart(today), limit }));
  return rows.map((row) => ({ table: 'loyalty_members', ...row }));
}
