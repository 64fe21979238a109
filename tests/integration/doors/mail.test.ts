import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportToken } from '../../../app/delivery/index.server.ts';
import { unsubscribeToken } from '../../../app/delivery/unsubscribe-token.server.ts';
import { parseKeyRing } from '../../../app/platform/crypto.server.ts';
import { applyCustomers } from '../../../app/record/index.server.ts';
import { serveDoors, SHOP, type DoorsUnderTest } from '../../support/doors.ts';
import { customerOf } from '../../support/order-facts.ts';

const CUSTOMER = 77n;
let doors: DoorsUnderTest;
let shopId = 0;
let token = '';

beforeAll(async () => {
  doors = await serveDoors();
  shopId = (await doors.database.db.prisma.shop.findFirstOrThrow({ where: { domain: SHOP } })).id;
  const customer = customerOf({ id: CUSTOMER, email: 'ada@example.com', locale: 'zh-CN', emailConsent: 'subscribed' });
  await doors.database.db.forShop(shopId, (tx) => applyCustomers(tx, { shopId, keys: doors.env.keys }, [customer]));
  token = unsubscribeToken(doors.env.keys, { shopId, customerId: CUSTOMER });
});
afterAll(() => doors.close());

const prisma = () => doors.database.db.prisma;
const suppressed = () => prisma().mailSuppression.count({ where: { shopId } });
const link = (text: string): string => `${doors.url}/unsubscribe?t=${encodeURIComponent(text)}`;
const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });

describe('the link below a mail', () => {
  it('opened changes nothing, in the customer’s language; the button or one click unsubscribes', async () => {
    const page = await fetch(link(token));
    const html = await page.text();
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).toContain('lang="zh-CN"');
    expect(html).toContain('退订');
    expect(html).not.toMatch(/ada|example\.com/);
    expect(await suppressed()).toBe(0);

    const done = await post(link(token), 'List-Unsubscribe=One-Click');
    expect([done.status, (await done.text()).includes('您已退订')]).toEqual([200, true]);
    expect(await suppressed()).toBe(1);
    // Once more, from the page.
    expect((await post(link(token), 'from=page')).status).toBe(200);
    expect(await suppressed()).toBe(1);
    expect(await prisma().outboxMessage.count({ where: { shopId, kind: 'delivery.consent' } })).toBeGreaterThan(0);
  });

  it.each([
    ['none', () => ''],
    ['of another customer', () => token.replace('.77.', '.78.')],
    ['of another shop', () => token.replace(/^\d+/, '999')],
    ['truncated', () => token.slice(0, -1)],
    ['with more behind it', () => `${token}A`],
    ['with its last symbol changed', () => token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')],
    ['of another key', () => unsubscribeToken(parseKeyRing(`x:${'ab'.repeat(32)}`), { shopId, customerId: CUSTOMER })],
    ['of a number that is none', () => `${shopId}.99999999999999999999.${'A'.repeat(22)}`],
    ['a path trick', () => '../../etc/passwd'],
    ['of 5 kB', () => 'A'.repeat(5_000)],
  ])('%s leads nowhere', async (_, spoilt) => {
    const before = await doors.rows();
    const [opened, posted] = [await fetch(link(spoilt())), await post(link(spoilt()), 'List-Unsubscribe=One-Click')];
    expect([opened.status, posted.status]).toEqual([404, 404]);
    expect(await doors.rows()).toBe(before);
  });

  it('takes no other method, no large body, and nothing that does not mean it', async () => {
    expect((await fetch(link(token), { method: 'PUT', body: 'x' })).status).toBe(405);
    expect((await post(link(token), 'x'.repeat(2_000))).status).toBe(413);
    expect((await post(link(token), 'hello=1')).status).toBe(400);
  });
});

describe('the door of reports', () => {
  const url = (): string => `${doors.url}/mail-reports`;
  const bearer = (text: string) => ({ authorization: `Bearer ${text}`, 'content-type': 'message/rfc822' });

  it('is for who has the shop’s token', async () => {
    const mine = reportToken(doors.env.keys, shopId);
    expect((await post(url(), 'Subject: x\r\n\r\n', bearer(mine))).status).toBe(202);
    for (const wrong of ['', 'x', mine.slice(0, -1), mine.replace(/^\d+/, '999'), `${mine}A`, token])
      expect((await post(url(), 'x', bearer(wrong))).status).toBe(401);
    expect((await post(url(), 'x'.repeat(300_000), bearer(mine))).status).toBe(413);
    expect((await fetch(url())).status).toBe(405);
  });

  it('survives a message that is none', async () => {
    const mine = reportToken(doors.env.keys, shopId);
    const nested = `Content-Type: multipart/mixed; boundary="a"\r\n\r\n${'--a\r\nContent-Type: multipart/mixed; boundary="a"\r\n\r\n'.repeat(2_000)}`;
    for (const body of ['\0'.repeat(1_000), nested, 'Content-Type: multipart/report; boundary=\r\n\r\n--\r\n'])
      expect((await post(url(), body, bearer(mine))).status).toBe(202);
  });
});
