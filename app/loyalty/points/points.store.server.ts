import type { Day } from '../../core/calendar.ts';
import type { Db, ShopTx } from '../../platform/db.server.ts';
import type { Booked, Entry } from './difference.ts';
import type { EarningLine } from './earn.ts';
import { readEvents } from './events.store.server.ts';
import type { Given, Known, KnownOrder } from './facts.ts';
import { promisedTo } from '../referral/referral.store.server.ts';
import { redeemedOf } from './rewards/rewards.store.server.ts';
import type { Lapse } from './lapse.ts';
import type { Programme, Rules } from './programme.ts';
import { rulesSchema, storedRules } from './programme-rules.ts';
import { ACCOUNT_NAMES, ACCOUNTS, type Account } from './replay.ts';

const NAMES = new Map<number, Account>(ACCOUNT_NAMES.map((name) => [ACCOUNTS[name], name]));
const nameOf = (account: number): Account => NAMES.get(account) ?? 'issued';
const list = (ids: readonly bigint[]): string => `{${ids.join(',')}}`;

/** The versions of a shop's programme, in the order of their moments; none where there is no programme. */
export async function readProgrammes(tx: ShopTx, shopId: number): Promise<Programme[]> {
  const rows = await tx.pointsProgramme.findMany({ where: { shopId }, orderBy: [{ fromAt: 'asc' }, { version: 'asc' }] });
  return rows.map(({ version, fromAt, rules }) => ({ version, from: fromAt, ...rulesSchema.parse(rules) }));
}

/** @returns the new version's number. */
export async function addProgramme(
  tx: ShopTx,
  shopId: number,
  { rules, from, now }: { rules: Rules; from: Date; now: Date },
): Promise<number> {
  await tx.sql.run({ text: 'SELECT pg_advisory_xact_lock(7351, $1::int)' }, [shopId]);
  const last = await tx.pointsProgramme.aggregate({ where: { shopId }, _max: { version: true } });
  const version = (last._max.version ?? 0) + 1;
  await tx.pointsProgramme.create({ data: { shopId, version, fromAt: from, rules: storedRules(rules), createdAt: now } });
  return version;
}

/**
 * Locks members against another writer to the end of the transaction, making rows for those who have none; in the order of
 * their ids, so that nobody waits in a circle.
 */
export async function lockMembers(
  tx: ShopTx,
  shopId: number,
  { customerIds, now }: { customerIds: readonly bigint[]; now: Date },
): Promise<void> {
  const text = `INSERT INTO points_members (shop_id, customer_id, replayed_at) SELECT $1, id, $3 FROM unnest($2::bigint[]) AS wanted(id) ORDER BY id
    ON CONFLICT (shop_id, customer_id) DO UPDATE SET replayed_at = excluded.replayed_at`;
  await tx.sql.run({ text }, [shopId, list(customerIds), now]);
}

type LineRow = {
  customerId: bigint;
  orderId: bigint;
  at: Date;
  cancelledAt: Date | null;
  taxesIncluded: boolean;
  shipping: bigint;
  paid: boolean;
  sentAt: Date | null;
} & EarningLine;
type RefundRow = { orderId: bigint; refundId: bigint; at: Date; adjustment: bigint; lineId: bigint | null; quantity: number | null };

const PAID = `('paid', 'partially_refunded', 'refunded')`;
const ORDERS = `SELECT o.customer_id AS "customerId", o.id AS "orderId", o.processed_at AS at, o.cancelled_at AS "cancelledAt",
    o.taxes_included AS "taxesIncluded", o.shipping, o.financial_status IN ${PAID} AS paid,
    CASE WHEN o.fulfilment_status = 'fulfilled' OR NOT EXISTS (SELECT 1 FROM order_lines n WHERE n.shop_id = o.shop_id AND n.order_id = o.id AND n.requires_shipping)
      THEN COALESCE((SELECT max(f.created_at) FROM fulfilments f WHERE f.shop_id = o.shop_id AND f.order_id = o.id AND f.status = 'success'), o.processed_at) END AS "sentAt",
    l.id, l.product_id AS "productId", p.product_type AS "productType", l.vendor, COALESCE(p.tags, '{}') AS tags, l.gift_card AS "giftCard",
    l.quantity, l.current_quantity AS "currentQuantity", l.unit_price AS "unitPrice", l.discount, l.tax
  FROM orders o
  JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
  LEFT JOIN products p ON p.shop_id = l.shop_id AND p.id = l.product_id
  WHERE o.shop_id = $1 AND o.customer_id = ANY($2::bigint[]) AND o.processed_at >= $3 AND NOT o.test AND o.deleted_at IS NULL
  ORDER BY o.customer_id, o.processed_at, o.id, l.position`;
const REFUNDS = `SELECT f.order_id AS "orderId", f.id AS "refundId", f.created_at AS at, f.adjustment, l.line_id AS "lineId", l.quantity
  FROM orders o
  JOIN refunds f ON f.shop_id = o.shop_id AND f.order_id = o.id
  LEFT JOIN refund_lines l ON l.shop_id = f.shop_id AND l.order_id = f.order_id AND l.refund_id = f.id
  WHERE o.shop_id = $1 AND o.customer_id = ANY($2::bigint[]) AND o.processed_at >= $3 AND NOT o.test AND o.deleted_at IS NULL
  ORDER BY f.order_id, f.created_at, f.id`;

/** The orders of customers since a moment, by customer. */
async function readOrders(tx: ShopTx, shopId: number, { customerIds, since }: Wanted): Promise<Map<bigint, KnownOrder[]>> {
  const values = [shopId, list(customerIds), since];
  const rows = await tx.sql.rows<LineRow>({ name: 'points-orders', text: ORDERS }, values);
  const refundRows = await tx.sql.rows<RefundRow>({ name: 'points-refunds', text: REFUNDS }, values);
  const refundsOf = Map.groupBy(refundRows, ({ orderId }) => orderId);
  const orders = [...Map.groupBy(rows, ({ orderId }) => orderId)].flatMap(([id, lines]) => {
    const [first] = lines;
    if (!first) return [];
    const { customerId, at, cancelledAt, taxesIncluded, shipping, paid, sentAt } = first;
    const refunds = [...Map.groupBy(refundsOf.get(id) ?? [], ({ refundId }) => refundId)].flatMap(([refundId, parts]) => {
      const [part] = parts;
      const of = parts.flatMap(({ lineId, quantity }) => (lineId === null || quantity === null ? [] : [{ lineId, quantity }]));
      return part ? [{ id: refundId, at: part.at, adjustment: part.adjustment, lines: of }] : [];
    });
    return [{ customerId, order: { id, at, cancelledAt, taxesIncluded, shipping, paid: paid ?? false, sentAt, lines, refunds } }];
  });
  return new Map([...Map.groupBy(orders, ({ customerId }) => customerId)].map(([id, of]) => [id, of.map(({ order }) => order)]));
}

type Wanted = {
  readonly customerIds: readonly bigint[];
  /** When the programme began: nothing from before counts. */ readonly since: Date;
};

/** All that the points of customers follow from. */
export async function readKnown(tx: ShopTx, shopId: number, wanted: Wanted): Promise<Map<bigint, Known>> {
  const { customerIds, since } = wanted;
  const orders = await readOrders(tx, shopId, wanted);
  const events = await readEvents(tx, shopId, wanted);
  const joined = await tx.sql.rows<{ id: bigint; at: Date | null }>(
    {
      name: 'points-joined',
      text: 'SELECT id, created_at AS at FROM customers WHERE shop_id = $1 AND id = ANY($2::bigint[]) AND redacted_at IS NULL',
    },
    [shopId, list(customerIds)],
  );
  const redeemed = await redeemedOf(tx, shopId, customerIds);
  const promised = await promisedTo(tx, shopId, customerIds);
  const given = await tx.sql.rows<Given & { customerId: bigint }>(
    {
      name: 'points-given',
      text: `SELECT customer_id AS "customerId", topic, at, points, cause FROM points_adjustments WHERE shop_id = $1 AND customer_id = ANY($2::bigint[])
        UNION ALL SELECT r.customer_id, 'import/' || r.import_id, i.at, r.counts, 'import' FROM points_import_rows r
          JOIN points_imports i ON i.shop_id = r.shop_id AND i.id = r.import_id
          WHERE r.shop_id = $1 AND r.customer_id = ANY($2::bigint[]) AND r.counts <> 0
        ORDER BY at, topic`,
    },
    [shopId, list(customerIds)],
  );
  const joinedAt = new Map(joined.map(({ id, at }) => [id, at && at >= since ? at : null]));
  const givenTo = Map.groupBy(given, ({ customerId }) => customerId);
  return new Map(
    customerIds.map((id) => [
      id,
      {
        joinedAt: joinedAt.get(id) ?? null,
        orders: orders.get(id) ?? [],
        given: givenTo.get(id) ?? [],
        redeemed: redeemed.get(id) ?? [],
        promised: promised.get(id) ?? [],
        events: events.get(id) ?? [],
      },
    ]),
  );
}

/** What is booked of customers, by customer, topic and pair of accounts. */
export async function readBooked(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Map<bigint, Booked[]>> {
  const text = `SELECT customer_id AS "customerId", topic, from_account AS "from", to_account AS "to", sum(points)::int AS points, max(seq) AS seq
    FROM points_entries WHERE shop_id = $1 AND customer_id = ANY($2::bigint[]) GROUP BY 1, 2, 3, 4`;
  type Row = { customerId: bigint; topic: string; from: number; to: number; points: number; seq: number };
  const rows = await tx.sql.rows<Row>({ name: 'points-booked', text }, [shopId, list(customerIds)]);
  const booked = Map.groupBy(rows, ({ customerId }) => customerId);
  return new Map(
    [...booked].map(([id, of]) => [
      id,
      of.map(({ topic, from, to, points, seq }) => ({ topic, from: nameOf(from), to: nameOf(to), points, seq })),
    ]),
  );
}

export type CustomerEntry = Entry & { readonly customerId: bigint };

/** Books entries; the one way into the ledger. @throws where an entry is booked already: its transaction is lost with it. */
export async function bookEntries(tx: ShopTx, entries: readonly CustomerEntry[], { now, day }: { now: Date; day: Day }): Promise<void> {
  if (entries.length === 0) return;
  await tx.sql.run({ name: 'post-points', text: 'SELECT storebook_post_points($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)' }, [
    entries.map(({ customerId }) => customerId),
    entries.map(({ topic }) => topic),
    entries.map(({ seq }) => seq),
    entries.map(({ from }) => ACCOUNTS[from]),
    entries.map(({ to }) => ACCOUNTS[to]),
    entries.map(({ points }) => points),
    entries.map(({ at }) => at),
    entries.map(({ cause }) => cause),
    entries.map(({ programme }) => programme),
    now,
    day,
  ]);
}

export type Due = { readonly customerId: bigint; readonly dueAt: Date | null; readonly lapse: Lapse | null };

/** Notes when time alone changes something next, and which points lapse next. */
export async function noteDue(tx: ShopTx, shopId: number, due: readonly Due[]): Promise<void> {
  const text = `UPDATE points_members AS m SET due_at = d.due_at, lapse_at = d.lapse_at, lapse_points = d.lapse_points
    FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::int[]) AS d(id, due_at, lapse_at, lapse_points)
    WHERE m.shop_id = $1 AND m.customer_id = d.id
      AND (m.due_at, m.lapse_at, m.lapse_points) IS DISTINCT FROM (d.due_at, d.lapse_at, d.lapse_points)`;
  await tx.sql.run({ name: 'points-due', text }, [
    shopId,
    list(due.map(({ customerId }) => customerId)),
    due.map(({ dueAt }) => dueAt),
    due.map(({ lapse }) => lapse?.at ?? null),
    due.map(({ lapse }) => lapse?.points ?? null),
  ]);
}

/** Members for whom something is due, in the order of their ids. */
export async function dueMembers(tx: ShopTx, shopId: number, due: { by: Date; after: bigint; limit: number }): Promise<bigint[]> {
  const text = `SELECT customer_id AS id FROM points_members WHERE shop_id = $1 AND due_at <= $2 AND customer_id > $3 ORDER BY customer_id LIMIT $4`;
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'points-due-members', text }, [shopId, due.by, due.after, due.limit]);
  return rows.map(({ id }) => id);
}

export async function shopsWithPointsDue(db: Db, by: Date): Promise<number[]> {
  const rows = await db.across.rows<{ id: number }>({ text: 'SELECT * FROM storebook_shops_with_points_due($1) AS id' }, [by]);
  return rows.map(({ id }) => id);
}

export async function addAdjustment(
  tx: ShopTx,
  shopId: number,
  adjustment: Given & { customerId: bigint; reason: string | null; staffId: string | null },
): Promise<void> {
  await tx.pointsAdjustment.create({ data: { shopId, ...adjustment } });
}

export type Balance = { readonly pending: bigint; readonly available: bigint };

export async function readBalance(tx: ShopTx, shopId: number, customerId: bigint): Promise<Balance> {
  const where = { shopId_customerId: { shopId, customerId } };
  return (await tx.pointsBalance.findUnique({ where, select: { pending: true, available: true } })) ?? { pending: 0n, available: 0n };
}

export type EntryRow = {
  readonly topic: string;
  readonly seq: number;
  readonly from: Account;
  readonly to: Account;
  readonly points: number;
  readonly at: Date;
  readonly bookedAt: Date;
  readonly cause: string;
  readonly programme: number | null;
};

/** The latest entries of a customer. */
export async function readEntries(
  tx: ShopTx,
  shopId: number,
  { customerId, limit }: { customerId: bigint; limit: number },
): Promise<EntryRow[]> {
  const rows = await tx.pointsEntry.findMany({
    where: { shopId, customerId },
    orderBy: [{ bookedAt: 'desc' }, { at: 'desc' }, { topic: 'desc' }, { seq: 'desc' }],
    take: limit,
    omit: { shopId: true, customerId: true },
  });
  return rows.map(({ fromAccount, toAccount, ...row }) => ({ ...row, from: nameOf(fromAccount), to: nameOf(toAccount) }));
}

export type Sums = { readonly account: Account; readonly points: bigint };

/** What each account holds at the end of a day of the shop, from the days' sums. */
export async function sumsAt(tx: ShopTx, shopId: number, day: Day): Promise<Sums[]> {
  const text = `SELECT account, sum(moved)::bigint AS points FROM (
      SELECT from_account AS account, -sum(points) AS moved FROM points_days WHERE shop_id = $1 AND day <= $2::date GROUP BY 1
      UNION ALL SELECT to_account, sum(points) FROM points_days WHERE shop_id = $1 AND day <= $2::date GROUP BY 1) AS moves GROUP BY account`;
  const rows = await tx.sql.rows<{ account: number; points: bigint }>({ name: 'points-sums', text }, [shopId, day]);
  return rows.map(({ account, points }) => ({ account: nameOf(account), points }));
}

/** Balances and days that are not what the entries add up to. */
export async function differingSums(tx: ShopTx, shopId: number, limit: number): Promise<{ what: string; live: bigint; rebuilt: bigint }[]> {
  const column = (name: Account): string => `COALESCE(sum(moved) FILTER (WHERE account = ${ACCOUNTS[name]}), 0)::bigint AS ${name}`;
  const text = `WITH moves AS (
      SELECT customer_id, from_account AS account, -points::bigint AS moved FROM points_entries WHERE shop_id = $1
      UNION ALL SELECT customer_id, to_account, points::bigint FROM points_entries WHERE shop_id = $1),
    sums AS (SELECT customer_id, ${ACCOUNT_NAMES.map(column).join(', ')} FROM moves GROUP BY customer_id),
    days AS (SELECT from_account, to_account, sum(points)::bigint AS points FROM points_days WHERE shop_id = $1 GROUP BY 1, 2),
    pairs AS (SELECT from_account, to_account, sum(points)::bigint AS points FROM points_entries WHERE shop_id = $1 GROUP BY 1, 2)
    SELECT 'customer/' || COALESCE(b.customer_id, s.customer_id) AS what, COALESCE(b.available, 0) AS live, COALESCE(s.available, 0) AS rebuilt
    FROM (SELECT * FROM points_balances WHERE shop_id = $1) AS b FULL JOIN sums s ON s.customer_id = b.customer_id
    WHERE ${ACCOUNT_NAMES.map((name) => `COALESCE(b.${name}, 0) <> COALESCE(s.${name}, 0)`).join(' OR ')}
    UNION ALL
    SELECT 'days/' || COALESCE(d.from_account, p.from_account) || '-' || COALESCE(d.to_account, p.to_account), COALESCE(d.points, 0), COALESCE(p.points, 0)
    FROM days d FULL JOIN pairs p ON p.from_account = d.from_account AND p.to_account = d.to_account WHERE COALESCE(d.points, 0) <> COALESCE(p.points, 0)
    LIMIT $2`;
  return tx.sql.rows({ text }, [shopId, limit]);
}

/** Customers who may have points, members or not yet, in the order of their ids. */
export async function mayHavePoints(tx: ShopTx, shopId: number, page: { after: bigint; limit: number }): Promise<bigint[]> {
  const of = (table: string): string =>
    `(SELECT DISTINCT customer_id AS id FROM ${table} WHERE shop_id = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3)`;
  const text = `SELECT id FROM (${['customer_rollups', 'points_members', 'customer_events'].map(of).join(' UNION ')}) AS may ORDER BY id LIMIT $3`;
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'points-may-have', text }, [shopId, page.after, page.limit]);
  return rows.map(({ id }) => id);
}

/** Members in the order of their ids. */
export async function membersAfter(tx: ShopTx, shopId: number, page: { after: bigint; limit: number }): Promise<bigint[]> {
  const text = 'SELECT customer_id AS id FROM points_members WHERE shop_id = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3';
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'points-members', text }, [shopId, page.after, page.limit]);
  return rows.map(({ id }) => id);
}

export type Totals = {
  readonly members: number;
  readonly pending: bigint;
  readonly available: bigint;
  readonly spent: bigint;
  readonly expired: bigint;
};

/** What all members hold together. */
export async function readTotals(tx: ShopTx, shopId: number): Promise<Totals> {
  const text = `SELECT count(*)::int AS members, COALESCE(sum(pending), 0)::bigint AS pending, COALESCE(sum(available), 0)::bigint AS available,
    COALESCE(sum(spent), 0)::bigint AS spent, COALESCE(sum(expired), 0)::bigint AS expired FROM points_balances WHERE shop_id = $1`;
  const [row] = await tx.sql.rows<Totals>({ name: 'points-totals', text }, [shopId]);
  return row ?? { members: 0, pending: 0n, available: 0n, spent: 0n, expired: 0n };
}

/** What staff wrote of a customer's adjustments, by topic. */
export async function readAdjustments(tx: ShopTx, shopId: number, customerId: bigint): Promise<Map<string, string>> {
  const rows = await tx.pointsAdjustment.findMany({
    where: { shopId, customerId, reason: { not: null } },
    select: { topic: true, reason: true },
  });
  return new Map(rows.map(({ topic, reason }) => [topic, reason ?? '']));
}

export type Good = Pick<EarningLine, 'productType' | 'vendor' | 'tags' | 'unitPrice'>;

/** Products as a line of an order has them, at their first variant's price. */
export async function goodsOf(tx: ShopTx, shopId: number, productIds: readonly bigint[]): Promise<Map<bigint, Good>> {
  const text = `SELECT DISTINCT ON (p.id) p.id, p.product_type AS "productType", p.vendor, p.tags, v.price AS "unitPrice"
    FROM products p JOIN variants v ON v.shop_id = p.shop_id AND v.product_id = p.id AND v.deleted_at IS NULL
    WHERE p.shop_id = $1 AND p.id = ANY($2::bigint[]) AND p.deleted_at IS NULL ORDER BY p.id, v.position, v.id`;
  const rows = await tx.sql.rows<Good & { id: bigint }>({ name: 'points-goods', text }, [shopId, list(productIds)]);
  return new Map(rows.map(({ id, ...good }) => [id, good]));
}

/** What entries are about, by the beginning of their topics: the name of an order, the title of a reward. */
export async function subjectsOf(tx: ShopTx, shopId: number, topics: readonly string[]): Promise<Map<string, string>> {
  const text = `SELECT 'order/' || id AS topic, name AS subject FROM orders WHERE shop_id = $1 AND id = ANY($2::bigint[])
    UNION ALL SELECT 'redeem/' || id, title FROM points_redemptions WHERE shop_id = $1 AND id = ANY($3::bigint[])`;
  const idsOf = (kind: string): bigint[] =>
    [...new Set(topics.flatMap((topic) => new RegExp(`^${kind}/(\\d+)`).exec(topic)?.[1] ?? []))].map(BigInt);
  const values = [shopId, list(idsOf('order')), list(idsOf('redeem'))];
  const rows = await tx.sql.rows<{ topic: string; subject: string }>({ name: 'points-subjects', text }, values);
  return new Map(rows.map(({ topic, subject }) => [topic, subject]));
}

/** Of some members, those who wait to be looked at: their orders are marked, or time has something due. */
export async function waitingMembers(
  tx: ShopTx,
  shopId: number,
  { customerIds, now }: { customerIds: readonly bigint[]; now: Date },
): Promise<Set<bigint>> {
  const text = `SELECT id FROM unnest($2::bigint[]) AS wanted(id)
    WHERE EXISTS (SELECT 1 FROM dirty_entities d WHERE d.shop_id = $1 AND d.feed = 'loyalty' AND d.entity_id = id)
      OR EXISTS (SELECT 1 FROM points_members m WHERE m.shop_id = $1 AND m.customer_id = id AND m.due_at <= $3)
      OR EXISTS (SELECT 1 FROM customers c WHERE c.shop_id = $1 AND c.id = wanted.id AND c.redacted_at IS NOT NULL)`;
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'points-waiting', text }, [shopId, list(customerIds), now]);
  return new Set(rows.map(({ id }) => id));
}

/** Of some customers, those who were redacted. */
export async function redactedOf(tx: ShopTx, shopId: number, customerIds: readonly bigint[]): Promise<Set<bigint>> {
  const text = 'SELECT id FROM customers WHERE shop_id = $1 AND id = ANY($2::bigint[]) AND redacted_at IS NOT NULL';
  const rows = await tx.sql.rows<{ id: bigint }>({ name: 'points-redacted', text }, [shopId, list(customerIds)]);
  return new Set(rows.map(({ id }) => id));
}
