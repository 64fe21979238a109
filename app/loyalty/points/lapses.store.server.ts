import { Prisma } from '../../generated/prisma/client.ts';
import type { ShopTx } from '../../platform/db.server.ts';
import { readKeyset, type KeysetCursor, type KeysetSort } from '../../platform/keyset.server.ts';
import type { Lapse } from './lapse.ts';

export type LapsingMember = Lapse & { readonly customerId: bigint };

const SOONEST: KeysetSort = {
  column: Prisma.sql`m.lapse_at`,
  type: 'timestamptz',
  id: Prisma.sql`m.customer_id`,
  first: 'least',
  nullable: false,
};

/** Members whose next points lapse after one moment and not after another, the soonest first. */
export async function lapsingMembers(
  tx: ShopTx,
  shopId: number,
  page: { now: Date; until: Date; cursor: KeysetCursor; limit: number },
): Promise<LapsingMember[]> {
  const { now, until, cursor, limit } = page;
  return readKeyset({ sort: SOONEST, cursor, limit }, ({ where, order, limit: most }) => {
    return tx.$queryRaw<LapsingMember[]>`
      SELECT m.customer_id AS "customerId", m.lapse_at AS at, m.lapse_points AS points FROM points_members m
      JOIN customers c ON c.shop_id = m.shop_id AND c.id = m.customer_id AND c.deleted_at IS NULL AND c.redacted_at IS NULL
      WHERE m.shop_id = ${shopId} AND m.lapse_at > ${now} AND m.lapse_at <= ${until} ${where} ORDER BY ${order} LIMIT ${most}`;
  });
}

/** What is noted of members; null where nothing lapses. */
export async function readLapses(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Map<bigint, Lapse | null>> {
  const rows = await tx.pointsMember.findMany({
    where: { shopId, customerId: { in: [...customerIds] } },
    select: { customerId: true, lapseAt: true, lapsePoints: true },
  });
  return new Map(
    rows.map(({ customerId, lapseAt: at, lapsePoints: points }) => [customerId, at && points !== null ? { at, points } : null]),
  );
}
