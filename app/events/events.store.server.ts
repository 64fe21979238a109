import type { ShopTx } from '../platform/db.server.ts';
import type { CustomerEvent } from './event.ts';

export type StoredEvent = Omit<CustomerEvent, 'customer'> & { readonly customerId: bigint };

/** @returns false where an event of that id is there already. */
export async function insertEvent(tx: ShopTx, shopId: number, { event, now }: { event: StoredEvent; now: Date }): Promise<boolean> {
  const text = `INSERT INTO customer_events (shop_id, id, customer_id, kind, at, product_id, rating, points, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (shop_id, id) DO NOTHING`;
  const { id, customerId, kind, at, productId, rating, points } = event;
  return (await tx.sql.run({ name: 'event-insert', text }, [shopId, id, customerId, kind, at, productId, rating, points, now])) === 1;
}

export async function isKnown(tx: ShopTx, shopId: number, id: string): Promise<boolean> {
  return (await tx.customerEvent.count({ where: { shopId, id } })) > 0;
}

/**
 * Of some customers the one who is there, neither deleted nor erased; of several the newest. Held to the end of the
 * transaction, so that who erases them sees what it wrote.
 */
export async function livingOf(tx: ShopTx, shopId: number, ids: readonly bigint[]): Promise<bigint | null> {
  const text = `SELECT id FROM customers WHERE shop_id = $1 AND id = ANY($2::bigint[]) AND deleted_at IS NULL AND redacted_at IS NULL
    ORDER BY id DESC LIMIT 1 FOR SHARE`;
  const [row] = await tx.sql.rows<{ id: bigint }>({ name: 'event-customer', text }, [shopId, `{${ids.join(',')}}`]);
  return row?.id ?? null;
}

export type KindRow = { readonly kind: string; readonly events: number; readonly last: Date };

/** Events since a moment by kind, the most frequent first. */
export async function kindsSince(tx: ShopTx, shopId: number, since: Date): Promise<KindRow[]> {
  const text = `SELECT kind, count(*)::int AS events, max(received_at) AS last FROM customer_events WHERE shop_id = $1 AND at >= $2
    GROUP BY kind ORDER BY events DESC, kind LIMIT 50`;
  return tx.sql.rows<KindRow>({ name: 'event-kinds', text }, [shopId, since]);
}

export type KeyRow = { readonly id: number; readonly name: string; readonly createdAt: Date; readonly usedAt: Date | null };

export async function listKeys(tx: ShopTx, shopId: number): Promise<KeyRow[]> {
  const omit = { shopId: true, secret: true, revokedAt: true } as const;
  return tx.eventKey.findMany({ where: { shopId, revokedAt: null }, orderBy: { id: 'asc' }, omit });
}

/** Who makes a key waits for another who does, to the end of the transaction. */
export async function lockKeys(tx: ShopTx, shopId: number): Promise<void> {
  await tx.sql.run({ text: 'SELECT pg_advisory_xact_lock(7375, $1::int)' }, [shopId]);
}

/** The number of the next key. */
export async function nextKey(tx: ShopTx, shopId: number): Promise<number> {
  return ((await tx.eventKey.aggregate({ where: { shopId }, _max: { id: true } }))._max.id ?? 0) + 1;
}

export async function insertKey(
  tx: ShopTx,
  shopId: number,
  key: { id: number; name: string; secret: string; createdAt: Date },
): Promise<void> {
  await tx.eventKey.create({ data: { shopId, ...key } });
}

/** @returns false where there is no such key, or it is revoked already. */
export async function endKey(tx: ShopTx, shopId: number, { id, now }: { id: number; now: Date }): Promise<boolean> {
  const data = { secret: null, revokedAt: now };
  return (await tx.eventKey.updateMany({ where: { shopId, id, revokedAt: null }, data })).count === 1;
}

/** The sealed secret of a key of a shop that has the app; null where there is none. */
export async function readSecret(tx: ShopTx, shopId: number, id: number): Promise<string | null> {
  const text = `SELECT k.secret FROM event_keys k JOIN shops s ON s.id = k.shop_id AND s.uninstalled_at IS NULL WHERE k.shop_id = $1 AND k.id = $2`;
  const [row] = await tx.sql.rows<{ secret: string | null }>({ name: 'event-secret', text }, [shopId, id]);
  return row?.secret ?? null;
}

/** Notes, once an hour, that a key is in use. */
export async function noteUse(tx: ShopTx, shopId: number, { id, now }: { id: number; now: Date }): Promise<void> {
  const text = `UPDATE event_keys SET used_at = $3 WHERE shop_id = $1 AND id = $2 AND (used_at IS NULL OR used_at < $3::timestamptz - interval '1 hour')`;
  await tx.sql.run({ name: 'event-key-used', text }, [shopId, id, now]);
}

export async function secretsOf(tx: ShopTx, shopId: number): Promise<{ id: number; secret: string }[]> {
  const rows = await tx.eventKey.findMany({ where: { shopId }, select: { id: true, secret: true } });
  return rows.flatMap(({ id, secret }) => (secret === null ? [] : [{ id, secret }]));
}

export async function writeSecret(tx: ShopTx, shopId: number, { id, secret }: { id: number; secret: string }): Promise<void> {
  await tx.eventKey.updateMany({ where: { shopId, id }, data: { secret } });
}
