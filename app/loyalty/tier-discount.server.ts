import { randomBytes } from 'node:crypto';
import { writeAudit } from '../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { countOutbox, enqueueOutbox, sendOutboxJob } from '../shopify/index.server.ts';
import { TIER_DISCOUNT_KIND } from './send-tier-discount.server.ts';
import { configOf, wishOf, type TierDiscountForm, type TierDiscountWish } from './tier-discount.ts';
import { readTierDiscount, writeTierDiscount, type StoredTierDiscount } from './tier-discount.store.server.ts';

export type TierDiscountPage = {
  readonly wish: TierDiscountWish;
  /** What the store knows of it. */
  readonly state: 'off' | 'waiting' | 'on' | 'refused';
};

const NOTHING: TierDiscountWish = { isOn: false, tags: [], collections: [], products: [], combines: true, holdersOnly: false };
const keyOf = (version: number): string => `tier-discount/${version}/`;

/** What the merchant wants of the tiers' discount, and whether the store knows. */
export async function tierDiscountPage(scope: ShopScope): Promise<TierDiscountPage> {
  const { id: shopId } = scope.shop;
  return scope.db.forShop(shopId, async (tx) => {
    const stored = await readTierDiscount(tx, shopId);
    if (!stored) return { wish: NOTHING, state: 'off' };
    const { version, codeKey: _key, startedAt: _at, ...wish } = stored;
    const told = await countOutbox(tx, shopId, { kind: TIER_DISCOUNT_KIND, keyPrefix: keyOf(version) });
    if (told.refused + told.unclear > 0) return { wish, state: 'refused' };
    if (told.waiting > 0) return { wish, state: 'waiting' };
    return { wish, state: wish.isOn ? 'on' : 'off' };
  });
}

function message(stored: StoredTierDiscount) {
  return {
    kind: TIER_DISCOUNT_KIND,
    entity: 'tier-discount',
    idempotencyKey: keyOf(stored.version),
    payload: {
      isOn: stored.isOn,
      combines: stored.combines,
      startsAt: stored.startedAt.toISOString(),
      config: configOf(stored, stored.codeKey),
    },
  };
}

/** Turns the discount on or off, or changes what it leaves out; the store is told through the outbox. @returns what is wrong by field. */
export async function saveTierDiscount(scope: ShopScope, form: TierDiscountForm): Promise<Ok<null> | Invalid> {
  const { id: shopId } = scope.shop;
  const { wish, problems } = wishOf(form);
  if (Object.keys(problems).length > 0) return invalid(problems);
  await scope.db.forShop(shopId, async (tx) => {
    const before = await readTierDiscount(tx, shopId);
    const stored = await writeTierDiscount(tx, shopId, { wish, codeKey: randomBytes(32).toString('hex'), at: scope.clock.now() });
    await enqueueOutbox(tx, shopId, [message(stored)]);
    await writeAudit(tx, scope, { action: 'loyalty.discount.saved', before: before && told(before), after: told(wish) });
  });
  await scope.queue.enqueue(sendOutboxJob, { shopId }, { key: String(shopId) });
  return ok(null);
}

/** Without the key. */
function told({ isOn, tags, collections, products, combines, holdersOnly }: TierDiscountWish) {
  return { isOn, tags, collections: collections.map(String), products: products.map(String), combines, holdersOnly };
}
