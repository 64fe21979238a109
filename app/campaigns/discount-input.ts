import { toGid } from '../core/gid.ts';
import { toDecimal } from '../core/money.ts';
import { armLetter, type Arm } from './arms.ts';
import { classOf, type Offer } from './offer.ts';

type OfCampaign = {
  readonly name: string;
  readonly arms: readonly Pick<Arm, 'offer'>[];
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  /** The one customer who may use it; anybody without. */
  readonly customerId?: string;
  /** A code works for many, once each; otherwise it works once. */
  readonly manyUses?: boolean;
};

/** What every kind of Shopify's discounts is told alike. Each code works once, and once for a customer. */
function commonInput(
  { name, arms, startsAt, endsAt, customerId, manyUses }: OfCampaign,
  { offer, position }: { offer: Offer; position: number },
) {
  // The first stays as it is named; of several, customers and staff see which.
  const several = arms.filter((arm) => arm.offer).length > 1;
  const { order, product, shipping } = offer.combines;
  return {
    title: several ? `${name} ${armLetter(position)}` : name,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    usageLimit: manyUses ? null : 1,
    appliesOncePerCustomer: true,
    // Shopify knows no two shipping discounts in one order.
    combinesWith: {
      orderDiscounts: order,
      productDiscounts: product,
      ...(classOf(offer) === 'shipping' ? {} : { shippingDiscounts: shipping }),
    },
    context: customerId === undefined ? { all: 'ALL' as const } : { customers: { add: [toGid('Customer', customerId)] } },
  };
}

/** Shopify's shape of an arm's discount, by the kind of discount it is there. */
export function discountInput(campaign: OfCampaign, arm: { offer: Offer; position: number }, { currency }: { currency: string }) {
  const { offer } = arm;
  const { value, items } = offer;
  const common = commonInput(campaign, arm);
  if (value.kind === 'shipping') {
    const maximumShippingPrice = value.upTo === null ? null : toDecimal(BigInt(value.upTo), currency);
    const minimumRequirement = minimumInput(offer, currency);
    return { kind: 'shipping' as const, input: { ...common, destination: { all: true }, maximumShippingPrice, minimumRequirement } };
  }
  if (value.kind === 'gets') {
    const effect = { percentage: value.percent / 100 };
    const customerBuys = { items: itemsInput(items), value: { quantity: String(value.buys) } };
    const customerGets = {
      items: itemsInput({ kind: 'products', ids: value.ids }),
      value: { discountOnQuantity: { quantity: String(value.gets), effect } },
    };
    return { kind: 'gets' as const, input: { ...common, customerBuys, customerGets, usesPerOrderLimit: 1 } };
  }
  const off =
    value.kind === 'percent'
      ? { percentage: value.percent / 100 }
      : { discountAmount: { amount: toDecimal(BigInt(value.amount), currency), appliesOnEachItem: false } };
  const customerGets = { items: itemsInput(items), value: off };
  return { kind: 'basic' as const, input: { ...common, customerGets, minimumRequirement: minimumInput(offer, currency) } };
}

function minimumInput({ minimum, pieces }: Offer, currency: string) {
  if (minimum !== null) return { subtotal: { greaterThanOrEqualToSubtotal: toDecimal(BigInt(minimum), currency) } };
  return pieces === null ? null : { quantity: { greaterThanOrEqualToQuantity: String(pieces) } };
}

function itemsInput(items: Offer['items']) {
  switch (items.kind) {
    case 'all':
      return { all: true };
    case 'products':
      return { products: { productsToAdd: items.ids.map((id) => toGid('Product', id)) } };
    case 'collections':
      return { collections: { add: items.ids.map((id) => toGid('Collection', id)) } };
  }
}
