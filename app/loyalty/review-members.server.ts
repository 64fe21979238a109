import type { CustomerLoyalty } from '../../contracts/customer-loyalty.ts';
import { addMonths, dateToDay, dayOf, dayToDate, type Day } from '../core/calendar.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { backfillProgress, takeDirty } from '../record/index.server.ts';
import { enqueueOutbox, sendOutboxJob } from '../shopify/index.server.ts';
import {
  addTierChanges,
  customersAfter,
  dueForReview,
  lastTouchedOrder,
  loyaltyLock,
  readMembers,
  readSpends,
  readTiers,
  replaceTiers,
  spendQuantiles,
  writeMembers,
  type Member,
  type NewTierChange,
  type Spend,
} from './loyalty.store.server.ts';
import { currencyDigits } from '../core/money.ts';
import { reviewPoints } from './points/review-points.server.ts';
import { noteReferrals, referrersOf } from './referral/referral.store.server.ts';
import { nextTier, proposedTiers, tierFor, type Tier } from './tier.ts';

/** Why customers are looked at: their orders, the first import, the calendar, new rules, or an operator's rebuild. */
export type ReviewCause = 'orders' | 'backfill' | 'lapse' | 'rules' | 'rebuild';
export const OUTBOX_KIND = 'loyalty.metafield';
const BATCH = 500;

/** Spend counts for orders after this day: 12 months, to the same date. */
export function windowStart(today: Day): Day {
  return addMonths(today, -12);
}

/**
 * Brings members up to date: spend, tier, the day of the next look. A change of tier is recorded with its reason, and
 * told to the store, in the same transaction.
 * @returns how many tiers changed.
 */
async function reviewIn(tx: ShopTx, work: { shop: ShopRef; now: Date; customerIds: bigint[]; cause: ReviewCause }): Promise<number> {
  const { shop, now, customerIds, cause } = work;
  if (customerIds.length === 0) return 0;
  const tiers = await readTiers(tx, shop.id);
  const today = dayOf(now, shop.timezone);
  const spends = await readSpends(tx, shop.id, { customerIds, after: windowStart(today) });
  const held = await readMembers(tx, shop.id, customerIds);
  const reviewed = spends.map((spend) => review(spend, { tiers, held: held.get(spend.customerId) ?? null, now }));
  await writeMembers(
    tx,
    shop.id,
    reviewed.map(({ member }) => ({ ...member, reviewedAt: now })),
  );

  const moved = reviewed.filter(({ member, before }) => (before?.tierId ?? null) !== member.tierId);
  const nameOf = (id: number | null): string | null => tiers.find((tier) => tier.id === id)?.name ?? null;
  const changes: NewTierChange[] = [];
  for (const { member, before } of moved) {
    changes.push({
      customerId: member.customerId,
      fromTier: nameOf(before?.tierId ?? null),
      toTier: nameOf(member.tierId),
      spend: member.spend,
      reason: await reasonFor(tx, shop, { cause, member, before, tiers }),
      at: now,
    });
  }
  const ids = await addTierChanges(tx, shop.id, changes);
  await enqueueOutbox(
    tx,
    shop.id,
    moved.map(({ member }, index) => ({
      kind: OUTBOX_KIND,
      entity: `customer/${member.customerId}`,
      idempotencyKey: `tier-change/${ids[index]}`,
      payload: { customerId: String(member.customerId), value: metafieldValue(member, { tiers, shop }) },
    })),
  );
  return moved.length;
}

function review(
  spend: Spend,
  known: { tiers: readonly Tier[]; held: Member | null; now: Date },
): { member: Member; before: Member | null } {
  const tier = tierFor({ spend: spend.spend, tiers: known.tiers });
  const same = known.held !== null && known.held.tierId === (tier?.id ?? null);
  return {
    before: known.held,
    member: {
      customerId: spend.customerId,
      tierId: tier?.id ?? null,
      spend: spend.spend,
      since: same ? (known.held?.since ?? null) : tier ? known.now : null,
      // On this day the oldest order that counts has its first birthday and counts no more.
      reviewOn: spend.firstDay ? dayToDate(addMonths(dateToDay(spend.firstDay), 12)) : null,
    },
  };
}

function metafieldValue(member: Member, known: { tiers: readonly Tier[]; shop: ShopRef }): CustomerLoyalty {
  const { tiers, shop } = known;
  const next = nextTier({ spend: member.spend, tiers });
  return {
    version: 1,
    tier: tiers.find((tier) => tier.id === member.tierId)?.name ?? null,
    since: member.since ? dayOf(member.since, shop.timezone) : null,
    spend: String(member.spend),
    currency: shop.currency,
    next: next ? { tier: next.tier.name, missing: String(next.missing) } : null,
  };
}

type Move = { cause: ReviewCause; member: Member; before: Member | null; tiers: readonly Tier[] };

async function reasonFor(tx: ShopTx, shop: ShopRef, move: Move): Promise<NewTierChange['reason']> {
  const { cause, member } = move;
  const before = move.before?.spend ?? 0n;
  const threshold = move.tiers.find((tier) => tier.id === (member.tierId ?? move.before?.tierId))?.threshold;
  const amounts = {
    spendBefore: String(before),
    spendAfter: String(member.spend),
    threshold: threshold === undefined ? null : String(threshold),
  };
  if (cause !== 'orders') return { kind: cause, ...amounts };
  const order = await lastTouchedOrder(tx, shop.id, member.customerId);
  if (!order) return { kind: 'order', ...amounts };
  return { kind: member.spend < before ? takenBackBy(order) : 'order', ...amounts, orderId: String(order.id), orderName: order.name };
}

function takenBackBy(order: { returned: bigint; cancelledAt: Date | null }): 'cancellation' | 'refund' | 'order' {
  if (order.cancelledAt) return 'cancellation';
  return order.returned > 0n ? 'refund' : 'order';
}

/** Proposes tiers from the shop's own customers where the merchant has none yet. @returns true when it did. */
async function ensureTiers(tx: ShopTx, shop: ShopRef, today: Day): Promise<boolean> {
  const tiers = await readTiers(tx, shop.id);
  if (tiers.length > 0) return false;
  await replaceTiers(tx, shop.id, proposedTiers(await spendQuantiles(tx, shop.id, windowStart(today)), currencyDigits(shop.currency)));
  return true;
}

/** Reviews the customers that the record marked, batch by batch; a crash leaves the rest marked. */
export async function reviewDirty(platform: Platform, shop: ShopRef): Promise<number> {
  const scope = { ...platform, shop };
  const steps = await backfillProgress(scope);
  // Tiers are proposed from the whole history, so nobody is reviewed before it is in.
  if (steps.some((step) => step.status !== 'done')) return 0;
  let changed = 0;
  for (;;) {
    const turn = await platform.db.forShop(shop.id, async (tx) => {
      await loyaltyLock(tx, shop.id);
      const now = platform.clock.now();
      const first = await ensureTiers(tx, shop, dayOf(now, shop.timezone));
      const everybodyNew = first || (await tx.loyaltyMember.findFirst({ where: { shopId: shop.id } })) === null;
      const customerIds = await takeDirty(tx, shop.id, { feed: 'loyalty', limit: BATCH });
      const held = await readMembers(tx, shop.id, customerIds);
      // Customers whom the first import brought: one reason for all of them.
      const isImport = everybodyNew || (customerIds.length > 50 && held.size === 0);
      await noteReferrals(tx, shop.id, { customerIds, now });
      await reviewPoints(tx, { shop, customerIds: [...customerIds, ...(await referrersOf(tx, shop.id, customerIds))], now });
      return {
        taken: customerIds.length,
        changed: await reviewIn(tx, { shop, now, customerIds, cause: isImport ? 'backfill' : 'orders' }),
      };
    });
    changed += turn.changed;
    if (turn.taken < BATCH) break;
  }
  if (changed > 0) await platform.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return changed;
}

/** Reviews many customers page by page: everybody (new rules, a rebuild), or those whose spend lapses today. */
export async function reviewPages(platform: Platform, shop: ShopRef, cause: 'rules' | 'lapse' | 'rebuild'): Promise<number> {
  let changed = 0;
  for (let after = -1n; ;) {
    const turn = await platform.db.forShop(shop.id, async (tx) => {
      await loyaltyLock(tx, shop.id);
      const now = platform.clock.now();
      const page = { after, limit: BATCH };
      const customerIds =
        cause === 'lapse'
          ? await dueForReview(tx, shop.id, { ...page, by: dayOf(now, shop.timezone) })
          : await customersAfter(tx, shop.id, page);
      return { last: customerIds.at(-1), changed: await reviewIn(tx, { shop, now, customerIds, cause }) };
    });
    changed += turn.changed;
    if (turn.last === undefined) break;
    after = turn.last;
  }
  if (changed > 0) await platform.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return changed;
}
