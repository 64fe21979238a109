import type { Browser, FrameLocator, Page } from 'playwright-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const SHOTS = process.env['SHOTS_FOLDER'];
const MIA = { email: 'mia.member@example.com', firstName: 'Mia', lastName: 'Member' };
let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
let page: Page;
let app: FrameLocator;
/** What Mia sees in the storefront. */
let storefront: Page;

const one = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T | null> =>
  (await database.query<T>(sql, values)).rows[0] ?? null;
async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 450; tries += 1) {
    const found = await read();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('what was waited for did not happen');
}
async function store(path: string, body: object): Promise<void> {
  const response = await fetch(`${stack.adminUrl}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ shop: stack.shop, ...body }),
  });
  expect([path, response.status, response.ok ? '' : await response.clone().text()]).toEqual([path, 200, '']);
}
async function go(path: string): Promise<void> {
  await page.goto(`${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook${path}`);
  await app.getByRole('heading', { level: 1 }).first().waitFor();
  await app.locator('html[data-ready]').waitFor({ state: 'attached' });
}
async function shot(of: Page, name: string): Promise<void> {
  if (SHOTS) await of.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}

beforeAll(async () => {
  stack = await testStack();
  browser = await openBrowser();
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
  page = await (await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 1000 }, locale: 'en-GB' })).newPage();
  app = page.frameLocator('iframe');
  storefront = await (await browser.newContext({ viewport: { width: 390, height: 800 }, locale: 'en-GB' })).newPage();
});
afterAll(async () => {
  await browser.close();
  await database.end();
  await stack.stop();
});

describe('a member’s way, as merchant and member see it', () => {
  let variant: { id: string; price: string };
  let customer = '';
  let first = '';
  const pointsFor = (minor: number): number => Math.floor(minor / 100);
  const price = (): number => Number(variant.price);
  const has = async (available: number): Promise<void> => {
    await until(() => one('SELECT 1 FROM points_balances WHERE customer_id = $1 AND available = $2', [customer, available]));
  };
  const buy = (quantity: number, discountCodes: string[] = []): Promise<void> =>
    store('checkout', { customer: MIA, lines: [{ variantId: `gid://shopify/ProductVariant/${variant.id}`, quantity }], discountCodes });
  /** The merchant's page and the member's say it, each in its words. @returns what the member reads as available. */
  async function seen(merchant: RegExp, member: RegExp): Promise<number> {
    await go(`/customers/${customer}`);
    await app.getByText(merchant).first().waitFor();
    await storefront.goto(`${stack.adminUrl}/account?shop=${stack.shop}&customer=${customer}`);
    const body = storefront.locator('[data-storebook-body][aria-busy="false"]');
    await body.getByText(member).first().waitFor();
    return Number(await body.locator('dd').first().innerText());
  }

  it('begins with a programme and a reward', async () => {
    variant = await until(() =>
      one<{ id: string; price: string }>(
        'SELECT id::text AS id, price::text AS price FROM variants WHERE price > 1000 ORDER BY price LIMIT 1',
      ),
    );
    await go('/points');
    await app.getByLabel('for each').fill('1.00');
    await app.getByLabel('Days', { exact: true }).fill('0');
    await app.getByLabel('Counted').selectOption({ label: 'after the order' });
    await app.getByLabel('For signing up').fill('25');
    await app.getByLabel('When points lapse').selectOption({ label: 'Months after they became available' });
    await app.getByLabel('Months', { exact: true }).fill('1');
    await app.getByLabel('From the day on').fill('2026-01-01');
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('Saved as version 1.').waitFor();
    await go('/rewards');
    await app.getByLabel('Name').fill('Two off');
    await app.getByLabel('Points', { exact: true }).fill('5');
    await app.getByLabel('Amount', { exact: true }).fill('2.00');
    await app.getByRole('button', { name: 'Save reward' }).click();
    await app.getByRole('cell', { name: 'Two off' }).waitFor();
    expect(await one('SELECT 1 FROM points_rewards')).not.toBeNull();
  });

  it('goes on with signing up, earning and a tier, each with its reason', async () => {
    const { rows: before } = await database.query<{ id: string }>('SELECT id::text AS id FROM orders');
    await buy(2);
    const found = await until(() =>
      one<{ customer: string; id: string }>(
        'SELECT customer_id::text AS customer, id::text AS id FROM orders WHERE NOT id = ANY($1::bigint[]) AND customer_id IS NOT NULL',
        [`{${before.map(({ id }) => id).join(',')}}`],
      ),
    );
    ({ customer, id: first } = found);
    const points = 25 + pointsFor(2 * price());
    await has(points);
    await until(() => one('SELECT 1 FROM tier_changes WHERE customer_id = $1', [customer]));
    expect(await seen(/Signed up/, /Welcome/)).toBe(points);
    await app.getByText(/Order #\d+ brought the spend/).waitFor();
    await app.getByText('no tier → Bronze').waitFor();
    await storefront.getByText('Bronze', { exact: true }).first().waitFor();
    await storefront
      .getByText(/Order #\d+/)
      .first()
      .waitFor();
    await shot(storefront, 'way-earned');
  });

  it('redeems in the storefront, uses the code at the checkout, and sees both', async () => {
    await storefront.getByRole('button', { name: 'Redeem: Two off' }).click();
    await has(25 + pointsFor(2 * price()) - 5);
    const { code } = await until(() =>
      one<{ code: string }>(`SELECT code FROM points_redemptions WHERE customer_id = $1 AND status = 'ready'`, [customer]),
    );
    const before = 25 + pointsFor(2 * price()) - 5;
    expect(await seen(/Reward: Two off/, new RegExp(code))).toBe(before);
    await shot(storefront, 'way-redeemed');
    await buy(1, [code]);
    const points = before + pointsFor(price() - 200);
    await has(points);
    expect(await seen(/^Used$/, /Reward/)).toBe(points);
    expect(await one('SELECT 1 FROM discount_uses WHERE code = $1 AND amount = 200', [code])).not.toBeNull();
  });

  it('has points taken back by a partial refund', async () => {
    const line = await until(() => one<{ id: string }>('SELECT id::text AS id FROM order_lines WHERE order_id = $1', [first]));
    await store('orders/refund', {
      orderId: `gid://shopify/Order/${first}`,
      lines: [{ lineItemId: `gid://shopify/LineItem/${line.id}`, quantity: 1 }],
    });
    const points = 25 + pointsFor(price()) - 5 + pointsFor(price() - 200);
    await has(points);
    expect(await seen(/Refund: taken back/, /Order refunded/)).toBe(points);
  });

  it('and loses what lapses, as if she had signed up three months ago', async () => {
    await database.query(`UPDATE customers SET created_at = created_at - interval '3 months' WHERE id = $1`, [customer]);
    await database.query('UPDATE points_members SET due_at = now() WHERE customer_id = $1', [customer]);
    const points = pointsFor(price()) - 5 + pointsFor(price() - 200);
    await has(points);
    expect(await seen(/^Lapsed$/, /Points lapsed/)).toBe(points);
    await shot(page, 'way-merchant');
    await shot(storefront, 'way-lapsed');
    const entries = await database.query<{ sum: string }>(
      `SELECT (sum(CASE WHEN to_account IN (1, 2) THEN points ELSE 0 END) - sum(CASE WHEN from_account IN (1, 2) THEN points ELSE 0 END))::text AS sum
       FROM points_entries WHERE customer_id = $1`,
      [customer],
    );
    expect(entries.rows[0]?.sum).toBe(String(points));
  });
});
