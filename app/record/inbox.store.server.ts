import { arrayLiteral, idList } from '../platform/columns.server.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';

export type Delivery = {
  shopDomain: string;
  topic: string;
  webhookId: string;
  eventId: string | null;
  apiVersion: string | null;
  triggeredAt: Date | null;
  body: string;
};

const INSERT = {
  name: 'inbox-insert',
  text: 'SELECT storebook_insert_deliveries($1, $2, $3, $4, $5, $6, $7) AS ids',
  // Who waited for it is gone by then.
  giveUpMs: 10_000,
};

/**
 * Writes deliveries by one statement, bound to no shop, since they are of many; one that is there already (same shop,
 * topic and webhook id) is passed over.
 * @returns the shops' ids in the order of the deliveries; null for a domain that nobody has, of which nothing is written.
 */
export async function insertDeliveries(db: Pick<Db, 'across'>, deliveries: readonly Delivery[]): Promise<(number | null)[]> {
  const texts = (read: (delivery: Delivery) => string | Date | null, type: 'text' | 'timestamptz' = 'text'): string =>
    arrayLiteral(deliveries, read, type);
  const [row] = await db.across.rows<{ ids: (number | null)[] }>(INSERT, [
    texts((delivery) => delivery.shopDomain),
    texts((delivery) => delivery.topic),
    texts((delivery) => delivery.webhookId),
    texts((delivery) => delivery.eventId),
    texts((delivery) => delivery.apiVersion),
    texts((delivery) => delivery.triggeredAt, 'timestamptz'),
    texts((delivery) => delivery.body),
  ]);
  if (!row) throw new Error('the inbox gave no answer');
  return row.ids;
}

export type PendingEvent = {
  id: bigint;
  topic: string;
  body: string | null;
  triggeredAt: Date | null;
  receivedAt: Date;
  attempts: number;
};

const LOCK = { name: 'projection-lock', text: 'SELECT pg_advisory_xact_lock(7321, $1::int)' };

/**
 * The lock under which a shop's record is written; held to the end of the transaction. One writer a shop keeps the
 * projection simple, and shops do not wait for each other.
 * @returns false when another process holds it.
 */
export async function tryProjectionLock(tx: ShopTx, shopId: number): Promise<boolean> {
  const [row] = await tx.sql.rows<{ locked: boolean }>(
    { name: 'try-projection-lock', text: 'SELECT pg_try_advisory_xact_lock(7321, $1) AS locked' },
    [shopId],
  );
  return row?.locked ?? false;
}

/**
 * As tryProjectionLock, but waits so many milliseconds for a writer that holds it; who waits comes next, which a second
 * try later would not. @returns false when it was not to be had.
 */
export async function projectionLockWithin(tx: ShopTx, shopId: number, ms: number): Promise<boolean> {
  if (await tryProjectionLock(tx, shopId)) return true;
  if (ms === 0) return false;
  // In a savepoint: the timeout is an error, and an error would end the transaction.
  await tx.sql.run({ text: 'SAVEPOINT lock_wait' });
  try {
    await tx.sql.run({ text: `SET LOCAL lock_timeout = ${Math.ceil(ms)}` });
    await tx.sql.run(LOCK, [shopId]);
    await tx.sql.run({ text: 'SET LOCAL lock_timeout = 0' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '55P03')) throw error;
    await tx.sql.run({ text: 'ROLLBACK TO SAVEPOINT lock_wait' });
    return false;
  }
}

/** As tryProjectionLock, but waits. */
export async function projectionLock(tx: ShopTx, shopId: number): Promise<void> {
  await tx.sql.run(LOCK, [shopId]);
}

/** Stored (compressed) bytes of bodies that are read at once. */
const MOST_BYTES = 8_000_000;

const DUE = {
  name: 'inbox-due',
  text: `SELECT id, topic, body, triggered_at AS "triggeredAt", received_at AS "receivedAt", attempts
    FROM (SELECT *, sum(COALESCE(pg_column_size(body), 0)) OVER (ORDER BY id) AS bytes, row_number() OVER (ORDER BY id) AS place
      FROM (SELECT id, topic, body, triggered_at, received_at, attempts FROM inbox_events
        WHERE shop_id = $1 AND status = 'pending' AND id > $2 AND (next_attempt_at IS NULL OR next_attempt_at <= $3)
        ORDER BY id LIMIT $4) AS page) AS sized
    WHERE bytes <= ${MOST_BYTES} OR place = 1 ORDER BY id`,
};

/** The oldest events after `after` that are due: at most `count`, fewer where their bodies are large. */
export async function duePending(tx: ShopTx, shopId: number, page: { after: bigint; now: Date; count: number }): Promise<PendingEvent[]> {
  return tx.sql.rows<PendingEvent>(DUE, [shopId, page.after, page.now, page.count]);
}

const CLAIM = {
  name: 'inbox-claim',
  text: `UPDATE inbox_events SET status = 'applied', applied_at = now(), attempts = attempts + 1, error = NULL, next_attempt_at = NULL
    WHERE shop_id = $1 AND id = ANY($2::bigint[]) AND status = 'pending' RETURNING id`,
};

/**
 * Marks events as applied, first thing in the transaction that applies them.
 * @returns the ids that were still waiting; whatever is not among them was applied meanwhile and must be left alone.
 */
export async function claimPending(tx: ShopTx, shopId: number, ids: readonly bigint[]): Promise<Set<bigint>> {
  const rows = await tx.sql.rows<{ id: bigint }>(CLAIM, [shopId, idList(ids)]);
  return new Set(rows.map((row) => row.id));
}

/** A failure of one event: tried again at `retryAt`, or parked as failed where that is null. */
export async function markFailed(tx: ShopTx, shopId: number, failure: { id: bigint; error: string; retryAt: Date | null }): Promise<void> {
  await tx.$executeRaw`
    UPDATE inbox_events SET attempts = attempts + 1, error = ${failure.error}, next_attempt_at = ${failure.retryAt},
      status = CASE WHEN ${failure.retryAt}::timestamptz IS NULL THEN 'failed' ELSE 'pending' END
    WHERE shop_id = ${shopId} AND id = ${failure.id} AND status = 'pending'`;
}

/** Shops that have events to apply; for the sweeper. */
export async function shopsWithPending(db: Db, now: Date): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_pending($1) AS id' }, [now]);
  return rows.map((row) => row.id);
}

/** Puts a failed event (or all of them) back in line. @returns how many. */
export async function requeueFailed(tx: ShopTx, shopId: number, id: bigint | null): Promise<number> {
  return tx.$executeRaw`
    UPDATE inbox_events SET status = 'pending', attempts = 0, next_attempt_at = NULL
    WHERE shop_id = ${shopId} AND status = 'failed' AND body IS NOT NULL AND (${id}::bigint IS NULL OR id = ${id}::bigint)`;
}

export type FailedEvent = { id: bigint; topic: string; webhookId: string; receivedAt: Date; attempts: number; error: string | null };

/** Parked events, newest first; never their bodies. */
export async function listFailed(tx: ShopTx, shopId: number, limit: number): Promise<FailedEvent[]> {
  return tx.inboxEvent.findMany({
    where: { shopId, status: 'failed' },
    orderBy: { id: 'desc' },
    take: limit,
    select: { id: true, topic: true, webhookId: true, receivedAt: true, attempts: true, error: true },
  });
}
