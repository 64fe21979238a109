import { z } from 'zod';
import type { ShopTx } from '../platform/db.server.ts';
import { DEFAULT_RETENTION, type Retention } from './retention.ts';

const SETTING = 'privacy.retention';
const stored = z.object({ inboxDays: z.int(), checkoutDays: z.int() });

export async function readRetention(tx: ShopTx, shopId: number): Promise<Retention> {
  const row = await tx.shopSetting.findUnique({ where: { shopId_key: { shopId, key: SETTING } } });
  return stored.safeParse(row?.value).data ?? DEFAULT_RETENTION;
}

export async function writeRetention(tx: ShopTx, shopId: number, setting: { retention: Retention; at: Date }): Promise<void> {
  const data = { value: { ...setting.retention }, updatedAt: setting.at };
  await tx.shopSetting.upsert({ where: { shopId_key: { shopId, key: SETTING } }, create: { shopId, key: SETTING, ...data }, update: data });
}

type Page = { before: Date; limit: number };

/** Deletes deliveries that were dealt with, oldest first; what waits or failed stays. @returns how many. */
export async function deleteOldDeliveries(tx: ShopTx, shopId: number, { before, limit }: Page): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM inbox_events WHERE shop_id = ${shopId} AND id = ANY(ARRAY(
      SELECT id FROM inbox_events WHERE shop_id = ${shopId} AND received_at < ${before} AND status IN ('applied', 'stale', 'ignored')
      ORDER BY id LIMIT ${limit}))`;
}

/** Takes the bodies from deliveries that failed so long ago that nobody will try them again. @returns how many. */
export async function emptyOldFailures(tx: ShopTx, shopId: number, { before, limit }: Page): Promise<number> {
  return tx.$executeRaw`
    UPDATE inbox_events SET body = NULL, status = 'ignored' WHERE shop_id = ${shopId} AND id = ANY(ARRAY(
      SELECT id FROM inbox_events WHERE shop_id = ${shopId} AND received_at < ${before} AND status = 'failed' ORDER BY id LIMIT ${limit}))`;
}

export async function deleteOldMessages(tx: ShopTx, shopId: number, { before, limit }: Page): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM outbox_messages WHERE shop_id = ${shopId} AND id = ANY(ARRAY(
      SELECT id FROM outbox_messages WHERE shop_id = ${shopId} AND (status = 'superseded' OR (status = 'sent' AND sent_at < ${before})) ORDER BY id LIMIT ${limit}))`;
}

export async function deleteOldCheckouts(tx: ShopTx, shopId: number, { before, limit }: Page): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM checkouts WHERE shop_id = ${shopId} AND token = ANY(ARRAY(
      SELECT token FROM checkouts WHERE shop_id = ${shopId} AND updated_at < ${before} ORDER BY updated_at LIMIT ${limit}))`;
}

/** What no version of the programme gives points for goes with the checkouts. @returns how many. */
export async function deleteOldEvents(tx: ShopTx, shopId: number, { before, limit }: Page): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM customer_events WHERE shop_id = ${shopId} AND id = ANY(ARRAY(
      SELECT e.id FROM customer_events e WHERE e.shop_id = ${shopId} AND e.at < ${before} AND NOT EXISTS (
        SELECT 1 FROM points_programmes p, jsonb_array_elements(COALESCE(p.rules -> 'events', '[]')) AS r
        WHERE p.shop_id = e.shop_id AND r ->> 'kind' = e.kind)
      ORDER BY e.at LIMIT ${limit}))`;
}

/** Of those that points follow from it stays that they happened, as orders do; what was said of what goes. @returns how many. */
export async function emptyOldEvents(tx: ShopTx, shopId: number, { before, limit }: Page): Promise<number> {
  return tx.$executeRaw`
    UPDATE customer_events SET product_id = NULL, rating = NULL WHERE shop_id = ${shopId} AND id = ANY(ARRAY(
      SELECT id FROM customer_events WHERE shop_id = ${shopId} AND at < ${before} AND num_nonnulls(product_id, rating) > 0
      ORDER BY at LIMIT ${limit}))`;
}

/** What browsers did goes with the checkouts it may lead to. */
export async function deleteOldPixelEvents(tx: ShopTx, shopId: number, { before, limit }: Page): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM pixel_events WHERE shop_id = ${shopId} AND (event_id, variant_id) IN (
      SELECT event_id, variant_id FROM pixel_events WHERE shop_id = ${shopId} AND at < ${before} ORDER BY at LIMIT ${limit})`;
}
