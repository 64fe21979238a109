import { addDays, dayOf, startOfDay, type Day } from '../../core/calendar.ts';
import type { Tier } from '../tier.ts';
import { leavesOn, type TierRules } from './tier-rules.ts';

/** Something that counts from its moment on, as long as its day is in the window, less what is taken back of it. */
export type Counted = {
  readonly at: Date;
  readonly day: Day;
  readonly amount: bigint;
  readonly less: readonly { readonly at: Date; readonly amount: bigint }[];
};

/** A tier that staff gave, for a reason that stands beside it. It never lowers anybody. */
export type TierGrant = { readonly id: string; readonly tierId: number; readonly from: Date; readonly until: Date | null };

export type TierFacts = {
  readonly counted: readonly Counted[];
  readonly grants: readonly TierGrant[];
  readonly rules: TierRules;
  readonly tiers: readonly Tier[];
  readonly timezone: string;
  readonly now: Date;
};

type Span = { readonly from: number; readonly to: number; readonly value: bigint };
type Range = { readonly from: number; to: number };
type RuleTier = Tier & { readonly threshold: bigint };

export type Held = {
  readonly tier: Tier | null;
  /** What counts, by the rules' basis. */
  readonly value: bigint;
  /** The tier that the value reaches by itself. */
  readonly fitting: Tier | null;
  /** The grant that gives more than the rules do. */
  readonly grant: TierGrant | null;
  /** When the tier ends if nothing else happens, and what comes then. */
  readonly lapse: { readonly at: Date; readonly to: Tier | null } | null;
  /** The next moment at which time alone changes anything of this. */
  readonly dueAt: Date | null;
};

const higher = (a: Tier | null, b: Tier | null): Tier | null => (a === null || (b !== null && b.rank > a.rank) ? b : a);
const isReached = (tier: Tier): tier is RuleTier => tier.threshold !== null;
const isOn = ({ from, until }: TierGrant, time: number): boolean => from.getTime() <= time && (until === null || time < until.getTime());

/** The value over time, by what is known: spans without a gap, the last of them open. */
function spansOf({ counted, rules, timezone, now }: TierFacts): Span[] {
  const changes = new Map<number, bigint>();
  const starts = new Map<Day, number>();
  const change = (time: number, by: bigint): void => void changes.set(time, (changes.get(time) ?? 0n) + by);
  const startOf = (day: Day): number => {
    const known = starts.get(day) ?? startOfDay(day, timezone).getTime();
    starts.set(day, known);
    return known;
  };
  // A store's clock may be ahead of ours: what is known has happened.
  const past = (at: Date): number => Math.min(at.getTime(), now.getTime());
  for (const { at, day, amount, less } of counted) {
    const leaves = leavesOn(day, rules.window);
    const [from, to] = [past(at), leaves === null ? Number.POSITIVE_INFINITY : startOf(leaves)];
    if (from >= to) continue;
    change(from, amount);
    let left = amount;
    for (const part of less) {
      const when = Math.max(from, past(part.at));
      if (when >= to) continue;
      change(when, -part.amount);
      left -= part.amount;
    }
    if (to !== Number.POSITIVE_INFINITY) change(to, -left);
  }
  let [value, from] = [0n, Number.NEGATIVE_INFINITY];
  const spans: Span[] = [];
  for (const [time, by] of [...changes].filter(([, delta]) => delta !== 0n).toSorted(([a], [b]) => a - b)) {
    spans.push({ from, to: time, value });
    value += by;
    from = time;
  }
  return [...spans, { from, to: Number.POSITIVE_INFINITY, value }];
}

/** When a tier that was met until a moment falls, or the one that is so many steps below it. */
function fallOf(to: number, steps: number, { rules, timezone }: TierFacts): number {
  if (to === Number.POSITIVE_INFINITY || rules.graceDays === 0) return to;
  const days = rules.graceDays * (rules.fall === 'step' ? steps : 1);
  return startOfDay(addDays(dayOf(new Date(to - 1), timezone), days + 1), timezone).getTime();
}

/** When at least a tier's level is held by the rules: ranges that do not touch, in their order. */
function rangesOf(level: number, spans: readonly (Span & { level: number })[], facts: TierFacts): Range[] {
  const ranges: Range[] = [];
  for (const span of spans) {
    if (span.level < level) continue;
    const to = fallOf(span.to, span.level - level + 1, facts);
    const last = ranges.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, to);
    else ranges.push({ from: span.from, to });
  }
  return ranges;
}

function rangeAt(ranges: readonly Range[], time: number): Range | null {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.from ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low - 1];
  return range && time < range.to ? range : null;
}

/** What a customer's tier was, is and will be by what is known: a function of facts and times, in whatever order they came. */
export class Timeline {
  readonly #facts: TierFacts;
  readonly #spans: readonly Span[];
  /** By the rules, the lowest first. */
  readonly #levels: readonly { readonly tier: RuleTier; readonly ranges: readonly Range[] }[];

  constructor(facts: TierFacts) {
    this.#facts = facts;
    this.#spans = spansOf(facts);
    const reached = facts.tiers.filter(isReached).toSorted((a, b) => a.rank - b.rank);
    const spans = this.#spans.map((span) => ({ ...span, level: reached.findLastIndex(({ threshold }) => threshold <= span.value) }));
    this.#levels = reached.map((tier, level) => ({ tier, ranges: rangesOf(level, spans, facts) }));
  }

  #byRules(time: number): Tier | null {
    return this.#levels.findLast(({ ranges }) => rangeAt(ranges, time) !== null)?.tier ?? null;
  }

  #grantAt(time: number): { tier: Tier; grant: TierGrant } | null {
    const on = this.#facts.grants.flatMap((grant) => {
      const tier = isOn(grant, time) ? this.#facts.tiers.find(({ id }) => id === grant.tierId) : undefined;
      return tier ? [{ tier, grant }] : [];
    });
    return (
      on.toSorted(
        (a, b) => b.tier.rank - a.tier.rank || (b.grant.until?.getTime() ?? Infinity) - (a.grant.until?.getTime() ?? Infinity),
      )[0] ?? null
    );
  }

  /** The tier of a moment. */
  tierAt(at: Date): Tier | null {
    return higher(this.#byRules(at.getTime()), this.#grantAt(at.getTime())?.tier ?? null);
  }

  /** When what holds at a moment ends, the earliest first. */
  #endsAfter(time: number): number[] {
    return [
      ...this.#levels.flatMap(({ ranges }) => rangeAt(ranges, time)?.to ?? []),
      ...this.#facts.grants.flatMap((grant) => (isOn(grant, time) && grant.until ? [grant.until.getTime()] : [])),
    ]
      .filter((end) => Number.isFinite(end))
      .toSorted((a, b) => a - b);
  }

  /** What is held now, why, and until when. */
  held(): Held {
    const { now } = this.#facts;
    const time = now.getTime();
    const { value, to } = this.#spans.findLast(({ from }) => from <= time) ?? { value: 0n, to: Number.POSITIVE_INFINITY };
    const tier = this.tierAt(now);
    const given = this.#grantAt(time);
    const ends = this.#endsAfter(time);
    const lapse = ends.map((end) => ({ at: new Date(end), to: this.tierAt(new Date(end)) })).find((next) => next.to?.id !== tier?.id);
    const due = Math.min(to, ...ends);
    return {
      tier,
      value,
      fitting: this.#levels.findLast((level) => level.tier.threshold <= value)?.tier ?? null,
      grant: given && given.tier.rank > (this.#byRules(time)?.rank ?? -1) ? given.grant : null,
      lapse: lapse ?? null,
      dueAt: Number.isFinite(due) ? new Date(due) : null,
    };
  }
}
