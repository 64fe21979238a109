import type { Browser, FrameLocator, Page } from 'playwright-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const SHOTS = process.env['SHOTS_FOLDER'];
let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
let page: Page;
let app: FrameLocator;

const one = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T | null> =>
  (await database.query<T>(sql, values)).rows[0] ?? null;

async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 1_500; tries += 1) {
    const found = await read();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('what was waited for did not happen');
}

async function shot(name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

async function go(path: string): Promise<void> {
  await page.goto(`${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook${path}`);
  await app.getByRole('heading', { level: 1 }).first().waitFor();
  await app.locator('html[data-ready]').waitFor({ state: 'attached' });
}

beforeAll(async () => {
  stack = await testStack();
  browser = await openBrowser();
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
  page = await (await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 1600 }, locale: 'en-GB' })).newPage();
  app = page.frameLocator('iframe');
});
afterAll(async () => {
  await browser.close();
  await database.end();
  await stack.stop();
});

describe('tiers by orders, with points by the tier', () => {
  let variant: { id: string; price: string };
  let customer = '';
  /** A new order of one piece by the customer; its name once it is in the record. */
  async function buy(email: string): Promise<string> {
    const { rows: before } = await database.query<{ id: string }>('SELECT id::text AS id FROM orders');
    const response = await fetch(`${stack.adminUrl}/sandbox/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        shop: stack.shop,
        customer: { email, firstName: 'Tilda', lastName: 'Tier' },
        lines: [{ variantId: `gid://shopify/ProductVariant/${variant.id}`, quantity: 1 }],
      }),
    });
    expect(response.status).toBe(200);
    const order = await until(() =>
      one<{ name: string; customer: string }>(
        `SELECT o.name, o.customer_id::text AS customer FROM orders o JOIN customers c ON c.shop_id = o.shop_id AND c.id = o.customer_id
         WHERE NOT o.id = ANY($1::bigint[]) AND o.customer_id IS NOT NULL`,
        [`{${before.map(({ id }) => id).join(',')}}`],
      ),
    );
    customer = order.customer;
    return order.name;
  }

  it('are set up with a programme, a preview, and what is wrong said beside its field', async () => {
    variant = await until(() =>
      one<{ id: string; price: string }>(
        'SELECT id::text AS id, price::text AS price FROM variants WHERE price > 1000 ORDER BY price LIMIT 1',
      ),
    );
    await go('/points');
    await app.getByLabel('for each').fill('1.00');
    await app.getByLabel('Days', { exact: true }).fill('0');
    await app.getByLabel('Counted').selectOption({ label: 'after the order' });
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('Saved as version 1.').waitFor();

    await until(() => one('SELECT 1 FROM loyalty_tiers'));
    await go('/loyalty');
    await shot('tiers-spend');
    await app.getByLabel('What counts').selectOption({ label: 'Number of orders' });
    await app.getByLabel('Days of grace').fill('1.5');
    const thresholds = app.getByLabel('Orders from');
    for (const [index, least] of ['1', '2', '1000'].entries()) await thresholds.nth(index).fill(least);
    await app.getByLabel('Points times').nth(1).fill('2');
    await app.getByRole('button', { name: 'Save' }).click();
    await app.getByText('A whole number of days from 0 to 730.').waitFor();
    await shot('tiers-wrong');
    await app.getByLabel('Days of grace').fill('30');
    await app.getByLabel('Tag customers in Shopify with their tier').check();
    await app.getByLabel('Hand changes to Shopify Flow').check();
    await app.getByRole('button', { name: 'Add a tier' }).click();
    await app.getByLabel('Name').last().fill('Friends');
    await app.getByLabel('By invitation only').last().check();
    await app.getByRole('button', { name: 'Preview' }).click();
    await app.getByText('Customers by these rules, as of today').waitFor();
    const members = await one<{ count: string }>(
      `SELECT count(*)::text AS count FROM (SELECT count(*) FILTER (WHERE net > 0) AS orders FROM orders WHERE customer_id IS NOT NULL AND NOT test AND deleted_at IS NULL
         AND day > (now() AT TIME ZONE 'UTC')::date - interval '1 year' GROUP BY customer_id) AS o WHERE orders BETWEEN 2 AND 999`,
    );
    await app.getByText(`Silver: ${new Intl.NumberFormat('en-GB').format(Number(members?.count))}`).waitFor();
    await shot('tiers-preview');
    expect(await one(`SELECT 1 FROM loyalty_tiers WHERE name = 'Friends'`)).toBeNull();
    await app.getByRole('button', { name: 'Save' }).click();
    await app.getByText('Tiers saved.', { exact: false }).waitFor();
    await app.getByText('by invitation').first().waitFor();
    await shot('tiers-saved');
    await app.getByRole('heading', { level: 1 }).first().scrollIntoViewIfNeeded();
    await shot('tiers-board');
    await page.setViewportSize({ width: 390, height: 900 });
    await shot('tiers-phone');
    await page.setViewportSize({ width: 1280, height: 1600 });
  });

  it('an order brings a customer up, with its reason; the next earns double', async () => {
    const email = 'tilda.tier@example.com';
    await buy(email);
    await until(() => one(`SELECT 1 FROM tier_changes WHERE customer_id = $1 AND to_tier = 'Bronze'`, [customer]));
    const second = await buy(email);
    await until(() => one(`SELECT 1 FROM tier_changes WHERE customer_id = $1 AND to_tier = 'Silver'`, [customer]));
    // The store was told, and told back what it then had.
    await until(() =>
      one(`SELECT 1 FROM customers WHERE id = $1 AND tags @> '{storebook-tier-silver}' AND NOT tags @> '{storebook-tier-bronze}'`, [
        customer,
      ]),
    );
    await until(() =>
      one(
        `SELECT 1 FROM outbox_messages WHERE kind = 'loyalty.flow' AND status = 'sent' AND payload->>'tier' = 'Silver' AND payload->>'customerId' = $1`,
        [customer],
      ),
    );
    await buy(email);
    const points = Math.floor(Number(variant.price) / 100);
    await until(() => one('SELECT 1 FROM points_balances WHERE customer_id = $1 AND available = $2', [customer, points * 4]));
    await go(`/customers/${customer}`);
    await app.getByText(`Order ${second} brought the number of orders from 1 to 2`).waitFor();
    expect(await app.getByText('More by the tier').count()).toBeGreaterThan(0);
    await app.getByText('Next to fall out', { exact: false }).waitFor();
    await shot('tiers-customer');
  });

  it('staff give one with an end and a reason, and take it back', async () => {
    await app.getByRole('button', { name: 'Give a tier' }).click();
    await app.getByLabel('Tier', { exact: true }).selectOption({ label: 'Friends' });
    const end = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    await app.getByLabel('To the end of the day').fill(end);
    await app.getByLabel('Reason for the tier').fill('Wrote about us');
    await app.getByRole('button', { name: 'Give a tier' }).click();
    await app.getByText(/^Given by staff.*: Wrote about us$/).waitFor();
    await app.getByText('then Silver', { exact: false }).waitFor();
    await shot('tiers-given');
    expect(
      await one(`SELECT 1 FROM tier_changes WHERE customer_id = $1 AND to_tier = 'Friends' AND reason->>'kind' = 'manual'`, [customer]),
    ).not.toBeNull();
    await app.getByRole('button', { name: 'Take back: Friends' }).click();
    await app.getByText('Taken back.').waitFor();
    await until(() =>
      one(`SELECT 1 FROM tier_changes WHERE customer_id = $1 AND from_tier = 'Friends' AND to_tier = 'Silver'`, [customer]),
    );
  });
});
