import type { ShopTx } from '../platform/db.server.ts';

/** The last customer of a wave who is in an arm; -1 where nobody is yet. Customers come in the order of their ids. */
export async function lastAssigned(tx: ShopTx, shopId: number, of: { campaignId: number; wave: number }): Promise<bigint> {
  const last = await tx.campaignAssignment.aggregate({ where: { shopId, ...of }, _max: { customerId: true } });
  return last._max.customerId ?? -1n;
}

/** Net that each customer brought between two instants, by id; who brought nothing is not in it. */
export async function netBetween(
  tx: ShopTx,
  shopId: number,
  wanted: { customerIds: readonly bigint[]; from: Date; to: Date },
): Promise<Map<bigint, bigint>> {
  const { customerIds, from, to } = wanted;
  const rows = await tx.sql.rows<{ id: bigint; net: bigint }>(
    {
      text: `SELECT customer_id AS id, sum(net)::bigint AS net FROM orders
        WHERE shop_id = $1 AND customer_id = ANY($2::bigint[]) AND processed_at >= $3 AND processed_at < $4
          AND NOT test AND deleted_at IS NULL GROUP BY customer_id`,
    },
    [shopId, `{${customerIds.join(',')}}`, from, to],
  );
  return new Map(rows.map(({ id, net }) => [id, net]));
}

/** A customer with an arm; without a code in the hold-out. */
export type Assigned = {
  readonly customerId: bigint;
  readonly arm: number;
  readonly propensity: number;
  readonly before: bigint;
  readonly code: string | null;
  /** What was known of the customer, where the program chose the arm. */
  readonly context: readonly number[];
  /** In the hold-out whatever the program thinks. */
  readonly held: boolean;
};

/**
 * Writes who is in which arm, and the codes, before any is sent. Whoever is in an arm already stays in it.
 * @throws where a customer or a code is there already: the caller begins after the last one.
 */
export async function assign(
  tx: ShopTx,
  shopId: number,
  page: { campaignId: number; at: Date; assigned: readonly Assigned[]; wave: number },
): Promise<void> {
  const { campaignId, at, assigned, wave } = page;
  await tx.campaignAssignment.createMany({
    data: assigned.map(({ customerId, arm, propensity, before, context, held }) => ({
      shopId,
      campaignId,
      at,
      customerId,
      arm,
      propensity,
      before,
      context: [...context],
      wave,
      held,
    })),
  });
  await tx.campaignCode.createMany({
    data: assigned.flatMap(({ customerId, arm, code }) =>
      code === null ? [] : [{ shopId, campaignId, status: 'issued', customerId, arm, code }],
    ),
  });
}

/** Customers by arm, and the variance of what they brought before, over all of them. */
export async function assignedCounts(
  tx: ShopTx,
  shopId: number,
  campaignId: number,
): Promise<{ all: number; variance: number; byArm: Map<number, number> }> {
  const rows = await tx.campaignAssignment.groupBy({ by: ['arm'], where: { shopId, campaignId }, _count: true });
  const [spread] = await tx.sql.rows<{ variance: number | null }>(
    { text: 'SELECT var_samp(before::float8) AS variance FROM campaign_assignments WHERE shop_id = $1 AND campaign_id = $2' },
    [shopId, campaignId],
  );
  const byArm = new Map(rows.map((row) => [row.arm, row._count]));
  return { all: [...byArm.values()].reduce((sum, count) => sum + count, 0), variance: spread?.variance ?? 0, byArm };
}

/** The mean square of what the shop's latest 1,000 orders brought, minor units squared; null where there is none. */
export async function meanSquareOfOrders(tx: ShopTx, shopId: number): Promise<number | null> {
  const [row] = await tx.sql.rows<{ square: number | null }>(
    {
      text: `SELECT avg(net::float8 * net::float8) AS square FROM (
        SELECT net FROM orders WHERE shop_id = $1 AND NOT test AND deleted_at IS NULL AND cancelled_at IS NULL
        ORDER BY processed_at DESC LIMIT 1000) AS latest`,
    },
    [shopId],
  );
  return row?.square ?? null;
}
