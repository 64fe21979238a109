import { fork } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../app/platform/embedded-postgres.server.ts';
import { parseEnv, type Env } from '../app/platform/env.server.ts';

/** A server in a process of its own, as in production. */
export type ChildServer = {
  readonly port: number;
  /** Hands a number to the child's `listen`. */
  tell(value: number): void;
  stop(): Promise<void>;
};

/**
 * Runs a file of the bench as a server; the file calls `serveAsChild`. The child ends with stop(), or when this process
 * does, whichever way.
 */
export async function startChild(file: string, task: object): Promise<ChildServer> {
  const port = await freePort();
  const child = fork(file, [JSON.stringify({ ...task, port })], {
    execArgv: ['--no-warnings'],
    env: { ...process.env, NODE_ENV: 'production' },
    // Standard output is for figures only.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit');
  const first = await Promise.race([once(child, 'message').then(() => 'up'), ended.then(() => 'down')]);
  if (first === 'down') throw new Error(`a server of the bench did not start (${file})`);
  return {
    port,
    tell: (value) => void child.send(value),
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** In the child, if `file` is what it was started with: serves what the task says, and tells when it is up. */
export async function serveAsChild(file: string, serve: (task: unknown) => Promise<void>): Promise<void> {
  if (!process.send || process.argv[1] !== file) return;
  process.once('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group; who started this process says when it ends.
  process.on('SIGINT', () => undefined);
  await serve(JSON.parse(process.argv[2] ?? ''));
  process.send('up');
}

/** What rows are sealed under that a process of its own will open. */
export const BENCH_KEYS = `bench:${'be'.repeat(32)}`;

/** What production demands; nothing of it is read from the machine's own environment. */
export const productionEnv = (values: Readonly<Record<string, string>>): Env =>
  parseEnv({
    NODE_ENV: 'production',
    APP_URL: 'https://bench.example',
    SHOPIFY_API_KEY: 'bench',
    SHOPIFY_API_SECRET: 'the-secret-of-the-bench',
    ENCRYPTION_KEYS: BENCH_KEYS,
    LOG_LEVEL: 'warn',
    ...values,
  });
