import { writeAudit } from '../../audit/index.server.ts';
import { addDays, parseDay, startOfDay, type Day } from '../../core/calendar.ts';
import { invalid, ok, type Invalid, type Ok } from '../../core/result.ts';
import type { ShopScope } from '../../platform/context.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { sendOutboxJob } from '../../shopify/index.server.ts';
import { loyaltyLock } from '../loyalty.store.server.ts';
import { redactedOf } from '../points/points.store.server.ts';
import { reviewPoints } from '../points/review-points.server.ts';
import { reviewIn } from '../review-members.server.ts';
import { addGrant, readTiers, revokeGrant } from './tiers.store.server.ts';

function dayOrNull(text: string): Day | null {
  try {
    return parseDay(text.trim());
  } catch {
    return null;
  }
}

/** The end of a given tier: the end of the last day on which it holds; null for no end. */
function endOf(text: string, { now, timezone }: { now: Date; timezone: string }): { until: Date | null } | { problem: string } {
  if (text.trim() === '') return { until: null };
  const day = dayOrNull(text);
  if (day === null) return { problem: 'tiers.error.day' };
  const until = startOfDay(addDays(day, 1), timezone);
  return until > now ? { until } : { problem: 'tiers.error.past' };
}

async function reviewNow(tx: ShopTx, scope: ShopScope, { customerId, now }: { customerId: bigint; now: Date }): Promise<void> {
  const { shop } = scope;
  await reviewPoints(tx, { shop, customerIds: [customerId], now });
  await reviewIn(tx, { shop, now, customerIds: [customerId], cause: 'manual' });
}

/** Gives a customer a tier, to the end of a day or without an end, for a reason that staff write. @returns what is wrong by field. */
export async function giveTier(
  scope: ShopScope,
  wanted: { readonly customerId: bigint; readonly tierId: string; readonly until: string; readonly reason: string },
): Promise<Ok<null> | Invalid> {
  const { shop } = scope;
  const { customerId } = wanted;
  const now = scope.clock.now();
  const reason = wanted.reason.trim();
  const end = endOf(wanted.until, { now, timezone: shop.timezone });
  const outcome = await scope.db.forShop(shop.id, async (tx): Promise<Ok<null> | Invalid> => {
    await loyaltyLock(tx, shop.id);
    const tier = (await readTiers(tx, shop.id)).find(({ id }) => String(id) === wanted.tierId);
    const isGone = (await redactedOf(tx, shop.id, [customerId])).size > 0;
    const fields = {
      ...(tier ? {} : { tier: 'tiers.error.tier' }),
      ...(isGone ? { tier: 'tiers.error.gone' } : {}),
      ...('problem' in end ? { until: end.problem } : {}),
      ...(reason === '' || reason.length > 500 ? { reason: 'points.error.reason' } : {}),
    };
    if (!tier || 'problem' in end || Object.keys(fields).length > 0) return invalid(fields);
    const staffId = scope.actor?.kind === 'staff' ? scope.actor.id : null;
    await addGrant(tx, shop.id, { customerId, tierId: tier.id, from: now, until: end.until, reason, staffId });
    await writeAudit(tx, scope, {
      action: 'loyalty.tier.given',
      subject: `customer/${customerId}`,
      after: { tier: tier.name, until: end.until },
    });
    await reviewNow(tx, scope, { customerId, now });
    return ok(null);
  });
  if (outcome.kind === 'ok') await scope.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return outcome;
}

/** Takes back a tier that staff gave. @returns `gone` where it had ended. */
export async function takeTierBack(
  scope: ShopScope,
  { customerId, grantId }: { readonly customerId: bigint; readonly grantId: bigint },
): Promise<Ok<null> | { readonly kind: 'gone' }> {
  const { shop } = scope;
  const now = scope.clock.now();
  const done = await scope.db.forShop(shop.id, async (tx) => {
    await loyaltyLock(tx, shop.id);
    if (!(await revokeGrant(tx, shop.id, { customerId, id: grantId, now }))) return false;
    await writeAudit(tx, scope, { action: 'loyalty.tier.taken-back', subject: `customer/${customerId}`, before: { grant: grantId } });
    await reviewNow(tx, scope, { customerId, now });
    return true;
  });
  if (!done) return { kind: 'gone' };
  await scope.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return ok(null);
}
