import os from 'node:os';
import type { Env } from '../platform/env.server.ts';
import { inTurns } from '../platform/turns.server.ts';
import { createServices } from './services.server.ts';
import { startSlowLane } from './slow-lane.server.ts';

/** Of imports and other long work, so many at once in a process: what they ask of the database must not crowd out the rest. */
const SLOW_AT_ONCE = 2;
/** Each slow job needs a connection or two. */
const SLOW_POOL = 6;
/**
 * Steps down from the usual priority of a process (0; 19 is the last): where both want a core, the fast lane gets about
 * three times as much. More would starve imports on a machine that is busy with other things.
 */
const SLOW_NICENESS = 5;

/** `both`: the fast lane in this process, the slow one in a child. See docs/decisions/0013-lanes.md. */
export type Lane = 'both' | 'fast' | 'slow';

export type Worker = { close(): Promise<void> };

/** Starts a worker process. `script` is what a child for the slow lane is started with. */
export async function startWorker(env: Env, options: { lane: Lane; script: string }): Promise<Worker> {
  return options.lane === 'slow' ? startSlow(env) : startFast(env, options);
}

/** What a person or a webhook waits for, and the schedules. */
async function startFast(env: Env, { lane, script }: { lane: Lane; script: string }): Promise<Worker> {
  const services = await createServices(env, 'worker');
  const fast = services.jobs.filter((job) => job.definition.lane === 'fast');
  await services.platform.queue.work(fast, env.WORKER_CONCURRENCY);
  await services.schedule();
  const slow = lane === 'both' ? await startSlowLane(script, { log: services.platform.log, memoryMb: env.SLOW_LANE_MEMORY_MB }) : null;
  return {
    async close() {
      await Promise.all([services.close(), slow?.close()]);
    },
  };
}

/** An event loop, a pool and a priority of its own: an import in it costs the fast lane only what the database shares. */
async function startSlow(env: Env): Promise<Worker> {
  const services = await createServices({ ...env, DATABASE_POOL: Math.min(env.DATABASE_POOL, SLOW_POOL) }, 'worker-slow');
  const slow = services.jobs.filter((job) => job.definition.lane === 'slow');
  // One of a kind: the second of a kind would wait for a slot that another kind could use.
  await services.platform.queue.work(inTurns(slow, SLOW_AT_ONCE), 1);
  // Not before all is up: who waits for the worker waits for this too.
  os.setPriority(SLOW_NICENESS);
  return { close: () => services.close() };
}
