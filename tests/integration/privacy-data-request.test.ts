import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { customerFile, listPrivacyRequests, requestedFile } from '../../app/privacy/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { privacyBench } from '../support/privacy.ts';
import { ADA, ada, fillWithAda } from '../support/privacy-person.ts';

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let bench: Awaited<ReturnType<typeof privacyBench>>;
let shops = 0;
const send = (topic: string, body: object) => bench.send(scope.shop.domain, topic, body);

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  shops += 1;
  platform = testPlatform(database, { now: new Date('2026-11-20T12:00:00Z') });
  scope = await testShop(platform, { domain: `asked-${shops}.myshopify.com` });
  bench = await privacyBench(platform);
  await fillWithAda(bench, scope);
  return () => bench.close();
});

describe('a request for data', () => {
  const ask = (extra: object = {}) =>
    send('customers/data_request', {
      customer: { id: ADA, email: ada.email },
      orders_requested: [1004],
      data_request: { id: 9999 },
      ...extra,
    });

  it('stands in Settings with the day by which it is due, in the shop’s zone', async () => {
    const far = await testShop(platform, { domain: `far-${shops}.myshopify.com`, timezone: 'Pacific/Auckland' });
    await bench.send(far.shop.domain, 'customers/data_request', { customer: { id: 5 }, orders_requested: [] }, '2026-11-20T12:00:00Z');
    await bench.drain(far);
    expect(await listPrivacyRequests(far)).toMatchObject([
      { kind: 'data_request', customerId: 5n, dueOn: new Date('2026-12-21T00:00:00Z'), completedAt: null, state: 'open' },
    ]);
    platform.clock.set(new Date('2026-12-21T11:30:00Z'));
    expect((await listPrivacyRequests(far))[0]?.state).toBe('late');
    expect(await listPrivacyRequests(scope)).toEqual([]);
  });

  it('is answered by everything that the record holds on the person, and then is done', async () => {
    await ask();
    await bench.drain(scope);
    const [request] = await listPrivacyRequests(scope);
    const answer = await requestedFile(scope, request?.id ?? 0n);
    expect(answer?.name).toBe(`customer-${ADA}.json`);
    const file = JSON.parse(JSON.stringify(answer?.file)) as Record<string, { [key: string]: unknown }[]>;
    expect(file['customer']).toMatchObject({
      id: String(ADA),
      email: 'Ada.L@example.com',
      emailConsent: 'subscribed',
      city: 'London',
      birthDay: '02-29',
    });
    expect(file['orders']?.map((entry) => entry['name'])).toEqual(['#1001', '#1002', '#1004']);
    expect(file['orders']?.[0]).toMatchObject({
      total: '100.00',
      net: '50.00',
      day: '2026-11-20',
      lines: [{ title: 'Tea', unitPrice: '50.00' }],
      refunds: [{ note: 'Lovelock sent it back', itemsReturned: '50.00', lines: [{ subtotal: '50.00' }] }],
    });
    expect(file['orders']?.[1]).toMatchObject({ fulfilments: [{ id: '77' }] });
    expect(file['checkouts']).toMatchObject([{ token: 'c1', total: '9.00' }]);
    expect(file['loyalty']).toMatchObject({ member: { tier: 'Gold', spend: '150.00' }, changes: [{ toTier: 'Gold' }] });
    expect(file['audience']).toMatchObject({
      scores: [{ grp: 'ACTIVE', sinceDay: '2026-11-20' }],
      supplies: [{ variantId: '70', boughtOn: '2026-11-20', days: 34 }],
      expected: [{ alive: 0.5, spend52w: '123.45', nextOrderOn: '2027-01-02' }],
    });
    expect(file['deliveriesFromTheStore']?.map((entry) => entry['topic']).toSorted()).toContain('customers/create');
    expect(JSON.stringify(file)).toContain('Crimson Row');
    expect(JSON.stringify(file)).not.toMatch(/bob@|Builder|#1003/);
    expect((await listPrivacyRequests(scope))[0]).toMatchObject({ state: 'done', completedAt: platform.clock.now() });
  });

  it('of another shop is not found', async () => {
    await ask();
    await bench.drain(scope);
    const other = await testShop(platform, { domain: `other-${shops}.myshopify.com` });
    const [request] = await listPrivacyRequests(scope);
    expect(await requestedFile(other, request?.id ?? 0n)).toBeNull();
    expect(await customerFile(other, ADA)).toMatchObject({ customer: null, orders: [], deliveriesFromTheStore: [] });
    expect((await listPrivacyRequests(scope))[0]?.state).toBe('open');
  });

  it('is one request, however often its delivery is applied, and finds the person without an id', async () => {
    await ask({ customer: { id: null, email: ada.email } });
    await bench.drain(scope);
    await scope.db.prisma.inboxEvent.updateMany({
      where: { shopId: scope.shop.id, topic: 'customers/data_request' },
      data: { status: 'pending' },
    });
    await bench.drain(scope);
    expect(await listPrivacyRequests(scope)).toMatchObject([{ customerId: ADA }]);
  });
});
