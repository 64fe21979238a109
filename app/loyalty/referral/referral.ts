import { amountOf, toDecimal } from '../../core/money.ts';

/** What is promised. Money in minor units of the shop's currency. */
export type ReferralTerms = {
  /** Off the friend's first order. */
  readonly friend: { readonly kind: 'percent'; readonly percent: number } | { readonly kind: 'amount'; readonly amount: bigint };
  readonly referrerPoints: number;
  readonly friendPoints: number;
  /** From the order until the points are available: the return window. */
  readonly days: number;
  /** What has to be left of the order. */
  readonly minimum: bigint;
};

/** Why a referral is held for staff: what the two share, a circle, or friends of one referrer who look like each other. */
export type HeldFor = 'mailbox' | 'phone' | 'address' | 'name' | 'card' | 'browser' | 'circle' | 'ring' | 'self';

export type ReferralForm = Readonly<
  Record<'kind' | 'percent' | 'amount' | 'referrerPoints' | 'friendPoints' | 'days' | 'minimum', string>
> & { readonly active: boolean };

type Problems = Record<string, string>;
const MOST_POINTS = 1_000_000;

function whole(text: string, field: string, of: { least: number; most: number; problems: Problems }): number {
  const number = /^\d{1,7}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= of.least && number <= of.most) return number;
  of.problems[field] = 'referral.error.number';
  return of.least;
}

/** What a form says, with what is wrong by field. */
export function termsOf(
  form: ReferralForm,
  { currency }: { readonly currency: string },
): { readonly terms: ReferralTerms; readonly problems: Problems } {
  const problems: Problems = {};
  const points = { least: 0, most: MOST_POINTS, problems };
  const money = (field: 'amount' | 'minimum', least: bigint): bigint => {
    const amount = form[field].trim() === '' && least === 0n ? 0n : amountOf(form[field], currency);
    if (amount !== null && amount >= least) return amount;
    problems[field] = 'referral.error.amount';
    return least;
  };
  const terms: ReferralTerms = {
    friend:
      form.kind === 'amount'
        ? { kind: 'amount', amount: money('amount', 1n) }
        : { kind: 'percent', percent: whole(form.percent, 'percent', { least: 1, most: 100, problems }) },
    referrerPoints: whole(form.referrerPoints || '0', 'referrerPoints', points),
    friendPoints: whole(form.friendPoints || '0', 'friendPoints', points),
    days: whole(form.days || '0', 'days', { least: 0, most: 365, problems }),
    minimum: money('minimum', 0n),
  };
  return { terms, problems };
}

/** Terms as a form shows them; a first proposal without. */
export function typedReferral(
  settings: { readonly active: boolean; readonly terms: ReferralTerms } | null,
  { currency }: { readonly currency: string },
): ReferralForm {
  if (settings === null) return PROPOSED;
  const { friend, referrerPoints, friendPoints, days, minimum } = settings.terms;
  return {
    active: settings.active,
    kind: friend.kind,
    percent: friend.kind === 'percent' ? String(friend.percent) : '',
    amount: friend.kind === 'amount' ? toDecimal(friend.amount, currency) : '',
    referrerPoints: String(referrerPoints),
    friendPoints: String(friendPoints),
    days: String(days),
    minimum: minimum === 0n ? '' : toDecimal(minimum, currency),
  };
}

const PROPOSED: ReferralForm = {
  active: true,
  kind: 'percent',
  percent: '10',
  amount: '',
  referrerPoints: '200',
  friendPoints: '0',
  days: '30',
  minimum: '',
};

/** A referral's order as it stands now. */
export type ReferredOrder = {
  readonly at: Date;
  readonly cancelledAt: Date | null;
  /** Net of returns, minor units. */
  readonly net: bigint;
  readonly refundedAt: Date | null;
};

/** When an order stopped being worth the points; null while it is. */
export function lostAt({ at, cancelledAt, net, refundedAt }: ReferredOrder, minimum: bigint): Date | null {
  if (cancelledAt) return cancelledAt;
  return net < minimum || net <= 0n ? (refundedAt ?? at) : null;
}
