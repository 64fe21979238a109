import { writeAudit } from '../../../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../../../core/result.ts';
import type { ShopScope } from '../../../platform/context.server.ts';
import { enqueueOutbox, sendOutboxJob } from '../../../shopify/index.server.ts';
import { readBalance, readProgrammes } from '../points.store.server.ts';
import { reviewPoints } from '../review-points.server.ts';
import { CANCEL_KIND } from './reward-messages.ts';
import { rewardOf, type RewardForm } from './reward-form.ts';
import { storedTerms } from './reward-rules.ts';
import { stateOf, stepsFor, type RedemptionState, type Reward } from './reward.ts';
import {
  dearestOf,
  hadBy,
  lockRedemption,
  moveRedemption,
  openGifts,
  putAway,
  readRedemptions,
  readReward,
  readRewards,
  rewardFigures,
  writeReward,
  type RedemptionRow,
  type RewardFigures,
} from './rewards.store.server.ts';

const SHOWN_GIFTS = 100;
const SHOWN_REDEMPTIONS = 50;
const NO_FIGURES: RewardFigures = { redeemed: 0, spent: 0n, used: 0 };

export type ShownRedemption = RedemptionRow & { readonly state: RedemptionState };
const shown = (row: RedemptionRow, now: Date): ShownRedemption => ({ ...row, state: stateOf(row, row.use, now) });

export type RewardsPage = {
  readonly hasProgramme: boolean;
  readonly rewards: readonly (Reward & RewardFigures)[];
  /** Gifts that wait for staff, the oldest first; at most 100. */
  readonly gifts: readonly ShownRedemption[];
};

/** The rewards of a shop with what came of them. */
export async function rewardsPage(scope: ShopScope): Promise<RewardsPage> {
  const { id: shopId } = scope.shop;
  return scope.db.forShop(shopId, async (tx) => {
    const figures = await rewardFigures(tx, shopId);
    const now = scope.clock.now();
    return {
      hasProgramme: (await readProgrammes(tx, shopId)).length > 0,
      rewards: (await readRewards(tx, shopId)).map((reward) => ({ ...reward, ...(figures.get(reward.id) ?? NO_FIGURES) })),
      gifts: (await openGifts(tx, shopId, SHOWN_GIFTS)).map((row) => shown(row, now)),
    };
  });
}

/** Makes a reward, or changes one; what was redeemed keeps its terms. @returns its number, or what is wrong by field. */
export async function saveReward(
  scope: ShopScope,
  { id, form }: { readonly id: number | null; readonly form: RewardForm },
): Promise<Ok<number> | Invalid> {
  const { shop } = scope;
  const { reward, problems } = rewardOf(form, shop);
  if (Object.keys(problems).length > 0) return invalid(problems);
  return scope.db.forShop(shop.id, async (tx): Promise<Ok<number> | Invalid> => {
    const { value } = reward.terms;
    if (value.kind === 'product' && (await dearestOf(tx, shop.id, value.productId)) === null)
      return invalid({ productId: 'rewards.error.product' });
    const before = id === null ? null : await readReward(tx, shop.id, id);
    const saved = await writeReward(tx, shop.id, { id, reward, now: scope.clock.now() });
    if (saved === null) return invalid({ title: 'rewards.error.gone' });
    await writeAudit(tx, scope, {
      action: 'loyalty.reward.saved',
      subject: `reward/${saved}`,
      before: before && { points: before.points, terms: storedTerms(before.terms) },
      after: { points: reward.points, terms: storedTerms(reward.terms) },
    });
    return ok(saved);
  });
}

/** Puts a reward away, or takes it out again. @returns false where there is none. */
export async function switchReward(scope: ShopScope, { id, active }: { readonly id: number; readonly active: boolean }): Promise<boolean> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const done = await putAway(tx, scope.shop.id, { id, active });
    if (done) await writeAudit(tx, scope, { action: 'loyalty.reward.switched', subject: `reward/${id}`, after: { active } });
    return done;
  });
}

export type CustomerRewards = {
  readonly available: bigint;
  /** `steps`: how many of it the points bear now; 0: none. */
  readonly choices: readonly (Reward & { readonly steps: number })[];
  readonly redemptions: readonly ShownRedemption[];
};

/** What a customer may redeem now, and what was redeemed. */
export async function rewardsOf(scope: ShopScope, customerId: bigint): Promise<CustomerRewards> {
  const { id: shopId } = scope.shop;
  return scope.db.forShop(shopId, async (tx) => {
    const { available } = await readBalance(tx, shopId, customerId);
    const had = await hadBy(tx, shopId, customerId);
    const now = scope.clock.now();
    return {
      available,
      choices: (await readRewards(tx, shopId))
        .filter(({ active }) => active)
        .map((reward) => ({ ...reward, steps: stepsFor(reward, { available, had: had.get(reward.id) ?? 0 }) })),
      redemptions: (await readRedemptions(tx, shopId, { customerId, limit: SHOWN_REDEMPTIONS })).map((row) => shown(row, now)),
    };
  });
}

/**
 * Cancels what was redeemed and came to nothing yet: a code is switched off at the store first, then its points come back; a
 * gift's come back at once. @returns false where it is used, credited or handed over, or gone.
 */
export async function cancelRedemption(
  scope: ShopScope,
  { id, customerId }: { readonly id: bigint; readonly customerId: bigint },
): Promise<boolean> {
  const { shop } = scope;
  const now = scope.clock.now();
  const done = await scope.db.forShop(shop.id, async (tx): Promise<boolean> => {
    // The books before the redemption, as everywhere: two ways never wait for each other in a circle.
    await reviewPoints(tx, { shop, customerIds: [customerId], now });
    const redemption = await lockRedemption(tx, shop.id, id);
    if (!redemption || redemption.customerId !== customerId) return false;
    const state = stateOf(redemption, redemption.use, now);
    if (state === 'ready' && redemption.discountGid !== null) {
      await moveRedemption(tx, shop.id, { id, from: ['ready'], to: 'cancelling' });
      const payload = { redemptionId: String(id), customerId: String(customerId), gid: redemption.discountGid };
      await enqueueOutbox(tx, shop.id, [
        {
          kind: CANCEL_KIND,
          entity: `customer/${customerId}/redemption/${id}`,
          idempotencyKey: `redemption/${id}/cancel/${now.getTime()}`,
          payload,
        },
      ]);
    } else if (state === 'open') await moveRedemption(tx, shop.id, { id, from: ['open'], to: 'cancelled', backAt: now });
    else return false;
    await reviewPoints(tx, { shop, customerIds: [customerId], now });
    await writeAudit(tx, scope, {
      action: 'loyalty.reward.cancelled',
      subject: `customer/${customerId}`,
      after: { redemption: String(id) },
    });
    return true;
  });
  if (done) await scope.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return done;
}

/** Notes that a gift was handed over. @returns false where it was already, or was cancelled. */
export async function handOverGift(scope: ShopScope, id: bigint): Promise<boolean> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const customerId = await moveRedemption(tx, scope.shop.id, { id, from: ['open'], to: 'done' });
    if (customerId === null) return false;
    await writeAudit(tx, scope, {
      action: 'loyalty.gift.handed-over',
      subject: `customer/${customerId}`,
      after: { redemption: String(id) },
    });
    return true;
  });
}
