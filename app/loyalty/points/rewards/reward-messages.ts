import type { RewardTerms } from './reward.ts';

export const MAKE_KIND = 'loyalty.reward';
export const CREDIT_KIND = 'loyalty.credit';
export const CANCEL_KIND = 'loyalty.reward-off';

/** A reward's code as an offer of the kind that campaigns make. @param worth minor units; of an amount and a product. */
export function offerFor({ value, minimum, combines }: RewardTerms, worth: bigint | null) {
  const common = {
    minimum: minimum === null ? null : String(minimum),
    pieces: null,
    combines: { order: combines, product: combines, shipping: combines },
  };
  const all = { kind: 'all' as const };
  if (value.kind === 'percent') return { ...common, value: { kind: 'percent' as const, percent: value.percent }, items: all };
  if (value.kind === 'shipping') return { ...common, value: { kind: 'shipping' as const, upTo: null }, items: all };
  // One piece of a product for nothing: its price, once, off whatever pieces of it are in the cart.
  const items = value.kind === 'product' ? { kind: 'products' as const, ids: [value.productId] } : all;
  return { ...common, value: { kind: 'amount' as const, amount: String(worth ?? 0n) }, items };
}
