import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPages } from '../../app/entry/web.server.ts';
import { FORGE, jwt, OTHER_SHOP, send, serveDoors, SHOP, staffClaims, type DoorsUnderTest, type Reply } from '../support/doors.ts';
import { openBrowser, testStack, USER_AGENT } from '../support/stack.ts';

const PAGES = [
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
];

describe('in the browser', () => {
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

  /** Opens a page of the app in the sandbox's admin, and gathers what the policy stopped in any of its frames. */
  async function open(path: string): Promise<{ page: Page; frame: Frame; stopped: string[] }> {
    const stopped: string[] = [];
    const context = await browser.newContext({ userAgent: USER_AGENT, viewport: { width: 1280, height: 900 } });
    await context.exposeBinding('policyStopped', (_source, what: string) => void stopped.push(what));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        (window as unknown as { policyStopped(what: string): void }).policyStopped(
          `${event.effectiveDirective} ${event.blockedURI} ${location.pathname}`,
        );
      });
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => stopped.push(`error: ${error.message}`));
    await page.goto(`${stack.adminUrl}/store/${stack.shop.replace('.myshopify.com', '')}/apps/storebook${path}`);
    const app = page.frameLocator('iframe');
    await app.getByRole('heading', { level: 1 }).first().waitFor();
    await app.locator('html[data-ready]').waitFor({ state: 'attached' });
    const frame = page.frames().find((candidate) => candidate.url().startsWith(stack.appUrl));
    if (!frame) throw new Error('no frame of the app');
    return { page, frame, stopped };
  }

  it.each(PAGES)('the page %s works, and the policy stops nothing of it', async (path) => {
    const { page, stopped } = await open(path);
    await page.waitForLoadState('networkidle');
    expect(stopped).toEqual([]);
    await page.context().close();
  });

  it('a walk from page to page is stopped nowhere', async () => {
    const { page, stopped } = await open('/settings');
    const app = page.frameLocator('iframe');
    await app.getByRole('link', { name: 'Open the audit log' }).click();
    await app.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
    expect(stopped).toEqual([]);
    await page.context().close();
  });

  it('nor is a form', async () => {
    const { page, stopped } = await open('/loyalty');
    const app = page.frameLocator('iframe');
    await app.getByLabel('Name').first().fill('Friends');
    await app.getByRole('button', { name: 'Save' }).click();
    await app.getByText('Tiers saved.', { exact: false }).waitFor();
    expect(stopped).toEqual([]);
    await page.context().close();
  });

  it('a script that was put into the page does not run', async () => {
    const { page, frame, stopped } = await open('/customers');
    // Not tried: eval, which the driver of the browser lets itself do whatever the policy says.
    const ran = await frame.evaluate(async () => {
      const world = window as unknown as { ran?: string[] };
      world.ran = [];
      const inline = document.createElement('script');
      inline.textContent = "window.ran.push('inline')";
      document.body.append(inline);
      const guessed = document.createElement('script');
      guessed.nonce = 'AAAAAAAAAAAAAAAAAAAAAA==';
      guessed.textContent = "window.ran.push('guessed')";
      document.body.append(guessed);
      const holder = document.createElement('div');
      holder.innerHTML = `<img src="x:" onerror="window.ran.push('handler')"><a href="javascript:window.ran.push('address')">x</a>`;
      document.body.append(holder);
      holder.querySelector('a')?.click();
      const data = document.createElement('script');
      data.src = "data:text/javascript,window.ran.push('data')";
      document.body.append(data);
      const elsewhere = document.createElement('script');
      elsewhere.src = 'http://127.0.0.1:9/x.js';
      document.body.append(elsewhere);
      const base = document.createElement('base');
      base.href = 'http://127.0.0.1:9/';
      document.head.append(base);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { ran: world.ran, base: document.baseURI };
    });
    expect(ran.ran).toEqual([]);
    expect(ran.base.startsWith(stack.appUrl)).toBe(true);
    await expect.poll(() => stopped.filter((what) => what.startsWith('script-src')).length).toBeGreaterThanOrEqual(5);
    expect(stopped.some((what) => what.startsWith('base-uri'))).toBe(true);
    await page.context().close();
  });

  it('no other origin may frame it', async () => {
    const context = await browser.newContext({ userAgent: USER_AGENT });
    const page = await context.newPage();
    const { token } = (await (await fetch(`${stack.adminUrl}/sandbox/id-token?shop=${stack.shop}`)).json()) as { token: string };
    const source = `${stack.appUrl}/app?shop=${stack.shop}&host=${btoa('admin.shopify.com/store/x')}&embedded=1&id_token=${token}`;
    const other = http.createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(`<iframe src="${source}"></iframe>`);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const answered = page.waitForResponse((response) => response.url().startsWith(`${stack.appUrl}/app?`));
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    expect((await answered).headers()['content-security-policy']).toContain(`frame-ancestors ${stack.adminUrl}`);
    await expect.poll(() => page.frames().map((frame) => frame.url())).toContain('chrome-error://chromewebdata/');
    other.close();
    await context.close();
  });
});

describe('as it is served to a real store', () => {
  let doors: DoorsUnderTest;
  beforeAll(async () => {
    const env = { NODE_ENV: 'production', SANDBOX_URL: '', APP_URL: 'https://app.example.com', ENCRYPTION_KEYS: `real:${'7c'.repeat(32)}` };
    doors = await serveDoors({ env, pages: () => builtPages() });
  });
  afterAll(() => doors.close());

  const page = (query: string, claims: object = {}): Promise<Reply> =>
    send(
      doors.port,
      FORGE.admin({
        signature: () => null,
        path: `/app?embedded=1&host=${btoa('admin.shopify.com/store/x')}&${query}&id_token=${jwt({ ...staffClaims(), ...claims })}`,
      }),
    );
  const directive = (reply: Reply, name: string): string =>
    new RegExp(`(?:^|; )${name} ([^;]*)`).exec(String(reply.headers['content-security-policy']))?.[1] ?? '';

  it('a page has one strict policy with a nonce of its own, on every script', async () => {
    const [first, second] = [await page(`shop=${SHOP}`), await page(`shop=${SHOP}`)];
    expect([first.status, second.status]).toEqual([200, 200]);
    const nonces = [first, second].map((reply) => /'nonce-([^']+)'/.exec(directive(reply, 'script-src'))?.[1]);
    expect(new Set(nonces).size).toBe(2);
    const scripts = [...first.text.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length).toBeGreaterThan(2);
    // App Bridge comes by its address; everything else by the nonce.
    const strangers = scripts.filter((tag) => !tag.includes(`nonce="${nonces[0]}"`));
    expect(strangers.every((tag) => tag.includes('src="https://cdn.shopify.com/shopifycloud/app-bridge.js"'))).toBe(true);
    expect(first.text).not.toMatch(/\son[a-z]+="/);
    expect(first.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    });
    expect(first.headers['x-powered-by']).toBeUndefined();
  });

  it('is framed by the shop of the token, whatever shop the address names', async () => {
    expect(directive(await page(`shop=${OTHER_SHOP}`), 'frame-ancestors')).toBe(`https://${SHOP} https://admin.shopify.com`);
  });

  it.each(['/', '/nowhere', '/?shop=evil.example.com', `/?shop=${SHOP};script-src%20*`])(
    '%s, of no shop, is framed by nobody',
    async (path) => {
      const reply = await send(doors.port, { ...FORGE.admin({ signature: () => null, path }), headers: {} });
      const location = reply.headers.location;
      if (location === undefined) expect(directive(reply, 'frame-ancestors')).toBe("'none'");
      else expect(location.startsWith('/app?')).toBe(true);
    },
  );

  it('Shopify’s own page that fetches a token is held to the same policy, its scripts by the nonce', async () => {
    const reply = await send(
      doors.port,
      FORGE.admin({ signature: () => null, path: `/auth/session-token?shop=${SHOP}&host=${btoa('admin.shopify.com/store/x')}` }),
    );
    const nonce = /'nonce-([^']+)'/.exec(directive(reply, 'script-src'))?.[1];
    expect(reply.status).toBe(200);
    expect(directive(reply, 'frame-ancestors')).toBe(`https://${SHOP} https://admin.shopify.com`);
    const scripts = [...reply.text.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.every((tag) => tag.includes(`nonce="${nonce}"`))).toBe(true);
  });

  it.each([
    '/app/customers/9999999999999999999',
    '/app/orders/x',
    '/%ff',
    '/app/nowhere',
    '/app/audit?host=%25%25',
    '/app/customers?after=%00',
  ])('%s tells nothing of the inside', async (path) => {
    const reply = await send(doors.port, FORGE.admin({ path: `${path}${path.includes('?') ? '&' : '?'}shop=${SHOP}` }));
    expect(reply.status).not.toBe(500);
    expect(reply.text).not.toMatch(/node_modules|\.ts:\d|Prisma|at Object/);
    if (String(reply.headers['content-type']).startsWith('text/html')) expect(directive(reply, 'script-src')).toContain("'nonce-");
  });
});
