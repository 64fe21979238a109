import AxeBuilder from '@axe-core/playwright';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
beforeAll(async () => {
  stack = await testStack();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function open(options: { width?: number; chinese?: boolean } = {}): Promise<{ page: Page; app: FrameLocator }> {
  const context = await browser.newContext({
    userAgent: USER_AGENT,
    viewport: { width: options.width ?? 1280, height: 900 },
    locale: options.chinese ? 'zh-CN' : 'en-GB',
  });
  const page = await context.newPage();
  const name = stack.shop.replace('.myshopify.com', '');
  await page.goto(`${stack.adminUrl}/store/${name}/apps/storebook/sync${options.chinese ? '?locale=zh-CN' : ''}`);
  const app = page.frameLocator('iframe');
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

it('finds what a lost event should have brought, says which, and leads there', async () => {
  const line = { variantId: 'gid://shopify/ProductVariant/7700000000313', quantity: 1 };
  // One event comes, so that there is a last one; then every event is lost.
  await post('checkout', { lines: [line], customer: null });
  await post('chaos', { drop: 1 });
  const { order } = await post<{ order: { name: string } }>('checkout', { lines: [line], customer: null });
  await post('chaos', { drop: 0 });

  const { page, app } = await open();
  await app.getByRole('heading', { level: 1, name: 'In step with the store' }).waitFor();
  await app.getByRole('button', { name: 'Ask now' }).click();
  await app.getByRole('link', { name: `Orders: ${order.name}` }).waitFor({ timeout: 60_000 });
  await app.getByText('Was missing').first().waitFor();
  await app.getByText('orders/create', { exact: true }).first().waitFor();
  const result = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).include('iframe').analyze();
  expect(result.violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html.slice(0, 120)}`)).toEqual([]);
  await app.getByRole('link', { name: `Orders: ${order.name}` }).click();
  await app.getByRole('heading', { name: order.name }).first().waitFor();
  await page.close();

  const phone = await open({ width: 390, chinese: true });
  await phone.app.getByText('缺失').first().waitFor();
  const inner = phone.page.frames().find((candidate) => candidate.url().startsWith(stack.appUrl));
  expect(await inner?.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(1);
  await phone.page.close();
});
