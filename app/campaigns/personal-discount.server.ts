import { randomBytes } from 'node:crypto';
import type { ShopRef } from '../platform/context.server.ts';
import { failureText, type AdminClient } from '../shopify/index.server.ts';
import { DEACTIVATE_DISCOUNT, DISCOUNT_BY_CODE } from './campaigns.shopify.server.ts';
import { CODE_BYTES, codeFrom } from './codes.ts';
import { discountInput } from './discount-input.ts';
import { createAtStore, type Made } from './discounts.server.ts';
import type { Offer } from './offer.ts';

type Store = { readonly client: AdminClient; readonly shop: ShopRef };

/** A code that nobody has, of at least 60 bits of chance. */
export const newCode = (): string => codeFrom(randomBytes(CODE_BYTES));

/**
 * Makes a discount with one code that one customer may use once, unless the store has it already: after a crash the same
 * call makes no second.
 */
export async function makePersonalDiscount(
  store: Store,
  wanted: {
    readonly title: string;
    readonly offer: Offer;
    readonly code: string;
    readonly customerId: string;
    readonly startsAt: Date;
    readonly endsAt: Date | null;
  },
): Promise<Made> {
  const { title, offer, code, customerId, startsAt, endsAt } = wanted;
  const there = await store.client.run(store.shop, DISCOUNT_BY_CODE, { code });
  if (there.kind !== 'ok') return { kind: 'refused', error: failureText(there) };
  const gid = there.data.codeDiscountNodeByCode?.id;
  if (gid) return { kind: 'ok', gid };
  const campaign = { name: title, arms: [{ offer }], startsAt, endsAt, customerId };
  return createAtStore(store, discountInput(campaign, { offer, position: 1 }, store.shop), code);
}

/** Switches a discount off, so that its codes work no more. @returns what the store says against it, or null. */
export async function switchOffDiscount({ client, shop }: Store, gid: string): Promise<string | null> {
  const outcome = await client.run(shop, DEACTIVATE_DISCOUNT, { id: gid });
  return outcome.kind === 'ok' ? null : failureText(outcome);
}
