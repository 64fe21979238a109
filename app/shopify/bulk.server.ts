import type { ShopRef } from '../platform/context.server.ts';
import { AdminUnavailableError, failureText, type AdminClient } from './admin-client.server.ts';
import { BULK_CANCEL, BULK_RUN, BULK_STATE } from './bulk.shopify.server.ts';

export type BulkState =
  | { kind: 'running'; objects: bigint }
  /** `url` null: the query found nothing, and there is no file. Lines of the file: `objects`. */
  | { kind: 'completed'; url: string | null; objects: bigint }
  | { kind: 'failed'; code: string }
  | { kind: 'unknown' };

/** Starts an export. @returns the operation's gid and when it began by the store's clock, or why the store refused. */
export async function startBulk(
  client: AdminClient,
  shop: Pick<ShopRef, 'domain'>,
  query: string,
): Promise<{ kind: 'started'; id: string; at: Date } | { kind: 'refused'; reason: string }> {
  const outcome = await client.run(shop, BULK_RUN, { query });
  if (outcome.kind !== 'ok') return { kind: 'refused', reason: failureText(outcome) };
  const operation = outcome.data.bulkOperationRunQuery?.bulkOperation;
  if (!operation) throw new AdminUnavailableError('the store started no bulk operation');
  return { kind: 'started', id: operation.id, at: new Date(String(operation.createdAt)) };
}

export async function pollBulk(client: AdminClient, shop: Pick<ShopRef, 'domain'>, id: string): Promise<BulkState> {
  const outcome = await client.run(shop, BULK_STATE, { id });
  if (outcome.kind !== 'ok') return { kind: 'failed', code: failureText(outcome) };
  const operation = outcome.data.bulkOperation;
  if (!operation) return { kind: 'unknown' };
  const objects = BigInt(String(operation.objectCount));
  switch (operation.status) {
    case 'COMPLETED':
      return { kind: 'completed', url: operation.url ?? null, objects };
    case 'CREATED':
    case 'RUNNING':
    case 'CANCELING':
      return { kind: 'running', objects };
    default:
      return { kind: 'failed', code: operation.errorCode ?? operation.status };
  }
}

export async function cancelBulk(client: AdminClient, shop: Pick<ShopRef, 'domain'>, id: string): Promise<void> {
  await client.run(shop, BULK_CANCEL, { id });
}
