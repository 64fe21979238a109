/** What a tier gives beside its name. */
export type Perks = {
  /** By how many hundredths an order earns points, 100 or more: 150 is half as much again. */
  readonly times: number;
  readonly freeShipping: boolean;
  /** A standing discount, whole percent; 0 for none. */
  readonly discountPercent: number;
  /** A tag of the store's customers, by which they are let in early. */
  readonly earlyTag: string | null;
  /** Points on a birthday. */
  readonly birthdayPoints: number;
};
export const NO_PERKS: Perks = { times: 100, freeShipping: false, discountPercent: 0, earlyTag: null, birthdayPoints: 0 };

/**
 * A tier holds from `threshold` on, of what the rules count (spend: minor units of the shop's currency); null: nobody reaches
 * it, staff give it. The higher the rank the better.
 */
export type Tier = {
  readonly id: number;
  readonly name: string;
  readonly threshold: bigint | null;
  readonly rank: number;
  readonly perks: Perks;
};

/** The next tier above what counts and above the one that is held, and what is missing to it; null at the top. */
export function nextTier(known: { value: bigint; held: Tier | null; tiers: readonly Tier[] }): { tier: Tier; missing: bigint } | null {
  const { value, held, tiers } = known;
  const above = tiers.flatMap((tier) =>
    tier.threshold !== null && tier.threshold > value && tier.rank > (held?.rank ?? -1) ? [{ tier, missing: tier.threshold - value }] : [],
  );
  return above.toSorted((a, b) => a.tier.rank - b.tier.rank)[0] ?? null;
}

/** A tier as its merchant writes it, the lowest first. `id`: the tier that it was, where its name changes. */
export type TierDraft = {
  readonly name: string;
  readonly threshold: bigint | null;
  readonly id?: number | null;
  readonly perks?: Perks;
};

/** A tag of the store: letters and digits of any language, the rest as hyphens. */
export const tierTag = (name: string): string =>
  `storebook-tier-${name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')}`;

const within = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

function perkProblems({ times, discountPercent, earlyTag, birthdayPoints }: Perks): Record<string, string> {
  return {
    ...(within(times, 100, 1_000) ? {} : { times: 'tiers.error.times' }),
    ...(within(discountPercent, 0, 100) ? {} : { discountPercent: 'tiers.error.percent' }),
    ...(earlyTag !== null && (earlyTag.trim() === '' || earlyTag.length > 40 || earlyTag.includes(','))
      ? { earlyTag: 'tiers.error.tag' }
      : {}),
    ...(within(birthdayPoints, 0, 1_000_000) ? {} : { birthdayPoints: 'tiers.error.points' }),
  };
}

function nameProblem(drafts: readonly TierDraft[], index: number): string | null {
  const key = (of: TierDraft | undefined): string => of?.name.trim().toLowerCase() ?? '';
  const name = key(drafts[index]);
  if (name === '' || name.length > 40) return 'loyalty.error.name';
  return drafts.slice(0, index).some((other) => key(other) === name) ? 'loyalty.error.nameTwice' : null;
}

function thresholdProblem(drafts: readonly TierDraft[], index: number): string | null {
  const threshold = drafts[index]?.threshold ?? null;
  if (threshold === null) return null;
  if (threshold < 0n || threshold > 10n ** 15n) return 'loyalty.error.threshold';
  return drafts.slice(0, index).some((other) => other.threshold === threshold) ? 'loyalty.error.thresholdTwice' : null;
}

/** Drafts in the order of their ranks: those that are reached by their thresholds, the others where they were written. */
export function ranked(drafts: readonly TierDraft[]): TierDraft[] {
  const reached = drafts.filter(({ threshold }) => threshold !== null);
  const sorted = reached.toSorted((a, b) => ((a.threshold ?? 0n) < (b.threshold ?? 0n) ? -1 : 1)).values();
  return drafts.map((draft) => (draft.threshold === null ? draft : (sorted.next().value ?? draft)));
}

/** What is wrong with tiers that a merchant wrote, by field ("tiers.0.name"); empty when nothing is. */
export function tierProblems(tiers: readonly TierDraft[]): Record<string, string> {
  const problems: Record<string, string> = {};
  if (tiers.length === 0) problems['tiers'] = 'loyalty.error.none';
  if (tiers.length > 10) problems['tiers'] = 'loyalty.error.tooMany';
  for (const [index, { perks }] of tiers.entries()) {
    const found = { name: nameProblem(tiers, index), threshold: thresholdProblem(tiers, index), ...perkProblems(perks ?? NO_PERKS) };
    for (const [field, problem] of Object.entries(found)) if (problem !== null) problems[`tiers.${index}.${field}`] = problem;
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
