import type { GoodsMatch, Programme } from './programme.ts';

/** A line of an order as points see it. Money in minor units of the shop's currency. */
export type EarningLine = {
  readonly id: bigint;
  readonly productId: bigint | null;
  readonly productType: string | null;
  readonly vendor: string | null;
  readonly tags: readonly string[];
  readonly giftCard: boolean;
  /** As sold, additions by edit included. */
  readonly quantity: number;
  /** What the customer keeps. */
  readonly currentQuantity: number;
  readonly unitPrice: bigint;
  /** Taken off the whole line. */
  readonly discount: bigint;
  /** On the whole line. */
  readonly tax: bigint;
};

export type EarningRefund = {
  readonly id: bigint;
  readonly at: Date;
  readonly lines: readonly { readonly lineId: bigint; readonly quantity: number }[];
  /** Money given back that belongs to no line: shipping, mostly. */
  readonly adjustment: bigint;
};

export type EarningOrder = {
  readonly id: bigint;
  readonly at: Date;
  readonly cancelledAt: Date | null;
  readonly taxesIncluded: boolean;
  readonly shipping: bigint;
  readonly lines: readonly EarningLine[];
  /** In the order of their times. */
  readonly refunds: readonly EarningRefund[];
};

const HUNDRED = 100n;
const lower = (text: string): string => text.trim().toLowerCase();
const holds = (list: readonly string[], value: string | null): boolean =>
  value !== null && list.some((each) => lower(each) === lower(value));

function matches({ products, types, vendors, tags }: GoodsMatch, line: EarningLine): boolean {
  return (
    (line.productId !== null && products.includes(String(line.productId))) ||
    holds(types, line.productType) ||
    holds(vendors, line.vendor) ||
    line.tags.some((tag) => holds(tags, tag))
  );
}

/** By how many hundredths a line counts. Gift cards never do: they are money, and count when it is spent. */
function timesOf(line: EarningLine, programme: Programme): bigint {
  if (line.giftCard) return 0n;
  return BigInt(programme.goods.findLast(({ match }) => matches(match, line))?.times ?? 100);
}

/** What a line of so many pieces counts, in hundredths of minor units. */
function worthOf(
  line: EarningLine,
  pieces: number,
  { programme, taxesIncluded }: { programme: Programme; taxesIncluded: boolean },
): bigint {
  if (line.quantity <= 0 || pieces <= 0) return 0n;
  const { tax, beforeDiscounts } = programme.counts;
  const priced = line.unitPrice * BigInt(line.quantity) - (beforeDiscounts ? 0n : line.discount);
  const ofTax = tax === taxesIncluded ? 0n : tax ? line.tax : -line.tax;
  const whole = priced + ofTax;
  return whole <= 0n ? 0n : (whole * BigInt(pieces) * timesOf(line, programme)) / BigInt(line.quantity);
}

/** Points for what counts (hundredths of minor units), by the programme's rate, days and rounding. */
function pointsFor(worth: bigint, programme: Programme, at: Date): number {
  const days = programme.bonusDays.filter(({ from, to }) => from <= at && at < to);
  const times = days.reduce((most, day) => Math.max(most, day.times), days.length > 0 ? 0 : 100);
  const { points, per } = programme.earn;
  // worth/100 · times/100 · points / per
  const [over, under] = [worth * BigInt(times) * BigInt(points), per * HUNDRED * HUNDRED];
  if (over <= 0n) return 0;
  const add = { down: 0n, nearest: under / 2n, up: under - 1n }[programme.rounding];
  return Number((over + add) / under);
}

export type Earned = {
  /** For the order with its edits, before any refund. */
  readonly points: number;
  /** What each refund, and last the cancellation, takes back; together never more than `points`. */
  readonly takenBack: readonly { readonly topic: string; readonly at: Date; readonly points: number }[];
};

/** The pieces of each line that were bought: what an edit took out never was, what was refunded was. */
function boughtOf({ lines, refunds }: EarningOrder): Map<bigint, number> {
  const refunded = new Map<bigint, number>();
  for (const { lineId, quantity } of refunds.flatMap((refund) => refund.lines))
    refunded.set(lineId, (refunded.get(lineId) ?? 0) + quantity);
  return new Map(lines.map(({ id, quantity, currentQuantity }) => [id, Math.min(quantity, currentQuantity + (refunded.get(id) ?? 0))]));
}

/**
 * What an order earns under a version of the programme, and what its refunds take back: the points of the order as it was
 * less those of what is left, so that any split of a refund takes back the same.
 */
export function earnedBy(order: EarningOrder, programme: Programme): Earned {
  const { taxesIncluded, cancelledAt } = order;
  const left = boughtOf(order);
  let shipping = programme.counts.shipping ? order.shipping : 0n;
  const total = (): number => {
    const goods = order.lines.reduce((sum, line) => sum + worthOf(line, left.get(line.id) ?? 0, { programme, taxesIncluded }), 0n);
    return pointsFor(goods + shipping * HUNDRED, programme, order.at);
  };
  const points = total();
  let held = points;
  const takenBack = order.refunds.flatMap(({ id, at, lines, adjustment }) => {
    for (const { lineId, quantity } of lines) left.set(lineId, Math.max(0, (left.get(lineId) ?? 0) - quantity));
    const back = adjustment < 0n ? -adjustment : adjustment;
    shipping = shipping > back ? shipping - back : 0n;
    const [before, rest] = [held, Math.min(held, total())];
    held = rest;
    return rest < before ? [{ topic: `refund/${id}`, at, points: before - rest }] : [];
  });
  return { points, takenBack: cancelledAt && held > 0 ? [...takenBack, { topic: 'cancel', at: cancelledAt, points: held }] : takenBack };
}
