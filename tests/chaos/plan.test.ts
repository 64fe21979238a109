import { expect, it } from 'vitest';
import { expectedRecord } from './expected.ts';
import { readOptions, type ChaosOptions } from './options.ts';
import { planDisturbances } from './plan-disturbances.ts';
import { planLoad, type Delivery } from './plan-load.ts';
import { startClock } from './run-clock.ts';

const options = (...args: string[]): ChaosOptions => {
  const read = readOptions(args);
  if (read === 'help') throw new Error('help was not asked for');
  return read;
};
const FROM = Date.UTC(2026, 0, 1);
const told = (deliveries: readonly Delivery[]) => deliveries.map(({ body, ...delivery }) => ({ ...delivery, body: body() }));

it('plans the same for the same seed, and something else for another', () => {
  const [first, again, other] = [
    options('--minutes', '0.2', '--seed', '5'),
    options('--minutes', '0.2', '--seed', '5'),
    options('--minutes', '0.2', '--seed', '6'),
  ];
  expect(planDisturbances(again)).toEqual(planDisturbances(first));
  expect(told(planLoad(again, FROM))).toEqual(told(planLoad(first, FROM)));
  expect(planDisturbances(other)).not.toEqual(planDisturbances(first));
  expect(told(planLoad(other, FROM))).not.toEqual(told(planLoad(first, FROM)));
});

it('does each thing at least once in half a minute, and nothing to Redis where there is none', () => {
  const kinds = (engine: string) => new Set(planDisturbances(options('--minutes', '0.5', '--engine', engine)).map(({ kind }) => kind));
  expect([kinds('bull').size, kinds('pg-boss').size]).toEqual([13, 10]);
  expect([...kinds('pg-boss')].filter((kind) => kind.includes('redis'))).toEqual([]);
});

it('expects the same record in whatever order the deliveries come', () => {
  const deliveries = planLoad(options('--minutes', '0.5'), FROM);
  const byKey = (list: readonly Delivery[]) =>
    new Map(expectedRecord(list).map(({ table, shop, id, row }) => [`${table}/${shop}/${id}`, row]));
  const forward = byKey(deliveries);
  expect(forward.size).toBeGreaterThan(200);
  expect(byKey(deliveries.toReversed())).toEqual(forward);
});

it.each([
  [['--minutes', '0'], 'minutes'],
  [['--engine', 'other'], 'engine'],
  [['--seed', 'one'], 'seed'],
  [['--web', '9'], 'web'],
  [['--spoil', 'everything'], 'spoil'],
  [['--no-such'], 'no-such'],
])('refuses %j, and says which option is wrong', (args, name) => {
  expect(() => readOptions(args)).toThrow(name);
});

it('has a clock that stands still while nothing comes through, and not for ever', async () => {
  let real = 0;
  const clock = startClock(() => real);
  real = 100;
  expect(clock.now()).toBe(100);
  await clock.standStillUntil(() => {
    real += 40;
    return real >= 500;
  }, 10_000);
  expect(clock.now()).toBe(140);
  await clock.standStillUntil(() => {
    real += 400;
    return false;
  }, 1_000);
  real += 60;
  expect(clock.now()).toBe(600);
});
