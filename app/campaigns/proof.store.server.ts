import type { MeasuredArm } from '../audience/index.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { Fees } from './economics.ts';

/** Share of the shop's goods' value of a year that their unit costs are, 0 to 1; null where no cost is known. */
export async function costShare(tx: ShopTx, shop: { id: number; currency: string }, since: Date): Promise<number | null> {
  const [row] = await tx.sql.rows<{ share: number | null }>(
    {
      text: `SELECT sum(l.current_quantity * i.unit_cost)::float8 / NULLIF(sum(l.current_quantity * l.unit_price), 0) AS share
        FROM (SELECT id FROM orders WHERE shop_id = $1 AND processed_at >= $2 AND NOT test AND deleted_at IS NULL
          ORDER BY processed_at DESC LIMIT 5000) AS o
        JOIN order_lines l ON l.shop_id = $1 AND l.order_id = o.id
        JOIN variants v ON v.shop_id = $1 AND v.id = l.variant_id
        JOIN inventory_items i ON i.shop_id = $1 AND i.id = v.inventory_item_id
        WHERE i.unit_cost IS NOT NULL AND COALESCE(i.unit_cost_currency, $3) = $3`,
    },
    [shop.id, since, shop.currency],
  );
  return row?.share ?? null;
}

/** Five numbers of a measure, by which means, variances and the covariance with `before` are told. */
const MOMENTS = (name: string): string =>
  `COALESCE(avg(${name}), 0) AS "${name}Mean", COALESCE(regr_syy(${name}, x), 0) AS "${name}Squares", COALESCE(regr_sxy(${name}, x), 0) AS "${name}Products"`;

/** How the customers of many campaigns are told apart beside their arms, and what else is summed up of them. */
type Grouped = { readonly by: readonly string[]; readonly discounts: string };

/**
 * Orders of assigned customers from their assignment or the start on, beside a row of nothing for each customer: summed by
 * customer they are the outcomes, with no join that a plan could get wrong. What is not known of costs counts with the
 * share ($7). `by`: columns of `assigned`, of which each customer has one row.
 */
const outcomesOf = (assigned: string, { by, discounts }: Grouped = { by: [], discounts: '' }): string => {
  const columns = [...by, 'customer_id', 'arm', 'before'];
  const own = columns.join(', ');
  const of = (alias: string): string => columns.map((column) => `${alias}.${column}`).join(', ');
  const groups = ['arm', ...by].join(', ');
  return `
  WITH assigned AS MATERIALIZED (${assigned}),
  bought AS MATERIALIZED (
    SELECT ${of('a')}, o.id, o.net, o.cancelled_at IS NULL AS stands
    FROM assigned a
    JOIN orders o ON o.shop_id = $1 AND o.customer_id = a.customer_id
      AND o.processed_at >= a.since AND o.processed_at < a.until AND NOT o.test AND o.deleted_at IS NULL),
  each AS (
    SELECT ${own}, 0 AS orders, 0::float8 AS revenue, 0::float8 AS margin, 0::float8 AS discount FROM assigned
    UNION ALL
    SELECT ${own}, CASE WHEN stands THEN 1 ELSE 0 END, net,
      net - net * $5::float8 - CASE WHEN stands THEN $6::float8 ELSE 0 END, 0
    FROM bought
    UNION ALL
    SELECT ${of('b')}, 0, 0,
      -CASE WHEN i.unit_cost IS NOT NULL AND COALESCE(i.unit_cost_currency, $8) = $8 THEN l.current_quantity * i.unit_cost
        ELSE l.current_quantity * l.unit_price * COALESCE($7::float8, 0) END, 0
    FROM bought b
    JOIN order_lines l ON l.shop_id = $1 AND l.order_id = b.id AND l.current_quantity > 0
    LEFT JOIN variants v ON v.shop_id = $1 AND v.id = l.variant_id
    LEFT JOIN inventory_items i ON i.shop_id = $1 AND i.id = v.inventory_item_id
    ${discounts && `UNION ALL SELECT ${of('a')}, 0, 0, 0, r.discount_cost ${discounts}`}),
  outcomes AS (
    SELECT ${own}, before::float8 AS x, sum(orders)::float8 AS orders, sum(revenue) AS revenue, sum(margin) AS margin,
      sum(discount) AS discount
    FROM each GROUP BY ${own})
  SELECT ${groups}, count(*)::int AS n, (count(*) FILTER (WHERE orders > 0))::int AS buyers, avg(x) AS before, sum(discount) AS discount,
    COALESCE(regr_sxx(orders, x), 0) AS "beforeSquares", ${['orders', 'revenue', 'margin'].map(MOMENTS).join(', ')}
  FROM outcomes GROUP BY ${groups}`;
};

/** Of one campaign ($2): from its start ($3), or the assignment if that was later, up to an instant ($4). */
const OF_CAMPAIGN = outcomesOf(`SELECT customer_id, arm, before, GREATEST($3::timestamptz, at) AS since, $4::timestamptz AS until
  FROM campaign_assignments WHERE shop_id = $1 AND campaign_id = $2`);
/** The same by who was held out (0) and who was put to the program (1), whatever it chose. */
const OF_PROGRAM = outcomesOf(`SELECT customer_id, CASE WHEN held THEN 0 ELSE 1 END AS arm, before, GREATEST($3::timestamptz, at) AS since,
    $4::timestamptz AS until
  FROM campaign_assignments WHERE shop_id = $1 AND campaign_id = $2`);
/** Of all runs of a standing campaign ($2): each customer once, from their first assignment for so many days ($3), up to now ($4). */
const OF_STANDING = outcomesOf(`SELECT DISTINCT ON (a.customer_id) a.customer_id, a.arm, a.before, a.at AS since,
    LEAST(a.at + $3::int * interval '1 day', $4::timestamptz) AS until
  FROM campaigns c JOIN campaign_assignments a ON a.shop_id = c.shop_id AND a.campaign_id = c.id
  WHERE c.shop_id = $1 AND c.standing_id = $2 ORDER BY a.customer_id, a.at`);

/** Both of many at once, campaigns ($2) and standing ones ($3) up to now ($4); with the channel of each customer's last order before. */
const ofMany = (channel: boolean): string => {
  const last = `LEFT JOIN LATERAL (SELECT o.channel FROM orders o
      WHERE o.shop_id = $1 AND o.customer_id = m.customer_id AND o.processed_at < m.at AND NOT o.test AND o.deleted_at IS NULL
      ORDER BY o.processed_at DESC LIMIT 1) AS l ON true`;
  const members = `
    SELECT 'campaign/' || c.id AS whole, c.id AS campaign_id, a.customer_id, a.arm, a.before, a.at,
      GREATEST(c.starts_at, a.at) AS since, LEAST(c.ends_at, $4::timestamptz) AS until
    FROM campaigns c JOIN campaign_assignments a ON a.shop_id = c.shop_id AND a.campaign_id = c.id
    WHERE c.shop_id = $1 AND c.id = ANY($2::int[])
    UNION ALL
    (SELECT DISTINCT ON (s.id, a.customer_id) 'standing/' || s.id, c.id, a.customer_id, a.arm, a.before, a.at, a.at,
      LEAST(a.at + s.valid_days * interval '1 day', $4::timestamptz)
    FROM standing_campaigns s
    JOIN campaigns c ON c.shop_id = s.shop_id AND c.standing_id = s.id
    JOIN campaign_assignments a ON a.shop_id = c.shop_id AND a.campaign_id = c.id
    WHERE s.shop_id = $1 AND s.id = ANY($3::int[]) ORDER BY s.id, a.customer_id, a.at)`;
  return outcomesOf(`SELECT m.*${channel ? ', l.channel' : ''} FROM (${members}) AS m ${channel ? last : ''}`, {
    by: channel ? ['whole', 'channel'] : ['whole'],
    discounts: `FROM assigned a
      JOIN campaign_codes k ON k.shop_id = $1 AND k.campaign_id = a.campaign_id AND k.customer_id = a.customer_id
      JOIN campaign_redemptions r ON r.shop_id = $1 AND r.campaign_id = a.campaign_id AND r.code = k.code`,
  });
};
const OF_MANY = ofMany(false);
const OF_MANY_BY_CHANNEL = ofMany(true);

type Row = { arm: number; n: number; buyers: number; before: number; beforeSquares: number } & {
  [Name in `${'orders' | 'revenue' | 'margin'}${'Mean' | 'Squares' | 'Products'}`]: number;
};

export type ArmOutcomes = {
  readonly arm: number;
  readonly orders: MeasuredArm;
  readonly revenue: MeasuredArm;
  readonly margin: MeasuredArm;
};

/**
 * What the customers of each arm did, whether they used a code or not: orders, revenue (net) and margin in minor units, from
 * the start (or their assignment, if that was later) up to an instant.
 */
export async function readOutcomes(tx: ShopTx, shop: Shop, wanted: OfCampaign): Promise<ArmOutcomes[]> {
  return readOf(tx, shop, { ...wanted, text: OF_CAMPAIGN });
}

/** The same of those whom the program chose for (1), whatever it chose, and of those who were held out (0). */
export async function readProgramOutcomes(tx: ShopTx, shop: Shop, wanted: OfCampaign): Promise<ArmOutcomes[]> {
  return readOf(tx, shop, { ...wanted, text: OF_PROGRAM });
}

type Shop = { readonly id: number; readonly currency: string };
type OfCampaign = { readonly campaignId: number; readonly from: Date; readonly until: Date } & Priced;

async function readOf(tx: ShopTx, shop: Shop, wanted: OfCampaign & { text: string }): Promise<ArmOutcomes[]> {
  const { text, campaignId, from, until, ...priced } = wanted;
  return outcomes(await tx.sql.rows<Row>({ text }, [shop.id, campaignId, from, until, ...pricesOf(priced, shop)]));
}

/** The same of a standing campaign: each customer for so many days from their first assignment in any run. */
export async function readStandingOutcomes(
  tx: ShopTx,
  shop: { id: number; currency: string },
  wanted: { standingId: number; days: number; now: Date } & Priced,
): Promise<ArmOutcomes[]> {
  const { standingId, days, now, ...priced } = wanted;
  return outcomes(await tx.sql.rows<Row>({ text: OF_STANDING }, [shop.id, standingId, days, now, ...pricesOf(priced, shop)]));
}

/** What the customers of an arm did, of a campaign among many. */
export type ComparedOutcomes = ArmOutcomes & {
  /** `campaign/ID` or `standing/ID`. */
  readonly whole: string;
  /** Of the last order before the assignment; null without one, or where it was not asked. */
  readonly channel: string | null;
  /** What the codes that came with the assignments took off, minor units. */
  readonly discount: number;
};

/** The same of many campaigns at once, each counted as it is by itself. */
export async function readComparedOutcomes(
  tx: ShopTx,
  shop: { id: number; currency: string },
  wanted: { campaignIds: readonly number[]; standingIds: readonly number[]; now: Date; byChannel: boolean } & Priced,
): Promise<ComparedOutcomes[]> {
  const { campaignIds, standingIds, now, byChannel, ...priced } = wanted;
  const values = [shop.id, `{${campaignIds.join(',')}}`, `{${standingIds.join(',')}}`, now, ...pricesOf(priced, shop)];
  type Found = Row & { whole: string; channel?: string | null; discount: number };
  const rows = await tx.sql.rows<Found>({ text: byChannel ? OF_MANY_BY_CHANNEL : OF_MANY }, values);
  return rows.map((row) => ({ ...outcomeOf(row), whole: row.whole, channel: row.channel ?? null, discount: row.discount }));
}

/** `costs`: the share that stands for what is not known of costs. */
type Priced = { readonly fees: Fees; readonly costs: number | null };
const pricesOf = ({ fees, costs }: Priced, { currency }: { currency: string }): unknown[] => [
  fees.feeShare / 10_000,
  Number(fees.feeFixed),
  costs,
  currency,
];

const outcomes = (rows: readonly Row[]): ArmOutcomes[] => rows.map(outcomeOf);

function outcomeOf(row: Row): ArmOutcomes {
  const { n, buyers, before, beforeSquares } = row;
  const of = (name: 'orders' | 'revenue' | 'margin'): MeasuredArm => ({
    n,
    buyers,
    before,
    beforeSquares,
    outcome: row[`${name}Mean`],
    outcomeSquares: row[`${name}Squares`],
    products: row[`${name}Products`],
  });
  return { arm: row.arm, orders: of('orders'), revenue: of('revenue'), margin: of('margin') };
}
