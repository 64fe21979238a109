import type { Standing } from '../replay.ts';

/** What a year gave a customer. */
export type Outcome = {
  /** Points given, less those taken back. */
  readonly issued: number;
  readonly expired: number;
  /** What they would hold now, waiting and available. */
  readonly held: number;
};
export type Tried = { readonly customerId: bigint; readonly before: Outcome; readonly after: Outcome };

export type Trial = {
  /** Customers looked at, of so many. */
  readonly sampled: number;
  readonly members: number;
  /** Sums of all customers looked at, by the rules that stand and by the new ones. */
  readonly before: Outcome;
  readonly after: Outcome;
  readonly gain: number;
  readonly lose: number;
  readonly same: number;
  /** The difference of the customer who has the least, of those at each tenth, and of the one who has the most. */
  readonly deciles: readonly number[];
  /** For whom most would change, in either direction. */
  readonly largest: readonly { readonly customerId: bigint; readonly before: number; readonly after: number }[];
};

const LARGEST = 10;

/** What came of a replay. */
export function outcomeOf({ transfers, pending, available }: Pick<Standing, 'transfers' | 'pending' | 'available'>): Outcome {
  let [issued, expired] = [0, 0];
  for (const { from, to, points } of transfers) {
    if (from === 'issued' || from === 'forgiven') issued += points;
    if (to === 'withdrawn') issued -= points;
    if (to === 'expired') expired += points;
  }
  return { issued, expired, held: pending + available };
}

const added = (a: Outcome, b: Outcome): Outcome => ({ issued: a.issued + b.issued, expired: a.expired + b.expired, held: a.held + b.held });
const NOTHING: Outcome = { issued: 0, expired: 0, held: 0 };

/** Who gains and who loses by other rules, and what they give together. `members`: of how many those tried are. */
export function compare(tried: readonly Tried[], members: number): Trial {
  const differences = tried.map(({ before, after }) => after.issued - before.issued).toSorted((a, b) => a - b);
  const largest = tried
    .filter(({ before, after }) => before.issued !== after.issued)
    .toSorted(
      (a, b) =>
        Math.abs(b.after.issued - b.before.issued) - Math.abs(a.after.issued - a.before.issued) || (a.customerId < b.customerId ? -1 : 1),
    )
    .slice(0, LARGEST);
  return {
    sampled: tried.length,
    members,
    before: tried.reduce((sum, { before }) => added(sum, before), NOTHING),
    after: tried.reduce((sum, { after }) => added(sum, after), NOTHING),
    gain: differences.filter((by) => by > 0).length,
    lose: differences.filter((by) => by < 0).length,
    same: differences.filter((by) => by === 0).length,
    deciles:
      differences.length === 0
        ? []
        : Array.from({ length: 11 }, (_, tenth) => differences[Math.round((tenth * (differences.length - 1)) / 10)] ?? 0),
    largest: largest.map(({ customerId, before, after }) => ({ customerId, before: before.issued, after: after.issued })),
  };
}
