import { seeded, type Chance } from '../../sandbox/random.ts';
import type { ChaosOptions } from './options.ts';

type Program = 'web' | 'worker' | 'postgres' | 'redis';

export type Disturbance = {
  /** Milliseconds after the first delivery. */
  readonly atMs: number;
  readonly kind: DisturbanceKind;
  /** Which of several processes, where the kind aims at one. */
  readonly index: number;
  /** How long it lasts; 0 for what happens at once. */
  readonly forMs: number;
};

type Kind = {
  readonly weight: number;
  /** Shortest and longest in milliseconds; the longest is cut to an eighth of the run. */
  readonly lasts?: readonly [number, number];
  readonly redis?: true;
};

/**
 * Everything that is done to the program. "pause" is SIGSTOP, later SIGCONT: a machine that hangs. `pause-postgres`
 * stops the postmaster, so that open connections work and new ones hang; `refuse` closes the database to all and ends
 * their connections; `fill-connections` takes every connection that the server gives, the program's own too;
 * `lock-inbox` holds a lock on which every write of the door waits.
 */
const KINDS = {
  'kill-web': { weight: 3 },
  'kill-worker': { weight: 3 },
  'kill-postgres': { weight: 2 },
  'kill-redis': { weight: 2, redis: true },
  'empty-redis': { weight: 2, redis: true },
  'end-connections': { weight: 1 },
  'pause-web': { weight: 1, lasts: [1_500, 8_000] },
  'pause-worker': { weight: 1, lasts: [1_500, 20_000] },
  'pause-postgres': { weight: 1, lasts: [1_500, 10_000] },
  'pause-redis': { weight: 1, lasts: [1_500, 10_000], redis: true },
  'fill-connections': { weight: 1, lasts: [2_000, 15_000] },
  'lock-inbox': { weight: 1, lasts: [2_000, 12_000] },
  refuse: { weight: 1, lasts: [3_000, 60_000] },
} as const satisfies Record<string, Kind>;
export type DisturbanceKind = keyof typeof KINDS;

export const PROGRAM_OF: Partial<Record<DisturbanceKind, Program>> = {
  'kill-web': 'web',
  'kill-worker': 'worker',
  'kill-postgres': 'postgres',
  'kill-redis': 'redis',
  'pause-web': 'web',
  'pause-worker': 'worker',
  'pause-postgres': 'postgres',
  'pause-redis': 'redis',
};

/** Nothing is disturbed before this, so that every run begins with a record. */
const CALM_START_MS = 2_000;
const SECONDS_BETWEEN = 5;

const shuffled = <T>(chance: Chance, items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: chance.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);

/** Kinds in the order of their turn: first each once, then by weight. */
function* kindsInTurn(chance: Chance, kinds: readonly DisturbanceKind[]): Generator<DisturbanceKind> {
  yield* shuffled(chance, kinds);
  const bag = kinds.flatMap((kind) => Array.from({ length: KINDS[kind].weight }, () => kind));
  for (;;) yield* shuffled(chance, bag);
}

function lastingMs(chance: Chance, kind: DisturbanceKind, runMs: number): number {
  const { lasts }: Kind = KINDS[kind];
  if (!lasts) return 0;
  const [shortest, longest] = lasts;
  return chance.whole(shortest, Math.max(shortest, Math.min(longest, Math.round(runMs / 8))));
}

/** What is done when; the same for the same options. A run of any length sees each kind at least once. */
export function planDisturbances(options: Pick<ChaosOptions, 'minutes' | 'seed' | 'engine' | 'web' | 'workers'>): Disturbance[] {
  const chance = seeded(`disturbances/${options.seed}`);
  const runMs = options.minutes * 60_000;
  const kinds = (Object.keys(KINDS) as DisturbanceKind[]).filter((kind) => options.engine === 'bull' || !('redis' in KINDS[kind]));
  const slotMs = Math.min(SECONDS_BETWEEN * 1_000, (runMs - CALM_START_MS) / (kinds.length + 1));
  const turns = kindsInTurn(chance, kinds);
  const plan: Disturbance[] = [];
  for (let slot = 0; CALM_START_MS + (slot + 1) * slotMs <= runMs; slot += 1) {
    const kind = turns.next().value as DisturbanceKind;
    const program = PROGRAM_OF[kind];
    const count = program === 'web' ? options.web : program === 'worker' ? options.workers : 1;
    const atMs = Math.round(CALM_START_MS + (slot + chance.next()) * slotMs);
    plan.push({ atMs, kind, index: chance.whole(0, count - 1), forMs: lastingMs(chance, kind, runMs) });
  }
  return plan;
}
