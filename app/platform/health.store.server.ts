import type { Db } from './db.server.ts';

export type Backlog = { inbox: number; inboxFailed: number; outbox: number; outboxDead: number; oldestInboxSeconds: number };

/** How much work waits, over all shops; counted by the partial indexes of unfinished rows. */
export async function readBacklog(db: Db): Promise<Backlog> {
  const [row] = await db.across.rows<Backlog>({
    text: `SELECT inbox, inbox_failed AS "inboxFailed", outbox, outbox_dead AS "outboxDead",
      round(oldest_inbox_seconds) AS "oldestInboxSeconds" FROM storebook_backlog()`,
  });
  return row ?? { inbox: 0, inboxFailed: 0, outbox: 0, outboxDead: 0, oldestInboxSeconds: 0 };
}
