import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { retailStore } from '../../scripts/lib/retail-store.ts';
import { retailTotals, type RetailTotals } from '../golden/retail-totals.mjs';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

/** The whole way of the real history: file, store, bulk export, record, screen; against the file's own sums. */
let folder: string;
let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let totals: RetailTotals;
let app: FrameLocator;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'storebook-retail-'));
  const store = await retailStore(folder, () => undefined);
  const { sandbox } = z
    .object({ sandbox: z.object({ shiftDays: z.number() }) })
    .parse(JSON.parse(fs.readFileSync(path.join(store, 'shop.json'), 'utf8')));
  totals = retailTotals('sandbox/data/online-retail.csv.gz', sandbox.shiftDays);
  stack = await testStack({ store });
  browser = await openBrowser();
  const page = await browser.newPage({ userAgent: USER_AGENT, viewport: { width: 1280, height: 900 } });
  await page.goto(
    `${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook?period=range&from=${totals.from}&to=${totals.to}`,
  );
  app = page.frameLocator('iframe');
  await app.getByText('Gross sales').waitFor();
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const figure = async (label: string): Promise<string | null> =>
  app
    .locator('.Polaris-Card, .Polaris-ShadowBevel')
    .filter({ has: app.getByRole('heading', { level: 3, name: label, exact: true }) })
    .locator('.Polaris-Text--headingLg')
    .first()
    .textContent();
const pounds = (pennies: number): string => new Intl.NumberFormat('en', { style: 'currency', currency: 'GBP' }).format(pennies / 100);
const count = (value: number): string => new Intl.NumberFormat('en').format(value);

describe('Home over the days of the retail history', () => {
  it('shows the sums of the file, to the penny', async () => {
    const shown = {
      gross: await figure('Gross sales'),
      returned: await figure('Returned'),
      net: await figure('Net sales'),
      orders: await figure('Orders'),
      refunds: await figure('Refunds'),
      customers: await figure('Customers'),
    };
    expect(shown).toEqual({
      gross: pounds(totals.gross),
      returned: pounds(totals.returns),
      net: pounds(totals.net),
      orders: count(totals.saleInvoices),
      refunds: count(totals.returnInvoices),
      customers: count(totals.customers),
    });
  });

  it('stands on rollups that the operator can rederive: verify finds nothing', () => {
    const run = spawnSync(process.execPath, ['--no-warnings', 'scripts/storebook.ts', 'verify'], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: stack.databaseUrl },
    });
    expect([run.status, run.stderr]).toEqual([0, '']);
  });
});
