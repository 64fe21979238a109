import type { Invalid } from '../core/result.ts';
import type { Platform } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { markDirty, personsByContact, type PersonKeys } from '../record/index.server.ts';
import { readEvent, type CustomerEvent } from './event.ts';
import { insertEvent, isKnown, livingOf } from './events.store.server.ts';

async function customerOf(tx: ShopTx, persons: PersonKeys, { customer }: CustomerEvent): Promise<bigint | null> {
  if ('id' in customer) return livingOf(tx, persons.shopId, [customer.id]);
  const found = await personsByContact(tx, persons, { email: customer.email, phone: null });
  return livingOf(
    tx,
    persons.shopId,
    found.map(({ id }) => id),
  );
}

/**
 * Takes what a shop's tool tells of a customer. One with an id that is there already is answered as it was and changes
 * nothing; of nobody whom the shop knows nothing is kept, so that it can be sent again.
 */
export async function takeEvent(
  { db, env, clock }: Pick<Platform, 'db' | 'env' | 'clock'>,
  { shopId, json }: { readonly shopId: number; readonly json: unknown },
): Promise<{ readonly kind: 'taken' | 'no-such-customer' } | Invalid> {
  const now = clock.now();
  const read = readEvent(json, now);
  if (read.kind === 'invalid') return read;
  const { customer: _who, ...event } = read.value;
  return db.forShop(shopId, async (tx) => {
    if (await isKnown(tx, shopId, event.id)) return { kind: 'taken' };
    const customerId = await customerOf(tx, { shopId, keys: env.keys }, read.value);
    if (customerId === null) return { kind: 'no-such-customer' };
    const isNew = await insertEvent(tx, shopId, { event: { ...event, customerId }, now });
    // It may be worth points; who is marked is looked at within a minute.
    if (isNew) await markDirty(tx, shopId, { feed: 'loyalty', ids: [customerId] });
    return { kind: 'taken' };
  });
}
