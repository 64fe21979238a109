import { expect, it } from 'vitest';
import type { Difference } from './check.ts';
import { readOptions, SPOILS } from './options.ts';
import { runChaos } from './run-chaos.ts';
import { spoil } from './spoil.ts';

/** Half a minute of deliveries and disturbances; what failed says seed and kind, so that the command can repeat it. */
const short = (engine: string, more: readonly string[]) => {
  const options = readOptions(['--minutes', '0.5', '--engine', engine, '--rate', '20', '--no-sweep', ...more]);
  if (options === 'help') throw new Error('help was not asked for');
  return options;
};
const kinds = (differences: readonly Difference[]): string[] => [...new Set(differences.map(({ what }) => what))].toSorted();

it('applies once what it acknowledged, on pg-boss, whatever is killed; and the check finds each thing that is spoilt', async () => {
  const options = short('pg-boss', ['--seed', '11', '--web', '1']);
  const lines: object[] = [];
  let found: string[] = [];
  const report = await runChaos(options, {
    tell: (line) => lines.push(line),
    afterwards: async ({ stack, acknowledged, again }) => {
      // Each is found as a kind of its own.
      for (const what of SPOILS) await spoil(stack, what, acknowledged);
      found = kinds((await again()).differences);
    },
  });
  expect(report.differences, `seed ${options.seed}: ${JSON.stringify([lines, report])}`).toEqual([]);
  expect(report.tally.acknowledged).toBeGreaterThan(report.tally.sent / 2);
  expect(report.checked.applied).toBeGreaterThanOrEqual(report.tally.acknowledged);
  expect(report.tally.whileRefusing['200'] ?? 0).toBe(0);
  expect(Object.keys(report.done)).toHaveLength(10);
  expect(found).toEqual(['acknowledged and lost', 'another state', 'applied more than once', 'storebook verify']);
});

it('applies once what it acknowledged, on Bull, with two of each process and a Redis that is killed and emptied', async () => {
  const options = short('bull', ['--seed', '12']);
  const lines: object[] = [];
  const report = await runChaos(options, { tell: (line) => lines.push(line) });
  expect(report.differences, `seed ${options.seed}: ${JSON.stringify([lines, report])}`).toEqual([]);
  expect(report.tally.acknowledged).toBeGreaterThan(report.tally.sent / 2);
  expect(report.checked.applied).toBeGreaterThanOrEqual(report.tally.acknowledged);
  expect(Object.keys(report.done)).toHaveLength(13);
});
