import { cartDeliveryOptionsDiscountsGenerateRun } from '../../extensions/tier-discount/src/cart-delivery.ts';
import { cartLinesDiscountsGenerateRun } from '../../extensions/tier-discount/src/cart-lines.ts';
import type { TierLinesQuery } from '../../extensions/tier-discount/generated/api';
import { allocate } from '../../app/core/money.ts';
import { classOf, type AppliedCode, type CartLine, type Refusal } from './discount-rules.ts';
import { isNode, text, type Node } from './node.ts';
import { isIn } from './own-collections.ts';
import type { AutomaticDiscount } from './records.ts';
import { metafieldKey, type Store } from './store.ts';

/** What an automatic discount took off: `shares` off each line, `shippingOff` off what shipping costs; `amount` both together. */
export type AppliedAutomatic = {
  readonly title: string;
  readonly percentage: number;
  readonly shares: bigint[];
  readonly shippingOff: bigint;
  readonly amount: bigint;
};

type Cart = {
  readonly lines: readonly CartLine[];
  readonly shipping: bigint;
  /** Who is logged in; a Function knows nobody else. */
  readonly customerId: string | null;
  readonly applied: readonly AppliedCode[];
  readonly now: Date;
};

function jsonOf(store: Store, ownerId: string | null, [namespace, key]: readonly [string, string]): { jsonValue: unknown } | null {
  const held = ownerId === null ? undefined : store.metafields.get(metafieldKey({ ownerId, namespace, key }));
  return held ? { jsonValue: JSON.parse(text(held, 'value')) } : null;
}

const isActive = ({ startsAt, endsAt }: AutomaticDiscount, now: Date): boolean =>
  Date.parse(startsAt) <= now.getTime() && (endsAt === null || Date.parse(endsAt) > now.getTime());

const listed = (config: unknown, field: string): ReadonlySet<unknown> =>
  new Set(isNode(config) && Array.isArray(config[field]) ? config[field] : []);

/** What the Function's query would read; the configuration's `tags` and `collections` are its variables. */
function inputOf(store: Store, discount: AutomaticDiscount, cart: Cart): TierLinesQuery {
  const config = jsonOf(store, discount.id, ['$app:storebook', 'tier-discount']);
  const [tags, collections] = [listed(config?.jsonValue, 'tags'), listed(config?.jsonValue, 'collections')];
  const loyalty = jsonOf(store, cart.customerId, ['$app:storebook', 'loyalty']);
  return {
    cart: {
      buyerIdentity: { customer: cart.customerId === null ? null : { id: cart.customerId, loyalty } },
      lines: cart.lines.map((line, at) => {
        const product: Node = store.products.get(line.productId ?? '') ?? {};
        const held = Array.isArray(product['tags']) ? product['tags'] : [];
        return {
          id: `gid://shopify/CartLine/${at}`,
          merchandise: {
            __typename: 'ProductVariant',
            product: {
              id: line.productId ?? '',
              isGiftCard: product['isGiftCard'] === true,
              hasExcludedTag: held.some((tag) => tags.has(tag)),
              inExcludedCollection: [...store.collections.values()].some((one) => collections.has(one['id']) && isIn(one, product)),
            },
          },
        };
      }),
    },
    discount: { discountClasses: discount.classes, config },
    enteredDiscountCodes: cart.applied.map(({ code }) => ({ code: code.code, rejectable: true })),
    localization: { language: { isoCode: 'EN' } },
  };
}

const nothing = (cart: Cart): bigint[] => cart.lines.map(() => 0n);

/** Percent with two decimals at most, of what is left of the lines that are meant; halves up, the parts sum to the whole. */
function offLines(cart: Cart, excluded: ReadonlySet<string>, percentage: number): bigint[] {
  const left = cart.lines.map((line, at) => {
    const taken = cart.applied.reduce((sum, { shares }) => sum + (shares[at] ?? 0n), 0n);
    return excluded.has(`gid://shopify/CartLine/${at}`) ? 0n : line.price * BigInt(line.quantity) - taken;
  });
  const whole = left.reduce((sum, part) => sum + part, 0n);
  if (whole === 0n) return nothing(cart);
  return allocate((whole * BigInt(Math.round(percentage * 100)) + 5_000n) / 10_000n, left);
}

/** Whether every code that applies lets the discount stand beside it, and the other way round. */
function standsBeside(discount: AutomaticDiscount, kind: 'order' | 'shipping', applied: readonly AppliedCode[]): boolean {
  return applied.every(({ discount: other }) => {
    const itsClass = classOf(other);
    const allowed = kind === 'order' ? other.combinesWithOrder : (other.combinesWithShipping ?? false);
    return allowed && discount.combinesWith[itsClass] && !(kind === 'shipping' && itsClass === 'shipping');
  });
}

type Outcome =
  | { readonly kind: 'given'; readonly automatic: AppliedAutomatic[] }
  | { readonly kind: 'refused'; readonly errors: Refusal[] };

function given(store: Store, discount: AutomaticDiscount, cart: Cart): Outcome {
  const input = inputOf(store, discount, cart);
  const { operations } = cartLinesDiscountsGenerateRun(input);
  const errors = operations.flatMap(({ enteredDiscountCodesReject: rejected }) =>
    (rejected?.codes ?? []).map(({ code }) => ({ code: 'DISCOUNT_REJECTED', message: `${code}: ${rejected?.message ?? ''}` })),
  );
  if (errors.length > 0) return { kind: 'refused', errors };
  const automatic: AppliedAutomatic[] = [];
  for (const candidate of operations.flatMap(({ orderDiscountsAdd }) => orderDiscountsAdd?.candidates ?? [])) {
    if (!standsBeside(discount, 'order', cart.applied)) continue;
    const percentage = Number(candidate.value.percentage?.value ?? 0);
    const excluded = new Set(candidate.targets.flatMap(({ orderSubtotal }) => orderSubtotal?.excludedCartLineIds ?? []).map(String));
    const shares = offLines(cart, excluded, percentage);
    automatic.push({
      title: candidate.message ?? discount.title,
      percentage,
      shares,
      shippingOff: 0n,
      amount: shares.reduce((sum, share) => sum + share, 0n),
    });
  }
  const groups = cart.shipping > 0n ? [{ id: 'gid://shopify/CartDeliveryGroup/0' }] : [];
  const delivery = cartDeliveryOptionsDiscountsGenerateRun({ ...input, cart: { ...input.cart, deliveryGroups: groups } });
  for (const candidate of delivery.operations.flatMap(({ deliveryDiscountsAdd }) => deliveryDiscountsAdd?.candidates ?? [])) {
    if (!standsBeside(discount, 'shipping', cart.applied)) continue;
    automatic.push({
      title: candidate.message ?? discount.title,
      percentage: 100,
      shares: nothing(cart),
      shippingOff: cart.shipping,
      amount: cart.shipping,
    });
  }
  return { kind: 'given', automatic };
}

/**
 * Runs the app's Function for the automatic discount that names it, over a cart whose codes apply already. A code that does not
 * let it stand beside keeps it out (Shopify would take the better of the two).
 */
export function applyAutomatic(store: Store, cart: Cart): Outcome {
  const [discount] = [...store.automatic.values()].filter((one) => isActive(one, cart.now));
  return discount ? given(store, discount, cart) : { kind: 'given', automatic: [] };
}
