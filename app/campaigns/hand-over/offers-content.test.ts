import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { customerOffers } from '../../../contracts/customer-offers.ts';
import { STATUSES } from '../campaign.ts';
import { offerSchema } from '../offer.ts';
import { offerWords } from '../offer-words.ts';
import { offersContent, type HeldOffer } from './offers-content.ts';
import { hashOf } from './mark-offers.server.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const DAY_MS = 86_400_000;
const day = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);
const offer = (value: object, more: object = {}) => offerSchema.parse({ value, minimum: null, ...more });
const TEN = offer({ kind: 'percent', percent: 10 });
const held = (change: Partial<HeldOffer> = {}): HeldOffer => ({
  code: 'TEA-1',
  codeStatus: 'added',
  redeemed: false,
  campaignId: 1,
  campaign: 'Autumn',
  status: 'active',
  startsAt: day(-1),
  endsAt: day(1),
  offer: TEN,
  ...change,
});
const told = (all: readonly HeldOffer[], language: 'en' | 'zh-CN' = 'en') =>
  offersContent(all, { now: NOW, currency: 'GBP', title: (one) => offerWords(one, 'GBP')[language] });

describe('what a customer’s metafield says', () => {
  it('is the offer for a machine and for a person', () => {
    expect(told([held()])).toEqual([
      {
        code: 'TEA-1',
        campaign: 'Autumn',
        offer: {
          kind: 'percent',
          currency: 'GBP',
          percent: 10,
          amount: null,
          buys: null,
          gets: null,
          given: null,
          minimum: null,
          pieces: null,
          products: null,
        },
        title: '10% off',
        endsAt: '2026-11-29T12:00:00.000Z',
      },
    ]);
    expect(told([held()], 'zh-CN')[0]?.title).toMatch(/10%/);
    expect(told([held()], 'zh-CN')[0]?.title).not.toBe('10% off');
  });

  it.each([
    [{ kind: 'amount', amount: '500' }, { minimum: '2000' }, { kind: 'amount', amount: '500', minimum: '2000' }],
    [{ kind: 'shipping', upTo: '999' }, {}, { kind: 'shipping', amount: '999', products: null }],
    [{ kind: 'percent', percent: 5 }, { items: { kind: 'products', ids: ['7'] } }, { percent: 5, products: ['7'] }],
    [{ kind: 'percent', percent: 5 }, { items: { kind: 'collections', ids: ['3'] } }, { products: null, collections: ['3'] }],
    [
      { kind: 'gets', buys: 2, gets: 1, ids: ['9'], percent: 100 },
      { items: { kind: 'products', ids: ['7'] } },
      { buys: 2, gets: 1, given: ['9'], percent: 100, products: ['7'] },
    ],
  ])('%j %j', (value, more, expected) => {
    expect(told([held({ offer: offer(value, more) })])[0]?.offer).toMatchObject(expected);
  });

  it('leaves out what does not work now', () => {
    const without: Partial<HeldOffer>[] = [
      { redeemed: true },
      { codeStatus: 'issued' },
      { codeStatus: 'refused' },
      { codeStatus: 'revoked' },
      { status: 'paused' },
      { status: 'ended' },
      { status: 'creating' },
      { status: 'failed' },
      { startsAt: day(1) },
      { endsAt: NOW },
    ];
    for (const change of without) expect([change, told([held(change)])]).toEqual([change, []]);
    expect(told([held({ endsAt: null })])[0]?.endsAt).toBeNull();
  });

  const anyHeld = fc.record({
    code: fc.stringMatching(/^[A-Z0-9]{3,8}$/),
    codeStatus: fc.constantFrom('added', 'added', 'added', 'issued', 'refused', 'revoked'),
    redeemed: fc.boolean(),
    campaignId: fc.integer({ min: 1, max: 5 }),
    campaign: fc.string({ maxLength: 10 }),
    status: fc.constantFrom('active' as const, ...STATUSES),
    startsAt: fc.integer({ min: -3, max: 1 }).map(day),
    endsAt: fc.option(fc.integer({ min: -2, max: 5 }).map(day)),
    offer: fc.constantFrom(TEN, offer({ kind: 'amount', amount: '500' }), offer({ kind: 'shipping', upTo: null })),
  });
  const some = fc.uniqueArray(anyHeld, { maxLength: 12, selector: ({ code }) => code });

  it('is never more than five, never one that is over or used, what ends first first, and fits its contract', () => {
    fc.assert(
      fc.property(some, (all) => {
        const content = told(all);
        expect(customerOffers.safeParse(content).success).toBe(true);
        const working = all.filter(
          (one) =>
            one.status === 'active' && one.codeStatus === 'added' && !one.redeemed && one.startsAt <= NOW && (one.endsAt ?? day(1)) > NOW,
        );
        expect(content.length).toBe(Math.min(5, working.length));
        const ends = content.map(({ endsAt }) => (endsAt === null ? Infinity : Date.parse(endsAt)));
        expect(ends.every((end) => end > NOW.getTime())).toBe(true);
        expect(ends).toEqual(ends.toSorted((a, b) => (a === b ? 0 : a - b)));
        const codes = new Set(working.map(({ code }) => code));
        expect(content.every(({ code }) => codes.has(code))).toBe(true);
      }),
    );
  });

  it('has one hash, in whatever order the offers come, and another where anything differs', () => {
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (all, numbers) => {
        const shuffled = all.map((one) => ({ one, at: numbers.next().value ?? 0 })).toSorted((a, b) => a.at - b.at);
        const content = told(all);
        expect(hashOf(told(shuffled.map(({ one }) => one)))).toEqual(hashOf(content));
        const [first] = content;
        if (!first) return;
        expect(hashOf(content.slice(1))).not.toEqual(hashOf(content));
        expect(hashOf([{ ...first, title: `${first.title}!` }, ...content.slice(1)])).not.toEqual(hashOf(content));
      }),
    );
  });
});
