/** What is known of a customer when they are assigned; null where it is not. */
export type Known = {
  readonly orders: number;
  /** Days since the last order. */
  readonly idleDays: number | null;
  /** Net of an order on average, in orders of the shop's average. */
  readonly size: number | null;
  readonly alive: number | null;
  /** Share of the value that was taken off. */
  readonly discountShare: number | null;
};

export const CONTEXT_SIZE = 7;

const capped = (value: number, most: number): number => Math.min(Math.max(value, 0), most);

/**
 * A customer as numbers of about the same size, none of them unbounded: a constant, how often and how lately they bought,
 * how much at once, whether they still buy, how much of it at a discount, and whether the model knew them at all.
 */
export function contextOf({ orders, idleDays, size, alive, discountShare }: Known): number[] {
  return [
    1,
    capped(Math.log1p(orders), 4) / 2,
    idleDays === null ? 2 : capped(idleDays / 365, 2),
    size === null ? 0 : capped(Math.log1p(size), 3),
    alive ?? 0.5,
    capped(discountShare ?? 0, 1),
    alive === null ? 1 : 0,
  ];
}
