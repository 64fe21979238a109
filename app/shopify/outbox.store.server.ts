import type { Db, ShopTx } from '../platform/db.server.ts';
import { Prisma } from '../generated/prisma/client.ts';

export type NewMessage = {
  kind: string;
  /** Messages of one entity are sent in the order in which they were written. */
  entity: string;
  /** A second message with the same key is the same message. */
  idempotencyKey: string;
  payload: Prisma.InputJsonValue;
  /** Not sent before; at once without. */
  notBefore?: Date;
};
export type OutboxMessage = {
  id: bigint;
  kind: string;
  entity: string;
  idempotencyKey: string;
  payload: unknown;
  attempts: number;
  /** When a call was begun of which it is not known what came of it; of messages that are sent once at most. */
  begunAt: Date | null;
};
export type DeadMessage = { id: bigint; kind: string; entity: string; attempts: number; error: string | null; createdAt: Date };

/** Writes messages in the transaction of the change that they tell of; known keys are passed over. */
export async function enqueueOutbox(tx: ShopTx, shopId: number, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const data = messages.map(({ notBefore, ...message }) => ({ shopId, ...message, ...(notBefore ? { nextAttemptAt: notBefore } : {}) }));
  await tx.outboxMessage.createMany({ data, skipDuplicates: true });
}

/** Messages of a kind whose keys begin alike. */
type Alike = { readonly kind: string; readonly keyPrefix: string };
const alike = ({ kind, keyPrefix }: Alike) => Prisma.sql`kind = ${kind} AND idempotency_key LIKE ${`${keyPrefix}%`}`;

/** Puts away messages that wait and whose call was not begun, since they are no longer wanted. @returns how many. */
export async function dropOutbox(tx: ShopTx, shopId: number, which: Alike): Promise<number> {
  return tx.$executeRaw`UPDATE outbox_messages SET status = 'superseded'
    WHERE shop_id = ${shopId} AND ${alike(which)} AND status = 'pending' AND begun_at IS NULL`;
}

/** The same of messages by their keys. */
export async function dropOutboxKeys(
  tx: ShopTx,
  shopId: number,
  { kind, keys }: { kind: string; keys: readonly string[] },
): Promise<number> {
  const where = { shopId, kind, idempotencyKey: { in: [...keys] }, status: 'pending', begunAt: null };
  return (await tx.outboxMessage.updateMany({ where, data: { status: 'superseded' } })).count;
}

/** Puts away claimed messages that turned out not to be wanted before their call was begun. */
export async function supersede(db: Db, shopId: number, ids: readonly bigint[]): Promise<void> {
  const where = { shopId, id: { in: [...ids] }, status: 'pending', begunAt: null };
  await db.forShop(shopId, (tx) => tx.outboxMessage.updateMany({ where, data: { status: 'superseded' } }));
}

/** `unclear`: it is not known whether they arrived. */
export type OutboxCounts = { readonly sent: number; readonly waiting: number; readonly refused: number; readonly unclear: number };

export async function countOutbox(tx: ShopTx, shopId: number, which: Alike): Promise<OutboxCounts> {
  const [row] = await tx.$queryRaw<OutboxCounts[]>`
    SELECT (count(*) FILTER (WHERE status = 'sent'))::int AS sent, (count(*) FILTER (WHERE status = 'pending'))::int AS waiting,
      (count(*) FILTER (WHERE status = 'dead' AND begun_at IS NULL))::int AS refused,
      (count(*) FILTER (WHERE status = 'dead' AND begun_at IS NOT NULL))::int AS unclear
    FROM outbox_messages WHERE shop_id = ${shopId} AND ${alike(which)}`;
  return row ?? { sent: 0, waiting: 0, refused: 0, unclear: 0 };
}

/** Seconds for which a claimed message belongs to its claimer; after a crash it is due again. */
const LEASE_SECONDS = 120;

/** Puts away messages of these kinds that a newer one of their entity makes needless. What is claimed stays its claimer's. */
export async function supersedeOlder(db: Db, shopId: number, of: { kinds: string[]; now: Date }): Promise<void> {
  if (of.kinds.length === 0) return;
  await db.forShop(
    shopId,
    (tx) => tx.$executeRaw`
      UPDATE outbox_messages AS m SET status = 'superseded'
      WHERE m.shop_id = ${shopId} AND m.status = 'pending' AND m.kind = ANY(${of.kinds}) AND m.next_attempt_at <= ${of.now}
        AND EXISTS (SELECT 1 FROM outbox_messages newer WHERE newer.shop_id = m.shop_id AND newer.entity = m.entity
          AND newer.kind = m.kind AND newer.status = 'pending' AND newer.id > m.id)`,
  );
}

/** Claims the oldest due message of each entity; an entity whose older message still waits is left alone. */
export async function claimDue(db: Db, shopId: number, claim: { now: Date; count: number }): Promise<OutboxMessage[]> {
  const lease = new Date(claim.now.getTime() + LEASE_SECONDS * 1_000);
  return db.forShop(
    shopId,
    // Materialised: as a subquery a plan may run it once for each row of the table, and each time it skips what it has locked.
    (tx) => tx.$queryRaw<OutboxMessage[]>`
      WITH due AS MATERIALIZED (
        SELECT o.id FROM outbox_messages o
        WHERE o.shop_id = ${shopId} AND o.status = 'pending' AND o.next_attempt_at <= ${claim.now}
          AND NOT EXISTS (SELECT 1 FROM outbox_messages older
            WHERE older.shop_id = o.shop_id AND older.status = 'pending' AND older.entity = o.entity AND older.id < o.id)
        ORDER BY o.id LIMIT ${claim.count} FOR UPDATE SKIP LOCKED)
      UPDATE outbox_messages AS m SET attempts = m.attempts + 1, next_attempt_at = ${lease}
      FROM due
      WHERE m.shop_id = ${shopId} AND m.id = due.id
      RETURNING m.id, m.kind, m.entity, m.idempotency_key AS "idempotencyKey", m.payload, m.attempts, m.begun_at AS "begunAt"`,
  );
}

/**
 * Notes that the call of a message that is sent once at most begins, before it does. @returns false where its lease has
 * ended and somebody else has it by now.
 */
export async function markBegun(db: Db, shopId: number, begun: { message: OutboxMessage; at: Date }): Promise<boolean> {
  const { id, attempts } = begun.message;
  const where = { shopId, id, status: 'pending', attempts, begunAt: null };
  return (await db.forShop(shopId, (tx) => tx.outboxMessage.updateMany({ where, data: { begunAt: begun.at } }))).count === 1;
}

export async function markSent(tx: ShopTx, shopId: number, sent: { ids: bigint[]; at: Date }): Promise<void> {
  await tx.outboxMessage.updateMany({
    where: { shopId, id: { in: sent.ids } },
    data: { status: 'sent', sentAt: sent.at, begunAt: null, error: null },
  });
}

/** Tried again at `retryAt`; without, dead, or put away for good. `unclear`: it may have arrived. */
export async function markUnsent(
  tx: ShopTx,
  shopId: number,
  failure: { id: bigint; error: string; retryAt: Date | null; unclear: boolean; putAway: boolean },
): Promise<void> {
  const { id, error, retryAt, unclear, putAway } = failure;
  const begun = unclear ? {} : { begunAt: null };
  await tx.outboxMessage.update({
    where: { shopId_id: { shopId, id } },
    data: retryAt ? { error, nextAttemptAt: retryAt, ...begun } : { error, status: putAway ? 'superseded' : 'dead', ...begun },
  });
}

export async function shopsWithDueOutbox(db: Db, now: Date): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_due_outbox($1) AS id' }, [now]);
  return rows.map((row) => row.id);
}

/** Messages that were given up, newest first. */
export async function listDead(tx: ShopTx, shopId: number, limit: number): Promise<DeadMessage[]> {
  return tx.outboxMessage.findMany({
    where: { shopId, status: 'dead' },
    orderBy: { id: 'desc' },
    take: limit,
    select: { id: true, kind: true, entity: true, attempts: true, error: true, createdAt: true },
  });
}

/**
 * Puts dead messages back in line. One that a newer message of its kind has overtaken stays out: it would bring back
 * what stood there before, so it is put away as superseded. One that may have arrived goes only where it is named.
 * @returns how many wait again.
 */
export async function reviveDead(tx: ShopTx, shopId: number, revive: { id: bigint | null; now: Date }): Promise<number> {
  const { id, now } = revive;
  await tx.$executeRaw`
    UPDATE outbox_messages AS m SET status = 'superseded'
    WHERE m.shop_id = ${shopId} AND m.status = 'dead' AND (${id}::bigint IS NULL OR m.id = ${id}::bigint)
      AND EXISTS (SELECT 1 FROM outbox_messages newer
        WHERE newer.shop_id = m.shop_id AND newer.entity = m.entity AND newer.kind = m.kind AND newer.id > m.id)`;
  const { count } = await tx.outboxMessage.updateMany({
    where: { shopId, status: 'dead', ...(id === null ? { begunAt: null } : { id }) },
    data: { status: 'pending', attempts: 0, begunAt: null, nextAttemptAt: now },
  });
  return count;
}
