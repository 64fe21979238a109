import AxeBuilder from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serveApp, serveFace, SHOP, type Served } from '../support/fake-face.ts';

const SHOTS = process.env['SHOTS'];
let browser: Browser;
let app: Served;
let face: Awaited<ReturnType<typeof serveFace>>;
let context: BrowserContext;
let page: Page;
let errors: string[] = [];

beforeAll(async () => {
  app = await serveApp(() => face.url);
  face = await serveFace(app.url);
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  await face?.close();
  await app?.close();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  page = await context.newPage();
  errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.setDefaultTimeout(5_000);
});
afterEach(async () => {
  expect(errors).toEqual([]);
  await context.close();
});

const shot = async (name: string): Promise<void> => {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
};
const inApp = () => page.frameLocator('iframe[title=Storebook]');
const said = (): Promise<string | null> => inApp().locator('#said').textContent();
const open = async (path = ''): Promise<void> => {
  await page.goto(`${face.url}/store/corner-shop/apps/storebook${path}`);
  await inApp().locator('#path').waitFor();
};

describe('the admin frame', () => {
  it('opens the app from the bare address, with what Shopify gives: shop, host, token, locale', async () => {
    await page.goto(face.url);
    await inApp().locator('#path').waitFor();
    expect(page.url()).toBe(`${face.url}/store/corner-shop/apps/storebook`);
    const src = new URL((await page.locator('iframe').getAttribute('src')) ?? '');
    expect(src.pathname).toBe('/app');
    expect(src.searchParams.get('shop')).toBe(SHOP);
    expect(Buffer.from(src.searchParams.get('host') ?? '', 'base64url').toString()).toBe('admin.shopify.com/store/corner-shop');
    expect(src.searchParams.get('id_token')?.split('.')).toHaveLength(3);
    expect(await page.getByTestId('made-up').textContent()).toContain('stock, unit cost');
    await expect.poll(() => page.title()).toContain('Corner <Shop>');
    await shot('frame');
  });

  it('shows the app’s navigation, follows it without loading anew, and keeps the address, back and forward', async () => {
    await open();
    await page.evaluate(() => Object.assign(document.querySelector('iframe') ?? {}, { marked: true }));
    await page.getByRole('link', { name: 'Campaigns' }).click();
    await inApp().getByText('/app/campaigns', { exact: true }).waitFor();
    await expect.poll(() => page.url()).toBe(`${face.url}/store/corner-shop/apps/storebook/campaigns`);
    expect(await page.locator('nav [aria-current=page]').textContent()).toBe('Campaigns');
    await inApp().locator('#go').click();
    await expect.poll(() => page.url()).toBe(`${face.url}/store/corner-shop/apps/storebook/campaigns/7`);
    await page.goBack();
    await expect.poll(() => page.url()).toBe(`${face.url}/store/corner-shop/apps/storebook/campaigns`);
    expect(await page.evaluate(() => 'marked' in (document.querySelector('iframe') ?? {}))).toBe(true);
    await page.reload();
    await inApp().getByText('/app/campaigns', { exact: true }).waitFor();
  });

  it('draws the title bar, its buttons and menus, and presses them in the app', async () => {
    await open();
    await page.getByRole('heading', { name: 'Page /app' }).waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await expect.poll(said).toBe('primary pressed');
    await page.locator('summary').click();
    await page.getByRole('button', { name: 'Export' }).click();
    await expect.poll(said).toBe('export pressed');
  });

  it('signs the app’s own requests with a session token', async () => {
    await open();
    await inApp().locator('#echo').click();
    await expect.poll(said).toMatch(/^Bearer \S+\.\S+\.\S+$/);
  });

  it('brings a page that asks for a token back with one', async () => {
    await open('/customers?bounce=1');
    await inApp().getByText('/app/customers', { exact: true }).waitFor();
    await expect.poll(() => page.url()).toBe(`${face.url}/store/corner-shop/apps/storebook/customers`);
  });

  it('brings the app into the admin when it is opened outside of it', async () => {
    await page.goto(`${app.url}/app/campaigns?embedded=1&shop=${SHOP}&host=x`);
    await inApp().getByText('/app/campaigns', { exact: true }).waitFor();
    expect(page.url()).toBe(`${face.url}/store/corner-shop/apps/storebook/campaigns`);
  });

  it('shows toasts with their action', async () => {
    await open();
    await inApp().locator('#toast').click();
    await page.getByText('It is saved').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await inApp().getByText('undone').waitFor();
    expect(await page.locator('.toast').count()).toBe(0);
  });

  it('opens a modal with the app’s live content and dims what is around it', async () => {
    await open();
    await inApp().locator('#modal').click();
    await inApp().getByRole('dialog', { name: 'Sure?' }).waitFor();
    await expect.poll(() => page.locator('body.scrim').count()).toBe(1);
    await shot('modal');
    await inApp().getByRole('button', { name: 'inside' }).click();
    await inApp().getByText('inside pressed').waitFor();
    await inApp().getByRole('button', { name: 'Yes' }).click();
    await expect.poll(() => page.locator('body.scrim').count()).toBe(0);
    await inApp().locator('#modal').click();
    await inApp().getByRole('button', { name: 'Close' }).click();
    await inApp().getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('draws the save bar, asks before changes are lost, and stays when told to', async () => {
    await open();
    await inApp().locator('#dirty').click();
    await page.getByText('Unsaved changes').waitFor();
    await shot('savebar');
    await page.getByRole('link', { name: 'Campaigns' }).click();
    await page.getByRole('button', { name: 'Stay' }).click();
    expect(await inApp().locator('#path').textContent()).toBe('/app');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await inApp().getByText('discarded').waitFor();
    expect(await page.getByText('Unsaved changes').count()).toBe(0);
    await inApp().locator('#dirty').click();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.getByText('Unsaved changes').count()).toBe(0);
  });

  it('picks products, with search, and nothing when closed', async () => {
    await open();
    await inApp().locator('#pick').click();
    await page.getByLabel('GIFT 2', { exact: true }).check();
    await shot('picker');
    await page.getByLabel('Search products').fill('mug');
    await page.getByLabel('RED <b>MUG</b>').check();
    await page.getByRole('button', { name: 'Add' }).click();
    await expect.poll(said).toBe('picked GIFT 2,RED <b>MUG</b>');
    await inApp().locator('#pick').click();
    await page.getByLabel('GIFT 2', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(said).toBe('picked nothing');
  });

  it('leads links into the admin to the sandbox’s own pages, and acts on an order there', async () => {
    await open();
    await inApp().locator('#admin').click();
    await page.getByRole('heading', { name: /#1001/ }).waitFor();
    expect(page.url()).toBe(`${face.url}/store/corner-shop/orders/1001`);
    await page.getByRole('button', { name: 'Refund all' }).click();
    await page.getByText('Done').waitFor();
    expect(face.calls.at(-1)).toEqual({
      path: '/sandbox/orders/refund',
      body: {
        shop: SHOP,
        orderId: 'gid://shopify/Order/1001',
        lines: [{ lineItemId: 'gid://shopify/LineItem/1001', quantity: 4 }],
        restock: true,
      },
    });
  });

  it('lists, searches and pages orders, products and customers', async () => {
    await page.goto(`${face.url}/store/corner-shop/orders`);
    await page.getByText('1–50 of 120').waitFor();
    await shot('orders');
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('51–100 of 120').waitFor();
    await page.getByRole('searchbox', { name: 'Search orders' }).first().fill('#1002');
    await page.keyboard.press('Enter');
    await page.getByText('1–1 of 1').waitFor();
    await page.getByText('opening order').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('link', { name: 'Products' }).click();
    await page.getByText('RED <b>MUG</b>').waitFor();
    await page.getByRole('link', { name: 'Customers' }).first().click();
    await page.getByText('ada@example.com').waitFor();
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByText('In the store').waitFor();
  });

  it('speaks Chinese and tells the app', async () => {
    await open();
    expect(await inApp().locator('#locale').textContent()).toBe('en');
    await page.locator('#locale').selectOption('zh-CN');
    await inApp().getByText('zh-CN').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await page.getByRole('link', { name: '订单' }).waitFor();
    expect(await page.getByTestId('made-up').textContent()).toContain('库存、单位成本');
    await shot('chinese');
  });

  it('fits a phone: the menu opens over the page, nothing scrolls sideways', async () => {
    await page.setViewportSize({ width: 375, height: 700 });
    await open();
    await shot('phone');
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Campaigns' }).click();
    await inApp().getByText('/app/campaigns', { exact: true }).waitFor();
    for (const path of ['/store/corner-shop/orders', '/store/corner-shop/orders/1001', `/checkout?shop=${SHOP}`, '/sandbox']) {
      await page.goto(face.url + path);
      await page.waitForTimeout(200);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  });
});

describe('the storefront', () => {
  it('sells: search, cart, a wrong code with the reason, a right one, pay', async () => {
    await page.goto(`${face.url}/checkout?shop=${SHOP}`);
    await page.getByTestId('product-card').first().waitFor();
    await page.locator('#search').fill('mug');
    await expect.poll(() => page.getByTestId('product-card').count()).toBe(1);
    await page.getByTestId('add-to-cart').click();
    await page.getByTestId('add-to-cart').click();
    expect(await page.getByTestId('cart-lines').textContent()).toContain('RED <b>MUG</b>');
    await page.getByTestId('code-input').fill('WRONG');
    await page.getByTestId('apply-code').click();
    await expect.poll(() => page.getByTestId('code-error').textContent()).toBe('The code WRONG does not exist.');
    await page.getByTestId('code-input').fill('TEN');
    await page.getByTestId('apply-code').click();
    await expect.poll(() => page.getByTestId('totals').textContent()).toContain('£4.50');
    expect(await page.getByTestId('code-error').textContent()).toBe('');
    await page.getByTestId('customer-email').fill('ada@example.com');
    await shot('storefront');
    await page.getByTestId('pay').click();
    await expect.poll(() => page.getByTestId('order-name').textContent()).toBe('#1121');
    const paid = face.calls.findLast((call) => call.path === '/sandbox/checkout');
    expect(paid?.body).toEqual({
      shop: SHOP,
      lines: [{ variantId: 'gid://shopify/ProductVariant/1', quantity: 2 }],
      customer: { email: 'ada@example.com', firstName: '', lastName: '', acceptsMarketing: false },
      discountCodes: ['TEN'],
    });
    expect(await page.getByTestId('pay').isDisabled()).toBe(true);
  });

  it('does not sell what is out of stock', async () => {
    await page.goto(`${face.url}/checkout?shop=${SHOP}`);
    await expect.poll(() => page.locator('[data-sku=SKU3] button').isDisabled()).toBe(true);
  });
});

describe('the control page', () => {
  it('shows deliveries and sets traffic and chaos', async () => {
    await page.goto(`${face.url}/sandbox`);
    await expect.poll(() => page.getByTestId('deliveries').textContent()).toContain('Answered4');
    await page.locator('#rate').fill('30');
    await page.locator('#player-form button').click();
    await page.getByText('Done').waitFor();
    expect(face.calls.at(-1)).toEqual({ path: '/sandbox/player', body: { shop: SHOP, ordersPerMinute: 30 } });
    await page.locator('#duplicate').fill('0.3');
    await page.locator('#shuffle').check();
    await page.locator('#chaos-form button').click();
    await expect.poll(() => face.calls.at(-1)?.path).toBe('/sandbox/chaos');
    expect(face.calls.at(-1)?.body).toEqual({ shop: SHOP, duplicate: 0.3, drop: 0, shuffle: true, delayMs: [0, 0] });
    await shot('control');
  });
});

describe('for everyone', () => {
  it('has no violation of WCAG AA that axe can find', async () => {
    for (const path of [
      '/store/corner-shop',
      '/store/corner-shop/orders',
      '/store/corner-shop/orders/1001',
      `/checkout?shop=${SHOP}`,
      '/sandbox',
      '/store/corner-shop/apps/storebook',
    ]) {
      await page.goto(face.url + path);
      await page.waitForLoadState('networkidle');
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
        .exclude('iframe')
        .analyze();
      expect(violations.map((one) => [path, one.id, one.nodes.map((node) => node.html)])).toEqual([]);
    }
  });
});
