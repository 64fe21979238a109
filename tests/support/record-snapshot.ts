import type { TestScope } from './platform.ts';

/** Everything that the record says of a shop's orders, without the shop's number. */
export async function recordSnapshot(scope: TestScope): Promise<unknown> {
  const { prisma } = scope.db;
  const where = { shopId: scope.shop.id };
  const strip = (rows: { shopId: number }[]) => rows.map(({ shopId: _shopId, ...row }) => row);
  return {
    orders: strip(await prisma.order.findMany({ where, orderBy: { id: 'asc' } })).map((row) => ({ ...row, triggeredAt: null })),
    lines: strip(await prisma.orderLine.findMany({ where, orderBy: [{ orderId: 'asc' }, { id: 'asc' }] })),
    refunds: strip(await prisma.refund.findMany({ where, orderBy: [{ orderId: 'asc' }, { id: 'asc' }] })),
    refundLines: strip(await prisma.refundLine.findMany({ where, orderBy: [{ orderId: 'asc' }, { id: 'asc' }] })),
    customers: strip(await prisma.customerRollup.findMany({ where, orderBy: { customerId: 'asc' } })).filter(
      (row) => 'orders' in row && row.orders !== 0,
    ),
    days: strip(await prisma.dayChannelRollup.findMany({ where, orderBy: [{ day: 'asc' }, { channel: 'asc' }] })).filter(notZero),
    variants: strip(
      await prisma.dayVariantLocationRollup.findMany({ where, orderBy: [{ variantId: 'asc' }, { day: 'asc' }, { locationId: 'asc' }] }),
    ).filter(notZero),
    products: strip(await prisma.dayProductRollup.findMany({ where, orderBy: [{ productId: 'asc' }, { day: 'asc' }] })).filter(notZero),
    newCustomers: strip(await prisma.dayNewCustomers.findMany({ where, orderBy: { day: 'asc' } })).filter(notZero),
  };
}
/** A row that came to nothing (an order whose channel changed, say) may stay with zeros. */
const notZero = (row: object): boolean =>
  Object.entries(row).some(([key, value]) => !/Id$|day|channel/.test(key) && value !== 0 && value !== 0n);
