import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audienceOf, parseAudience } from './audience.store.server.ts';
import { draftOf, type CampaignForm, type OfferForm } from './campaign-form.ts';
import { checkDraft, shownStatus } from './campaign.ts';
import { ALPHABET, CODE_BYTES, codeFrom } from './codes.ts';

const GETS_WRONG = {
  'offer.0.buys': 'offers.error.quantity',
  'offer.0.gets': 'offers.error.quantity',
  'offer.0.given': 'offers.error.given',
};
const SHOP = { currency: 'GBP', timezone: 'America/New_York' };
const NOW = new Date('2026-11-23T12:00:00Z');
const form = (change: Partial<CampaignForm> = {}): CampaignForm => ({
  name: 'Come back',
  segment: '',
  lastOrder: '',
  days: '',
  least: '',
  most: '',
  holdOut: '10',
  startsAt: '2026-11-23',
  endsAt: '2026-12-24',
  consent: false,
  tiers: [],
  offers: [offer()],
  products: [],
  word: '',
  budgetKind: '',
  budget: '',
  combines: [],
  mail: [],
  agreed: [],
  ...change,
});
const offer = (change: Partial<OfferForm> = {}): OfferForm => ({
  kind: 'percent',
  value: '10',
  minimum: '',
  pieces: '',
  buys: '',
  gets: '',
  given: '',
  ...change,
});
const ALONE = { order: false, product: false, shipping: false };

describe('a campaign’s form', () => {
  it('starts with the shop’s first day and ends with its last', () => {
    const { draft, problems } = draftOf(form(), SHOP);
    expect(problems).toEqual({});
    expect([draft.startsAt?.toISOString(), draft.endsAt?.toISOString()]).toEqual(['2026-11-23T05:00:00.000Z', '2026-12-25T05:00:00.000Z']);
  });

  it('has a hold-out in hundredths of a percent, and offers on what was picked', () => {
    const holdOut = (typed: string): number | null => draftOf(form({ holdOut: typed }), SHOP).draft.holdOut;
    expect(['10', '0', '12,5', ' 50 ', '', 'x', '-1', '100'].map(holdOut)).toEqual([1_000, 0, 1_250, 5_000, null, null, null, null]);
    const picked = draftOf(form({ products: ['7', '8'], offers: [offer(), offer({ kind: 'amount', value: '5', minimum: '20' })] }), SHOP);
    expect(picked.draft.offers).toEqual([
      {
        value: { kind: 'percent', percent: 10 },
        minimum: null,
        pieces: null,
        items: { kind: 'products', ids: ['7', '8'] },
        combines: ALONE,
      },
      {
        value: { kind: 'amount', amount: '500' },
        minimum: '2000',
        pieces: null,
        items: { kind: 'products', ids: ['7', '8'] },
        combines: ALONE,
      },
    ]);
    const grouped = draftOf(form({ products: ['7'], collections: ['3', '4'] }), SHOP).draft.offers;
    expect(grouped).toMatchObject([{ items: { kind: 'collections', ids: ['3', '4'] } }]);
    const many = Array.from({ length: 101 }, (_, at) => String(at));
    expect(draftOf(form({ products: many }), SHOP).problems).toEqual({ products: 'campaigns.error.products' });
    expect(draftOf(form({ collections: many }), SHOP).problems).toEqual({ collections: 'offers.error.collections' });
  });

  it('has offers of each kind, a word for the codes and a budget', () => {
    const typed = form({
      products: ['7'],
      word: ' tea ',
      budgetKind: 'money',
      budget: '1,500.50',
      combines: ['product', 'shipping'],
      offers: [
        offer({ kind: 'shipping', value: '4.95', minimum: '20' }),
        offer({ kind: 'shipping', value: '' }),
        offer({ kind: 'gets', value: '100', buys: '2', gets: '1', given: '8,9', minimum: '20' }),
        offer({ pieces: '3' }),
      ],
    });
    const { draft, problems } = draftOf(typed, SHOP);
    expect(problems).toEqual({});
    const picked = { kind: 'products', ids: ['7'] };
    const combines = { order: false, product: true, shipping: true };
    const ofShipping = { pieces: null, items: { kind: 'all' }, combines: { ...combines, shipping: false } };
    expect(draft.offers).toEqual([
      { value: { kind: 'shipping', upTo: '495' }, minimum: '2000', ...ofShipping },
      { value: { kind: 'shipping', upTo: null }, minimum: null, ...ofShipping },
      { value: { kind: 'gets', buys: 2, gets: 1, ids: ['8', '9'], percent: 100 }, minimum: null, pieces: null, items: picked, combines },
      { value: { kind: 'percent', percent: 10 }, minimum: null, pieces: 3, items: picked, combines },
    ]);
    const checked = checkDraft({ ...draft, audience: [] }, NOW);
    expect(checked).toMatchObject({ campaign: { word: 'TEA', budget: { kind: 'money', most: '150050' } } });
  });

  it('becomes rules that the registry takes', () => {
    const typed = form({
      segment: ' number_of_orders > 3 ',
      tiers: ['3'],
      lastOrder: 'lapsed',
      days: '90',
      least: '200',
      most: '1,000.50',
      consent: true,
    });
    const { audience, problems } = audienceOf(typed, SHOP);
    expect(problems).toEqual({});
    expect(audience).toEqual([
      { code: 'segment', query: 'number_of_orders > 3' },
      { code: 'tier', tierIds: [3] },
      { code: 'lapsed', days: 90 },
      { code: 'spend', least: '20000', most: '100050' },
      { code: 'consent' },
    ]);
    expect(parseAudience(audience)).toEqual(audience);
  });

  it.each([
    [{ lastOrder: 'recent', days: '0' }, { days: 'campaigns.error.days' }],
    [{ lastOrder: 'recent', days: 'ten' }, { days: 'campaigns.error.days' }],
    [{ segment: 'number_of_ordres > 3' }, { segment: 'campaigns.error.segment' }],
    [{ least: 'much' }, { least: 'campaigns.error.money' }],
    [{ most: '1.234.5' }, { most: 'campaigns.error.money' }],
  ])('names the condition that is not complete: %j', (change, expected) => {
    expect(audienceOf(form(change), SHOP).problems).toEqual(expected);
  });

  it.each([
    [{ offers: [offer({ value: '0' })] }, { 'offer.0.value': 'campaigns.error.offer' }],
    [{ offers: [offer(), offer({ value: '101' })] }, { 'offer.1.value': 'campaigns.error.offer' }],
    [{ offers: [offer({ kind: 'amount', value: '0' })] }, { 'offer.0.value': 'campaigns.error.amount' }],
    [{ offers: [offer({ minimum: 'x' })] }, { 'offer.0.minimum': 'campaigns.error.money' }],
    [{ offers: [offer({ kind: 'gets', buys: '0', gets: 'x', given: '' })] }, GETS_WRONG],
    [{ offers: [offer({ kind: 'shipping', value: 'free' })] }, { 'offer.0.value': 'campaigns.error.money' }],
    [{ offers: [offer({ pieces: '1.5' })] }, { 'offer.0.pieces': 'offers.error.quantity' }],
    [{ budgetKind: 'uses', budget: '0' }, { budget: 'offers.error.budget' }],
    [{ budgetKind: 'money', budget: '' }, { budget: 'offers.error.budget' }],
    [{ startsAt: '2026-02-31' }, { startsAt: 'campaigns.error.startsAt' }],
  ])('names the field that is wrong: %j', (change, expected) => {
    expect(draftOf(form(change), SHOP).problems).toEqual(expected);
  });
});

describe('an audience', () => {
  it.each([
    ['no list', { code: 'consent' }],
    ['an unknown kind', [{ code: 'moon' }]],
    ['a wrong shape', [{ code: 'recent', days: '30' }]],
    ['one kind twice', [{ code: 'consent' }, { code: 'consent' }]],
    ['no rule at all in it', [null]],
  ])('is refused for %s', (_name, rules) => {
    expect(parseAudience(rules)).toBeNull();
  });
});

describe('a draft', () => {
  const draft = { ...draftOf(form(), SHOP).draft, audience: [] };
  it('is taken when all of it is right', () => {
    expect(checkDraft(draft, NOW)).toMatchObject({ campaign: { name: 'Come back', audience: [] } });
  });
  it.each([
    [{ name: ' ' }, 'name'],
    [{ name: 'x'.repeat(81) }, 'name'],
    [{ audience: null }, 'audience'],
    [{ offers: [{ value: { kind: 'percent', percent: 101 }, minimum: null }] }, 'offer.0'],
    [{ offers: [] }, 'offers'],
    [{ offers: Array.from({ length: 5 }, (_, at) => ({ value: { kind: 'percent', percent: at + 1 }, minimum: null })) }, 'offers'],
    [{ offers: [draft.offers[0], draft.offers[0]] }, 'offer.1'],
    [{ offers: [{ value: { kind: 'gets', buys: 1, gets: 1, ids: ['8'], percent: 100 }, minimum: null }] }, 'offer.0'],
    [{ offers: [{ value: { kind: 'percent', percent: 5 }, minimum: '100', pieces: 2 }] }, 'offer.0'],
    [{ word: 'two words' }, 'word'],
    [{ word: 'x' }, 'word'],
    [{ budget: { kind: 'money', most: '0' } }, 'budget'],
    [{ holdOut: null }, 'holdOut'],
    [{ holdOut: 5_001 }, 'holdOut'],
    [{ startsAt: null }, 'startsAt'],
    [{ endsAt: new Date('2026-11-01T00:00:00Z') }, 'endsAt'],
  ])('says by field what is wrong: %j', (change, field) => {
    const checked = checkDraft({ ...draft, ...change }, NOW);
    expect(Object.keys('fields' in checked ? checked.fields : {})).toEqual([field]);
  });
});

it('shows an active campaign as scheduled before its start and as ended after its end', () => {
  const campaign = { status: 'active' as const, startsAt: new Date('2026-11-20T00:00:00Z'), endsAt: new Date('2026-11-30T00:00:00Z') };
  const at = (day: string): string => shownStatus(campaign, new Date(`2026-${day}T00:00:00Z`));
  expect([at('11-19'), at('11-20'), at('11-29'), at('11-30')]).toEqual(['scheduled', 'active', 'active', 'ended']);
});

it('makes codes of fifteen symbols that no eye mixes up, other bytes another code', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES }),
      fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES }),
      (a, b) => {
        const code = codeFrom(a);
        expect(code).toMatch(new RegExp(`^[${ALPHABET}]{5}-[${ALPHABET}]{5}-[${ALPHABET}]{5}$`));
        expect(code).not.toMatch(/[01OIL]/);
        expect([codeFrom(a), codeFrom(a, 'TEA')]).toEqual([code, `TEA-${code}`]);
        // Only the folded-away top bits may coincide.
        if (a.slice(8).join() !== b.slice(8).join()) expect(codeFrom(b)).not.toBe(code);
      },
    ),
  );
});
