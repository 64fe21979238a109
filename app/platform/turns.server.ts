import type { BoundJob } from './queue.server.ts';

type Waiting = { readonly shopId: number | null; readonly start: () => void };

/**
 * Lets at most `slots` of these jobs run at once in this process, of one shop at most `slots - 1`, so that a large shop
 * never takes them all. Who waits is served in turn; a job that waits here counts as active in its engine.
 */
export function inTurns(jobs: readonly BoundJob[], slots: number): BoundJob[] {
  const running = new Map<number | null, number>();
  const line: Waiting[] = [];
  const mostOfAShop = Math.max(1, slots - 1);
  const fits = ({ shopId }: Waiting): boolean => {
    const total = [...running.values()].reduce((sum, count) => sum + count, 0);
    return total < slots && (shopId === null || (running.get(shopId) ?? 0) < mostOfAShop);
  };
  const serve = (): void => {
    for (let at = line.findIndex(fits); at !== -1; at = line.findIndex(fits)) {
      for (const next of line.splice(at, 1)) {
        running.set(next.shopId, (running.get(next.shopId) ?? 0) + 1);
        next.start();
      }
    }
  };
  const run = async (job: BoundJob, payload: unknown): Promise<void> => {
    const shopId = shopOf(payload);
    await new Promise<void>((start) => {
      line.push({ shopId, start });
      serve();
    });
    try {
      await job.run(payload);
    } finally {
      running.set(shopId, (running.get(shopId) ?? 1) - 1);
      serve();
    }
  };
  return jobs.map((job) => ({ definition: job.definition, run: (payload) => run(job, payload) }));
}

const shopOf = (payload: unknown): number | null =>
  typeof payload === 'object' && payload !== null && 'shopId' in payload && typeof payload.shopId === 'number' ? payload.shopId : null;
