import type { ShopTx } from '../platform/db.server.ts';

/** The language in which a customer is written to, as the store says it; null where it says nothing. */
export async function readLocale(tx: ShopTx, shopId: number, customerId: bigint): Promise<string | null> {
  const customer = await tx.customer.findUnique({ where: { shopId_id: { shopId, id: customerId } }, select: { locale: true } });
  return customer?.locale ?? null;
}
