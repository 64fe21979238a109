import { z } from 'zod';
import { addToOpenDiscount, offerSchema, putOpenDiscount } from '../../campaigns/index.server.ts';
import { enqueueOutbox, outboxHandler, type OutboxHandler, type SendResult } from '../../shopify/index.server.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { noteMemberCode, noteReferralDiscount, takeWaitingCodes } from './referral.store.server.ts';

export const DISCOUNT_KIND = 'loyalty.referral-discount';
export const CODE_KIND = 'loyalty.referral-code';
const digits = z.string().regex(/^\d+$/);

/** Tells the store of a member's code. */
export async function sendCode(
  tx: ShopTx,
  shopId: number,
  { gid, codes }: { gid: string; codes: readonly { customerId: bigint; code: string }[] },
): Promise<void> {
  await enqueueOutbox(
    tx,
    shopId,
    codes.map(({ customerId, code }) => ({
      kind: CODE_KIND,
      entity: `customer/${customerId}/referral`,
      idempotencyKey: `referral-code/${code}`,
      payload: { customerId: String(customerId), code, gid },
    })),
  );
}

/** The one discount of all friends, as the latest settings say. */
const discount = outboxHandler({
  kind: DISCOUNT_KIND,
  most: 1,
  lastWins: true,
  schema: z.object({
    title: z.string(),
    code: z.string(),
    offer: offerSchema,
    active: z.boolean(),
    startsAt: z.iso.datetime().transform((text) => new Date(text)),
  }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const { id, payload } of messages) {
      const put = await putOpenDiscount({ client, shop }, payload);
      results.push(put.kind === 'ok' ? { id, kind: 'sent', made: put.gid } : { id, kind: 'refused', error: put.error });
    }
    return results;
  },
  async settle(tx, { shop }, settled) {
    if (settled.kind === 'refused') return noteReferralDiscount(tx, shop.id, { error: settled.error });
    if (settled.made === null) return;
    await noteReferralDiscount(tx, shop.id, { discountGid: settled.made, error: null });
    await sendCode(tx, shop.id, { gid: settled.made, codes: await takeWaitingCodes(tx, shop.id) });
  },
});

/** Members' codes, as many in a call as Shopify takes. */
const codes = outboxHandler({
  kind: CODE_KIND,
  most: 250,
  schema: z.object({ customerId: digits, code: z.string(), gid: z.string() }),
  async send(client, shop, messages) {
    const results: SendResult[] = [];
    for (const [gid, group] of Map.groupBy(messages, ({ payload }) => payload.gid)) {
      const errors = await addToOpenDiscount({ client, shop }, { gid, codes: group.map(({ payload }) => payload.code) });
      for (const { id, payload } of group) {
        const error = errors.get(payload.code) ?? null;
        results.push(error === null ? { id, kind: 'sent' } : { id, kind: 'refused', error });
      }
    }
    return results;
  },
  async settle(tx, { shop }, settled) {
    const customerId = BigInt(settled.payload.customerId);
    const sent = settled.kind === 'sent';
    await noteMemberCode(tx, shop.id, { customerId, status: sent ? 'ready' : 'refused', error: sent ? null : settled.error });
  },
});

export const referralOutbox: readonly OutboxHandler[] = [discount, codes];
