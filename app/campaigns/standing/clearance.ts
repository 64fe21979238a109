import type { Offer } from '../offer.ts';

const OCCASION = /^clearance\/(\d+)\//;

/**
 * Offers on everything take off only from the products of these occasions (`clearance/<product>/<month>`): nobody gets a
 * discount on what sells anyway. Free shipping knows no products, and what is given with others names its own.
 */
export function clearanceOffers(offers: readonly Offer[], occasions: readonly string[]): Offer[] {
  const ids = [...new Set(occasions.flatMap((occasion) => OCCASION.exec(occasion)?.[1] ?? []))].toSorted();
  return offers.map((offer) => {
    const isMeant = offer.items.kind === 'all' && (offer.value.kind === 'percent' || offer.value.kind === 'amount');
    return isMeant && ids.length > 0 ? { ...offer, items: { kind: 'products', ids } } : offer;
  });
}
