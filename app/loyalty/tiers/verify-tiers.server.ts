import type { ShopScope } from '../../platform/context.server.ts';
import { readMembers } from '../loyalty.store.server.ts';
import { readLadder, readTierFacts } from './tier-facts.server.ts';
import { settledAfter } from './tiers.store.server.ts';

export type LoyaltyDifference = {
  readonly table: 'loyalty_members';
  readonly customerId: bigint;
  /** `tier`: numbers of tiers, 0 for none. */
  readonly what: 'spend' | 'value' | 'tier';
  readonly live: bigint | null;
  readonly rebuilt: bigint;
};
const BATCH = 1_000;

/**
 * Derives every member's spend, what counts and the tier from the facts under the rules that stand, and compares. Customers
 * that wait for their review, and those for whom time has something due, are behind by design: callers review first.
 */
export async function verifyLoyalty(scope: ShopScope, limit = 50): Promise<LoyaltyDifference[]> {
  const { shop } = scope;
  const found: LoyaltyDifference[] = [];
  for (let after = -1n; found.length < limit;) {
    const from = after;
    const now = scope.clock.now();
    const page = await scope.db.forShop(shop.id, async (tx) => {
      const ladder = await readLadder(tx, shop.id);
      const known = await settledAfter(tx, shop.id, { after: from, limit: BATCH, now });
      const customerIds = known.flatMap(({ id, waits }) => (waits ? [] : [id]));
      const members = await readMembers(tx, shop.id, customerIds);
      const facts = await readTierFacts(tx, { shop, customerIds, now }, ladder);
      const differing = [...facts].flatMap(([customerId, { spend, timeline }]): LoyaltyDifference[] => {
        const { value, tier } = timeline.held();
        const member = members.get(customerId);
        // Before the tiers were made nobody has one.
        const pairs = [
          ['spend', member?.spend ?? null, spend],
          ...(spend === value ? [] : [['value', member?.value ?? null, value] as const]),
          ...(member ? [['tier', BigInt(member.tierId ?? 0), BigInt(tier?.id ?? 0)] as const] : []),
        ] as const;
        return pairs.flatMap(([what, live, rebuilt]) =>
          (live ?? 0n) === rebuilt ? [] : [{ table: 'loyalty_members', customerId, what, live, rebuilt }],
        );
      });
      return { last: known.at(-1)?.id, differing };
    });
    found.push(...page.differing);
    if (page.last === undefined) break;
    after = page.last;
  }
  return found.slice(0, limit);
}
