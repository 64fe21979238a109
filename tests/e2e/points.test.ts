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

/** Does something in the store, as people do there. */
async function store(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${stack.adminUrl}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ shop: stack.shop, ...body }),
  });
  expect([path, response.status, response.ok ? '' : await response.clone().text()]).toEqual([path, 200, '']);
  return response.json();
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
  page = await (await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 1000 }, locale: 'en-GB' })).newPage();
  app = page.frameLocator('iframe');
});
afterAll(async () => {
  await browser.close();
  await database.end();
  await stack.stop();
});

describe('points', () => {
  let variant: { id: string; price: string };
  let customer = '';
  const balance = async (available: number): Promise<void> => {
    await until(() => one('SELECT 1 FROM points_balances WHERE customer_id = $1 AND available = $2', [customer, available]));
  };

  it('are set up by a merchant, who is helped with what is wrong', async () => {
    variant = await until(() =>
      one<{ id: string; price: string }>(
        'SELECT id::text AS id, price::text AS price FROM variants WHERE price > 1000 ORDER BY price LIMIT 1',
      ),
    );
    await go('/points');
    await app.getByText('There is no points programme yet').waitFor();
    await app.getByLabel('for each').fill('nothing');
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('An amount above 0.').waitFor();
    await app.getByLabel('for each').fill('1.00');
    await app.getByLabel('Days', { exact: true }).fill('0');
    await app.getByLabel('Counted').selectOption({ label: 'after the order' });
    await app.getByLabel('For signing up').fill('25');
    await shot('points-programme');
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('Saved as version 1.').waitFor();
    expect(await one('SELECT 1 FROM points_programmes')).not.toBeNull();
  });

  it('follow a new customer from signing up over an order to a refund, each step with its reason', async () => {
    const { rows: before } = await database.query<{ id: string }>('SELECT id::text AS id FROM orders');
    const email = 'mia.member@example.com';
    await store('checkout', {
      customer: { email, firstName: 'Mia', lastName: 'Member' },
      lines: [{ variantId: `gid://shopify/ProductVariant/${variant.id}`, quantity: 2 }],
    });
    const found = await until(() =>
      one<{ customer: string; order: string; net: string }>(
        `SELECT o.customer_id::text AS customer, o.id::text AS order, o.net::text AS net FROM orders o WHERE NOT o.id = ANY($1::bigint[])`,
        [`{${before.map(({ id }) => id).join(',')}}`],
      ),
    );
    customer = found.customer;
    const points = Math.floor((Number(variant.price) * 2) / 100);
    await balance(points + 25);
    const line = await until(() => one<{ id: string }>('SELECT id::text AS id FROM order_lines WHERE order_id = $1', [found.order]));
    await store('orders/refund', {
      orderId: `gid://shopify/Order/${found.order}`,
      lines: [{ lineItemId: `gid://shopify/LineItem/${line.id}`, quantity: 1 }],
    });
    await balance(Math.floor(Number(variant.price) / 100) + 25);
    await go(`/customers/${customer}`);
    await app.getByRole('heading', { name: 'Points', exact: true }).waitFor();
    await app.getByText('Refund: taken back').waitFor();
    await app.getByText('Signed up').first().waitFor();
    await app.getByLabel('Points', { exact: true }).fill('-10');
    await app.getByLabel('Why').fill('Sent twice');
    await app.getByRole('button', { name: 'Give or take points' }).click();
    await app.getByText('By staff: Sent twice').waitFor();
    expect(await app.getByLabel('Points', { exact: true }).inputValue()).toBe('');
    await balance(Math.floor(Number(variant.price) / 100) + 15);
    await shot('points-member');
    expect(await one('SELECT 1 FROM points_entries WHERE customer_id = $1 AND cause = $2', [customer, 'refund'])).not.toBeNull();
  });

  it('become a reward: a code that works at the checkout, is seen as used, and comes back when it is cancelled', async () => {
    await go('/rewards');
    await app.getByText('There are no rewards yet').waitFor();
    await app.getByRole('button', { name: 'Save reward' }).click();
    await app.getByText('A name of at most 100 letters.').waitFor();
    await app.getByLabel('Name').fill('Two off');
    await app.getByLabel('Points', { exact: true }).fill('5');
    await app.getByLabel('Amount', { exact: true }).fill('2.00');
    await app.getByRole('button', { name: 'Save reward' }).click();
    await app.getByRole('cell', { name: 'Two off' }).waitFor();
    await shot('rewards');
    const before = await one<{ available: number }>('SELECT available::int AS available FROM points_balances WHERE customer_id = $1', [
      customer,
    ]);
    const available = before?.available ?? 0;
    await go(`/customers/${customer}`);
    await app.getByRole('button', { name: 'Redeem Two off' }).click();
    await balance(available - 5);
    const { code } = await until(() =>
      one<{ code: string }>(`SELECT code FROM points_redemptions WHERE customer_id = $1 AND status = 'ready'`, [customer]),
    );
    await store('checkout', {
      customer: { email: 'mia.member@example.com', firstName: 'Mia', lastName: 'Member' },
      lines: [{ variantId: `gid://shopify/ProductVariant/${variant.id}`, quantity: 1 }],
      discountCodes: [code],
    });
    await until(() => one('SELECT 1 FROM discount_uses WHERE code = $1', [code]));
    const earned = Math.floor((Number(variant.price) - 200) / 100);
    await balance(available - 5 + earned);
    await go(`/customers/${customer}`);
    await app.getByText('Used', { exact: true }).waitFor();
    await app.getByText(code).waitFor();
    await app.getByRole('button', { name: 'Redeem Two off' }).click();
    await until(() => one(`SELECT 1 FROM points_redemptions WHERE customer_id = $1 AND status = 'ready' AND code <> $2`, [customer, code]));
    await go(`/customers/${customer}`);
    await shot('rewards-member');
    await app.getByRole('button', { name: 'Cancel Two off' }).click();
    await until(() => one(`SELECT 1 FROM points_redemptions WHERE customer_id = $1 AND status = 'cancelled'`, [customer]));
    await balance(available - 5 + earned);
    expect(await one('SELECT 1 FROM points_redemptions WHERE code = $1 AND back_at IS NULL', [code])).not.toBeNull();
  });

  it('come for a friend: a link is made, the friend orders with it, and both see why', async () => {
    await go('/referral');
    await app.getByLabel('For the member').fill('40');
    await app.getByLabel('For the friend').fill('10');
    await app.getByLabel('Days after the order').fill('0');
    await app.getByRole('button', { name: 'Save', exact: true }).click();
    await app.getByText('Saved. The discount is brought to it').waitFor();
    await go(`/customers/${customer}`);
    await app.getByRole('button', { name: 'Make a link' }).click();
    const { code } = await until(() =>
      one<{ code: string }>(`SELECT code FROM referral_codes WHERE customer_id = $1 AND status = 'ready'`, [customer]),
    );
    await store('checkout', {
      customer: { email: 'fred.friend@example.com', firstName: 'Fred', lastName: 'Friend' },
      lines: [{ variantId: `gid://shopify/ProductVariant/${variant.id}`, quantity: 1 }],
      discountCodes: [code],
    });
    await until(() => one(`SELECT 1 FROM points_entries WHERE customer_id = $1 AND cause = 'referral'`, [customer]));
    await go(`/customers/${customer}`);
    await app.getByText('Brought a friend').first().waitFor();
    await app.getByRole('link', { name: 'Brought Fred Friend' }).waitFor();
    await go('/referral');
    await app.getByRole('link', { name: 'Fred Friend' }).waitFor();
    await app.getByText('Counts', { exact: true }).waitFor();
    await shot('referral');
    expect(await one(`SELECT 1 FROM referrals WHERE status = 'counts' AND signals = '{}'`)).not.toBeNull();
  });

  it('are told as owed on a day', async () => {
    const today = new Date().toISOString().slice(0, 10);
    await go(`/points?day=${today}`);
    const told = await app.getByText(/available, 0 waiting/).innerText();
    await shot('points-owed');
    const sum = await one<{ points: string }>('SELECT sum(available)::text AS points FROM points_balances');
    expect(told.replaceAll(',', '')).toContain(` ${sum?.points} available`);
  });
});
