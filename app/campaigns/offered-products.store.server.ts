import type { ShopTx } from '../platform/db.server.ts';
import { productOf } from './standing/clearance.ts';

/** The titles of products, by id. */
export async function titlesOf(tx: ShopTx, shopId: number, productIds: readonly string[]): Promise<Map<string, string>> {
  if (productIds.length === 0) return new Map();
  const where = { shopId, id: { in: productIds.map(BigInt) } };
  const rows = await tx.product.findMany({ where, select: { id: true, title: true } });
  return new Map(rows.map(({ id, title }) => [String(id), title]));
}

/** The product by which each customer is meant in a run of a clearance. */
export async function ownProducts(
  tx: ShopTx,
  shopId: number,
  of: { standingId: number; run: number; customerIds: readonly bigint[] },
): Promise<Map<bigint, string>> {
  const { standingId, run, customerIds } = of;
  const where = { shopId, standingId, run, customerId: { in: [...customerIds] } };
  const rows = await tx.standingOccasion.findMany({ where, select: { customerId: true, occasion: true } });
  return new Map(
    rows.flatMap(({ customerId, occasion }): [bigint, string][] => {
      const product = productOf(occasion);
      return product === null ? [] : [[customerId, product]];
    }),
  );
}
