import type { ShopScope } from '../../platform/context.server.ts';
import { withTiers } from '../tiers/with-tiers.server.ts';
import type { EarningLine } from './earn.ts';
import { factsOf, type Known, type KnownOrder } from './facts.ts';
import { goodsOf, readKnown, readProgrammes } from './points.store.server.ts';
import { programmeAt } from './programme.ts';
import type { CartLine } from './read-cart.ts';

export type Simulated =
  | { readonly kind: 'none'; readonly why: 'no-programme' | 'no-goods' }
  | {
      readonly kind: 'ok';
      /** What the goods cost, minor units. */
      readonly worth: bigint;
      /** Points by cause, in the order of booking; none where the cart earns nothing. */
      readonly earned: readonly { readonly cause: string; readonly points: number }[];
      /** When they could be spent if the cart were bought and sent now. */
      readonly availableAt: Date | null;
    };

/** No order of a store has this number. */
const NOT_PLACED = -1n;

/**
 * What a customer would earn by buying a cart now: the order is put beside those that are there, and the same rules play it.
 * Goods at their first variant's price, without tax, shipping or discounts. Nothing is written.
 */
export async function simulateCart(
  scope: ShopScope,
  { customerId, lines }: { readonly customerId: bigint; readonly lines: readonly CartLine[] },
): Promise<Simulated> {
  const { shop } = scope;
  const now = scope.clock.now();
  return scope.db.forShop(shop.id, async (tx): Promise<Simulated> => {
    const programmes = await readProgrammes(tx, shop.id);
    const [first] = programmes;
    if (!first || !programmeAt(programmes, now)) return { kind: 'none', why: 'no-programme' };
    const goods = await goodsOf(
      tx,
      shop.id,
      lines.map(({ productId }) => productId),
    );
    const bought = lines.flatMap(({ productId, pieces }, at): EarningLine[] => {
      const product = goods.get(productId);
      if (!product || pieces <= 0) return [];
      return [{ id: BigInt(at), productId, ...product, giftCard: false, quantity: pieces, currentQuantity: pieces, discount: 0n, tax: 0n }];
    });
    if (bought.length === 0) return { kind: 'none', why: 'no-goods' };
    const known = await readKnown(tx, shop.id, { customerIds: [customerId], since: first.from });
    const before = known.get(customerId);
    if (!before) return { kind: 'none', why: 'no-goods' };
    const order: KnownOrder = {
      id: NOT_PLACED,
      at: now,
      cancelledAt: null,
      taxesIncluded: false,
      shipping: 0n,
      lines: bought,
      refunds: [],
      paid: true,
      sentAt: now,
    };
    const grants = async (of: Known) => {
      const full = (await withTiers(tx, { shop, now, programmes }, new Map([[customerId, of]]))).get(customerId) ?? of;
      return factsOf(full, programmes, shop.timezone).flatMap((fact) => (fact.kind === 'grant' ? [fact] : []));
    };
    const had = new Set((await grants(before)).map(({ topic }) => topic));
    const added = (await grants({ ...before, orders: [...before.orders, order] })).filter(({ topic }) => !had.has(topic));
    return {
      kind: 'ok',
      worth: bought.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * BigInt(quantity), 0n),
      earned: added.map(({ cause, points }) => ({ cause, points })),
      availableAt: added[0]?.availableAt ?? null,
    };
  });
}
