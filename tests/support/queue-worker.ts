/** A process that takes one job of an engine and never ends it; for tests that kill it. Arguments: engine, address, job. */
import { z } from 'zod';
import { createLogger } from '../../app/platform/logger.server.ts';
import { openBullQueue } from '../../app/platform/queue-bull.server.ts';
import { openPgBossQueue } from '../../app/platform/queue-pg-boss.server.ts';
import { bindJob } from '../../app/platform/queue.server.ts';

const [engine, url = '', name = ''] = process.argv.slice(2);
const log = createLogger({ level: 'silent', service: 'test' });
const queue =
  engine === 'bull'
    ? await openBullQueue({ url, log, stalledMs: 1_000 })
    : await openPgBossQueue({ url, log, stalledSeconds: 10, lookSeconds: 1 });
const definition = { name, schema: z.object({ n: z.int() }), retries: 2, retrySeconds: 1, timeoutSeconds: 600, lane: 'slow' as const };
await queue.work(
  [
    bindJob(definition, async () => {
      console.log('taken');
      await new Promise(() => undefined);
    }),
  ],
  1,
);
