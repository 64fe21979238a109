import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { fitValue } from './value.ts';

const behaviour = z
  .object({
    days: z.number(),
    histories: z.object({ repeats: z.instanceof(Int32Array), last: z.instanceof(Float64Array), seen: z.instanceof(Float64Array) }),
    means: z.instanceof(Float64Array),
  })
  .parse(workerData);

parentPort?.postMessage(fitValue(behaviour));
