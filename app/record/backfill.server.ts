import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';
import { TerminalError } from '../core/result.ts';
import { keyed, type Platform, type ShopRef, type ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { AdminUnavailableError, pollBulk, startBulk, type AdminClient } from '../shopify/index.server.ts';
import {
  backfillSteps,
  lineUpBackfill,
  saveStep,
  withBackfillLock,
  type BackfillKind,
  type BackfillStep,
} from './backfill.store.server.ts';
import { batchesOf, chunksOf, linesOf, oneAhead, TruncatedFileError, type Batch } from './bulk-stream.ts';
import { SOURCES } from './import-sources.server.ts';
import { projectionLock } from './inbox.store.server.ts';

export const backfillJob: JobDefinition<{ shopId: number }> = {
  name: 'record.backfill',
  schema: z.object({ shopId: z.int().positive() }),
  retries: 10,
  retrySeconds: 5,
  timeoutSeconds: 3_600,
  lane: 'slow',
};

/** Lines up the import of the whole history and starts it. `anew` imports everything once more (nothing is doubled). */
export async function startBackfill(scope: ShopScope, options: { anew: boolean }): Promise<void> {
  await lineUpBackfill(scope.db, scope.shop.id, options.anew);
  await scope.queue.enqueue(backfillJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
}

/** How far the import is, a row a kind; empty before the first. */
export async function backfillProgress(scope: ShopScope): Promise<BackfillStep[]> {
  return scope.db.forShop(scope.shop.id, (tx) => backfillSteps(tx, scope.shop.id));
}

export type BackfillTools = { client: AdminClient; pause?: (ms: number) => Promise<void> };

/**
 * Imports what is not imported yet, step by step. Killed anywhere, the next run goes on after the last batch that
 * landed. Returns when all is done or another process is at it; throws when the store cannot be reached, to be run again.
 */
export async function runBackfill(platform: Platform, tools: BackfillTools, shop: ShopRef): Promise<{ kind: 'done' | 'busy' }> {
  const free = await withBackfillLock(platform.db, shop.id, async () => {
    for (;;) {
      const steps = await platform.db.forShop(shop.id, (tx) => backfillSteps(tx, shop.id));
      const step = steps.find((candidate) => candidate.status !== 'done');
      if (!step) return;
      if (step.status === 'failed') throw new TerminalError(`the import of ${step.kind} has failed: ${step.error ?? ''}`);
      await advance(platform, { ...tools, shop }, step);
    }
  });
  return { kind: free ? 'done' : 'busy' };
}

type Run = BackfillTools & { shop: ShopRef };

const save = (platform: Platform, shopId: number, step: Parameters<typeof saveStep>[2]): Promise<void> =>
  platform.db.forShop(shopId, (tx) => saveStep(tx, shopId, step));

async function advance(platform: Platform, run: Run, step: BackfillStep): Promise<void> {
  const { shop, client } = run;
  const { kind } = step;
  if (step.status === 'waiting' || !step.bulkOperationId) {
    const started = await startBulk(client, shop, SOURCES[kind].query);
    if (started.kind === 'refused') {
      await save(platform, shop.id, { kind, status: 'failed', error: started.reason });
      throw new TerminalError(`the store refused the export of ${kind}: ${started.reason}`);
    }
    await save(platform, shop.id, {
      kind,
      status: 'exporting',
      bulkOperationId: started.id,
      lines: 0n,
      total: null,
      startedAt: platform.clock.now(),
      error: null,
    });
    return;
  }
  const file = await exported(platform, run, { kind, id: step.bulkOperationId });
  if (!file) return;
  await save(platform, shop.id, { kind, status: 'loading', total: file.objects });
  if (file.objects > step.lines && !(await loadWhole(platform, run, { kind, id: step.bulkOperationId, file, skip: step.lines }))) {
    // The operation no longer gives its file: a new export costs little, and what has landed does not change again.
    platform.log.warn({ shop: shop.id, kind }, 'the address of an export has expired; asking for another export');
    await save(platform, shop.id, {
      kind,
      status: 'waiting',
      bulkOperationId: null,
      lines: 0n,
      error: 'the address of the export has expired',
    });
    throw new AdminUnavailableError(`the address of the export of ${kind} has expired`);
  }
  const end = async (tx: ShopTx): Promise<void> => {
    await SOURCES[kind].finish?.(tx, shop);
    await saveStep(tx, shop.id, { kind, status: 'done', finishedAt: platform.clock.now(), lines: file.objects });
  };
  await platform.db.forShop(shop.id, end, { timeoutMs: FINISH_MS });
  platform.log.info({ shop: shop.id, kind, lines: String(file.objects) }, 'imported');
}

/** A scan of the shop's whole rollups, in the worst case. */
const FINISH_MS = 600_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the store has made the file. null: the operation is lost and was lined up anew. */
async function exported(
  platform: Platform,
  run: Run,
  operation: { kind: BackfillKind; id: string },
): Promise<{ url: string | null; objects: bigint } | null> {
  const pause = run.pause ?? sleep;
  for (let wait = 200; ; wait = Math.min(5_000, wait * 1.5)) {
    const state = await pollBulk(run.client, run.shop, operation.id);
    switch (state.kind) {
      case 'completed':
        return state;
      case 'running':
        await pause(wait);
        break;
      case 'unknown':
      case 'failed':
        // Expired, cancelled or broken in the store: a new export costs little, and what has landed does not change again.
        platform.log.warn(
          { shop: run.shop.id, kind: operation.kind, problem: state.kind === 'failed' ? state.code : 'unknown' },
          'an export did not come; asking for another',
        );
        await save(platform, run.shop.id, {
          kind: operation.kind,
          status: 'waiting',
          bulkOperationId: null,
          lines: 0n,
          error: state.kind === 'failed' ? state.code : null,
        });
        if (state.kind === 'failed') throw new AdminUnavailableError(`the export of ${operation.kind} failed: ${state.code}`);
        return null;
    }
  }
}

type Exported = { url: string | null; objects: bigint };

/** Loads what has not landed yet. An expired address is asked for once more. @returns false when there is none that works. */
async function loadWhole(
  platform: Platform,
  run: Run,
  of: { kind: BackfillKind; id: string; file: Exported; skip: bigint },
): Promise<boolean> {
  const { kind, skip, file } = of;
  const loadFrom = async ({ url, objects }: Exported): Promise<boolean> =>
    url !== null && (await load(platform, run, { kind, url, skip, total: objects })) === 'loaded';
  if (await loadFrom(file)) return true;
  const again = await pollBulk(run.client, run.shop, of.id);
  return again.kind === 'completed' && loadFrom(again);
}

/** What a store answers for an address that is no more. */
const EXPIRED: ReadonlySet<number> = new Set([403, 404, 410]);

async function load(
  platform: Platform,
  run: Run,
  file: { kind: BackfillKind; url: string; skip: bigint; total: bigint },
): Promise<'loaded' | 'expired'> {
  const { shop, client } = run;
  const source = SOURCES[file.kind];
  const response = await client.download(file.url);
  if (EXPIRED.has(response.status)) return 'expired';
  if (!response.ok || !response.body) {
    throw new AdminUnavailableError(`the export's file answered ${response.status}`);
  }
  try {
    const lines = linesOf(chunksOf(response.body));
    const batches = batchesOf(lines, (group) => source.read(group, shop), {
      skip: file.skip,
      total: file.total,
      size: source.batch,
      rest: setImmediate,
    });
    // The next batch is read and made ready while the database writes this one.
    for await (const { batch, lines: done } of oneAhead(eachGathered(batches, (told) => source.gather(told, shop)))) {
      const land = async (tx: ShopTx): Promise<void> => {
        await projectionLock(tx, shop.id);
        await source.apply(tx, keyed(shop, platform), batch);
        // In the transaction of the batch: what has landed and what is counted are never two things.
        await saveStep(tx, shop.id, { kind: file.kind, lines: done });
      };
      await platform.db.forShop(shop.id, land, { repeatable: true });
    }
  } catch (error) {
    if (error instanceof TruncatedFileError) throw new AdminUnavailableError(error.message);
    throw error;
  }
  return 'loaded';
}

async function* eachGathered(
  batches: AsyncGenerator<Batch<unknown>>,
  gather: (told: readonly unknown[]) => unknown,
): AsyncGenerator<{ batch: unknown; lines: bigint }> {
  for await (const { told, lines } of batches) yield { batch: gather(told), lines };
}
