import { dayNumber, type Day } from '../core/calendar.ts';
import type { Histories } from './bg-nbd.ts';
import type { Spending } from './gamma-gamma.ts';

/** What has been bought by whom on which day, as columns: 16 bytes a transaction, in any order, and each customer's name once. */
export class PurchaseLog {
  private customers = new Int32Array(1_024);
  private days = new Int32Array(1_024);
  private amounts = new Float64Array(1_024);
  private count = 0;
  private readonly numbers = new Map<string, number>();

  /** @param amount in the unit of money in which the results are told. */
  add(customer: string, day: Day, amount: number): void {
    let number = this.numbers.get(customer);
    if (number === undefined) this.numbers.set(customer, (number = this.numbers.size));
    if (this.count === this.days.length) this.grow();
    this.customers[this.count] = number;
    this.days[this.count] = dayNumber(day);
    this.amounts[this.count] = amount;
    this.count += 1;
  }

  private grow(): void {
    const grown = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const size = this.count * 2;
    this.customers = grown(this.customers, new Int32Array(size));
    this.days = grown(this.days, new Int32Array(size));
    this.amounts = grown(this.amounts, new Float64Array(size));
  }

  /** What is known up to a day, this included. */
  until(day: Day): Observed {
    const end = dayNumber(day);
    const order = this.byCustomerAndDay(end);
    const names = [...this.numbers.keys()];
    const observed = new Columns(names.length);
    for (let at = 0; at < order.length;) at = this.oneCustomer(order, { at, names }, observed);
    return observed.done(end);
  }

  /** Reads one customer's transactions, which stand together. @returns where the next one's begin. */
  private oneCustomer(order: Uint32Array, from: { at: number; names: readonly string[] }, into: Columns): number {
    const number = this.one(order[from.at]).customer;
    const first = this.one(order[from.at]).day;
    let [at, last, repeats, spent] = [from.at, first, 0, 0];
    for (; at < order.length; at += 1) {
      const { customer, day, amount } = this.one(order[at]);
      if (customer !== number) break;
      if (day > last) repeats += 1;
      // The first day is the trial; what it brought says nothing of the repeats.
      if (day > first) spent += amount;
      last = day;
    }
    into.add({ name: from.names[number] ?? '', first, last, repeats, mean: repeats > 0 ? spent / repeats : 0 });
    return at;
  }

  private one(at = 0): { customer: number; day: number; amount: number } {
    return { customer: this.customers[at] ?? 0, day: this.days[at] ?? 0, amount: this.amounts[at] ?? 0 };
  }

  private byCustomerAndDay(end: number): Uint32Array {
    const chosen = new Uint32Array(this.count);
    let length = 0;
    for (let at = 0; at < this.count; at += 1) if ((this.days[at] ?? 0) <= end) chosen[length++] = at;
    const { customers, days } = this;
    return chosen.subarray(0, length).sort((a, b) => (customers[a] ?? 0) - (customers[b] ?? 0) || (days[a] ?? 0) - (days[b] ?? 0));
  }
}

const WEEK = 7;

class Columns {
  private readonly names: string[] = [];
  private readonly firsts: Int32Array;
  private readonly lasts: Int32Array;
  private readonly repeats: Int32Array;
  private readonly means: Float64Array;
  constructor(size: number) {
    this.firsts = new Int32Array(size);
    this.lasts = new Int32Array(size);
    this.repeats = new Int32Array(size);
    this.means = new Float64Array(size);
  }

  add(one: { name: string; first: number; last: number; repeats: number; mean: number }): void {
    const at = this.names.length;
    this.names.push(one.name);
    this.firsts[at] = one.first;
    this.lasts[at] = one.last;
    this.repeats[at] = one.repeats;
    this.means[at] = one.mean;
  }

  done(end: number): Observed {
    const { names, firsts, lasts, repeats, means } = this;
    const count = names.length;
    let earliest = end;
    for (let at = 0; at < count; at += 1) earliest = Math.min(earliest, firsts[at] ?? end);
    return {
      names,
      days: count === 0 ? 0 : end - earliest + 1,
      histories: {
        repeats: repeats.subarray(0, count),
        last: Float64Array.from({ length: count }, (_, at) => ((lasts[at] ?? 0) - (firsts[at] ?? 0)) / WEEK),
        seen: Float64Array.from({ length: count }, (_, at) => (end - (firsts[at] ?? 0)) / WEEK),
      },
      means: means.subarray(0, count),
    };
  }
}

/** How customers have bought, as columns. */
export type Behaviour = {
  /** From the earliest purchase to the end, both included. */
  readonly days: number;
  readonly histories: Histories;
  /** Mean of the days with repeat purchases; 0 where there are none. */
  readonly means: Float64Array;
};

/** With their names, in the order of their first mention. */
export type Observed = Behaviour & { readonly names: readonly string[] };

/** Those whose repeat purchases brought something. */
export function spendingOf({ histories, means }: Behaviour): Spending {
  const chosen: number[] = [];
  for (let at = 0; at < means.length; at += 1) if ((means[at] ?? 0) > 0) chosen.push(at);
  return {
    repeats: Int32Array.from(chosen, (at) => histories.repeats[at] ?? 0),
    mean: Float64Array.from(chosen, (at) => means[at] ?? 0),
  };
}
