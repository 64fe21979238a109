import { dayOf, type Day } from '../../core/calendar.ts';
import type { Fact } from '../points/replay.ts';
import type { Basis } from './tier-rules.ts';
import type { Counted } from './timeline.ts';

/** An order as tiers see it: what is kept of it (`net`), and when the rest went. Minor units of the shop's currency. */
export type OrderFacts = {
  readonly id: bigint;
  readonly name: string;
  readonly day: Day;
  readonly at: Date;
  readonly net: bigint;
  readonly cancelled: bigint;
  readonly cancelledAt: Date | null;
  readonly returns: readonly { readonly at: Date; readonly amount: bigint }[];
};

/** Where what counts comes from: an order, or points by their cause (of an order, where there is one). */
export type Source = { readonly orderId: bigint | null; readonly name: string | null; readonly cause: string };
export type Item = Counted & { readonly source: Source };

const sum = (parts: readonly { readonly amount: bigint }[]): bigint => parts.reduce((total, { amount }) => total + amount, 0n);

/** An order by its net sales: what was bought, less each return on its day and the cancellation on its own. */
export function spendOf({ id, name, day, at, net, cancelled, cancelledAt, returns }: OrderFacts): Item {
  const less = [...returns, ...(cancelled === 0n ? [] : [{ at: cancelledAt ?? at, amount: cancelled }])];
  const source = { orderId: id, name, cause: 'order' };
  return { source, at, day, amount: net + sum(less), less: less.toSorted((a, b) => a.at.getTime() - b.at.getTime()) };
}

/** An order as one, until nothing of it is kept. */
function oneOf(order: OrderFacts): Item[] {
  const { amount, less, at, day, source } = spendOf(order);
  if (amount <= 0n) return [];
  let left = amount;
  const gone = less.find((part) => (left -= part.amount) <= 0n) ?? (order.cancelledAt ? { at: order.cancelledAt } : null);
  return [{ source, at, day, amount: 1n, less: gone ? [{ at: gone.at, amount: 1n }] : [] }];
}

export function ordersCounted(basis: Exclude<Basis, 'points'>, orders: readonly OrderFacts[]): Item[] {
  return basis === 'spend' ? orders.map(spendOf) : orders.flatMap(oneOf);
}

/** What a tier gives counts to no tier: else a tier would raise itself. */
export const BY_TIER: ReadonlySet<string> = new Set(['tier', 'birthday']);

/** Points by when they were earned, net of what was taken back; what was spent or lapsed stays earned. */
export function pointsCounted(facts: readonly Fact[], timezone: string): Item[] {
  return facts.flatMap((fact): Item[] => {
    const { at, cause } = fact;
    const order = /^order\/(\d+)/.exec(fact.topic)?.[1];
    const source = { orderId: order === undefined ? null : BigInt(order), name: null, cause };
    const day = dayOf(at, timezone);
    if (BY_TIER.has(cause)) return [];
    if (fact.kind === 'grant')
      return [
        {
          source,
          at,
          day,
          amount: BigInt(fact.points),
          less: fact.takenBack.map((part) => ({ at: part.at, amount: BigInt(part.points) })),
        },
      ];
    if (fact.to !== 'withdrawn') return [];
    return [{ source, at, day, amount: -BigInt(fact.points), less: fact.back ? [{ at: fact.back, amount: -BigInt(fact.points) }] : [] }];
  });
}
