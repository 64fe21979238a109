import type { ShopTx } from '../platform/db.server.ts';
import { collectionsById, type HeldCollection } from '../record/index.server.ts';
import { collectionsOf, type Members } from './goods.ts';
import type { Offer } from './offer.ts';

/** The collections that offers name, as the record has them; one that it has not is not in it. */
export async function namedCollections(tx: ShopTx, shopId: number, offers: readonly Offer[]): Promise<HeldCollection[]> {
  const ids = collectionsOf(offers);
  return ids.length === 0 ? [] : collectionsById(tx, shopId, ids);
}

/** The products in the collections that offers name. */
export async function membersOf(tx: ShopTx, shopId: number, offers: readonly Offer[]): Promise<Members> {
  return new Map((await namedCollections(tx, shopId, offers)).map(({ id, productIds }) => [id, productIds]));
}
