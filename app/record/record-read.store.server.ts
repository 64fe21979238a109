import { dayToDate, type Day } from '../core/calendar.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { ShopTx } from '../platform/db.server.ts';
import { readKeyset, type KeysetCursor, type KeysetSort } from '../platform/keyset.server.ts';
import { openPerson, type PersonKeys } from './person.server.ts';
import { nameOf, type Person } from './person.ts';
import { matching } from './person-search.store.server.ts';

export type Figures = {
  orders: number;
  units: bigint;
  gross: bigint;
  discounts: bigint;
  returned: bigint;
  cancelled: bigint;
  net: bigint;
  refunds: number;
  shipping: bigint;
  tax: bigint;
};

const FIGURES = Prisma.sql`COALESCE(sum(orders), 0)::int AS orders, COALESCE(sum(units), 0)::bigint AS units, COALESCE(sum(gross), 0)::bigint AS gross,
  COALESCE(sum(discounts), 0)::bigint AS discounts, COALESCE(sum(returned), 0)::bigint AS returned, COALESCE(sum(cancelled), 0)::bigint AS cancelled,
  COALESCE(sum(net), 0)::bigint AS net, COALESCE(sum(refunds), 0)::int AS refunds, COALESCE(sum(shipping), 0)::bigint AS shipping, COALESCE(sum(tax), 0)::bigint AS tax`;
const NOTHING: Figures = {
  orders: 0,
  units: 0n,
  gross: 0n,
  discounts: 0n,
  returned: 0n,
  cancelled: 0n,
  net: 0n,
  refunds: 0,
  shipping: 0n,
  tax: 0n,
};

/** Sums of the day rollup over days, both ends included: as many rows as days and channels, whatever the orders. */
export async function figuresBetween(tx: ShopTx, shopId: number, days: { from: Day; to: Day }): Promise<Figures> {
  const [row] = await tx.$queryRaw<Figures[]>`
    SELECT ${FIGURES} FROM day_channel_rollups WHERE shop_id = ${shopId} AND day BETWEEN ${dayToDate(days.from)} AND ${dayToDate(days.to)}`;
  return row ?? NOTHING;
}

export async function netByDay(
  tx: ShopTx,
  shopId: number,
  days: { from: Day; to: Day },
): Promise<{ day: Date; net: bigint; orders: number }[]> {
  return tx.$queryRaw<{ day: Date; net: bigint; orders: number }[]>`
    SELECT day, sum(net)::bigint AS net, sum(orders)::int AS orders FROM day_channel_rollups
    WHERE shop_id = ${shopId} AND day BETWEEN ${dayToDate(days.from)} AND ${dayToDate(days.to)} GROUP BY day ORDER BY day`;
}

export async function firstDay(tx: ShopTx, shopId: number): Promise<Date | null> {
  const row = await tx.dayChannelRollup.findFirst({ where: { shopId, orders: { gt: 0 } }, orderBy: { day: 'asc' }, select: { day: true } });
  return row?.day ?? null;
}

/** The channels that the shop has sold through. */
export async function channelNames(tx: ShopTx, shopId: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ channel: string }[]>`
    SELECT DISTINCT channel FROM day_channel_rollups WHERE shop_id = ${shopId} AND orders > 0 ORDER BY channel`;
  return rows.map((row) => row.channel);
}

export type Freshness = { lastEventAt: Date | null; waiting: number; failed: number; dead: number };

export async function readFreshness(tx: ShopTx, shopId: number): Promise<Freshness> {
  const [row] = await tx.$queryRaw<Freshness[]>`
    SELECT (SELECT received_at FROM inbox_events WHERE shop_id = ${shopId} ORDER BY id DESC LIMIT 1) AS "lastEventAt",
      (SELECT count(*)::int FROM inbox_events WHERE shop_id = ${shopId} AND status = 'pending') AS waiting,
      (SELECT count(*)::int FROM inbox_events WHERE shop_id = ${shopId} AND status = 'failed') AS failed,
      (SELECT count(*)::int FROM outbox_messages WHERE shop_id = ${shopId} AND status = 'dead') AS dead`;
  return row ?? { lastEventAt: null, waiting: 0, failed: 0, dead: 0 };
}

export type CustomerSort = 'net' | 'orders' | 'last';

export type CustomerRow = Pick<Person, 'firstName' | 'lastName' | 'email'> & {
  id: bigint;
  country: string | null;
  orders: number;
  net: bigint;
  lastOrderAt: Date | null;
  tier: string | null;
};

const BY_CUSTOMER = { id: Prisma.sql`r.customer_id`, first: 'greatest' } as const;
const SORT: Readonly<Record<CustomerSort, KeysetSort>> = {
  net: { ...BY_CUSTOMER, column: Prisma.sql`r.net`, type: 'bigint', nullable: false },
  orders: { ...BY_CUSTOMER, column: Prisma.sql`r.orders`, type: 'int', nullable: false },
  last: { ...BY_CUSTOMER, column: Prisma.sql`r.last_order_at`, type: 'timestamptz', nullable: true },
};

const escapeLike = (text: string): string => text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`);

/** At most so many of each index range that a search looks at. */
const MOST_FOUND = 5_000;

/** Orders whose name begins with the search: by their ids where they are few, along the list where they are many. */
async function named(tx: ShopTx, search: string): Promise<Prisma.Sql> {
  if (search === '') return Prisma.empty;
  const like = `${escapeLike(search)}%`;
  const found = await tx.$queryRaw<{ id: bigint }[]>`SELECT storebook_find('orders', ${like}, ${MOST_FOUND + 1}::int) AS id`;
  return found.length > MOST_FOUND
    ? Prisma.sql`AND lower(o.name) LIKE ${like}`
    : Prisma.sql`AND o.id = ANY(${found.map((row) => row.id)}::bigint[])`;
}

export type CustomerQuery = {
  search: string;
  tierId: number | null;
  sort: CustomerSort;
  cursor: KeysetCursor;
  limit: number;
};

/** A page of customers by keyset: its cost is that of its own rows, wherever it stands. Rows come in display order. */
export async function customerRows(tx: ShopTx, persons: PersonKeys, query: CustomerQuery): Promise<CustomerRow[]> {
  const { shopId } = persons;
  const found = await matching(tx, persons, query.search);
  const rows = await readKeyset(
    { sort: SORT[query.sort], cursor: query.cursor, limit: query.limit },
    ({ where, order, limit }) => tx.$queryRaw<(Omit<CustomerRow, keyof Person> & { person: string | null })[]>`
      SELECT r.customer_id AS id, c.person, c.country, r.orders, r.net,
        r.last_order_at AS "lastOrderAt", t.name AS tier
      FROM customer_rollups r
      JOIN customers c ON c.shop_id = r.shop_id AND c.id = r.customer_id AND c.deleted_at IS NULL
      LEFT JOIN loyalty_members m ON m.shop_id = r.shop_id AND m.customer_id = r.customer_id
      LEFT JOIN loyalty_tiers t ON t.shop_id = m.shop_id AND t.id = m.tier_id
      WHERE r.shop_id = ${shopId} ${found}
        ${query.tierId === null ? Prisma.empty : Prisma.sql`AND m.tier_id = ${query.tierId}`} ${where}
      ORDER BY ${order} LIMIT ${limit}`,
  );
  return rows.map(({ person, ...row }) => {
    const { firstName, lastName, email } = openPerson(persons, { id: row.id, person });
    return { ...row, firstName, lastName, email };
  });
}

/** Customers of these ids, ascending; also those who have never ordered. */
export async function customersOf(tx: ShopTx, persons: PersonKeys, ids: readonly bigint[]): Promise<CustomerRow[]> {
  const { shopId } = persons;
  const rows = await tx.$queryRaw<(Omit<CustomerRow, keyof Person> & { person: string | null })[]>`
    SELECT c.id, c.person, c.country, COALESCE(r.orders, 0) AS orders, COALESCE(r.net, 0) AS net, r.last_order_at AS "lastOrderAt", t.name AS tier
    FROM customers c
    LEFT JOIN customer_rollups r ON r.shop_id = c.shop_id AND r.customer_id = c.id
    LEFT JOIN loyalty_members m ON m.shop_id = c.shop_id AND m.customer_id = c.id
    LEFT JOIN loyalty_tiers t ON t.shop_id = m.shop_id AND t.id = m.tier_id
    WHERE c.shop_id = ${shopId} AND c.id = ANY(${[...ids]}::bigint[]) AND c.deleted_at IS NULL ORDER BY c.id`;
  return rows.map(({ person, ...row }) => {
    const { firstName, lastName, email } = openPerson(persons, { id: row.id, person });
    return { ...row, firstName, lastName, email };
  });
}

export type OrderRow = {
  id: bigint;
  name: string;
  processedAt: Date;
  customerId: bigint | null;
  customerName: string | null;
  financialStatus: string | null;
  cancelledAt: Date | null;
  net: bigint;
  total: bigint;
  test: boolean;
};
/** Which orders a list shows; times in [since, until). */
export type OrderFilter = { status: string | null; channel: string | null; since: Date | null; until: Date | null };
export type OrderQuery = {
  search: string;
  customerId: bigint | null;
  filter?: OrderFilter;
  cursor: KeysetCursor;
  limit: number;
};

const ORDER_SORT: KeysetSort = {
  column: Prisma.sql`o.processed_at`,
  type: 'timestamptz',
  id: Prisma.sql`o.id`,
  first: 'greatest',
  nullable: false,
};

function filtered(filter: OrderFilter | undefined): Prisma.Sql {
  if (!filter) return Prisma.empty;
  const { status, channel, since, until } = filter;
  return Prisma.join(
    [
      Prisma.empty,
      ...(status === null ? [] : [Prisma.sql`o.financial_status = ${status}`]),
      ...(channel === null ? [] : [Prisma.sql`o.channel = ${channel}`]),
      ...(since === null ? [] : [Prisma.sql`o.processed_at >= ${since}`]),
      ...(until === null ? [] : [Prisma.sql`o.processed_at < ${until}`]),
    ],
    ' AND ',
  );
}

/** A page of orders, newest first, by keyset. */
export async function orderRows(tx: ShopTx, persons: PersonKeys, query: OrderQuery): Promise<OrderRow[]> {
  const { shopId } = persons;
  const search = await named(tx, query.search);
  const customer = query.customerId === null ? Prisma.empty : Prisma.sql`AND o.customer_id = ${query.customerId}`;
  const rows = await readKeyset(
    { sort: ORDER_SORT, cursor: query.cursor, limit: query.limit },
    ({ where, order, limit }) => tx.$queryRaw<(Omit<OrderRow, 'customerName'> & { person: string | null })[]>`
      SELECT o.id, o.name, o.processed_at AS "processedAt", o.customer_id AS "customerId", o.financial_status AS "financialStatus",
        c.person, o.cancelled_at AS "cancelledAt", o.net, o.total, o.test
      FROM orders o LEFT JOIN customers c ON c.shop_id = o.shop_id AND c.id = o.customer_id
      WHERE o.shop_id = ${shopId} AND o.deleted_at IS NULL ${search} ${customer} ${filtered(query.filter)} ${where}
      ORDER BY ${order} LIMIT ${limit}`,
  );
  return rows.map(({ person, ...row }) => ({
    ...row,
    customerName: row.customerId === null ? null : nameOf(openPerson(persons, { id: row.customerId, person })),
  }));
}

/** What a person is found by says nothing to anybody but the database. */
const HASHES = {
  emailHash: true,
  phoneHash: true,
  emailPath: true,
  firstNamePath: true,
  lastNamePath: true,
  mailboxHash: true,
  addressHash: true,
} as const;

/** A customer's row, opened; null when the record has none such. */
export async function readCustomer(tx: ShopTx, persons: PersonKeys, id: bigint) {
  const found = await tx.customer.findUnique({ where: { shopId_id: { shopId: persons.shopId, id } }, omit: HASHES });
  if (!found) return null;
  const { person, ...row } = found;
  return { ...row, ...openPerson(persons, { id, person }) };
}

export async function customerDetails(tx: ShopTx, persons: PersonKeys, id: bigint) {
  const { shopId } = persons;
  const [customer, rollup] = [
    await readCustomer(tx, persons, id),
    await tx.customerRollup.findUnique({ where: { shopId_customerId: { shopId, customerId: id } } }),
  ];
  return customer && { customer, rollup };
}

export async function customerRefunds(tx: ShopTx, shopId: number, wanted: { customerId: bigint; limit: number }) {
  return tx.$queryRaw<{ id: bigint; orderId: bigint; orderName: string; createdAt: Date; itemsReturned: bigint }[]>`
    SELECT f.id, f.order_id AS "orderId", o.name AS "orderName", f.created_at AS "createdAt", f.items_returned AS "itemsReturned"
    FROM orders o JOIN refunds f ON f.shop_id = o.shop_id AND f.order_id = o.id
    WHERE o.shop_id = ${shopId} AND o.customer_id = ${wanted.customerId} ORDER BY f.created_at DESC LIMIT ${wanted.limit}`;
}

export async function orderDetails(tx: ShopTx, persons: PersonKeys, id: bigint) {
  const { shopId } = persons;
  const order = await tx.order.findUnique({ where: { shopId_id: { shopId, id } } });
  if (!order) return null;
  const where = { shopId, orderId: id };
  return {
    order,
    lines: await tx.orderLine.findMany({ where, orderBy: { position: 'asc' } }),
    uses: await tx.discountUse.findMany({ where, orderBy: { position: 'asc' } }),
    refunds: await tx.refund.findMany({ where, orderBy: { createdAt: 'asc' } }),
    customer: order.customerId === null ? null : await readCustomer(tx, persons, order.customerId),
  };
}
