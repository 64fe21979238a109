import { addDays, parseDay, startOfDay } from '../core/calendar.ts';
import { amountOf } from '../core/money.ts';
import type { Budget } from './budget.ts';
import type { CampaignDraft, MailTexts } from './campaign.ts';
import { MOST_PRODUCTS, MOST_QUANTITY, type Offer } from './offer.ts';

/** What a person typed of an offer; `given`: the ids of products that come along, with commas between. */
export type OfferForm = Readonly<Record<'kind' | 'value' | 'minimum' | 'pieces' | 'buys' | 'gets' | 'given', string>>;
/** Kinds of other discounts that the codes may stand beside. */
export const COMBINES = ['order', 'product', 'shipping'] as const;
/** What a person typed, by field; tiers are those that were ticked, products (ids) those that were picked. */
export type CampaignForm = Readonly<
  Record<
    'name' | 'segment' | 'lastOrder' | 'days' | 'least' | 'most' | 'holdOut' | 'startsAt' | 'endsAt' | 'word' | 'budgetKind' | 'budget',
    string
  >
> & {
  readonly combines: readonly string[];
  /** The texts of the mail, by language; none: no mail. */
  readonly mail: readonly MailTexts[];
  /** Handed to Shopify Flow instead. */
  readonly flow?: boolean;
  /** How many waves and days between them; without waves everybody at once. */
  readonly inWaves?: boolean;
  readonly waves?: string;
  readonly waveDays?: string;
  readonly learns?: boolean;
  readonly consent: boolean;
  readonly tiers: readonly string[];
  readonly offers: readonly OfferForm[];
  readonly products: readonly string[];
  /** Instead of products. */
  readonly collections?: readonly string[];
  /** What the merchant agreed to after it was refused once. */
  readonly agreed: readonly Agreed[];
};
/** `below-floor`: with less margin than the floor; `leave-out`: without the products that run out. */
export const AGREED = ['below-floor', 'leave-out'] as const;
export type Agreed = (typeof AGREED)[number];
export type ShopMoney = { readonly currency: string };
type Shop = ShopMoney & { readonly timezone: string };
/** Message keys by field. */
export type Problems = Record<string, string>;

/** Days are the shop's: a campaign starts with its first day and ends with its last. */
export function draftOf(form: CampaignForm, shop: Shop): { draft: Omit<CampaignDraft, 'audience'>; problems: Problems } {
  const problems: Problems = {};
  const dayAt = (field: 'startsAt' | 'endsAt', plus: number): Date | null => {
    if (form[field] === '') return null;
    try {
      return startOfDay(addDays(parseDay(form[field]), plus), shop.timezone);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems[field] = 'campaigns.error.startsAt';
      return null;
    }
  };
  const items = itemsOf(form, problems);
  const [order, product, shipping] = COMBINES.map((kind) => form.combines.includes(kind));
  const combines = { order: order ?? false, product: product ?? false, shipping: shipping ?? false };
  const offers = form.offers.map((offer, at): Offer => {
    const typed = offerOf(offer, { shop, problems, at });
    // Shipping is of a whole order, and two codes for it never stand in one.
    const isShipping = typed.value.kind === 'shipping';
    return { ...typed, items: isShipping ? { kind: 'all' } : items, combines: isShipping ? { ...combines, shipping: false } : combines };
  });
  const holdOut = /^\d{1,2}([.,]\d)?$/.test(form.holdOut.trim()) ? Math.round(Number(form.holdOut.replace(',', '.')) * 100) : null;
  const budget = budgetOf(form, shop, problems);
  const dates = { startsAt: dayAt('startsAt', 0), endsAt: dayAt('endsAt', 1) };
  return {
    draft: {
      name: form.name,
      offers,
      holdOut,
      word: form.word.trim() || null,
      budget,
      mail: form.mail.length > 0 ? form.mail : null,
      flow: form.flow ?? false,
      ...wavesOf(form),
      ...dates,
    },
    problems,
  };
}

function itemsOf({ products, collections = [] }: CampaignForm, problems: Problems): Offer['items'] {
  if (products.length > MOST_PRODUCTS) problems['products'] = 'campaigns.error.products';
  if (collections.length > MOST_PRODUCTS) problems['collections'] = 'offers.error.collections';
  if (collections.length > 0) return { kind: 'collections', ids: [...collections] };
  return products.length === 0 ? { kind: 'all' } : { kind: 'products', ids: [...products] };
}

/** What is no number must not pass for everybody at once. */
function wavesOf({ inWaves = false, waves = '', waveDays = '', learns = false }: CampaignForm) {
  if (!inWaves) return { waves: null, waveDays: null, learns };
  return { waves: wholeOf(waves, 1_000) ?? 0, waveDays: wholeOf(waveDays, 1_000), learns };
}

function budgetOf({ budgetKind, budget }: CampaignForm, shop: Shop, problems: Problems): Budget | null {
  if (budgetKind === 'uses') {
    const most = wholeOf(budget, 10_000_000);
    if (most === null) problems['budget'] = 'offers.error.budget';
    return most === null ? null : { kind: 'uses', most };
  }
  if (budgetKind !== 'money') return null;
  const most = amountOf(budget, shop.currency);
  if (most === null || most === 0n) problems['budget'] = 'offers.error.budget';
  return most === null || most === 0n ? null : { kind: 'money', most: String(most) };
}

/** A whole number from 1 up to a most; null where the text is none. */
function wholeOf(text: string, most: number): number | null {
  const number = /^\d{1,8}$/.test(text.trim()) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : null;
}

type Place = { readonly shop: Shop; readonly problems: Problems; readonly at: number };

/** An offer of the form; what is wrong is put under its place (`offer.0.value`). */
function offerOf(form: OfferForm, place: Place): Omit<Offer, 'items' | 'combines'> {
  const value = valueOf(form, place);
  if (value.kind === 'gets') return { value, minimum: null, pieces: null };
  const minimum = optionalAmount(form, 'minimum', place);
  return { value, minimum, pieces: form.pieces.trim() === '' ? null : quantityOf(form, 'pieces', place) };
}

const VALUES: Readonly<Record<string, (form: OfferForm, place: Place) => Offer['value']>> = {
  amount(form, { shop, problems, at }) {
    const amount = amountOf(form.value, shop.currency);
    if (amount === null || amount === 0n) problems[`offer.${at}.value`] = 'campaigns.error.amount';
    return { kind: 'amount', amount: String(amount ?? 0n) };
  },
  shipping: (form, place) => ({ kind: 'shipping', upTo: optionalAmount(form, 'value', place) }),
  gets(form, place) {
    const ids = form.given.split(',').filter((id) => id !== '');
    if (ids.length === 0) place.problems[`offer.${place.at}.given`] = 'offers.error.given';
    if (ids.length > MOST_PRODUCTS) place.problems[`offer.${place.at}.given`] = 'campaigns.error.products';
    const [buys, gets] = [quantityOf(form, 'buys', place), quantityOf(form, 'gets', place)];
    return { kind: 'gets', buys, gets, ids, percent: percentOf(form, place) };
  },
};

/** A kind that is none counts as the first of the list. */
const valueOf = (form: OfferForm, place: Place): Offer['value'] =>
  VALUES[form.kind]?.(form, place) ?? { kind: 'percent', percent: percentOf(form, place) };

function percentOf({ value }: OfferForm, { problems, at }: Place): number {
  const percent = wholeOf(value, 100);
  if (percent === null) problems[`offer.${at}.value`] = 'campaigns.error.offer';
  return percent ?? 0;
}

function quantityOf(form: OfferForm, field: 'pieces' | 'buys' | 'gets', { problems, at }: Place): number {
  const quantity = wholeOf(form[field], MOST_QUANTITY);
  if (quantity === null) problems[`offer.${at}.${field}`] = 'offers.error.quantity';
  return quantity ?? 1;
}

function optionalAmount(form: OfferForm, field: 'minimum' | 'value', { shop, problems, at }: Place): string | null {
  if (form[field].trim() === '') return null;
  const amount = amountOf(form[field], shop.currency);
  if (amount === null) problems[`offer.${at}.${field}`] = 'campaigns.error.money';
  return amount === null ? null : String(amount);
}
