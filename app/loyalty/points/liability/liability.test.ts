import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../replay.ts';
import { ACCOUNT_NAMES, replay } from '../replay.ts';
import { allocated, deferredRevenue, expectedValue, fullValue, rollForward, type Flow, type Rolled } from './books.ts';
import { monthsBetween, nextMonth, redemptionOf, type CohortCell } from './breakage.ts';
import { cohortsOf } from './cohorts.ts';

const at = (day: number): Date => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000);
const grant = (topic: string, day: number, points: number, more: Partial<Extract<Fact, { kind: 'grant' }>> = {}): Fact => ({
  kind: 'grant',
  topic,
  at: at(day),
  availableAt: at(day),
  points,
  takenBack: [],
  expiry: { kind: 'never' },
  belowZero: true,
  cause: 'order',
  programme: 1,
  ...more,
});
const spend = (topic: string, day: number, points: number, back: Date | null = null): Fact => ({
  kind: 'spend',
  topic,
  at: at(day),
  points,
  to: 'spent',
  back,
  expiry: { kind: 'never' },
  cause: 'redeem',
  programme: 1,
});
const told = (facts: readonly Fact[], end: number): string[] =>
  cohortsOf(replay(facts, at(end)).transfers, 'UTC').map(({ issued, used, kind, points }) => `${issued} ${used} ${kind} ${points}`);

describe('what becomes of points', () => {
  it('is told of their month of issue, the oldest used first', () => {
    expect(told([grant('order/1', 0, 100), grant('order/2', 40, 50), spend('redeem/1', 70, 120)], 100)).toEqual([
      '2026-01 2026-01 issued 100',
      '2026-02 2026-02 issued 50',
      '2026-01 2026-03 spent 100',
      '2026-02 2026-03 spent 20',
    ]);
  });

  it('follows refunds, lapses, rewards that come back, and what was used before there was any', () => {
    const refunded = grant('order/1', 0, 100, { takenBack: [{ topic: 'refund/5', at: at(40), points: 30 }] });
    expect(told([refunded], 50)).toEqual(['2026-01 2026-01 issued 100', '2026-01 2026-02 withdrawn 30']);
    expect(told([grant('order/1', 0, 100, { expiry: { kind: 'age', months: 1 } })], 50)).toEqual([
      '2026-01 2026-01 issued 100',
      '2026-01 2026-02 expired 100',
    ]);
    expect(told([grant('order/1', 0, 100), spend('redeem/1', 10, 60, at(40))], 50)).toEqual([
      '2026-01 2026-01 issued 100',
      '2026-01 2026-01 spent 60',
      '2026-01 2026-02 spent -60',
    ]);
    expect(told([spend('redeem/1', 0, 60), grant('order/1', 40, 100)], 50)).toEqual([
      '2026-02 2026-02 issued 100',
      '2026-02 2026-02 spent 60',
    ]);
  });

  it('less what was issued is what is left, whatever happened', () => {
    const day = fc.integer({ min: 0, max: 400 });
    const points = fc.integer({ min: 1, max: 200 });
    const expiry = fc.constantFrom(
      { kind: 'never' as const },
      { kind: 'age' as const, months: 3 },
      { kind: 'activity' as const, months: 2 },
    );
    const grants = fc
      .tuple(day, points, fc.option(fc.tuple(day, points)), fc.option(day), fc.boolean(), expiry)
      .map(([when, many, back, available, belowZero, lapses]): Fact => {
        const takenBack = back ? [{ topic: 'refund/1', at: at(back[0]), points: Math.min(many, back[1]) }] : [];
        return grant('', when, many, {
          takenBack,
          belowZero,
          expiry: lapses,
          availableAt: available === null ? null : at(Math.max(when, available)),
        });
      });
    const spends = fc.tuple(day, points, fc.option(day), expiry).map(([when, many, back, lapses]): Fact => {
      const came = back === null ? null : at(Math.max(when, back));
      return { ...spend('', when, many, came), expiry: lapses } as Fact;
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(grants, spends), { maxLength: 10 }), (all) => {
        const facts = all.map((fact, place): Fact => ({ ...fact, topic: fact.kind === 'grant' ? `order/${place}` : `redeem/${place}` }));
        const standing = replay(facts, at(420));
        const cells = cohortsOf(standing.transfers, 'UTC');
        const left = new Map<string, number>();
        for (const { issued, kind, points: many } of cells) left.set(issued, (left.get(issued) ?? 0) + (kind === 'issued' ? many : -many));
        const lots = standing.lots.reduce((sum, lot) => sum + lot.left, 0);
        expect([...left.values()].reduce((sum, many) => sum + many, 0)).toBe(standing.pending + lots);
        expect([...left.values()].every((many) => many >= 0)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the share of points that is ever spent', () => {
  const months = Array.from({ length: 24 }, (_, place) =>
    Array.from({ length: place }).reduce<string>((month) => nextMonth(month), '2024-01'),
  );
  /** Cohorts that are spent by shares of a thousand in their first months, as known at the end of the last month. */
  const shop = (
    count: number,
    shares: readonly number[],
    lapseAt: number | null,
    volume: (place: number) => bigint = () => 1_000n,
  ): CohortCell[] =>
    months.slice(0, count).flatMap((issued, place): CohortCell[] => {
      const many = volume(place);
      const until = months[count - 1] ?? issued;
      const uses = shares.flatMap((share, after): CohortCell[] => {
        const used = months[place + after];
        return used !== undefined && used <= until ? [{ issued, used, kind: 'spent', points: (many * BigInt(share)) / 1_000n }] : [];
      });
      const spent = shares.reduce((sum, share) => sum + (many * BigInt(share)) / 1_000n, 0n);
      const end = lapseAt === null ? undefined : months[place + lapseAt];
      const lapsed: CohortCell[] = end !== undefined && end <= until ? [{ issued, used: end, kind: 'expired', points: many - spent }] : [];
      return [{ issued, used: issued, kind: 'issued', points: many }, ...uses, ...lapsed];
    });

  it('is found again from cohorts of which only the old ones are through', () => {
    // 10 % in the month of issue, 30 % in the third, 20 % in the sixth: 60 % ever, the rest lapses after a year.
    const found = redemptionOf(shop(18, [100, 0, 300, 0, 0, 200], 12), months[17] ?? '');
    expect(found).toMatchObject({ kind: 'estimated', redemption: 6_000, cohorts: 18 });
    if (found.kind !== 'estimated') return;
    expect(found.developed.slice(0, 6).map((share) => Math.round(share * 1_000))).toEqual([167, 167, 667, 667, 667, 1_000]);
    // Ten times as much issued lately moves nothing: the young are not taken for the old.
    expect(
      redemptionOf(
        shop(18, [100, 0, 300, 0, 0, 200], 12, (place) => (place > 14 ? 10_000n : 1_000n)),
        months[17] ?? '',
      ),
    ).toMatchObject({
      redemption: 6_000,
    });
  });

  it('counts what is left of the oldest as spent one day', () => {
    expect(redemptionOf(shop(18, [100, 0, 300, 0, 0, 200], null), months[17] ?? '')).toMatchObject({
      kind: 'estimated',
      redemption: 10_000,
    });
  });

  it('is not said under a least of history', () => {
    expect(redemptionOf([], '2026-01')).toEqual({ kind: 'none', months: 0, why: 'months' });
    expect(redemptionOf(shop(11, [500], 2), months[10] ?? '')).toEqual({ kind: 'none', months: 11, why: 'months' });
    expect(redemptionOf(shop(12, [500], 2), months[11] ?? '').kind).toBe('estimated');
    expect(redemptionOf(shop(12, [0], 2), months[11] ?? '')).toMatchObject({ why: 'unspent' });
    const few = shop(18, [500], 2).filter(({ issued }) => issued === months[0] || issued === months[17]);
    expect(redemptionOf(few, months[17] ?? '')).toMatchObject({ why: 'cohorts' });
  });

  it('sees nothing of after the month', () => {
    const cells = shop(24, [100, 0, 300, 0, 0, 200], 12);
    expect(redemptionOf(cells, months[17] ?? '')).toEqual(redemptionOf(shop(18, [100, 0, 300, 0, 0, 200], 12), months[17] ?? ''));
  });

  it('counts months', () => {
    expect([nextMonth('2025-12'), nextMonth('2026-09'), monthsBetween('2025-11', '2026-02')]).toEqual(['2026-01', '2026-10', 3]);
  });
});

const account = fc.constantFrom(...ACCOUNT_NAMES);
const flow = fc
  .record({
    month: fc.constantFrom('2026-01', '2026-02', '2026-04'),
    from: account,
    to: account,
    points: fc.bigInt({ min: 1n, max: 1_000n }),
  })
  .filter(({ from, to }) => from !== to);

describe('points by month', () => {
  it('roll forward, each net of what was booked back', () => {
    const flows: Flow[] = [
      { month: '2026-01', from: 'issued', to: 'pending', points: 100n },
      { month: '2026-01', from: 'pending', to: 'available', points: 80n },
      { month: '2026-03', from: 'available', to: 'spent', points: 50n },
      { month: '2026-03', from: 'spent', to: 'available', points: 10n },
      { month: '2026-03', from: 'pending', to: 'withdrawn', points: 20n },
    ];
    const none = { issued: 0n, withdrawn: 0n, forgiven: 0n, spent: 0n, expired: 0n };
    expect(rollForward(flows, '2026-03')).toEqual([
      { ...none, month: '2026-01', opening: 0n, issued: 100n, closing: 100n },
      { ...none, month: '2026-02', opening: 100n, closing: 100n },
      { ...none, month: '2026-03', opening: 100n, withdrawn: 20n, spent: 40n, closing: 40n },
    ]);
    expect(rollForward([], '2026-03')).toEqual([]);
  });

  it('tie out, whatever moved', () => {
    fc.assert(
      fc.property(fc.array(flow), (flows) => {
        const rows = rollForward(flows, '2026-05');
        for (const [place, row] of rows.entries()) {
          const { opening, issued, forgiven, withdrawn, spent, expired, closing } = row;
          expect(opening + issued + forgiven - withdrawn - spent - expired).toBe(closing);
          expect(opening).toBe(rows[place - 1]?.closing ?? 0n);
        }
      }),
    );
  });
});

describe('deferred revenue', () => {
  const row = (month: string, opening: bigint, change: Partial<Rolled>, closing: bigint): Rolled => ({
    issued: 0n,
    withdrawn: 0n,
    forgiven: 0n,
    spent: 0n,
    expired: 0n,
    ...change,
    month,
    opening,
    closing,
  });

  it('is the points’ part of the price, by what goods and points are worth alone', () => {
    // IFRS 15, example 52: goods 100,000, points 9,500 by the chance of 95 % that they are spent: 8,676 are the points'.
    expect(expectedValue(10_000n, { perHundred: 100n, redemption: 9_500 })).toBe(9_500n);
    expect(allocated(100_000n, 9_500n)).toBe(8_676n);
    expect([allocated(0n, 5n), allocated(-5n, 5n), allocated(100n, 0n)]).toEqual([0n, 0n, 0n]);
    expect(fullValue(150n, { perHundred: 33n })).toBe(50n);
  });

  it('is recognised as points are spent, of those that are expected to be', () => {
    // IFRS 15, example 52 goes on: at the end of the first year 4,500 of 9,500 expected points were spent: 8,676 · 4,500 / 9,500 = 4,110.
    const rolled = [
      row('2026-01', 0n, { issued: 10_000n, spent: 4_500n }, 5_500n),
      row('2026-02', 5_500n, { spent: 4_000n }, 1_500n),
      row('2026-03', 1_500n, { expired: 1_500n }, 0n),
    ];
    const found = deferredRevenue(
      rolled,
      { perHundred: 100n, redemption: 9_500 },
      { sales: new Map([['2026-01', 100_000n]]), brought: new Map() },
    );
    expect(found.map(({ deferred, recognised, closing }) => [deferred, recognised, closing])).toEqual([
      [8_676n, 4_110n, 4_566n],
      // 4,566 · 4,000 / (9,500 − 4,500)
      [0n, 3_653n, 913n],
      // Nothing is owed any more.
      [0n, 913n, 0n],
    ]);
    // 4,110 less 8,676 · 4,500 / 10,000; 3,653 less 4,566 · 4,000 / 5,500; all of what lapsed.
    expect(found.map(({ breakage }) => breakage)).toEqual([206n, 332n, 0n]);
  });

  it('goes with points that are taken back, and comes with balances that are brought in', () => {
    const rolled = [row('2026-01', 0n, { issued: 1_000n }, 1_000n), row('2026-02', 1_000n, { issued: 300n, withdrawn: 500n }, 800n)];
    const found = deferredRevenue(
      rolled,
      { perHundred: 100n, redemption: 10_000 },
      { sales: new Map([['2026-01', 9_000n]]), brought: new Map([['2026-02', 300n]]) },
    );
    expect(found.map(({ deferred, brought, closing }) => [deferred, brought, closing])).toEqual([
      [900n, 0n, 900n],
      [-450n, 300n, 750n],
    ]);
  });

  it('and what is recognised are what was put off, and neither is ever below zero', () => {
    const months = fc.array(
      fc.record({
        issued: fc.bigInt({ min: 0n, max: 10_000n }),
        spent: fc.bigInt({ min: -50n, max: 5_000n }),
        expired: fc.bigInt({ min: 0n, max: 2_000n }),
        withdrawn: fc.bigInt({ min: 0n, max: 4_000n }),
        sales: fc.bigInt({ min: -1_000n, max: 1_000_000n }),
        brought: fc.bigInt({ min: -100n, max: 1_000n }),
      }),
      { maxLength: 12 },
    );
    const valuation = fc.record({ perHundred: fc.bigInt({ min: 1n, max: 500n }), redemption: fc.integer({ min: 0, max: 10_000 }) });
    fc.assert(
      fc.property(months, valuation, (all, worth) => {
        let [month, opening] = ['2025-01', 0n];
        const rolled = all.map(({ issued, spent, expired, withdrawn }) => {
          const closing = opening + issued - spent - expired - withdrawn;
          const next = row(month, opening, { issued, spent, expired, withdrawn }, closing);
          [month, opening] = [nextMonth(month), closing];
          return next;
        });
        const of = (name: 'sales' | 'brought') => new Map(rolled.map((each, place) => [each.month, all[place]?.[name] ?? 0n]));
        const found = deferredRevenue(rolled, worth, { sales: of('sales'), brought: of('brought') });
        const sum = (pick: (each: (typeof found)[number]) => bigint): bigint => found.reduce((total, each) => total + pick(each), 0n);
        expect(sum(({ recognised }) => recognised) + (found.at(-1)?.closing ?? 0n)).toBe(
          sum(({ deferred, brought }) => deferred + brought),
        );
        for (const { opening: held, deferred, brought, recognised, breakage, closing } of found) {
          expect(held + deferred + brought - recognised).toBe(closing);
          expect([closing >= 0n, recognised >= 0n, breakage >= 0n]).toEqual([true, true, true]);
        }
      }),
    );
  });
});
