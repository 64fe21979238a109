/**
 * A worker process: takes jobs and keeps the schedules. Any number may run. `--lane fast` or `--lane slow` takes one lane
 * only; without it the slow lane runs in a child of this process.
 */
import { parseArgs } from 'node:util';
import { startWorker, type Lane } from '../app/entry/worker.server.ts';
import { readEnv } from '../app/platform/env.server.ts';

const LANES: readonly Lane[] = ['both', 'fast', 'slow'];
const { values } = parseArgs({ options: { lane: { type: 'string', default: 'both' } } });
const lane = LANES.find((known) => known === values.lane);
if (!lane) {
  console.error(`--lane: not one of ${LANES.join(', ')}`);
  process.exit(2);
}

const starting = startWorker(readEnv(), { lane, script: import.meta.filename });
let ending = false;
const end = async (): Promise<void> => {
  if (ending) return;
  ending = true;
  // A server that is gone must not keep the process: what it held is taken up by another one.
  setTimeout(() => process.exit(1), 20_000);
  await (await starting).close();
  process.exit(0);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end());
// Who started it with a channel ends it by closing that, also when killed.
process.once('disconnect', () => void end());
await starting;
// The child of a worker tells that worker; a worker tells whoever reads its output.
if (process.send) process.send('ready');
if (lane !== 'slow' || !process.send) console.log(JSON.stringify({ worker: 'ready' }));
