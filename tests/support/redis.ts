import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../app/platform/embedded-postgres.server.ts';

export type TestRedis = {
  readonly url: string;
  /** Kills it at once and starts it again, empty, at the same address. */
  restart(): Promise<void>;
  /** Holds it still while `work` runs: it takes connections and answers nobody. */
  freeze(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
};

/** A real Redis server of one's own on a free port. */
export async function startRedis(): Promise<TestRedis> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    throw new Error('redis-server is missing: install it (Debian: apt-get install redis-server); npm test does so where it may');
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-test-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const start = async () => {
    const server = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
      { stdio: 'ignore' },
    );
    const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
    const probe = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    probe.on('error', () => undefined);
    await probe.ping();
    await probe.quit();
    return {
      signal: (name: NodeJS.Signals): boolean => server.kill(name),
      async end(name: NodeJS.Signals): Promise<void> {
        server.kill(name);
        await ended;
      },
    };
  };
  let server = await start();
  return {
    url,
    async restart() {
      await server.end('SIGKILL');
      server = await start();
    },
    async freeze(work) {
      server.signal('SIGSTOP');
      try {
        await work();
      } finally {
        server.signal('SIGCONT');
      }
    },
    async stop() {
      await server.end('SIGTERM');
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
