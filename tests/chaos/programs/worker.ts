/** The worker process as it is. */
import { startWorker } from '../../../app/entry/worker.server.ts';
import { readEnv } from '../../../app/platform/env.server.ts';
import { endWithSupervisor, tellReady } from './host.ts';

endWithSupervisor(() => undefined);
await startWorker(readEnv());
tellReady();
