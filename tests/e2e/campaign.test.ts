import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../sandbox/random.ts';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const CUSTOMERS = 700;
/** The chance that a customer orders while the campaign runs; set here, not known to the app. */
const RESPONSE = { heldOut: 0.15, a: 0.3, b: 0.6 } as const;
const SHOTS = process.env['SHOTS_FOLDER'];

let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
let page: Page;
let app: FrameLocator;
let variant: { id: string; price: number };

const one = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T | null> =>
  (await database.query<T>(sql, values)).rows[0] ?? null;

async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await read();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('what was waited for did not happen');
}

async function buy(customer: object, discountCodes: string[] = []): Promise<void> {
  const response = await fetch(`${stack.adminUrl}/sandbox/checkout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      shop: stack.shop,
      customer,
      discountCodes,
      lines: [{ variantId: `gid://shopify/ProductVariant/${variant.id}`, quantity: 1 }],
    }),
  });
  expect(response.status).toBe(200);
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
  const found = await until(() =>
    one<{ id: string; price: string }>(
      'SELECT id::text AS id, price::text AS price FROM variants WHERE price > 0 ORDER BY price DESC LIMIT 1',
    ),
  );
  variant = { id: found.id, price: Number(found.price) };
  // A crowd that has bought once before the campaign.
  for (let at = 0; at < CUSTOMERS; at += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, place) =>
        buy({ email: `crowd-${at + place}@example.com`, firstName: 'Crowd', lastName: `No ${at + place}` }),
      ),
    );
  await until(() =>
    one(
      `SELECT 1 FROM customer_rollups r JOIN customers c ON c.shop_id = r.shop_id AND c.id = r.customer_id WHERE r.orders > 0 HAVING count(*) >= ${CUSTOMERS}`,
    ),
  );
});
afterAll(async () => {
  await database?.end();
  await browser?.close();
  await stack?.stop();
});

describe('a campaign, from the question to the proof', () => {
  it('is refused on a product that runs out, with the day', async () => {
    const product = await until(() =>
      one<{ title: string }>(
        `SELECT p.title FROM products p WHERE p.deleted_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM variants v LEFT JOIN variant_forecasts f ON f.shop_id = v.shop_id AND f.variant_id = v.id
             WHERE v.shop_id = p.shop_id AND v.product_id = p.id AND v.deleted_at IS NULL AND (f.available IS NULL OR f.stockout_on IS NULL OR f.stockout_on > now() + interval '300 days'))
           AND EXISTS (SELECT 1 FROM variants v WHERE v.shop_id = p.shop_id AND v.product_id = p.id AND v.deleted_at IS NULL)
         ORDER BY p.title LIMIT 1`,
      ),
    );
    await go('/campaigns/new');
    await app.getByLabel('Name').fill('Last ones');
    await app.getByLabel('To the end of').fill('2028-01-31');
    await app.getByRole('button', { name: 'Pick products' }).click();
    await page.getByLabel(product.title, { exact: true }).check();
    await page.getByRole('button', { name: 'Add' }).click();
    await app.getByText(`1 product: ${product.title}`).waitFor();
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByText('This runs out before the campaign ends').waitFor();
    await app.getByText(new RegExp(`${product.title.replaceAll(/[^\w ]/g, '.')}: sold out on [A-Z][a-z]+ \\d+, \\d{4}`)).waitFor();
    await shot('runs-out');
    expect(await one('SELECT 1 FROM campaigns')).toBeNull();
  });

  it('asks a segment: a typo is told where it stands and mended, the count is seen', async () => {
    await go('/campaigns/new');
    await app.getByLabel('Segment').selectOption({ label: 'Write a query' });
    await app.getByLabel('Customers who', { exact: true }).fill('number_of_ordres >= 1');
    await app.getByRole('button', { name: /number_of_orders/ }).waitFor();
    await shot('typo');
    await app.getByRole('button', { name: /number_of_orders/ }).click();
    const buyers = await one<{ count: number }>(
      'SELECT count(*)::int AS count FROM customer_rollups r JOIN customers c ON c.shop_id = r.shop_id AND c.id = r.customer_id WHERE r.orders > 0 AND c.deleted_at IS NULL',
    );
    const said = new Intl.NumberFormat('en').format(buyers?.count ?? 0);
    await app.getByText(`Customers: ${said}, of whom`).waitFor();
    expect(await app.getByLabel('Customers who', { exact: true }).inputValue()).toBe('number_of_orders >= 1');
  });

  it('is made with two offers and a hold-out, and every customer with an offer gets a code', async () => {
    await app.getByLabel('Name').fill('Crowd pleaser');
    await app.getByLabel('Held out, percent').fill('30');
    await app.getByRole('button', { name: 'Add another offer' }).click();
    await app.getByLabel('Value').nth(1).fill('20');
    await app
      .getByText(/left \(/)
      .first()
      .waitFor();
    await shot('two-offers');
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByRole('heading', { name: 'Crowd pleaser' }).waitFor();
    await app.getByText('Active', { exact: true }).waitFor({ timeout: 90_000 });
    const wrong = await one(
      `SELECT 1 FROM campaign_assignments a LEFT JOIN campaign_codes k ON k.shop_id = a.shop_id AND k.campaign_id = a.campaign_id AND k.customer_id = a.customer_id
       WHERE (a.arm > 0) <> (k.code IS NOT NULL) OR k.arm <> a.arm OR k.status <> 'added'`,
    );
    expect(wrong).toBeNull();
  });

  it('is proved: its range holds the true effect, which the app was not told', async () => {
    const { rows } = await database.query<{ id: string; arm: number; code: string | null }>(
      `SELECT a.customer_id::text AS id, a.arm, k.code FROM campaign_assignments a
       LEFT JOIN campaign_codes k ON k.shop_id = a.shop_id AND k.campaign_id = a.campaign_id AND k.customer_id = a.customer_id ORDER BY a.customer_id`,
    );
    const random = seeded(1);
    const chances = [RESPONSE.heldOut, RESPONSE.a, RESPONSE.b];
    const buyers = rows.filter(({ arm }) => random.next() < (chances[arm] ?? 0));
    const before = await one<{ count: number }>('SELECT count(*)::int AS count FROM orders');
    for (let at = 0; at < buyers.length; at += 20)
      await Promise.all(
        buyers.slice(at, at + 20).map(({ id, code }) => buy({ id: `gid://shopify/Customer/${id}` }, code === null ? [] : [code])),
      );
    await until(() => one(`SELECT 1 FROM orders HAVING count(*) >= ${(before?.count ?? 0) + buyers.length}`));
    await until(() => one(`SELECT 1 FROM campaign_redemptions HAVING count(*) >= ${buyers.filter(({ code }) => code !== null).length}`));
    await page.reload();
    await app.getByRole('heading', { name: 'What it earned' }).waitFor();
    await app.getByText('Held out', { exact: true }).first().waitFor();
    await shot('proof');
    const told = async (measure: string): Promise<{ text: string; low: number; high: number }> => {
      const text = await app.getByRole('listitem').filter({ hasText: measure }).last().innerText();
      const range = /\((-?)£?([\d,.]+) to (-?)£?([\d,.]+)\)/.exec(text);
      const amount = (sign: string | undefined, digits: string | undefined): number =>
        (sign === '-' ? -1 : 1) * Number((digits ?? '').replaceAll(',', ''));
      return { text, low: amount(range?.[1], range?.[2]), high: amount(range?.[3], range?.[4]) };
    };
    // Of offer B, which is told last: 0.6 beside 0.15 order, each of one thing at its price, with the offer at four fifths.
    const orders = await told('Orders a customer');
    expect({ ...orders, holds: orders.low <= 0.45 && 0.45 <= orders.high, shown: orders.low > 0 }).toEqual({
      ...orders,
      holds: true,
      shown: true,
    });
    const revenue = await told('Revenue a customer');
    const trueRevenue = (variant.price / 100) * (RESPONSE.b * 0.8 - RESPONSE.heldOut);
    expect({ ...revenue, holds: revenue.low <= trueRevenue && trueRevenue <= revenue.high }).toEqual({ ...revenue, holds: true });
  });

  it('has a code taken back, and the codes that somebody collected are seen on Misuse', async () => {
    const { rows } = await database.query<{ code: string }>(
      `SELECT k.code FROM campaign_codes k LEFT JOIN campaign_redemptions r ON r.shop_id = k.shop_id AND r.code = k.code
       WHERE r.code IS NULL AND k.status = 'added' ORDER BY k.customer_id`,
    );
    const [taken = '', pasted = '', ...left] = rows.map(({ code }) => code);
    await app.getByRole('button', { name: `Take back: ${taken}` }).click();
    await app.getByRole('dialog').getByRole('button', { name: 'Take back', exact: true }).click();
    await app.getByText('1 code is taken back; the store stops it within a minute.').waitFor();
    await until(() => one(`SELECT 1 FROM campaign_codes WHERE code = $1 AND status = 'revoked'`, [taken]));
    const refused = await fetch(`${stack.adminUrl}/sandbox/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        shop: stack.shop,
        customer: null,
        discountCodes: [taken],
        lines: [{ variantId: `gid://shopify/ProductVariant/${variant.id}`, quantity: 1 }],
      }),
    });
    expect(refused.status).toBe(422);
    // Somebody who was sent none of them orders with six.
    for (const code of left.slice(0, 6)) await buy({ email: 'collector@example.com', firstName: 'Col', lastName: 'Lector' }, [code]);
    await until(() =>
      one(
        `SELECT 1 FROM campaign_redemptions r JOIN campaign_codes k ON k.shop_id = r.shop_id AND k.code = r.code
         WHERE r.customer_id IS DISTINCT FROM k.customer_id HAVING count(*) >= 6`,
      ),
    );
    await go('/misuse');
    await app.getByText('somebody who collects codes').first().waitFor();
    await app.getByRole('link', { name: 'Col Lector' }).first().waitFor();
    await app.getByLabel('Codes', { exact: true }).fill(`${pasted.toLowerCase()} NOT-OURS`);
    await app.getByRole('button', { name: 'Take codes back' }).click();
    await app.getByText('None of ours: NOT-OURS').waitFor();
    await shot('misuse');
    await until(() => one(`SELECT 1 FROM campaign_codes WHERE code = $1 AND status = 'revoked'`, [pasted]));
  });

  it('is compared with others by what they have in common, the ranges holding the true effects', async () => {
    await go('/campaigns');
    await app.getByRole('link', { name: 'Compare campaigns' }).click();
    await app.getByRole('heading', { level: 1, name: 'Compare campaigns' }).waitFor();
    await app.getByRole('link', { name: 'Crowd pleaser' }).waitFor();
    await app.getByText('Differences between rows are no experiment', { exact: false }).waitFor();
    await app.getByLabel('Compare by').selectOption({ label: 'Offer' });
    const row = (name: string) => app.getByRole('row').filter({ hasText: name });
    await row('10% off').waitFor();
    for (const [name, truth] of [
      ['10% off', RESPONSE.a - RESPONSE.heldOut],
      ['20% off', RESPONSE.b - RESPONSE.heldOut],
    ] as const) {
      // Name, margin, margin in all, revenue, orders …
      const text = await row(name).getByRole('cell').nth(4).innerText();
      const [low = Number.NaN, high = Number.NaN] = (/(-?[\d.]+) to (-?[\d.]+)/.exec(text) ?? []).slice(1).map(Number);
      expect({ text, holds: low <= truth && truth <= high }).toEqual({ text, holds: true });
    }
    await shot('comparison');
    // The address holds the choice.
    for (const by of ['campaign', 'delivery', 'segment', 'channel']) await app.getByLabel('Compare by').selectOption(by);
    await app.getByText('web', { exact: true }).waitFor();
  });

  it.each(['en-GB', 'zh-CN'])('the comparison in %s has no WCAG A or AA fault and no sideways scroll on a phone', async (locale) => {
    for (const width of [1280, 390]) {
      const context = await browser.newContext({ userAgent: USER_AGENT, viewport: { width, height: 900 }, locale });
      const opened = await context.newPage();
      const asked = `/campaigns/compare?by=offer${locale === 'zh-CN' ? '&locale=zh-CN' : ''}`;
      await opened.goto(`${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook${asked}`);
      const frame = opened.frameLocator('iframe');
      await frame.getByRole('heading', { level: 1, name: locale === 'zh-CN' ? '比较活动' : 'Compare campaigns' }).waitFor();
      await frame.locator('html[data-ready]').waitFor({ state: 'attached' });
      const inner = opened.frames().find((candidate) => candidate.url().startsWith(stack.appUrl));
      const scrolls = await inner?.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(scrolls).toBeLessThanOrEqual(1);
      const { violations } = await new AxeBuilder({ page: opened })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
        .include('iframe')
        .analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)).toEqual([]);
      if (SHOTS) await opened.screenshot({ path: `${SHOTS}/comparison-${locale}-${width}.png`, fullPage: true });
      await context.close();
    }
  });
});
