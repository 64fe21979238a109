/** The import of the bench `backfill` in a process of its own, with the flags of a worker's slow lane: its memory is its own as well. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { slowLaneFlags } from '../app/entry/slow-lane.server.ts';
import { runBackfill } from '../app/record/index.server.ts';
import { createAdminClient, shopByDomain } from '../app/shopify/index.server.ts';
import { openOwnerDb } from '../tests/support/owner-db.ts';
import { testPlatform } from '../tests/support/platform.ts';

const task = z.object({ databaseUrl: z.string(), storeUrl: z.string(), shop: z.string() });
const result = z.object({ seconds: z.number(), peakBytes: z.number() });
export type ImportResult = z.infer<typeof result>;

/** Runs the import that is lined up for the shop, to its end. */
export async function importInChild(options: z.infer<typeof task>): Promise<ImportResult> {
  const child = fork(import.meta.filename, [JSON.stringify(options)], {
    execArgv: ['--no-warnings', ...slowLaneFlags(256)],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit').then(() => null);
  const told = once(child, 'message').then((messages: unknown[]) => messages[0]);
  const first = await Promise.race([told, ended]);
  await ended;
  if (first === null) throw new Error('the import ended without a result');
  return result.parse(first);
}

async function run({ databaseUrl, storeUrl, shop: domain }: z.infer<typeof task>): Promise<ImportResult> {
  const db = openOwnerDb({ url: databaseUrl, poolSize: 4, applicationName: 'bench-import' });
  const platform = testPlatform({ db, url: databaseUrl, close: () => db.close() }, { env: { SANDBOX_URL: storeUrl } });
  const shop = await shopByDomain(platform, domain);
  if (!shop) throw new Error('the shop is not there');
  const started = performance.now();
  await runBackfill(platform, { client: createAdminClient(platform) }, shop);
  const seconds = (performance.now() - started) / 1_000;
  await db.close();
  return { seconds, peakBytes: process.resourceUsage().maxRSS * 1_024 };
}

if (process.send && process.argv[1] === import.meta.filename) {
  process.send(await run(task.parse(JSON.parse(process.argv[2] ?? ''))), () => process.exit(0));
}
