import { AxeBuilder } from '@axe-core/playwright';
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

/** Two minutes: what the store tells nobody of is asked for once a minute. */
async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await read();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('what was waited for did not happen');
}

async function inStore(path: string, body: object): Promise<Response> {
  return fetch(`${stack.adminUrl}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ shop: stack.shop, ...body }),
  });
}
const buy = (variantId: string, code: string): Promise<Response> =>
  inStore('checkout', {
    customer: null,
    discountCodes: [code],
    lines: [{ variantId: `gid://shopify/ProductVariant/${variantId}`, quantity: 2 }],
  });
const goods = (title: string): Promise<{ product: string; variant: string }> =>
  until(() =>
    one<{ product: string; variant: string }>(
      `SELECT p.id::text AS product, v.id::text AS variant FROM products p JOIN variants v ON v.shop_id = p.shop_id AND v.product_id = p.id WHERE p.title = $1`,
      [title],
    ),
  );

/** Sets what is in stock at each place, and waits until the forecast knows. */
async function stock(title: string, available: number): Promise<void> {
  const { rows } = await database.query<{ item: string; place: string }>(
    `SELECT l.inventory_item_id::text AS item, l.location_id::text AS place FROM inventory_levels l
     JOIN variants v ON v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id
     JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id WHERE p.title = $1`,
    [title],
  );
  for (const { item, place } of rows) {
    const at = { inventoryItemId: `gid://shopify/InventoryItem/${item}`, locationId: `gid://shopify/Location/${place}` };
    expect((await inStore('inventory/set', { ...at, available })).status).toBe(200);
  }
  await until(() =>
    one(
      `SELECT 1 FROM variant_forecasts f JOIN variants v ON v.shop_id = f.shop_id AND v.id = f.variant_id
       JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id WHERE p.title = $1 AND f.available = $2`,
      [title, available * rows.length],
    ),
  );
}

const addressOf = (path: string): string => `${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook${path}`;
async function go(path: string): Promise<void> {
  await page.goto(addressOf(path));
  await app.getByRole('heading', { level: 1 }).first().waitFor();
  await app.locator('html[data-ready]').waitFor({ state: 'attached' });
}
async function pick(title: string): Promise<void> {
  await app.getByRole('button', { name: 'Pick collections' }).click();
  await page.getByRole('dialog', { name: 'Choose collections' }).getByLabel(title, { exact: true }).check();
  await page.getByRole('button', { name: 'Add' }).click();
}
async function shot(name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
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
  await database?.end();
  await browser?.close();
  await stack?.stop();
});

describe('a campaign on a collection', () => {
  it('says so where nothing is in what was picked', async () => {
    await go('/campaigns/new');
    await app.getByLabel('Name').fill('Kitchen weeks');
    await app.getByLabel('Held out, percent').fill('0');
    await pick('Coming soon');
    await app.getByText('1 collection: Coming soon').waitFor();
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByText('There is no product in what you picked.', { exact: false }).waitFor();
    await shot('collection-empty');
    expect(await one('SELECT 1 FROM campaigns')).toBeNull();
    await app.getByRole('button', { name: 'Take all collections off' }).click();
    await app.getByText('The whole order').waitFor();
  });

  it('is made, and a customer redeems a code on what is in it and on nothing else', async () => {
    await pick('Kitchen');
    await app.getByText('1 collection: Kitchen').waitFor();
    await app.getByText(/left \(/).waitFor();
    expect(await app.getByText('There is no product in what you picked.', { exact: false }).count()).toBe(0);
    await shot('collection-picked');
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByRole('heading', { name: 'Kitchen weeks' }).waitFor();
    await app.getByText('Active', { exact: true }).waitFor({ timeout: 90_000 });
    await app.getByText('Applies to: Kitchen (1 product now)').waitFor();
    const { code } = await until(() => one<{ code: string }>(`SELECT code FROM campaign_codes WHERE status = 'added' LIMIT 1`));
    const [mug, red] = [await goods('Blue mug'), await goods('Red mug')];
    expect((await buy(red.variant, code)).status).toBe(422);
    expect(await (await buy(mug.variant, code)).json()).toMatchObject({ applied: [{ code, amount: '1.70' }] });
    await until(() => one('SELECT 1 FROM campaign_redemptions WHERE code = $1', [code]));
    await app.getByRole('cell', { name: code, exact: true }).waitFor();
  });

  it('goes on with the collection: a product that gets its tag is in it a minute later', async () => {
    const red = await goods('Red mug');
    expect((await inStore('products/update', { id: `gid://shopify/Product/${red.product}`, changes: { tags: ['kitchen'] } })).status).toBe(
      200,
    );
    await until(() =>
      one(
        `SELECT 1 FROM collection_products m JOIN collections c ON c.shop_id = m.shop_id AND c.id = m.collection_id WHERE c.title = 'Kitchen' AND m.product_id = $1`,
        [red.product],
      ),
    );
    await page.reload();
    await app.getByText('Applies to: Kitchen (2 products now)').waitFor();
    await shot('collection-campaign');
    const { code } = await until(() =>
      one<{ code: string }>(
        `SELECT k.code FROM campaign_codes k LEFT JOIN campaign_redemptions r ON r.shop_id = k.shop_id AND r.code = k.code WHERE r.code IS NULL LIMIT 1`,
      ),
    );
    expect((await buy(red.variant, code)).status).toBe(200);
  });

  it('of which something runs out may begin on the products that are left', async () => {
    for (const [title, available] of Object.entries({ 'Red mug': 0, 'Paper lantern': 9_000, Doormat: 9_000 }))
      await stock(title, available);
    await go('/campaigns/new');
    await app.getByLabel('Name').fill('Picked by us');
    await app.getByLabel('To the end of').fill(new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10));
    await pick('Staff picks');
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByText('This runs out before the campaign ends').waitFor();
    await app.getByText(/Red mug: sold out on [A-Z][a-z]+ \d+, \d{4}/).waitFor();
    await app.getByText('The offer will be on the 2 products that are left, and no longer follow the collection.').waitFor();
    await shot('collection-runs-out');
    await app.getByRole('button', { name: 'Begin without these products' }).click();
    await app.getByRole('heading', { name: 'Picked by us' }).waitFor();
    expect(await one(`SELECT 1 FROM campaign_arms WHERE offer #>> '{items,kind}' = 'products'`)).not.toBeNull();
  });

  it('is picked in Chinese on a phone, without a WCAG A or AA fault and no sideways scroll', async () => {
    const context = await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 390, height: 900 }, locale: 'zh-CN' });
    const opened = await context.newPage();
    await opened.goto(addressOf('/campaigns/new?locale=zh-CN'));
    const frame = opened.frameLocator('iframe');
    await frame.locator('html[data-ready]').waitFor({ state: 'attached' });
    await frame.getByRole('button', { name: '选择产品系列' }).click();
    await opened.getByLabel('Kitchen', { exact: true }).check();
    await opened.getByRole('dialog').getByRole('button').last().click();
    await frame.getByText('1 个产品系列：Kitchen').waitFor();
    const inner = opened.frames().find((candidate) => candidate.url().startsWith(stack.appUrl));
    const scrolls = await inner?.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(scrolls).toBeLessThanOrEqual(1);
    const { violations } = await new AxeBuilder({ page: opened })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
      .include('iframe')
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)).toEqual([]);
    if (SHOTS) await opened.screenshot({ path: `${SHOTS}/collection-zh.png`, fullPage: true });
    await context.close();
  });
});
