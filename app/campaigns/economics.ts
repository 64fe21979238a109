/** The shop's latest orders that would have met an offer, as sums; minor units of the shop's currency. */
export type OrderSums = {
  readonly orders: number;
  /** Value of the lines before any discount. */
  readonly subtotal: bigint;
  /** What the offer would have taken off the goods. */
  readonly discount: bigint;
  /** What was paid for shipping that the offer would have waived. */
  readonly waived: bigint;
  /** What comes along with each order: value before the offer, and its cost; null where the cost is not known. */
  readonly given: { readonly value: bigint; readonly discount: bigint; readonly cost: bigint | null } | null;
  /** Of the lines whose unit cost is known: their value, and their cost. */
  readonly knownValue: bigint;
  readonly knownCost: bigint;
  /** Share of what is sold that comes back or is cancelled, from 0 to 1. */
  readonly returnShare: number;
};

/** What an order costs beside its goods: a share of what is paid (hundredths of a percent) and an amount, minor units. */
export type Fees = { readonly feeShare: number; readonly feeFixed: bigint };

export type ExpectedMargin = {
  /** Minor units, an order. */
  readonly paid: bigint;
  readonly discount: bigint;
  readonly margin: bigint;
  /** Margin of what is paid, hundredths of a percent; 0 where nothing is paid. */
  readonly share: number;
  readonly orders: number;
};

/**
 * What one redemption leaves on average: what is paid less returns, less the cost of the goods that are kept, less fees
 * (which returns do not give back). Lines whose cost is not known count with the share of the others.
 * @returns null where no order meets the offer or no cost is known.
 */
export function expectedMargin(sums: OrderSums, { feeShare, feeFixed }: Fees): ExpectedMargin | null {
  const { orders, returnShare } = sums;
  if (orders === 0 || sums.knownValue <= 0n) return null;
  const { given } = sums;
  const knownShare = Number(sums.knownCost) / Number(sums.knownValue);
  const extra = given ? Number(given.value) : 0;
  const ordered = Number(sums.subtotal) / orders;
  const discount = Number(sums.discount) / orders + (given ? Number(given.discount) : 0);
  const paid = ordered + extra - discount;
  const cost = ordered * knownShare + (given?.cost == null ? extra * knownShare : Number(given.cost));
  // Postage that the shop pays and no longer gets back is lost whether or not the goods come back.
  const waived = Number(sums.waived) / orders;
  const margin = (1 - returnShare) * (paid - cost) - (paid * feeShare) / 10_000 - Number(feeFixed) - waived;
  return {
    paid: BigInt(Math.round(paid)),
    discount: BigInt(Math.round(discount + waived)),
    margin: BigInt(Math.round(margin)),
    share: paid > 0 ? Math.round((margin / paid) * 10_000) : 0,
    orders,
  };
}
