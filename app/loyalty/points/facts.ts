import { dayOf } from '../../core/calendar.ts';
import { eventGrants, type KnownEvent } from './event-grants.ts';
import { earnedBy, type Earned, type EarningOrder } from './earn.ts';
import { programmeAt, type Expiry, type Programme } from './programme.ts';
import type { Fact, Grant, Spend } from './replay.ts';

/** An order of the customer's as it stands in the record. */
export type KnownOrder = EarningOrder & {
  /** Only what is paid earns. */
  readonly paid: boolean;
  /** When the last of it was sent; null while something is still to be sent. */
  readonly sentAt: Date | null;
};

/** Points that somebody gave (or, below zero, took) beside orders. */
export type Given = { readonly topic: string; readonly at: Date; readonly points: number; readonly cause: string };

/** Points that went for a reward; `back` is when they came back, because it was refused, cancelled or never used. */
export type Redeemed = { readonly id: bigint; readonly at: Date; readonly points: number; readonly back: Date | null };

/** Points that are promised for a friend's order from `at`, available so many days later; lost if the order is worth too little. */
export type Promised = {
  readonly topic: string;
  readonly cause: string;
  readonly at: Date;
  readonly days: number;
  readonly points: number;
  readonly lostAt: Date | null;
};

/** All that points of a customer follow from. */
export type Known = {
  readonly joinedAt: Date | null;
  readonly orders: readonly KnownOrder[];
  readonly given: readonly Given[];
  readonly redeemed: readonly Redeemed[];
  readonly promised: readonly Promised[];
  readonly events: readonly KnownEvent[];
};

const DAY_MS = 86_400_000;
const NEVER: Expiry = { kind: 'never' };

/** When an order's points become available; null while that is not known. */
function availableAt({ at, sentAt }: KnownOrder, { waiting }: Programme): Date | null {
  const from = waiting.after === 'order' ? at : sentAt;
  return from && new Date(from.getTime() + waiting.days * DAY_MS);
}

/** An order's points where a month gives no more than so many: refunds take back what is then left over. */
function capped({ points, takenBack }: Earned, most: number): Earned {
  let [held, rest] = [Math.min(points, most), points];
  const parts = takenBack.flatMap((part) => {
    rest -= part.points;
    const back = Math.max(0, held - rest);
    held -= back;
    return back > 0 ? [{ ...part, points: back }] : [];
  });
  return { points: Math.min(points, most), takenBack: parts };
}

const earlier = (a: KnownOrder, b: KnownOrder): number => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1);

/** What points of a customer follow from, as facts with their times. Versions in the order of their moments. */
export function factsOf(known: Known, versions: readonly Programme[], timezone: string): Fact[] {
  return [
    ...signUp(known, versions),
    ...orderGrants(known.orders, versions, timezone),
    ...known.given.map((each) => given(each, versions)),
    ...known.redeemed.map((each) => spent(each, versions)),
    ...known.promised.flatMap((each) => promised(each, versions)),
    ...eventGrants(known.events, versions, timezone),
  ];
}

function signUp({ joinedAt }: Known, versions: readonly Programme[]): Grant[] {
  const programme = joinedAt && programmeAt(versions, joinedAt);
  if (!joinedAt || !programme || programme.signUp === 0) return [];
  const { version, signUp: points, expiry, belowZero } = programme;
  return [
    {
      kind: 'grant',
      topic: 'sign-up',
      at: joinedAt,
      availableAt: joinedAt,
      points,
      takenBack: [],
      expiry,
      belowZero,
      cause: 'sign-up',
      programme: version,
    },
  ];
}

function orderGrants(orders: readonly KnownOrder[], versions: readonly Programme[], timezone: string): Grant[] {
  const months = new Map<string, number>();
  let isFirst = true;
  return orders.toSorted(earlier).flatMap((order): Grant[] => {
    const programme = programmeAt(versions, order.at);
    if (!programme || !order.paid) return [];
    const month = dayOf(order.at, timezone).slice(0, 7);
    const used = months.get(month) ?? 0;
    const earned = capped(
      earnedBy(order, programme),
      programme.mostAMonth === null ? Number.MAX_SAFE_INTEGER : Math.max(0, programme.mostAMonth - used),
    );
    months.set(month, used + earned.points);
    if (earned.points === 0) return [];
    const { version, expiry, belowZero, firstOrder } = programme;
    const common = {
      kind: 'grant',
      at: order.at,
      availableAt: availableAt(order, programme),
      expiry,
      belowZero,
      programme: version,
    } as const;
    const own: Grant = { ...common, ...earned, topic: `order/${order.id}`, cause: 'order' };
    const bonus =
      isFirst && firstOrder > 0
        ? [{ ...common, topic: 'first-order', points: firstOrder, takenBack: allBack(earned, firstOrder), cause: 'first-order' }]
        : [];
    isFirst = false;
    return [own, ...bonus];
  });
}

/** The whole of a bonus goes with the last of the order's points. */
function allBack({ points, takenBack }: Earned, bonus: number): Earned['takenBack'] {
  const last = takenBack.at(-1);
  const isGone = takenBack.reduce((sum, part) => sum + part.points, 0) === points;
  return last && isGone ? [{ ...last, points: bonus }] : [];
}

function given({ topic, at, points, cause }: Given, versions: readonly Programme[]): Fact {
  const programme = programmeAt(versions, at);
  const expiry = programme?.expiry ?? NEVER;
  const version = programme?.version ?? null;
  if (points < 0) return { kind: 'spend', topic, at, points: -points, to: 'withdrawn', back: null, expiry, cause, programme: version };
  return { kind: 'grant', topic, at, availableAt: at, points, takenBack: [], expiry, belowZero: true, cause, programme: version };
}

function spent({ id, at, points, back }: Redeemed, versions: readonly Programme[]): Spend {
  const programme = programmeAt(versions, back ?? at);
  return {
    kind: 'spend',
    topic: `redeem/${id}`,
    at,
    points,
    to: 'spent',
    back,
    expiry: programme?.expiry ?? NEVER,
    cause: 'redeem',
    programme: programmeAt(versions, at)?.version ?? null,
  };
}

function promised({ topic, cause, at, days, points, lostAt }: Promised, versions: readonly Programme[]): Grant[] {
  const programme = programmeAt(versions, at);
  if (!programme) return [];
  const { version, expiry, belowZero } = programme;
  const availableAt = new Date(at.getTime() + days * DAY_MS);
  const takenBack = lostAt ? [{ topic: 'lost', at: lostAt, points }] : [];
  return [{ kind: 'grant', topic, at, availableAt, points, takenBack, expiry, belowZero, cause, programme: version }];
}
