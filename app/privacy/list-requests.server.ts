import { dateToDay, dayOf } from '../core/calendar.ts';
import type { ShopScope } from '../platform/context.server.ts';
import { readRequests } from './requests.store.server.ts';

export type PrivacyRequestRow = {
  id: bigint;
  kind: string;
  customerId: bigint | null;
  receivedAt: Date;
  /** A day of the shop (midnight UTC of it). */
  dueOn: Date;
  completedAt: Date | null;
  /** `late`: open, and the day it was due has passed. */
  state: 'open' | 'late' | 'done';
};

/** What customers and Shopify have asked for, newest first; at most 100. */
export async function listPrivacyRequests(scope: ShopScope): Promise<PrivacyRequestRow[]> {
  const today = dayOf(scope.clock.now(), scope.shop.timezone);
  const rows = await scope.db.forShop(scope.shop.id, (tx) => readRequests(tx, scope.shop.id, 100));
  return rows.map(({ id, kind, customerId, receivedAt, dueOn, completedAt }) => ({
    id,
    kind,
    customerId,
    receivedAt,
    dueOn,
    completedAt,
    state: completedAt ? 'done' : dateToDay(dueOn) < today ? 'late' : 'open',
  }));
}
