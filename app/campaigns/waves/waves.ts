/** Waves of a campaign; one wave is no waves. */
export const LEAST_WAVES = 2;
export const MOST_WAVES = 10;
export const MOST_WAVE_DAYS = 60;

export const WAVE_STATUSES = ['planned', 'making', 'made', 'over', 'stopped'] as const;
export type WaveStatus = (typeof WAVE_STATUSES)[number];

/** How many waves, and how many days after one the next goes out. */
export type Waves = { readonly count: number; readonly days: number };

/** The wave, from 0, that a chance from 0 up to, and without, 1 means: all are alike in size. */
export const waveAt = (chance: number, count: number): number => Math.min(count - 1, Math.floor(chance * count));

/** A wave that went out: its codes, how many of them were used and what they took off, minor units. */
export type WaveSpent = { readonly codes: number; readonly used: number; readonly spent: bigint; readonly at: Date };

/** What one more code is expected to take off, and what is left of a budget of money; minor units. */
export type Expected = { readonly costOfCode: number; readonly left: number };

const DAY_MS = 86_400_000;

/**
 * What a budget of money has left after the waves so far. A code costs what the codes so far did, and one more that is used
 * in any case: with none out yet that is all that is known. What is out and not used is expected to cost as much again,
 * half of it after each time between two waves.
 * @param full what a code costs that is used, minor units.
 */
export function expectedLeft(
  budget: bigint,
  { sent, full, days, now }: { sent: readonly WaveSpent[]; full: bigint; days: number; now: Date },
): Expected {
  const codes = sent.reduce((sum, wave) => sum + wave.codes, 0);
  const spent = sent.reduce((sum, wave) => sum + wave.spent, 0n);
  const costOfCode = Number(spent + full) / (codes + 1);
  const toCome = sent.reduce((sum, wave) => {
    const periods = Math.max(0, (now.getTime() - wave.at.getTime()) / (days * DAY_MS));
    return sum + (wave.codes - wave.used) * costOfCode * 0.5 ** periods;
  }, 0);
  return { costOfCode, left: Number(budget - spent) - toCome };
}

/** How many codes a wave may have; null for any number. 0: it waits, or never goes where the codes themselves are used up. */
export function waveRoom({
  codesLeft,
  expected,
  wavesLeft,
}: {
  /** Of the codes that the budget bears at their dearest; null where nothing bounds them. */
  readonly codesLeft: number | null;
  readonly expected: Expected | null;
  /** This one among them. */
  readonly wavesLeft: number;
}): number | null {
  const bearable = expected && Math.max(0, Math.floor(expected.left / Math.max(1, expected.costOfCode)));
  const least = Math.min(codesLeft ?? Number.POSITIVE_INFINITY, bearable ?? Number.POSITIVE_INFINITY);
  // What an earlier wave leaves over is shared by those that come.
  return Number.isFinite(least) ? Math.max(0, Math.ceil(least / wavesLeft)) : null;
}

/** What is wrong with the waves of a draft, as message keys by field. `first`: when the first goes out. */
export function waveProblems(
  { waves, waveDays, learns }: { waves: number | null; waveDays: number | null; learns: boolean },
  { first, endsAt }: { first: Date; endsAt: Date | null },
): Record<string, string> {
  if (waves === null) return learns ? { waves: 'waves.error.learns' } : {};
  const isWhole = (value: number | null, least: number, most: number): value is number =>
    value !== null && Number.isInteger(value) && value >= least && value <= most;
  const problems: Record<string, string> = {};
  if (!isWhole(waves, LEAST_WAVES, MOST_WAVES)) problems['waves'] = 'waves.error.count';
  if (!isWhole(waveDays, 1, MOST_WAVE_DAYS)) problems['waveDays'] = 'waves.error.days';
  else if (!problems['waves'] && endsAt && first.getTime() + waves * waveDays * DAY_MS > endsAt.getTime())
    problems['endsAt'] = 'waves.error.tooLate';
  return problems;
}
