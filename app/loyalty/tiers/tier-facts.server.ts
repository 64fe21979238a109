import { dayOf, type Day } from '../../core/calendar.ts';
import type { ShopRef } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { factsOf } from '../points/facts.ts';
import { readKnown, readProgrammes } from '../points/points.store.server.ts';
import type { Fact } from '../points/replay.ts';
import type { Tier } from '../tier.ts';
import { ordersCounted, pointsCounted, type Item } from './counted.ts';
import { horizonOf, windowStart, type TierRules } from './tier-rules.ts';
import { readGrants, readOrderFacts, readTierRules, readTiers, type GrantRow } from './tiers.store.server.ts';
import { Timeline } from './timeline.ts';

/** The rules and tiers that stand. */
export type Ladder = { readonly rules: TierRules; readonly tiers: readonly Tier[] };

export async function readLadder(tx: ShopTx, shopId: number): Promise<Ladder> {
  return { rules: await readTierRules(tx, shopId), tiers: await readTiers(tx, shopId) };
}

/** What a customer's tier follows from, and the timeline that it makes. */
export type MemberFacts = {
  readonly counted: readonly Item[];
  readonly grants: readonly GrantRow[];
  /** Net spend in the window of today. */
  readonly spend: bigint;
  readonly timeline: Timeline;
};

/** The facts by which points were earned, by customer: what a tier itself gives is none of them. */
async function readEarned(tx: ShopTx, shop: ShopRef, customerIds: readonly bigint[]): Promise<Map<bigint, Fact[]>> {
  const versions = await readProgrammes(tx, shop.id);
  const [first] = versions;
  if (!first) return new Map();
  const known = await readKnown(tx, shop.id, { customerIds, since: first.from });
  return new Map([...known].map(([id, of]) => [id, factsOf(of, versions, shop.timezone)]));
}

const isAfter = (start: Day | null, day: Day): boolean => start === null || day > start;

/** The facts of customers, each with the timeline of the tier. */
export async function readTierFacts(
  tx: ShopTx,
  work: {
    readonly shop: ShopRef;
    readonly customerIds: readonly bigint[];
    readonly now: Date;
    /** Orders from this day on, where more is asked for than today's tier needs; null: all. */
    readonly since?: Day | null;
  },
  { rules, tiers }: Ladder,
): Promise<Map<bigint, MemberFacts>> {
  const { shop, customerIds, now } = work;
  const { timezone } = shop;
  const today = dayOf(now, timezone);
  const orders = await readOrderFacts(tx, shop.id, { customerIds, since: work.since === undefined ? horizonOf(today, rules) : work.since });
  const grants = await readGrants(tx, shop.id, customerIds);
  const earned = rules.basis === 'points' ? await readEarned(tx, shop, customerIds) : new Map<bigint, Fact[]>();
  const start = windowStart(today, rules.window);
  return new Map(
    customerIds.map((id) => {
      const [own, facts, given] = [orders.get(id) ?? [], earned.get(id) ?? [], grants.get(id) ?? []];
      const counted = rules.basis === 'points' ? pointsCounted(facts, timezone) : ordersCounted(rules.basis, own);
      return [
        id,
        {
          counted,
          grants: given,
          spend: own.reduce((sum, { day, net }) => (isAfter(start, day) ? sum + net : sum), 0n),
          timeline: new Timeline({ counted, grants: given, rules, tiers, timezone, now }),
        },
      ];
    }),
  );
}
