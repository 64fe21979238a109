import { writeAudit } from '../audit/index.server.ts';
import type { ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { failureText, type AdminClient } from '../shopify/index.server.ts';
import { MOST_SEGMENTS, namesFor, segmentName, type SavedSegment } from './saved-segment.ts';
import {
  disownSegments,
  importedSegments,
  insertSegment,
  lockSegments,
  removeSegment,
  updateSegment,
} from './saved-segments.store.server.ts';
import { countSegmentsJob } from './segment-jobs.ts';
import { STORE_SEGMENTS } from './segments.shopify.server.ts';
import { readSegment } from './segments.server.ts';

/** More than the most segments that Shopify lets a store have (6,000). */
const MOST_PAGES = 40;
const MOST_SAME_NAMES = 20;

type StoreSegment = { readonly gid: string; readonly name: string; readonly query: string };

export type ImportReport =
  | {
      readonly kind: 'imported';
      readonly created: number;
      readonly changed: number;
      readonly same: number;
      /** Segments that the store has no longer; they stay as the shop's own. */
      readonly kept: number;
      /** Of those held now: how many ask for what cannot be answered here. */
      readonly unread: number;
      /** Names of those that were left out, since a shop has as many as it can have. */
      readonly over: readonly string[];
    }
  | { readonly kind: 'refused'; readonly error: string };

/**
 * Reads the store's own segments and keeps them by their gid: a text that changed there changes here and raises the
 * version. One that cannot be read is kept too and says why in the list; it holds nobody.
 */
export async function importSegments(scope: ShopScope & { readonly admin: AdminClient }): Promise<ImportReport> {
  const read = await readStore(scope);
  if ('error' in read) return { kind: 'refused', error: read.error };
  const report = await scope.db.forShop(scope.shop.id, async (tx) => {
    await lockSegments(tx, scope.shop.id);
    const told = await keep(tx, scope, read.segments);
    const { over, ...counts } = told;
    await writeAudit(tx, scope, { action: 'segments.imported', after: { ...counts, over: over.length } });
    return told;
  });
  await scope.queue.enqueue(countSegmentsJob, { shopId: scope.shop.id }, { key: String(scope.shop.id) });
  return { kind: 'imported', ...report };
}

async function readStore({
  shop,
  admin,
}: ShopScope & { readonly admin: AdminClient }): Promise<{ segments: StoreSegment[] } | { error: string }> {
  const segments: StoreSegment[] = [];
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const outcome: Awaited<ReturnType<typeof askPage>> = await askPage(admin, shop, after);
    if (outcome.kind !== 'ok') return { error: failureText(outcome) };
    const { nodes, pageInfo } = outcome.data.segments;
    segments.push(...nodes.map(({ id, name, query }) => ({ gid: id, name, query: plain(query) })));
    after = pageInfo.endCursor ?? null;
    if (!pageInfo.hasNextPage || after === null) return { segments };
  }
  return { error: `more than ${MOST_PAGES * 250} segments` };
}

const askPage = (admin: AdminClient, shop: ShopScope['shop'], after: string | null) => admin.run(shop, STORE_SEGMENTS, { after });

/** PostgreSQL holds no NUL in a text. */
const plain = (text: string): string => text.replaceAll('\0', '').trim();

type Report = Omit<Extract<ImportReport, { kind: 'imported' }>, 'kind'>;

async function keep(tx: ShopTx, scope: ShopScope, segments: readonly StoreSegment[]): Promise<Report> {
  const held = await importedSegments(tx, scope.shop.id);
  const counts = { created: 0, changed: 0, same: 0 };
  const over: string[] = [];
  // What the store has no longer makes room first.
  const kept = await letGo(tx, scope, { held, inStore: new Set(segments.map(({ gid }) => gid)) });
  let room = MOST_SEGMENTS - segments.filter(({ gid }) => held.has(gid)).length;
  for (const segment of segments) {
    const known = held.get(segment.gid);
    if (known) counts[await follow(tx, scope, { known, segment })] += 1;
    else if (room <= 0) over.push(segment.name);
    else {
      await add(tx, scope, segment);
      counts.created += 1;
      room -= 1;
    }
  }
  const left = new Set(over);
  const unread = segments.filter(({ name, query }) => !left.has(name) && readSegment(scope, query).kind !== 'segment').length;
  return { ...counts, kept, unread, over };
}

const namesOf = ({ name, gid }: StoreSegment): string[] =>
  namesFor(segmentName(name.slice(0, 100)) ?? `Segment ${gid.replace(/^.*\//, '')}`, 'Shopify', MOST_SAME_NAMES);

async function add(tx: ShopTx, { shop, clock }: ShopScope, segment: StoreSegment): Promise<void> {
  for (const name of namesOf(segment)) {
    const made = { name, query: segment.query, source: 'shopify' as const, gid: segment.gid, now: clock.now() };
    if ((await insertSegment(tx, shop.id, made)) !== null) return;
  }
  throw new Error(`no free name for ${segment.gid}`);
}

async function follow(
  tx: ShopTx,
  { shop, clock }: ShopScope,
  { known, segment }: { known: SavedSegment; segment: StoreSegment },
): Promise<'changed' | 'same'> {
  const names = namesOf(segment);
  const isNamed = names.includes(known.name);
  if (isNamed && known.query === segment.query) return 'same';
  for (const name of isNamed ? [known.name] : names) {
    if (await updateSegment(tx, shop.id, { id: known.id, name, query: segment.query, now: clock.now() })) return 'changed';
  }
  throw new Error(`no free name for ${segment.gid}`);
}

/** One that the store has no longer stays as the shop's own, for what uses it; one that holds nobody here goes. */
async function letGo(
  tx: ShopTx,
  scope: ShopScope,
  { held, inStore }: { held: ReadonlyMap<string, SavedSegment>; inStore: ReadonlySet<string> },
): Promise<number> {
  const gone = [...held].flatMap(([gid, segment]) => (inStore.has(gid) ? [] : [segment]));
  const useful = gone.filter(({ query }) => readSegment(scope, query).kind === 'segment');
  await disownSegments(
    tx,
    scope.shop.id,
    useful.map(({ id }) => id),
  );
  for (const segment of gone) if (!useful.includes(segment)) await removeSegment(tx, scope.shop.id, segment.id);
  return useful.length;
}
