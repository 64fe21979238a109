import type { CustomerLoyalty } from '../../../contracts/customer-loyalty.ts';
import { dayOf } from '../../core/calendar.ts';
import { nextTier, NO_PERKS, tierTag, type Tier } from '../tier.ts';
import type { TierRules } from './tier-rules.ts';
import type { Held } from './timeline.ts';

type Known = {
  readonly held: Held;
  readonly spend: bigint;
  readonly since: Date | null;
  readonly rules: TierRules;
  readonly tiers: readonly Tier[];
  readonly shop: { readonly currency: string; readonly timezone: string };
};

/** What stands in the customer's metafield. */
export function loyaltyValue({ held, spend, since, rules, tiers, shop }: Known): CustomerLoyalty {
  const { tier, value } = held;
  const next = nextTier({ value, held: tier, tiers });
  const { times, freeShipping, discountPercent, earlyTag } = tier?.perks ?? NO_PERKS;
  return {
    version: 1,
    tier: tier?.name ?? null,
    since: since && dayOf(since, shop.timezone),
    spend: String(spend),
    currency: shop.currency,
    next: next ? { tier: next.tier.name, missing: String(next.missing) } : null,
    basis: rules.basis,
    value: String(value),
    perks: { discountPercent, freeShipping, pointsTimes: times, earlyAccess: earlyTag !== null },
  };
}

/** What a tier gives, as one text to compare; null where it gives nothing beside its name. */
export function toldOf(tier: Tier | null): string | null {
  const { times, freeShipping, discountPercent, earlyTag } = tier?.perks ?? NO_PERKS;
  const said = JSON.stringify([times, freeShipping, discountPercent, earlyTag !== null]);
  return said === JSON.stringify([100, false, 0, false]) ? null : said;
}

/** The tags that a customer of a tier has in the store, by the rules. */
export function tagsOf(tier: Tier | null, { tags }: TierRules): string[] {
  if (tier === null) return [];
  return [...(tags ? [tierTag(tier.name)] : []), ...(tier.perks.earlyTag === null ? [] : [tier.perks.earlyTag])];
}
