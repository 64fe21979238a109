/** A tier holds from `threshold` on: net spend of the last 12 months, minor units of the shop's currency. */
export type Tier = { id: number; name: string; threshold: bigint };

/** The highest tier whose threshold the spend reaches; null below the lowest. Tiers may come in any order. */
export function tierFor({ spend, tiers }: { spend: bigint; tiers: readonly Tier[] }): Tier | null {
  return tiers.reduce<Tier | null>(
    (best, tier) => (tier.threshold <= spend && (best === null || tier.threshold > best.threshold) ? tier : best),
    null,
  );
}

/** The next tier above the spend and what is missing to it; null at the top. */
export function nextTier({ spend, tiers }: { spend: bigint; tiers: readonly Tier[] }): { tier: Tier; missing: bigint } | null {
  const above = tiers.filter((tier) => tier.threshold > spend).toSorted((a, b) => (a.threshold < b.threshold ? -1 : 1));
  const [tier] = above;
  return tier ? { tier, missing: tier.threshold - spend } : null;
}

export type TierDraft = { name: string; threshold: bigint };

/** What is wrong with tiers that a merchant wrote, by field ("tiers.0.name"); empty when nothing is. */
export function tierProblems(tiers: readonly TierDraft[]): Record<string, string> {
  const problems: Record<string, string> = {};
  if (tiers.length === 0) problems['tiers'] = 'loyalty.error.none';
  if (tiers.length > 10) problems['tiers'] = 'loyalty.error.tooMany';
  for (const [index, tier] of tiers.entries()) {
    const name = tier.name.trim();
    if (name === '' || name.length > 40) problems[`tiers.${index}.name`] = 'loyalty.error.name';
    else if (tiers.some((other, at) => at < index && other.name.trim().toLowerCase() === name.toLowerCase()))
      problems[`tiers.${index}.name`] = 'loyalty.error.nameTwice';
    if (tier.threshold < 0n) problems[`tiers.${index}.threshold`] = 'loyalty.error.threshold';
    else if (tiers.some((other, at) => at < index && other.threshold === tier.threshold))
      problems[`tiers.${index}.threshold`] = 'loyalty.error.thresholdTwice';
  }
  return problems;
}

/**
 * A pleasant number near an amount: 1, 2, 2.5 or 5 times a power of ten, in whole units; 734.12 becomes 500.00.
 */
export function pleasantAmount(minor: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(digits);
  if (minor <= unit) return unit;
  let power = unit;
  while (power * 10n <= minor) power *= 10n;
  const steps = [power, power * 2n, (power * 5n) / 2n, power * 5n, power * 10n].filter((step) => step % unit === 0n);
  const distance = (step: bigint): bigint => (step > minor ? step - minor : minor - step);
  return steps.reduce((best, step) => (distance(step) < distance(best) ? step : best));
}

/**
 * Proposed thresholds from the shop's own customers: Bronze for everyone who buys, Silver for the best fifth, Gold for
 * the best twentieth. `quantiles` are net spends at 80 % and 95 % of buying customers.
 */
export function proposedTiers(quantiles: { p80: bigint; p95: bigint }, digits: number): TierDraft[] {
  const pleasant = pleasantAmount(quantiles.p80, digits);
  // Above Bronze also where the smallest unit is large.
  const silver = pleasant > 1n ? pleasant : 2n;
  const gold = pleasantAmount(quantiles.p95, digits);
  return [
    { name: 'Bronze', threshold: 1n },
    { name: 'Silver', threshold: silver },
    { name: 'Gold', threshold: gold > silver ? gold : silver * 2n },
  ];
}
