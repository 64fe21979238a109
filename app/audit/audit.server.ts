import type { KeyObject } from 'node:crypto';
import { SYSTEM, type ShopScope } from '../platform/context.server.ts';
import { hashParts, keyedHash } from '../platform/crypto.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { auditKeyFinder, AUDIT_PURPOSE } from './audit-keys.server.ts';
import { keptKeys } from './audit-keys.store.server.ts';
import { appendRow, lockHead, readHead, rowsAfter, rowsBefore, wasWritten, type StoredRow } from './audit.store.server.ts';
import { auditJson, chainText, VIEWS, type AuditEntry, type ChainedRow } from './entry.ts';

const VIEW_MS = 3_600_000;
type Writer = Pick<ShopScope, 'shop' | 'clock' | 'env' | 'actor'>;

/**
 * Writes an entry in the transaction of what it tells of: both land or neither does.
 * Rows of one shop form a chain: each hash covers its row and the hash before it, keyed, so that whoever can only write
 * to the database can neither change a row nor take one away unseen.
 */
export async function writeAudit(tx: ShopTx, scope: Writer, entry: AuditEntry): Promise<void> {
  const { shop, clock, env } = scope;
  const actor = scope.actor ?? SYSTEM;
  const at = clock.now();
  const what = { actorKind: actor.kind, actorId: actor.id, action: entry.action, subject: entry.subject ?? null };
  if (VIEWS.has(entry.action) && (await wasWritten(tx, shop.id, { ...what, since: new Date(at.getTime() - VIEW_MS) }))) return;
  const head = await lockHead(tx, shop.id);
  const row: ChainedRow = {
    shopId: shop.id,
    seq: head.seq + 1n,
    at,
    ...what,
    before: auditJson(entry.before),
    after: auditJson(entry.after),
  };
  const { keyId, hash } = keyedHash(env.keys, { purpose: AUDIT_PURPOSE, parts: [head.hash, chainText(row)] });
  await appendRow(tx, { ...row, keyId, hash });
}

/** Writes an entry by itself, for what changes nothing in the record. */
export async function noteAudit(scope: ShopScope, entry: AuditEntry): Promise<void> {
  await scope.db.forShop(scope.shop.id, (tx) => writeAudit(tx, scope, entry));
}

export type AuditRow = Omit<StoredRow, 'hash' | 'keyId' | 'shopId'>;

/** A page of the log, newest first. `next` is where the following page begins; null on the last. */
export async function listAudit(
  scope: ShopScope,
  page: { before: bigint | null; actions: readonly string[] | null; limit: number },
): Promise<{ rows: AuditRow[]; next: bigint | null }> {
  const found = await scope.db.forShop(scope.shop.id, (tx) => rowsBefore(tx, scope.shop.id, { ...page, limit: page.limit + 1 }));
  const rows = found.slice(0, page.limit).map(({ hash: _hash, keyId: _key, shopId: _shop, ...row }) => row);
  return { rows, next: found.length > page.limit ? (rows.at(-1)?.seq ?? null) : null };
}

/** Every entry, newest first, page by page. */
export async function* allAudit(scope: ShopScope): AsyncGenerator<AuditRow> {
  for (let before: bigint | null = null; ;) {
    const page: Awaited<ReturnType<typeof listAudit>> = await listAudit(scope, { before, actions: null, limit: 1_000 });
    yield* page.rows;
    if (page.next === null) return;
    before = page.next;
  }
}

/** `changed`: the row is not what was written; `missing`: rows were taken away before it; `end`: rows were taken from the end. */
export type AuditDifference = { table: 'audit_log'; seq: bigint; problem: 'changed' | 'missing' | 'end' | 'key-unknown' };

/** Follows the chain from its first row and names what does not fit; at most `limit` rows. */
export async function verifyAudit(scope: ShopScope, limit = 50): Promise<AuditDifference[]> {
  const differences: AuditDifference[] = [];
  const kept = await scope.db.forShop(scope.shop.id, (tx) => keptKeys(tx, scope.shop.id));
  const keyOf = auditKeyFinder(scope.shop.id, scope.env.keys, kept);
  let last: { seq: bigint; hash: Uint8Array } = { seq: 0n, hash: new Uint8Array() };
  for (;;) {
    // The head before the rows: an entry written between the two would otherwise look like rows taken from the end.
    const { head, rows } = await scope.db.forShop(scope.shop.id, async (tx) => ({
      head: await readHead(tx, scope.shop.id),
      rows: await rowsAfter(tx, scope.shop.id, { after: last.seq, limit: 1_000 }),
    }));
    for (const row of rows) {
      const problem = problemOf(keyOf(row.keyId), last, row);
      if (problem) differences.push({ table: 'audit_log', seq: row.seq, problem });
      last = row;
    }
    if (differences.length >= limit) return differences.slice(0, limit);
    if (rows.length > 0) continue;
    const ends = head === null ? last.seq === 0n : head.seq === last.seq && Buffer.from(head.hash).equals(last.hash);
    return ends ? differences : [...differences, { table: 'audit_log', seq: last.seq, problem: 'end' }];
  }
}

function problemOf(key: KeyObject | null, before: { seq: bigint; hash: Uint8Array }, row: StoredRow): AuditDifference['problem'] | null {
  if (row.seq !== before.seq + 1n) return 'missing';
  if (!key) return 'key-unknown';
  return hashParts(key, [before.hash, chainText(row)]).equals(row.hash) ? null : 'changed';
}
