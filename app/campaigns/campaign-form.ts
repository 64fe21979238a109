import { addDays, parseDay, startOfDay } from '../core/calendar.ts';
import { amountOf } from '../core/money.ts';
import type { CampaignDraft, Offer } from './campaign.ts';

/** What a person typed, by field; tiers are those that were ticked. */
export type CampaignForm = Readonly<
  Record<'name' | 'lastOrder' | 'days' | 'least' | 'most' | 'kind' | 'value' | 'minimum' | 'startsAt' | 'endsAt', string>
> & { readonly consent: boolean; readonly tiers: readonly string[] };
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
  const minimum = form.minimum.trim() === '' ? null : amountOf(form.minimum, shop.currency);
  if (form.minimum.trim() !== '' && minimum === null) problems['minimum'] = 'campaigns.error.money';
  const offer = { value: valueOf(form, shop, problems), minimum: minimum === null ? null : String(minimum) };
  return { draft: { name: form.name, offer, startsAt: dayAt('startsAt', 0), endsAt: dayAt('endsAt', 1) }, problems };
}

function valueOf(form: CampaignForm, shop: Shop, problems: Problems): Offer['value'] {
  if (form.kind === 'amount') {
    const amount = amountOf(form.value, shop.currency);
    if (amount === null || amount === 0n) problems['value'] = 'campaigns.error.amount';
    return { kind: 'amount', amount: String(amount ?? 0n) };
  }
  const percent = /^\d{1,3}$/.test(form.value.trim()) ? Number(form.value) : 0;
  if (percent < 1 || percent > 100) problems['value'] = 'campaigns.error.offer';
  return { kind: 'percent', percent };
}
