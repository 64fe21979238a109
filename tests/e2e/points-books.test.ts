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

async function until(sql: string, values: unknown[]): Promise<Record<string, string>> {
  for (let tries = 0; tries < 1_500; tries += 1) {
    const { rows } = await database.query<Record<string, string>>(sql, values);
    if (rows[0]) return rows[0];
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
  page = await (await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 2200 }, locale: 'en-GB' })).newPage();
  app = page.frameLocator('iframe');
});
afterAll(async () => {
  await browser.close();
  await database.end();
  await stack.stop();
});

describe('balances from elsewhere', () => {
  let customer = '';
  const balance = (available: number) =>
    until('SELECT 1 AS is FROM points_balances WHERE customer_id = $1 AND available = $2', [customer, available]);

  it('need a programme, which is tried on the past year first', async () => {
    await go('/points/import');
    await app.getByText('Save a points programme first').waitFor();
    await go('/points');
    await app.getByLabel('Days', { exact: true }).fill('0');
    await app.getByLabel('Counted').selectOption({ label: 'after the order' });
    await app.getByRole('button', { name: 'Try on the past year' }).click();
    await app.getByText('All 20 customers who ordered or joined in the year.').waitFor();
    await app.getByText('Points issued', { exact: true }).waitFor();
    await shot('points-trial');
    expect((await database.query('SELECT 1 FROM points_programmes')).rowCount).toBe(0);
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('Saved as version 1.').waitFor();
  });

  it('are looked at, booked, seen with their reason on a customer’s page', async () => {
    const found = await until(
      'SELECT min(id)::text AS one, max(id)::text AS other FROM customers WHERE deleted_at IS NULL HAVING count(*) > 1',
      [],
    );
    customer = found['one'] ?? '';
    await go('/points/import');
    const text = `Shopify Customer ID;Points Balance;VIP Tier\n${customer};1.200;Gold\n${found['other']};many;\n7;5;\n`;
    await app.locator('input[type=file]').setInputFiles({ name: 'balances.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await app.getByRole('button', { name: 'See what would happen' }).click();
    await app.getByText('Not a number.').waitFor();
    await app.getByText('No customer of this store.').waitFor();
    await app.getByText('Also in the file and not taken over: VIP tiers').waitFor();
    expect((await database.query('SELECT 1 FROM points_entries WHERE cause = $1', ['import'])).rowCount).toBe(0);
    await shot('points-import-dry');
    await app.getByRole('button', { name: 'Book 1,200 points' }).click();
    await balance(1_200);
    await app.getByText(/· Booked$/).waitFor();
    await shot('points-import-booked');
    await go(`/customers/${customer}`);
    await app.getByText('Imported balance').waitFor();
    await shot('points-import-customer');
  });

  it('are part of what is owed, in points and in money', async () => {
    await go('/points/liability');
    await app.getByLabel('100 points are worth').fill('none');
    await app.getByRole('button', { name: 'Save', exact: true }).click();
    await app.getByText('An amount above 0.').waitFor();
    await app.getByLabel('100 points are worth').fill('1.00');
    await app.getByRole('button', { name: 'Save', exact: true }).click();
    await app.getByRole('heading', { name: 'Deferred revenue by month' }).waitFor();
    await app.getByText('Not enough history').waitFor();
    await shot('points-liability');
    expect(await until('SELECT per_hundred::text AS worth FROM points_valuations', [])).toEqual({ worth: '100' });
  });

  it('are undone as a whole', async () => {
    await go('/points/import');
    await app.getByRole('button', { name: 'Undo: Import 1' }).click();
    await app.getByText('All of its points are booked back.').waitFor();
    await shot('points-import-undo');
    await app.getByRole('button', { name: 'Undo', exact: true }).click();
    await balance(0);
    await app.getByText(/· Undone$/).waitFor();
    await page.setViewportSize({ width: 390, height: 1200 });
    await go('/points/liability');
    await app.getByRole('heading', { name: 'Points by month' }).waitFor();
    await shot('points-liability-phone');
    expect((await database.query('SELECT 1 FROM points_imports WHERE status = $1', ['undone'])).rowCount).toBe(1);
  });
});
