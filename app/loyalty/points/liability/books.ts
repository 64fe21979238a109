import { divideRounded } from '../../../core/money.ts';
import type { Account } from '../replay.ts';
import { nextMonth, WHOLE } from './breakage.ts';
import type { Month } from './cohorts.ts';

/** What moved in a month from an account to another. */
export type Flow = { readonly month: Month; readonly from: Account; readonly to: Account; readonly points: bigint };

/** Points owed at a month's end follow from those at its begin: opening + issued + forgiven − withdrawn − spent − expired. */
export type Rolled = {
  readonly month: Month;
  readonly opening: bigint;
  readonly issued: bigint;
  readonly withdrawn: bigint;
  readonly forgiven: bigint;
  readonly spent: bigint;
  readonly expired: bigint;
  readonly closing: bigint;
};

const isOwed = (account: Account): boolean => account === 'pending' || account === 'available';

/**
 * The points owed (pending and available), month by month from the first that has flows to `until`, each flow net of what was
 * booked back. Closing is counted from the flows of the two accounts, not from the columns, so that a column left out shows.
 */
export function rollForward(flows: readonly Flow[], until: Month): Rolled[] {
  const byMonth = Map.groupBy(flows, ({ month }) => month);
  const first = [...byMonth.keys()].reduce((least, month) => (month < least ? month : least), nextMonth(until));
  const rows: Rolled[] = [];
  let opening = 0n;
  for (let month = first; month <= until; month = nextMonth(month)) {
    const of = byMonth.get(month) ?? [];
    const net = (account: Account): bigint =>
      of.reduce(
        (sum, { from, to, points }) => sum + (from === account && isOwed(to) ? points : to === account && isOwed(from) ? -points : 0n),
        0n,
      );
    const moved = of.reduce((sum, { from, to, points }) => sum + (isOwed(to) ? points : 0n) - (isOwed(from) ? points : 0n), 0n);
    const closing = opening + moved;
    rows.push({
      month,
      opening,
      issued: net('issued'),
      withdrawn: -net('withdrawn'),
      forgiven: net('forgiven'),
      spent: -net('spent'),
      expired: -net('expired'),
      closing,
    });
    opening = closing;
  }
  return rows;
}

/** What points are worth. Money in minor units of the shop's currency. */
export type Valuation = {
  /** What 100 points are worth when they are spent. */
  readonly perHundred: bigint;
  /** The share of points that is ever spent, in hundredths of a per cent. */
  readonly redemption: number;
};

/** What points are worth in full. */
export const fullValue = (points: bigint, { perHundred }: Pick<Valuation, 'perHundred'>): bigint =>
  divideRounded(points * perHundred, 100n);
/** What points are worth by the chance that they are spent: their stand-alone selling price (IFRS 15.B42). */
export const expectedValue = (points: bigint, { perHundred, redemption }: Valuation): bigint =>
  divideRounded(points * perHundred * BigInt(redemption), 100n * BigInt(WHOLE));

/**
 * What of a month's sales is the points' (IFRS 15.74, ASC 606-10-32-31: by relative stand-alone selling prices): the whole price
 * buys the goods, whose own price it is, and the points: sales · points / (sales + points).
 */
export function allocated(sales: bigint, points: bigint): bigint {
  return sales <= 0n || points <= 0n ? 0n : divideRounded(sales * points, sales + points);
}

/** Deferred revenue of a month. */
export type Deferred = {
  readonly month: Month;
  readonly opening: bigint;
  /** Put off from this month's sales; below zero where more was taken back than issued. */
  readonly deferred: bigint;
  /** With balances that were imported: owed, and never sold here. */
  readonly brought: bigint;
  readonly recognised: bigint;
  /** Of it, what would not be recognised yet if everything were ever spent. */
  readonly breakage: bigint;
  readonly closing: bigint;
};

export type Sales = {
  /** Net sales, by month. */ readonly sales: ReadonlyMap<Month, bigint>;
  /** Points imported (net of undone), by month. */ readonly brought: ReadonlyMap<Month, bigint>;
};

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * Deferred revenue in the outline of IFRS 15.B39–B47 (ASC 606-10-55-41 to 55-49): points are a right of their own, so their part
 * of a sale is put off, and recognised as points are spent, of those that are expected to be: recognised = held · spent /
 * expected, expected = u · all issued − all spent before, at least what was spent and at most what was there to be spent. So
 * breakage comes in proportion to the pattern of rights exercised (B46), and all is recognised once nothing is owed.
 * Points taken back take their part along, at the average that is held.
 */
export function deferredRevenue(rolled: readonly Rolled[], valuation: Valuation, { sales, brought }: Sales): Deferred[] {
  let [held, issuedBefore, spentBefore] = [0n, 0n, 0n];
  return rolled.map((row): Deferred => {
    const opening = held;
    const imported = brought.get(row.month) ?? 0n;
    const earned = row.issued - row.withdrawn + row.forgiven - imported;
    // Points that go take their part of what is held along.
    const back = (points: bigint): bigint =>
      points < 0n && row.opening > 0n ? -least(opening, divideRounded(opening * -points, row.opening)) : 0n;
    const deferred = earned > 0n ? allocated(sales.get(row.month) ?? 0n, expectedValue(earned, valuation)) : back(earned);
    const carried = imported > 0n ? expectedValue(imported, valuation) : most(-(opening + deferred), back(imported));
    const available = opening + deferred + carried;
    issuedBefore += earned + imported;
    const spent = most(0n, row.spent);
    const owed = most(0n, row.closing);
    const expected = least(
      spent + owed,
      most(spent, divideRounded(issuedBefore * BigInt(valuation.redemption), BigInt(WHOLE)) - spentBefore),
    );
    spentBefore += row.spent;
    const recognised = expected > 0n ? divideRounded(available * spent, expected) : available;
    const withoutBreakage = spent + owed > 0n ? divideRounded(available * spent, spent + owed) : available;
    held = available - recognised;
    return { month: row.month, opening, deferred, brought: carried, recognised, breakage: recognised - withoutBreakage, closing: held };
  });
}
