import { z } from 'zod';
import { makePersonalDiscount, offerSchema, switchOffDiscount } from '../../../campaigns/index.server.ts';
import { toGid } from '../../../core/gid.ts';
import { toDecimal } from '../../../core/money.ts';
import type { ShopRef } from '../../../platform/context.server.ts';
import type { ShopTx } from '../../../platform/db.server.ts';
import { failureText, outboxHandler, type OutboxHandler, type SendResult, type Settled } from '../../../shopify/index.server.ts';
import { reviewPoints } from '../review-points.server.ts';
import { CANCEL_KIND, CREDIT_KIND, MAKE_KIND } from './reward-messages.ts';
import { GIVE_STORE_CREDIT } from './rewards.shopify.server.ts';
import { moveRedemption } from './rewards.store.server.ts';

const digits = z.string().regex(/^\d+$/);
const moment = z.iso.datetime().transform((text) => new Date(text));
type On = { readonly shop: ShopRef; readonly now: Date };

type Told = Settled<{ redemptionId: string; customerId: string }>;
type Moves = { readonly from: 'making' | 'cancelling'; readonly sent: Moved; readonly refused: Moved };
type Moved = { readonly to: string; readonly back: boolean };

/** Moves a redemption on by what the store said. The member is locked first, as everywhere: nobody waits in a circle. */
const settleBy =
  ({ from, ...moves }: Moves) =>
  async (tx: ShopTx, { shop, now }: On, settled: Told): Promise<void> => {
    const members = { shop, customerIds: [BigInt(settled.payload.customerId)], now };
    await reviewPoints(tx, members);
    const { to, back } = moves[settled.kind];
    const made = settled.kind === 'sent' && settled.made !== null ? { discountGid: settled.made } : {};
    const error = settled.kind === 'refused' ? settled.error : null;
    const change = { id: BigInt(settled.payload.redemptionId), from: [from], to, error, ...made, ...(back ? { backAt: now } : {}) };
    await moveRedemption(tx, shop.id, change);
    await reviewPoints(tx, members);
  };

/** The code of a reward: a discount of its own, for this customer alone. */
const made = outboxHandler({
  kind: MAKE_KIND,
  most: 1,
  schema: z.object({
    redemptionId: digits,
    customerId: digits,
    code: z.string(),
    title: z.string(),
    offer: offerSchema,
    startsAt: moment,
    endsAt: moment.nullable(),
  }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const discount = await makePersonalDiscount({ client, shop }, payload);
      results.push(discount.kind === 'ok' ? { id, kind: 'sent', made: discount.gid } : { id, kind: 'refused', error: discount.error });
    }
    return results;
  },
  settle: settleBy({ from: 'making', sent: { to: 'ready', back: false }, refused: { to: 'refused', back: true } }),
});

/** Store credit. Shopify knows no key by which a repeat would be the same credit, so it is given once at most. */
const credit = outboxHandler({
  kind: CREDIT_KIND,
  most: 1,
  once: true,
  schema: z.object({ redemptionId: digits, customerId: digits, amount: digits }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const creditAmount = { amount: toDecimal(BigInt(payload.amount), shop.currency), currencyCode: shop.currency };
      const outcome = await client.runOnce(shop, GIVE_STORE_CREDIT, {
        id: toGid('Customer', payload.customerId),
        credit: { creditAmount, notify: true },
      });
      const transaction = outcome.kind === 'ok' ? outcome.data.storeCreditAccountCredit?.storeCreditAccountTransaction?.id : undefined;
      results.push(
        outcome.kind === 'ok'
          ? { id, kind: 'sent', ...(transaction === undefined ? {} : { made: transaction }) }
          : { id, kind: 'refused', error: failureText(outcome) },
      );
    }
    return results;
  },
  settle: settleBy({ from: 'making', sent: { to: 'done', back: false }, refused: { to: 'refused', back: true } }),
});

/** Switches a cancelled code off; its points come back with the store's answer. Refused, it stands as it did. */
const cancelled = outboxHandler({
  kind: CANCEL_KIND,
  most: 1,
  schema: z.object({ redemptionId: digits, customerId: digits, gid: z.string() }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const error = await switchOffDiscount({ client, shop }, payload.gid);
      results.push(error === null ? { id, kind: 'sent' } : { id, kind: 'refused', error });
    }
    return results;
  },
  settle: settleBy({ from: 'cancelling', sent: { to: 'cancelled', back: true }, refused: { to: 'ready', back: false } }),
});

export const rewardOutbox: readonly OutboxHandler[] = [made, credit, cancelled];
