import type { PixelEvent } from '../../contracts/pixel-event.ts';
import type { ShopTx } from '../platform/db.server.ts';

/** An action that Shopify asked for, as an inbox row of its own topic. @returns false when this run is there already. */
export async function insertAction(tx: ShopTx, shopId: number, action: { topic: string; runId: string; body: string }): Promise<boolean> {
  const { topic, runId: webhookId, body } = action;
  const { count } = await tx.inboxEvent.createMany({ data: [{ shopId, topic, webhookId, body }], skipDuplicates: true });
  return count === 1;
}

/** One row an event and variant (variant 0 where there is none). @returns how many were new. */
export async function insertPixelEvents(tx: ShopTx, shopId: number, events: readonly PixelEvent[]): Promise<number> {
  const rows = events.flatMap((event) =>
    (event.variantIds.length > 0 ? [...new Set(event.variantIds)] : ['0']).map((variantId) => ({ ...event, variantId })),
  );
  return tx.sql.run(
    {
      name: 'pixel-insert',
      text: `INSERT INTO pixel_events (shop_id, event_id, variant_id, name, client_id, checkout_token, at)
        SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
        ON CONFLICT DO NOTHING`,
    },
    [
      shopId,
      rows.map((row) => row.id),
      rows.map((row) => row.variantId),
      rows.map((row) => row.name),
      rows.map((row) => row.clientId),
      rows.map((row) => row.checkoutToken),
      rows.map((row) => row.at),
    ],
  );
}
