import type { Db } from './db.server.ts';

export type Backlog = { inbox: number; inboxFailed: number; outbox: number; outboxDead: number; oldestInboxSeconds: number };

/** How much work waits, over all shops; counted by the partial indexes of unfinished rows. */
export async function readBacklog(db: Db): Promise<Backlog> {
  const [row] = await db.prisma.$queryRaw<{ inbox: number; failed: number; outbox: number; dead: number; oldest: number }[]>`
    SELECT (SELECT count(*)::int FROM inbox_events WHERE status = 'pending') AS inbox,
      (SELECT count(*)::int FROM inbox_events WHERE status = 'failed') AS failed,
      (SELECT count(*)::int FROM outbox_messages WHERE status = 'pending') AS outbox,
      (SELECT count(*)::int FROM outbox_messages WHERE status = 'dead') AS dead,
      (SELECT COALESCE(extract(epoch FROM now() - min(received_at)), 0)::float8 FROM inbox_events WHERE status = 'pending') AS oldest`;
  return {
    inbox: row?.inbox ?? 0,
    inboxFailed: row?.failed ?? 0,
    outbox: row?.outbox ?? 0,
    outboxDead: row?.dead ?? 0,
    oldestInboxSeconds: Math.round(row?.oldest ?? 0),
  };
}
