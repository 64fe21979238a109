import { dayOf } from '../../core/calendar.ts';
import type { Lot } from './replay.ts';

/** The points that lapse next: all that do on one day of the shop, at the moment of the first. */
export type Lapse = { readonly at: Date; readonly points: number };

/** null where nothing that is known lapses. */
export function nextLapse(lots: readonly Lot[], timezone: string): Lapse | null {
  const ends = lots.flatMap(({ left, expiresAt }) => (expiresAt ? [{ at: expiresAt, left }] : []));
  const [first] = ends.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  if (!first) return null;
  const day = dayOf(first.at, timezone);
  const points = ends.filter(({ at }) => dayOf(at, timezone) === day).reduce((sum, { left }) => sum + left, 0);
  return { at: first.at, points };
}
