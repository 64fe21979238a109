import type { CustomerLoyalty } from '../../../contracts/customer-loyalty.ts';
import { dayOf, daysBetween, type Day } from '../../core/calendar.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import { personKeys } from '../../record/index.server.ts';
import { readMembers, recentChanges, type TierChangeRow } from '../loyalty.store.server.ts';
import { nextTier, type Tier } from '../tier.ts';
import type { Item, Source } from './counted.ts';
import { readLadder, readTierFacts } from './tier-facts.server.ts';
import { horizonOf, leavesOn, windowStart, type TierRules } from './tier-rules.ts';
import type { GrantRow } from './tiers.store.server.ts';
import { loyaltyValue } from './told.ts';

/** Something that counts, or did: `countsUntil` is the first day on which it does not. */
export type CountedRow = {
  readonly key: string;
  readonly source: Source;
  readonly day: Day;
  readonly amount: bigint;
  readonly countsUntil: Day | null;
  readonly daysLeft: number | null;
};

export type MemberPage = {
  readonly tier: Tier | null;
  readonly since: Date | null;
  /** Net spend in the window. */
  readonly spend: bigint;
  /** What the rules count. */
  readonly value: bigint;
  readonly rules: TierRules;
  readonly tiers: readonly Tier[];
  readonly next: { readonly tier: Tier; readonly missing: bigint } | null;
  /** The tier is kept though its threshold is not met: what is missing to keep it. */
  readonly grace: { readonly missing: bigint } | null;
  readonly lapse: { readonly at: Date; readonly to: Tier | null } | null;
  /** Staff gave the tier. */
  readonly given: GrantRow | null;
  /** Tiers given by staff that have not ended, whether or not they matter now. */
  readonly grants: readonly (GrantRow & { readonly tier: Tier | null })[];
  /** What counts, oldest first. */
  readonly counts: readonly CountedRow[];
  /** What fell out of the window last, the latest first. */
  readonly gone: readonly CountedRow[];
  readonly changes: TierChangeRow[];
  /** As it is told to the store and its extensions. */
  readonly told: CustomerLoyalty;
};

const SHOWN_GONE = 5;

function rowOf(item: Item, index: number, { rules, today }: { rules: TierRules; today: Day }): CountedRow {
  const countsUntil = leavesOn(item.day, rules.window);
  return {
    key: `${item.source.orderId ?? item.source.cause}#${index}`,
    source: item.source,
    day: item.day,
    amount: item.less.reduce((left, { amount }) => left - amount, item.amount),
    countsUntil,
    daysLeft: countsUntil && daysBetween(today, countsUntil),
  };
}

/** One window further back than what counts, so that what fell out can be told. */
function furtherBack(today: Day, rules: TierRules): Day | null {
  const horizon = horizonOf(today, rules);
  return horizon && windowStart(horizon, rules.window);
}

/** Why a customer has this tier: what counts, what fell out and what does next, what is missing, and when the tier ends. */
export async function memberOf(scope: ShopScope, customerId: bigint): Promise<MemberPage> {
  const { shop } = scope;
  const now = scope.clock.now();
  const today = dayOf(now, shop.timezone);
  return scope.db.forShop(shop.id, async (tx) => {
    const ladder = await readLadder(tx, shop.id);
    const { rules, tiers } = ladder;
    const since = furtherBack(today, rules);
    const facts = (await readTierFacts(tx, { shop, customerIds: [customerId], now, since }, ladder)).get(customerId);
    if (!facts) throw new Error('no facts of a customer');
    const member = (await readMembers(tx, shop.id, [customerId])).get(customerId);
    const held = facts.timeline.held();
    const { tier, value, grant } = held;
    const rows = facts.counted.map((item, index) => rowOf(item, index, { rules, today })).filter(({ amount }) => amount !== 0n);
    const isGone = ({ countsUntil }: CountedRow): boolean => countsUntil !== null && countsUntil <= today;
    const memberSince = member?.since ?? null;
    return {
      tier,
      since: memberSince,
      spend: facts.spend,
      value,
      rules,
      tiers,
      next: nextTier({ value, held: tier, tiers }),
      grace: !grant && tier?.threshold != null && tier.threshold > value ? { missing: tier.threshold - value } : null,
      lapse: held.lapse,
      given: facts.grants.find(({ id }) => id === grant?.id) ?? null,
      grants: facts.grants
        .filter(({ until }) => until === null || until > now)
        .map((row) => ({ ...row, tier: tiers.find(({ id }) => id === row.tierId) ?? null })),
      counts: rows.filter((row) => !isGone(row)),
      gone: rows
        .filter(isGone)
        .toSorted((a, b) => ((a.countsUntil ?? '') < (b.countsUntil ?? '') ? 1 : -1))
        .slice(0, SHOWN_GONE),
      changes: await recentChanges(tx, personKeys(scope), { customerId, limit: 50 }),
      told: loyaltyValue({ held, spend: facts.spend, since: memberSince, ...ladder, shop }),
    };
  });
}
