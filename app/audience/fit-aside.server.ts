import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Behaviour } from './purchase-log.ts';
import type { ValueFit } from './value.ts';

const numbers = { r: z.number(), alpha: z.number(), a: z.number(), b: z.number() };
const fit: z.ZodType<ValueFit> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fitted'),
    model: z.object({
      bgnbd: z.object(numbers),
      gammaGamma: z.object({ p: z.number(), q: z.number(), v: z.number() }).nullable(),
      logLikelihood: z.number(),
    }),
  }),
  z.object({ kind: z.enum(['short', 'shapeless']), buyers: z.number(), days: z.number() }),
]);

/**
 * Fits in a thread of its own: a million customers take many seconds, in which this process would answer nobody, not even
 * the queue that asks whether it lives. Columns in shared memory are not copied.
 */
export async function fitAside({ days, histories, means }: Behaviour): Promise<ValueFit> {
  const worker = new Worker(new URL('fit.worker.server.ts', import.meta.url), {
    workerData: { days, histories, means },
    execArgv: ['--no-warnings'],
  });
  try {
    const messages: unknown[] = await once(worker, 'message');
    return fit.parse(messages[0]);
  } finally {
    await worker.terminate();
  }
}
