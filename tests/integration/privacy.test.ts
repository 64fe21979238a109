import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refreshAudience } from '../../app/audience/index.server.ts';
import { verifyCampaigns } from '../../app/campaigns/index.server.ts';
import { reviewDirty, verifyLoyalty } from '../../app/loyalty/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import { homePage, verifyRecord } from '../../app/record/index.server.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { testPlatform, testShop, type TestPlatform } from '../support/platform.ts';
import { dumpDatabase, dyingAfter, privacyBench, tablesWith } from '../support/privacy.ts';
import { ADA, ada, BOB, fillWithAda, ofAda, refund, T, TRACES } from '../support/privacy-person.ts';

const redaction = (extra: object = {}) => ({
  shop_id: 1,
  shop_domain: 'x',
  customer: { id: ADA, email: ada.email, phone: ada.phone },
  orders_to_redact: [1001, 1002, 1004],
  ...extra,
});

/** What a row holds of nobody: no text, and no hash to recognise somebody by. */
const NOTHING = {
  person: null,
  emailHash: null,
  phoneHash: null,
  emailPath: null,
  firstNamePath: null,
  lastNamePath: null,
  mailboxHash: null,
  addressHash: null,
  birthDay: null,
};

let database: TestDatabase;
let platform: TestPlatform;
let scope: TestPlatform & ShopScope;
let bench: Awaited<ReturnType<typeof privacyBench>>;
const send = (topic: string, body: object, at?: string) => bench.send(scope.shop.domain, topic, body, at);
const where = () => ({ shopId: scope.shop.id });
const found = async (): Promise<string[]> => {
  const dump = await dumpDatabase(database);
  return [...new Set(TRACES.flatMap((word) => tablesWith(dump, word)))].toSorted();
};
const differences = async () => [
  ...(await verifyRecord(platform, scope.shop)),
  ...(await verifyLoyalty(scope)),
  ...(await verifyCampaigns(scope)),
];
/** All that is counted: home, rollups, forecasts, members. */
const figures = async () => {
  const { freshness: _freshness, ...home } = await homePage(scope, 'all');
  const dump = await dumpDatabase(database);
  return { home, tables: [...dump].filter(([name]) => /rollups$|^variant_forecasts$|^loyalty_members$|^campaign_/.test(name)) };
};

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.db.pool.query(`DO $$ DECLARE t text; BEGIN FOR t IN SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'shop_id' AND table_name <> 'audit_log' LOOP EXECUTE format('DELETE FROM %I', t); END LOOP; DELETE FROM shops; END $$`);
  platform = testPlatform(database, { now: new Date('2026-11-20T12:00:00Z') });
  scope = await testShop(platform, { domain: 'asked.myshopify.com' });
  bench = await privacyBench(platform);
  await fillWithAda(bench, scope);
  return () => bench.close();
});

describe('a customer’s redaction', () => {
  it('leaves no trace in any table, and every figure as it was', async () => {
    expect(await found()).toEqual([
      'customers',
      'discount_uses',
      'inbox_events',
      'order_transactions',
      'orders',
      'outbox_messages',
      'refunds',
    ]);
    const full = await dumpDatabase(database);
    expect(TRACES.filter((word) => tablesWith(full, word).length === 0)).toEqual([]);
    expect(await scope.db.prisma.checkout.count({ where: where() })).toBe(1);
    const before = await figures();
    const rows = await scope.db.prisma.inboxEvent.count({ where: where() });
    expect(await send('customers/redact', redaction())).toBe(200);
    expect(await bench.drain(scope)).toMatchObject({ applied: 1, failed: 0 });
    // What lists and pages show is gone with the drain; the bodies follow by the job.
    expect(await found()).toEqual(['inbox_events', 'privacy_requests']);
    await bench.redact(scope.shop.id);

    expect(await found()).toEqual([]);
    expect(await figures()).toEqual(before);
    expect(await differences()).toEqual([]);
    expect(await scope.db.prisma.checkout.count({ where: where() })).toBe(0);
    expect(await scope.db.prisma.inboxEvent.count({ where: where() })).toBe(rows + 1);
    expect(await scope.db.prisma.inboxEvent.count({ where: { ...where(), status: 'failed' } })).toBe(0);
    const row = await scope.db.prisma.customer.findUniqueOrThrow({ where: { shopId_id: { shopId: scope.shop.id, id: ADA } } });
    expect(row).toMatchObject({ ...NOTHING, city: null, emailConsent: 'redacted', deletedAt: null });
    expect(row.redactedAt).not.toBeNull();
    const request = await scope.db.prisma.privacyRequest.findFirstOrThrow({ where: where() });
    expect(request.completedAt).toEqual(platform.clock.now());
    expect(request.proof).toEqual({
      counts: {
        customers: 1,
        orders: 3,
        cards: 1,
        refunds: 1,
        discount_uses: 3,
        checkouts: 1,
        pixel_events: 0,
        outbox_messages: 2,
        inbox_events: 10,
        customer_rfm: 1,
        customer_values: 1,
        customer_supplies: 1,
        segment_marks: 0,
        mail_messages: 0,
        points_adjustments: 0,
        points_import_rows: 1,
        offer_marks: 0,
        customer_events: 0,
      },
    });
    // Nor does the next night score or value whom it must not know.
    await refreshAudience(platform, scope.shop);
    expect(await scope.db.prisma.customerRfm.findMany({ where: where(), select: { customerId: true } })).toEqual([{ customerId: BOB }]);
    expect(await scope.db.prisma.customerValue.count({ where: { ...where(), customerId: ADA } })).toBe(0);
    expect(await scope.db.prisma.customerSupply.findMany({ where: where(), select: { customerId: true } })).toEqual([{ customerId: BOB }]);
  });

  it('touches nobody else', async () => {
    const others = async () => ({
      bob: await scope.db.prisma.customer.findMany({ where: { ...where(), id: BOB } }),
      orders: await scope.db.prisma.order.findMany({ where: { ...where(), id: 1003n } }),
      bodies: await scope.db.prisma.inboxEvent.findMany({ where: { ...where(), body: { contains: 'bob@example.com' } } }),
      products: await scope.db.prisma.inboxEvent.findMany({ where: { ...where(), topic: 'products/create' } }),
    });
    const before = await others();
    expect([before.bob.length, before.orders.length, before.bodies.length, before.products.length]).toEqual([1, 1, 2, 1]);
    await send('customers/redact', redaction());
    await bench.drain(scope);
    await bench.redact(scope.shop.id, true);
    expect(await others()).toEqual(before);
  });

  it('keeps the figures of a delivery that still waits, and nothing else of it', async () => {
    await send(
      'orders/updated',
      ofAda(1002, { updated_at: T(5), line_items: [{ id: 10020, variant_id: 70, title: 'Tea', quantity: 3, price: '50.00' }] }),
    );
    await send('customers/update', { ...ada, updated_at: T(5) });
    const later = new Date('2026-11-20T13:00:00Z');
    await scope.db.prisma.inboxEvent.updateMany({ where: { ...where(), status: 'pending' }, data: { nextAttemptAt: later, attempts: 1 } });
    await send('customers/redact', redaction());
    await bench.drain(scope);
    await bench.redact(scope.shop.id);
    expect(await found()).toEqual([]);
    platform.clock.set(later);
    expect(await bench.drain(scope)).toMatchObject({ applied: 1, failed: 0 });
    expect(await found()).toEqual([]);
    expect(await scope.db.prisma.order.findFirst({ where: { ...where(), id: 1002n } })).toMatchObject({ gross: 15_000n, customerId: ADA });
    await reviewDirty(platform, scope.shop);
    expect(await differences()).toEqual([]);
  });

  it('holds against whatever Shopify sends later, older or newer; the figures follow', async () => {
    await send('customers/redact', redaction());
    await bench.drain(scope);
    await bench.redact(scope.shop.id);
    const older = { ...ofAda(1001), updated_at: T(1) };
    const newer = ofAda(1001, { updated_at: T(8), refunds: [refund], total_price: '120.00' });
    for (const body of [older, newer]) await send('orders/updated', body, '2026-11-20T11:00:00Z');
    for (const at of [T(0), T(9)]) await send('customers/update', { ...ada, updated_at: at }, '2026-11-20T11:00:00Z');
    await send('customers_email_marketing_consent/update', {
      customer_id: ADA,
      email_address: ada.email,
      email_marketing_consent: { state: 'subscribed', consent_updated_at: T(11) },
    });
    await send('checkouts/update', { token: 'c2', customer: ada, currency: 'GBP', total_price: '9.00', updated_at: T(9) });
    await send('refunds/create', { ...refund, id: 950, order_id: 1002, refund_line_items: [] });
    expect(await bench.drain(scope)).toMatchObject({ failed: 0 });
    expect(await found()).not.toEqual([]);
    await bench.minute();

    expect(await found()).toEqual([]);
    expect(await scope.db.prisma.order.findFirst({ where: { ...where(), id: 1001n } })).toMatchObject({
      total: 12_000n,
      returned: 5_000n,
      tags: [],
    });
    expect(await scope.db.prisma.customer.findFirst({ where: { ...where(), id: ADA } })).toMatchObject({
      emailConsent: 'redacted',
      ...NOTHING,
    });
    expect(await scope.db.prisma.checkout.count({ where: where() })).toBe(0);
    await reviewDirty(platform, scope.shop);
    expect(await differences()).toEqual([]);
  });

  it('holds for a customer whom the record has not seen yet, who then counts nowhere', async () => {
    const customers = (await homePage(scope, 'all')).customers;
    await send('customers/redact', redaction({ customer: { id: 77_777, email: 'new@example.com', phone: null }, orders_to_redact: null }));
    await bench.drain(scope);
    await bench.redact(scope.shop.id);
    await send('customers/create', { ...ada, id: 77_777, admin_graphql_api_id: null, updated_at: T(9) });
    await bench.drain(scope);
    expect(await scope.db.prisma.customer.findFirst({ where: { ...where(), id: 77_777n } })).toMatchObject(NOTHING);
    expect((await homePage(scope, 'all')).customers).toBe(customers);
  });

  it.each([
    ['the e-mail address, in any case', { email: 'ADA.L@EXAMPLE.COM', phone: null }],
    ['the phone number, however it is written', { email: null, phone: '0044 20 7946-0958' }],
  ])('finds a person without an id by %s', async (_what, contact) => {
    await send('customers/redact', redaction({ customer: { id: null, ...contact } }));
    await bench.drain(scope);
    await bench.redact(scope.shop.id);
    expect(await found()).toEqual([]);
  });

  it('goes on where it was killed', async () => {
    await database.db.pool.query(
      `INSERT INTO inbox_events (shop_id, topic, webhook_id, status, body)
       SELECT $1, 'orders/updated', 'old-' || n, 'applied', '{"id":' || n || ',"email":"Ada.L@example.com"}' FROM generate_series(1, 1200) AS n`,
      [scope.shop.id],
    );
    await send('customers/redact', redaction());
    await bench.drain(scope);
    const dying = await privacyBench({ ...platform, db: dyingAfter(platform.db, 3) });
    await expect(dying.redact(scope.shop.id)).rejects.toThrow('killed');
    await dying.close();
    expect(await found()).toContain('inbox_events');
    await bench.minute();
    expect(await found()).toEqual([]);
    expect(await scope.db.prisma.privacyRequest.findFirst({ where: where() })).toMatchObject({ proof: { counts: { inbox_events: 1210 } } });
  });
});
