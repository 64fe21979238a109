import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, FrameLocator } from 'playwright-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { retailStore } from '../../scripts/lib/retail-store.ts';
import { retailTotals, type RetailTotals } from '../golden/retail-totals.mjs';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

/** The whole way of the real history: file, store, bulk export, record, screen; against the file's own sums. */
let folder: string;
let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
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
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
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
  await database?.end();
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

/** As many as the sandbox's customers order in an hour at its usual pace of six a minute. */
const HOUR = 360;

function operator(command: string): { status: number | null; lines: string[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', 'scripts/storebook.ts', command], {
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: stack.databaseUrl },
  });
  return { status, lines: stdout.trim().split('\n'), stderr };
}

const NOTHING_DIFFERS = { status: 0, lines: [expect.stringContaining('"differences":0')], stderr: '' };

async function control(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${stack.adminUrl}/sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ shop: stack.shop, ...body }),
  });
  expect([path, response.status]).toEqual([path, 200]);
  return response.json();
}

/** What the record holds, and what of the inbox is not applied. */
async function record(): Promise<unknown> {
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::int FROM orders) AS orders, (SELECT count(*)::int FROM customers) AS customers,
       (SELECT count(*)::int FROM inbox_events WHERE status = 'pending') AS waiting,
       (SELECT count(*)::int FROM inbox_events WHERE status = 'failed') AS failed`,
  );
  return rows[0];
}

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
    expect(operator('verify')).toEqual(NOTHING_DIFFERS);
  });

  it('still does after an hour of the shop played fast, deliveries doubled, late and out of order', async () => {
    await control('chaos', { duplicate: 0.3, shuffle: true, delayMs: [0, 400] });
    const played = z
      .object({ orders: z.number(), refunds: z.number(), deliveries: z.number(), duplicates: z.number(), failed: z.number() })
      .parse(await control('play', { orders: HOUR, seed: 7 }));
    expect(played.orders).toBe(HOUR);
    expect(played.duplicates).toBeGreaterThan(HOUR / 2);
    expect(played.failed).toBe(0);
    const { counts } = z
      .object({ counts: z.object({ orders: z.number(), customers: z.number() }) })
      .parse(await (await fetch(`${stack.adminUrl}/sandbox/state?shop=${stack.shop}`)).json());
    await expect.poll(() => record(), { timeout: 60_000, interval: 500 }).toEqual({ ...counts, waiting: 0, failed: 0 });
    expect(operator('verify')).toEqual(NOTHING_DIFFERS);
  });
});
