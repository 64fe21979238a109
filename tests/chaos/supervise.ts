import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that is started again whenever it ends, as an operator's process manager does. */
export type Supervised = {
  readonly name: string;
  /** Resolves when it serves; rejects after `ms`. */
  ready(ms: number): Promise<void>;
  /** Sends a signal to the process itself. @returns false when there is none at the moment. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean;
  /** Ends that nobody asked for: of a program that served, and of one that had not got so far. */
  readonly ends: { served: number; starting: number };
  stop(): Promise<void>;
};

const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;
const STOP_MS = 15_000;

const isReady = (message: unknown): message is { ready: number } =>
  typeof message === 'object' && message !== null && 'ready' in message && typeof message.ready === 'number';

export function supervise(program: {
  name: string;
  file: string;
  task?: object;
  env: Record<string, string>;
  logFolder: string;
  /** Gets a line when the program is up again, or has ended by itself. */
  tell: (line: object) => void;
}): Supervised {
  const log = fs.openSync(path.join(program.logFolder, `${program.name}.log`), 'a');
  const ends = { served: 0, starting: 0 };
  let child: ChildProcess;
  let target: number | null = null;
  let killed = false;
  let stopping = false;
  let inVain = 0;
  let downAt: number | null = null;

  const start = (): void => {
    killed = false;
    target = null;
    const started = fork(program.file, program.task ? [JSON.stringify(program.task)] : [], {
      execArgv: ['--no-warnings'],
      env: { ...process.env, ...program.env },
      stdio: ['ignore', log, log, 'ipc'],
    });
    child = started;
    started.on('message', (message: unknown) => {
      if (!isReady(message)) return;
      target = message.ready;
      if (downAt !== null)
        program.tell({ up: program.name, downSeconds: Math.round((Date.now() - downAt) / 100) / 10, startsInVain: inVain });
      downAt = null;
      inVain = 0;
    });
    started.once('exit', () => {
      downAt ??= Date.now();
      if (!killed && !stopping) {
        ends[target === null ? 'starting' : 'served'] += 1;
        if (target !== null) program.tell({ endedByItself: program.name });
      }
      if (target === null) inVain += 1;
      target = null;
      if (stopping) return;
      setTimeout(() => !stopping && start(), Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** inVain)).unref();
    });
  };
  start();

  return {
    name: program.name,
    ends,
    async ready(ms) {
      for (const until = Date.now() + ms; target === null || killed; await sleep(50)) {
        if (Date.now() > until) throw new Error(`${program.name} did not come up within ${ms / 1_000} s`);
      }
    },
    signal(signal) {
      if (target === null) return false;
      if (signal === 'SIGKILL') killed = true;
      try {
        process.kill(target, signal);
        return true;
      } catch {
        // It has ended meanwhile.
        return false;
      }
    },
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        // One that is stopped must go on to end.
        if (target !== null) process.kill(target, 'SIGCONT');
        if (child.connected) child.disconnect();
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await ended;
        clearTimeout(late);
      }
      fs.closeSync(log);
    },
  };
}
