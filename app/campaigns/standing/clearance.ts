import type { Offer } from '../offer.ts';

const OCCASION = /^clearance\/(\d+)\//;

/** The product that an occasion of a clearance is of; null of any other. */
export const productOf = (occasion: string): string | null => OCCASION.exec(occasion)?.[1] ?? null;

/**
 * Offers on everything take off only from the products of these occasions (`clearance/<product>/<month>`): nobody gets a
 * discount on what sells anyway. Free shipping knows no products, and what is given with others names its own.
 */
export function clearanceOffers(offers: readonly Offer[], occasions: readonly string[]): Offer[] {
  const ids = [...new Set(occasions.flatMap((occasion) => productOf(occasion) ?? []))].toSorted();
  return offers.map((offer) => {
    const isMeant = offer.items.kind === 'all' && (offer.value.kind === 'percent' || offer.value.kind === 'amount');
    return isMeant && ids.length > 0 ? { ...offer, items: { kind: 'products', ids } } : offer;
  });
}
