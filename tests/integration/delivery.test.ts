import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelMessages,
  deliveryPage,
  mailSettings,
  queueMessages,
  resealMail,
  saveMailSettings,
  saveTemplates,
  sendAgain,
  sendMail,
  takeReport,
  unsubscribe,
} from '../../app/delivery/index.server.ts';
import { parseKeyRing } from '../../app/platform/crypto.server.ts';
import { createLogger } from '../../app/platform/logger.server.ts';
import { applyCustomers, resealCustomers } from '../../app/record/index.server.ts';
import { allShops } from '../../app/shopify/index.server.ts';
import { seeded } from '../../sandbox/random.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openMailServer, type TestMailServer } from '../support/mail-server.ts';
import { customerOf } from '../support/order-facts.ts';
import { testPlatform, testShop, type TestPlatform, type TestScope } from '../support/platform.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const MINUTE = 60_000;
let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & TestScope;
let server: TestMailServer;
let shops = 0;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  platform = testPlatform(database, { now: NOW });
  scope = await testShop(platform, { domain: `mail-${(shops += 1)}.myshopify.com` });
  server = await openMailServer();
  await saveServer();
});
afterEach(() => server.close());

const TYPED = {
  host: '127.0.0.1',
  security: 'none',
  username: '',
  password: '',
  fromName: 'Leaf "Tea"',
  fromAddress: 'hello@leaf.example',
  replyTo: '',
  postal: 'Leaf Ltd, 1 Tea Road',
  perMinute: '6000',
};
const saveServer = async (change: Partial<typeof TYPED> = {}) => {
  expect(await saveMailSettings(scope, { ...TYPED, port: String(server.port), ...change })).toEqual({ kind: 'ok', value: null });
};
const mine = () => ({ shopId: scope.shop.id });
const pass = (minutes: number): void => platform.clock.set(new Date(platform.clock.now().getTime() + minutes * MINUTE));

type Given = { email?: string | null; consent?: string; locale?: string; name?: string };
async function customers(...all: Given[]): Promise<void> {
  const facts = all.map(({ email, consent, locale, name }, at) =>
    customerOf({
      id: BigInt(at + 1),
      email: email === undefined ? `person${at + 1}@example.com` : email,
      firstName: name ?? 'Ada',
      emailConsent: consent ?? 'subscribed',
      emailConsentAt: new Date('2026-01-01T00:00:00Z'),
      locale: locale ?? 'en',
      updatedAt: NOW,
    }),
  );
  await scope.db.forShop(scope.shop.id, (tx) => applyCustomers(tx, { shopId: scope.shop.id, keys: scope.env.keys }, facts));
}
const TEXTS = [
  {
    locale: 'en',
    subject: 'Tea for {{first_name|you}}',
    body: 'Hello {{first_name|there}}, {{offer}} with {{code}} until {{ends}}.\n\n{{shop}}',
  },
  { locale: 'zh-CN', subject: '送给{{first_name|您}}', body: '{{offer}}，{{code}}' },
];
async function queue(ids: readonly number[], notBefore = NOW, campaignId: number | null = null): Promise<void> {
  await scope.db.forShop(scope.shop.id, async (tx) => {
    await saveTemplates(tx, scope.shop.id, { name: 'campaign/1', templates: TEXTS, at: NOW });
    const messages = ids.map((id) => ({
      key: `campaign/1/${id}/0`,
      template: 'campaign/1',
      campaignId,
      customerId: BigInt(id),
      notBefore,
      variables: { code: `CODE-${id}`, offer: { en: '10% off', 'zh-CN': '减 10%' }, ends: '2026-12-24T22:59:59.999Z' },
    }));
    await queueMessages(tx, scope.shop.id, { messages, now: NOW });
  });
}
const statuses = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await scope.db.prisma.mailMessage.findMany({ where: mine() })).map((row) => [
      String(row.customerId),
      [row.status, row.reason].filter(Boolean).join(' '),
    ]),
  );
const send = () => sendMail(platform, scope.shop);
const times = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe('a message', () => {
  it('goes out once, in the customer’s language, with a way to unsubscribe at one click', async () => {
    await customers({ name: 'Ada' }, { locale: 'zh-TW', name: '小明' });
    await queue([1, 2]);
    await queue([1, 2]);
    expect(await send()).toEqual({ sent: 2, more: null });
    expect(await send()).toEqual({ sent: 0, more: null });
    const [english, chinese] = server.got.toSorted((a, b) => (a.to < b.to ? -1 : 1));
    expect([english?.to, english?.mail.subject, chinese?.mail.subject]).toEqual(['person1@example.com', 'Tea for Ada', '送给小明']);
    expect(english?.mail.text).toContain('Hello Ada, 10% off with CODE-1 until December 24, 2026.');
    expect(english?.mail.text).toContain('Leaf Ltd, 1 Tea Road');
    expect(english?.mail.from?.value).toEqual([{ name: 'Leaf "Tea"', address: 'hello@leaf.example' }]);
    const header = (name: string) => english?.mail.headerLines.find(({ key }) => key === name)?.line;
    expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    expect(header('list-unsubscribe')).toMatch(/^List-Unsubscribe:\s+<http:\/\/127\.0\.0\.1:3000\/unsubscribe\?t=\d+\.1\.[\w-]{22}>$/);
    expect(await statuses()).toEqual({ 1: 'sent', 2: 'sent' });
  });

  it('is looked at once more when its time has come', async () => {
    await customers({}, { consent: 'unsubscribed' }, { email: null }, {}, {}, {}, {});
    await queue([1, 2, 3, 4, 5, 6, 99]);
    await queue([7], new Date(NOW.getTime() + MINUTE), 5);
    // What happens between queueing and sending.
    await unsubscribe(platform, { shopId: scope.shop.id, customerId: 4n });
    await scope.db.prisma.customer.updateMany({ where: { ...mine(), id: 5n }, data: { deletedAt: NOW } });
    await scope.db.prisma.customer.updateMany({ where: { ...mine(), id: 6n }, data: { emailConsent: 'not_subscribed' } });
    await scope.db.forShop(scope.shop.id, (tx) => cancelMessages(tx, scope.shop.id, { campaignId: 5, now: NOW }));
    await send();
    expect(await statuses()).toEqual({
      1: 'sent',
      2: 'skipped no-consent',
      3: 'skipped no-address',
      4: 'skipped suppressed',
      5: 'skipped gone',
      6: 'skipped no-consent',
      7: 'skipped cancelled',
      99: 'skipped gone',
    });
    expect(server.got.map(({ to }) => to)).toEqual(['person1@example.com']);
  });

  it('with a code that was taken back after it was queued does not go', async () => {
    await customers({}, {});
    await queue([1, 2]);
    const code = { ...mine(), campaignId: 1, arm: 1, customerId: 1n };
    await scope.db.prisma.campaignCode.create({ data: { ...code, code: 'CODE-1', status: 'revoking' } });
    await scope.db.prisma.campaignCode.create({ data: { ...code, code: 'CODE-2', customerId: 2n, status: 'added' } });
    expect(await send()).toEqual({ sent: 1, more: null });
    expect(await statuses()).toEqual({ 1: 'skipped cancelled', 2: 'sent' });
  });

  it('waits for its time, and for a server', async () => {
    await customers({});
    await queue([1], new Date(NOW.getTime() + MINUTE));
    expect(await send()).toEqual({ sent: 0, more: null });
    pass(2);
    await scope.db.prisma.mailSettings.deleteMany({ where: mine() });
    expect(await send()).toEqual({ sent: 0, more: null });
    expect(await statuses()).toEqual({ 1: 'queued' });
    await saveServer();
    expect((await send()).sent).toBe(1);
  });

  it('killed again and again in the midst reaches nobody twice', async () => {
    const count = 120;
    await customers(...times(count).map(() => ({})));
    await queue(times(count));
    const random = seeded(7);
    for (let life = 0; life < 14; life += 1) {
      const at = 1 + Math.floor(random.next() * 40);
      let calls = 0;
      const forShop = async (...call: Parameters<typeof platform.db.forShop>) => {
        calls += 1;
        if (calls >= at) throw new Error('killed');
        return platform.db.forShop(...call);
      };
      const mortal = { ...platform, db: { ...platform.db, forShop: forShop as typeof platform.db.forShop } };
      await sendMail(mortal, scope.shop).catch((error: Error) => expect(error.message).toBe('killed'));
      pass(20);
    }
    await send();
    pass(20);
    await send();
    const got = Map.groupBy(server.got, ({ to }) => to);
    expect([...got.values()].every((mails) => mails.length === 1)).toBe(true);
    const ends = Object.values(await statuses());
    const sent = ends.filter((status) => status === 'sent').length;
    const unknown = ends.filter((status) => status === 'unknown broken-off').length;
    expect(sent + unknown).toBe(count);
    expect(unknown).toBeGreaterThan(3);
    // Of those not known, the ones that were broken off after the server had them did arrive.
    expect(got.size).toBeGreaterThanOrEqual(sent);
  });

  it('that the server refuses for now is tried again with a growing pause; for good, it is not', async () => {
    await customers(
      { email: 'busy@example.com' },
      { email: 'nobody@example.com' },
      { email: 'full@example.com' },
      { email: 'spam@example.com' },
    );
    await queue([1, 2, 3, 4]);
    expect(await send()).toEqual({ sent: 0, more: null });
    expect(await statuses()).toEqual({ 1: 'queued 451 4.3.0', 2: 'refused 550 5.1.1', 3: 'refused 552 5.2.2', 4: 'refused 554 5.7.1' });
    expect(await send()).toEqual({ sent: 0, more: null });
    for (let tries = 0; tries < 6; tries += 1) {
      pass(60);
      await send();
    }
    expect((await statuses())[1]).toBe('refused 451 4.3.0');
    // There is no such mailbox: never again, whatever comes. A full one may empty.
    await queue([2, 3].map((id) => id + 10));
    await scope.db.prisma.mailMessage.updateMany({ where: { ...mine(), customerId: 12n }, data: { customerId: 2n } });
    await scope.db.prisma.mailMessage.updateMany({ where: { ...mine(), customerId: 13n }, data: { customerId: 3n } });
    await send();
    const rows = await scope.db.prisma.mailMessage.findMany({
      where: { ...mine(), key: { in: ['campaign/1/12/0', 'campaign/1/13/0'] } },
      orderBy: { key: 'asc' },
    });
    expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
      ['skipped', 'suppressed'],
      ['refused', '552 5.2.2'],
    ]);
  });

  it('of which nobody knows whether it arrived is sent again only when a person says so', async () => {
    await customers({});
    await queue([1]);
    server.hangUp = true;
    await send();
    expect((await statuses())[1]).toMatch(/^unknown/);
    pass(60);
    await send();
    expect(server.got).toHaveLength(1);
    const [row] = (await deliveryPage(scope, { status: 'unknown', before: null })).rows;
    expect(await sendAgain(scope, row?.id ?? 0n)).toEqual({ kind: 'ok' });
    expect(await sendAgain(scope, row?.id ?? 0n)).toEqual({ kind: 'wrong-status' });
    await send();
    expect([server.got.length, (await statuses())[1]]).toEqual([2, 'sent']);
  });

  it('waits while the server cannot be reached', async () => {
    await customers({});
    await queue([1]);
    await server.close();
    await send();
    expect((await statuses())[1]).toMatch(/^queued/);
    server = await openMailServer();
    await saveServer();
    pass(2);
    expect((await send()).sent).toBe(1);
  });

  it('is one of so many a minute, with two workers as with one', async () => {
    await customers(...times(25).map(() => ({})));
    await queue(times(25));
    await saveServer({ perMinute: '10' });
    const both = await Promise.all([send(), send()]);
    expect([both[0].sent + both[1].sent, server.got.length]).toEqual([10, 10]);
    expect(both.every(({ more }) => more !== null && more > NOW)).toBe(true);
    platform.clock.set(new Date(NOW.getTime() + MINUTE + 1));
    await Promise.all([send(), send()]);
    expect(server.got).toHaveLength(20);
  });
});

describe('who unsubscribes', () => {
  it('gets nothing more, also under another customer’s number; the store is told once; a later consent counts', async () => {
    await customers({ email: 'ada@example.com' }, { email: 'ADA@example.com' });
    await queue([1, 2]);
    await unsubscribe(platform, { shopId: scope.shop.id, customerId: 1n });
    await unsubscribe(platform, { shopId: scope.shop.id, customerId: 1n });
    await send();
    expect(await statuses()).toEqual({ 1: 'skipped suppressed', 2: 'skipped suppressed' });
    const outbox = await scope.db.prisma.outboxMessage.findMany({ where: mine() });
    expect(outbox.map(({ kind, payload }) => [kind, payload])).toEqual([['delivery.consent', { customerId: '1', at: NOW.toISOString() }]]);
    expect((await deliveryPage(scope, { status: null, before: null })).suppressed).toEqual({ unsubscribed: 1 });

    await scope.db.prisma.customer.updateMany({ where: { ...mine(), id: 2n }, data: { emailConsentAt: new Date(NOW.getTime() + MINUTE) } });
    await scope.db.prisma.mailMessage.updateMany({ where: { ...mine(), customerId: 2n }, data: { status: 'queued', reason: null } });
    pass(5);
    expect((await send()).sent).toBe(1);
  });
});

const DSN = (messageId: string, status: string, action = 'failed'): string =>
  [
    'From: MAILER-DAEMON@mx.example',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    'MIME-Version: 1.0',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'It could not be delivered.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Final-Recipient: rfc822; ada@example.com',
    `Action: ${action}`,
    `Status: ${status}`,
    '--b',
    'Content-Type: message/rfc822',
    '',
    'From: hello@leaf.example',
    `Message-ID: ${messageId}`,
    'Subject: Tea',
    '',
    'Hello',
    '--b--',
  ].join('\r\n');
const ARF = (messageId: string): string =>
  DSN(messageId, '')
    .replace('report-type=delivery-status', 'report-type=feedback-report')
    .replace(
      /Content-Type: message\/delivery-status[^]*?--b/,
      'Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: x\r\n--b',
    );

describe('a report', () => {
  it('of a bounce or a complaint is found by the message, and such an address gets nothing more', async () => {
    await customers({}, {}, {}, {});
    await queue([1, 2, 3, 4]);
    await send();
    const idOf = (to: string): string => server.got.find((one) => one.to === to)?.mail.messageId ?? '';
    const take = (text: string) => takeReport(platform, scope.shop.id, Buffer.from(text));
    expect(await take(DSN(idOf('person1@example.com'), '5.1.1'))).toBe('taken');
    expect(await take(DSN(idOf('person2@example.com'), '5.2.2'))).toBe('taken');
    expect(await take(ARF(idOf('person3@example.com')))).toBe('taken');
    expect(await take(DSN(idOf('person4@example.com'), '4.4.1', 'delayed'))).toBe('unknown');
    expect(await take(DSN('<stranger@leaf.example>', '5.1.1'))).toBe('unknown');
    expect(await take('Subject: hello\r\n\r\nno report')).toBe('unknown');
    expect(await take('\0\0\0')).toBe('unknown');
    expect(await statuses()).toEqual({ 1: 'bounced 5.1.1', 2: 'bounced 5.2.2', 3: 'complained', 4: 'sent' });
    expect((await deliveryPage(scope, { status: null, before: null })).suppressed).toEqual({ bounced: 1, complained: 1 });
  });
});

describe('settings', () => {
  it('keep the password sealed, show it to nobody and say by field what is wrong', async () => {
    await saveServer({ username: 'leaf', password: 'tea-and-cups' });
    const row = await scope.db.prisma.mailSettings.findFirstOrThrow({ where: mine() });
    expect(row.password).toMatch(/^v1\./);
    const shown = await mailSettings(scope);
    expect(shown).toMatchObject({ own: true, hasPassword: true, server: { username: 'leaf' } });
    expect(JSON.stringify(shown)).not.toContain('tea-and-cups');
    await saveServer({ username: 'leaf' });
    expect((await scope.db.prisma.mailSettings.findFirstOrThrow({ where: mine() })).password).toBe(row.password);
    const audit = await scope.db.prisma.auditEntry.findMany({ where: mine() });
    expect(JSON.stringify(audit, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain('tea-and-cups');
    const wrong = await saveMailSettings(scope, { ...TYPED, port: '0', host: 'a b', fromAddress: 'x', perMinute: '0', postal: '' });
    expect(wrong.kind === 'invalid' ? Object.keys(wrong.fields).toSorted() : []).toEqual([
      'fromAddress',
      'host',
      'perMinute',
      'port',
      'postal',
    ]);
  });
});

it('brings no address, name or code into a log', async () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', service: 'test' }, { write: (line) => void lines.push(line) });
  await customers({ email: 'nobody@example.com', name: 'Adelaide' }, { email: 'busy@example.com' }, {});
  await queue([1, 2, 3]);
  await sendMail({ ...platform, log }, scope.shop);
  await takeReport({ ...platform, log }, scope.shop.id, Buffer.from(DSN('<x@y>', '5.1.1')));
  const reasons = JSON.stringify(await statuses());
  for (const word of ['@example.com', 'Adelaide', 'CODE-']) expect(lines.join('\n') + reasons).not.toContain(word);
});

it('opens settings that were sealed under an older key of the ring', async () => {
  await saveServer({ username: 'leaf', password: 'tea-and-cups' });
  const keys = [...parseKeyRing(`new:${'11'.repeat(32)}`), ...platform.env.keys];
  const rotated = { ...platform, env: { ...platform.env, keys } };
  await customers({});
  await queue([1]);
  expect((await sendMail(rotated, scope.shop)).sent).toBe(1);
  // Sealed anew, the password opens with the new key alone, and who unsubscribed stays so.
  await customers({}, {});
  await unsubscribe(platform, { shopId: scope.shop.id, customerId: 2n });
  const [shop] = await allShops(platform).then((all) => all.filter(({ id }) => id === scope.shop.id));
  if (!shop) throw new Error('no shop');
  await resealMail(rotated, shop);
  await resealCustomers(rotated, scope.shop.id);
  const fresh = { ...platform, env: { ...platform.env, keys: keys.slice(0, 1) } };
  await queue([2, 3]);
  await queue([12]);
  await scope.db.prisma.mailMessage.updateMany({ where: { ...mine(), customerId: 12n }, data: { customerId: 2n } });
  await sendMail(fresh, scope.shop);
  expect((await statuses())[2]).toBe('skipped suppressed');
});
