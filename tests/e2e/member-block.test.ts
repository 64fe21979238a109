import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memberView, redeemAnswer, redeemAsked, type MemberView } from '../../contracts/member-view.ts';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const SHOTS = process.env['SHOTS_FOLDER'];
const PHONE = { width: 360, height: 780 };
let stack: Awaited<ReturnType<typeof testStack>>;
let browser: Browser;
let database: pg.Client;
let context: BrowserContext;
let page: Page;
/** A member with points of orders, and somebody who never bought. */
let member = '';

const one = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T | null> =>
  (await database.query<T>(sql, values)).rows[0] ?? null;
async function until<T>(read: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 900; tries += 1) {
    const found = await read();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('what was waited for did not happen');
}
async function admin(path: string): Promise<{ admin: Page; app: FrameLocator }> {
  const opened = await (
    await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 1000 }, locale: 'en-GB' })
  ).newPage();
  const app = opened.frameLocator('iframe');
  await opened.goto(`${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook${path}`);
  await app.getByRole('heading', { level: 1 }).first().waitFor();
  await app.locator('html[data-ready]').waitFor({ state: 'attached' });
  return { admin: opened, app };
}
const block = () => page.locator('[data-storebook-member]');
const body = () => page.locator('[data-storebook-body]');
async function visit(customer: string, query = ''): Promise<void> {
  await page.goto(`${stack.adminUrl}/account?shop=${stack.shop}&customer=${customer}${query}`);
  await page.locator('[data-storebook-body][aria-busy="false"]').waitFor();
}
async function shot(name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}
/** What moved by itself, as Chromium counts it (cumulative layout shift). */
const shifted = (): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((entries) => {
          for (const entry of entries.getEntries()) if ('value' in entry && typeof entry.value === 'number') sum += entry.value;
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
/** What is wrong with the block for people who use it by other means, on a phone, or while it loads. */
async function troubles(): Promise<{ axe: unknown[]; isWide: boolean; shifted: number }> {
  const { violations } = await new AxeBuilder({ page }).include('[data-storebook-member]').analyze();
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  return { axe: violations, isWide, shifted: await shifted() };
}
const NONE = { axe: [], isWide: false, shifted: 0 };

beforeAll(async () => {
  stack = await testStack();
  browser = await openBrowser();
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
  const found = await until(() =>
    one<{ id: string }>(
      `SELECT customer_id::text AS id FROM orders WHERE customer_id IS NOT NULL AND net > 100 AND NOT test AND deleted_at IS NULL AND cancelled_at IS NULL
       AND financial_status = 'paid' ORDER BY id LIMIT 1`,
    ),
  );
  member = found.id;
});
afterAll(async () => {
  await browser.close();
  await database.end();
  await stack.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: PHONE, locale: 'en-GB' });
  page = await context.newPage();
});
afterEach(() => context.close());

describe('the block of points in a theme', () => {
  it('says that there is nothing yet, before there is a programme of points: only tiers', async () => {
    await visit('');
    await body().getByText('Tiers').waitFor();
    expect(await body().getByText('points for each').count()).toBe(0);
    expect(await troubles()).toEqual(NONE);
  });

  it('a merchant makes a programme, and gives tiers their due at the checkout', async () => {
    const { admin: opened, app } = await admin('/points');
    await app.getByLabel('for each').fill('1.00');
    await app.getByLabel('Days', { exact: true }).fill('0');
    await app.getByLabel('Counted').selectOption({ label: 'after the order' });
    await app.getByLabel('When points lapse').selectOption({ label: 'Months after they became available' });
    await app.getByLabel('Months', { exact: true }).fill('120');
    await app.getByLabel('From the day on').fill('2020-01-01');
    await app.getByRole('button', { name: 'Save programme' }).click();
    await app.getByText('Saved as version 1.').waitFor();
    await until(() => one('SELECT 1 FROM points_balances WHERE customer_id = $1 AND available > 0', [member]));
    await opened.context().close();

    const settings = await admin('/settings');
    const card = settings.app.locator('form', { has: settings.app.getByRole('heading', { name: 'Tiers at the checkout' }) });
    await card.getByText('Not given.').waitFor();
    await card.getByLabel('Leave out these products').fill('none');
    await card.getByLabel('Give it at the checkout').check();
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('Up to 100 numbers.').waitFor();
    await card.getByLabel('Leave out these products').fill('');
    await card.getByLabel('Leave out products with these tags').fill('sale');
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('Saved. The store is told at once.').waitFor();
    if (SHOTS) await settings.admin.screenshot({ path: `${SHOTS}/tier-discount.png`, fullPage: true });
    const sent = await until(() =>
      one<{ tags: unknown }>(
        `SELECT payload->'config'->'tags' AS tags FROM outbox_messages WHERE kind = 'loyalty.tier-discount' AND status = 'sent'`,
      ),
    );
    expect(sent.tags).toEqual(['sale']);
    await settings.admin.context().close();
    const again = await admin('/settings');
    await again.app.getByText('Given at the checkout.').waitFor();
    await again.admin.context().close();
  });

  it.each([
    ['en', 'Your points', /lapse on/],
    ['zh-CN', '我的积分', /积分将于 .* 过期/],
  ])('shows a member in %s what they have, their tier, what lapses next and what happened', async (locale, title, lapse) => {
    const answer = page.waitForResponse((response) => response.url().includes('/apps/storebook/member'));
    await visit(member, `&locale=${locale}`);
    const view = memberView.parse(await (await answer).json());
    await page.getByRole('heading', { name: title }).waitFor();
    const balance = await one<{ available: string }>('SELECT available::text AS available FROM points_balances WHERE customer_id = $1', [
      member,
    ]);
    const shown = await body().innerText();
    expect(shown.replaceAll(',', '')).toContain(balance?.available);
    expect(shown).toContain(view.member?.tier?.name);
    expect(shown).toMatch(lapse);
    expect(shown).toContain(view.member?.history[0]?.reason);
    if (view.member?.progress) {
      expect(shown).toContain(view.member.progress.text);
      expect(await page.getByRole('progressbar').getAttribute('value')).toBe(String(view.member.progress.share));
    }
    expect(await troubles()).toEqual(NONE);
    await shot(`member-block-${locale}`);
  });

  it('shows a guest the programme and a way in, and no line of anybody', async () => {
    await visit('');
    await body().getByText('1 point for each £1.00 spent').waitFor();
    await block().getByRole('link', { name: 'Log in to see your points' }).waitFor();
    expect(await troubles()).toEqual(NONE);
    await shot('member-block-guest');
  });

  it('shows somebody without orders that they have none yet, and a title of the merchant’s own as it is written', async () => {
    await visit('999999999999', `&title=${encodeURIComponent('<b>Club</b> & "friends"')}`);
    await body().getByText('No points yet. They come with your first order.').waitFor();
    await page.getByRole('heading', { name: '<b>Club</b> & "friends"' }).waitFor();
    expect(await troubles()).toEqual(NONE);
  });

  it('shows nobody what the browser kept of somebody else', async () => {
    await visit(member);
    await visit('999999999999');
    await body().getByText('No points yet.').waitFor();
    // Even where a cache gave the other's answer.
    const { text } = await page.evaluate(async () => ({ text: await (await fetch('/apps/storebook/member?lang=en')).text() }));
    const other = text.replace('999999999999', member);
    let asked = 0;
    await page.route('**/apps/storebook/member?lang=en', (route) => {
      asked += 1;
      return route.fulfill({ contentType: 'application/json', body: other });
    });
    await visit('999999999999');
    await body().getByText('Your points cannot be shown right now.').waitFor();
    expect(asked).toBe(2);
  });

  it('lets a member redeem: once a press, told what came of it, and shown the code', async () => {
    await visit(member);
    // Through the sandbox's proxy to the app, which knows no such reward.
    const refused = await page.evaluate(async () => {
      const body = JSON.stringify({ reward: '999', steps: 1, key: 'press-0001' });
      const response = await fetch('/apps/storebook/redeem?lang=en', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return { status: response.status, text: await response.text() };
    });
    expect([refused.status, redeemAnswer.parse(JSON.parse(refused.text)).kind]).toEqual([409, 'refused']);

    const view = memberView.parse(JSON.parse(await page.evaluate(async () => (await fetch('/apps/storebook/member?lang=en')).text())));
    if (!view.member) throw new Error('no member');
    const reward = { id: '3', title: '£5 off', points: 50, kind: 'amount', affordable: true, steps: 1, worth: '£5.00' };
    const before: MemberView = {
      ...view,
      member: { ...view.member, rewards: [reward, { ...reward, id: '4', title: '£50 off', affordable: false }] },
    };
    const redemption = { title: '£5 off', code: '7KQ2M-9X3A5-BN4HU', state: 'ready', shown: 'now' };
    const after: MemberView = { ...view, member: { ...view.member, rewards: [], redemptions: [redemption] } };
    const presses: string[] = [];
    let outcome: 'lost' | 'refused' | 'ok' = 'lost';
    await page.route('**/apps/storebook/member?lang=en', (route) =>
      route.fulfill({ json: memberView.parse(outcome === 'ok' ? after : before) }),
    );
    await page.route('**/apps/storebook/redeem?lang=en', (route) => {
      presses.push(route.request().postData() ?? '');
      if (outcome === 'lost') return route.abort();
      const json = outcome === 'ok' ? { kind: 'ok', points: 50 } : { kind: 'refused', why: 'too-few', text: 'Not enough points.' };
      return route.fulfill({ status: outcome === 'ok' ? 200 : 409, json: redeemAnswer.parse(json) });
    });
    await visit(member);
    const button = body().getByRole('button', { name: 'Redeem: £5 off' });
    expect(await body().getByRole('button').count()).toBe(1);
    expect(await troubles()).toEqual(NONE);
    await shot('member-block-rewards');
    await button.click();
    await block().getByRole('status').getByText('nothing is taken twice').waitFor();
    outcome = 'refused';
    await button.click();
    await block().getByRole('status').getByText('Not enough points.').waitFor();
    outcome = 'ok';
    await button.click();
    await body().getByText('7KQ2M-9X3A5-BN4HU').waitFor();
    const keys = presses.map((text) => redeemAsked.parse(JSON.parse(text)).key);
    // What was lost is the same press again; what was answered is another.
    expect([presses.length, keys[0] === keys[1], keys[1] === keys[2]]).toEqual([3, true, false]);
  });

  it('says so when there is no answer, and asks again when it is told to', async () => {
    let isBroken = true;
    await page.route('**/apps/storebook/member?lang=en', (route) =>
      isBroken ? route.fulfill({ status: 429, body: '' }) : route.continue(),
    );
    await visit(member);
    await body().getByText('Your points cannot be shown right now.').waitFor();
    expect(await troubles()).toEqual(NONE);
    isBroken = false;
    await body().getByRole('button', { name: 'Try again' }).click();
    await body()
      .getByText(/lapse on/)
      .waitFor();
  });
});
