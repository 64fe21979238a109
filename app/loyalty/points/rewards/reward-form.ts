import { amountOf, toDecimal } from '../../../core/money.ts';
import { REWARD_KINDS, type Reward, type RewardTerms, type RewardValue } from './reward.ts';

/** What a person typed of a reward. */
export type RewardForm = Readonly<
  Record<'title' | 'points' | 'kind' | 'amount' | 'percent' | 'productId' | 'minimum' | 'codeDays' | 'mostEach', string>
> &
  Readonly<Record<'sliding' | 'unused' | 'cancelled' | 'combines', boolean>>;

type Problems = Record<string, string>;
type Limits = { readonly least: number; readonly most: number };

const MOST_POINTS = 1_000_000;

function whole(text: string, field: string, of: Limits & { problems: Problems }): number {
  const number = /^\d{1,7}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= of.least && number <= of.most) return number;
  of.problems[field] = 'rewards.error.number';
  return of.least;
}

const wholeOrNone = (text: string, field: string, of: Limits & { problems: Problems }): number | null =>
  text.trim() === '' ? null : whole(text, field, of);

function moneyOf(text: string, field: string, of: { currency: string; problems: Problems }): bigint {
  const amount = amountOf(text, of.currency);
  if (amount !== null && amount > 0n) return amount;
  of.problems[field] = 'rewards.error.amount';
  return 1n;
}

function valueOf(form: RewardForm, of: { currency: string; problems: Problems }): RewardValue {
  const kind = REWARD_KINDS.find((each) => each === form.kind) ?? 'amount';
  switch (kind) {
    case 'amount':
    case 'credit':
      return { kind, amount: moneyOf(form.amount, 'amount', of) };
    case 'percent':
      return { kind, percent: whole(form.percent, 'percent', { least: 1, most: 100, problems: of.problems }) };
    case 'product':
      if (!/^\d{1,18}$/.test(form.productId)) of.problems['productId'] = 'rewards.error.product';
      return { kind, productId: form.productId };
    case 'shipping':
    case 'gift':
      return { kind };
  }
}

/** What a form says, with what is wrong by field. */
export function rewardOf(
  form: RewardForm,
  { currency }: { readonly currency: string },
): { readonly reward: Pick<Reward, 'title' | 'points' | 'terms'>; readonly problems: Problems } {
  const problems: Problems = {};
  const title = form.title.trim();
  if (title === '' || title.length > 100) problems['title'] = 'rewards.error.title';
  const value = valueOf(form, { currency, problems });
  const hasCode = value.kind !== 'credit' && value.kind !== 'gift';
  const terms: RewardTerms = {
    value,
    sliding: form.sliding && 'amount' in value,
    minimum: form.minimum.trim() === '' || !hasCode ? null : moneyOf(form.minimum, 'minimum', { currency, problems }),
    codeDays: hasCode ? wholeOrNone(form.codeDays, 'codeDays', { least: 1, most: 3_650, problems }) : null,
    givesBack: { unused: form.unused, cancelled: form.cancelled },
    mostEach: wholeOrNone(form.mostEach, 'mostEach', { least: 1, most: 10_000, problems }),
    combines: form.combines,
  };
  return { reward: { title, points: whole(form.points, 'points', { least: 1, most: MOST_POINTS, problems }), terms }, problems };
}

/** A reward as a form shows it; an empty form without. */
export function typedReward(
  reward: Pick<Reward, 'title' | 'points' | 'terms'> | null,
  { currency }: { readonly currency: string },
): RewardForm {
  if (reward === null) return EMPTY;
  const { title, points, terms } = reward;
  const { value, minimum, codeDays, mostEach, givesBack, sliding, combines } = terms;
  return {
    title,
    points: String(points),
    kind: value.kind,
    amount: 'amount' in value ? toDecimal(value.amount, currency) : '',
    percent: value.kind === 'percent' ? String(value.percent) : '',
    productId: value.kind === 'product' ? value.productId : '',
    minimum: minimum === null ? '' : toDecimal(minimum, currency),
    codeDays: codeDays === null ? '' : String(codeDays),
    mostEach: mostEach === null ? '' : String(mostEach),
    sliding,
    unused: givesBack.unused,
    cancelled: givesBack.cancelled,
    combines,
  };
}

const EMPTY: RewardForm = {
  title: '',
  points: '',
  kind: 'amount',
  amount: '',
  percent: '',
  productId: '',
  minimum: '',
  codeDays: '90',
  mostEach: '',
  sliding: false,
  unused: true,
  cancelled: true,
  combines: false,
};
