import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { applyMigrations, draftMigration } from './schema-engine.server.ts';

const task = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('apply'), url: z.string(), root: z.string() }),
    z.object({ kind: z.literal('draft'), url: z.string(), from: z.string().nullable(), to: z.string() }),
  ])
  .parse(workerData);

parentPort?.postMessage(
  task.kind === 'apply' ? await applyMigrations(task.url, task.root) : await draftMigration(task.from, task.to, task.url),
);
