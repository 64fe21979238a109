import type { Db, ShopTx } from '../platform/db.server.ts';

export type Delivery = {
  shopId: number;
  topic: string;
  webhookId: string;
  eventId: string | null;
  apiVersion: string | null;
  triggeredAt: Date | null;
  body: string;
};

const WRITE_MS = 10_000;

/**
 * Writes deliveries by one statement; one that is there already (same shop, topic and webhook id) is passed over.
 * Through the pool and not through Prisma: this is the hot path, and a prepared statement with arrays is all it needs.
 */
export async function insertDeliveries(db: Db, deliveries: readonly Delivery[]): Promise<void> {
  const insert = {
    name: 'inbox-insert',
    // Who waited for it is gone by then; a connection on which nothing comes back is given up.
    query_timeout: WRITE_MS,
    text: `INSERT INTO inbox_events (shop_id, topic, webhook_id, event_id, api_version, triggered_at, body)
      SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
      ON CONFLICT (shop_id, topic, webhook_id) DO NOTHING`,
    values: [
      deliveries.map((delivery) => delivery.shopId),
      deliveries.map((delivery) => delivery.topic),
      deliveries.map((delivery) => delivery.webhookId),
      deliveries.map((delivery) => delivery.eventId),
      deliveries.map((delivery) => delivery.apiVersion),
      deliveries.map((delivery) => delivery.triggeredAt),
      deliveries.map((delivery) => delivery.body),
    ],
  };
  await db.pool.query(insert);
}

export type PendingEvent = {
  id: bigint;
  topic: string;
  body: string | null;
  triggeredAt: Date | null;
  receivedAt: Date;
  attempts: number;
};

/**
 * The lock under which a shop's record is written; held to the end of the transaction. One writer a shop keeps the
 * projection simple, and shops do not wait for each other.
 * @returns false when another process holds it.
 */
export async function tryProjectionLock(tx: ShopTx, shopId: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`SELECT pg_try_advisory_xact_lock(7321, ${shopId}::int) AS locked`;
  return row?.locked ?? false;
}

/** As tryProjectionLock, but waits. */
export async function projectionLock(tx: ShopTx, shopId: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7321, ${shopId}::int)`;
}

/** The oldest events that are due. */
export async function duePending(tx: ShopTx, shopId: number, limit: { now: Date; count: number }): Promise<PendingEvent[]> {
  return tx.$queryRaw<PendingEvent[]>`
    SELECT id, topic, body, triggered_at AS "triggeredAt", received_at AS "receivedAt", attempts FROM inbox_events
    WHERE shop_id = ${shopId} AND status = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= ${limit.now})
    ORDER BY id LIMIT ${limit.count}`;
}

export async function isPending(tx: ShopTx, shopId: number, id: bigint): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM inbox_events WHERE shop_id = ${shopId} AND id = ${id} AND status = 'pending'`;
  return rows.length > 0;
}

export async function markApplied(tx: ShopTx, shopId: number, ids: bigint[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE inbox_events SET status = 'applied', applied_at = now(), attempts = attempts + 1, error = NULL, next_attempt_at = NULL
    WHERE shop_id = ${shopId} AND id = ANY(${ids}::bigint[])`;
}

/** A failure of one event: tried again at `retryAt`, or parked as failed where that is null. */
export async function markFailed(tx: ShopTx, shopId: number, failure: { id: bigint; error: string; retryAt: Date | null }): Promise<void> {
  await tx.$executeRaw`
    UPDATE inbox_events SET attempts = attempts + 1, error = ${failure.error}, next_attempt_at = ${failure.retryAt},
      status = CASE WHEN ${failure.retryAt}::timestamptz IS NULL THEN 'failed' ELSE 'pending' END
    WHERE shop_id = ${shopId} AND id = ${failure.id}`;
}

/** Shops that have events to apply; for the sweeper. */
export async function shopsWithPending(db: Db, now: Date): Promise<number[]> {
  const rows = await db.prisma.$queryRaw<{ shop_id: number }[]>`
    SELECT DISTINCT shop_id FROM inbox_events WHERE status = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= ${now})`;
  return rows.map((row) => row.shop_id);
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
