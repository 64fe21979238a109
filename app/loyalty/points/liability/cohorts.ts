import { dayOf } from '../../../core/calendar.ts';
import type { Account, Transfer } from '../replay.ts';

/** "2026-11": a calendar month of the shop. */
export type Month = string;
export type Kind = 'issued' | 'withdrawn' | 'spent' | 'expired';
export const KINDS: readonly Kind[] = ['issued', 'withdrawn', 'spent', 'expired'];
/** Points that were issued in a month, and what became of them in a month; below zero where it was taken back. */
export type Cell = { readonly issued: Month; readonly used: Month; readonly kind: Kind; readonly points: number };

export const monthOf = (at: Date, timezone: string): Month => dayOf(at, timezone).slice(0, 7);

type Lot = { readonly topic: string; readonly month: Month; left: number };
type Debt = { readonly topic: string; readonly kind: Kind; points: number };
type Part = { readonly month: Month; points: number };

/** Follows a customer's points from their issue to their end; see `cohortsOf`. */
class Trail {
  readonly #cells = new Map<string, Cell>();
  readonly #timezone: string;
  readonly #waiting = new Map<string, Lot>();
  #lots: Lot[] = [];
  #debts: Debt[] = [];
  /** By what was spent: the points it took, by their month of issue. */
  readonly #spent = new Map<string, Part[]>();
  /** What came back in the moment in which it was spent, and is told first. */
  readonly #credits = new Map<string, number>();

  constructor(timezone: string) {
    this.#timezone = timezone;
  }

  get cells(): Cell[] {
    return [...this.#cells.values()].filter(({ points }) => points !== 0);
  }

  #note(cell: Cell): void {
    const key = `${cell.issued} ${cell.used} ${cell.kind}`;
    this.#cells.set(key, { ...cell, points: cell.points + (this.#cells.get(key)?.points ?? 0) });
  }

  follow({ topic, from, to, points, at }: Transfer): void {
    const month = monthOf(at, this.#timezone);
    if (from === 'issued') this.#issue(topic, points, month);
    else if (from === 'pending') this.#fromPending(topic, { to, points, month });
    else if (from === 'forgiven') this.#forgive(points);
    else if (from === 'available') this.#use(topic, { kind: to === 'spent' || to === 'expired' ? to : 'withdrawn', points, month });
    else this.#giveBack(topic, points, month);
  }

  #issue(topic: string, points: number, month: Month): void {
    this.#waiting.set(topic, { topic, month, left: points });
    this.#note({ issued: month, used: month, kind: 'issued', points });
  }

  #fromPending(topic: string, { to, points, month }: { to: Account; points: number; month: Month }): void {
    const held =
      this.#waiting.get(topic.replace(/\/available$/, '')) ?? [...this.#waiting.values()].find((lot) => topic.startsWith(`${lot.topic}/`));
    if (!held) return;
    held.left -= points;
    if (to === 'available') this.#add({ ...held, left: points }, month);
    else this.#note({ issued: held.month, used: month, kind: 'withdrawn', points });
  }

  /** Points that come in pay first what was used before there were any. */
  #add(lot: Lot, month: Month): void {
    for (const debt of this.#debts) {
      const paid = Math.min(debt.points, lot.left);
      debt.points -= paid;
      lot.left -= paid;
      this.#take(lot.month, { topic: debt.topic, kind: debt.kind, points: paid, month });
    }
    this.#debts = this.#debts.filter(({ points }) => points > 0);
    if (lot.left > 0) this.#lots.push(lot);
  }

  #take(issued: Month, { topic, kind, points, month }: { topic: string; kind: Kind; points: number; month: Month }): void {
    if (points === 0) return;
    this.#note({ issued, used: month, kind, points });
    this.#spent.set(topic, [...(this.#spent.get(topic) ?? []), { month: issued, points }]);
  }

  /** From the lot that a topic is of, then from the oldest. */
  #use(topic: string, { kind, points, month }: { kind: Kind; points: number; month: Month }): void {
    const credit = Math.min(points, this.#credits.get(topic) ?? 0);
    this.#credits.delete(topic);
    let wanted = points - credit;
    const own = this.#lots.filter((lot) => topic === `expire/${lot.topic}` || topic.startsWith(`${lot.topic}/`));
    for (const lot of [...own, ...this.#lots]) {
      const taken = Math.min(lot.left, wanted);
      lot.left -= taken;
      wanted -= taken;
      this.#take(lot.month, { topic, kind, points: taken, month });
    }
    this.#lots = this.#lots.filter(({ left }) => left > 0);
    if (wanted > 0) this.#debts.push({ topic, kind, points: wanted });
  }

  /** What was taken back and not there is owed no more. */
  #forgive(points: number): void {
    this.#cancel(this.#debts.toReversed(), points);
  }

  #cancel(debts: readonly Debt[], points: number): number {
    let rest = points;
    for (const debt of debts) {
      const gone = Math.min(debt.points, rest);
      debt.points -= gone;
      rest -= gone;
    }
    this.#debts = this.#debts.filter((debt) => debt.points > 0);
    return rest;
  }

  /** What was spent comes back to the months of its issue; what it still owed is owed no more. */
  #giveBack(topic: string, points: number, month: Month): void {
    const of = topic.replace(/\/back$/, '');
    let rest = this.#cancel(
      this.#debts.filter((debt) => debt.topic === of),
      points,
    );
    for (const part of this.#spent.get(of) ?? []) {
      const back = Math.min(part.points, rest);
      part.points -= back;
      rest -= back;
      if (back === 0) continue;
      this.#note({ issued: part.month, used: month, kind: 'spent', points: -back });
      this.#add({ topic, month: part.month, left: back }, month);
    }
    if (rest > 0) this.#credits.set(of, rest);
  }
}

/**
 * What became of a customer's points by the month of their issue, from all transfers that should stand in the order in which
 * they happen (`replay`): the oldest are used first. Of each month, issued less all uses is what is left of it.
 */
export function cohortsOf(transfers: readonly Transfer[], timezone: string): Cell[] {
  const trail = new Trail(timezone);
  for (const transfer of transfers) trail.follow(transfer);
  return trail.cells;
}
