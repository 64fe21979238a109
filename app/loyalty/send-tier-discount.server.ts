import { z } from 'zod';
import { TIER_DISCOUNT_FUNCTION, TIER_DISCOUNT_METAFIELD, tierDiscountConfig } from '../../contracts/tier-discount.ts';
import type { ShopRef } from '../platform/context.server.ts';
import { failureText, outboxHandler, type AdminClient, type OutboxHandler } from '../shopify/index.server.ts';
import {
  CREATE_TIER_DISCOUNT,
  DELETE_TIER_DISCOUNT,
  FIND_TIER_DISCOUNT,
  SET_TIER_DISCOUNT_CONFIG,
  UPDATE_TIER_DISCOUNT,
} from './tier-discount.shopify.server.ts';

export const TIER_DISCOUNT_KIND = 'loyalty.tier-discount';
const payload = z.object({ isOn: z.boolean(), combines: z.boolean(), startsAt: z.iso.datetime(), config: tierDiscountConfig });
type Wanted = z.infer<typeof payload>;
type Store = { readonly client: AdminClient; readonly shop: ShopRef };
/** Null: done. */
type Problem = string | null;

type Found = { readonly ids: readonly string[]; readonly next: string | null; readonly problem: Problem };

async function findPage({ client, shop }: Store, after: string | null): Promise<Found> {
  const { namespace, key } = TIER_DISCOUNT_METAFIELD;
  const outcome = await client.run(shop, FIND_TIER_DISCOUNT, { namespace, key, after });
  if (outcome.kind !== 'ok') return { ids: [], next: null, problem: failureText(outcome) };
  const { nodes, pageInfo } = outcome.data.automaticDiscountNodes;
  const ids = nodes.filter(({ metafield }) => metafield).map(({ id }) => id);
  return { ids, next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null, problem: null };
}

/** The tiers' discounts at the store by their metafield: one, unless something went wrong. */
async function findAll(store: Store): Promise<Omit<Found, 'next'>> {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const page: Found = await findPage(store, after);
    ids.push(...page.ids);
    if (page.problem !== null || page.next === null) return { ids, problem: page.problem };
    after = page.next;
  }
}

const kindsOf = (combines: boolean) => ({ orderDiscounts: combines, productDiscounts: combines, shippingDiscounts: combines });
const TITLE = 'Storebook: tiers';

async function create({ client, shop }: Store, wanted: Wanted): Promise<Problem> {
  const outcome = await client.run(shop, CREATE_TIER_DISCOUNT, {
    discount: {
      title: TITLE,
      functionHandle: TIER_DISCOUNT_FUNCTION,
      discountClasses: ['ORDER', 'SHIPPING'],
      startsAt: wanted.startsAt,
      combinesWith: kindsOf(wanted.combines),
      // Together with the discount, so that one that was made is found again whatever happened after.
      metafields: [{ ...TIER_DISCOUNT_METAFIELD, value: JSON.stringify(wanted.config) }],
    },
  });
  return outcome.kind === 'ok' ? null : failureText(outcome);
}

async function update({ client, shop }: Store, id: string, wanted: Wanted): Promise<Problem> {
  const metafield = { ownerId: id, ...TIER_DISCOUNT_METAFIELD, value: JSON.stringify(wanted.config) };
  const set = await client.run(shop, SET_TIER_DISCOUNT_CONFIG, { metafields: [metafield] });
  if (set.kind !== 'ok') return failureText(set);
  const discount = { title: TITLE, startsAt: wanted.startsAt, endsAt: null, combinesWith: kindsOf(wanted.combines) };
  const outcome = await client.run(shop, UPDATE_TIER_DISCOUNT, { id, discount });
  return outcome.kind === 'ok' ? null : failureText(outcome);
}

async function remove({ client, shop }: Store, ids: readonly string[]): Promise<Problem> {
  for (const id of ids) {
    const outcome = await client.run(shop, DELETE_TIER_DISCOUNT, { id });
    if (outcome.kind !== 'ok') return failureText(outcome);
  }
  return null;
}

async function bringAbout(store: Store, wanted: Wanted): Promise<Problem> {
  const { ids, problem } = await findAll(store);
  if (problem) return problem;
  const [first, ...more] = ids;
  if (!wanted.isOn) return remove(store, ids);
  const failed = first === undefined ? await create(store, wanted) : await update(store, first, wanted);
  return failed ?? remove(store, more);
}

/** Brings the store's automatic discount to what is wanted, whatever stands there: looked for first, so a repeat makes no second one. */
export const tierDiscountMessages: OutboxHandler = outboxHandler({
  kind: TIER_DISCOUNT_KIND,
  most: 1,
  lastWins: true,
  schema: payload,
  async send(client, shop, messages) {
    const results = [];
    for (const message of messages) {
      const problem = await bringAbout({ client, shop }, message.payload);
      results.push(
        problem === null ? { id: message.id, kind: 'sent' as const } : { id: message.id, kind: 'refused' as const, error: problem },
      );
    }
    return results;
  },
});
