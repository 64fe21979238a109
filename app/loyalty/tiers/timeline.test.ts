import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, addMonths, dayOf, parseDay, startOfDay, type Day } from '../../core/calendar.ts';
import { NO_PERKS, type Tier } from '../tier.ts';
import { horizonOf, leavesOn, PLAIN_RULES, ruleProblems, windowStart, type TierRules, type Window } from './tier-rules.ts';
import { Timeline, type Counted, type TierFacts, type TierGrant } from './timeline.ts';

const TIERS: readonly Tier[] = [
  { id: 1, name: 'Bronze', threshold: 10n, rank: 0, perks: NO_PERKS },
  { id: 2, name: 'Silver', threshold: 100n, rank: 1, perks: NO_PERKS },
  { id: 9, name: 'Friends', threshold: null, rank: 2, perks: NO_PERKS },
  { id: 3, name: 'Gold', threshold: 1_000n, rank: 3, perks: NO_PERKS },
];
const ZONE = 'Europe/London';
const at = (text: string): Date => new Date(text.includes('T') ? text : `${text}T12:00:00Z`);
const bought = (day: string, amount: bigint, less: Counted['less'] = []): Counted => ({ at: at(day), day: parseDay(day), amount, less });
const line = (now: string, extra: Partial<TierFacts> = {}): Timeline =>
  new Timeline({ counted: [], grants: [], rules: PLAIN_RULES, tiers: TIERS, timezone: ZONE, now: at(now), ...extra });
const rules = (extra: Partial<TierRules>): TierRules => ({ ...PLAIN_RULES, ...extra });
const names = (timeline: Timeline, ...moments: string[]) => moments.map((moment) => timeline.tierAt(at(moment))?.name ?? null);

describe('the window', () => {
  it.each<[Window, string, string | null]>([
    [{ kind: 'rolling', months: 12 }, '2025-11-20', '2026-11-20'],
    // On 28 February a year before was the 28th, and the 29th came after it.
    [{ kind: 'rolling', months: 12 }, '2024-02-29', '2025-03-01'],
    [{ kind: 'rolling', months: 1 }, '2026-01-31', '2026-03-01'],
    [{ kind: 'year' }, '2026-01-01', '2027-01-01'],
    [{ kind: 'lifetime' }, '2001-01-01', null],
  ])('%o: what happened on %s counts no more from %s on', (window, day, until) => {
    expect(leavesOn(parseDay(day), window)).toBe(until);
  });

  const window = fc.oneof(
    fc.record({ kind: fc.constant('rolling' as const), months: fc.integer({ min: 1, max: 60 }) }),
    fc.constant({ kind: 'year' as const }),
    fc.constant({ kind: 'lifetime' as const }),
  );
  const day = fc.integer({ min: 0, max: 4_000 }).map((number) => addDays(parseDay('2018-01-01'), number));

  it('tells the same from both ends: a day counts until it leaves, and not from then on', () => {
    fc.assert(
      fc.property(window, day, day, (of, happened, today) => {
        const [start, leaves] = [windowStart(today, of), leavesOn(happened, of)];
        fc.pre(happened <= today);
        expect(start === null || happened > start).toBe(leaves === null || today < leaves);
      }),
    );
  });
});

describe('a tier', () => {
  it('is reached at the moment of an order, and lost with a return', () => {
    const timeline = line('2026-11-20', { counted: [bought('2026-11-01', 1_200n, [{ at: at('2026-11-10'), amount: 900n }])] });
    expect(names(timeline, '2026-11-01T11:59:59Z', '2026-11-01', '2026-11-10T11:59:59Z', '2026-11-10')).toEqual([
      null,
      'Gold',
      'Gold',
      'Silver',
    ]);
    expect(timeline.held()).toMatchObject({ value: 300n, tier: { name: 'Silver' }, fitting: { name: 'Silver' }, grant: null });
  });

  it('falls when what counts leaves the window, at midnight of the shop, and says so beforehand', () => {
    const timeline = line('2026-05-01', { counted: [bought('2025-07-10', 150n), bought('2026-03-01', 20n)] });
    const { lapse, dueAt } = timeline.held();
    expect(lapse).toEqual({ at: startOfDay(parseDay('2026-07-10'), ZONE), to: TIERS[0] });
    expect(dueAt).toEqual(new Date('2026-07-09T23:00:00Z'));
  });

  it('is kept for the days of grace, whole days each', () => {
    const counted = [bought('2026-01-10', 150n, [{ at: at('2026-06-01'), amount: 140n }])];
    const timeline = line('2026-06-20', { counted, rules: rules({ graceDays: 30 }) });
    expect(timeline.held()).toMatchObject({
      value: 10n,
      tier: { name: 'Silver' },
      fitting: { name: 'Bronze' },
      lapse: { at: startOfDay(parseDay('2026-07-02'), ZONE), to: { name: 'Bronze' } },
    });
    expect(names(timeline, '2026-07-01', '2026-07-02')).toEqual(['Silver', 'Bronze']);
    // What ends at midnight has its whole days from there.
    const lapsing = line('2026-06-20', { counted: [bought('2025-06-10', 150n)], rules: rules({ graceDays: 30 }) });
    expect(lapsing.held().lapse?.at).toEqual(startOfDay(parseDay('2026-07-10'), ZONE));
  });

  it('falls one step at a time where the rules say so, each with the grace of its own', () => {
    const counted = [bought('2025-06-10', 2_000n)];
    const timeline = line('2026-07-20', { counted, rules: rules({ graceDays: 30, fall: 'step' }) });
    expect(names(timeline, '2026-07-09', '2026-07-10', '2026-08-09', '2026-09-09')).toEqual(['Gold', 'Silver', 'Bronze', null]);
    expect(timeline.held()).toMatchObject({ tier: { name: 'Silver' }, value: 0n, lapse: { to: { name: 'Bronze' } } });
    const fitting = line('2026-07-20', { counted, rules: rules({ graceDays: 30 }) });
    expect(names(fitting, '2026-07-09', '2026-07-10')).toEqual(['Gold', null]);
  });

  it('of a calendar year begins anew in January', () => {
    const timeline = line('2026-02-01', {
      counted: [bought('2025-12-31', 150n), bought('2026-01-02', 10n)],
      rules: rules({ window: { kind: 'year' } }),
    });
    expect(names(timeline, '2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-01-02')).toEqual(['Silver', null, 'Bronze']);
  });

  it('of a lifetime is never lost by time', () => {
    const { tier, lapse, dueAt } = line('2036-02-01', {
      counted: [bought('2015-12-31', 150n)],
      rules: rules({ window: { kind: 'lifetime' } }),
    }).held();
    expect([tier?.name, lapse, dueAt]).toEqual(['Silver', null, null]);
  });
});

describe('a tier that staff give', () => {
  const grant = (tierId: number, from: string, until: string | null): TierGrant => ({
    id: `${tierId}/${from}`,
    tierId,
    from: at(from),
    until: until === null ? null : at(until),
  });

  it('holds to its end, may be one that nobody reaches, and gives way to a better one by the rules', () => {
    const counted = [bought('2026-11-01', 150n), bought('2026-11-15', 900n)];
    const timeline = line('2026-11-10', { counted: counted.slice(0, 1), grants: [grant(9, '2026-11-05', '2026-12-01')] });
    expect(timeline.held()).toMatchObject({
      tier: { name: 'Friends' },
      fitting: { name: 'Silver' },
      grant: { tierId: 9 },
      lapse: { at: at('2026-12-01'), to: { name: 'Silver' } },
      dueAt: at('2026-12-01'),
    });
    const better = line('2026-11-20', { counted, grants: [grant(9, '2026-11-05', '2026-12-01')] });
    expect(better.held()).toMatchObject({ tier: { name: 'Gold' }, grant: null });
  });

  it('lowers nobody, and of an unknown tier is nothing', () => {
    const counted = [bought('2026-11-01', 150n)];
    expect(line('2026-11-10', { counted, grants: [grant(1, '2026-11-05', null)] }).held()).toMatchObject({
      tier: { name: 'Silver' },
      grant: null,
    });
    expect(line('2026-11-10', { counted, grants: [grant(77, '2026-11-05', null)] }).held()).toMatchObject({
      tier: { name: 'Silver' },
      grant: null,
    });
  });

  it('of two the better holds, then the other', () => {
    const timeline = line('2026-11-10', { grants: [grant(1, '2026-11-01', null), grant(3, '2026-11-05', '2026-11-20')] });
    expect(timeline.held()).toMatchObject({ tier: { name: 'Gold' }, lapse: { at: at('2026-11-20'), to: { name: 'Bronze' } } });
  });
});

describe('for any facts', () => {
  const NOW = at('2026-11-20');
  const day = fc.integer({ min: 0, max: 900 }).map((back) => addDays(parseDay('2026-11-19'), -back));
  const counted = fc.array(
    fc
      .record({
        day,
        amount: fc.bigInt({ min: 0n, max: 1_500n }),
        back: fc.integer({ min: 0, max: 300 }),
        part: fc.integer({ min: 0, max: 100 }),
      })
      .map(({ day: on, amount, back, part }): Counted => ({
        at: at(on),
        day: on,
        amount,
        // What is known has happened.
        less: part === 0 || addDays(on, back) > '2026-11-19' ? [] : [{ at: at(addDays(on, back)), amount: (amount * BigInt(part)) / 100n }],
      })),
    { maxLength: 8 },
  );
  const grants = fc.array(
    fc
      .record({ tierId: fc.constantFrom(1, 2, 3, 9), from: day, days: fc.option(fc.integer({ min: 1, max: 400 })) })
      .map(({ tierId, from, days }): TierGrant => ({
        id: `${tierId}${from}`,
        tierId,
        from: at(from),
        until: days === null ? null : at(addDays(from, days)),
      })),
    { maxLength: 2 },
  );
  const some = fc
    .record({
      months: fc.integer({ min: 1, max: 14 }),
      kind: fc.constantFrom('rolling' as const, 'year' as const, 'lifetime' as const),
      graceDays: fc.integer({ min: 0, max: 60 }),
      fall: fc.constantFrom('fit' as const, 'step' as const),
    })
    .map(({ months, kind, graceDays, fall }): TierRules => ({
      ...PLAIN_RULES,
      window: kind === 'rolling' ? { kind, months } : { kind },
      graceDays,
      fall: graceDays === 0 ? 'fit' : fall,
    }));
  const facts = fc.record({ counted, grants, rules: some }).map((of): TierFacts => ({ ...of, tiers: TIERS, timezone: ZONE, now: NOW }));

  /** The meaning in words, day by day: what counts, and a level that falls when its grace has passed. */
  function naive({ counted: all, rules: of, tiers }: TierFacts, until: Day): number {
    const reached = tiers.filter(({ threshold }) => threshold !== null);
    const fit = (today: Day): number => {
      const start = windowStart(today, of.window);
      const value = all
        .filter((each) => (start === null || each.day > start) && each.day <= today)
        .reduce(
          (sum, each) =>
            sum + each.less.filter((part) => dayOf(part.at, ZONE) <= today).reduce((left, part) => left - part.amount, each.amount),
          0n,
        );
      return reached.findLastIndex(({ threshold }) => (threshold ?? 0n) <= value);
    };
    let [level, met] = [-1, parseDay('2020-01-01')];
    for (let today = parseDay('2020-01-01'); today <= until; today = addDays(today, 1)) {
      const now = fit(today);
      if (now >= level) [level, met] = [now, today];
      else if (today > addDays(met, of.graceDays)) {
        // What was met meanwhile counts from its own day.
        level = of.fall === 'step' ? level - 1 : now;
        met = of.fall === 'step' ? addDays(met, of.graceDays) : today;
        if (level <= now) [level, met] = [now, today];
      }
    }
    return level;
  }

  it('is what playing the days one by one gives, where the steps are simple', () => {
    fc.assert(
      fc.property(facts, (of) => {
        // Returns on the day of their order only, and a grace of none: then every day stands for itself.
        const plain: TierFacts = { ...of, grants: [], rules: { ...of.rules, graceDays: 0, fall: 'fit' } };
        const tier = new Timeline(plain).held().tier;
        const level = TIERS.filter(({ threshold }) => threshold !== null).findIndex(({ id }) => id === tier?.id);
        expect(level).toBe(naive(plain, parseDay('2026-11-20')));
      }),
      { numRuns: 40 },
    );
  });

  it('a step down after one single spell is one grace long each', () => {
    fc.assert(
      fc.property(
        day,
        fc.bigInt({ min: 10n, max: 3_000n }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom('fit' as const, 'step' as const),
        (on, amount, graceDays, fall) => {
          const of: TierFacts = {
            counted: [bought(on, amount)],
            grants: [],
            rules: rules({ graceDays, fall }),
            tiers: TIERS,
            timezone: ZONE,
            now: NOW,
          };
          const level = TIERS.filter(({ threshold }) => threshold !== null).findIndex(({ id }) => id === new Timeline(of).held().tier?.id);
          expect(level).toBe(naive(of, parseDay('2026-11-20')));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not depend on the order in which they came', () => {
    fc.assert(
      fc.property(facts, fc.infiniteStream(fc.double({ noNaN: true })), (of, chance) => {
        const shuffled = <T>(all: readonly T[]): T[] =>
          all
            .map((each) => ({ each, by: chance.next().value ?? 0 }))
            .toSorted((a, b) => a.by - b.by)
            .map(({ each }) => each);
        const other = new Timeline({ ...of, counted: shuffled(of.counted), grants: shuffled(of.grants) });
        const [one, two] = [new Timeline(of).held(), other.held()];
        expect([two.tier, two.value, two.lapse, two.dueAt]).toEqual([one.tier, one.value, one.lapse, one.dueAt]);
      }),
    );
  });

  it('nothing changes before it is due, and what is foretold comes', () => {
    fc.assert(
      fc.property(facts, (of) => {
        const { tier, value, lapse, dueAt } = new Timeline(of).held();
        const later = (moment: Date) => new Timeline({ ...of, now: moment }).held();
        const before = later(new Date((dueAt ?? at('2040-01-01')).getTime() - 1));
        expect([before.tier, before.value]).toEqual([tier, value]);
        if (lapse) expect(later(lapse.at).tier).toEqual(lapse.to);
        if (lapse) expect(later(new Date(lapse.at.getTime() - 1)).tier).toEqual(tier);
        if (lapse) expect(dueAt && dueAt <= lapse.at).toBe(true);
      }),
    );
  });

  it('a longer grace keeps more, and a step never falls deeper than a fit', () => {
    fc.assert(
      fc.property(facts, (of) => {
        const rank = (extra: Partial<TierRules>): number =>
          new Timeline({ ...of, rules: { ...of.rules, ...extra } }).held().tier?.rank ?? -1;
        expect(rank({ graceDays: 30, fall: 'fit' })).toBeGreaterThanOrEqual(rank({ graceDays: 0, fall: 'fit' }));
        expect(rank({ graceDays: 30, fall: 'step' })).toBeGreaterThanOrEqual(rank({ graceDays: 30, fall: 'fit' }));
      }),
    );
  });

  it('what lies before the horizon decides nothing', () => {
    fc.assert(
      fc.property(facts, (of) => {
        const start = horizonOf(dayOf(NOW, ZONE), of.rules);
        const near = { ...of, counted: of.counted.filter((each) => start === null || each.day > start) };
        const [all, some_] = [new Timeline(of).held(), new Timeline(near).held()];
        expect([some_.tier, some_.value, some_.lapse, some_.dueAt]).toEqual([all.tier, all.value, all.lapse, all.dueAt]);
      }),
    );
  });
});

it('rules that cannot be are told by field', () => {
  expect(ruleProblems(rules({ window: { kind: 'rolling', months: 0 }, graceDays: 731 }))).toEqual({
    months: 'tiers.error.months',
    graceDays: 'tiers.error.grace',
  });
  expect(ruleProblems(rules({ fall: 'step' }))).toEqual({ graceDays: 'tiers.error.step' });
  expect(ruleProblems(PLAIN_RULES)).toEqual({});
  expect(addMonths(parseDay('2026-01-31'), 1)).toBe('2026-02-28');
});
