import AxeBuilder from '@axe-core/playwright';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseKeyRing } from '../../app/platform/crypto.server.ts';
import { SANDBOX } from '../../app/platform/env.server.ts';
import { openPerson } from '../../app/record/index.server.ts';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
const name = (): string => stack.shop.replace('.myshopify.com', '');

beforeAll(async () => {
  stack = await testStack({ logLevel: 'trace' });
  browser = await openBrowser();
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await browser?.close();
  await stack?.stop();
});

/** Opens a page of the app inside the sandbox's admin. */
async function open(path: string, options: { width?: number; language?: string } = {}): Promise<{ page: Page; app: FrameLocator }> {
  const context = await browser.newContext({
    userAgent: USER_AGENT,
    viewport: { width: options.width ?? 1280, height: 900 },
    locale: options.language ?? 'en-GB',
  });
  const page = await context.newPage();
  await page.goto(`${stack.adminUrl}/store/${name()}/apps/storebook${path}${options.language === 'zh-CN' ? '?locale=zh-CN' : ''}`);
  const app = page.frameLocator('iframe');
  await app.getByRole('heading', { level: 1 }).first().waitFor();
  await app.locator('html[data-ready]').waitFor({ state: 'attached' });
  return { page, app };
}

async function post<T>(path: string, body: object): Promise<T> {
  const response = await fetch(`${stack.adminUrl}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ shop: stack.shop, ...body }),
  });
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
}

async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await read();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('what was waited for did not happen');
}
const one = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T | null> =>
  (await database.query<T>(sql, values)).rows[0] ?? null;

type SealedRow = { shop_id: number; id: string; person: string | null };
const opened = (row: SealedRow) =>
  openPerson({ shopId: row.shop_id, keys: parseKeyRing(SANDBOX.encryptionKeys) }, { id: BigInt(row.id), person: row.person });
/** The customer of a row, opened; with an e-mail address where it has one. */
const onePerson = async (sql: string) => {
  const row = await one<SealedRow>(sql);
  return row && { id: row.id, ...opened(row), email: opened(row).email ?? '' };
};

describe('the admin', () => {
  it('shows the imported history', async () => {
    const sums = await one<{ net: string; orders: number }>(
      'SELECT sum(net)::text AS net, sum(orders)::int AS orders FROM day_channel_rollups',
    );
    const { page, app } = await open('?period=all');
    const pounds = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' }).format(Number(sums?.net) / 100);
    await app.getByText(pounds).first().waitFor();
    expect(await app.getByText(String(sums?.orders), { exact: true }).count()).toBeGreaterThan(0);
    await page.close();
  });

  it('makes a campaign, counts its redemption, lifts the tier with its reason, and moves forecast and reorder date', async () => {
    const line = await until(() =>
      one<{ variant: string; next28: number; reorder: string | null; title: string; sku: string; price: string }>(
        `SELECT f.variant_id::text AS variant, f.next28, f.reorder_by::text AS reorder, p.title, v.sku, v.price::text AS price
         FROM variant_forecasts f JOIN variants v ON v.shop_id = f.shop_id AND v.id = f.variant_id
         JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id
         WHERE f.available > 0 AND v.price > 0 AND v.sku IS NOT NULL AND f.reorder_by IS NOT NULL ORDER BY f.next28 DESC LIMIT 1`,
      ),
    );

    // The merchant makes the campaign: what is wrong is said beside its field first.
    const { page, app } = await open('/campaigns/new');
    await app.getByText(/Customers: [1-9]/).waitFor();
    await app.getByLabel('Value').fill('0');
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByText('A name of 1 to 80 characters.').waitFor();
    await app.getByText('A whole percentage from 1 to 100.').waitFor();
    expect(await one('SELECT 1 FROM campaigns')).toBeNull();
    await app.getByLabel('Name').fill('Come back');
    await app.getByLabel('Value').fill('20');
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByRole('heading', { name: 'Come back' }).waitFor();
    // Just after the import every room is at work, and a job that finds no connection comes again after ten seconds.
    await app.getByText('Active', { exact: true }).waitFor({ timeout: 90_000 });

    // A customer with a code (some are held out), whose page shows it.
    const customer = await until(() =>
      onePerson(
        `SELECT c.shop_id, c.id::text AS id, c.person FROM customers c JOIN loyalty_members m ON m.shop_id = c.shop_id AND m.customer_id = c.id
         JOIN campaign_codes k ON k.shop_id = c.shop_id AND k.customer_id = c.id
         WHERE c.email_hash IS NOT NULL AND m.tier_id IS DISTINCT FROM (SELECT id FROM loyalty_tiers ORDER BY threshold DESC LIMIT 1)
         ORDER BY m.spend LIMIT 1`,
      ),
    );
    const person = await open(`/customers/${customer.id}`);
    await person.app.getByRole('link', { name: 'Come back' }).waitFor();
    const code = (await person.app.locator('code').first().textContent()) ?? '';
    expect(code).toMatch(/^[A-Z0-9-]{12,}$/);

    // The customer redeems it in the store.
    const top = await one<{ threshold: string }>('SELECT max(threshold)::text AS threshold FROM loyalty_tiers');
    const quantity = Math.ceil(Number(top?.threshold) / (Number(line.price) * 0.8)) + 1;
    const storefront = await (await browser.newContext({ userAgent: USER_AGENT })).newPage();
    await storefront.goto(`${stack.adminUrl}/checkout?shop=${stack.shop}`);
    await storefront.locator('#search').fill(line.title);
    await storefront.locator(`[data-sku="${line.sku}"]`).getByTestId('add-to-cart').click();
    await storefront.getByTestId('cart-lines').locator('input').fill(String(quantity));
    await storefront.getByTestId('cart-lines').locator('input').blur();
    await storefront.getByTestId('customer-email').fill(customer.email);
    await storefront.getByTestId('code-input').fill(code);
    await storefront.getByTestId('apply-code').click();
    await storefront.getByTestId('totals').getByText(code).waitFor();
    await storefront.getByTestId('pay').click();
    const order = await storefront.getByTestId('order-name').textContent();
    await storefront.context().close();

    // The redemption appears, with its revenue: what was paid for the goods, four fifths of their price.
    const revenue = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' }).format(
      (Number(line.price) * quantity - Math.round(Number(line.price) * quantity * 0.2)) / 100,
    );
    await app.getByRole('link', { name: order ?? '' }).waitFor();
    expect(await app.getByText(revenue).count()).toBeGreaterThan(0);
    await app.getByText('Redeemed', { exact: true }).first().waitFor();
    await page.close();

    await until(() =>
      one(`SELECT 1 FROM tier_changes WHERE customer_id = $1 AND reason->>'kind' = 'order' AND reason->>'orderName' = $2`, [
        customer.id,
        order,
      ]),
    );
    await person.page.reload();
    await person.app
      .getByText(new RegExp(`Order ${order} brought the spend`))
      .first()
      .waitFor();
    await person.page.close();

    const moved = await until(() =>
      one<{ next28: number; reorder: string | null }>(
        'SELECT next28, reorder_by::text AS reorder FROM variant_forecasts WHERE variant_id = $1 AND next28 <> $2',
        [line.variant, line.next28],
      ),
    );
    expect(moved.next28).toBeGreaterThan(line.next28);
    expect((moved.reorder ?? '') < (line.reorder ?? '')).toBe(true);
    const variant = await open(`/inventory/${line.variant}`);
    await variant.app.getByText('Sales and forecast').waitFor();
    const reorder = new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(new Date(`${moved.reorder}T12:00:00Z`));
    expect(await variant.app.getByText(reorder).count()).toBeGreaterThan(0);
    await variant.page.close();
    // The tier reached the store's customer through the outbox.
    await until(() => one(`SELECT 1 FROM outbox_messages WHERE entity = $1 AND status = 'sent'`, [`customer/${customer.id}`]));
  });

  it('ends a campaign at the store: its codes are refused from then on', async () => {
    const code = await until(() =>
      one<{ code: string; campaign: string }>(
        `SELECT code, campaign_id::text AS campaign FROM campaign_codes c WHERE NOT EXISTS
         (SELECT 1 FROM campaign_redemptions r WHERE r.shop_id = c.shop_id AND r.code = c.code) LIMIT 1`,
      ),
    );
    const { page, app } = await open(`/campaigns/${code.campaign}`);
    await app.getByRole('button', { name: 'End campaign' }).click();
    await app.getByRole('dialog').getByRole('button', { name: 'End campaign' }).click();
    await app.getByText('Ended', { exact: true }).waitFor();
    await page.close();
    const variant = await one<{ id: string }>('SELECT variant_id::text AS id FROM variant_forecasts WHERE available > 5 LIMIT 1');
    const answer = await fetch(`${stack.adminUrl}/sandbox/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        shop: stack.shop,
        lines: [{ variantId: `gid://shopify/ProductVariant/${variant?.id}`, quantity: 1 }],
        customer: null,
        discountCodes: [code.code],
      }),
    });
    expect(answer.status).toBe(422);
  });

  it('shows a new order while one watches', async () => {
    const { page, app } = await open('/orders');
    const variant = await one<{ id: string }>('SELECT variant_id::text AS id FROM variant_forecasts WHERE available > 5 LIMIT 1');
    const { order } = await post<{ order: { name: string } }>('checkout', {
      lines: [{ variantId: `gid://shopify/ProductVariant/${variant?.id}`, quantity: 1 }],
      customer: null,
    });
    await app.getByText(order.name).first().waitFor();
    expect(await one('SELECT 1 FROM orders WHERE name = $1', [order.name])).not.toBeNull();
    await page.close();
  });

  it('saves tiers, and says beside the field what is wrong', async () => {
    const { page, app } = await open('/loyalty');
    await app.getByLabel('Name').first().fill('');
    await app.getByRole('button', { name: 'Save' }).click();
    await app.getByText('A name of 1 to 40 characters.').waitFor();
    await app.getByLabel('Name').first().fill('Friends');
    await app.getByRole('button', { name: 'Save' }).click();
    await app.getByText('Tiers saved.', { exact: false }).waitFor();
    expect(await one(`SELECT 1 FROM loyalty_tiers WHERE name = 'Friends'`)).not.toBeNull();
    await page.close();
  });

  it('finds customers by the beginning of a name, and pages', async () => {
    const last = (await onePerson('SELECT shop_id, id, person FROM customers WHERE last_name_path IS NOT NULL LIMIT 1'))?.lastName ?? '';
    const { page, app } = await open(`/customers?q=${encodeURIComponent(last.slice(0, 3))}`);
    await app
      .getByRole('link', { name: new RegExp(last) })
      .first()
      .waitFor();
    expect(await app.getByText('Unknown').count()).toBe(0);
    await page.close();
  });

  it('wrote down who made the campaign and the tiers, and who looked at the customer', async () => {
    const { page, app } = await open('/settings');
    await app.getByRole('link', { name: 'Open the audit log' }).click();
    for (const said of ['Campaign created', 'Campaign ended', 'Tiers saved', 'Customer viewed'])
      await app.getByText(said).first().waitFor();
    expect(await app.getByText(/^Staff member \d+$/).count()).toBeGreaterThan(0);
    await app.getByRole('button', { name: 'Changes and exports' }).click();
    await app.getByText('Customer viewed').first().waitFor({ state: 'detached' });
    await page.close();
  });

  it('shows an event that could not be applied with its reason, and tries it again', async () => {
    const shop = await one<{ id: number }>('SELECT id FROM shops LIMIT 1');
    await database.query(
      `INSERT INTO inbox_events (shop_id, topic, webhook_id, body, status, error) VALUES ($1, 'orders/create', 'broken', '{"id":1}', 'failed', 'currency: invalid type')`,
      [shop?.id],
    );
    const { page, app } = await open('/settings');
    await app.getByText('currency: invalid type').waitFor();
    await app.getByRole('button', { name: 'Try all again' }).click();
    await app.getByText('1 event will be tried again.').waitFor();
    // The reason still stands: it comes back with it.
    expect(await until(() => one(`SELECT 1 AS n FROM inbox_events WHERE webhook_id = 'broken' AND status = 'failed'`))).toEqual({ n: 1 });
    await page.close();
  });
});

describe.each([
  ['en', 'en-GB'],
  ['zh-CN', 'zh-CN'],
])('every page in %s', (_name, language) => {
  it.each([
    '',
    '/customers',
    '/orders',
    '/campaigns',
    '/campaigns/new',
    '/campaigns/compare',
    '/segments',
    '/segments/new',
    '/delivery',
    '/misuse',
    '/points',
    '/rewards',
    '/referral',
    '/points/lapsing',
    '/settings/events',
    '/points/import',
    '/points/liability',
    '/standing',
    '/standing/new',
    '/audience',
    '/loyalty',
    '/inventory',
    '/settings',
    '/audit',
    '/sync',
  ])('%s has no WCAG A or AA fault and no sideways scroll on a phone', async (path) => {
    const wide = await open(path, { language });
    const frame = wide.page.frames().find((candidate) => candidate.url().startsWith(stack.appUrl));
    expect(await frame?.evaluate(() => document.documentElement.lang)).toBe(language === 'zh-CN' ? 'zh-CN' : 'en');
    const result = await new AxeBuilder({ page: wide.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
      .include('iframe')
      .analyze();
    expect(
      result.violations.map(
        (violation) => `${violation.id}: ${violation.nodes[0]?.target.join(' ')} ${violation.nodes[0]?.html.slice(0, 120)}`,
      ),
    ).toEqual([]);
    await wide.page.close();
    const phone = await open(path, { language, width: 390 });
    const inner = phone.page.frames().find((candidate) => candidate.url().startsWith(stack.appUrl));
    expect(await inner?.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(1);
    await phone.page.close();
  });
});

it('wrote nobody’s address, number or name, no token and no code into a log, at its most talkative', async () => {
  const customers = await database.query<SealedRow>('SELECT shop_id, id, person FROM customers');
  const codes = await database.query<{ code: string }>('SELECT code FROM campaign_codes');
  const people = customers.rows
    .map(opened)
    .flatMap(({ email, phone, firstName, lastName }) => [email, phone, lastName, `${firstName} ${lastName}`]);
  const planted = [...people, ...codes.rows.map(({ code }) => code)].filter((text) => text !== null && text.length >= 5);
  const logs = stack.logs();
  expect(new Set(planted).size).toBeGreaterThan(20);
  expect(logs).toContain('"msg":"imported"');
  expect(planted.filter((text) => text !== null && logs.includes(text))).toEqual([]);
  // Access tokens, refresh tokens and session tokens, by how they begin.
  expect(logs).not.toMatch(/shp[a-z]{2}_|eyJ[A-Za-z0-9_-]{10}/);
});
