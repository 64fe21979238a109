/** A calendar day as "YYYY-MM-DD"; which instants it covers depends on the shop's time zone. */
export type Day = string & { readonly __day: unique symbol };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const isDay = (text: string): text is Day => DAY.test(text);
const MS_PER_DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format) {
    // en-CA writes YYYY-MM-DD.
    format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(timezone, format);
  }
  return format;
}

function asDay(text: string): Day {
  if (!isDay(text)) throw new RangeError(`not a day: ${text.slice(0, 20)}`);
  return text;
}

/** @throws RangeError when the text is no day of the calendar. */
export function parseDay(text: string): Day {
  const time = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) throw new RangeError(`not a day: ${text.slice(0, 20)}`);
  return asDay(text);
}

/** Whether this is a time zone that days can be told in. */
export function isTimezone(text: string): boolean {
  try {
    return formatOf(text) !== undefined;
  } catch {
    return false;
  }
}

const QUARTER_HOUR_MS = 900_000;
/** Since then every zone's offset is a multiple of a quarter of an hour, and so a day changes at the start of one only. */
const WHOLE_QUARTERS_SINCE = Date.UTC(1973, 0, 1);
const MOST_DAYS_KEPT = 100_000;
const days = new Map<string, Map<number, Day>>();

/**
 * The day on which an instant falls in an IANA time zone. What Intl said of a quarter of an hour is kept: an import asks
 * for millions of instants, and Intl takes microseconds for each.
 */
export function dayOf(instant: Date, timezone: string): Day {
  const time = instant.getTime();
  if (!(time >= WHOLE_QUARTERS_SINCE)) return asDay(formatOf(timezone).format(instant));
  let known = days.get(timezone);
  if (!known) days.set(timezone, (known = new Map<number, Day>()));
  const quarter = Math.floor(time / QUARTER_HOUR_MS);
  let day = known.get(quarter);
  if (day === undefined) {
    day = asDay(formatOf(timezone).format(instant));
    if (known.size >= MOST_DAYS_KEPT) known.clear();
    known.set(quarter, day);
  }
  return day;
}

/** Day number since 1970-01-01, for arithmetic. */
export function dayNumber(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY;
}

export function dayFromNumber(number: number): Day {
  return asDay(new Date(number * MS_PER_DAY).toISOString().slice(0, 10));
}

export function addDays(day: Day, days: number): Day {
  return dayFromNumber(dayNumber(day) + days);
}

/** Days from `from` to `to`: 0 for the same day, negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return dayNumber(to) - dayNumber(from);
}

/** Twelve months back, to the same date or the month's last: 2024-02-29 gives 2023-02-28. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, last));
  return asDay(first.toISOString().slice(0, 10));
}

/** 0 Monday to 6 Sunday. */
export function weekday(day: Day): number {
  return (((dayNumber(day) + 3) % 7) + 7) % 7;
}

/** How PostgreSQL's `date` travels through Prisma: midnight UTC of the day. */
export function dayToDate(day: Day): Date {
  return new Date(`${day}T00:00:00Z`);
}

export function dateToDay(date: Date): Day {
  return asDay(date.toISOString().slice(0, 10));
}

/** The first instant of a day in a time zone (a zone that skips midnight gives the first instant after it). */
export function startOfDay(day: Day, timezone: string): Date {
  const guess = Date.parse(`${day}T00:00:00Z`);
  // Zones lie between UTC-12 and UTC+14; look for the change of day around the guess by bisection.
  let low = guess - 15 * 3_600_000;
  let high = guess + 15 * 3_600_000;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (dayOf(new Date(middle), timezone) < day) low = middle;
    else high = middle;
  }
  return new Date(high);
}
