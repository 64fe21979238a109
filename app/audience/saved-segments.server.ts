import { writeAudit } from '../audit/index.server.ts';
import { invalid, ok, type Invalid, type Ok } from '../core/result.ts';
import type { ShopScope } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { personKeys } from '../record/index.server.ts';
import { MOST_SEGMENTS, segmentName, type SavedSegment } from './saved-segment.ts';
import {
  countSegments,
  insertSegment,
  lockSegments,
  noteCount,
  readSegmentRow,
  readSegments,
  removeSegment,
  updateSegment,
} from './saved-segments.store.server.ts';
import { countAll, countMembers, memberRows, segmentWords, type MemberRow } from './segment.store.server.ts';
import { readSegment, type NoSegment } from './segments.server.ts';

const PAGE = 50;

/** A segment with what stands against counting it, if anything does. */
export type ListedSegment = SavedSegment & { readonly trouble: NoSegment | null };

/** Every saved segment of the shop by name, with the count that was taken last. */
export async function listSegments(scope: ShopScope): Promise<ListedSegment[]> {
  const segments = await scope.db.forShop(scope.shop.id, (tx) => readSegments(tx, scope.shop.id));
  return segments.map((segment) => ({ ...segment, trouble: troubleOf(scope, segment.query) }));
}

function troubleOf(scope: ShopScope, query: string): NoSegment | null {
  const read = readSegment(scope, query);
  return read.kind === 'segment' ? null : read;
}

/** A saved segment as another room keeps it: by which text, of which version, it chooses. Null when there is none such. */
export async function segmentById(scope: ShopScope, id: number): Promise<Pick<SavedSegment, 'id' | 'name' | 'query' | 'version'> | null> {
  const row = await scope.db.forShop(scope.shop.id, (tx) => readSegmentRow(tx, scope.shop.id, id));
  return row && { id: row.id, name: row.name, query: row.query, version: row.version };
}

export type SegmentPage = {
  readonly segment: SavedSegment;
  readonly members:
    | {
        readonly kind: 'members';
        readonly count: number;
        /** All customers of the shop. */
        readonly of: number;
        readonly rows: readonly MemberRow[];
        /** Where the next page begins; null on the last. */
        readonly next: bigint | null;
      }
    | NoSegment;
};

/** A segment with a page of its customers, counted anew; null when there is none such. */
export async function segmentPage(scope: ShopScope, wanted: { id: number; after: bigint }): Promise<SegmentPage | null> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    const segment = await readSegmentRow(tx, scope.shop.id, wanted.id);
    if (!segment) return null;
    const read = readSegment(scope, segment.query);
    if (read.kind !== 'segment') return { segment, members: read };
    const now = scope.clock.now();
    const count = await countMembers(tx, read.compiled);
    await noteCount(tx, scope.shop.id, { id: segment.id, version: segment.version, count, now });
    const found = await memberRows(tx, personKeys(scope), { ...read.compiled, after: wanted.after, limit: PAGE + 1 });
    const rows = found.slice(0, PAGE);
    const next = found.length > PAGE ? (rows.at(-1)?.id ?? null) : null;
    const of = await countAll(tx, scope.shop.id);
    return { segment: { ...segment, counted: count, countedAt: now }, members: { kind: 'members', count, of, rows, next } };
  });
}

/** Every customer of a segment, page by page; nobody where it cannot be read. */
export async function* allMembers(scope: ShopScope, id: number): AsyncGenerator<MemberRow> {
  const segment = await segmentById(scope, id);
  const read = segment && readSegment(scope, segment.query);
  if (read?.kind !== 'segment') return;
  const limit = 1_000;
  for (let after = -1n; ;) {
    const page = { ...read.compiled, after, limit };
    const rows = await scope.db.forShop(scope.shop.id, (tx) => memberRows(tx, personKeys(scope), page));
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    after = last.id;
  }
}

/** How many customers a text means now, of how many. */
export async function checkSegment(
  scope: ShopScope,
  text: string,
): Promise<{ readonly kind: 'count'; readonly count: number; readonly of: number } | NoSegment> {
  const read = readSegment(scope, text);
  if (read.kind !== 'segment') return read;
  return scope.db.forShop(scope.shop.id, async (tx) => ({
    kind: 'count',
    count: await countMembers(tx, read.compiled),
    of: await countAll(tx, scope.shop.id),
  }));
}

/** Words of the shop that a segment may name, for completion. */
export async function wordsForSegments(scope: ShopScope): Promise<Record<string, string[]>> {
  return scope.db.forShop(scope.shop.id, (tx) => segmentWords(tx, scope.shop.id));
}

/** `id` and `version` (the one that was read) are null for a new segment. */
export type WantedSegment = { readonly id: number | null; readonly version: number | null; readonly name: string; readonly query: string };
/** `stale`: somebody changed it meanwhile. `imported`: it is changed in the store. `gone`: there is none such. */
export type SaveOutcome = Ok<Pick<SavedSegment, 'id' | 'version'>> | Invalid | NoSegment | { readonly kind: 'stale' | 'imported' | 'gone' };

/** Makes a segment, or changes one that nobody changed since it was read. @returns its id and version, or why not. */
export async function saveSegment(scope: ShopScope, wanted: WantedSegment): Promise<SaveOutcome> {
  const name = segmentName(wanted.name);
  if (name === null) return invalid({ name: 'segments.error.name' });
  const query = wanted.query.trim();
  const read = readSegment(scope, query);
  if (read.kind !== 'segment') return read;
  return scope.db.forShop(scope.shop.id, async (tx) => {
    await lockSegments(tx, scope.shop.id);
    const saved = await (wanted.id === null
      ? create(tx, scope, { name, query })
      : change(tx, scope, { id: wanted.id, version: wanted.version, name, query }));
    if (saved.kind !== 'ok') return saved;
    const count = await countMembers(tx, read.compiled);
    await noteCount(tx, scope.shop.id, { ...saved.value, count, now: scope.clock.now() });
    return saved;
  });
}

type Texts = { readonly name: string; readonly query: string };

async function create(tx: ShopTx, scope: ShopScope, texts: Texts): Promise<SaveOutcome> {
  if ((await countSegments(tx, scope.shop.id, 'own')) >= MOST_SEGMENTS) return invalid({ name: 'segments.error.most' });
  const id = await insertSegment(tx, scope.shop.id, { ...texts, source: 'own', gid: null, now: scope.clock.now() });
  if (id === null) return invalid({ name: 'segments.error.taken' });
  await writeAudit(tx, scope, { action: 'segment.created', subject: `segment/${id}`, after: texts });
  return ok({ id, version: 1 });
}

async function change(tx: ShopTx, scope: ShopScope, wanted: Texts & { id: number; version: number | null }): Promise<SaveOutcome> {
  const { id, name, query } = wanted;
  const held = await readSegmentRow(tx, scope.shop.id, id);
  if (!held) return { kind: 'gone' };
  if (held.source !== 'own') return { kind: 'imported' };
  if (held.version !== wanted.version) return { kind: 'stale' };
  if (held.name === name && held.query === query) return ok({ id, version: held.version });
  if (!(await updateSegment(tx, scope.shop.id, { id, name, query, now: scope.clock.now() })))
    return invalid({ name: 'segments.error.taken' });
  await writeAudit(tx, scope, {
    action: 'segment.changed',
    subject: `segment/${id}`,
    before: { version: held.version, name: held.name, query: held.query },
    after: { version: held.version + 1, name, query },
  });
  return ok({ id, version: held.version + 1 });
}

/** Deletes a segment; what used it keeps what it has. One of the store's own comes back with the next import. */
export async function deleteSegment(scope: ShopScope, id: number): Promise<{ readonly kind: 'ok' | 'gone' }> {
  return scope.db.forShop(scope.shop.id, async (tx) => {
    await lockSegments(tx, scope.shop.id);
    const held = await readSegmentRow(tx, scope.shop.id, id);
    if (!held || !(await removeSegment(tx, scope.shop.id, id))) return { kind: 'gone' };
    const { version, name, query } = held;
    await writeAudit(tx, scope, { action: 'segment.deleted', subject: `segment/${id}`, before: { version, name, query } });
    return { kind: 'ok' };
  });
}

/** Counts every segment of a shop anew, each in a transaction of its own. @returns how many could be counted. */
export async function countAllSegments(scope: ShopScope): Promise<number> {
  let counted = 0;
  for (const { id, version, query } of await listSegments(scope)) {
    const read = readSegment(scope, query);
    if (read.kind !== 'segment') continue;
    await scope.db.forShop(scope.shop.id, async (tx) => {
      const count = await countMembers(tx, read.compiled);
      await noteCount(tx, scope.shop.id, { id, version, count, now: scope.clock.now() });
    });
    counted += 1;
  }
  return counted;
}
