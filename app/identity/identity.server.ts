import type { ShopScope } from '../platform/context.server.ts';
import { customersByIds, nameOf } from '../record/index.server.ts';
import { pairsAmong, sharing } from './identity.store.server.ts';
import type { Signal } from './same-person.ts';

export type LikeAccount = { readonly customerId: bigint; readonly name: string | null; readonly signals: readonly Signal[] };

/** Accounts that look like the person of one, with what they share. Advice: nothing is refused for it. */
export async function accountsLike(scope: ShopScope, customerId: bigint): Promise<LikeAccount[]> {
  const { id: shopId } = scope.shop;
  const pairs = await scope.db.forShop(shopId, (tx) => pairsAmong(tx, shopId, sharing(shopId, customerId)));
  const others = pairs
    .filter(({ one, other }) => one === customerId || other === customerId)
    .map(({ one, other, signals }) => ({ customerId: one === customerId ? other : one, signals }));
  const rows = await customersByIds(
    scope,
    others.map((other) => other.customerId),
  );
  const names = new Map(rows.map((row) => [row.id, nameOf(row) ?? row.email]));
  return others.map((other) => ({ ...other, name: names.get(other.customerId) ?? null }));
}
