import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The clock that the plan goes by. It can stand still: on a busy machine a process takes long to come up, and a plan
 * that went on meanwhile would only kill what is down, and send everything into the void.
 */
export type RunClock = {
  /** Milliseconds since the start, without those of standing still. */
  now(): number;
  /** Resolves when the clock shows `ms`. */
  until(ms: number): Promise<void>;
  /** Stands still until `holds`, and `mostMs` (of real time) at most. */
  standStillUntil(holds: () => boolean, mostMs: number): Promise<void>;
};

const LOOK_MS = 50;

export function startClock(real: () => number = () => performance.now()): RunClock {
  const started = real();
  let stood = 0;
  let standsSince: number | null = null;
  const now = (): number => (standsSince ?? real()) - started - stood;
  return {
    now,
    async until(ms) {
      while (now() < ms) await sleep(Math.min(1_000, Math.max(LOOK_MS, ms - now())));
    },
    async standStillUntil(holds, mostMs) {
      if (holds()) return;
      standsSince = real();
      while (!holds() && real() - standsSince < mostMs) await sleep(LOOK_MS);
      stood += real() - standsSince;
      standsSince = null;
    },
  };
}
