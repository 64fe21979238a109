/** The worker process as it is. */
import path from 'node:path';
import { startWorker } from '../../../app/entry/worker.server.ts';
import { readEnv } from '../../../app/platform/env.server.ts';
import { endWithSupervisor, tellReady } from './host.ts';

endWithSupervisor(() => undefined);
await startWorker(readEnv(), { lane: 'both', script: path.resolve(import.meta.dirname, '../../../scripts/worker.ts') });
tellReady();
