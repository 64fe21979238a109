import type { Behaviour } from './purchase-log.ts';

type Numbers = Int32Array | Float64Array | BigInt64Array;
const WEEK = 7;

/**
 * How a shop's customers have bought, 32 bytes each, in memory that threads share: the same columns that PurchaseLog
 * makes, from rows that the database has summed up already.
 */
export class PurchaseColumns {
  private ids = shared(BigInt64Array, 1_024);
  private firsts = shared(Int32Array, 1_024);
  private lasts = shared(Int32Array, 1_024);
  private repeats = shared(Int32Array, 1_024);
  private means = shared(Float64Array, 1_024);
  private count = 0;

  /** @param row days since 1970-01-01; `spent` by the repeat purchases, in the unit in which results are told. */
  add(row: { id: bigint; first: number; last: number; repeats: number; spent: number }): void {
    if (this.count === this.ids.length) this.grow();
    const at = this.count;
    this.ids[at] = row.id;
    this.firsts[at] = row.first;
    this.lasts[at] = row.last;
    this.repeats[at] = row.repeats;
    this.means[at] = row.repeats > 0 ? row.spent / row.repeats : 0;
    this.count += 1;
  }

  private grow(): void {
    const size = this.count * 2;
    this.ids = grown(this.ids, shared(BigInt64Array, size));
    this.firsts = grown(this.firsts, shared(Int32Array, size));
    this.lasts = grown(this.lasts, shared(Int32Array, size));
    this.repeats = grown(this.repeats, shared(Int32Array, size));
    this.means = grown(this.means, shared(Float64Array, size));
  }

  /** @param end the last day that was observed. */
  until(end: number): Bought {
    const { count, firsts, lasts } = this;
    const [last, seen] = [shared(Float64Array, count), shared(Float64Array, count)];
    let earliest = end;
    for (let at = 0; at < count; at += 1) {
      const first = firsts[at] ?? end;
      earliest = Math.min(earliest, first);
      last[at] = ((lasts[at] ?? 0) - first) / WEEK;
      seen[at] = (end - first) / WEEK;
    }
    return {
      ids: this.ids.subarray(0, count),
      lasts: lasts.subarray(0, count),
      days: count === 0 ? 0 : end - earliest + 1,
      histories: { repeats: this.repeats.subarray(0, count), last, seen },
      means: this.means.subarray(0, count),
    };
  }
}

export type Bought = Behaviour & {
  readonly ids: BigInt64Array;
  /** The day of the last purchase, since 1970-01-01. */
  readonly lasts: Int32Array;
};

function shared<T extends Numbers>(kind: { readonly BYTES_PER_ELEMENT: number; new (buffer: SharedArrayBuffer): T }, size: number): T {
  return new kind(new SharedArrayBuffer(size * kind.BYTES_PER_ELEMENT));
}

function grown<T extends Numbers>(from: T, to: T): T {
  if (from instanceof BigInt64Array && to instanceof BigInt64Array) to.set(from);
  else if (!(from instanceof BigInt64Array) && !(to instanceof BigInt64Array)) to.set(from);
  return to;
}
