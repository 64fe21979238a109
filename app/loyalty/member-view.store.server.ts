import type { ShopTx } from '../platform/db.server.ts';

/** The language in which a customer is written to, as the store says it; null where it says nothing. */
export async function readLocale(tx: ShopTx, shopId: number, customerId: bigint): Promise<string | null> {
  const customer = await tx.customer.findUnique({ where: { shopId_id: { shopId, id: customerId } }, select: { locale: true } });
  return customer?.locale ?? null;
}

/** What orders are called, by their numbers. */
export async function readOrderNames(tx: ShopTx, shopId: number, ids: readonly bigint[]): Promise<Map<string, string>> {
  const rows = await tx.order.findMany({ where: { shopId, id: { in: [...ids] } }, select: { id: true, name: true } });
  return new Map(rows.map(({ id, name }) => [String(id), name]));
}
