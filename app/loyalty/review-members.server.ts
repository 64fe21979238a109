import { dayOf, type Day } from '../core/calendar.ts';
import { currencyDigits } from '../core/money.ts';
import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { backfillProgress, takeDirty } from '../record/index.server.ts';
import { enqueueOutbox, sendOutboxJob } from '../shopify/index.server.ts';
import {
  addTierChanges,
  lastTouchedOrder,
  loyaltyLock,
  readMembers,
  spendQuantiles,
  writeMembers,
  type Member,
} from './loyalty.store.server.ts';
import { reviewPoints } from './points/review-points.server.ts';
import { noteReferrals, referrersOf } from './referral/referral.store.server.ts';
import { proposedTiers } from './tier.ts';
import { reasonOf, type ReviewCause } from './tiers/reason.ts';
import { readLadder, readTierFacts, type Ladder, type MemberFacts } from './tiers/tier-facts.server.ts';
import { PLAIN_RULES, windowStart } from './tiers/tier-rules.ts';
import { dueForReview, knownAfter, readTiers, readTierVersions, replaceTiers } from './tiers/tiers.store.server.ts';
import type { Held } from './tiers/timeline.ts';
import { loyaltyValue, tagsOf, toldOf } from './tiers/told.ts';

export const OUTBOX_KIND = 'loyalty.metafield';
export const TAGS_KIND = 'loyalty.tags';
export const FLOW_KIND = 'loyalty.flow';
/** Changes of many customers at once, which no workflow is meant to follow one by one. */
const AT_ONCE: ReadonlySet<ReviewCause> = new Set<ReviewCause>(['backfill', 'rules', 'rebuild']);
const BATCH = 500;

type Work = { readonly shop: ShopRef; readonly now: Date; readonly customerIds: readonly bigint[]; readonly cause: ReviewCause };
type Reviewed = {
  readonly held: Held;
  readonly facts: MemberFacts;
  readonly before: (Member & { reviewedAt: Date }) | null;
  readonly member: Member;
};

/**
 * Brings members up to date: what counts, the tier, when time changes it next. A change of tier is recorded with its reason,
 * and told to the store, in the same transaction. @returns how many tiers changed.
 */
export async function reviewIn(tx: ShopTx, work: Work): Promise<number> {
  const { shop, now, customerIds } = work;
  if (customerIds.length === 0) return 0;
  const ladder = await readLadder(tx, shop.id);
  const facts = await readTierFacts(tx, { shop, now, customerIds }, ladder);
  const known = await readMembers(tx, shop.id, customerIds);
  const reviewed = [...facts].map(([customerId, of]) => review(customerId, of, { before: known.get(customerId) ?? null, now, ladder }));
  await writeMembers(
    tx,
    shop.id,
    reviewed.map(({ member }) => ({ ...member, reviewedAt: now })),
  );
  const moved = reviewed.filter(({ member, before }) => (before?.tierId ?? null) !== member.tierId);
  const changes = await noteChanges(tx, work, { moved, ladder });
  await tell(tx, work, { reviewed, ladder, changes });
  return moved.length;
}

function review(
  customerId: bigint,
  facts: MemberFacts,
  { before, now, ladder }: { before: Reviewed['before']; now: Date; ladder: Ladder },
): Reviewed {
  const held = facts.timeline.held();
  const tierId = held.tier?.id ?? null;
  const isSame = before !== null && before.tierId === tierId;
  return {
    held,
    facts,
    before,
    member: {
      customerId,
      tierId,
      spend: facts.spend,
      value: held.value,
      since: isSame ? before.since : held.tier && now,
      dueAt: held.dueAt,
      told: toldOf(held.tier),
      tags: tagsOf(held.tier, ladder.rules),
    },
  };
}

/** @returns the number of each change, by customer. */
async function noteChanges(
  tx: ShopTx,
  { shop, now, cause }: Work,
  { moved, ladder }: { moved: readonly Reviewed[]; ladder: Ladder },
): Promise<Map<bigint, bigint>> {
  const isGone = ({ before }: Reviewed): boolean => before?.tierId != null && !ladder.tiers.some(({ id }) => id === before.tierId);
  // What a tier was called that is no more.
  const old = moved.some(isGone) ? (await readTierVersions(tx, shop.id)).toReversed().flatMap(({ tiers }) => tiers) : [];
  const nameOf = (id: number | null): string | null => [...ladder.tiers, ...old].find((tier) => tier.id === id)?.name ?? null;
  const changes = [];
  for (const { member, before, held, facts } of moved) {
    const { customerId, spend } = member;
    const order = cause === 'orders' ? await lastTouchedOrder(tx, shop.id, customerId) : null;
    const reason = reasonOf({ cause, basis: ladder.rules.basis, before, held, grants: facts.grants, order, now }, ladder.tiers);
    changes.push({ customerId, fromTier: nameOf(before?.tierId ?? null), toTier: nameOf(member.tierId), spend, reason, at: now });
  }
  const ids = await addTierChanges(tx, shop.id, changes);
  if (ladder.rules.flow && !AT_ONCE.has(cause)) {
    const rankOf = (name: string | null): number => ladder.tiers.find((tier) => tier.name === name)?.rank ?? -1;
    await enqueueOutbox(
      tx,
      shop.id,
      changes.map(({ customerId, fromTier, toTier, reason }, index) => ({
        kind: FLOW_KIND,
        entity: `customer/${customerId}/flow`,
        idempotencyKey: `tier-flow/${ids[index]}`,
        payload: {
          customerId: String(customerId),
          before: fromTier ?? '',
          tier: toTier ?? '',
          direction: rankOf(toTier) > rankOf(fromTier) ? 'up' : 'down',
          cause: reason['kind'] ?? '',
        },
      })),
    );
  }
  return new Map(changes.flatMap(({ customerId }, index) => (ids[index] === undefined ? [] : [[customerId, ids[index]]])));
}

/** Tells the store what differs from what it was told last: the metafield where tier or perks do, the tags by themselves. */
async function tell(
  tx: ShopTx,
  { shop, now }: Work,
  { reviewed, ladder, changes }: { reviewed: readonly Reviewed[]; ladder: Ladder; changes: Map<bigint, bigint> },
): Promise<void> {
  const messages = reviewed.flatMap(({ member, before, held }) => {
    const { customerId, since, spend } = member;
    const change = changes.get(customerId);
    const key = change === undefined ? `tier-perks/${customerId}/${now.getTime()}` : `tier-change/${change}`;
    const [add, remove] = [
      member.tags.filter((tag) => !before?.tags.includes(tag)),
      (before?.tags ?? []).filter((tag) => !member.tags.includes(tag)),
    ];
    const entity = `customer/${customerId}`;
    const value = {
      kind: OUTBOX_KIND,
      entity,
      idempotencyKey: key,
      payload: { customerId: String(customerId), value: loyaltyValue({ held, spend, since, ...ladder, shop }) },
    };
    const tags = {
      kind: TAGS_KIND,
      entity: `${entity}/tags`,
      idempotencyKey: `${key}/tags`,
      payload: { customerId: String(customerId), add, remove },
    };
    return [
      ...(change !== undefined || member.told !== (before?.told ?? null) ? [value] : []),
      ...(add.length > 0 || remove.length > 0 ? [tags] : []),
    ];
  });
  await enqueueOutbox(tx, shop.id, messages);
}

/** Proposes tiers from the shop's own customers where the merchant has none yet. @returns true when it did. */
async function ensureTiers(tx: ShopTx, shop: ShopRef, { today, now }: { today: Day; now: Date }): Promise<boolean> {
  const tiers = await readTiers(tx, shop.id);
  if (tiers.length > 0) return false;
  const start = windowStart(today, PLAIN_RULES.window) ?? today;
  const drafts = proposedTiers(await spendQuantiles(tx, shop.id, start), currencyDigits(shop.currency));
  await replaceTiers(tx, shop.id, { drafts, rules: PLAIN_RULES, now });
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
      const first = await ensureTiers(tx, shop, { today: dayOf(now, shop.timezone), now });
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

/** Reviews many customers page by page: everybody (new rules, a rebuild), or those for whom time has changed something. */
export async function reviewPages(platform: Platform, shop: ShopRef, cause: 'rules' | 'lapse' | 'rebuild'): Promise<number> {
  let changed = 0;
  for (let after = -1n; ;) {
    const turn = await platform.db.forShop(shop.id, async (tx) => {
      await loyaltyLock(tx, shop.id);
      const now = platform.clock.now();
      const page = { after, limit: BATCH };
      const customerIds = cause === 'lapse' ? await dueForReview(tx, shop.id, { ...page, by: now }) : await knownAfter(tx, shop.id, page);
      return { last: customerIds.at(-1), changed: await reviewIn(tx, { shop, now, customerIds, cause }) };
    });
    changed += turn.changed;
    if (turn.last === undefined) break;
    after = turn.last;
  }
  if (changed > 0 || cause === 'rules') await platform.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return changed;
}
