import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

export type Child = {
  readonly name: string;
  readonly process: ChildProcess;
  /** Resolves with the value of the first JSON line on standard output that has `key`; rejects when the process ends before. */
  ready(key: string): Promise<unknown>;
  stop(): Promise<void>;
};

/** Starts one of the project's own programs under the present Node; its output goes to a log file. */
export function startChild(options: { name: string; args: string[]; env: Record<string, string>; logFolder: string }): Child {
  fs.mkdirSync(options.logFolder, { recursive: true });
  const logFile = path.join(options.logFolder, `${options.name}.log`);
  const log = fs.createWriteStream(logFile, { flags: 'a' });
  const child = spawn(process.execPath, ['--no-warnings', ...options.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const waiting = new Map<string, (value: unknown) => void>();
  const seen = new Map<string, unknown>();
  const tail: string[] = [];
  const keep = (line: string): void => {
    log.write(`${line}\n`);
    tail.push(line);
    if (tail.length > 20) tail.shift();
  };
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    keep(line);
    for (const [key, value] of readyKeys(line)) {
      seen.set(key, value);
      waiting.get(key)?.(value);
    }
  });
  readline.createInterface({ input: child.stderr }).on('line', keep);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    name: options.name,
    process: child,
    ready: (key) =>
      new Promise((resolve, reject) => {
        if (seen.has(key)) resolve(seen.get(key));
        waiting.set(key, resolve);
        void ended.then(() => reject(new Error(`${options.name} ended before it was ready; its log is ${logFile}:\n${tail.join('\n')}`)));
      }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await ended;
        clearTimeout(late);
      }
      log.end();
    },
  };
}

function readyKeys(line: string): [string, unknown][] {
  if (!line.startsWith('{')) return [];
  try {
    const parsed: unknown = JSON.parse(line);
    return parsed && typeof parsed === 'object' ? Object.entries(parsed) : [];
  } catch {
    // A line that only looks like JSON is output like any other.
    return [];
  }
}
