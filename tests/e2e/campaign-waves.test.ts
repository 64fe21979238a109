import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const SHOTS = process.env['SHOTS_FOLDER'];

let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
let page: Page;
let app: FrameLocator;

async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const found = await read();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('what was waited for did not happen');
}
const one = async <T extends pg.QueryResultRow>(sql: string): Promise<T | null> => (await database.query<T>(sql)).rows[0] ?? null;

beforeAll(async () => {
  stack = await testStack();
  browser = await openBrowser();
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
  page = await (await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 1000 }, locale: 'en-GB' })).newPage();
  app = page.frameLocator('iframe');
  await until(() => one('SELECT 1 FROM customers WHERE deleted_at IS NULL HAVING count(*) > 5'));
});
afterAll(async () => {
  await database?.end();
  await browser?.close();
  await stack?.stop();
});

it('a campaign in two waves whose offers the program chooses is made, goes out wave by wave and tells what it did', async () => {
  await page.goto(`${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook/campaigns/new`);
  await app.getByRole('heading', { level: 1 }).first().waitFor();
  await app.locator('html[data-ready]').waitFor({ state: 'attached' });
  await app.getByLabel('Name').fill('Two by two');
  await app.getByRole('button', { name: 'Add another offer' }).click();
  await app.getByLabel('Value').nth(1).fill('20');
  await app.getByLabel('Send in waves').check();
  await app.getByLabel('Number of waves').fill('1');
  await app.getByLabel('Days between two waves').fill('1');
  await app.getByLabel('Let the program choose who gets which offer, or none').check();
  await app.getByRole('button', { name: 'Create campaign' }).click();
  await app.getByText('Between 2 and 10 waves.').waitFor();
  await app.getByLabel('Number of waves').fill('2');
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/waves-form.png`, fullPage: true });
  await app.getByRole('button', { name: 'Create campaign' }).click();
  await app.getByRole('heading', { name: 'Two by two' }).waitFor();
  await app.getByText('Out', { exact: true }).waitFor({ timeout: 90_000 });
  await app.getByText('Planned', { exact: true }).waitFor();
  await app.getByText(/The next wave goes out on/).waitFor();
  const first = await one<{ count: number }>('SELECT count(*)::int AS count FROM campaign_assignments WHERE wave = 0');
  expect(first?.count).toBeGreaterThan(0);

  // The day between the waves passes.
  await database.query(`UPDATE campaigns SET starts_at = starts_at - interval '2 days'`);
  await database.query(`UPDATE campaign_assignments SET at = at - interval '2 days'`);
  await database.query(`UPDATE campaign_waves SET due_at = now() WHERE wave = 1`);
  await until(() => one(`SELECT 1 FROM campaign_waves WHERE wave = 1 AND status = 'made'`));
  const learned = await one<{ seen: number }>(`SELECT (policy ->> 'seen')::int AS seen FROM campaign_waves WHERE wave = 1`);
  expect(learned?.seen).toBe(first?.count);
  const twice = await one('SELECT 1 FROM campaign_codes GROUP BY customer_id HAVING count(*) > 1');
  expect(twice).toBeNull();
  await page.reload();
  await app.getByText('No further wave goes out.').waitFor();
  await app.getByRole('heading', { name: 'What the program earned' }).waitFor();
  await app.getByRole('heading', { name: 'Put to the program, beside the hold-out' }).waitFor();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/waves.png`, fullPage: true });

  await page.setViewportSize({ width: 390, height: 900 });
  const inner = page.frames().find((candidate) => candidate.url().startsWith(stack.appUrl));
  const scrolls = await inner?.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(scrolls).toBeLessThanOrEqual(1);
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).include('iframe').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/waves-phone.png`, fullPage: true });
});
