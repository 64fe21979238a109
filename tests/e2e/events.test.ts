import crypto from 'node:crypto';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standingJob } from '../../app/campaigns/job-definitions.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import { openQueue } from '../../app/platform/open-queue.server.ts';
import type { JobQueue } from '../../app/platform/queue.server.ts';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const SHOTS = process.env['SHOTS_FOLDER'];
let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
let queue: JobQueue;
let page: Page;
let app: FrameLocator;

const one = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T | null> =>
  (await database.query<T>(sql, values)).rows[0] ?? null;

async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 1_500; tries += 1) {
    const found = await read();
    if (found !== null) return found;
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
  queue = await openQueue({ DATABASE_URL: stack.databaseUrl, REDIS_URL: undefined }, createLogger({ level: 'silent', service: 'test' }));
  page = await (await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 1000 }, locale: 'en-GB' })).newPage();
  app = page.frameLocator('iframe');
});
afterAll(async () => {
  await browser.close();
  await queue.close();
  await database.end();
  await stack.stop();
});

describe('what another tool tells', () => {
  let key = '';
  let secret = '';
  let customer = '';
  /** As the README says it is sent. */
  const send = (event: object): Promise<Response> => {
    const body = JSON.stringify({ id: 'reviews:1', kind: 'review', customer: { id: customer }, at: new Date().toISOString(), ...event });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const signature = crypto.createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('base64');
    const headers = { 'x-storebook-key': key, 'x-storebook-timestamp': timestamp, 'x-storebook-signature': signature };
    return fetch(`${stack.appUrl}/events/customer`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  };
  const offered = (standing: string): Promise<string> =>
    until(async () => {
      const { id } = (await one<{ id: number }>('SELECT id FROM shops')) ?? { id: 0 };
      await queue.enqueue(standingJob, { shopId: id }, { key: String(id) });
      const found = await one<{ occasion: string }>(
        `SELECT o.occasion FROM standing_occasions o JOIN standing_campaigns s ON s.shop_id = o.shop_id AND s.id = o.standing_id
         WHERE s.name = $1 AND o.customer_id = $2 AND o.outcome = 'offered'`,
        [standing, customer],
      );
      return found?.occasion ?? null;
    });

  it('is signed by a key that staff make and see once', async () => {
    await go('/settings');
    await app.getByRole('link', { name: 'Keys and what came' }).click();
    await app.getByText('No key yet').waitFor();
    await app.getByRole('button', { name: 'Make key' }).click();
    await app.getByText('A name of up to 100 letters.').waitFor();
    await app.getByLabel('Name of the tool').fill('Leaf reviews');
    await app.getByRole('button', { name: 'Make key' }).click();
    await app.getByText('The key of Leaf reviews is made').waitFor();
    key = await app.getByLabel('Key', { exact: true }).inputValue();
    secret = await app.getByLabel('Secret', { exact: true }).inputValue();
    await shot('events-key');
    expect([key, secret]).toEqual([expect.stringMatching(/^\d+\.1$/), expect.stringMatching(/^[\w-]{43}$/)]);
    await go('/settings/events');
    await app.getByRole('cell', { name: 'Leaf reviews', exact: true }).waitFor();
    expect(await app.getByText(secret).count()).toBe(0);
    expect(await app.getByLabel('Secret', { exact: true }).count()).toBe(0);
  });

  it('gives what the programme says, seen with its reason on the customer’s page', async () => {
    await go('/points');
    await app.getByLabel('for each').fill('1.00');
    await app.getByLabel('When points lapse').selectOption({ label: 'Months after they became available' });
    await app.getByLabel('Months', { exact: true }).fill('2');
    await app.getByRole('button', { name: 'Add kind' }).click();
    await app.getByLabel('Points each').fill('none');
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('A whole number that fits here.').waitFor();
    await app.getByLabel('Points each').fill('50');
    await app.getByLabel('At most so many times a month').fill('2');
    await shot('events-programme');
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('Saved as version 1.').waitFor();
    // The store's times have seconds, and so has the moment from which the programme holds.
    customer = (await until(() => one<{ id: string }>('SELECT id::text AS id FROM customers WHERE deleted_at IS NULL ORDER BY id LIMIT 1')))
      .id;
    for (const [name, trigger, number] of [
      ['Thanks for the review', 'A review left', '4'],
      ['Use them in time', 'Points about to lapse', '90'],
    ] as const) {
      await go('/standing/new');
      await app.getByLabel('Name').fill(name);
      await app.getByLabel('Held out, percent').fill('0');
      await app.getByLabel('Occasion').selectOption({ label: trigger });
      await app.getByLabel(trigger === 'A review left' ? 'Stars at least' : 'Days before they lapse').fill(number);
      await shot(`events-standing-${number}`);
      await app.getByRole('button', { name: 'Create standing campaign' }).click();
      await app.getByRole('heading', { name }).waitFor();
    }
    const refused = await send({ rating: 9 });
    expect([refused.status, await refused.json()]).toEqual([400, { error: 'bad-event', fields: { rating: 'a whole number from 1 to 5' } }]);
    for (let times = 0; times < 2; times += 1) {
      const taken = await send({ rating: 5, product: '3' });
      expect([taken.status, await taken.json()]).toEqual([202, { outcome: 'taken' }]);
    }
    await until(() => one('SELECT 1 FROM points_balances WHERE customer_id = $1 AND available = 50', [customer]));
    await go(`/customers/${customer}`);
    await app.getByText('Told by another tool: a review').waitFor();
    await app.getByText(/^50 lapse on/).waitFor();
    await shot('events-member');
  });

  it('and points about to lapse set standing campaigns off', async () => {
    expect(await offered('Thanks for the review')).toBe('review/reviews:1');
    expect(await offered('Use them in time')).toMatch(/^lapse\/\d{4}-\d\d-\d\d$/);
    await until(() => one('SELECT 1 FROM campaign_codes WHERE customer_id = $1 AND status = $2 HAVING count(*) = 2', [customer, 'added']));
    await go(`/customers/${customer}`);
    await app.getByText('Use them in time').first().waitFor();
    await app.getByText('Thanks for the review').first().waitFor();
  });

  it('is listed where it came, with who loses points by when, on a phone too', async () => {
    await go('/settings/events');
    await app.getByRole('cell', { name: 'review', exact: true }).waitFor();
    await shot('events-came');
    await go('/points');
    await app.getByRole('link', { name: 'Points about to lapse' }).click();
    await app.getByText('No points lapse').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await app.getByRole('button', { name: '90 days' }).click();
    await app.getByRole('cell', { name: '50', exact: true }).waitFor();
    expect(await app.getByRole('button', { name: '90 days' }).getAttribute('aria-pressed')).toBe('true');
    await shot('points-lapsing-phone');
    await go('/settings/events');
    await shot('events-phone');
    await page.setViewportSize({ width: 1280, height: 1000 });
  });

  it('is refused when the key is revoked', async () => {
    await go('/settings/events');
    await app.getByRole('button', { name: 'Revoke: Leaf reviews' }).click();
    await app.getByText('Revoked: what it signs is refused').waitFor();
    await app.getByText('No key yet').waitFor();
    expect((await send({ id: 'reviews:2' })).status).toBe(401);
    const logs = stack.logs();
    expect([secret, 'reviews:1'].filter((word) => logs.includes(word))).toEqual([]);
  });
});
