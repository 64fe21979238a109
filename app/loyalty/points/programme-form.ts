import { addDays, dayOf, parseDay, startOfDay, type Day } from '../../core/calendar.ts';
import { amountOf, toDecimal } from '../../core/money.ts';
import type { BonusDays, EventRule, Expiry, GoodsRule, Rules } from './programme.ts';

export const GOODS_KINDS = ['types', 'tags', 'vendors', 'products'] as const;
export type GoodsKind = (typeof GOODS_KINDS)[number];

/** What a person typed of a programme; rows of goods and days in the order of the form. */
export type ProgrammeForm = Readonly<
  Record<
    'points' | 'per' | 'rounding' | 'discounts' | 'after' | 'days' | 'expiry' | 'months' | 'firstOrder' | 'signUp' | 'mostAMonth' | 'from',
    string
  >
> & {
  readonly tax: boolean;
  readonly shipping: boolean;
  readonly belowZero: boolean;
  readonly goods: readonly { readonly kind: string; readonly names: string; readonly times: string }[];
  readonly bonusDays: readonly { readonly from: string; readonly to: string; readonly times: string }[];
  readonly events: readonly { readonly kind: string; readonly points: string; readonly mostAMonth: string }[];
};

type ShopOf = { readonly currency: string; readonly timezone: string };
type Problems = Record<string, string>;

/** What a kind of event may be called; as app/events takes it. */
export const EVENT_KIND = /^[a-z][a-z0-9-]{0,39}$/;
const MOST_TIMES = 10_000;
const MOST_POINTS = 1_000_000;

function whole(text: string, { least, most }: { least: number; most: number }): number | null {
  const number = /^\d{1,7}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : null;
}

/** "2" or "1.5" in hundredths; null for what is none or over a hundred. */
function timesOf(text: string): number | null {
  const typed = text.trim().replace(',', '.');
  if (!/^\d{1,3}(?:\.\d{1,2})?$/.test(typed)) return null;
  const times = Math.round(Number(typed) * 100);
  return times <= MOST_TIMES ? times : null;
}

function dayOrNull(text: string): Day | null {
  try {
    return parseDay(text.trim());
  } catch {
    return null;
  }
}

const namesOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,\n]/)
      .map((name) => name.trim())
      .filter(Boolean),
  ),
];

function goodsOf(form: ProgrammeForm, problems: Problems): GoodsRule[] {
  return form.goods.flatMap(({ kind, names, times }, at): GoodsRule[] => {
    const [list, by] = [namesOf(names), timesOf(times)];
    if (list.length === 0 && times.trim() === '') return [];
    if (list.length === 0) problems[`goods.${at}.names`] = 'points.error.names';
    if (by === null) problems[`goods.${at}.times`] = 'points.error.times';
    const known = GOODS_KINDS.find((each) => each === kind) ?? 'tags';
    const match = {
      products: [],
      types: [],
      vendors: [],
      tags: [],
      [known]: known === 'products' ? list.map((name) => name.replaceAll(/\D/g, '')) : list,
    };
    return by === null ? [] : [{ match, times: by }];
  });
}

function bonusDaysOf(form: ProgrammeForm, { timezone }: ShopOf, problems: Problems): BonusDays[] {
  return form.bonusDays.flatMap(({ from, to, times }, at): BonusDays[] => {
    if (from.trim() === '' && to.trim() === '' && times.trim() === '') return [];
    const [first, last, by] = [dayOrNull(from), dayOrNull(to), timesOf(times)];
    if (first === null || last === null || last < first) problems[`bonusDays.${at}.from`] = 'points.error.days';
    if (by === null) problems[`bonusDays.${at}.times`] = 'points.error.times';
    return first && last && by !== null
      ? [{ from: startOfDay(first, timezone), to: startOfDay(addDays(last, 1), timezone), times: by }]
      : [];
  });
}

function eventsOf(form: ProgrammeForm, problems: Problems): EventRule[] {
  return form.events.flatMap((row, at): EventRule[] => {
    if (Object.values(row).every((text) => text.trim() === '')) return [];
    const kind = row.kind.trim();
    const [points, most] = [whole(row.points, { least: 1, most: MOST_POINTS }), whole(row.mostAMonth, { least: 1, most: 1_000 })];
    if (!EVENT_KIND.test(kind)) problems[`events.${at}.kind`] = 'points.error.kind';
    if (form.events.findIndex((other) => other.kind.trim() === kind) < at) problems[`events.${at}.kind`] = 'points.error.kindTwice';
    if (points === null) problems[`events.${at}.points`] = 'points.error.number';
    if (most === null && row.mostAMonth.trim() !== '') problems[`events.${at}.mostAMonth`] = 'points.error.number';
    return points === null ? [] : [{ kind, points, mostAMonth: most }];
  });
}

/** A number of a field, or 0 with its problem noted. */
function counted(text: string, field: string, of: { least: number; most: number; problems: Problems }): number {
  const number = whole(text, of);
  if (number === null) of.problems[field] = 'points.error.number';
  return number ?? 0;
}

function expiryOf(form: ProgrammeForm, problems: Problems): Expiry {
  if (form.expiry !== 'age' && form.expiry !== 'activity') return { kind: 'never' };
  return { kind: form.expiry, months: counted(form.months, 'months', { least: 1, most: 120, problems }) };
}

/** From which day on, by the shop's calendar; null for now. */
function fromOf(text: string, { timezone }: ShopOf, problems: Problems): Date | null {
  if (text.trim() === '') return null;
  const day = dayOrNull(text);
  if (day === null) problems['from'] = 'points.error.day';
  return day && startOfDay(day, timezone);
}

function perOf(text: string, { currency }: ShopOf, problems: Problems): bigint {
  const per = amountOf(text, currency);
  if (per !== null && per > 0n) return per;
  problems['per'] = 'points.error.per';
  return 1n;
}

/** The rules and the moment of a form, with what is wrong by field. */
export function rulesOf(
  form: ProgrammeForm,
  shop: ShopOf,
): { readonly rules: Rules; readonly from: Date | null; readonly problems: Problems } {
  const problems: Problems = {};
  const points = { least: 0, most: MOST_POINTS, problems };
  const { rounding, tax, shipping, belowZero } = form;
  const rules: Rules = {
    earn: { points: counted(form.points, 'points', { ...points, least: 1 }), per: perOf(form.per, shop, problems) },
    counts: { tax, shipping, beforeDiscounts: form.discounts === 'before' },
    rounding: rounding === 'up' || rounding === 'nearest' ? rounding : 'down',
    goods: goodsOf(form, problems),
    bonusDays: bonusDaysOf(form, shop, problems),
    events: eventsOf(form, problems),
    firstOrder: counted(form.firstOrder || '0', 'firstOrder', points),
    signUp: counted(form.signUp || '0', 'signUp', points),
    mostAMonth: form.mostAMonth.trim() === '' ? null : counted(form.mostAMonth, 'mostAMonth', { ...points, least: 1 }),
    waiting: {
      after: form.after === 'fulfilment' ? 'fulfilment' : 'order',
      days: counted(form.days || '0', 'days', { ...points, most: 365 }),
    },
    expiry: expiryOf(form, problems),
    belowZero,
  };
  return { rules, from: fromOf(form.from, shop, problems), problems };
}

/** A programme as a form shows it; the first proposal where there is none. */
export function typedOf(programme: Rules | null, { currency, timezone }: ShopOf): ProgrammeForm {
  if (programme === null) return { ...PROPOSED, per: toDecimal(100n, currency) };
  const { earn, counts, rounding, waiting, expiry, firstOrder, signUp, mostAMonth, belowZero } = programme;
  const times = (hundredths: number): string => String(hundredths / 100);
  return {
    points: String(earn.points),
    per: toDecimal(earn.per, currency),
    rounding,
    discounts: counts.beforeDiscounts ? 'before' : 'after',
    after: waiting.after,
    days: String(waiting.days),
    expiry: expiry.kind,
    months: expiry.kind === 'never' ? '' : String(expiry.months),
    firstOrder: String(firstOrder),
    signUp: String(signUp),
    mostAMonth: mostAMonth === null ? '' : String(mostAMonth),
    from: '',
    tax: counts.tax,
    shipping: counts.shipping,
    belowZero,
    goods: programme.goods.map(({ match, times: by }) => {
      const kind = GOODS_KINDS.find((each) => match[each].length > 0) ?? 'tags';
      return { kind, names: match[kind].join(', '), times: times(by) };
    }),
    bonusDays: programme.bonusDays.map(({ from, to, times: by }) => ({
      from: dayOf(from, timezone),
      to: addDays(dayOf(to, timezone), -1),
      times: times(by),
    })),
    events: programme.events.map(({ kind, points, mostAMonth: most }) => ({
      kind,
      points: String(points),
      mostAMonth: most === null ? '' : String(most),
    })),
  };
}

const PROPOSED: ProgrammeForm = {
  points: '1',
  per: '',
  rounding: 'down',
  discounts: 'after',
  after: 'fulfilment',
  days: '14',
  expiry: 'activity',
  months: '12',
  firstOrder: '',
  signUp: '',
  mostAMonth: '',
  from: '',
  tax: false,
  shipping: false,
  belowZero: false,
  goods: [],
  bonusDays: [],
  events: [],
};
