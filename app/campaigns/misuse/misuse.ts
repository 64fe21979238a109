/** By which version of these rules something is called misuse; kept beside what is said. */
export const MISUSE_RULES = 1;

/** An order that used a personal code of another account. `buyer` is null where nobody was named. */
export type OtherUse = {
  readonly campaignId: number;
  readonly code: string;
  readonly holder: bigint;
  readonly buyer: bigint | null;
};

/**
 * `own-account`: another account that looks like the holder; `collected`: by somebody who used codes of so many others that
 * they did not come from friends; `passed-on`: by somebody else, once or twice.
 */
export const VERDICTS = ['own-account', 'collected', 'passed-on'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Codes of so many others: more than friends give. */
export const COLLECTOR_CODES = 3;

/** What each use of another's code looks like. @param looksSame whether two accounts look like one person. */
export function verdicts(uses: readonly OtherUse[], looksSame: (one: bigint, other: bigint) => boolean): Verdict[] {
  const isOwn = uses.map(({ buyer, holder }) => buyer !== null && looksSame(buyer, holder));
  const holdersOf = new Map<bigint, Set<bigint>>();
  for (const [at, { buyer, holder }] of uses.entries()) {
    if (buyer === null || isOwn[at]) continue;
    holdersOf.set(buyer, (holdersOf.get(buyer) ?? new Set()).add(holder));
  }
  return uses.map(({ buyer }, at) => {
    if (isOwn[at]) return 'own-account';
    return buyer !== null && (holdersOf.get(buyer)?.size ?? 0) >= COLLECTOR_CODES ? 'collected' : 'passed-on';
  });
}

/** Of a campaign's uses so many may come by others, friends and family, before anything is wrong. */
export const USUAL_SHARE = 0.1;
/** With fewer uses by others nothing is said, whatever the share. */
export const LEAST_USES = 5;
/** How unlikely so many must be where the usual share goes to others. */
const LEAK_CHANCE = 0.001;

/** The chance of at least `least` of `n` where each has the chance `p` (exact binomial upper tail). */
export function tailOf(n: number, least: number, p: number): number {
  if (least <= 0) return 1;
  let [logTerm, sum] = [n * Math.log1p(-p), 0];
  for (let k = 0; k <= n; k += 1) {
    if (k >= least) sum += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return Math.min(1, sum);
}

/** Whether a campaign's codes have got about: more uses by others than chance gives where a tenth go to friends. */
export function hasLeaked({ uses, byOthers }: { uses: number; byOthers: number }): boolean {
  return byOthers >= LEAST_USES && tailOf(uses, byOthers, USUAL_SHARE) < LEAK_CHANCE;
}
