import { writeAudit } from '../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { personKeys } from '../record/index.server.ts';
import { reviewAllJob, reviewAllPointsJob } from './job-definitions.ts';
import { loyaltyLock, recentChanges, tierCounts, type TierChangeRow } from './loyalty.store.server.ts';
import { tierProblems, type Tier, type TierDraft } from './tier.ts';
import { storedVersion } from './tiers/stored-rules.ts';
import { readLadder } from './tiers/tier-facts.server.ts';
import { ruleProblems, type TierRules } from './tiers/tier-rules.ts';
import { readTiers, readTierVersions, replaceTiers } from './tiers/tiers.store.server.ts';

export type TierBoard = {
  readonly tiers: readonly (Tier & { readonly members: number; readonly value: bigint })[];
  readonly rules: TierRules;
  /** Customers in no tier. */
  readonly below: number;
  /** Members who are still to be reviewed by the rules that stand. */
  readonly waiting: number;
  readonly changes: TierChangeRow[];
};

/** The tiers by themselves, for a choice or a name; lists of customers must not pay for the board's counts. */
export async function listTiers(scope: ShopScope): Promise<Tier[]> {
  return scope.db.forShop(scope.shop.id, (tx) => readTiers(tx, scope.shop.id));
}

/** The tiers and what they count. */
export async function tierBoardRules(scope: ShopScope): Promise<{ readonly tiers: readonly Tier[]; readonly rules: TierRules }> {
  return scope.db.forShop(scope.shop.id, (tx) => readLadder(tx, scope.shop.id));
}

/** The tiers with their members, and the latest changes with their reasons. */
export async function tierBoard(scope: ShopScope): Promise<TierBoard> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const { rules, tiers } = await readLadder(tx, scope.shop.id);
    const from = (await readTierVersions(tx, scope.shop.id)).at(-1)?.from ?? new Date(0);
    const rows = await tierCounts(tx, scope.shop.id, from);
    const counts = new Map(rows.map((row) => [row.tierId, row]));
    return {
      tiers: tiers.map((tier) => ({ ...tier, members: counts.get(tier.id)?.members ?? 0, value: counts.get(tier.id)?.value ?? 0n })),
      rules,
      below: counts.get(null)?.members ?? 0,
      waiting: rows.reduce((sum, { waiting }) => sum + waiting, 0),
      changes: await recentChanges(tx, personKeys(scope), { customerId: null, limit: 25 }),
    };
  });
}

/**
 * Puts the merchant's tiers, and the rules where they are given, in place as a new version, and has everybody reviewed by
 * them. @returns the tiers, or what is wrong by field ("tiers.0.name", "graceDays").
 */
export async function saveTiers(scope: ShopScope, drafts: readonly TierDraft[], wanted?: TierRules): Promise<Ok<Tier[]> | Invalid> {
  const { id: shopId } = scope.shop;
  const problems = { ...tierProblems(drafts), ...(wanted ? ruleProblems(wanted) : {}) };
  if (Object.keys(problems).length > 0) return invalid(problems);
  const tiers = await scope.db.forShop(shopId, async (tx) => {
    await loyaltyLock(tx, shopId);
    const before = await readLadder(tx, shopId);
    const rules = wanted ?? before.rules;
    const saved = await replaceTiers(tx, shopId, { drafts, rules, now: scope.clock.now() });
    await writeAudit(tx, scope, {
      action: 'loyalty.tiers.saved',
      before: storedVersion(before.rules, before.tiers),
      after: { version: saved.version, ...storedVersion(rules, saved.tiers) },
    });
    return saved.tiers;
  });
  // What a tier gives in points may have changed with it.
  await scope.queue.enqueue(reviewAllPointsJob, { shopId }, { key: String(shopId) });
  await scope.queue.enqueue(reviewAllJob, { shopId }, { key: String(shopId) });
  return ok(tiers);
}
