import { writeAudit } from '../../../audit/index.server.ts';
import { newCode } from '../../../campaigns/index.server.ts';
import type { ShopScope } from '../../../platform/context.server.ts';
import type { ShopTx } from '../../../platform/db.server.ts';
import { enqueueOutbox, sendOutboxJob } from '../../../shopify/index.server.ts';
import { readBalance, readProgrammes, redactedOf } from '../points.store.server.ts';
import { reviewPoints } from '../review-points.server.ts';
import { CREDIT_KIND, MAKE_KIND, offerFor } from './reward-messages.ts';
import { hasCode, stepsFor, worthOf, type Reward } from './reward.ts';
import { addRedemption, dearestOf, hadBy, readReward, redemptionOfKey } from './rewards.store.server.ts';

const DAY_MS = 86_400_000;

export type WantedRedemption = {
  readonly customerId: bigint;
  readonly rewardId: number;
  /** Of a sliding reward; 1 of others. */
  readonly steps: number;
  /** The caller's: the same key again is the same redemption. */
  readonly key: string;
};
export type RedeemOutcome = { readonly kind: 'ok'; readonly id: bigint; readonly points: number } | Refused;
type Why = 'no-programme' | 'no-reward' | 'gone' | 'too-few' | 'too-often' | 'product';
type Refused = { readonly kind: 'refused'; readonly why: Why };
type Checked = { readonly kind: 'ok'; readonly reward: Reward; readonly steps: number; readonly price: bigint | null };
const refused = (why: Why): Refused => ({ kind: 'refused', why });

/** Exchanges points for a reward. The code comes from the store by and by; should it refuse, the points come back. */
export async function redeemReward(scope: ShopScope, wanted: WantedRedemption): Promise<RedeemOutcome> {
  const outcome = await scope.db.forShop(scope.shop.id, (tx) => redeemIn(tx, scope, wanted));
  if (outcome.kind === 'ok') await scope.queue.enqueue(sendOutboxJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return outcome;
}

async function redeemIn(tx: ShopTx, scope: ShopScope, wanted: WantedRedemption): Promise<RedeemOutcome> {
  const { shop } = scope;
  const { customerId, key } = wanted;
  const now = scope.clock.now();
  const members = { shop, customerIds: [customerId], now };
  if ((await readProgrammes(tx, shop.id)).length === 0) return refused('no-programme');
  if ((await redactedOf(tx, shop.id, [customerId])).size > 0) return refused('gone');
  // Brings the books up to now, and holds the member against other writers to the end.
  await reviewPoints(tx, members);
  const again = await redemptionOfKey(tx, shop.id, { customerId, key });
  if (again !== null) return { kind: 'ok', ...again };
  const checked = await check(tx, shop.id, wanted);
  if (checked.kind === 'refused') return checked;
  const redeemed = await write(tx, scope, { wanted, ...checked, now });
  await reviewPoints(tx, members);
  return { kind: 'ok', ...redeemed };
}

/** Whether a customer may have a reward now, and the price of what is given. */
async function check(tx: ShopTx, shopId: number, wanted: WantedRedemption): Promise<Checked | Refused> {
  const { customerId } = wanted;
  const reward = await readReward(tx, shopId, wanted.rewardId);
  if (!reward?.active) return refused('no-reward');
  const { value, mostEach, sliding } = reward.terms;
  const had = (await hadBy(tx, shopId, customerId)).get(reward.id) ?? 0;
  if (mostEach !== null && had >= mostEach) return refused('too-often');
  const steps = sliding ? wanted.steps : 1;
  const { available } = await readBalance(tx, shopId, customerId);
  if (steps < 1 || steps > stepsFor(reward, { available, had })) return refused('too-few');
  const price = value.kind === 'product' ? await dearestOf(tx, shopId, value.productId) : null;
  return value.kind === 'product' && price === null ? refused('product') : { kind: 'ok', reward, steps, price };
}

type Priced = Omit<Checked, 'kind'> & { readonly wanted: WantedRedemption; readonly now: Date };

/** Writes the redemption with what the store is to be told. */
async function write(tx: ShopTx, scope: ShopScope, { wanted, reward, steps, price, now }: Priced): Promise<{ id: bigint; points: number }> {
  const { shop } = scope;
  const { customerId, key } = wanted;
  const { terms, title } = reward;
  const points = reward.points * steps;
  const worth = worthOf(terms, steps, price);
  const code = hasCode(terms) ? newCode() : null;
  const endsAt = code !== null && terms.codeDays !== null ? new Date(now.getTime() + terms.codeDays * DAY_MS) : null;
  const staffId = scope.actor?.kind === 'staff' ? scope.actor.id : null;
  const status = terms.value.kind === 'gift' ? 'open' : 'making';
  const id = await addRedemption(tx, shop.id, { customerId, reward, key, points, worth, at: now, status, code, endsAt, staffId });
  const common = { redemptionId: String(id), customerId: String(customerId) };
  const message = { entity: `customer/${customerId}/redemption/${id}`, idempotencyKey: `redemption/${id}` };
  if (code !== null) {
    const dates = { startsAt: now.toISOString(), endsAt: endsAt?.toISOString() ?? null };
    const payload = { ...common, code, title, offer: offerFor(terms, worth), ...dates };
    await enqueueOutbox(tx, shop.id, [{ kind: MAKE_KIND, ...message, payload }]);
  } else if (terms.value.kind === 'credit')
    await enqueueOutbox(tx, shop.id, [{ kind: CREDIT_KIND, ...message, payload: { ...common, amount: String(worth ?? 0n) } }]);
  await writeAudit(tx, scope, {
    action: 'loyalty.reward.redeemed',
    subject: `customer/${customerId}`,
    after: { reward: reward.id, points, redemption: String(id) },
  });
  return { id, points };
}
