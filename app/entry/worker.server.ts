import type { Env } from '../platform/env.server.ts';
import { createServices } from './services.server.ts';

/** Starts a worker process: takes jobs of every kind and keeps the schedules. */
export async function startWorker(env: Env): Promise<{ close(): Promise<void> }> {
  const services = await createServices(env, 'worker');
  await services.platform.queue.work(services.jobs, env.WORKER_CONCURRENCY);
  await services.schedule();
  return { close: () => services.close() };
}
