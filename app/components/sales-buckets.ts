export type SalesDay = { day: string; net: bigint; orders: number };

/** More days than this are shown by week: a year of single days is a hedge of weekends. */
const MOST_DAYS = 120;

/** Days as they are, or summed into weeks that end with the last day; a week is named by its first day. */
export function bucketsOf(days: readonly SalesDay[]): { by: 'day' | 'week'; rows: readonly SalesDay[] } {
  if (days.length <= MOST_DAYS) return { by: 'day', rows: days };
  const rows: SalesDay[] = [];
  for (let end = days.length; end > 0; end -= 7) {
    const week = days.slice(Math.max(0, end - 7), end);
    const [first] = week;
    if (!first) break;
    rows.unshift({
      day: first.day,
      net: week.reduce((sum, row) => sum + row.net, 0n),
      orders: week.reduce((sum, row) => sum + row.orders, 0),
    });
  }
  return { by: 'week', rows };
}
