import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const SHOTS = process.env['SHOTS_FOLDER'];

let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let page: Page;
let app: FrameLocator;

beforeAll(async () => {
  stack = await testStack();
  browser = await openBrowser();
  page = await (await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 390, height: 844 }, locale: 'en-GB' })).newPage();
  app = page.frameLocator('iframe');
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function go(path: string): Promise<void> {
  await page.goto(`${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook${path}`);
  await app.getByRole('heading', { level: 1 }).first().waitFor();
  await app.locator('html[data-ready]').waitFor({ state: 'attached' });
}

describe('offers handed over, on a phone', () => {
  it('go to Shopify Flow, which the sandbox shows, and are told on the campaign’s page', async () => {
    await go('/campaigns/new');
    await app.getByLabel('Name').fill('For the flow');
    await app.getByLabel('Held out, percent').fill('0');
    await app.getByText('To Shopify Flow, for your own workflows').click();
    await app.getByText('is not checked here: your workflow decides').waitFor();
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/flow-form.png` });
    await app.getByRole('button', { name: 'Create campaign' }).click();
    await app.getByRole('heading', { name: 'For the flow' }).waitFor();
    await app.getByText(/Shopify Flow: Handed over: [1-9]\d*$/).waitFor({ timeout: 90_000 });
    const told = await app.getByText(/Shopify Flow: Handed over:/).innerText();
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/flow-campaign.png` });
    const count = Number(/\d+/.exec(told)?.[0]);

    const flow = await browser.newPage();
    await flow.goto(`${stack.adminUrl}/sandbox`);
    await flow.getByRole('link', { name: 'Flow' }).click();
    await flow.getByText(`${count} triggers`).waitFor();
    expect(await flow.getByRole('listitem').count()).toBe(count);
    const first = await flow.getByRole('listitem').first().innerText();
    expect(first).toMatch(/offer-made[\s\S]*Code: ([2-9A-HJKMNP-Z]{5}-){2}[2-9A-HJKMNP-Z]{5}\s+Campaign: For the flow\s+Offer: 10% off/);
    if (SHOTS) await flow.screenshot({ path: `${SHOTS}/flow-sandbox.png` });
    await flow.close();
  });

  it('stand on the storefront unless the shop switches that off', async () => {
    await go('/settings');
    const box = app.getByLabel('Keep customers’ offers in their metafield');
    expect(await box.isChecked()).toBe(true);
    await box.uncheck();
    await app.locator('form').filter({ has: box }).getByRole('button', { name: 'Save' }).click();
    await app.getByText('Saved. Customers’ metafields follow within minutes.').waitFor();
    await go('/settings');
    expect(await app.getByLabel('Keep customers’ offers in their metafield').isChecked()).toBe(false);
  });
});
