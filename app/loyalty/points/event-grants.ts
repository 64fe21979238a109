import { dayOf } from '../../core/calendar.ts';
import { programmeAt, type Programme } from './programme.ts';
import type { Grant } from './replay.ts';

/** What another tool told of the customer; see app/events. */
export type KnownEvent = {
  readonly id: string;
  readonly kind: string;
  readonly at: Date;
  /** What the tool asks for, where that is fewer than the programme gives. */
  readonly points: number | null;
};

const earlier = (a: KnownEvent, b: KnownEvent): number => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1);

/**
 * What events give by the version of their time: the first of a kind in each month of the shop, as many as it allows.
 * By the order of their times and not of their coming; one that comes late moves the others, and the books follow.
 */
export function eventGrants(events: readonly KnownEvent[], versions: readonly Programme[], timezone: string): Grant[] {
  const given = new Map<string, number>();
  return events.toSorted(earlier).flatMap(({ id, kind, at, points }): Grant[] => {
    const programme = programmeAt(versions, at);
    const rule = programme?.events.find((each) => each.kind === kind);
    if (!programme || !rule) return [];
    const month = `${kind} ${dayOf(at, timezone).slice(0, 7)}`;
    const before = given.get(month) ?? 0;
    if (rule.mostAMonth !== null && before >= rule.mostAMonth) return [];
    given.set(month, before + 1);
    const { version, expiry, belowZero } = programme;
    return [
      {
        kind: 'grant',
        topic: `event/${id}`,
        at,
        availableAt: at,
        points: Math.min(points ?? rule.points, rule.points),
        takenBack: [],
        expiry,
        belowZero,
        cause: 'event',
        programme: version,
      },
    ];
  });
}
