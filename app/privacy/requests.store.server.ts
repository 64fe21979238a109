import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.ts';
import type { ShopRef } from '../platform/context.server.ts';
import type { Db, ShopTx } from '../platform/db.server.ts';

export type RequestKind = 'data_request' | 'customer_redact' | 'shop_redact';

/** Rows touched, by table; no personal data. */
export type Counts = Readonly<Record<string, number>>;

/**
 * A request's `proof` column. While a redaction is under way it also holds how far it has come (`after`, an inbox id) and
 * the addresses that it looks for (`texts`); both are gone when it is done.
 */
const workSchema = z.object({
  counts: z.record(z.string(), z.number()).default({}),
  texts: z.array(z.string()).default([]),
  after: z.string().regex(/^\d+$/).default('0'),
});
export type RedactionWork = z.output<typeof workSchema>;

export type NewRequest = {
  kind: RequestKind;
  customerId: bigint | null;
  orders: readonly bigint[];
  receivedAt: Date;
  dueOn: Date;
  proof?: Prisma.InputJsonObject;
};

/** Writes a request once, however often its event is applied. */
export async function insertRequest(tx: ShopTx, shopId: number, request: NewRequest): Promise<void> {
  const { kind, customerId, receivedAt, dueOn, orders, proof } = request;
  const same = await tx.privacyRequest.findFirst({ where: { shopId, kind, customerId, receivedAt }, select: { id: true } });
  if (same) return;
  await tx.privacyRequest.create({
    data: { shopId, kind, customerId, receivedAt, dueOn, ordersRequested: orders.map(String), ...(proof ? { proof } : {}) },
  });
}

export type RequestRow = {
  id: bigint;
  kind: string;
  customerId: bigint | null;
  ordersRequested: string[];
  receivedAt: Date;
  dueOn: Date;
  completedAt: Date | null;
};

const SHOWN = { id: true, kind: true, customerId: true, ordersRequested: true, receivedAt: true, dueOn: true, completedAt: true } as const;

/** Newest first, at most `limit`. */
export async function readRequests(tx: ShopTx, shopId: number, limit: number): Promise<RequestRow[]> {
  return tx.privacyRequest.findMany({ where: { shopId }, orderBy: { id: 'desc' }, take: limit, select: SHOWN });
}

export async function readRequest(tx: ShopTx, shopId: number, id: bigint): Promise<RequestRow | null> {
  return tx.privacyRequest.findUnique({ where: { shopId_id: { shopId, id } }, select: SHOWN });
}

/** Ends a request, if it is open. `proof` is all that stays of its work. */
export async function completeRequest(
  tx: ShopTx,
  shopId: number,
  done: { id: bigint; at: Date; proof: Prisma.InputJsonObject },
): Promise<void> {
  await tx.privacyRequest.updateMany({
    where: { shopId, id: done.id, completedAt: null },
    data: { completedAt: done.at, proof: done.proof },
  });
}

export async function openRequestIds(tx: ShopTx, shopId: number, kind: RequestKind): Promise<bigint[]> {
  const rows = await tx.privacyRequest.findMany({
    where: { shopId, kind, completedAt: null },
    orderBy: { id: 'asc' },
    select: { id: true },
  });
  return rows.map((row) => row.id);
}

export type OpenRedaction = { id: bigint; customerId: bigint | null; orders: bigint[]; work: RedactionWork };

/** An open request with its work, locked to the end of the transaction; null when it is done. */
export async function lockRedaction(tx: ShopTx, shopId: number, id: bigint): Promise<OpenRedaction | null> {
  const [row] = await tx.$queryRaw<{ customer_id: bigint | null; orders_requested: string[]; proof: unknown }[]>`
    SELECT customer_id, orders_requested, proof FROM privacy_requests
    WHERE shop_id = ${shopId} AND id = ${id} AND completed_at IS NULL FOR UPDATE`;
  return row
    ? { id, customerId: row.customer_id, orders: row.orders_requested.map(BigInt), work: workSchema.parse(row.proof ?? {}) }
    : null;
}

export async function saveWork(tx: ShopTx, shopId: number, request: { id: bigint; work: RedactionWork }): Promise<void> {
  await tx.privacyRequest.update({ where: { shopId_id: { shopId, id: request.id } }, data: { proof: request.work } });
}

/** Whom the shop was asked to forget, by requests that are done. */
export async function forgottenIds(tx: ShopTx, shopId: number): Promise<{ customerIds: bigint[]; orderIds: bigint[] }> {
  const rows = await tx.privacyRequest.findMany({
    where: { shopId, kind: 'customer_redact', completedAt: { not: null } },
    select: { customerId: true, ordersRequested: true },
  });
  return {
    customerIds: [...new Set(rows.flatMap((row) => (row.customerId === null ? [] : [row.customerId])))],
    orderIds: [...new Set(rows.flatMap((row) => row.ordersRequested))].map(BigInt),
  };
}

/** A shop by its id, also one that has uninstalled: its privacy requests come after that. */
export async function anyShopById(
  db: Db,
  id: number,
): Promise<(ShopRef & { readonly installedAt: Date; readonly uninstalledAt: Date | null }) | null> {
  return db.forShop(id, (tx) => tx.shop.findUnique({ where: { id } }));
}

/** Shops that have work for the privacy job: requests, or customers who are not sealed yet. Those that have uninstalled wait there with their whole inbox. */
export async function shopsWithPrivacyWork(db: Db, now: Date): Promise<{ shopId: number; watch: boolean }[]> {
  const lately = new Date(now.getTime() - ERASED_LATELY_MS);
  return db.across.rows<{ shopId: number; watch: boolean }>(
    { text: 'SELECT shop AS "shopId", watch FROM storebook_shops_with_privacy_work($1, $2)' },
    [now, lately],
  );
}

/** For so long after an erasure its shop is looked at again: a delivery or a job may have been under way. */
export const ERASED_LATELY_MS = 3_600_000;
