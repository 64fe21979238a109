import { keyed, type Platform, type ShopRef } from '../platform/context.server.ts';
import { AdminUnavailableError, pollBulk, startBulk, type AdminClient } from '../shopify/index.server.ts';
import { backfillSteps, type BackfillKind } from './backfill.store.server.ts';
import { batchesOf, chunksOf, linesOf } from './bulk-stream.ts';
import { takeDirty } from './dirty.store.server.ts';
import { SOURCES } from './import-sources.server.ts';
import { projectionLock } from './inbox.store.server.ts';
import { reconcileMarks, saveMark, type ReconcileMark } from './reconcile.store.server.ts';

/** Kinds that the store can be asked for by the time of their last change. */
const ASKED: readonly { kind: BackfillKind; root: string }[] = [
  { kind: 'products', root: 'products' },
  { kind: 'customers', root: 'customers' },
  { kind: 'orders', root: 'orders' },
];
/** Asked for once more before the watermark: clocks differ, and a change may show up in the store's search late. */
const OVERLAP_MS = 5 * 60_000;

export type ReconcileReport = { checked: number; mended: number; kinds: Pick<ReconcileMark, 'kind' | 'checked' | 'mended'>[] };

type Tools = { client: AdminClient; pause: (ms: number) => Promise<void> };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks the store what changed since the last time and applies it by the same guard as everything else, so that only
 * what the webhooks missed changes anything. Runs after the first import has ended; before, there is nothing to compare.
 * @returns how many objects were looked at, and how many of them the record did not have as they stand.
 */
export async function reconcile(
  platform: Platform,
  tools: { client: AdminClient; pause?: (ms: number) => Promise<void> },
  shop: ShopRef,
): Promise<ReconcileReport> {
  const { client, pause = sleep } = tools;
  const { steps, marks } = await platform.db.forShop(shop.id, async (tx) => ({
    steps: await backfillSteps(tx, shop.id),
    marks: await reconcileMarks(tx, shop.id),
  }));
  const report: ReconcileReport = { checked: 0, mended: 0, kinds: [] };
  for (const { kind, root } of ASKED) {
    const step = steps.find((candidate) => candidate.kind === kind);
    if (step?.status !== 'done' || !step.startedAt) continue;
    const since = marks.find((mark) => mark.kind === kind)?.watermark ?? step.startedAt;
    const ranAt = platform.clock.now();
    const from = new Date(since.getTime() - OVERLAP_MS);
    try {
      const result = await importChanged(
        platform,
        { client, pause, shop },
        { kind, query: filtered(kind, root, `updated_at:>='${from.toISOString()}'`) },
      );
      await platform.db.forShop(shop.id, (tx) => saveMark(tx, shop.id, { kind, watermark: ranAt, ranAt, error: null, ...result }));
      report.kinds.push({ kind, ...result });
      report.checked += result.checked;
      report.mended += result.mended;
    } catch (error) {
      const problem = error instanceof Error ? error.name : 'unknown';
      await platform.db.forShop(shop.id, (tx) =>
        saveMark(tx, shop.id, { kind, watermark: since, ranAt, checked: 0, mended: 0, error: problem }),
      );
      throw error;
    }
  }
  await refetch(platform, { client, pause, shop });
  platform.log.info({ shop: shop.id, checked: report.checked, mended: report.mended }, 'reconciled with the store');
  return report;
}

/** A kind's query with a search filter on its root connection. */
function filtered(kind: BackfillKind, root: string, filter: string): string {
  return SOURCES[kind].query.replace(`${root} {`, `${root}(query: ${JSON.stringify(filter)}) {`);
}

/** Orders that an event named without saying how they stand (orders/edited). */
async function refetch(platform: Platform, run: Tools & { shop: ShopRef }): Promise<void> {
  const ids = await platform.db.forShop(run.shop.id, (tx) => takeDirty(tx, run.shop.id, { feed: 'refetch', limit: 200 }));
  if (ids.length === 0) return;
  await importChanged(platform, run, { kind: 'orders', query: filtered('orders', 'orders', ids.map((id) => `id:${id}`).join(' OR ')) });
}

async function importChanged(
  platform: Platform,
  run: Tools & { shop: ShopRef },
  wanted: { kind: BackfillKind; query: string },
): Promise<{ checked: number; mended: number }> {
  const { shop, client } = run;
  const started = await startBulk(client, shop, wanted.query);
  if (started.kind === 'refused') throw new AdminUnavailableError(`the store refused: ${started.reason}`);
  const file = await finished(run, started.id);
  const total = { checked: 0, mended: 0 };
  if (!file.url) return total;
  const response = await client.download(file.url);
  if (!response.ok || !response.body) throw new AdminUnavailableError(`the export's file answered ${response.status}`);
  for await (const batch of batchesOf(linesOf(chunksOf(response.body)), {
    skip: 0n,
    total: file.objects,
    size: SOURCES[wanted.kind].batch,
  })) {
    total.checked += batch.groups.length;
    total.mended += await platform.db.forShop(shop.id, async (tx) => {
      await projectionLock(tx, shop.id);
      return SOURCES[wanted.kind].apply(tx, keyed(shop, platform), batch.groups);
    });
  }
  return total;
}

async function finished(run: Tools & { shop: ShopRef }, id: string): Promise<{ url: string | null; objects: bigint }> {
  for (let wait = 100; ; wait = Math.min(5_000, wait * 1.5)) {
    const state = await pollBulk(run.client, run.shop, id);
    if (state.kind === 'completed') return state;
    if (state.kind !== 'running')
      throw new AdminUnavailableError(`the export did not come: ${state.kind === 'failed' ? state.code : 'unknown'}`);
    await run.pause(wait);
  }
}
