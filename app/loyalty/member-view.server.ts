import type { MemberView, ProgrammeView, RedeemAnswer } from '../../contracts/member-view.ts';
import { dayOf } from '../core/calendar.ts';
import { formatMoney } from '../core/money.ts';
import { createI18n, languageOf, type Language } from '../i18n/i18n.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { readLocale } from './member-view.store.server.ts';
import { pointsOf, type MemberPoints } from './points/points.server.ts';
import { readProgrammes } from './points/points.store.server.ts';
import { CAUSES } from './points/causes.ts';
import { earnWords } from './points/earn-words.ts';
import { programmeAt } from './points/programme.ts';
import { makeReferralCode, referralOf, type MemberReferral } from './referral/referral.server.ts';
import type { RedeemOutcome } from './points/rewards/redeem.server.ts';
import type { RewardTerms } from './points/rewards/reward.ts';
import { rewardsOf } from './points/rewards/rewards.server.ts';
import { tierBoardRules } from './tier-board.server.ts';
import { memberOf, type MemberPage } from './tiers/member.server.ts';
import type { Basis } from './tiers/tier-rules.ts';

const SHOWN = 10;

/** What is said in a language of a shop. */
type Words = {
  readonly t: ReturnType<typeof createI18n>['t'];
  readonly money: (minor: bigint) => string;
  readonly day: (at: Date) => string;
};

function wordsOf({ shop }: ShopScope, language: Language): Words {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: shop.timezone });
  return {
    t: createI18n(language).t,
    money: (minor) => formatMoney(minor, shop.currency, language),
    day: (at) => format.format(at),
  };
}

/** So much of what tiers count. */
const countedOf = (value: bigint, basis: Basis, { t, money }: Words): string =>
  basis === 'spend' ? money(value) : t(`member.counted.${basis}`, { count: Number(value) });

/** The programme in a language, for anybody to read. */
export async function programmeView(scope: ShopScope, language: Language): Promise<ProgrammeView> {
  const words = wordsOf(scope, language);
  const versions = await scope.db.forShop(scope.shop.id, (tx) => readProgrammes(tx, scope.shop.id));
  const programme = programmeAt(versions, scope.clock.now());
  const { tiers, rules } = await tierBoardRules(scope);
  return {
    version: 1,
    language,
    earns: programme ? earnWords(programme, { t: (key, values) => words.t(key, values), money: words.money }) : [],
    tiers: tiers.map(({ name, threshold }) => ({
      name,
      from: threshold === null ? words.t('member.invited') : countedOf(threshold, rules.basis, words),
    })),
  };
}

type Entry = MemberPoints['entries'][number];
const isHeld = (account: Entry['from']): boolean => account === 'pending' || account === 'available';

/** Steps that changed what a member has; points that wait count as much as available ones. */
function changesOf(entries: readonly Entry[]): { entry: Entry; points: number }[] {
  return entries
    .filter(({ from, to }) => isHeld(from) !== isHeld(to))
    .slice(0, SHOWN)
    .map((entry) => ({ entry, points: isHeld(entry.to) ? entry.points : -entry.points }));
}

type Member = NonNullable<MemberView['member']>;

function pointsIn(points: MemberPoints, scope: ShopScope, { t, day }: Words): Member['points'] {
  if (!points.hasProgramme) return null;
  const lots = points.lots.flatMap(({ left, expiresAt }) =>
    expiresAt ? [{ left, expiresAt, on: dayOf(expiresAt, scope.shop.timezone) }] : [],
  );
  const first = lots.toSorted((a, b) => Number(a.expiresAt) - Number(b.expiresAt))[0];
  const count = first ? lots.filter(({ on }) => on === first.on).reduce((sum, { left }) => sum + left, 0) : 0;
  return {
    available: Number(points.available),
    pending: Number(points.pending),
    nextLapse: first ? { points: count, on: first.on, text: t('member.lapse', { count, day: day(first.expiresAt) }) } : null,
  };
}

function progressIn({ value, rules, next }: MemberPage, words: Words): Member['progress'] {
  if (!next) return null;
  const missing = countedOf(next.missing, rules.basis, words);
  // What came back may outweigh what was bought.
  const share = value <= 0n ? 0 : Number((value * 100n) / (value + next.missing));
  return { tier: next.tier.name, missing, share, text: words.t('member.missing', { amount: missing, tier: next.tier.name }) };
}

const worthIn = ({ value, sliding }: RewardTerms, { t, money }: Words): string => {
  const worth = t(`rewards.worth.${value.kind}`, {
    amount: 'amount' in value ? money(value.amount) : '',
    percent: value.kind === 'percent' ? String(value.percent) : '',
  });
  return sliding ? t('rewards.perStep', { worth }) : worth;
};

/** A member's code for friends: made when they first look, where friends are asked for. */
async function codeForFriends(scope: ShopScope, customerId: bigint): Promise<MemberReferral['code']> {
  const { active, code } = await referralOf(scope, customerId);
  if (!active || code || !(await makeReferralCode(scope, customerId))) return code;
  return (await referralOf(scope, customerId)).code;
}

async function rewardsIn(
  scope: ShopScope,
  customerId: bigint,
  words: Words,
): Promise<Pick<Member, 'rewards' | 'redemptions' | 'referral'>> {
  const { choices, redemptions } = await rewardsOf(scope, customerId);
  const code = await codeForFriends(scope, customerId);
  return {
    rewards: choices.map(({ id, title, points, terms, steps }) => ({
      id: String(id),
      title,
      points,
      kind: terms.value.kind,
      affordable: steps > 0,
      steps,
      worth: worthIn(terms, words),
    })),
    redemptions: redemptions.slice(0, SHOWN).map(({ title, code: made, state }) => ({
      title,
      code: state === 'ready' ? made : null,
      state,
      shown: words.t(`rewards.states.${state}`),
    })),
    referral: code && code.status !== 'refused' ? { code: code.code, link: code.status === 'ready' ? code.link : null } : null,
  };
}

/** What a member hears of a redemption that was asked for, in a language. */
export function redeemAnswerOf(outcome: RedeemOutcome, language: Language): RedeemAnswer {
  if (outcome.kind === 'ok') return { kind: 'ok', points: outcome.points };
  return { kind: 'refused', why: outcome.why, text: createI18n(language).t(`member.refused.${outcome.why}`) };
}

/**
 * What a customer may see of their own points and tier, in the language asked for, else the customer's, else English. What
 * staff wrote about an adjustment is not told.
 */
export async function memberView(scope: ShopScope, asked: { customerId: bigint | null; language: Language | null }): Promise<MemberView> {
  const { customerId } = asked;
  const { id: shopId, timezone } = scope.shop;
  if (customerId === null) return { ...(await programmeView(scope, asked.language ?? 'en')), member: null };
  const points = await pointsOf(scope, customerId);
  const changes = changesOf(points.entries);
  const locale = asked.language ?? (await scope.db.forShop(shopId, (tx) => readLocale(tx, shopId, customerId)));
  const language = languageOf(locale);
  const words = wordsOf(scope, language);
  const tier = await memberOf(scope, customerId);
  const reason = (entry: Entry): string => {
    if (entry.cause === 'order' && entry.subject) return words.t('member.causes.orderNamed', { name: entry.subject });
    return words.t(`member.causes.${CAUSES.has(entry.cause) ? entry.cause : 'correction'}`);
  };
  return {
    ...(await programmeView(scope, language)),
    member: {
      customerId: String(customerId),
      points: pointsIn(points, scope, words),
      tier: tier.tier ? { name: tier.tier.name, since: tier.since ? dayOf(tier.since, timezone) : null } : null,
      progress: progressIn(tier, words),
      history: changes.map(({ entry, points: moved }) => ({
        at: entry.at.toISOString(),
        on: dayOf(entry.at, timezone),
        shown: words.day(entry.at),
        points: moved,
        reason: reason(entry),
      })),
      ...(await rewardsIn(scope, customerId, words)),
    },
  };
}
