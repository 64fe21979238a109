import type { ShopRef } from '../platform/context.server.ts';
import { failureText, type AdminClient } from '../shopify/index.server.ts';
import {
  CREATE_DISCOUNT,
  CREATE_GETS_DISCOUNT,
  CREATE_SHIPPING_DISCOUNT,
  SET_DISCOUNT_DATES,
  SET_GETS_DISCOUNT_DATES,
  SET_SHIPPING_DISCOUNT_DATES,
} from './campaigns.shopify.server.ts';
import type { discountInput } from './discount-input.ts';
import type { Offer } from './offer.ts';

type Store = { readonly client: AdminClient; readonly shop: ShopRef };
export type Made = { readonly kind: 'ok'; readonly gid: string } | { readonly kind: 'refused'; readonly error: string };

/** Makes an arm's discount with its first code; each kind of offer is another kind of discount at the store. */
export async function createAtStore(
  { client, shop }: Store,
  { kind, input }: ReturnType<typeof discountInput>,
  code: string,
): Promise<Made> {
  const made = (node: { id: string } | null | undefined): Made =>
    node ? { kind: 'ok', gid: node.id } : { kind: 'refused', error: 'the store gave no discount' };
  if (kind === 'shipping') {
    const outcome = await client.run(shop, CREATE_SHIPPING_DISCOUNT, { discount: { code, ...input } });
    if (outcome.kind !== 'ok') return { kind: 'refused', error: failureText(outcome) };
    return made(outcome.data.discountCodeFreeShippingCreate?.codeDiscountNode);
  }
  if (kind === 'gets') {
    const outcome = await client.run(shop, CREATE_GETS_DISCOUNT, { discount: { code, ...input } });
    if (outcome.kind !== 'ok') return { kind: 'refused', error: failureText(outcome) };
    return made(outcome.data.discountCodeBxgyCreate?.codeDiscountNode);
  }
  const outcome = await client.run(shop, CREATE_DISCOUNT, { discount: { code, ...input } });
  if (outcome.kind !== 'ok') return { kind: 'refused', error: failureText(outcome) };
  return made(outcome.data.discountCodeBasicCreate?.codeDiscountNode);
}

type Dated = { readonly gid: string; readonly offer: Offer; readonly startsAt: Date; readonly endsAt: Date | null };

/** Sets a discount's dates. @returns what the store says against it, or null. */
export async function setDates({ client, shop }: Store, { gid, offer, startsAt, endsAt }: Dated): Promise<string | null> {
  const wanted = { id: gid, discount: { startsAt: startsAt.toISOString(), endsAt: endsAt?.toISOString() ?? null } };
  const { kind } = offer.value;
  const run = () => {
    if (kind === 'shipping') return client.run(shop, SET_SHIPPING_DISCOUNT_DATES, wanted);
    return kind === 'gets' ? client.run(shop, SET_GETS_DISCOUNT_DATES, wanted) : client.run(shop, SET_DISCOUNT_DATES, wanted);
  };
  const outcome = await run();
  return outcome.kind === 'ok' ? null : failureText(outcome);
}
