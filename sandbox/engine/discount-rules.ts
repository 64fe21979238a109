import { allocate, parseMinor } from '../../app/core/money.ts';
import type { Code, Discount, Store } from './store.ts';

export type CartLine = { price: bigint; quantity: number; /** gid; null for a line of no product */ productId?: string | null };
export type Refusal = { code: string; message: string };
export type AppliedCode = { code: Code; discount: Discount; amount: bigint; shares: bigint[] };

type Cart = { lines: readonly CartLine[]; customerId: string | null; now: Date };

/** Whether a discount takes off from a line. */
const isMeant = (discount: Discount, line: CartLine): boolean => !discount.products || discount.products.includes(line.productId ?? '');

/** Value of the lines that a discount takes off from. */
const subtotalOf = (cart: Cart, discount: Discount): bigint =>
  cart.lines.filter((line) => isMeant(discount, line)).reduce((sum, line) => sum + line.price * BigInt(line.quantity), 0n);

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
  if (!cart.lines.some((line) => isMeant(discount, line)))
    return { code: 'DISCOUNT_NOT_ENTITLED', message: `${code.code} is for other products than these.` };
  return limitRefusal(discount, code, cart) ?? minimumRefusal(store, discount, cart);
}

function limitRefusal(discount: Discount, code: Code, cart: Cart): Refusal | null {
  if (discount.usageLimit !== null && code.uses >= discount.usageLimit)
    return { code: 'DISCOUNT_LIMIT_REACHED', message: `${code.code} has reached its usage limit.` };
  if (discount.oncePerCustomer && cart.customerId && code.customers.includes(cart.customerId)) {
    return { code: 'DISCOUNT_ALREADY_USED', message: `${code.code} has already been used by this customer.` };
  }
  return null;
}

function minimumRefusal(store: Store, discount: Discount, cart: Cart): Refusal | null {
  if (discount.minimumSubtotal === null || subtotalOf(cart, discount) >= parseMinor(discount.minimumSubtotal, store.currency)) return null;
  return {
    code: 'DISCOUNT_MINIMUM_NOT_MET',
    message: `This code needs a subtotal of at least ${discount.minimumSubtotal} ${store.currency}.`,
  };
}

/** What one discount takes off, and from which line how much (percentages line by line, amounts across by value). */
function worth(store: Store, discount: Discount, lines: readonly bigint[]): bigint[] {
  const total = lines.reduce((sum, value) => sum + value, 0n);
  if (discount.value.kind === 'amount') {
    const asked = parseMinor(discount.value.amount, store.currency);
    return allocate(asked < total ? asked : total, lines);
  }
  const millionths = BigInt(Math.round(discount.value.percentage * 1_000_000));
  return lines.map((value) => (value * millionths + 500_000n) / 1_000_000n);
}

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
  if (found.length > 1 && !found.every(({ discount }) => discount.combinesWithOrder)) {
    return { kind: 'refused', errors: [{ code: 'DISCOUNT_CANNOT_COMBINE', message: 'These codes cannot be combined with each other.' }] };
  }
  const rest = cart.lines.map((line) => line.price * BigInt(line.quantity));
  const applied = found.map(({ code, discount }): AppliedCode => {
    const meant = cart.lines.map((line, index) => (isMeant(discount, line) ? (rest[index] ?? 0n) : 0n));
    const shares = worth(store, discount, meant);
    for (const [index, share] of shares.entries()) rest[index] = (rest[index] ?? 0n) - share;
    return { code, discount, shares, amount: shares.reduce((sum, share) => sum + share, 0n) };
  });
  return { kind: 'applied', applied };
}
