import type { ShopTx } from '../platform/db.server.ts';
import { nameOf, openPerson, type PersonKeys } from '../record/index.server.ts';
import type { Compiled } from './segment/compile.store.server.ts';

/** What a compiled condition is asked of; `$1` is the shop. */
export const FROM = `FROM customers c
  LEFT JOIN customer_rollups r ON r.shop_id = c.shop_id AND r.customer_id = c.id
  LEFT JOIN loyalty_members m ON m.shop_id = c.shop_id AND m.customer_id = c.id
  LEFT JOIN loyalty_tiers t ON t.shop_id = m.shop_id AND t.id = m.tier_id
  LEFT JOIN customer_rfm f ON f.shop_id = c.shop_id AND f.customer_id = c.id
  LEFT JOIN customer_values v ON v.shop_id = c.shop_id AND v.customer_id = c.id`;
/** A condition for the shop's living customers alone. */
export const living = (where: string): string => `c.shop_id = $1 AND c.deleted_at IS NULL AND ${where}`;

/** How many customers a query holds for. */
export async function countMembers(tx: ShopTx, { where, values }: Compiled): Promise<number> {
  const [row] = await tx.sql.rows<{ count: number }>({ text: `SELECT count(*)::int AS count ${FROM} WHERE ${living(where)}` }, values);
  return row?.count ?? 0;
}

/** The ids of a page of them, ascending, after an id. */
export async function memberIds(tx: ShopTx, { where, values }: Compiled, page: { after: bigint; limit: number }): Promise<bigint[]> {
  const place = values.length;
  const text = `SELECT c.id ${FROM} WHERE ${living(where)} AND c.id > $${place + 1}::bigint ORDER BY c.id LIMIT $${place + 2}`;
  const rows = await tx.sql.rows<{ id: bigint }>({ text }, [...values, page.after, page.limit]);
  return rows.map(({ id }) => id);
}

/** Customers of the shop whom the store has not deleted. */
export async function countAll(tx: ShopTx, shopId: number): Promise<number> {
  const text = 'SELECT customers FROM customer_counts WHERE shop_id = $1';
  return (await tx.sql.rows<{ customers: number }>({ text }, [shopId]))[0]?.customers ?? 0;
}

export type MemberRow = {
  readonly id: bigint;
  readonly name: string | null;
  readonly email: string | null;
  readonly country: string | null;
  readonly tier: string | null;
  readonly orders: number;
  /** Minor units of the shop's currency. */
  readonly net: bigint;
  readonly lastOrderAt: Date | null;
};

/** As memberIds, with who they are. */
export async function memberRows(
  tx: ShopTx,
  persons: PersonKeys,
  { where, values, after, limit }: Compiled & { after: bigint; limit: number },
): Promise<MemberRow[]> {
  const place = values.length;
  const text = `SELECT c.id, c.person, c.country, t.name AS tier, COALESCE(r.orders, 0) AS orders, COALESCE(r.net, 0) AS net,
    r.last_order_at AS "lastOrderAt" ${FROM}
    WHERE ${living(where)} AND c.id > $${place + 1}::bigint ORDER BY c.id LIMIT $${place + 2}`;
  const rows = await tx.sql.rows<Omit<MemberRow, 'name' | 'email'> & { person: string | null }>({ text }, [...values, after, limit]);
  return rows.map(({ person, ...row }) => {
    const opened = openPerson(persons, { id: row.id, person });
    return { ...row, name: nameOf(opened), email: opened.email };
  });
}

/** So many customers and products are looked at for the words that a segment can name. */
const SAMPLE = 50_000;
const MOST_WORDS = 200;

/** Words of the shop that a segment may name, by attribute (`event.parameter` for events), the frequent ones first. */
export async function segmentWords(tx: ShopTx, shopId: number): Promise<Record<string, string[]>> {
  const sample = (table: string, columns: string): string =>
    `(SELECT ${columns} FROM ${table} WHERE shop_id = $1 AND deleted_at IS NULL LIMIT ${SAMPLE}) AS s`;
  const column = (name: string): string => `SELECT ${name} AS word FROM ${sample('customers', name)}`;
  const from: Readonly<Record<string, string>> = {
    customer_tags: `SELECT unnest(tags) AS word FROM ${sample('customers', 'tags')}`,
    customer_countries: column('country'),
    customer_regions: column('province'),
    customer_cities: column('city'),
    customer_language: column('locale'),
    loyalty_tier: 'SELECT name AS word FROM loyalty_tiers WHERE shop_id = $1',
    channel: 'SELECT channel AS word FROM day_channel_rollups WHERE shop_id = $1 AND orders > 0',
    'products_purchased.tag': `SELECT unnest(tags) AS word FROM ${sample('products', 'tags')}`,
    'products_purchased.vendor': `SELECT vendor AS word FROM ${sample('products', 'vendor')}`,
    'viewed_product.tag': `SELECT unnest(tags) AS word FROM ${sample('products', 'tags')}`,
    'viewed_product.vendor': `SELECT vendor AS word FROM ${sample('products', 'vendor')}`,
    'products_purchased.collection': 'SELECT title AS word FROM collections WHERE shop_id = $1 AND deleted_at IS NULL',
    'viewed_product.collection': 'SELECT title AS word FROM collections WHERE shop_id = $1 AND deleted_at IS NULL',
    'campaign.name': 'SELECT name AS word FROM campaigns WHERE shop_id = $1',
    'campaign.arm': `SELECT CASE WHEN position = 0 THEN 'HELD_OUT' ELSE chr(64 + position) END AS word FROM campaign_arms WHERE shop_id = $1`,
  };
  const words: Record<string, string[]> = {};
  for (const [key, select] of Object.entries(from)) {
    // A word that only one customer has would tell of that customer.
    const least = key.startsWith('customer_') ? 2 : 1;
    const text = `SELECT word FROM (${select}) AS w WHERE word <> '' GROUP BY word HAVING count(*) >= $2
      ORDER BY count(*) DESC, word LIMIT ${MOST_WORDS}`;
    words[key] = (await tx.sql.rows<{ word: string }>({ text }, [shopId, least])).map(({ word }) => word);
  }
  return words;
}
