import { addDays, dayOf, parseDay, startOfDay, type Day } from '../../core/calendar.ts';
import type { Given } from '../points/facts.ts';
import type { Tier } from '../tier.ts';
import type { TierVersion } from './tier-rules.ts';
import { Timeline, type Counted, type TierGrant } from './timeline.ts';

/** What a customer's tiers follow from, whatever the rules. */
export type Life = {
  readonly countedBy: (basis: TierVersion['rules']['basis']) => readonly Counted[];
  readonly grants: readonly TierGrant[];
  /** Month and day, 229 for 29 February. */
  readonly birthDay: number | null;
  readonly timezone: string;
  readonly now: Date;
};

/** The tier of any moment, by the rules of that moment. */
export function tierLine(
  { countedBy, grants, timezone, now }: Life,
  versions: readonly TierVersion[],
): (at: Date, before?: boolean) => Tier | null {
  const lines = new Map<number, Timeline>();
  return (at, before = false) => {
    const version = versions.findLast(({ from }) => from <= at);
    if (!version) return null;
    const { rules, tiers } = version;
    const line = lines.get(version.version) ?? new Timeline({ counted: countedBy(rules.basis), grants, rules, tiers, timezone, now });
    lines.set(version.version, line);
    return line.tierAt(before ? new Date(at.getTime() - 1) : at);
  };
}

/** A birthday's day in a year; who was born on 29 February has it on the 28th where there is no other. */
function birthdayIn(year: number, birthDay: number): Day {
  const [month, date] = [Math.floor(birthDay / 100), birthDay % 100];
  if (month === 2 && date === 29) return addDays(parseDay(`${year}-03-01`), -1);
  return parseDay(`${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`);
}

/** Points that tiers gave on birthdays since a moment, and the one to come if the tier is still held: `birthday/<year>` each. */
export function birthdayGifts(life: Life, versions: readonly TierVersion[], since: Date): Given[] {
  const { birthDay, timezone, now } = life;
  if (birthDay === null) return [];
  const tierAt = tierLine(life, versions);
  const first = Number(dayOf(since, timezone).slice(0, 4));
  const last = Number(dayOf(now, timezone).slice(0, 4)) + 1;
  const gifts: Given[] = [];
  for (let year = first; year <= last; year += 1) {
    const at = startOfDay(birthdayIn(year, birthDay), timezone);
    const points = at < since ? 0 : (tierAt(at)?.perks.birthdayPoints ?? 0);
    if (points > 0) gifts.push({ topic: `birthday/${year}`, at, points, cause: 'birthday' });
    if (at > now) break;
  }
  return gifts;
}
