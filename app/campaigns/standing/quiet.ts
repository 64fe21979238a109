/** Hours of the customer's day, 0 to 23, from which and until which nobody is written to; the night may pass midnight. */
export type QuietHours = { readonly from: number; readonly to: number };

/** A country's zones, by the runtime's own data. */
function zonesOf(country: string): readonly string[] {
  if (!/^[A-Z]{2}$/.test(country)) return [];
  const locale = new Intl.Locale(`und-${country}`);
  const zones: unknown = 'getTimeZones' in locale && typeof locale.getTimeZones === 'function' ? locale.getTimeZones() : [];
  return Array.isArray(zones) ? zones.filter((zone) => typeof zone === 'string') : [];
}

/** The zone of a customer: their country's, or the shop's where the country is not known or has it among several. */
export function zoneOfCustomer(country: string | null, shopZone: string): string {
  const zones = zonesOf(country ?? '');
  return zones.includes(shopZone) ? shopZone : (zones[0] ?? shopZone);
}

const HOUR_MS = 3_600_000;
const hourIn = (at: Date, zone: string): number =>
  Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: zone }).format(at));
const isQuiet = (hour: number, { from, to }: QuietHours): boolean => (from <= to ? hour >= from && hour < to : hour >= from || hour < to);

/** The first moment from `at` on that is not quiet in a zone, to the full hour of that zone where it must wait. */
export function firstLoud(at: Date, zone: string, quiet: QuietHours | null): Date {
  if (!quiet || quiet.from === quiet.to || !isQuiet(hourIn(at, zone), quiet)) return at;
  // Zones are whole quarters of an hour from each other, so the quarter finds each zone's full hour, over a change of clocks too.
  const quarter = HOUR_MS / 4;
  for (let time = Math.ceil((at.getTime() + 1) / quarter) * quarter; ; time += quarter) {
    const next = new Date(time);
    if (!isQuiet(hourIn(next, zone), quiet)) return next;
  }
}
