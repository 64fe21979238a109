import { formText, formTexts } from '../core/form.ts';
import { LANGUAGES } from '../i18n/i18n.ts';
import { AGREED, COMBINES, type CampaignForm } from './campaign-form.ts';

/** The texts of each language that has any; English always. */
function mailOf(form: FormData): CampaignForm['mail'] {
  const texts = LANGUAGES.map(({ code }) => ({
    locale: code,
    subject: formText(form, `mail.${code}.subject`),
    body: formText(form, `mail.${code}.body`),
  }));
  return texts.filter(({ locale, subject, body }) => locale === 'en' || subject.trim() !== '' || body.trim() !== '');
}

/** The fields of an offer stand in as many inputs of one name as there are offers. */
function offersOf(form: FormData): CampaignForm['offers'] {
  const of = (name: string): ((at: number) => string) => {
    const typed = formTexts(form, name);
    return (at) => typed[at] ?? '';
  };
  const [value, minimum, pieces, buys] = [of('value'), of('minimum'), of('pieces'), of('buys')];
  const [gets, given] = [of('gets'), of('given')];
  return formTexts(form, 'kind').map((kind, at) => ({
    kind,
    value: value(at),
    minimum: minimum(at),
    pieces: pieces(at),
    buys: buys(at),
    gets: gets(at),
    given: given(at),
  }));
}

/** What a browser sent of a campaign's form. */
export function readCampaignForm(form: FormData): CampaignForm {
  const text = (name: string): string => formText(form, name);
  const agreed = formTexts(form, 'agreed');
  const combines = formTexts(form, 'combines');
  return {
    name: text('name'),
    segment: text('segment'),
    lastOrder: text('lastOrder'),
    days: text('days'),
    least: text('least'),
    most: text('most'),
    holdOut: text('holdOut'),
    startsAt: text('startsAt'),
    endsAt: text('endsAt'),
    consent: text('consent') === 'on',
    tiers: formTexts(form, 'tier'),
    word: text('word'),
    budgetKind: text('budgetKind'),
    budget: text('budget'),
    mail: text('delivery') === 'mail' ? mailOf(form) : [],
    flow: text('delivery') === 'flow',
    inWaves: text('inWaves') === 'on',
    waves: text('waves'),
    waveDays: text('waveDays'),
    learns: text('inWaves') === 'on' && text('learns') === 'on',
    combines: COMBINES.filter((kind) => combines.includes(kind)),
    offers: offersOf(form),
    products: formTexts(form, 'product'),
    collections: formTexts(form, 'collection'),
    agreed: AGREED.filter((word) => agreed.includes(word)),
  };
}
