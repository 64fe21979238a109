import type { ShopTx } from '../platform/db.server.ts';

export type InboxBody = { id: bigint; topic: string; status: string; receivedAt: Date; body: string };

/** A stretch of the inbox in the order of its ids, with the bodies in it that match. `last` null: nothing lies after. */
export type InboxPage = { last: bigint | null; bodies: InboxBody[] };

/** @param page.pattern a regular expression (any case) that narrows the bodies down in the database; null reads them all. */
export async function inboxPage(
  tx: ShopTx,
  shopId: number,
  page: { after: bigint; limit: number; pattern: string | null },
): Promise<InboxPage> {
  const { after, limit, pattern } = page;
  const [end] = await tx.$queryRaw<{ last: bigint | null }[]>`
    SELECT max(id) AS last FROM (SELECT id FROM inbox_events WHERE shop_id = ${shopId} AND id > ${after} ORDER BY id LIMIT ${limit}) AS page`;
  const last = end?.last ?? null;
  if (last === null) return { last, bodies: [] };
  const bodies = await tx.$queryRaw<InboxBody[]>`
    SELECT id, topic, status, received_at AS "receivedAt", body FROM inbox_events
    WHERE shop_id = ${shopId} AND id > ${after} AND id <= ${last} AND body IS NOT NULL AND (${pattern}::text IS NULL OR body ~* ${pattern}::text)
    ORDER BY id`;
  return { last, bodies };
}

/** Puts other bodies in place; a null one leaves the row as the proof that something came. */
export async function replaceBodies(
  tx: ShopTx,
  shopId: number,
  rows: readonly { id: bigint; body: string | null; status: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.$executeRaw`
    UPDATE inbox_events AS e SET body = r.body, status = r.status,
      error = CASE WHEN r.status = 'ignored' THEN 'the body was redacted' ELSE e.error END
    FROM unnest(${rows.map((row) => row.id)}::bigint[], ${rows.map((row) => row.body)}::text[], ${rows.map((row) => row.status)}::text[])
      AS r(id, body, status)
    WHERE e.shop_id = ${shopId} AND e.id = r.id`;
}

const WATCHED = 'privacy.watched';

/** Up to which id the deliveries that came after redactions have been looked at. */
export async function readWatched(tx: ShopTx, shopId: number): Promise<bigint> {
  const row = await tx.shopSetting.findUnique({ where: { shopId_key: { shopId, key: WATCHED } } });
  return typeof row?.value === 'string' && /^\d+$/.test(row.value) ? BigInt(row.value) : 0n;
}

/**
 * Notes that all is looked at that came more than two minutes ago: ids are given out before they are committed, so the
 * newest stretch may still fill up. `onlyFirst` begins the watch and leaves one that has begun where it stands.
 */
export async function noteWatched(tx: ShopTx, shopId: number, options: { onlyFirst: boolean }): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO shop_settings AS s (shop_id, key, value, updated_at)
    SELECT ${shopId}, ${WATCHED}, to_jsonb(COALESCE((SELECT id FROM inbox_events
      WHERE shop_id = ${shopId} AND received_at < now() - interval '2 minutes' ORDER BY id DESC LIMIT 1), 0)::text), now()
    ON CONFLICT (shop_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at WHERE NOT ${options.onlyFirst}`;
}
