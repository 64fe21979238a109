import { writeAudit } from '../../audit/index.server.ts';
import { newCode } from '../../campaigns/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../../core/result.ts';
import { accountsLike } from '../../identity/index.server.ts';
import type { Platform, ShopRef, ShopScope } from '../../platform/context.server.ts';
import { customersByIds, nameOf } from '../../record/index.server.ts';
import { enqueueOutbox, sendOutboxJob } from '../../shopify/index.server.ts';
import { reviewPoints } from '../points/review-points.server.ts';
import { DISCOUNT_KIND, sendCode } from './referral-outbox.server.ts';
import { storedReferral } from './referral-rules.ts';
import { termsOf, type HeldFor, type ReferralForm, type ReferralTerms } from './referral.ts';
import {
  addMemberCode,
  codeOfMember,
  moveReferral,
  newReferrals,
  readReferrals,
  readReferralSettings,
  referralsOfMember,
  writeReferralSettings,
  type ReferralCodeRow,
  type ReferralRow,
} from './referral.store.server.ts';

const SHOWN = 100;
const BATCH = 100;
/** What the store's discount is called, for staff there. */
const TITLE = 'Refer a friend';

export type NamedReferral = ReferralRow & { readonly friend: string | null; readonly referrer: string | null };
export type ReferralPage = {
  readonly settings: { readonly active: boolean; readonly terms: ReferralTerms } | null;
  /** What the store said against the discount. */
  readonly error: string | null;
  /** The latest hundred, those that staff should look at first. */
  readonly referrals: readonly NamedReferral[];
};

async function named(scope: ShopScope, rows: readonly ReferralRow[]): Promise<NamedReferral[]> {
  const ids = [...new Set(rows.flatMap(({ friendId, referrerId }) => [friendId, referrerId]))];
  const names = new Map((await customersByIds(scope, ids)).map((row) => [row.id, nameOf(row) ?? row.email]));
  return rows.map((row) => ({ ...row, friend: names.get(row.friendId) ?? null, referrer: names.get(row.referrerId) ?? null }));
}

/** What is promised for friends, and who brought whom. */
export async function referralPage(scope: ShopScope): Promise<ReferralPage> {
  const { id: shopId } = scope.shop;
  const { settings, rows } = await scope.db.forShop(shopId, async (tx) => ({
    settings: await readReferralSettings(tx, shopId),
    rows: await readReferrals(tx, shopId, SHOWN),
  }));
  return { settings, error: settings?.error ?? null, referrals: await named(scope, rows) };
}

/** Saves what is promised, and brings the store's discount to it. What was noted before keeps its promise. */
export async function saveReferral(scope: ShopScope, form: ReferralForm): Promise<Ok<null> | Invalid> {
  const { shop } = scope;
  const { terms, problems } = termsOf(form, shop);
  if (Object.keys(problems).length > 0) return invalid(problems);
  await scope.db.forShop(shop.id, async (tx) => {
    const before = await readReferralSettings(tx, shop.id);
    const saved = await writeReferralSettings(tx, shop.id, { active: form.active, terms, houseCode: newCode() });
    const { friend } = terms;
    const value =
      friend.kind === 'amount' ? { kind: 'amount', amount: String(friend.amount) } : { kind: 'percent', percent: friend.percent };
    const offer = { value, minimum: terms.minimum === 0n ? null : String(terms.minimum), items: { kind: 'all' } };
    await enqueueOutbox(tx, shop.id, [
      {
        kind: DISCOUNT_KIND,
        entity: 'referral',
        idempotencyKey: `referral/${saved.version}`,
        payload: { title: TITLE, code: saved.houseCode, offer, active: form.active, startsAt: scope.clock.now().toISOString() },
      },
    ]);
    await writeAudit(tx, scope, {
      action: 'loyalty.referral.saved',
      before: before && { active: before.active, terms: storedReferral(before.terms) },
      after: { active: form.active, terms: storedReferral(terms) },
    });
  });
  await scope.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return ok(null);
}

export type MemberReferral = {
  /** Whether friends are asked for at all. */
  readonly active: boolean;
  readonly code: (ReferralCodeRow & { readonly link: string }) | null;
  readonly referrals: readonly NamedReferral[];
};

/** A member's code and link, whom they brought, and who brought them. */
export async function referralOf(scope: ShopScope, customerId: bigint): Promise<MemberReferral> {
  const { shop } = scope;
  const { settings, code, rows } = await scope.db.forShop(shop.id, async (tx) => ({
    settings: await readReferralSettings(tx, shop.id),
    code: await codeOfMember(tx, shop.id, customerId),
    rows: await referralsOfMember(tx, shop.id, customerId),
  }));
  return {
    active: settings?.active ?? false,
    code: code && { ...code, link: `https://${shop.domain}/discount/${encodeURIComponent(code.code)}` },
    referrals: await named(scope, rows),
  };
}

/** Makes a member's code for friends, unless there is one. @returns false where friends are not asked for, or nobody is there. */
export async function makeReferralCode(scope: ShopScope, customerId: bigint): Promise<boolean> {
  const { shop } = scope;
  const isThere = (await customersByIds(scope, [customerId])).length > 0;
  const made = await scope.db.forShop(shop.id, async (tx) => {
    const settings = await readReferralSettings(tx, shop.id);
    if (!settings?.active || !isThere) return false;
    const gid = settings.discountGid;
    const code = newCode();
    const status = gid === null ? 'waiting' : 'making';
    const isNew = await addMemberCode(tx, shop.id, { customerId, code, status, now: scope.clock.now() });
    if (isNew && gid !== null) await sendCode(tx, shop.id, { gid, codes: [{ customerId, code }] });
    return true;
  });
  if (made) await scope.queue.enqueue(sendOutboxJob, { shopId: shop.id }, { key: String(shop.id) });
  return made;
}

/** Staff decide on a referral that is held, or take back one that counts. @returns false where it stands otherwise by now. */
export async function decideReferral(
  scope: ShopScope,
  { friendId, counts }: { readonly friendId: bigint; readonly counts: boolean },
): Promise<boolean> {
  const { shop } = scope;
  return scope.db.forShop(shop.id, async (tx) => {
    const staffId = scope.actor?.kind === 'staff' ? scope.actor.id : null;
    const from = counts ? ['held', 'refused'] : ['held', 'counts'];
    const moved = await moveReferral(tx, shop.id, { friendId, from, to: counts ? 'counts' : 'refused', staffId });
    if (!moved) return false;
    await reviewPoints(tx, { shop, customerIds: [moved.friendId, moved.referrerId], now: scope.clock.now() });
    await writeAudit(tx, scope, {
      action: 'loyalty.referral.decided',
      subject: `customer/${friendId}`,
      after: { counts, referrer: String(moved.referrerId) },
    });
    return true;
  });
}

/** Judges what was noted: who looks like one person is held for staff, all else counts and is booked. @returns how many were judged. */
export async function judgeReferrals(platform: Platform, shop: ShopRef): Promise<number> {
  const scope = { ...platform, shop };
  let judged = 0;
  for (;;) {
    const noted = await platform.db.forShop(shop.id, (tx) => newReferrals(tx, shop.id, BATCH));
    for (const { friendId, referrerId, others, circle } of noted) {
      const like = await accountsLike(scope, friendId);
      const signals: HeldFor[] = [
        ...(like.find(({ customerId }) => customerId === referrerId)?.signals ?? []),
        ...(like.some(({ customerId }) => others.includes(customerId)) ? (['ring'] as const) : []),
        ...(circle ? (['circle'] as const) : []),
      ];
      const to = signals.length > 0 ? 'held' : 'counts';
      await platform.db.forShop(shop.id, async (tx) => {
        const moved = await moveReferral(tx, shop.id, { friendId, from: ['new'], to, signals });
        if (moved && to === 'counts') await reviewPoints(tx, { shop, customerIds: [friendId, referrerId], now: platform.clock.now() });
      });
    }
    judged += noted.length;
    if (noted.length < BATCH) return judged;
  }
}
