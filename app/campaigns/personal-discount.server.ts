import { randomBytes } from 'node:crypto';
import type { ShopRef } from '../platform/context.server.ts';
import { failureText, type AdminClient } from '../shopify/index.server.ts';
import {
  ACTIVATE_DISCOUNT,
  ADD_CODES,
  CODES_ADDED,
  DEACTIVATE_DISCOUNT,
  DISCOUNT_BY_CODE,
  SET_DISCOUNT_DATES,
} from './campaigns.shopify.server.ts';
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

/**
 * Brings a discount of many codes to what it should be: made with its first code where the store has none, changed where it
 * has, and switched on or off. Of percents and amounts off an order.
 */
export async function putOpenDiscount(
  store: Store,
  wanted: { readonly title: string; readonly offer: Offer; readonly code: string; readonly active: boolean; readonly startsAt: Date },
): Promise<Made> {
  const { client, shop } = store;
  const { title, offer, code, active, startsAt } = wanted;
  const there = await client.run(shop, DISCOUNT_BY_CODE, { code });
  if (there.kind !== 'ok') return { kind: 'refused', error: failureText(there) };
  const discount = discountInput({ name: title, arms: [{ offer }], startsAt, endsAt: null, manyUses: true }, { offer, position: 1 }, shop);
  if (discount.kind !== 'basic') return { kind: 'refused', error: 'of percents and amounts alone' };
  const gid = there.data.codeDiscountNodeByCode?.id;
  if (gid) {
    const { startsAt: _kept, ...input } = discount.input;
    const changed = await client.run(shop, SET_DISCOUNT_DATES, { id: gid, discount: input });
    if (changed.kind !== 'ok') return { kind: 'refused', error: failureText(changed) };
  }
  const made: Made = gid ? { kind: 'ok', gid } : await createAtStore(store, discount, code);
  if (made.kind === 'refused') return made;
  const switched = await client.run(shop, active ? ACTIVATE_DISCOUNT : DEACTIVATE_DISCOUNT, { id: made.gid });
  return switched.kind === 'ok' ? made : { kind: 'refused', error: failureText(switched) };
}

const POLL_MS = 250;
const MOST_POLLS = 240;

/**
 * Adds codes to a discount, at most 250, and waits until the store has. Sent twice around a crash, a code is taken by our own
 * discount, and there. @returns what the store says against codes, by code. @throws where it does not come to an end.
 */
export async function addToOpenDiscount(
  store: Store,
  { gid, codes }: { readonly gid: string; readonly codes: readonly string[] },
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<Map<string, string>> {
  const { client, shop } = store;
  const all = (error: string): Map<string, string> => new Map(codes.map((code) => [code, error]));
  const begun = await client.run(shop, ADD_CODES, { discountId: gid, codes: codes.map((code) => ({ code })) });
  if (begun.kind !== 'ok') return all(failureText(begun));
  const creation = begun.data.discountRedeemCodeBulkAdd?.bulkCreation?.id;
  if (!creation) return all('the store began nothing');
  const refused = await refusedOf(store, creation, pause);
  if (typeof refused === 'string') return all(refused);
  const errors = new Map<string, string>();
  for (const [code, error] of refused) {
    const holder = await client.run(shop, DISCOUNT_BY_CODE, { code });
    const isOurs = holder.kind === 'ok' && holder.data.codeDiscountNodeByCode?.id === gid;
    if (!isOurs) errors.set(code, error);
  }
  return errors;
}

/** Waits for the end of an adding. @returns the codes that the store refused with what it said, or why it cannot be told. */
async function refusedOf(
  { client, shop }: Store,
  creation: string,
  pause: (ms: number) => Promise<void>,
): Promise<[string, string][] | string> {
  for (let polls = 0; polls < MOST_POLLS; polls += 1) {
    const asked = await client.run(shop, CODES_ADDED, { id: creation });
    if (asked.kind !== 'ok') return failureText(asked);
    const added = asked.data.discountRedeemCodeBulkCreation;
    if (added?.done) {
      const refused = added.codes.nodes.filter(({ errors }) => errors.length > 0);
      return refused.map(({ code, errors }) => [code, errors.map(({ message }) => message).join('; ')]);
    }
    await pause(POLL_MS);
  }
  throw new Error('the store is still adding codes');
}
