import type { ShopTx } from '../../platform/db.server.ts';
import type { KnownEvent } from './event-grants.ts';

/** What other tools told of customers since a moment, by customer. */
export async function readEvents(
  tx: ShopTx,
  shopId: number,
  { customerIds, since }: { customerIds: readonly bigint[]; since: Date },
): Promise<Map<bigint, KnownEvent[]>> {
  const text = `SELECT customer_id AS "customerId", id, kind, at, points FROM customer_events
    WHERE shop_id = $1 AND customer_id = ANY($2::bigint[]) AND at >= $3 ORDER BY customer_id, at, id`;
  const values = [shopId, `{${customerIds.join(',')}}`, since];
  const rows = await tx.sql.rows<KnownEvent & { customerId: bigint }>({ name: 'points-events', text }, values);
  return Map.groupBy(rows, ({ customerId }) => customerId);
}

/** What kind of thing each event of a customer was, by the topic of its points. */
export async function kindsOfEvents(tx: ShopTx, shopId: number, customerId: bigint): Promise<Map<string, string>> {
  const rows = await tx.customerEvent.findMany({ where: { shopId, customerId }, select: { id: true, kind: true } });
  return new Map(rows.map(({ id, kind }) => [`event/${id}`, kind]));
}
