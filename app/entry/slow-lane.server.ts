import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from '../platform/logger.server.ts';

const MOST_PAUSE_MS = 30_000;
const CLOSING_MS = 25_000;

/** The slow lane in a process of its own; it is started again when it ends by itself. */
export type SlowLane = { close(): Promise<void> };

/**
 * An import streams; without a bound the collector lets garbage pile up to hundreds of megabytes before it looks, and with
 * one it looks at the whole heap for every twenty megabytes, which costs a fifth of an import: so it looks when what
 * lives has grown by 70 %. The memory for that is taken from the young objects, of which an import makes few.
 */
export const slowLaneFlags = (memoryMb: number): string[] => [
  '--max-semi-space-size=8',
  '--heap-growing-percent=70',
  `--max-old-space-size=${memoryMb}`,
];

/**
 * Starts `script --lane slow` with this process's own environment. Resolves when it takes jobs. The child ends with this
 * process, whichever way that ends: its channel closes.
 * @throws when the first start fails.
 */
export async function startSlowLane(script: string, { log, memoryMb }: { log: Logger; memoryMb: number }): Promise<SlowLane> {
  let closing = false;
  let child: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let failures = 0;

  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const execArgv = [...process.execArgv, ...slowLaneFlags(memoryMb)];
      const started = fork(script, ['--lane', 'slow'], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      child = started;
      started.once('message', () => {
        failures = 0;
        resolve();
      });
      started.once('error', reject);
      started.once('exit', (code, signal) => {
        reject(new Error(`the slow lane ended (${signal ?? `exit ${code}`})`));
        if (!closing && started === child) restart(signal ?? String(code));
      });
    });
  const restart = (how: string): void => {
    failures += 1;
    const pause = Math.min(MOST_PAUSE_MS, 500 * 2 ** failures);
    log.warn({ how, pause }, 'the slow lane ended; starting it again');
    // What fails here tells of itself by its exit, which starts it once more.
    again = setTimeout(() => void start().catch(() => undefined), pause);
  };
  const end = async (): Promise<void> => {
    closing = true;
    clearTimeout(again);
    const last = child;
    if (!last || last.exitCode !== null || last.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => last.once('exit', () => resolve()));
    last.kill('SIGTERM');
    const late = setTimeout(() => last.kill('SIGKILL'), CLOSING_MS);
    await ended;
    clearTimeout(late);
  };
  try {
    await start();
  } catch (error) {
    await end();
    throw error;
  }
  return { close: end };
}
