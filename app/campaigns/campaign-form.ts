import { addDays, parseDay, startOfDay } from '../core/calendar.ts';
import { amountOf } from '../core/money.ts';
import type { AudienceRule, CampaignDraft, Offer } from './campaign.ts';

/** What a person typed, by field; tiers are those that were ticked. */
export type CampaignForm = Readonly<
  Record<'name' | 'lastOrder' | 'days' | 'least' | 'most' | 'kind' | 'value' | 'minimum' | 'startsAt' | 'endsAt', string>
> & { readonly consent: boolean; readonly tiers: readonly string[] };
type Shop = { readonly currency: string; readonly timezone: string };
type Problems = Record<string, string>;

/** The audience of a form, with message keys for fields that say nothing a rule can use. */
export function audienceOf(form: CampaignForm, shop: Shop): { audience: AudienceRule[]; fields: Problems } {
  const fields: Problems = {};
  const audience: AudienceRule[] = [];
  const tierIds = form.tiers.map(Number).filter((id) => Number.isInteger(id));
  if (tierIds.length > 0) audience.push({ code: 'tier', tierIds });
  if (form.lastOrder === 'recent' || form.lastOrder === 'lapsed') {
    const days = /^\d{1,4}$/.test(form.days.trim()) ? Number(form.days) : 0;
    if (days >= 1 && days <= 3_650) audience.push({ code: form.lastOrder, days });
    else fields['days'] = 'campaigns.error.days';
  }
  const limit = (field: 'least' | 'most'): string | null => {
    if (form[field].trim() === '') return null;
    const amount = amountOf(form[field], shop.currency);
    if (amount === null) fields[field] = 'campaigns.error.money';
    return amount === null ? null : String(amount);
  };
  const [least, most] = [limit('least'), limit('most')];
  if (least !== null || most !== null) audience.push({ code: 'spend', least, most });
  if (form.consent) audience.push({ code: 'consent' });
  return { audience, fields };
}

/** Days are the shop's: a campaign starts with its first day and ends with its last. */
export function draftOf(form: CampaignForm, shop: Shop): { draft: CampaignDraft; fields: Problems } {
  const { audience, fields } = audienceOf(form, shop);
  const dayAt = (field: 'startsAt' | 'endsAt', plus: number): Date | null => {
    if (form[field] === '') return null;
    try {
      return startOfDay(addDays(parseDay(form[field]), plus), shop.timezone);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      fields[field] = 'campaigns.error.startsAt';
      return null;
    }
  };
  const minimum = form.minimum.trim() === '' ? null : amountOf(form.minimum, shop.currency);
  if (form.minimum.trim() !== '' && minimum === null) fields['minimum'] = 'campaigns.error.money';
  const offer = { value: valueOf(form, shop, fields), minimum: minimum === null ? null : String(minimum) };
  return { draft: { name: form.name, audience, offer, startsAt: dayAt('startsAt', 0), endsAt: dayAt('endsAt', 1) }, fields };
}

function valueOf(form: CampaignForm, shop: Shop, fields: Problems): Offer['value'] {
  if (form.kind === 'amount') {
    const amount = amountOf(form.value, shop.currency);
    if (amount === null || amount === 0n) fields['value'] = 'campaigns.error.amount';
    return { kind: 'amount', amount: String(amount ?? 0n) };
  }
  const percent = /^\d{1,3}$/.test(form.value.trim()) ? Number(form.value) : 0;
  if (percent < 1 || percent > 100) fields['value'] = 'campaigns.error.offer';
  return { kind: 'percent', percent };
}
