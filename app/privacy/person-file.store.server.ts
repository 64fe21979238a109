import type { ShopTx } from '../platform/db.server.ts';
import { readCustomer, type PersonKeys } from '../record/index.server.ts';
import { browsersOf, ordersOf, toldOf } from './person.store.server.ts';

/** Every row of the record's tables that is about a customer or one of the named orders, as it is held. */
export async function readPerson(tx: ShopTx, persons: PersonKeys, who: { customerId: bigint | null; orderIds: bigint[] }) {
  const { shopId } = persons;
  const { customerId } = who;
  const customerIds = customerId === null ? [] : [customerId];
  const orderIds = await ordersOf(tx, shopId, { customerIds, orderIds: who.orderIds });
  const ofOrders = { where: { shopId, orderId: { in: orderIds } } };
  const ofCustomer = { where: { shopId, customerId: { in: customerIds } } };
  const omit = { shopId: true } as const;
  return {
    customer: customerId === null ? null : await customerOf(tx, persons, customerId),
    sums: customerId === null ? null : await tx.customerRollup.findUnique({ where: { shopId_customerId: { shopId, customerId } }, omit }),
    orders: await tx.order.findMany({ where: { shopId, id: { in: orderIds } }, orderBy: [{ processedAt: 'asc' }, { id: 'asc' }], omit }),
    lines: await tx.orderLine.findMany({ ...ofOrders, orderBy: { position: 'asc' }, omit }),
    discounts: await tx.discountUse.findMany({ ...ofOrders, orderBy: { position: 'asc' }, omit }),
    transactions: await tx.orderTransaction.findMany({ ...ofOrders, orderBy: { id: 'asc' }, omit }),
    refunds: await tx.refund.findMany({ ...ofOrders, orderBy: { id: 'asc' }, omit }),
    refundLines: await tx.refundLine.findMany({ ...ofOrders, orderBy: { id: 'asc' }, omit }),
    fulfilments: await tx.fulfilment.findMany({ ...ofOrders, orderBy: { id: 'asc' }, omit }),
    checkouts: await tx.checkout.findMany({ ...ofCustomer, orderBy: { createdAt: 'asc' }, omit }),
    browsing: await tx.pixelEvent.findMany({
      where: { shopId, clientId: { in: await browsersOf(tx, shopId, customerIds) } },
      orderBy: { at: 'asc' },
      omit,
    }),
    codes: await tx.campaignCode.findMany({ ...ofCustomer, orderBy: { campaignId: 'asc' }, omit }),
    redemptions: await tx.campaignRedemption.findMany({
      where: { shopId, OR: [{ customerId: { in: customerIds } }, { orderId: { in: orderIds } }] },
      orderBy: { at: 'asc' },
      omit,
    }),
    member: customerId === null ? null : await tx.loyaltyMember.findUnique({ where: { shopId_customerId: { shopId, customerId } }, omit }),
    tierNames: new Map((await tx.loyaltyTier.findMany({ where: { shopId } })).map((tier) => [tier.id, tier.name])),
    tierChanges: await tx.tierChange.findMany({ ...ofCustomer, orderBy: { id: 'asc' }, omit }),
    points: await tx.pointsBalance.findMany({ ...ofCustomer, omit }),
    pointsEntries: await tx.pointsEntry.findMany({ ...ofCustomer, orderBy: [{ bookedAt: 'asc' }, { topic: 'asc' }, { seq: 'asc' }], omit }),
    referralCodes: await tx.referralCode.findMany({ ...ofCustomer, omit }),
    referrals: await tx.referral.findMany({
      where: { shopId, OR: [{ friendId: { in: customerIds } }, { referrerId: { in: customerIds } }] },
      orderBy: { friendId: 'asc' },
      omit,
    }),
    pointsRedemptions: await tx.pointsRedemption.findMany({ ...ofCustomer, orderBy: { id: 'asc' }, omit }),
    pointsImported: await tx.pointsImportRow.findMany({ ...ofCustomer, orderBy: { importId: 'asc' }, omit }),
    pointsAdjustments: await tx.pointsAdjustment.findMany({ ...ofCustomer, orderBy: { at: 'asc' }, omit }),
    events: await tx.customerEvent.findMany({ ...ofCustomer, orderBy: [{ at: 'asc' }, { id: 'asc' }], omit }),
    scores: await tx.customerRfm.findMany({ ...ofCustomer, omit }),
    expected: await tx.customerValue.findMany({ ...ofCustomer, omit }),
    supplies: await tx.customerSupply.findMany({ ...ofCustomer, orderBy: { variantId: 'asc' }, omit }),
    segmentMarks: await tx.segmentMark.findMany({ ...ofCustomer, orderBy: { segmentId: 'asc' }, omit }),
    offerMarks: await tx.offerMark.findMany({ ...ofCustomer, select: { version: true, at: true } }),
    mails: await tx.mailMessage.findMany({
      ...ofCustomer,
      orderBy: { id: 'asc' },
      select: { template: true, variables: true, status: true, reason: true, createdAt: true, doneAt: true },
    }),
    messages: await tx.outboxMessage.findMany({
      where: { shopId, OR: toldOf(customerIds) },
      orderBy: { id: 'asc' },
      select: { kind: true, payload: true, status: true, createdAt: true, sentAt: true },
    }),
  };
}

async function customerOf(tx: ShopTx, persons: PersonKeys, id: bigint) {
  const found = await readCustomer(tx, persons, id);
  if (!found) return null;
  const { shopId: _shop, ...row } = found;
  return row;
}

export type PersonRows = Awaited<ReturnType<typeof readPerson>>;
