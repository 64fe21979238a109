import fc from 'fast-check';
import { expect, it } from 'vitest';
import { difference, type Booked, type Entry } from './difference.ts';
import type { KnownEvent } from './event-grants.ts';
import { factsOf, type Given, type Known, type KnownOrder, type Promised, type Redeemed } from './facts.ts';
import type { Programme } from './programme.ts';
import { replay, type Account } from './replay.ts';

const DAY_MS = 86_400_000;
const at = (day: number): Date => new Date(Date.UTC(2026, 0, 1) + day * DAY_MS);

/** Something that the shop may tell us of an order, early, late or never twice the same way. */
type News =
  | {
      readonly kind: 'order';
      readonly id: number;
      readonly day: number;
      readonly pieces: readonly number[];
      readonly price: number;
      readonly paid: boolean;
    }
  | { readonly kind: 'edit'; readonly id: number; readonly place: number; readonly out: number }
  | { readonly kind: 'sent'; readonly id: number; readonly day: number }
  | {
      readonly kind: 'refund';
      readonly id: number;
      readonly refund: number;
      readonly day: number;
      readonly place: number;
      readonly pieces: number;
    }
  | { readonly kind: 'cancel'; readonly id: number; readonly day: number }
  | { readonly kind: 'given'; readonly value: Given }
  | { readonly kind: 'import'; readonly id: number; readonly day: number; readonly points: number }
  | { readonly kind: 'undo'; readonly id: number; readonly keeps: number }
  | { readonly kind: 'redeemed'; readonly value: Redeemed }
  | { readonly kind: 'back'; readonly redemption: bigint; readonly day: number }
  | { readonly kind: 'friend'; readonly value: Promised }
  | { readonly kind: 'lost'; readonly friend: string; readonly day: number }
  | { readonly kind: 'event'; readonly value: KnownEvent };

const day = fc.integer({ min: 0, max: 500 });
const id = fc.integer({ min: 1, max: 3 });
const order = fc.record({
  kind: fc.constant('order' as const),
  id,
  day,
  pieces: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
  price: fc.integer({ min: 0, max: 20_000 }),
  paid: fc.constantFrom(true, true, true, false),
});
const news = fc.oneof(
  { weight: 3, arbitrary: order },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refund' as const),
      id,
      refund: fc.integer({ min: 1, max: 9 }),
      day,
      place: fc.nat(1),
      pieces: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit' as const), id, place: fc.nat(1), out: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sent' as const), id, day }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), id, day }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(day, fc.integer({ min: -80, max: 80 }), fc.nat(99))
      .map(([when, points, key]): News => ({ kind: 'given', value: { topic: `adjust/${key}`, at: at(when), points, cause: 'adjust' } })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('import' as const),
      id: fc.integer({ min: 1, max: 2 }),
      day,
      points: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: -60, max: 60 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('undo' as const),
      id: fc.integer({ min: 1, max: 2 }),
      keeps: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 300 }) }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 0, max: 70 }),
        fc.constantFrom('review', 'quiz', 'other'),
        fc.option(fc.integer({ min: 1, max: 60 })),
        fc.nat(9),
      )
      .map(([when, kind, points, key]): News => ({ kind: 'event', value: { id: String(key), kind, at: at(when), points } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(day, fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 3 }))
      .map(([when, points, key]): News => ({ kind: 'redeemed', value: { id: BigInt(key), at: at(when), points, back: null } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(day, fc.integer({ min: 1, max: 3 }))
      .map(([when, key]): News => ({ kind: 'back', redemption: BigInt(key), day: when })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(day, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 60 }), fc.constantFrom(0, 30))
      .map(([when, key, points, days]): News => ({
        kind: 'friend',
        value: { topic: `referral/${key}`, cause: 'referral', at: at(when), days, points, lostAt: null },
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(day, fc.integer({ min: 1, max: 2 }))
      .map(([when, key]): News => ({ kind: 'lost', friend: `referral/${key}`, day: when })),
  },
);
const expiry = fc.oneof(
  fc.constant({ kind: 'never' as const }),
  fc.record({ kind: fc.constantFrom('age' as const, 'activity' as const), months: fc.integer({ min: 1, max: 12 }) }),
);
const version = fc.record({
  earn: fc.record({ points: fc.integer({ min: 1, max: 3 }), per: fc.constantFrom(100n, 250n) }),
  rounding: fc.constantFrom('down' as const, 'nearest' as const, 'up' as const),
  firstOrder: fc.constantFrom(0, 50),
  signUp: fc.constantFrom(0, 20),
  events: fc.subarray([
    { kind: 'review', points: 50, mostAMonth: 1 },
    { kind: 'quiz', points: 10, mostAMonth: null },
  ]),
  mostAMonth: fc.constantFrom(null, null, 150),
  waiting: fc.record({ after: fc.constantFrom('order' as const, 'fulfilment' as const), days: fc.constantFrom(0, 14) }),
  expiry,
  belowZero: fc.boolean(),
});
const programmes = fc.tuple(version, version, day).map(([first, second, from]): Programme[] =>
  [first, second].map((each, place) => ({
    ...each,
    version: place + 1,
    from: place === 0 ? new Date(0) : at(from),
    counts: { tax: false, shipping: false, beforeDiscounts: false },
    goods: [],
    bonusDays: [],
  })),
);
/** What is told and in which order, when it is looked, and whether the process dies before it books. */
const history = fc.record({
  programmes,
  told: fc.array(fc.record({ news, order: fc.nat(1_000), days: fc.nat(40), looks: fc.boolean(), dies: fc.boolean() }), { maxLength: 14 }),
  joined: day,
  end: fc.integer({ min: 400, max: 900 }),
});

/** One thing a name: of an order's several first versions, of a refund's or a redemption's, the first in the history is the true one. */
function trueNews(all: readonly News[]): News[] {
  const seen = new Set<string>();
  return all.filter((each) => {
    const key =
      each.kind === 'given'
        ? each.value.topic
        : each.kind === 'redeemed' || each.kind === 'event'
          ? `${each.kind}/${each.value.id}`
          : each.kind === 'back'
            ? `back/${each.redemption}`
            : each.kind === 'refund'
              ? `refund/${each.id}/${each.refund}`
              : each.kind === 'friend'
                ? each.value.topic
                : each.kind === 'lost'
                  ? `lost/${each.friend}`
                  : `${each.kind}/${each.id}`;
    return seen.size !== seen.add(key).size;
  });
}

const of = <Kind extends News['kind']>(all: readonly News[], kind: Kind): Extract<News, { kind: Kind }>[] =>
  all.filter((each): each is Extract<News, { kind: Kind }> => each.kind === kind);

/** Openings that count: of an import that was undone, what the programme forgave of it. */
function importsOf(all: readonly News[]): Given[] {
  return of(all, 'import').flatMap(({ id: key, day: when, points }): Given[] => {
    const undo = of(all, 'undo').find((each) => each.id === key);
    const counts = undo ? Math.max(0, Math.min(points, undo.keeps)) : points;
    return counts === 0 ? [] : [{ topic: `import/${key}`, at: at(when), points: counts, cause: 'import' }];
  });
}

/** The record after some news, whatever their order: what is told of an order that is not there yet waits for it. */
function recordOf(all: readonly News[], joined: number): Known {
  const orders = of(all, 'order').map((each): KnownOrder => {
    const refunds = of(all, 'refund')
      .filter((refund) => refund.id === each.id)
      .toSorted((a, b) => a.day - b.day || a.refund - b.refund)
      .map((refund) => ({
        id: BigInt(refund.refund),
        at: at(refund.day),
        adjustment: 0n,
        lines: [{ lineId: BigInt((refund.place % each.pieces.length) + 1), quantity: refund.pieces }],
      }));
    const edit = of(all, 'edit').find((one) => one.id === each.id);
    const cancel = of(all, 'cancel').find((one) => one.id === each.id);
    const sent = of(all, 'sent').find((one) => one.id === each.id);
    const lines = each.pieces.map((quantity, place) => {
      const back = refunds
        .flatMap(({ lines: parts }) => parts)
        .reduce((sum, part) => sum + (part.lineId === BigInt(place + 1) ? part.quantity : 0), 0);
      const out = edit && edit.place % each.pieces.length === place ? edit.out : 0;
      const currentQuantity = Math.max(0, quantity - back - out);
      return {
        id: BigInt(place + 1),
        productId: 1n,
        productType: null,
        vendor: null,
        tags: [],
        giftCard: false,
        quantity,
        currentQuantity,
        unitPrice: BigInt(each.price),
        discount: 0n,
        tax: 0n,
      };
    });
    return {
      id: BigInt(each.id),
      at: at(each.day),
      cancelledAt: cancel ? at(cancel.day) : null,
      taxesIncluded: false,
      shipping: 0n,
      lines,
      refunds,
      paid: each.paid,
      sentAt: sent ? at(sent.day) : null,
    };
  });
  const lost = new Map(of(all, 'lost').map((each) => [each.friend, at(each.day)]));
  const backs = new Map(of(all, 'back').map((back) => [back.redemption, at(back.day)]));
  return {
    joinedAt: at(joined),
    orders,
    events: of(all, 'event').map(({ value }) => value),
    given: [...of(all, 'given').map(({ value }) => value), ...importsOf(all)],
    redeemed: of(all, 'redeemed').map(({ value }) => ({ ...value, back: backs.get(value.id) ?? null })),
    promised: of(all, 'friend').map(({ value }) => ({ ...value, lostAt: lost.get(value.topic) ?? null })),
  };
}

/** A ledger in memory, as the table is: rows are added, and a key that is there already is refused. */
class Ledger {
  readonly entries: Entry[] = [];
  readonly #keys = new Set<string>();

  book(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const key = `${entry.topic}#${entry.seq}`;
      if (this.#keys.has(key) || entry.points <= 0) throw new Error(`refused: ${key}`);
      this.#keys.add(key);
      this.entries.push(entry);
    }
  }

  booked(): Booked[] {
    const sums = new Map<string, Booked>();
    for (const { topic, from, to, points, seq } of this.entries) {
      const key = `${topic}\n${from}\n${to}`;
      sums.set(key, { topic, from, to, points: (sums.get(key)?.points ?? 0) + points, seq: Math.max(seq, sums.get(key)?.seq ?? 0) });
    }
    return [...sums.values()];
  }

  balance(account: Account): number {
    return this.entries.reduce((sum, { from, to, points }) => sum + (to === account ? points : 0) - (from === account ? points : 0), 0);
  }
}

const ACCOUNTS: Account[] = ['pending', 'available', 'issued', 'withdrawn', 'spent', 'expired', 'forgiven'];
const balancesOf = (ledger: Ledger): number[] => ACCOUNTS.map((account) => ledger.balance(account));

it(
  'points end the same in any order of delivery and with any crash; entries sum to zero, no key twice, and no order gives back more than it gave',
  { timeout: 600_000 },
  () => {
    fc.assert(
      fc.property(history, ({ programmes: versions, told, joined, end }) => {
        const all = trueNews(told.map(({ news: each }) => each));
        const kept = told.filter(({ news: each }) => all.includes(each));
        const now = at(end);
        const wantedAt = (news_: readonly News[], moment: Date) => replay(factsOf(recordOf(news_, joined), versions, 'UTC'), moment);
        // As told, in the order that chance wants, looking now and then; the clock goes on between.
        const ledger = new Ledger();
        const known: News[] = [];
        let clock = 0;
        for (const { news: each, days, looks, dies } of kept.toSorted((a, b) => a.order - b.order)) {
          known.push(each);
          clock = Math.min(end, clock + days);
          if (looks && !dies) ledger.book(difference(wantedAt(known, at(clock)).transfers, ledger.booked(), at(clock)));
        }
        const final = wantedAt(known, now);
        ledger.book(difference(final.transfers, ledger.booked(), now));
        // All at once, as if it had been told in time.
        const perfect = new Ledger();
        perfect.book(difference(wantedAt(all, now).transfers, [], now));
        expect(balancesOf(ledger)).toEqual(balancesOf(perfect));
        expect(difference(final.transfers, ledger.booked(), now)).toEqual([]);
        expect(ACCOUNTS.reduce((sum, account) => sum + ledger.balance(account), 0)).toBe(0);
        expect([final.available, final.pending]).toEqual([ledger.balance('available'), ledger.balance('pending')]);
        expect(final.pending).toBeGreaterThanOrEqual(0);
        expect(final.lots.every(({ left }) => left > 0)).toBe(true);
        for (const { id: number } of of(all, 'order')) {
          const net = (topics: (topic: string) => boolean, account: Account): number =>
            ledger.entries
              .filter(({ topic }) => topics(topic))
              .reduce((sum, { from, to, points }) => sum + (to === account ? points : 0) - (from === account ? points : 0), 0);
          const given = -net((topic) => topic === `order/${number}`, 'issued');
          const back = net((topic) => topic.startsWith(`order/${number}/`), 'withdrawn');
          expect([given >= 0, back >= 0, back <= given]).toEqual([true, true, true]);
        }
        // An import that was undone whole leaves nothing.
        for (const { id: key, keeps } of of(all, 'undo')) {
          const rest = ledger.booked().filter(({ topic }) => topic === `import/${key}` || topic.startsWith(`import/${key}/`));
          const sum = rest.reduce((total, { from, points }) => total + (from === 'issued' || from === 'available' ? points : -points), 0);
          if (keeps === 0) expect([key, sum]).toEqual([key, 0]);
        }
        // Until the moment that it names nothing changes by time alone.
        const { dueAt } = final;
        const before = dueAt ? new Date(dueAt.getTime() - 1) : at(end + 400);
        expect(difference(wantedAt(known, before).transfers, ledger.booked(), before)).toEqual([]);
        if (dueAt) expect(dueAt.getTime()).toBeGreaterThan(now.getTime());
      }),
      { numRuns: Number(process.env['LEDGER_HISTORIES'] ?? 100_000) },
    );
  },
);
