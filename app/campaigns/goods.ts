import { MOST_PRODUCTS, type Offer } from './offer.ts';

/** The products that are in each collection now, by the collection's id. */
export type Members = ReadonlyMap<string, readonly string[]>;

/** Collections that offers name. */
export const collectionsOf = (offers: readonly Offer[]): string[] => [
  ...new Set(offers.flatMap(({ items }) => (items.kind === 'collections' ? items.ids : []))),
];

/** The products that an offer takes off from, or that have to be bought; null: everything. Those of collections are as they are now. */
export function goodsOf({ items, value }: Pick<Offer, 'items' | 'value'>, members: Members): readonly string[] | null {
  if (items.kind === 'all' || value.kind === 'shipping') return null;
  return items.kind === 'products' ? items.ids : [...new Set(items.ids.flatMap((id) => members.get(id) ?? []))];
}

/** Products that a code is for, bought or given. */
export const productsOf = (offer: Offer, members: Members): readonly string[] => [
  ...(goodsOf(offer, members) ?? []),
  ...(offer.value.kind === 'gets' ? offer.value.ids : []),
];

/** The products that a campaign is for; null where any offer is on all. */
export function narrowTo(offers: readonly Offer[], members: Members): string[] | null {
  const isNarrow = offers.every((offer) => goodsOf(offer, members) !== null);
  return isNarrow ? [...new Set(offers.flatMap((offer) => productsOf(offer, members)))] : null;
}

/** What is wrong with the collections that offers name, as a message key. */
export function collectionProblem(offers: readonly Offer[], members: Members): string | null {
  if (collectionsOf(offers).some((id) => !members.has(id))) return 'offers.error.collectionUnknown';
  const isEmpty = offers.some(({ items, value }) => items.kind === 'collections' && goodsOf({ items, value }, members)?.length === 0);
  return isEmpty ? 'offers.error.collectionEmpty' : null;
}

/**
 * What becomes of offers without some products. No product can be taken out of a collection here: an offer on collections is
 * then on the products that are left of them (`narrowed`: so many), which a discount bears up to a number.
 */
export type Without =
  | { readonly kind: 'left'; readonly offers: readonly Offer[]; readonly narrowed: number | null }
  /** An offer would be left with nothing. */
  | { readonly kind: 'empty' }
  /** More products would be left of collections than a discount names. */
  | { readonly kind: 'too-many' };

export function withoutProducts(offers: readonly Offer[], out: ReadonlySet<string>, members: Members): Without {
  let narrowed: number | null = null;
  const rest = (ids: readonly string[]): string[] => ids.filter((id) => !out.has(id));
  const left = offers.map((offer): Offer => {
    const { value } = offer;
    const items = itemsWithout(offer, out, members);
    if (items.kind === 'products' && offer.items.kind === 'collections') narrowed = Math.max(narrowed ?? 0, items.ids.length);
    return { ...offer, items, value: value.kind === 'gets' ? { ...value, ids: rest(value.ids) } : value };
  });
  const isEmpty = ({ value, items }: Offer): boolean =>
    (items.kind === 'products' && items.ids.length === 0) || (value.kind === 'gets' && value.ids.length === 0);
  if (left.some(isEmpty)) return { kind: 'empty' };
  return narrowed !== null && narrowed > MOST_PRODUCTS ? { kind: 'too-many' } : { kind: 'left', offers: left, narrowed };
}

function itemsWithout({ items, value }: Offer, out: ReadonlySet<string>, members: Members): Offer['items'] {
  const goods = goodsOf({ items, value }, members);
  if (goods === null) return items;
  // A collection that has none of them stays what it is, and goes on following the store.
  const isWhole = items.kind === 'collections' && !goods.some((id) => out.has(id));
  return isWhole ? items : { kind: 'products', ids: goods.filter((id) => !out.has(id)) };
}
