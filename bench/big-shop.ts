import type pg from 'pg';

export type ShopSize = { customers: number; products: number; orders: number };

/** A number from 0 to 1 for a row and a salt: the same on every machine, whatever the order of the rows. */
const CHANCE = `CREATE FUNCTION pg_temp.chance(n bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  $$ SELECT (hashint8extended(n, salt) & 2147483647) / 2147483648.0 $$`;

/** Two variants a product, two places; a quarter of the goods is short of stock. */
const CATALOGUE = [
  `INSERT INTO locations (shop_id, id, name, active, updated_at)
   SELECT $1, id, 'Place ' || id, true, now() FROM generate_series(1, 2) AS id`,
  `INSERT INTO products (shop_id, id, title, vendor, status, tags, created_at, updated_at)
   SELECT $1, p, 'Thing ' || p, 'Vendor ' || p % 40, 'active', '{}', now() - interval '2 years', now() FROM generate_series(1, $2::int) AS p`,
  `INSERT INTO variants (shop_id, id, product_id, title, sku, price, inventory_item_id, position, updated_at)
   SELECT $1, v, 1 + v / 2, CASE v % 2 WHEN 0 THEN 'Blue' ELSE 'Red' END, 'SKU-' || v, 500 + v * 37 % 9500, v, 1 + v % 2, now()
   FROM generate_series(0, $2::int * 2 - 1) AS v`,
  `INSERT INTO inventory_items (shop_id, id, sku, tracked, unit_cost, unit_cost_currency, updated_at)
   SELECT shop_id, inventory_item_id, sku, inventory_item_id % 20 > 0, price / 2, 'GBP', now() FROM variants WHERE shop_id = $1 AND $2::int > 0`,
  `INSERT INTO inventory_levels (shop_id, inventory_item_id, location_id, available, updated_at)
   SELECT $1, v, l, floor(80 * pg_temp.chance(v, l) ^ (v % 4 + 1)), now() FROM generate_series(0, $2::int * 2 - 1) AS v, generate_series(1, 2) AS l`,
];

const CUSTOMERS = `INSERT INTO customers (shop_id, id, person, state, tags, country, email_consent, created_at, updated_at)
  SELECT $1, c, json_build_array('person' || c || '@example.com', null, 'First' || c % 300, 'Last' || floor(2000 * pg_temp.chance(c, 1))), 'enabled', '{}', 'GB',
    CASE c % 3 WHEN 0 THEN 'subscribed' ELSE 'not_subscribed' END, now() - interval '2 years', now() FROM generate_series(1, $2::int) AS c`;

/** Few goods and few customers make most of the sales; one to fifteen lines an order, four on average. */
const LINES = `INSERT INTO order_lines (shop_id, order_id, id, position, product_id, variant_id, title, sku, vendor, quantity, current_quantity,
    unit_price, presentment_unit_price, discount, tax)
  SELECT $1, o, o * 20 + at, at, v.product_id, v.id, 'Thing ' || v.product_id, v.sku, 'Vendor', q, q, v.price, v.price, 0, 0
  FROM generate_series(1, $2::int) AS o, generate_series(0, floor(15 * pg_temp.chance(o, 2) ^ 3)::int) AS at,
    LATERAL (SELECT floor($3::int * pg_temp.chance(o * 20 + at, 3) ^ 3)::bigint AS variant, 1 + floor(4 * pg_temp.chance(o * 20 + at, 4))::int AS q) AS r
    JOIN variants v ON v.shop_id = $1 AND v.id = r.variant`;

/** Two years of orders up to now, one in twelve from nobody known. */
const ORDERS = `INSERT INTO orders (shop_id, id, name, customer_id, created_at, processed_at, updated_at, day, channel, financial_status, tags, currency,
    presentment_currency, presentment_total, total, shipping, tax, gross, discounts, returned, cancelled, net, units)
  SELECT $1, o, '#' || o, CASE WHEN o % 12 > 0 THEN 1 + floor($3::int * pg_temp.chance(o, 5) ^ 2) END, at, at, at, (at AT TIME ZONE 'Europe/London')::date,
    CASE o % 5 WHEN 0 THEN 'pos' ELSE 'web' END, 'paid', '{}', 'GBP', 'GBP', gross, gross, 0, 0, gross, 0, 0, 0, gross, units
  FROM generate_series(1, $2::int) AS o, LATERAL (SELECT date_trunc('second', now() - interval '730 days' * pg_temp.chance(o, 6)) AS at) AS t,
    LATERAL (SELECT sum(unit_price * quantity) AS gross, sum(quantity) AS units FROM order_lines l WHERE l.shop_id = $1 AND l.order_id = o) AS s`;

/** Fills the orders' side of a shop by plain SQL; the rollups are to be rebuilt from it. @returns how many order lines there are. */
export async function fillBigShop(pool: pg.Pool, shopId: number, size: ShopSize): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query(CHANCE);
    for (const sql of CATALOGUE) await client.query(sql, sql.includes('$2') ? [shopId, size.products] : [shopId]);
    await client.query(CUSTOMERS, [shopId, size.customers]);
    const { rowCount } = await client.query(LINES, [shopId, size.orders, size.products * 2]);
    await client.query('ANALYZE order_lines');
    await client.query(ORDERS, [shopId, size.orders, size.customers]);
    await client.query('VACUUM ANALYZE');
    return rowCount ?? 0;
  } finally {
    client.release();
  }
}

/** The rollups of such a shop, whose orders have no refunds and no cancellations; verify holds them to the orders. */
const ROLLUPS = [
  `INSERT INTO customer_rollups (shop_id, customer_id, orders, units, gross, net, first_order_at, last_order_at)
   SELECT $1, c.id, count(o.id), COALESCE(sum(o.units), 0), COALESCE(sum(o.gross), 0), COALESCE(sum(o.net), 0), min(o.processed_at), max(o.processed_at)
   FROM customers c LEFT JOIN orders o ON o.shop_id = $1 AND o.customer_id = c.id WHERE c.shop_id = $1 GROUP BY c.id`,
  `INSERT INTO day_channel_rollups (shop_id, day, channel, orders, units, gross, net)
   SELECT $1, day, channel, count(*), sum(units), sum(gross), sum(net) FROM orders WHERE shop_id = $1 GROUP BY day, channel`,
  `INSERT INTO day_variant_location_rollups (shop_id, variant_id, day, location_id, units, gross, net)
   SELECT $1, l.variant_id, o.day, 0, sum(l.quantity), sum(l.quantity * l.unit_price), sum(l.quantity * l.unit_price)
   FROM order_lines l JOIN orders o ON o.shop_id = $1 AND o.id = l.order_id WHERE l.shop_id = $1 GROUP BY l.variant_id, o.day`,
  `INSERT INTO day_product_rollups (shop_id, product_id, day, orders, units, gross, net)
   SELECT $1, l.product_id, o.day, count(DISTINCT o.id), sum(l.quantity), sum(l.quantity * l.unit_price), sum(l.quantity * l.unit_price)
   FROM order_lines l JOIN orders o ON o.shop_id = $1 AND o.id = l.order_id WHERE l.shop_id = $1 GROUP BY l.product_id, o.day`,
];

/** As rebuildRollups leaves them, by a statement a rollup. */
export async function fillRollups(pool: pg.Pool, shopId: number): Promise<void> {
  for (const sql of ROLLUPS) await pool.query(sql, [shopId]);
}

/** So many deliveries that were applied and whose bodies are gone. */
export async function fillInbox(pool: pg.Pool, shopId: number, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO inbox_events (shop_id, topic, webhook_id, event_id, api_version, triggered_at, received_at, status, attempts, applied_at)
     SELECT $1, 'orders/create', gen_random_uuid()::text, gen_random_uuid()::text, '2026-07', at, at, 'applied', 1, at
     FROM generate_series(1, $2::int) AS n, LATERAL (SELECT now() - interval '30 days' * (n::float8 / $2::int) AS at) AS t`,
    [shopId, count],
  );
}

/**
 * Orders without lines, three a customer on average: each customer buys at a rate of their own (exponential over
 * customers) until they stop, at a time of their own, in the two years up to now; amounts follow the customer too.
 */
const BOUGHT = `INSERT INTO orders (shop_id, id, name, customer_id, created_at, processed_at, updated_at, day, channel, financial_status, tags, currency,
     presentment_currency, presentment_total, total, shipping, tax, gross, discounts, returned, cancelled, net, units)
   SELECT $1, c * 64 + n, '#' || c * 64 + n, c, at, at, at, (at AT TIME ZONE 'Europe/London')::date, 'web', 'paid', '{}', 'GBP', 'GBP',
     net, net, 0, 0, net, 0, 0, 0, net, 1
   FROM generate_series(1, $2::int) AS c,
     LATERAL (SELECT 730 * pg_temp.chance(c, 11) AS began, 730 * pg_temp.chance(c, 12) AS lasts,
       least(60, floor(-5.6 * ln(1 - pg_temp.chance(c, 13)) * pg_temp.chance(c, 12)))::int AS repeats, 800 - 4000 * ln(1 - pg_temp.chance(c, 14)) AS usual) AS p,
     generate_series(0, repeats) AS n,
     LATERAL (SELECT date_trunc('second', now() - interval '1 day' * (730 - began - CASE n WHEN 0 THEN 0 ELSE lasts * (1 - began / 730) * pg_temp.chance(c * 64 + n, 15) END)) AS at,
       (usual * (0.4 + 1.2 * pg_temp.chance(c * 64 + n, 16)))::bigint AS net) AS t`;

/** Fills a shop with so many customers who have bought, for what asks for customers alone. @returns how many orders there are. */
export async function fillBuyers(pool: pg.Pool, shopId: number, customers: number): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query(CHANCE);
    await client.query(CUSTOMERS, [shopId, customers]);
    const { rowCount } = await client.query(BOUGHT, [shopId, customers]);
    await client.query(ROLLUPS[0] ?? '', [shopId]);
    await client.query('VACUUM ANALYZE');
    return rowCount ?? 0;
  } finally {
    client.release();
  }
}
