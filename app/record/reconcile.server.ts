import type { Platform, ShopRef } from '../platform/context.server.ts';
import { AdminOperationError, AdminUnavailableError, type AdminClient } from '../shopify/index.server.ts';
import { backfillSteps, type BackfillKind } from './backfill.store.server.ts';
import { reconcileCollections } from './reconcile-collections.server.ts';
import { findDeleted, findDeletedLocations, findDeletedProducts } from './reconcile-deleted.server.ts';
import {
  lookAtCustomers,
  lookAtItems,
  lookAtLevels,
  lookAtLocations,
  lookAtOrders,
  lookAtProducts,
  plus,
  type Looked,
  type Run,
} from './reconcile-kinds.server.ts';
import {
  openRun,
  RECONCILE_KINDS,
  reconcileMarks,
  saveMark,
  saveRun,
  withReconcileLock,
  type ReconcileKind,
  type RunKind,
} from './reconcile.store.server.ts';
import { refetchCollections } from './refetch-collections.server.ts';
import { refetchMarked } from './refetch.server.ts';

/** Asked for once more before the watermark: clocks differ, and a change may show up in the store's search late. */
const OVERLAP_MS = 5 * 60_000;

/** The step of the first import that a kind goes on from, and how the store is asked for what changed since. */
const KINDS: Readonly<Record<ReconcileKind, { after: BackfillKind; look: (run: Run, from: Date) => Promise<Looked> }>> = {
  locations: {
    after: 'locations',
    async look(run) {
      const { ids, ...looked } = await lookAtLocations(run);
      return plus(looked, { checked: 0, mended: await findDeletedLocations(run, ids) });
    },
  },
  items: { after: 'products', look: lookAtItems },
  products: { after: 'products', look: async (run, from) => plus(await lookAtProducts(run, from), await findDeletedProducts(run, from)) },
  // Products that were found changed a moment ago may be in other collections now.
  collections: {
    after: 'collections',
    look: async (run, from) => plus(await refetchCollections(run), await reconcileCollections(run, from)),
  },
  inventory: { after: 'inventory', look: lookAtLevels },
  customers: {
    after: 'customers',
    look: async (run, from) => plus(await lookAtCustomers(run, { from }), await findDeleted(run, 'customers')),
  },
  orders: { after: 'orders', look: async (run, from) => plus(await lookAtOrders(run, { from }), await findDeleted(run, 'orders')) },
};

export type ReconcileReport =
  | { kind: 'done'; checked: number; mended: number; kinds: RunKind[] }
  /** Another process is at it. */
  | { kind: 'busy' };

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks the store what changed since the last time and applies it by the same guard as everything else, so that only
 * what the webhooks missed changes anything. Kinds whose first import has not ended are left out. A kind that fails
 * keeps its watermark and stops no other; the report names it.
 */
export async function reconcile(
  platform: Platform,
  tools: { client: AdminClient; pause?: (ms: number) => Promise<void> },
  shop: ShopRef,
): Promise<ReconcileReport> {
  const run: Run = { platform, shop, client: tools.client, pause: tools.pause ?? sleep };
  const kinds = await withReconcileLock(platform.db, shop.id, () => lookAtAll(run));
  if (kinds === 'busy') return { kind: 'busy' };
  const sum = (of: 'checked' | 'mended'): number => kinds.reduce((total, kind) => total + kind[of], 0);
  const report = { kind: 'done' as const, checked: sum('checked'), mended: sum('mended'), kinds };
  platform.log.info({ shop: shop.id, checked: report.checked, mended: report.mended }, 'reconciled with the store');
  return report;
}

async function lookAtAll(run: Run): Promise<RunKind[]> {
  const { platform, shop } = run;
  const { steps, marks, id } = await platform.db.forShop(shop.id, async (tx) => ({
    steps: await backfillSteps(tx, shop.id),
    marks: await reconcileMarks(tx, shop.id),
    id: await openRun(tx, shop.id, platform.clock.now()),
  }));
  const done: RunKind[] = [];
  const say = (currentKind: string | null, finishedAt?: Date): Promise<void> =>
    platform.db.forShop(shop.id, (tx) => saveRun(tx, shop.id, { id, currentKind, kinds: done, finishedAt }));
  try {
    const named = await refetchMarked(run);
    for (const kind of RECONCILE_KINDS) {
      const { after } = KINDS[kind];
      const step = steps.find((candidate) => candidate.kind === after);
      if (step?.status !== 'done' || !step.startedAt) continue;
      await say(kind);
      const looked = await lookAt(run, kind, marks.find((mark) => mark.kind === kind)?.watermark ?? step.startedAt);
      const also = kind === 'orders' || kind === 'customers' || kind === 'collections' ? named[kind] : { checked: 0, mended: 0 };
      done.push({ ...looked, ...plus(looked, also) });
    }
  } finally {
    await say(null, platform.clock.now());
  }
  return done;
}

async function lookAt(run: Run, kind: ReconcileKind, watermark: Date): Promise<RunKind> {
  const { platform, shop } = run;
  const ranAt = platform.clock.now();
  const keep = (mark: { watermark: Date; checked: number; mended: number; error: string | null }): Promise<void> =>
    platform.db.forShop(shop.id, (tx) => saveMark(tx, shop.id, { kind, ranAt, ...mark }));
  try {
    const looked = await KINDS[kind].look(run, new Date(watermark.getTime() - OVERLAP_MS));
    await keep({ watermark: ranAt, ...looked, error: null });
    return { kind, ...looked, error: null };
  } catch (error) {
    const problem = problemOf(error);
    platform.log.warn({ shop: shop.id, kind, problem }, 'the store could not be asked; to be asked again');
    await keep({ watermark, checked: 0, mended: 0, error: problem });
    return { kind, checked: 0, mended: 0, error: problem };
  }
}

/** Our own words and the store's refusals may be shown; anything else might quote a payload. */
function problemOf(error: unknown): string {
  if (error instanceof AdminUnavailableError || error instanceof AdminOperationError) return error.message.slice(0, 300);
  return error instanceof Error ? error.name : 'unknown';
}
