import { classOf, type Offer } from './offer.ts';

/** More codes than this at once are not combined with each other by anybody. */
const MOST_CODES = 12;

/** Whether Shopify lets two discounts stand in one order: each must allow the other's class, and shipping stands once. */
function standTogether(a: Offer, b: Offer): boolean {
  const [first, second] = [classOf(a), classOf(b)];
  return a.combines[second] && b.combines[first] && !(first === 'shipping' && second === 'shipping');
}

/** What is taken off goods worth `left`; what comes along and shipping are no part of the goods. */
function offGoods({ value }: Offer, left: bigint): bigint {
  if (value.kind === 'percent') return (left * BigInt(value.percent)) / 100n;
  if (value.kind !== 'amount') return 0n;
  const amount = BigInt(value.amount);
  return amount < left ? amount : left;
}

/**
 * The most that offers which hold at once take off the goods of one cart, minor units: the dearest set of those that may
 * stand together, one after the other on what is left (percentages first, since an amount taken first makes them less).
 */
export function worstCase(offers: readonly Offer[], cart: bigint): bigint {
  const goods = offers
    .filter(({ value }) => value.kind === 'percent' || value.kind === 'amount')
    .toSorted((a, b) => (a.value.kind === b.value.kind ? 0 : a.value.kind === 'percent' ? -1 : 1))
    .slice(0, MOST_CODES);
  let most = 0n;
  const grow = (from: number, set: readonly Offer[], off: bigint): void => {
    if (off > most) most = off;
    for (const [at, offer] of goods.entries()) {
      if (at < from || !set.every((other) => standTogether(other, offer))) continue;
      grow(at + 1, [...set, offer], off + offGoods(offer, cart - off));
    }
  };
  grow(0, [], 0n);
  return most;
}
