/** A worker process: takes jobs and keeps the schedules. Any number may run. */
import { startWorker } from '../app/entry/worker.server.ts';
import { readEnv } from '../app/platform/env.server.ts';

const worker = await startWorker(readEnv());
console.log(JSON.stringify({ worker: 'ready' }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void worker.close().then(() => process.exit(0)));
}
