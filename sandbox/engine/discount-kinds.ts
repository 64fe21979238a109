import { at, decimalOf, nodeOf, onlyKnown, textOf, userError } from './input.ts';
import { NotImplementedError, type Node } from './node.ts';
import type { Discount } from './records.ts';

/** One of Shopify's kinds of discounts by code: how its input is read and how it is shown. */
export type DiscountKind = {
  /** The mutation's argument, and the type of it. */
  readonly argument: string;
  readonly name: string;
  /** The type of what is shown. */
  readonly node: string;
  readonly productPath: readonly string[];
  /** @throws NotImplementedError for input that the sandbox would have to pass over. */
  check(input: Node): void;
  value(input: Node): Discount['value'] | null;
  /** The products that it takes off from, or that have to be bought. */
  meant(input: Node): string[];
  /** The same by collections. */
  collections(input: Node): string[];
  isOfAll(input: Node): boolean;
  /** Every product that it names. */
  productIds(input: Node): string[];
  problems(input: Node): Node[];
  fields(discount: Discount, currencyCode: string): Node;
};

const COMMON = ['title', 'code', 'startsAt', 'endsAt', 'usageLimit', 'appliesOncePerCustomer', 'combinesWith', 'context', 'tags'];

export function idsAt(input: Node, ...path: string[]): string[] {
  const ids = at(input, ...path);
  return Array.isArray(ids) ? ids.map(textOf) : [];
}

function itemsNode(products: readonly string[] | null | undefined, collections?: readonly string[] | null): Node {
  if (collections) return { __typename: 'DiscountCollections', held: collections.map((id) => ({ __typename: 'Collection', id })) };
  if (!products) return { __typename: 'AllDiscountItems', allItems: true };
  return { __typename: 'DiscountProducts', products: products.map((id) => ({ __typename: 'Product', id })) };
}

function checkItems(input: Node, name: string, side: 'customerGets' | 'customerBuys', known: readonly string[]): void {
  onlyKnown(nodeOf(at(input, side, 'items')), known, `${name}.${side}.items`);
  onlyKnown(nodeOf(at(input, side, 'items', 'products')), ['productsToAdd'], `${name}.${side}.items.products`);
  onlyKnown(nodeOf(at(input, side, 'items', 'collections')), ['add'], `${name}.${side}.items.collections`);
  if (at(input, side, 'items', 'products') && at(input, side, 'items', 'collections'))
    throw new NotImplementedError(`${name}.${side}.items with both products and collections`);
}

function checkCommon(input: Node, name: string, more: readonly string[]): void {
  onlyKnown(input, [...COMMON, ...more], name);
  onlyKnown(nodeOf(input['context']), ['all', 'customers'], `${name}.context`);
  onlyKnown(nodeOf(at(input, 'context', 'customers')), ['add'], `${name}.context.customers`);
  onlyKnown(nodeOf(input['minimumRequirement']), ['subtotal', 'quantity'], `${name}.minimumRequirement`);
}

const GETS_PRODUCTS = ['customerGets', 'items', 'products', 'productsToAdd'] as const;
const BUYS_PRODUCTS = ['customerBuys', 'items', 'products', 'productsToAdd'] as const;

function valueNode({ value }: Discount, currencyCode: string): Node | null {
  if (value.kind === 'percentage') return { __typename: 'DiscountPercentage', percentage: value.percentage };
  if (value.kind === 'amount')
    return { __typename: 'DiscountAmount', amount: { amount: value.amount, currencyCode }, appliesOnEachItem: false };
  return null;
}

const basic: DiscountKind = {
  argument: 'basicCodeDiscount',
  name: 'DiscountCodeBasicInput',
  node: 'DiscountCodeBasic',
  productPath: GETS_PRODUCTS,
  check(input) {
    checkCommon(input, this.name, ['customerGets', 'minimumRequirement']);
    checkItems(input, this.name, 'customerGets', ['all', 'products', 'collections']);
    onlyKnown(nodeOf(at(input, 'customerGets', 'value')), ['percentage', 'discountAmount'], `${this.name}.customerGets.value`);
    if (at(input, 'customerGets', 'value', 'discountAmount', 'appliesOnEachItem') === true)
      throw new NotImplementedError(`${this.name}.customerGets.value.discountAmount.appliesOnEachItem`);
  },
  value(input) {
    const percentage = at(input, 'customerGets', 'value', 'percentage');
    if (typeof percentage === 'number') return { kind: 'percentage', percentage };
    const amount = decimalOf(at(input, 'customerGets', 'value', 'discountAmount', 'amount'));
    return amount === '' ? null : { kind: 'amount', amount };
  },
  meant: (input) => idsAt(input, ...GETS_PRODUCTS),
  collections: (input) => idsAt(input, 'customerGets', 'items', 'collections', 'add'),
  isOfAll: (input) => at(input, 'customerGets', 'items', 'all') === true,
  productIds: (input) => idsAt(input, ...GETS_PRODUCTS),
  problems(input) {
    const path = [this.argument, 'customerGets', 'value'];
    const percentage = at(input, 'customerGets', 'value', 'percentage');
    if (typeof percentage === 'number' && (percentage <= 0 || percentage > 1))
      return [userError([...path, 'percentage'], 'Value must be between 0.0 and 1.0', 'VALUE_OUTSIDE_RANGE')];
    const amount = decimalOf(at(input, 'customerGets', 'value', 'discountAmount', 'amount'));
    if (amount !== '' && Number(amount) <= 0)
      return [userError([...path, 'discountAmount', 'amount'], 'Value must be greater than 0', 'GREATER_THAN')];
    return [];
  },
  fields: (discount, currencyCode) => ({
    customerGets: { items: itemsNode(discount.products, discount.collections), value: valueNode(discount, currencyCode) },
  }),
};

const shipping: DiscountKind = {
  argument: 'freeShippingCodeDiscount',
  name: 'DiscountCodeFreeShippingInput',
  node: 'DiscountCodeFreeShipping',
  productPath: [],
  check(input) {
    checkCommon(input, this.name, ['destination', 'maximumShippingPrice', 'minimumRequirement']);
    onlyKnown(nodeOf(input['destination']), ['all'], `${this.name}.destination`);
  },
  value(input) {
    // An update that says nothing of it leaves it.
    if (!('destination' in input) && !('maximumShippingPrice' in input)) return null;
    return { kind: 'shipping', upTo: decimalOf(input['maximumShippingPrice']) || null };
  },
  meant: () => [],
  collections: () => [],
  isOfAll: () => true,
  productIds: () => [],
  problems(input) {
    const most = decimalOf(input['maximumShippingPrice']);
    if (most === '' || Number(most) >= 0) return [];
    return [userError([this.argument, 'maximumShippingPrice'], 'Maximum shipping price must be at least 0', 'GREATER_THAN_OR_EQUAL_TO')];
  },
  fields: ({ value }, currencyCode) => ({
    destinationSelection: { __typename: 'DiscountCountryAll', allCountries: true },
    maximumShippingPrice: value.kind === 'shipping' && value.upTo !== null ? { amount: value.upTo, currencyCode } : null,
  }),
};

const gets: DiscountKind = {
  argument: 'bxgyCodeDiscount',
  name: 'DiscountCodeBxgyInput',
  node: 'DiscountCodeBxgy',
  productPath: GETS_PRODUCTS,
  check(input) {
    checkCommon(input, this.name, ['customerBuys', 'customerGets', 'usesPerOrderLimit']);
    checkItems(input, this.name, 'customerBuys', ['products', 'collections']);
    checkItems(input, this.name, 'customerGets', ['products']);
    onlyKnown(nodeOf(at(input, 'customerBuys', 'value')), ['quantity'], `${this.name}.customerBuys.value`);
    onlyKnown(nodeOf(at(input, 'customerGets', 'value')), ['discountOnQuantity'], `${this.name}.customerGets.value`);
    const effect = nodeOf(at(input, 'customerGets', 'value', 'discountOnQuantity', 'effect'));
    onlyKnown(effect, ['percentage'], `${this.name}.customerGets.value.discountOnQuantity.effect`);
    const limit = input['usesPerOrderLimit'];
    if (limit !== undefined && limit !== 1) throw new NotImplementedError(`${this.name}.usesPerOrderLimit other than 1`);
  },
  value(input) {
    const percentage = at(input, 'customerGets', 'value', 'discountOnQuantity', 'effect', 'percentage');
    if (typeof percentage !== 'number') return null;
    return {
      kind: 'gets',
      percentage,
      buys: Number(at(input, 'customerBuys', 'value', 'quantity')),
      gets: Number(at(input, 'customerGets', 'value', 'discountOnQuantity', 'quantity')),
      given: idsAt(input, ...GETS_PRODUCTS),
    };
  },
  meant: (input) => idsAt(input, ...BUYS_PRODUCTS),
  collections: (input) => idsAt(input, 'customerBuys', 'items', 'collections', 'add'),
  isOfAll: () => false,
  productIds: (input) => [...idsAt(input, ...BUYS_PRODUCTS), ...idsAt(input, ...GETS_PRODUCTS)],
  problems(input) {
    const value = this.value(input);
    if (value?.kind !== 'gets') return [];
    if (value.percentage <= 0 || value.percentage > 1)
      return [userError([this.argument, 'customerGets'], 'Value must be between 0.0 and 1.0', 'VALUE_OUTSIDE_RANGE')];
    if (!(value.buys >= 1)) return [userError([this.argument, 'customerBuys'], "Customer buys can't be blank", 'BLANK')];
    if (!(value.gets >= 1) || value.given.length === 0 || this.meant(input).length + this.collections(input).length === 0)
      return [userError([this.argument, 'customerGets', 'items'], "Items can't be blank", 'BLANK')];
    return [];
  },
  fields: ({ value, products, collections }) => {
    if (value.kind !== 'gets') return {};
    const effect = { __typename: 'DiscountPercentage', percentage: value.percentage };
    return {
      usesPerOrderLimit: 1,
      customerBuys: { items: itemsNode(products, collections), value: { __typename: 'DiscountQuantity', quantity: String(value.buys) } },
      customerGets: {
        items: itemsNode(value.given),
        value: { __typename: 'DiscountOnQuantity', quantity: { quantity: String(value.gets) }, effect },
      },
    };
  },
};

export const KINDS = { basic, shipping, gets };

export function kindOf({ value }: Discount): keyof typeof KINDS {
  return value.kind === 'shipping' || value.kind === 'gets' ? value.kind : 'basic';
}
