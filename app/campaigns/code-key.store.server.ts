import type { ShopTx } from '../platform/db.server.ts';

/**
 * By which key codes are bound to their holders; null where the merchant does not want it, or where the discount of tiers,
 * whose Function refuses others, is off.
 */
export async function codeKeyOf(tx: ShopTx, shopId: number): Promise<string | null> {
  const stored = await tx.tierDiscount.findUnique({ where: { shopId }, select: { isOn: true, holdersOnly: true, codeKey: true } });
  return stored?.isOn && stored.holdersOnly ? stored.codeKey : null;
}
