import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayNumber, parseDay, weekday, type Day } from '../core/calendar.ts';
import { buildSeries, daysOutOfStock, EVEN_WEEK, shopWeek, variantWeek, type DemandSeries, type StockDay } from './demand-series.ts';
import { mean28 } from './mean-28.ts';
import { forecastDemand, MODELS } from './registry.ts';
import { coverDays, reorder } from './reorder.ts';
import { smooth, weeklySmoothing } from './weekly-smoothing.ts';

const TODAY = parseDay('2026-11-16'); // a Monday
const seriesOf = (values: (number | null)[]): DemandSeries => ({ from: addDays(TODAY, -values.length), values });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const stock = (day: string, most: number | null, last = most, locationId = 1n): StockDay => ({
  locationId,
  day: parseDay(day),
  most,
  last,
});
const on = (days: Set<number>, day: string): boolean => days.has(dayNumber(parseDay(day)));

describe('days out of stock', () => {
  const span = { from: parseDay('2026-03-01'), to: parseDay('2026-03-10') };
  it('are those on which nothing was there at any moment; before the first reading nothing is assumed', () => {
    const out = daysOutOfStock([stock('2026-03-03', 4, 0), stock('2026-03-06', 0), stock('2026-03-07', 9, 0)], span);
    expect([...out].map((day) => day - dayNumber(span.from))).toEqual([3, 4, 5, 7, 8, 9]);
  });
  it('carries a reading from before the span in', () => {
    expect(daysOutOfStock([stock('2026-01-01', 0)], span).size).toBe(10);
  });
  it('needs every place to be empty', () => {
    const out = daysOutOfStock([stock('2026-03-01', 0), stock('2026-03-02', 3, 0, 2n)], span);
    expect([on(out, '2026-03-01'), on(out, '2026-03-02'), on(out, '2026-03-03')]).toEqual([false, false, true]);
  });
  it('knows none where stock is not counted', () => {
    expect(daysOutOfStock([stock('2026-03-01', null)], span).size).toBe(0);
  });
});

describe('the series', () => {
  const units = (entries: [Day, number][]): Map<number, number> => new Map(entries.map(([day, count]) => [dayNumber(day), count]));
  it('begins with the first sale, ends yesterday, and leaves days out of stock out', () => {
    const { series, outOfStockDays } = buildSeries({
      until: TODAY,
      historyDays: 100,
      units: units([
        [addDays(TODAY, -200), 5],
        [addDays(TODAY, -6), 2],
        [addDays(TODAY, -5), 1],
        [TODAY, 9],
      ]),
      stock: [stock(addDays(TODAY, -4), 1, 0), stock(addDays(TODAY, -1), 5)],
    });
    expect(series).toEqual({ from: addDays(TODAY, -6), values: [2, 1, 0, null, null, 0] });
    expect(outOfStockDays).toBe(2);
  });
  it('leaves no day out when the variant sells on back order', () => {
    const { series, outOfStockDays } = buildSeries({
      until: TODAY,
      historyDays: 100,
      units: units([
        [addDays(TODAY, -4), 1],
        [addDays(TODAY, -2), 1],
      ]),
      stock: [stock(addDays(TODAY, -30), 0)],
    });
    expect([series.values, outOfStockDays]).toEqual([[1, 0, 1, 0], 0]);
  });
});

describe('the week', () => {
  it('learns a closed weekday from the shop, and not from three weeks', () => {
    const week = shopWeek([10, 10, 10, 10, 10, 0.01, 20], 10);
    expect(week[5]).toBe(0);
    expect(sum(week)).toBeCloseTo(7);
    expect(shopWeek([1, 0, 0, 0, 0, 0, 0], 3)).toEqual(EVEN_WEEK);
  });
  it('draws a variant with few days to the shop, and lets one with many follow its own', () => {
    const mondays = (weeks: number) => seriesOf(Array.from({ length: weeks * 7 }, (_, index) => (index % 7 === 0 ? 7 : 0)));
    const [few = 0, many = 0] = [variantWeek(mondays(1), EVEN_WEEK)[0], variantWeek(mondays(100), EVEN_WEEK)[0]];
    expect(few).toBeLessThan(2);
    expect(many).toBeGreaterThan(6);
  });
});

const history = fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: null, freq: 6 }), { minLength: 0, maxLength: 120 });
const week = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 7, maxLength: 7 }).map((weights) => shopWeek(weights, 52));

describe.each(MODELS)('$name', (model) => {
  const run = (values: (number | null)[], shop = EVEN_WEEK): number[] =>
    model.forecast({ series: seriesOf(values), shopWeek: shop, horizon: 28 });
  it('gives as many days as asked, none negative, all finite', () => {
    fc.assert(
      fc.property(history, week, (values, shop) => {
        const daily = run(values, shop);
        expect(daily).toHaveLength(28);
        expect(daily.every((units) => Number.isFinite(units) && units >= 0)).toBe(true);
      }),
    );
  });
  it('scales with the demand', () => {
    fc.assert(
      fc.property(history, week, fc.integer({ min: 2, max: 9 }), (values, shop, times) => {
        const once = run(values, shop);
        const more = run(
          values.map((value) => (value === null ? null : value * times)),
          shop,
        );
        more.forEach((units, index) => expect(units).toBeCloseTo((once[index] ?? 0) * times, 6));
      }),
    );
  });
  it('forecasts steady demand as it is, however many days are missing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 111 }), { maxLength: 50 }),
        (units, missing) => {
          const gaps = new Set(missing);
          const daily = run(Array.from({ length: 112 }, (_, index) => (gaps.has(index) ? null : units)));
          expect(sum(daily)).toBeCloseTo(units * 28, 0);
        },
      ),
    );
  });
  it('is not lowered by an empty shelf as it would be by days without a buyer', () => {
    const selling = Array.from({ length: 90 }, () => 4);
    const [missing, zero] = [
      run([...selling, ...Array.from({ length: 20 }, () => null)]),
      run([...selling, ...Array.from({ length: 20 }, () => 0)]),
    ];
    expect(sum(missing)).toBeCloseTo(112);
    expect(sum(zero)).toBeLessThan(sum(missing) * 0.9);
  });
  it('expects nothing on a weekday on which the shop is closed', () => {
    const shop = shopWeek([1, 1, 1, 1, 1, 0, 1], 52);
    const values = Array.from({ length: 84 }, (_, index) => (weekday(addDays(TODAY, index - 84)) === 5 ? 0 : 6));
    const daily = run(values, shop);
    daily.forEach((units, index) => expect(units).toBeCloseTo(weekday(addDays(TODAY, index)) === 5 ? 0 : 6, 1));
  });
});

describe('smoothing', () => {
  it('is equation (8.2) of FPP3 for an even week', () => {
    const days = [...Array.from({ length: 28 }, () => 10), 12, 8, 15].map((units) => ({ units, factor: 1 }));
    const expected = [12, 8, 15].reduce((level, units) => 0.25 * units + 0.75 * level, 10);
    expect(smooth(days, 0.25)).toEqual({ level: expected, squaredError: 2 ** 2 + (8 - 10.5) ** 2 + (15 - 9.875) ** 2 });
  });
  it('follows a lasting change and shrugs at noise around a level', () => {
    const step = [...Array.from({ length: 90 }, () => 2), ...Array.from({ length: 60 }, () => 10)];
    const noise = Array.from({ length: 150 }, (_, index) => (index % 2 === 0 ? 0 : 10));
    const level = (values: number[]) => sum(weeklySmoothing.forecast({ series: seriesOf(values), shopWeek: EVEN_WEEK, horizon: 28 })) / 28;
    expect(level(step)).toBeGreaterThan(9.5);
    expect(Math.abs(level(noise) - 5)).toBeLessThan(0.5);
  });
});

describe('the forecast', () => {
  it('takes the plain mean under eight weeks, and smoothing from then on', () => {
    const named = (days: number) =>
      forecastDemand({ series: seriesOf(Array.from({ length: days }, () => 1)), shopWeek: EVEN_WEEK, horizon: 28, soldToday: 0 }).model;
    expect([named(0), named(55), named(56)]).toEqual(['mean-28', 'mean-28', 'weekly-smoothing']);
  });
  it('counts today only once it exceeds what was expected of it', () => {
    const at = (soldToday: number) =>
      forecastDemand({ series: seriesOf(Array.from({ length: 70 }, () => 5)), shopWeek: EVEN_WEEK, horizon: 28, soldToday }).daily;
    expect(at(3)).toEqual(at(0));
    expect(at(60)).toHaveLength(28);
    expect(sum(at(60))).toBeGreaterThan(sum(at(0)));
  });
  it('does not take one first sale for one a day', () => {
    const { daily } = forecastDemand({ series: seriesOf([]), shopWeek: EVEN_WEEK, horizon: 28, soldToday: 1 });
    expect(sum(daily)).toBeLessThan(4);
  });
  it('takes a model that is given in place of its own', () => {
    const flat = { ...mean28, name: 'flat', forecast: () => Array.from({ length: 28 }, () => 7) };
    expect(forecastDemand({ series: seriesOf([1]), shopWeek: EVEN_WEEK, horizon: 28, soldToday: 0, models: [flat] })).toMatchObject({
      model: 'flat',
    });
  });
});

describe('reordering', () => {
  const two = Array.from({ length: 28 }, () => 2);
  const plan = (available: number | null, extra = {}) =>
    reorder({ today: TODAY, daily: two, soldToday: 0, available, leadTimeDays: 14, ...extra });
  it('counts back from the day that cannot be served in full', () => {
    expect(plan(41)).toEqual({
      status: 'soon',
      daysOfCover: 20.5,
      stockoutOn: addDays(TODAY, 20),
      reorderBy: addDays(TODAY, 6),
    });
  });
  it.each([
    [null, 'untracked'],
    [0, 'out'],
    [-3, 'out'],
    [26, 'late'],
    [28, 'soon'],
    [44, 'ok'],
    [1_000_000, 'ok'],
  ])('has %s units as %s', (available, status) => expect(plan(available).status).toBe(status));
  it('has nothing to say where nothing is expected, even on an empty shelf', () => {
    expect(plan(0, { daily: two.map(() => 0.01) })).toEqual({ status: 'idle', daysOfCover: null, stockoutOn: null, reorderBy: null });
  });
  it('does not charge today twice for what it has sold', () => {
    expect(plan(40, { soldToday: 1 }).daysOfCover).toBe(20.5);
    expect(plan(40, { soldToday: 50 }).daysOfCover).toBe(21);
  });
  it('runs out no earlier with more stock, and orders earlier with a longer lead time', () => {
    const daily = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 28, maxLength: 28 }).filter((days) => sum(days) > 1);
    fc.assert(
      fc.property(daily, fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 50 }), (days, available, more) => {
        const [less, longer] = [coverDays(days, available), coverDays(days, available + more)];
        expect(longer).toBeGreaterThanOrEqual(less - 1e-9);
        const [near, far] = [plan(available, { daily: days, leadTimeDays: 5 }), plan(available, { daily: days, leadTimeDays: 30 })];
        if (near.reorderBy && far.reorderBy) expect(near.reorderBy > far.reorderBy).toBe(true);
        expect(near.stockoutOn).toBe(far.stockoutOn);
      }),
    );
  });
  it('serves what it says it serves', () => {
    const daily = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 28, maxLength: 28 }).filter((days) => sum(days) > 0);
    fc.assert(
      fc.property(daily, fc.integer({ min: 1, max: 2_000 }), (days, available) => {
        const served = Math.floor(coverDays(days, available));
        const demand = sum(Array.from({ length: served }, (_, index) => days[index % 28] ?? 0));
        expect(demand).toBeLessThanOrEqual(available);
        expect(demand + (days[served % 28] ?? 0)).toBeGreaterThan(available);
      }),
    );
  });
});
