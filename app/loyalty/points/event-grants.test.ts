import { expect, it } from 'vitest';
import { eventGrants, type KnownEvent } from './event-grants.ts';
import type { EventRule, Programme } from './programme.ts';

const programme = (version: number, from: string, events: EventRule[]): Programme => ({
  version,
  from: new Date(from),
  earn: { points: 1, per: 100n },
  counts: { tax: false, shipping: false, beforeDiscounts: false },
  rounding: 'down',
  goods: [],
  bonusDays: [],
  events,
  firstOrder: 0,
  signUp: 0,
  mostAMonth: null,
  waiting: { after: 'order', days: 14 },
  expiry: { kind: 'age', months: 12 },
  belowZero: true,
});
const VERSIONS = [
  programme(1, '2026-01-01T00:00:00Z', [{ kind: 'review', points: 50, mostAMonth: 2 }]),
  programme(2, '2026-03-01T00:00:00Z', [
    { kind: 'review', points: 80, mostAMonth: 1 },
    { kind: 'quiz', points: 10, mostAMonth: null },
  ]),
];
const event = (id: string, at: string, change: Partial<KnownEvent> = {}): KnownEvent => ({
  id,
  kind: 'review',
  at: new Date(at),
  points: null,
  ...change,
});
const given = (events: KnownEvent[], zone = 'UTC'): string[] =>
  eventGrants(events, VERSIONS, zone).map(({ topic, points, programme: by }) => `${topic} ${points} by ${by}`);

it('gives the first of a kind in a month, by the version of their time, in whatever order they come', () => {
  const events = [
    event('d', '2026-02-28T12:00:00Z'),
    event('c', '2026-02-03T00:00:00Z'),
    event('b', '2026-02-02T00:00:00Z'),
    event('before', '2025-12-31T00:00:00Z'),
    event('e', '2026-03-05T00:00:00Z'),
    event('f', '2026-03-06T00:00:00Z'),
    event('q', '2026-02-02T00:00:00Z', { kind: 'quiz' }),
  ];
  const expected = ['event/b 50 by 1', 'event/c 50 by 1', 'event/e 80 by 2'];
  expect(given(events)).toEqual(expected);
  expect(given(events.toReversed())).toEqual(expected);
  // One that comes late takes the place of a later one.
  expect(given([...events, event('a', '2026-02-01T00:00:00Z')])).toEqual(['event/a 50 by 1', 'event/b 50 by 1', 'event/e 80 by 2']);
});

it('counts months of the shop, kinds by themselves, and where there is no limit all', () => {
  const last = event('x', '2026-02-28T23:30:00Z');
  expect(given([last, event('y', '2026-03-02T00:00:00Z')], 'Europe/Berlin')).toEqual(['event/x 50 by 1']);
  const quizzes = ['2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z', '2026-03-04T00:00:00Z'];
  expect(given([...quizzes.map((at, id) => event(String(id), at, { kind: 'quiz' })), event('y', '2026-03-04T00:00:00Z')])).toEqual([
    'event/0 10 by 2',
    'event/1 10 by 2',
    'event/2 10 by 2',
    'event/y 80 by 2',
  ]);
});

it('gives fewer where the tool says so, and never more', () => {
  const at = '2026-03-02T00:00:00Z';
  expect(given([event('a', at, { kind: 'quiz', points: 3 }), event('b', at, { kind: 'quiz', points: 3_000 })])).toEqual([
    'event/a 3 by 2',
    'event/b 10 by 2',
  ]);
});

it('is available at once, and lapses as its version says', () => {
  const at = '2026-02-01T00:00:00Z';
  expect(eventGrants([event('a', at)], VERSIONS, 'UTC')).toEqual([
    {
      kind: 'grant',
      topic: 'event/a',
      at: new Date(at),
      availableAt: new Date(at),
      points: 50,
      takenBack: [],
      expiry: { kind: 'age', months: 12 },
      belowZero: true,
      cause: 'event',
      programme: 1,
    },
  ]);
});
