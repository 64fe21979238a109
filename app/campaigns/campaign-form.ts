import { addDays, parseDay, startOfDay } from '../core/calendar.ts';
import { amountOf } from '../core/money.ts';
import type { CampaignDraft } from './campaign.ts';
import { MOST_PRODUCTS, type Offer } from './offer.ts';

/** What a person typed of an offer. */
export type OfferForm = Readonly<Record<'kind' | 'value' | 'minimum', string>>;
/** What a person typed, by field; tiers are those that were ticked, products (ids) those that were picked. */
export type CampaignForm = Readonly<
  Record<'name' | 'segment' | 'lastOrder' | 'days' | 'least' | 'most' | 'holdOut' | 'startsAt' | 'endsAt', string>
> & {
  readonly consent: boolean;
  readonly tiers: readonly string[];
  readonly offers: readonly OfferForm[];
  readonly products: readonly string[];
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
  const items: Offer['items'] = form.products.length === 0 ? { kind: 'all' } : { kind: 'products', ids: [...form.products] };
  if (form.products.length > MOST_PRODUCTS) problems['products'] = 'campaigns.error.products';
  const offers = form.offers.map((offer, at) => ({ ...offerOf(offer, { shop, problems, at }), items }));
  const holdOut = /^\d{1,2}([.,]\d)?$/.test(form.holdOut.trim()) ? Math.round(Number(form.holdOut.replace(',', '.')) * 100) : null;
  return { draft: { name: form.name, offers, holdOut, startsAt: dayAt('startsAt', 0), endsAt: dayAt('endsAt', 1) }, problems };
}

type Place = { readonly shop: Shop; readonly problems: Problems; readonly at: number };

/** An offer of the form; what is wrong is put under its place (`offer.0.value`). */
function offerOf(form: OfferForm, place: Place): Omit<Offer, 'items'> {
  const minimum = form.minimum.trim() === '' ? null : amountOf(form.minimum, place.shop.currency);
  if (form.minimum.trim() !== '' && minimum === null) place.problems[`offer.${place.at}.minimum`] = 'campaigns.error.money';
  return { value: valueOf(form, place), minimum: minimum === null ? null : String(minimum) };
}

function valueOf(form: OfferForm, { shop, problems, at }: Place): Offer['value'] {
  if (form.kind === 'amount') {
    const amount = amountOf(form.value, shop.currency);
    if (amount === null || amount === 0n) problems[`offer.${at}.value`] = 'campaigns.error.amount';
    return { kind: 'amount', amount: String(amount ?? 0n) };
  }
  const percent = /^\d{1,3}$/.test(form.value.trim()) ? Number(form.value) : 0;
  if (percent < 1 || percent > 100) problems[`offer.${at}.value`] = 'campaigns.error.offer';
  return { kind: 'percent', percent };
}
