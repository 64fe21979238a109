/** The nightly work of the bench `audience` in a process of its own, with the flags of a worker's slow lane: its memory is its own as well. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { refreshScores, refreshValues } from '../app/audience/index.server.ts';
import { slowLaneFlags } from '../app/entry/slow-lane.server.ts';
import { systemClock } from '../app/platform/clock.server.ts';
import { shopByDomain } from '../app/shopify/index.server.ts';
import { openOwnerDb } from '../tests/support/owner-db.ts';
import { testPlatform } from '../tests/support/platform.ts';

const task = z.object({ databaseUrl: z.string(), shop: z.string() });
const result = z.object({ scores: z.number(), scoresAgain: z.number(), values: z.number(), state: z.string(), peakBytes: z.number() });
export type NightResult = z.infer<typeof result>;

/** Scores and values all customers of the shop. Seconds of the first scoring, of a second one that finds nothing to change, and of the values. */
export async function nightInChild(options: z.infer<typeof task>): Promise<NightResult> {
  const child = fork(import.meta.filename, [JSON.stringify(options)], {
    execArgv: ['--no-warnings', ...slowLaneFlags(256)],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit').then(() => null);
  const told = once(child, 'message').then((messages: unknown[]) => messages[0]);
  const first = await Promise.race([told, ended]);
  await ended;
  if (first === null) throw new Error('the night ended without a result');
  return result.parse(first);
}

async function run({ databaseUrl, shop: domain }: z.infer<typeof task>): Promise<NightResult> {
  const db = openOwnerDb({ url: databaseUrl, poolSize: 4, applicationName: 'bench-audience' });
  const platform = { ...testPlatform({ db, url: databaseUrl, close: () => db.close() }), clock: systemClock };
  const shop = await shopByDomain(platform, domain);
  if (!shop) throw new Error('the shop is not there');
  const seconds = async (work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1_000;
  };
  const scores = await seconds(() => refreshScores(platform, shop));
  const scoresAgain = await seconds(() => refreshScores(platform, shop));
  let state = '';
  const values = await seconds(async () => {
    ({ state } = await refreshValues(platform, shop));
  });
  await db.close();
  return { scores, scoresAgain, values, state, peakBytes: process.resourceUsage().maxRSS * 1_024 };
}

if (process.send && process.argv[1] === import.meta.filename) {
  process.send(await run(task.parse(JSON.parse(process.argv[2] ?? ''))), () => process.exit(0));
}
