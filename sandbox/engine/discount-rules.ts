import { allocate, parseMinor } from '../../app/core/money.ts';
import type { Node } from './node.ts';
import { isIn } from './own-collections.ts';
import type { Code, Discount, Store } from './store.ts';

export type CartLine = { price: bigint; quantity: number; /** gid; null for a line of no product */ productId?: string | null };
export type Refusal = { code: string; message: string };
/** `shares`: off each line; `shippingOff`: off what shipping costs; `amount`: both together. */
export type AppliedCode = { code: Code; discount: Discount; amount: bigint; shares: bigint[]; shippingOff: bigint };

type Cart = { lines: readonly CartLine[]; /** what shipping costs */ shipping: bigint; customerId: string | null; now: Date };

/** Shopify's class of a discount: what else may stand beside it is said by class. */
export function classOf({ value, products, collections }: Discount): 'order' | 'product' | 'shipping' {
  if (value.kind === 'shipping') return 'shipping';
  return value.kind === 'gets' || products || collections ? 'product' : 'order';
}

function standsBeside(discount: Discount, other: Discount): boolean {
  const allowed = {
    order: discount.combinesWithOrder,
    product: discount.combinesWithProduct ?? false,
    shipping: discount.combinesWithShipping ?? false,
  };
  // No order has two shipping discounts.
  return allowed[classOf(other)] && !(classOf(discount) === 'shipping' && classOf(other) === 'shipping');
}

/** Whether a discount takes off from a line: of collections by what is in them now. */
function isMeant(store: Store, { products, collections }: Discount, { productId }: CartLine): boolean {
  if (!products && !collections) return true;
  if (products?.includes(productId ?? '')) return true;
  const product = store.products.get(productId ?? '');
  return product !== undefined && (collections ?? []).some((id) => isInCollection(store, id, product));
}
function isInCollection(store: Store, id: string, product: Node): boolean {
  const collection = store.collections.get(id);
  return collection !== undefined && isIn(collection, product);
}

/** Value of the lines that a discount takes off from. */
const subtotalOf = (store: Store, cart: Cart, discount: Discount): bigint =>
  cart.lines.filter((line) => isMeant(store, discount, line)).reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n);

/** Why a code does not apply to a cart; null when it does. The order of the checks is Shopify's: is it there, now, for you, for this. */
function refusalOf(store: Store, text: string, cart: Cart): Refusal | null {
  const code = store.codes.get(text.trim().toUpperCase());
  const discount = code && store.discounts.get(code.discountId);
  if (!code || !discount) return { code: 'DISCOUNT_NOT_FOUND', message: `Enter a valid discount code: ${text} is not known.` };
  if (!discount.active) return { code: 'DISCOUNT_DISABLED', message: `${code.code} is no longer available.` };
  if (Date.parse(discount.startsAt) > cart.now.getTime())
    return { code: 'DISCOUNT_NOT_STARTED', message: `${code.code} is not active yet.` };
  if (discount.endsAt && Date.parse(discount.endsAt) <= cart.now.getTime())
    return { code: 'DISCOUNT_EXPIRED', message: `${code.code} has expired.` };
  if (!cart.lines.some((line) => isMeant(store, discount, line)))
    return { code: 'DISCOUNT_NOT_ENTITLED', message: `${code.code} is for other products than these.` };
  return limitRefusal(discount, code, cart) ?? minimumRefusal(store, discount, cart);
}

function limitRefusal(discount: Discount, code: Code, cart: Cart): Refusal | null {
  if (discount.customers && !discount.customers.includes(cart.customerId ?? ''))
    return { code: 'DISCOUNT_CUSTOMER_NOT_ELIGIBLE', message: `${code.code} is for another customer.` };
  if (discount.usageLimit !== null && code.uses >= discount.usageLimit)
    return { code: 'DISCOUNT_LIMIT_REACHED', message: `${code.code} has reached its usage limit.` };
  if (discount.oncePerCustomer && cart.customerId && code.customers.includes(cart.customerId)) {
    return { code: 'DISCOUNT_ALREADY_USED', message: `${code.code} has already been used by this customer.` };
  }
  return null;
}

const piecesOf = (lines: readonly CartLine[]): number => lines.reduce((sum, line) => sum + line.quantity, 0);

function minimumRefusal(store: Store, discount: Discount, cart: Cart): Refusal | null {
  const meant = cart.lines.filter((line) => isMeant(store, discount, line));
  const { value, minimumPieces } = discount;
  if (piecesOf(meant) < (minimumPieces ?? 0))
    return { code: 'DISCOUNT_MINIMUM_NOT_MET', message: `This code needs at least ${minimumPieces} pieces.` };
  if (value.kind === 'gets' && !given(store, discount, cart))
    return {
      code: 'DISCOUNT_MINIMUM_NOT_MET',
      message: `This code is for ${value.buys} pieces bought with ${value.gets} that come along.`,
    };
  if (value.kind === 'shipping' && value.upTo !== null && cart.shipping > parseMinor(value.upTo, store.currency))
    return { code: 'DISCOUNT_NOT_ENTITLED', message: `This code is for shipping up to ${value.upTo} ${store.currency}.` };
  if (discount.minimumSubtotal === null || subtotalOf(store, cart, discount) >= parseMinor(discount.minimumSubtotal, store.currency))
    return null;
  return {
    code: 'DISCOUNT_MINIMUM_NOT_MET',
    message: `This code needs a subtotal of at least ${discount.minimumSubtotal} ${store.currency}.`,
  };
}

/**
 * How many pieces of each line come along with what is bought: the cheapest of those meant, as far as enough others are left
 * to have been bought. Null where the cart does not hold enough.
 */
function given(store: Store, discount: Discount, cart: Cart): number[] | null {
  const { value } = discount;
  if (value.kind !== 'gets') return null;
  let wanted = value.gets;
  const taken = cart.lines.map(() => 0);
  const cheapestFirst = cart.lines.map((line, at) => ({ line, at })).toSorted((a, b) => (a.line.price < b.line.price ? -1 : 1));
  for (const { line, at } of cheapestFirst) {
    if (!value.given.includes(line.productId ?? '')) continue;
    taken[at] = Math.min(wanted, line.quantity);
    wanted -= taken[at] ?? 0;
  }
  const bought = cart.lines.reduce((sum, line, at) => sum + (isMeant(store, discount, line) ? line.quantity - (taken[at] ?? 0) : 0), 0);
  return wanted > 0 || bought < value.buys ? null : taken;
}

/** What one discount takes off, and from which line how much (percentages line by line, amounts across by value). */
function worth(store: Store, discount: Discount, { cart, lines }: { cart: Cart; lines: readonly bigint[] }): bigint[] {
  const { value } = discount;
  const total = lines.reduce((sum, line) => sum + line, 0n);
  switch (value.kind) {
    case 'amount': {
      const asked = parseMinor(value.amount, store.currency);
      return allocate(asked < total ? asked : total, lines);
    }
    case 'percentage':
      return lines.map((line) => partOf(line, value.percentage));
    case 'gets': {
      const taken = given(store, discount, cart) ?? [];
      return cart.lines.map((line, at) => partOf(line.price * BigInt(taken[at] ?? 0), value.percentage));
    }
    case 'shipping':
      return lines.map(() => 0n);
  }
}

const partOf = (value: bigint, share: number): bigint => (value * BigInt(Math.round(share * 1_000_000)) + 500_000n) / 1_000_000n;

/** Applies codes under the store's real rules, or says why not. Codes apply one after the other to what is left. */
export function applyCodes(
  store: Store,
  codes: readonly string[],
  cart: Cart,
): { kind: 'applied'; applied: AppliedCode[] } | { kind: 'refused'; errors: Refusal[] } {
  const wanted = [...new Set(codes.map((code) => code.trim().toUpperCase()).filter((code) => code !== ''))];
  const errors = wanted.flatMap((code) => refusalOf(store, code, cart) ?? []);
  if (errors.length > 0) return { kind: 'refused', errors };
  const found = wanted.flatMap((text) => {
    const code = store.codes.get(text);
    const discount = code && store.discounts.get(code.discountId);
    return code && discount ? [{ code, discount }] : [];
  });
  const combine = found.every((one) => found.every((other) => one === other || standsBeside(one.discount, other.discount)));
  if (!combine)
    return { kind: 'refused', errors: [{ code: 'DISCOUNT_CANNOT_COMBINE', message: 'These codes cannot be combined with each other.' }] };
  const rest = cart.lines.map((line) => line.price * BigInt(line.quantity));
  const applied = found.map(({ code, discount }): AppliedCode => {
    const meant = cart.lines.map((line, index) => (isMeant(store, discount, line) ? (rest[index] ?? 0n) : 0n));
    const asked = worth(store, discount, { cart, lines: meant });
    const shares = asked.map((share, index) => (share < (rest[index] ?? 0n) ? share : (rest[index] ?? 0n)));
    for (const [index, share] of shares.entries()) rest[index] = (rest[index] ?? 0n) - share;
    const shippingOff = discount.value.kind === 'shipping' ? cart.shipping : 0n;
    return { code, discount, shares, shippingOff, amount: shares.reduce((sum, share) => sum + share, shippingOff) };
  });
  return { kind: 'applied', applied };
}
