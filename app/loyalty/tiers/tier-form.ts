import { amountOf, toDecimal } from '../../core/money.ts';
import { NO_PERKS, type Perks, type Tier, type TierDraft } from '../tier.ts';
import { BASES, type Basis, type TierRules, type Window } from './tier-rules.ts';

/** A tier as the form holds it, as typed. `id`: empty for a new one. */
export type TypedTier = {
  readonly id: string;
  readonly name: string;
  readonly threshold: string;
  /** Nobody reaches it: staff give it. */
  readonly invited: boolean;
  readonly times: string;
  readonly discountPercent: string;
  readonly earlyTag: string;
  readonly birthdayPoints: string;
  readonly freeShipping: boolean;
};
export type TierForm = {
  readonly basis: string;
  readonly window: string;
  readonly months: string;
  readonly graceDays: string;
  readonly fall: string;
  readonly tags: boolean;
  readonly flow: boolean;
  readonly tiers: readonly TypedTier[];
};

type ShopOf = { readonly currency: string };
type Problems = Record<string, string>;

const whole = (text: string): number => (/^\d{1,7}$/.test(text.trim()) ? Number(text) : -1);
/** A whole number, or nothing typed for what stands where nothing is said. */
const wholeOr = (text: string, plain: number): number => (text.trim() === '' ? plain : whole(text));

/** "1.5" in hundredths; -1 for what is none. */
function timesOf(text: string): number {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return NO_PERKS.times;
  return /^\d{1,3}(?:\.\d{1,2})?$/.test(typed) ? Math.round(Number(typed) * 100) : -1;
}

function windowOf({ window, months }: TierForm): Window {
  if (window === 'year' || window === 'lifetime') return { kind: window };
  return { kind: 'rolling', months: whole(months) };
}

function perksOf({ times, freeShipping, discountPercent, earlyTag, birthdayPoints }: TypedTier): Perks {
  return {
    times: timesOf(times),
    freeShipping,
    discountPercent: wholeOr(discountPercent, 0),
    earlyTag: earlyTag.trim() === '' ? null : earlyTag.trim(),
    birthdayPoints: wholeOr(birthdayPoints, 0),
  };
}

/** A threshold in what is counted: money in minor units, points and orders as they are. */
function thresholdOf(text: string, basis: Basis, { currency }: ShopOf): bigint | null {
  if (basis === 'spend') return amountOf(text, currency);
  return /^\d{1,12}$/.test(text.trim()) ? BigInt(text.trim()) : null;
}

/** Rules and tiers of a form, with what could not be read by field; the rest is for `tierProblems` and `ruleProblems` to say. */
export function readTyped(
  form: TierForm,
  shop: ShopOf,
): { readonly rules: TierRules; readonly drafts: TierDraft[]; readonly problems: Problems } {
  const basis = BASES.find((each) => each === form.basis) ?? 'spend';
  const problems: Problems = {};
  const drafts = form.tiers.map((typed, index): TierDraft => {
    const threshold = typed.invited ? null : thresholdOf(typed.threshold, basis, shop);
    if (!typed.invited && threshold === null)
      problems[`tiers.${index}.threshold`] = basis === 'spend' ? 'loyalty.error.amount' : 'tiers.error.whole';
    return { id: whole(typed.id) > 0 ? Number(typed.id) : null, name: typed.name, threshold, perks: perksOf(typed) };
  });
  const rules: TierRules = {
    basis,
    window: windowOf(form),
    graceDays: wholeOr(form.graceDays, 0),
    fall: form.fall === 'step' ? 'step' : 'fit',
    tags: form.tags,
    flow: form.flow,
  };
  return { rules, drafts, problems };
}

/** Rules and tiers as a form shows them. */
export function typedTiers(rules: TierRules, tiers: readonly Tier[], { currency }: ShopOf): TierForm {
  const { basis, window, graceDays, fall, tags, flow } = rules;
  const shown = (count: number, plain: number): string => (count === plain ? '' : String(count));
  return {
    basis,
    window: window.kind,
    months: window.kind === 'rolling' ? String(window.months) : '12',
    graceDays: String(graceDays),
    fall,
    tags,
    flow,
    tiers: tiers.map(({ id, name, threshold, perks }) => ({
      id: String(id),
      name,
      threshold: threshold === null ? '' : basis === 'spend' ? toDecimal(threshold, currency) : String(threshold),
      invited: threshold === null,
      times: perks.times === NO_PERKS.times ? '' : String(perks.times / 100),
      discountPercent: shown(perks.discountPercent, 0),
      earlyTag: perks.earlyTag ?? '',
      birthdayPoints: shown(perks.birthdayPoints, 0),
      freeShipping: perks.freeShipping,
    })),
  };
}

export const EMPTY_TIER: TypedTier = {
  id: '',
  name: '',
  threshold: '',
  invited: false,
  times: '',
  discountPercent: '',
  earlyTag: '',
  birthdayPoints: '',
  freeShipping: false,
};
