import { expect, it } from 'vitest';
import { z } from 'zod';
import { bindJob, type JobDefinition } from './queue.server.ts';
import { inTurns } from './turns.server.ts';

const definition: JobDefinition<{ shopId?: number }> = {
  name: 'test.turns',
  schema: z.object({ shopId: z.int().optional() }),
  retries: 0,
  retrySeconds: 1,
  timeoutSeconds: 60,
  lane: 'slow',
};

/** A job that tells who runs and ends when it is let go. */
function held(slots: number) {
  const running: (number | undefined)[] = [];
  const ends: (() => void)[] = [];
  const [job] = inTurns(
    [
      bindJob(definition, async ({ shopId }) => {
        running.push(shopId);
        await new Promise<void>((resolve) => ends.push(resolve));
        running.splice(running.indexOf(shopId), 1);
      }),
    ],
    slots,
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return {
    running,
    start: async (shopId?: number) => {
      void job?.run(shopId === undefined ? {} : { shopId });
      await settle();
    },
    endFirst: async () => {
      ends.shift()?.();
      await settle();
    },
  };
}

it('runs so many at once and the rest in turn', async () => {
  const jobs = held(2);
  for (const shopId of [1, 2, 3, 4]) await jobs.start(shopId);
  expect(jobs.running).toEqual([1, 2]);
  await jobs.endFirst();
  expect(jobs.running).toEqual([2, 3]);
  await jobs.endFirst();
  expect(jobs.running).toEqual([3, 4]);
});

it('keeps a slot for others than the shop that has the rest', async () => {
  const jobs = held(2);
  for (const shopId of [1, 1, 1]) await jobs.start(shopId);
  expect(jobs.running).toEqual([1]);
  await jobs.start(2);
  expect(jobs.running).toEqual([1, 2]);
  await jobs.endFirst();
  expect(jobs.running).toEqual([2, 1]);
});

it('counts jobs of no shop by the slots alone', async () => {
  const jobs = held(2);
  for (let count = 0; count < 3; count += 1) await jobs.start();
  expect(jobs.running).toEqual([undefined, undefined]);
});

it('frees the slot of a job that failed', async () => {
  const [job] = inTurns(
    [
      bindJob(definition, async () => {
        throw new Error('fails');
      }),
    ],
    1,
  );
  await expect(job?.run({ shopId: 1 })).rejects.toThrow('fails');
  await expect(job?.run({ shopId: 1 })).rejects.toThrow('fails');
});
