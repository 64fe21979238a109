import type { ShopTx } from '../platform/db.server.ts';
import type { TierDiscountWish } from './tier-discount.ts';

export type StoredTierDiscount = TierDiscountWish & {
  readonly version: number;
  /** 64 hex digits; born with the first version and never changed, since codes hang on it. */
  readonly codeKey: string;
  readonly startedAt: Date;
};

export async function readTierDiscount(tx: ShopTx, shopId: number): Promise<StoredTierDiscount | null> {
  return tx.tierDiscount.findUnique({ where: { shopId }, omit: { shopId: true, updatedAt: true } });
}

/** Puts a wish in place as the next version; the key and the beginning stay those of the first. */
export async function writeTierDiscount(
  tx: ShopTx,
  shopId: number,
  { wish, codeKey, at }: { wish: TierDiscountWish; codeKey: string; at: Date },
): Promise<StoredTierDiscount> {
  const data = { ...wish, tags: [...wish.tags], collections: [...wish.collections], products: [...wish.products], updatedAt: at };
  return tx.tierDiscount.upsert({
    where: { shopId },
    create: { shopId, version: 1, codeKey, startedAt: at, ...data },
    update: { version: { increment: 1 }, ...data },
    omit: { shopId: true, updatedAt: true },
  });
}
