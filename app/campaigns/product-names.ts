import type { Offer } from './offer.ts';

/** So many products are named; of the others it is said how many there are. */
const MOST_NAMED = 3;

export type Named = { readonly names: readonly string[]; readonly more: number };

/** The products that an offer takes off from, where it is of some; what comes along with others is told by its numbers. */
export const reducedProducts = ({ items, value }: Offer): readonly string[] =>
  items.kind === 'products' && (value.kind === 'percent' || value.kind === 'amount') ? items.ids : [];

/**
 * What to say of products: up to three titles, the customer's own first, and how many more there are.
 * @returns null where no title is known, or there are no products.
 */
export function namedProducts(
  ids: readonly string[],
  { own, titles }: { readonly own: string | null; readonly titles: ReadonlyMap<string, string> },
): Named | null {
  const first = own !== null && ids.includes(own) ? [own] : [];
  const names = [...new Set([...first, ...ids])].flatMap((id) => titles.get(id) ?? []).slice(0, MOST_NAMED);
  return names.length === 0 ? null : { names, more: new Set(ids).size - names.length };
}
