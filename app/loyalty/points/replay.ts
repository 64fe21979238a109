import type { Expiry } from './programme.ts';

/** Customer's accounts and the programme's; numbers as they stand in the ledger. */
export const ACCOUNTS = { pending: 1, available: 2, issued: 3, withdrawn: 4, spent: 5, expired: 6, forgiven: 7 } as const;
export type Account = keyof typeof ACCOUNTS;
export const ACCOUNT_NAMES: readonly Account[] = ['pending', 'available', 'issued', 'withdrawn', 'spent', 'expired', 'forgiven'];

/** Points that are given. A grant without `availableAt` waits until it is known. */
export type Grant = {
  readonly kind: 'grant';
  readonly topic: string;
  readonly at: Date;
  readonly availableAt: Date | null;
  readonly points: number;
  readonly takenBack: readonly { readonly topic: string; readonly at: Date; readonly points: number }[];
  readonly expiry: Expiry;
  /** Whether what was spent already is taken back below zero. */
  readonly belowZero: boolean;
  readonly cause: string;
  readonly programme: number | null;
};
/** Points that go: a reward, or what staff took. `back` is when they were given back, as a grant of their own. */
export type Spend = {
  readonly kind: 'spend';
  readonly topic: string;
  readonly at: Date;
  readonly points: number;
  readonly to: 'spent' | 'withdrawn';
  readonly back: Date | null;
  /** Of the points that come back. */
  readonly expiry: Expiry;
  readonly cause: string;
  readonly programme: number | null;
};
export type Fact = Grant | Spend;

/** Moves points (> 0) of a customer from an account to another. */
export type Transfer = {
  readonly topic: string;
  readonly from: Account;
  readonly to: Account;
  readonly points: number;
  readonly at: Date;
  readonly cause: string;
  readonly programme: number | null;
};

/** Points of one source that are left, and when they lapse by what is known now; null: never, or by nothing that is known. */
export type Lot = { readonly topic: string; readonly left: number; readonly since: Date; readonly expiresAt: Date | null };

export type Standing = {
  readonly transfers: readonly Transfer[];
  readonly lots: readonly Lot[];
  readonly pending: number;
  readonly available: number;
  /** The next moment at which anything changes by time alone; null: none that is known. */
  readonly dueAt: Date | null;
};

/** A moment so many calendar months later, in UTC; the last day of a shorter month. */
export function monthsLater(at: Date, months: number): Date {
  const moved = new Date(at);
  moved.setUTCMonth(moved.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(at.getUTCDate(), last));
  return moved;
}

type OpenLot = { readonly topic: string; left: number; readonly since: Date; readonly expiry: Expiry; readonly programme: number | null };
type Waiting = { readonly grant: Grant; left: number };

/** What happens at a moment; of the same moment what gives comes first, then what takes back, then what is spent. */
type Step = { readonly at: Date; readonly rank: number; readonly topic: string; run(): void };
const RANKS = { grant: 0, mature: 1, back: 2, takeBack: 3, spend: 4 } as const;

const byTime = (a: Step, b: Step): number => a.at.getTime() - b.at.getTime() || a.rank - b.rank || (a.topic < b.topic ? -1 : 1);

/** Plays a customer's facts; see `replay`. */
class Player {
  readonly transfers: Transfer[] = [];
  readonly #now: Date;
  /** The oldest first. */
  #lots: OpenLot[] = [];
  readonly #waiting = new Map<string, Waiting>();
  #debt = 0;
  #activity: Date | null = null;

  constructor(now: Date) {
    this.#now = now;
  }

  #book(transfer: Transfer): void {
    if (transfer.points > 0) this.transfers.push(transfer);
  }

  steps(facts: readonly Fact[]): Step[] {
    return facts.flatMap((fact) => (fact.kind === 'grant' ? this.#grantSteps(fact) : this.#spendSteps(fact)));
  }

  #grantSteps(grant: Grant): Step[] {
    const { topic, at, availableAt, takenBack } = grant;
    const step = (rank: keyof typeof RANKS, when: Date, run: () => void): Step => ({ at: when, rank: RANKS[rank], topic, run });
    // What is known to be available later than the moment it is taken back stays in the order of its times.
    return [
      step('grant', at, () => this.#give(grant)),
      ...(availableAt
        ? [step('mature', availableAt < at ? at : availableAt, () => this.#mature(grant, availableAt < at ? at : availableAt))]
        : []),
      ...takenBack.map((part) => step('takeBack', part.at < at ? at : part.at, () => this.#takeBack(grant, part))),
    ];
  }

  #spendSteps(spend: Spend): Step[] {
    const { topic, at, back } = spend;
    const steps: Step[] = [{ at, rank: RANKS.spend, topic, run: () => this.#spend(spend) }];
    if (back) steps.push({ at: back < at ? at : back, rank: RANKS.back, topic, run: () => this.#giveBack(spend, back < at ? at : back) });
    return steps;
  }

  #give(grant: Grant): void {
    const { topic, at, points, cause, programme } = grant;
    this.#waiting.set(topic, { grant, left: points });
    this.#book({ topic, from: 'issued', to: 'pending', points, at, cause, programme });
  }

  #mature(grant: Grant, at: Date): void {
    const held = this.#waiting.get(grant.topic);
    if (!held) return;
    this.#waiting.delete(grant.topic);
    const { topic, expiry, programme } = grant;
    if (held.left === 0) return;
    this.#book({ topic: `${topic}/available`, from: 'pending', to: 'available', points: held.left, at, cause: 'available', programme });
    this.#activity = at;
    this.#add({ topic, left: held.left, since: at, expiry, programme });
  }

  /** Points that come in pay what is owed first. */
  #add(lot: OpenLot): void {
    const paid = Math.min(this.#debt, lot.left);
    this.#debt -= paid;
    if (lot.left > paid) this.#lots.push({ ...lot, left: lot.left - paid });
  }

  #takeBack(grant: Grant, part: Grant['takenBack'][number]): void {
    const { programme } = grant;
    const topic = `${grant.topic}/${part.topic}`;
    const cause = part.topic.split('/')[0] ?? part.topic;
    const at = part.at < grant.at ? grant.at : part.at;
    const waiting = this.#waiting.get(grant.topic);
    const fromWaiting = Math.min(waiting?.left ?? 0, part.points);
    if (waiting) waiting.left -= fromWaiting;
    this.#book({ topic, from: 'pending', to: 'withdrawn', points: fromWaiting, at, cause, programme });
    const rest = part.points - fromWaiting;
    this.#book({ topic, from: 'available', to: 'withdrawn', points: rest, at, cause, programme });
    const own = this.#lots.find((lot) => lot.topic === grant.topic);
    const fromOwn = Math.min(own?.left ?? 0, rest);
    if (own) own.left -= fromOwn;
    const missing = this.#take(rest - fromOwn);
    if (grant.belowZero) this.#debt += missing;
    else this.#book({ topic: `${topic}/forgiven`, from: 'forgiven', to: 'available', points: missing, at, cause: 'forgiven', programme });
  }

  /** Takes from the oldest lots. @returns what they do not hold. */
  #take(points: number): number {
    let wanted = points;
    for (const lot of this.#lots) {
      const taken = Math.min(lot.left, wanted);
      lot.left -= taken;
      wanted -= taken;
    }
    this.#lots = this.#lots.filter(({ left }) => left > 0);
    return wanted;
  }

  #spend(spend: Spend): void {
    const { topic, at, points, to, cause, programme } = spend;
    this.#activity = at;
    this.#book({ topic, from: 'available', to, points, at, cause, programme });
    // A reward was given for them: what late news takes from under it is owed, whatever the programme forgives.
    this.#debt += this.#take(points);
  }

  #giveBack({ topic, points, to, expiry, programme }: Spend, at: Date): void {
    this.#activity = at;
    this.#book({ topic: `${topic}/back`, from: to, to: 'available', points, at, cause: 'back', programme });
    this.#add({ topic: `${topic}/back`, left: points, since: at, expiry, programme });
  }

  #expiryOf({ expiry, since }: OpenLot): Date | null {
    if (expiry.kind === 'never') return null;
    return monthsLater(expiry.kind === 'age' || this.#activity === null || this.#activity < since ? since : this.#activity, expiry.months);
  }

  /** Lets lapse what does before a moment (or at it), the earliest first. */
  expireTo(moment: Date): void {
    for (const lot of this.#lots.toSorted((a, b) => (this.#expiryOf(a)?.getTime() ?? 0) - (this.#expiryOf(b)?.getTime() ?? 0))) {
      const at = this.#expiryOf(lot);
      if (at === null || at > moment) continue;
      const { topic, left, programme } = lot;
      this.#book({ topic: `expire/${topic}`, from: 'available', to: 'expired', points: left, at, cause: 'expiry', programme });
      lot.left = 0;
    }
    this.#lots = this.#lots.filter(({ left }) => left > 0);
  }

  standing(next: Date | null): Standing {
    const lots = this.#lots.map((lot): Lot => ({ topic: lot.topic, left: lot.left, since: lot.since, expiresAt: this.#expiryOf(lot) }));
    const times = [...lots.flatMap(({ expiresAt }) => expiresAt ?? []), ...(next ? [next] : [])].filter((at) => at > this.#now);
    return {
      transfers: this.transfers,
      lots,
      pending: [...this.#waiting.values()].reduce((sum, { left }) => sum + left, 0),
      available: lots.reduce((sum, { left }) => sum + left, 0) - this.#debt,
      dueAt: times.reduce<Date | null>((first, at) => (first === null || at < first ? at : first), null),
    };
  }
}

/**
 * What should stand in the ledger of a customer at a moment, from their facts alone, in whatever order these came to be
 * known: every transfer with its topic, the lots that are left, and when time alone changes anything next.
 */
export function replay(facts: readonly Fact[], now: Date): Standing {
  const player = new Player(now);
  const steps = player.steps(facts).toSorted(byTime);
  const past = steps.findIndex(({ at }) => at > now);
  const played = past < 0 ? steps : steps.slice(0, past);
  for (const step of played) {
    player.expireTo(step.at);
    step.run();
  }
  player.expireTo(now);
  return player.standing(past < 0 ? null : (steps[past]?.at ?? null));
}
