import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';

// The wasm engine leaves timers of ten seconds behind and a global registry; a thread of its own takes them with it.
async function inWorker(task: object): Promise<unknown> {
  const worker = new Worker(new URL('./migrate.worker.server.ts', import.meta.url), { workerData: task, execArgv: ['--no-warnings'] });
  try {
    const messages: unknown[] = await once(worker, 'message');
    return messages[0];
  } finally {
    await worker.terminate();
  }
}

/**
 * Applies what is missing of `root`/prisma/migrations with Prisma's own schema engine (its wasm build), in the same
 * `_prisma_migrations` table as `prisma migrate deploy`. Applying twice changes nothing.
 * @returns the names of the migrations applied now.
 */
export async function migrate(url: string, root = process.cwd()): Promise<string[]> {
  return z.array(z.string()).parse(await inWorker({ kind: 'apply', url, root }));
}

/** The SQL that leads from one schema text (null: nothing) to another; the draft of a new migration, to be checked by hand. */
export async function draftMigration(options: { url: string; from: string | null; to: string }): Promise<string> {
  return z.string().parse(await inWorker({ kind: 'draft', ...options }));
}
